"""iptables-restore and ip6tables-restore: an own chain, refilled whole, in a filter table left alone otherwise.

Lines stand as ``iptables-save`` prints them. Limits as measured with iptables 1.8.9: chain names of 28 characters,
comments of 255, interface names of 15.
"""

from collections.abc import Iterable, Iterator

from planner.derivation.model import State
from planner.enforcement.device_rules import ANY_PORTS, DeviceRules, Permit, PortSpan
from planner.exports.firewall.model import IN_ITS_PLACE, DeviceJob, Format, HostJob, RuleWriter, remark
from planner.plan.addresses import Family

CHAIN, HOST_CHAIN = "SAV10", "SAV10-IN"
_PROGRAMS: dict[Family, str] = {4: "iptables", 6: "ip6tables"}
_COMMENT = 255
_FLAT = 16
"""As many source and destination pairs are written out; more go through a chain of their own, to stay linear."""

_FIRST = " --tcp-flags FIN,SYN,RST,ACK SYN"
_STATES: dict[State, str] = {"new": " -m conntrack --ctstate NEW", "established": f" !{_FIRST}", "any": ""}


class _DeviceWriter(RuleWriter[DeviceJob]):
    def __init__(self, family: Family) -> None:
        self._family = family
        self._program = _PROGRAMS[family]

    def write(self, job: DeviceJob) -> list[str]:
        return _device(job, self._family)

    def remove(self, job: DeviceJob) -> list[str]:
        """Unhooks the chain and takes it out, with those it jumps to. The policy of FORWARD stays as it is."""
        return _removal("FORWARD", CHAIN, _inner_chains(job.rules))

    def notes(self, job: DeviceJob) -> Iterator[str]:
        if job.rules.device.mode == "exclusive":
            yield "the chain FORWARD is emptied and its policy set to DROP"
            return
        yield _hooked(CHAIN, "FORWARD", self._program)
        if job.old and job.old.device.mode == "exclusive":
            yield f"that revision dropped everything else: set the policy back with {self._program} -P FORWARD ACCEPT"

    def removal_notes(self, job: DeviceJob) -> Iterator[str]:
        if job.rules.device.mode == "exclusive":
            yield "the chain FORWARD keeps its policy DROP, and drops whatever no other rule permits"
        yield "where the chain is not hooked in, this fails as a whole and changes nothing"


class _HostWriter(RuleWriter[HostJob]):
    def __init__(self, family: Family) -> None:
        self._family = family

    def write(self, job: HostJob) -> list[str]:
        return _host(job, self._family)

    def remove(self, job: HostJob) -> list[str]:
        return _removal("INPUT", HOST_CHAIN, _own_chains(job.rules.inbound))

    def notes(self, _job: HostJob) -> Iterator[str]:
        yield _hooked(HOST_CHAIN, "INPUT", _PROGRAMS[self._family])


_SIDES, _END = "SAV10-SIDES", "SAV10-END"


def _removal(into: str, chain: str, chains: list[str]) -> list[str]:
    # A chain that is declared is made where it is missing, so that its removal cannot fail.
    declared = [f":{name} - [0:0]" for name in (chain, *chains)]
    return ["*filter", *declared, f"-D {into} -j {chain}", *(f"-X {name}" for name in (chain, *chains)), "COMMIT"]


def _inner_chains(rules: DeviceRules) -> list[str]:
    """Chains that the device's own one jumps to."""
    return [*_own_chains(rules.permits), *([] if rules.device.mode == "exclusive" else [_SIDES, _END])]


def _left_over(before: Iterable[str], now: Iterable[str]) -> list[str]:
    """Lines that delete the chains of the older revision alone, once nothing jumps to them any more."""
    removed = [name for name in dict.fromkeys(before) if name not in set(now)]
    return [*(f":{name} - [0:0]" for name in removed), *(f"-X {name}" for name in removed)]


def _own_chains(permits: Iterable[Permit]) -> list[str]:
    return [permit.name for permit in permits if len(permit.sources) * len(permit.destinations) > _FLAT]


def _device(job: DeviceJob, family: Family) -> list[str]:
    rules = job.rules
    exclusive = rules.device.mode == "exclusive"
    permits = [permit for permit in rules.permits if permit.family == family]
    lines = ["*filter"]
    if exclusive:
        lines.append(":FORWARD DROP [0:0]")
    chains = [CHAIN, *_own_chains(permits), *([] if exclusive else [_SIDES, _END])]
    lines += [f":{name} - [0:0]" for name in chains]
    if exclusive:
        lines += ["-F FORWARD", f"-A FORWARD -j {CHAIN}"]
    if rules.device.stateful:
        if exclusive:
            lines.append(f"-A {CHAIN} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT")
            lines.append(f"-A {CHAIN} -m conntrack --ctstate INVALID -j DROP")
        else:
            lines += _answers(CHAIN, permits)
    lines += _permits(CHAIN, permits)
    for block in rules.blocks:
        in_ = f" -i {block.in_interface}" if block.in_interface else ""
        ports = f"-p {block.deny.protocol} -m {block.deny.protocol} --dport {block.port}"
        begun = "" if exclusive else _beginning(block.deny.protocol, stateful=rules.device.stateful)
        remark_ = f'-m comment --comment "{block.marker}"'
        lines.append(f"-A {CHAIN}{in_} -o {block.out_interface} {ports}{begun} {remark_} -j DROP")
    lines += [_last(CHAIN)] if exclusive else _not_planned(job)
    return [*lines, *_left_over(_inner_chains(job.old) if job.old else (), chains), "COMMIT"]


