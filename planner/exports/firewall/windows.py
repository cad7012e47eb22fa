"""Firewall of a Windows host: PowerShell (since Windows 8), ``netsh advfirewall`` (Vista), ``netsh firewall`` (XP).

The oldest of them has one opening a port, with source addresses and nothing else.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, collapse_addresses
from typing import Literal

from planner.enforcement.device_rules import ANY_PORTS, HostRules, MissingInput, Permit, PortSpan
from planner.exports.firewall.model import Format, HostJob, RuleWriter, remark
from planner.plan.addresses import Network

GROUP = "SAV10"
_TEXT = 200


@dataclass(frozen=True)
class WindowsRule:
    """One rule of the Windows firewall. ``profile``: in which networks it holds; ports and addresses as text."""

    name: str
    text: str
    direction: Literal["in", "out"]
    action: Literal["allow", "block"]
    profile: Literal["any", "private,public"]
    protocol: str
    local_ports: str
    remote_ports: str
    local: tuple[str, ...]
    remote: tuple[str, ...]


def windows_rules(rules: HostRules) -> list[WindowsRule]:
    """Rules of a host: inbound, outbound, and blocked away from the domain's network."""
    return [
        *(_incoming(permit) for permit in rules.inbound),
        *(_outgoing(permit) for permit in rules.outbound),
        *(
            WindowsRule(
                name=f"{deny.marker}-in",
                text=f"{deny.marker} closed in foreign networks",
                direction="in",
                action="block",
                profile="private,public",
                protocol=deny.protocol.upper(),
                local_ports=deny.ports,
                remote_ports="any",
                local=(),
                remote=(),
            )
            for deny in rules.blocks
        ),
    ]


def removed_rules(old: HostRules, new: HostRules) -> list[str]:
    """Names of the rules that an older revision had and this one has not."""
    kept = {rule.name for rule in windows_rules(new)}
    return [rule.name for rule in windows_rules(old) if rule.name not in kept]


def added_rules(old: HostRules, new: HostRules) -> list[WindowsRule]:
    """Rules that are new or different."""
    before = {rule.name: rule for rule in windows_rules(old)}
    return [rule for rule in windows_rules(new) if before.get(rule.name) != rule]


class _RuleByRuleWriter(RuleWriter[HostJob]):
    """Writer for the firewall since Vista; subclasses say how a rule is replaced and removed."""

    def notes(self, job: HostJob) -> Iterator[str]:
        yield "inbound, Windows blocks what no rule permits, as long as that default and no other rule was changed"
        yield "outbound, Windows permits everything by default: those rules matter only where that was changed"
        if job.rules.blocks:
            yield (
                "away from the domain's network the product's ports are blocked, and a block wins over every permission"
            )


def _incoming(permit: Permit) -> WindowsRule:
    return WindowsRule(
        name=f"{permit.name}-in",
        text=remark(permit, _TEXT),
        direction="in",
        action="allow",
        profile="any",
        protocol=permit.protocol.upper(),
        local_ports=_ports(permit.destination_ports),
        remote_ports=_ports(permit.source_ports),
        local=tuple(map(_address, permit.destinations)),
        remote=tuple(map(_address, permit.sources)),
    )


def _outgoing(permit: Permit) -> WindowsRule:
    return WindowsRule(
        name=f"{permit.name}-out",
        text=remark(permit, _TEXT),
        direction="out",
        action="allow",
        profile="any",
        protocol=permit.protocol.upper(),
        local_ports=_ports(permit.source_ports),
        remote_ports=_ports(permit.destination_ports),
        local=tuple(map(_address, permit.sources)),
        remote=tuple(map(_address, permit.destinations)),
    )


def _ports(span: PortSpan) -> str:
    if span == ANY_PORTS:
        return "any"
    return str(span[0]) if span[0] == span[1] else f"{span[0]}-{span[1]}"


def _address(network: Network) -> str:
    """Write an address, a network, or all of a family: a prefix of no length is not taken, a range is."""
    if network.prefixlen == 0:
        return f"{network.network_address}-{network.broadcast_address}"
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


_WORDS = {"in": "Inbound", "out": "Outbound", "allow": "Allow", "block": "Block", "any": "Any"}
_PS_START = "$ErrorActionPreference = 'Stop'"


