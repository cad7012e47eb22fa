"""netsh for a Windows host: ``advfirewall`` since Vista, and ``firewall`` of XP SP2 and Server 2003."""

from collections.abc import Iterable, Iterator, Sequence

from planner.enforcement.device_rules import Gap, Permit
from planner.exports.firewall.job import HostJob
from planner.exports.firewall.windows import WindowsRule, come, gone, notes, windows_rules
from planner.exports.firewall.xp import Opening, left_out, openings

_LONGEST = 8000
_LINE = 3000
"""Characters of a line, and of addresses at either end on it; cmd.exe takes lines of 8191."""

_ADD, _DELETE = "netsh advfirewall firewall add rule", "netsh advfirewall firewall delete rule"
_QUIET = ">nul 2>&1"
_START = "@echo off"

__all__ = ["delta", "notes", "remove_host", "write", "write_xp"]


def write(job: HostJob) -> list[str]:
    """Replace each rule by its name."""
    return [_START, *_replaced(windows_rules(job.rules))]


def delta(job: HostJob) -> list[str]:
    """Take out what is gone since the older revision, and replace what is new or different."""
    if job.old is None:
        return write(job)
    removed = [f'{_DELETE} name="{name}"' for name in gone(job.old, job.rules)]
    return [_START, *removed, *_replaced(come(job.old, job.rules))]


def remove_host(job: HostJob) -> list[str]:
    """Take out each rule by its name."""
    return [_START, *(f'{_DELETE} name="{rule.name}"' for rule in windows_rules(job.rules))]


def _replaced(rules: Iterable[WindowsRule]) -> Iterator[str]:
    for rule in rules:
        yield f'{_DELETE} name="{rule.name}" {_QUIET}'
        for local in _portions(rule.local):
            for remote in _portions(rule.remote):
                yield _added(rule, local, remote)


def _added(rule: WindowsRule, local: str, remote: str) -> str:
    return (
        f'{_ADD} name="{rule.name}" dir={rule.direction} action={rule.action} profile={rule.profile} '
        f"protocol={rule.protocol} localport={rule.local_ports} remoteport={rule.remote_ports} "
        f'localip={local} remoteip={remote} description="{rule.text}"'
    )


def _portions(addresses: Sequence[str]) -> list[str]:
    """Join addresses with commas, as many lists of them as lines need; rules of one name add up."""
    lists: list[list[str]] = [[]]
    used = 0
    for address in addresses or ("any",):
        used += len(address) + 1
        if used > _LINE:
            lists.append([])
            used = len(address) + 1
        lists[-1].append(address)
    return [",".join(each) for each in lists]


def write_xp(job: HostJob) -> list[str]:
    """Open each port for the addresses of all rules that aim at it: one opening a port is all there is."""
    return [_START, *(_opened(opening) for opening in openings(job.rules))]


def delta_xp(job: HostJob) -> list[str]:
    """Close ports that are no longer planned, and set what is new or different."""
    if job.old is None:
        return write_xp(job)
    before = {(opening.protocol, opening.port): opening for opening in openings(job.old)}
    now = {(opening.protocol, opening.port): opening for opening in openings(job.rules)}
    closed = [
        _closed(opening) for key, opening in before.items() if key not in now or now[key].profile != opening.profile
    ]
    return [_START, *closed, *(_opened(opening) for key, opening in now.items() if before.get(key) != opening)]


def remove_xp(job: HostJob) -> list[str]:
    """Close each port again."""
    return [_START, *map(_closed, openings(job.rules))]


def _opened(opening: Opening) -> str:
    scope = f"scope=CUSTOM addresses={','.join(opening.sources)}" if opening.sources else "scope=ALL"
    return (
        f"netsh firewall add portopening protocol={opening.protocol} port={opening.port} "
        f'name="{opening.name}" mode=ENABLE profile={opening.profile} {scope}'
    )


def _closed(opening: Opening) -> str:
    where = f"protocol={opening.protocol} port={opening.port} profile={opening.profile}"
    return f"netsh firewall delete portopening {where}"


def notes_xp(job: HostJob) -> Iterator[str]:
    """Say what Windows XP SP2 and Server 2003 cannot express of these rules."""
    yield from left_out(job.rules)


def gaps_xp(job: HostJob) -> Iterator[Gap]:
    """Name rules that come from IPv6 addresses alone, and openings too long for a line."""
    for opening in openings(job.rules):
        if len(_opened(opening)) > _LONGEST:
            trouble = f"{len(opening.sources)} source addresses do not fit the one line that {opening.port} may take"
            yield Gap("zone", job.rules.zone, "", trouble, "networks instead of single hosts in the zones that open it")
    v4 = {permit.marker for permit in job.rules.inbound if permit.family == 4}
    for permit in job.rules.inbound:
        if permit.marker not in v4:
            yield _gap(permit)


def _gap(permit: Permit) -> Gap:
    return Gap("rule", permit.marker, "", "its addresses are IPv6 alone, which netsh firewall cannot name", "IPv4 too")