def _host(job: HostJob, family: Family) -> list[str]:
    permits = [permit for permit in job.rules.inbound if permit.family == family]
    chains = [HOST_CHAIN, *_own_chains(permits)]
    return [
        "*filter",
        *(f":{name} - [0:0]" for name in chains),
        f"-A {HOST_CHAIN} -i lo -j ACCEPT",
        *_answers(HOST_CHAIN, permits),
        *_permits(HOST_CHAIN, permits),
        *_drops(HOST_CHAIN, job.rules.governed, stateful=True),
        *_left_over(_own_chains(job.old.inbound) if job.old else (), chains),
        "COMMIT",
    ]


def _answers(chain: str, permits: Iterable[Permit]) -> Iterator[str]:
    """Rules that pass established connections to the permitted ports; others are not ours to decide."""
    for protocol, port in sorted({(permit.protocol, permit.destination_ports[0]) for permit in permits}):
        match = f"-m conntrack --ctstate ESTABLISHED --ctorigdstport {port}"
        yield f"-A {chain} -p {protocol} {match} -j ACCEPT"


def _permits(chain: str, permits: Iterable[Permit]) -> Iterator[str]:
    for permit in permits:
        rest = f'{_ports(permit)}{_STATES[permit.state]} -m comment --comment "{remark(permit, _COMMENT)}"'
        sides = f" -i {permit.in_interface} -o {permit.out_interface}" if permit.in_interface else ""
        if len(permit.sources) * len(permit.destinations) > _FLAT:
            for source in permit.sources:
                yield f"-A {chain}{_end('-s', source)}{sides} {rest} -j {permit.name}"
            for destination in permit.destinations:
                yield f"-A {permit.name}{_end('-d', destination)} -j ACCEPT"
            continue
        for source in permit.sources:
            for destination in permit.destinations:
                yield f"-A {chain}{_end('-s', source)}{_end('-d', destination)}{sides} {rest} -j ACCEPT"


def _end(option: str, network: object) -> str:
    text = str(network)
    return "" if text in ("0.0.0.0/0", "::/0") else f" {option} {text}"


def _ports(permit: Permit) -> str:
    protocol = permit.protocol
    ends = (("--sport", permit.source_ports), ("--dport", permit.destination_ports))
    return f"-p {protocol} -m {protocol}" + "".join(f" {end} {_span(span)}" for end, span in ends if span != ANY_PORTS)


def _span(span: PortSpan) -> str:
    return str(span[0]) if span[0] == span[1] else f"{span[0]}:{span[1]}"


def _not_planned(job: DeviceJob) -> Iterator[str]:
    """Drop the product's ports between the device's zones: from a side to a side, each once, so that it is linear."""
    sides = tuple(dict.fromkeys(job.rules.device.interfaces.values()))
    for side in sides:
        yield f"-A {CHAIN} -i {side} -j {_SIDES}"
    for side in sides:
        yield f"-A {_SIDES} -o {side} -j {_END}"
    yield from _drops(_END, job.rules.governed, stateful=job.rules.device.stateful)


def _beginning(protocol: str, *, stateful: bool) -> str:
    """Match what begins something: answers to a connection that came from the product's port by chance are not ours."""
    if stateful:
        return " -m conntrack ! --ctstate RELATED,ESTABLISHED"
    return _FIRST if protocol == "tcp" else ""


def _drops(chain: str, governed: Iterable[tuple[str, int]], *, stateful: bool) -> Iterator[str]:
    for protocol, port in governed:
        match = f"-p {protocol} -m {protocol} --dport {port}{_beginning(protocol, stateful=stateful)}"
        yield f'-A {chain} {match} -m comment --comment "SAV10 not planned" -j DROP'


def _last(chain: str) -> str:
    return f'-A {chain} -m comment --comment "SAV10 everything else" -j DROP'


def _hooked(chain: str, into: str, program: str) -> str:
    hook = f"{program} -C {into} -j {chain} 2>/dev/null || {program} -I {into} -j {chain}"
    return f"nothing is filtered until the chain is hooked in, once: {hook}"


FORMATS = (
    Format(
        name="iptables", title="iptables-restore, between zones, IPv4", scope="device", vendor="linux",
        writer=_DeviceWriter(4), reader="iptables", sibling="ip6tables",
        families=(4,), since=IN_ITS_PLACE, file="sav10.v4.rules",
        load="iptables-restore --noflush < sav10.v4.rules. It refills its own chain SAV10 and changes nothing "
        "when loaded twice",
    ),
    Format(
        name="ip6tables", title="ip6tables-restore, between zones, IPv6", scope="device", vendor="linux",
        writer=_DeviceWriter(6), reader="iptables", sibling="iptables",
        families=(6,), since=IN_ITS_PLACE, file="sav10.v6.rules",
        load="ip6tables-restore --noflush < sav10.v6.rules. It refills its own chain SAV10 and changes nothing "
        "when loaded twice",
    ),
    Format(
        name="iptables-host", title="iptables-restore, on a Linux host, IPv4", scope="host", writer=_HostWriter(4),
        sibling="ip6tables-host", families=(4,), since=IN_ITS_PLACE, file="sav10-host.v4.rules",
        load="iptables-restore --noflush < sav10-host.v4.rules. It refills its own chain SAV10-IN",
    ),
    Format(
        name="ip6tables-host", title="ip6tables-restore, on a Linux host, IPv6", scope="host", writer=_HostWriter(6),
        sibling="iptables-host", families=(6,), since=IN_ITS_PLACE, file="sav10-host.v6.rules",
        load="ip6tables-restore --noflush < sav10-host.v6.rules. It refills its own chain SAV10-IN",
    ),
)  # fmt: skip