class _PowerShellWriter(_RuleByRuleWriter):
    def write(self, job: HostJob) -> list[str]:
        """Replaces each rule by its name, then removes those of the group that the plan no longer has."""
        rules = windows_rules(job.rules)
        planned = ", ".join(_quoted(rule.name) for rule in rules)
        return [
            _PS_START,
            *_ps_replaced(rules),
            f"$planned = @({planned})",
            f"Get-NetFirewallRule -Group {_quoted(GROUP)} -ErrorAction SilentlyContinue | "
            "Where-Object { $planned -notcontains $_.Name } | Remove-NetFirewallRule",
        ]

    def change(self, job: HostJob) -> list[str]:
        if job.old is None:
            return self.write(job)
        removed = [_ps_removed(name) for name in removed_rules(job.old, job.rules)]
        return [_PS_START, *removed, *_ps_replaced(added_rules(job.old, job.rules))]

    def remove(self, _job: HostJob) -> list[str]:
        return [_PS_START, f"Remove-NetFirewallRule -Group {_quoted(GROUP)} -ErrorAction SilentlyContinue"]


def _ps_replaced(rules: Iterable[WindowsRule]) -> list[str]:
    return [line for rule in rules for line in (_ps_removed(rule.name), _new(rule))]


def _ps_removed(name: str) -> str:
    return f"Remove-NetFirewallRule -Name {_quoted(name)} -ErrorAction SilentlyContinue"


def _new(rule: WindowsRule) -> str:
    profile = _list(tuple(word.capitalize() for word in rule.profile.split(",")))
    parts = [
        f"New-NetFirewallRule -Name {_quoted(rule.name)} -DisplayName {_quoted(rule.text)} -Group {_quoted(GROUP)}",
        f"-Direction {_WORDS[rule.direction]} -Action {_WORDS[rule.action]} -Profile {profile}",
        f"-Protocol {rule.protocol} -LocalPort {_quoted(rule.local_ports)} -RemotePort {_quoted(rule.remote_ports)}",
        f"-LocalAddress {_list(rule.local)} -RemoteAddress {_list(rule.remote)} | Out-Null",
    ]
    return " ".join(parts)


def _list(addresses: tuple[str, ...]) -> str:
    return f"@({', '.join(map(_quoted, addresses or ('Any',)))})"


def _quoted(text: str) -> str:
    """Write a text between single quotes; it holds none, as names and remarks are reduced to harmless signs."""
    return f"'{text}'"


_NAME = 120
_LONGEST = 8000
_LINE = 3000
"""Characters of a line, and of addresses at either end on it; cmd.exe takes lines of 8191."""

_ADD, _DELETE = "netsh advfirewall firewall add rule", "netsh advfirewall firewall delete rule"
_QUIET = ">nul 2>&1"
_START = "@echo off"


class _NetshWriter(_RuleByRuleWriter):
    def write(self, job: HostJob) -> list[str]:
        return [_START, *_replaced(windows_rules(job.rules))]

    def change(self, job: HostJob) -> list[str]:
        if job.old is None:
            return self.write(job)
        removed = [f'{_DELETE} name="{name}"' for name in removed_rules(job.old, job.rules)]
        return [_START, *removed, *_replaced(added_rules(job.old, job.rules))]

    def remove(self, job: HostJob) -> list[str]:
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


@dataclass(frozen=True)
class _Opening:
    """One port that is open to source addresses; none means all. ``profile``: in the domain's network, or in all."""

    protocol: str
    port: int
    name: str
    profile: str
    sources: tuple[str, ...]


def _openings(rules: HostRules) -> list[_Opening]:
    """Join the rules that aim at one port: their sources add up."""
    found: dict[tuple[str, int], tuple[dict[str, None], list[IPv4Network]]] = {}
    for permit in rules.inbound:
        if permit.family == 4:
            markers, sources = found.setdefault((permit.protocol, permit.destination_ports[0]), ({}, []))
            markers[permit.marker] = None
            sources += [network for network in permit.sources if isinstance(network, IPv4Network)]
    at_home = {(deny.protocol, int(deny.ports)) for deny in rules.blocks}
    return [
        _Opening(
            protocol=protocol.upper(),
            port=port,
            name=_shortened(markers),
            profile="DOMAIN" if (protocol, port) in at_home else "ALL",
            sources=_scope(sources),
        )
        for (protocol, port), (markers, sources) in found.items()
    ]


def _scope(sources: Iterable[IPv4Network]) -> tuple[str, ...]:
    networks = tuple(collapse_addresses(sources))
    if any(network.prefixlen == 0 for network in networks):
        return ()
    return tuple(str(net.network_address) if net.prefixlen == 32 else str(net) for net in networks)


