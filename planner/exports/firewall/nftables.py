"""nftables: an own table, replaced whole in one transaction. The same file twice changes nothing.

Form and limits as measured with nft 1.0.6: comments of 128 bytes, interface names of 15.
"""

from collections.abc import Iterable, Iterator, Sequence

from planner.derivation.model import State
from planner.enforcement.device_rules import ANY_PORTS, Permit, PortSpan
from planner.exports.firewall.model import IN_ITS_PLACE, DeviceJob, Format, HostJob, RuleWriter, remark
from planner.plan.addresses import Network

TABLE, HOST_TABLE = "sav10", "sav10_host"
_COMMENT = 128
_PROTOCOL = {4: "ip", 6: "ip6"}
_FLAGS = " tcp flags & (fin | syn | rst | ack)"
_NOT_FIRST, _FIRST = f"{_FLAGS} != syn", f"{_FLAGS} == syn"
_STATES: dict[State, str] = {"new": " ct state new", "established": _NOT_FIRST, "any": ""}


class _DeviceWriter(RuleWriter[DeviceJob]):
    def write(self, job: DeviceJob) -> list[str]:
        return _table(TABLE, _forward(job))

    def remove(self, _job: DeviceJob) -> list[str]:
        return _emptied(TABLE)


class _HostWriter(RuleWriter[HostJob]):
    def write(self, job: HostJob) -> list[str]:
        return _table(HOST_TABLE, _input(job))

    def remove(self, _job: HostJob) -> list[str]:
        return _emptied(HOST_TABLE)


def _emptied(table: str) -> list[str]:
    return [f"table inet {table}", f"delete table inet {table}"]


def _table(table: str, chain: Iterable[str]) -> list[str]:
    return [*_emptied(table), f"table inet {table} {{", *(f"    {line}" for line in chain), "}"]


def _forward(job: DeviceJob) -> Iterator[str]:
    rules = job.rules
    exclusive = rules.device.mode == "exclusive"
    yield "chain forward {"
    yield f"    type filter hook forward priority filter; policy {'drop' if exclusive else 'accept'};"
    if rules.device.stateful:
        yield "    ct state established,related accept"
        if exclusive:
            yield "    ct state invalid drop"
    for permit in rules.permits:
        interfaces = f'iifname "{permit.in_interface}" oifname "{permit.out_interface}" '
        yield f'    {interfaces}{_matches(permit)} counter accept comment "{remark(permit, _COMMENT)}"'
    # Where connections are not followed, answers to others of them, to a port that is the product's by chance, go on.
    begun = {"tcp": "" if exclusive or rules.device.stateful else _FIRST, "udp": ""}
    for block in rules.blocks:
        in_ = f'iifname "{block.in_interface}" ' if block.in_interface else ""
        aim = f"{block.deny.protocol} dport {block.port}{begun[block.deny.protocol]}"
        match = f'{in_}oifname "{block.out_interface}" {aim}'
        yield f'    {match} counter drop comment "{block.marker}"'
    if exclusive:
        yield '    counter drop comment "SAV10 everything else"'
    else:
        sides = _set([f'"{side}"' for side in dict.fromkeys(rules.device.interfaces.values())])
        for protocol, ports in _by_protocol(rules.governed):
            ours = f"iifname {sides} oifname {sides} {protocol} dport {_set(ports)}{begun[protocol]}"
            yield f'    {ours} counter drop comment "SAV10 not planned"'
    yield "}"


def _input(job: HostJob) -> Iterator[str]:
    rules = job.rules
    yield "chain input {"
    yield "    type filter hook input priority filter; policy accept;"
    yield '    iifname "lo" accept'
    yield "    ct state established,related accept"
    for permit in rules.inbound:
        yield f'    {_matches(permit)} counter accept comment "{remark(permit, _COMMENT)}"'
    for protocol, ports in _by_protocol(rules.governed):
        yield f'    {protocol} dport {_set(ports)} counter drop comment "SAV10 not planned"'
    yield "}"


def _by_protocol(governed: Iterable[tuple[str, int]]) -> Iterator[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for protocol, port in governed:
        found.setdefault(protocol, []).append(str(port))
    yield from found.items()


def _matches(permit: Permit) -> str:
    family = _PROTOCOL[permit.family]
    ends = (("saddr", permit.sources), ("daddr", permit.destinations))
    addresses = [f"{family} {end} {_set(list(map(_address, nets)))}" for end, nets in ends if not _everywhere(nets)]
    if not addresses:
        addresses = [f"meta nfproto {'ipv4' if permit.family == 4 else 'ipv6'}"]
    protocol = permit.protocol
    spans = (("sport", permit.source_ports), ("dport", permit.destination_ports))
    ports = [f"{protocol} {end} {_ports(span)}" for end, span in spans if span != ANY_PORTS]
    return f"{' '.join([*addresses, *ports])}{_STATES[permit.state]}"


def _everywhere(networks: Sequence[Network]) -> bool:
    """Checks for all addresses of a family."""
    return len(networks) == 1 and networks[0].prefixlen == 0


def _address(network: Network) -> str:
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def _set(members: Sequence[str]) -> str:
    return members[0] if len(members) == 1 else f"{{ {', '.join(members)} }}"


def _ports(span: PortSpan) -> str:
    return str(span[0]) if span[0] == span[1] else f"{span[0]}-{span[1]}"


FORMATS = (
    Format(
        name="nftables", title="nftables, between zones", scope="device", vendor="linux", writer=_DeviceWriter(),
        since=IN_ITS_PLACE, file="sav10.nft",
        load="nft -f sav10.nft. It replaces its own table sav10 whole, in one step, and touches no other; "
        "loading it twice changes nothing",
    ),
    Format(
        name="nftables-host", title="nftables, on a Linux host", scope="host", writer=_HostWriter(),
        since=IN_ITS_PLACE, file="sav10-host.nft",
        load="nft -f sav10-host.nft. It replaces its own table sav10_host whole and touches no other",
    ),
)  # fmt: skip