def _shortened(markers: Iterable[str]) -> str:
    text = " ".join(markers)
    return text if len(text) <= _NAME else text[:_NAME].rpartition(" ")[0] + " and more"


class _XpWriter(RuleWriter[HostJob]):
    def missing(self, job: HostJob) -> Iterator[MissingInput]:
        """Openings too long for a line, and rules that come from IPv6 addresses alone."""
        for opening in _openings(job.rules):
            if len(_opened(opening)) > _LONGEST:
                sources = len(opening.sources)
                trouble = f"{sources} source addresses do not fit the one line that {opening.port} may take"
                accepted = "networks instead of single hosts in the zones that open it"
                yield MissingInput("zone", job.rules.zone, "", trouble, accepted)
        v4 = {permit.marker for permit in job.rules.inbound if permit.family == 4}
        for permit in job.rules.inbound:
            if permit.marker not in v4:
                trouble = "its addresses are IPv6 alone, which netsh firewall cannot name"
                yield MissingInput("rule", permit.marker, "", trouble, "IPv4 too")

    def notes(self, job: HostJob) -> Iterator[str]:
        """Rules that are written wider or not at all, and why."""
        bound = _markers(permit.marker for permit in job.rules.inbound if permit.source_ports != ANY_PORTS)
        if bound:
            yield f"source ports cannot be expressed, so any source port is let in: {bound}"
        if job.rules.inbound:
            yield "own addresses cannot be expressed: a port is open on every address of the computer"
        late = _markers(permit.marker for permit in job.rules.inbound if permit.family == 6)
        if late:
            yield f"IPv6 addresses cannot be expressed and are left out: {late}"
        out = _markers(permit.marker for permit in job.rules.outbound)
        if out:
            yield f"outgoing traffic is not filtered, so nothing is written for: {out}"
        yield "a port has one opening: it holds the sources of all rules that aim at it, under all their markers"

    def write(self, job: HostJob) -> list[str]:
        return [_START, *map(_opened, _openings(job.rules))]

    def change(self, job: HostJob) -> list[str]:
        """Closes ports that are no longer planned, and sets what is new or different."""
        if job.old is None:
            return self.write(job)
        before = {(opening.protocol, opening.port): opening for opening in _openings(job.old)}
        now = {(opening.protocol, opening.port): opening for opening in _openings(job.rules)}
        closed = [
            _closed(opening) for key, opening in before.items() if key not in now or now[key].profile != opening.profile
        ]
        return [_START, *closed, *(_opened(opening) for key, opening in now.items() if before.get(key) != opening)]

    def remove(self, job: HostJob) -> list[str]:
        return [_START, *map(_closed, _openings(job.rules))]


def _opened(opening: _Opening) -> str:
    scope = f"scope=CUSTOM addresses={','.join(opening.sources)}" if opening.sources else "scope=ALL"
    return (
        f"netsh firewall add portopening protocol={opening.protocol} port={opening.port} "
        f'name="{opening.name}" mode=ENABLE profile={opening.profile} {scope}'
    )


def _closed(opening: _Opening) -> str:
    where = f"protocol={opening.protocol} port={opening.port} profile={opening.profile}"
    return f"netsh firewall delete portopening {where}"


def _markers(markers: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(markers))


FORMATS = (
    Format(
        name="powershell", title="Windows 8, Server 2012 and later, PowerShell", scope="host",
        writer=_PowerShellWriter(), file="sav10.ps1", line_end="\r\n",
        load="powershell -ExecutionPolicy Bypass -File sav10.ps1, as administrator. Each rule is replaced by name, "
        "and rules of the group SAV10 that are not in here are removed",
    ),
    Format(
        name="netsh", title="Windows Vista, Server 2008 and later, netsh advfirewall", scope="host",
        writer=_NetshWriter(), file="sav10.cmd", line_end="\r\n", comment=("@rem ", ""),
        load="run sav10.cmd as administrator. Each rule is replaced by name; rules of older plans go with their "
        "own --remove, or with --since",
    ),
    Format(
        name="netsh-xp", title="Windows XP SP2, Server 2003 SP1, netsh firewall", scope="host",
        writer=_XpWriter(), file="sav10-xp.cmd", line_end="\r\n", comment=("@rem ", ""),
        load="run sav10-xp.cmd as administrator. An opening for the same port is replaced",
    ),
)  # fmt: skip
