"""Rules for the firewall of a Windows host since Vista, as every tool takes them: direction, ends, ports, name."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from planner.enforcement.device_rules import ANY_PORTS, HostRules, Permit, PortSpan
from planner.exports.firewall.job import HostJob, remark
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
    """Give the rules of a host: what comes in, what goes out, and what is blocked away from the domain's network."""
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


def gone(old: HostRules, new: HostRules) -> list[str]:
    """Name the rules that an older revision had and this one has not."""
    kept = {rule.name for rule in windows_rules(new)}
    return [rule.name for rule in windows_rules(old) if rule.name not in kept]


def come(old: HostRules, new: HostRules) -> list[WindowsRule]:
    """Give the rules that are new or different."""
    before = {rule.name: rule for rule in windows_rules(old)}
    return [rule for rule in windows_rules(new) if before.get(rule.name) != rule]


def notes(job: HostJob) -> Iterator[str]:
    """Say what the Windows firewall adds to these rules, or leaves to its other settings."""
    yield "inbound, Windows blocks what no rule permits, as long as that default and no other rule was changed"
    yield "outbound, Windows permits everything by default: those rules matter only where that was changed"
    if job.rules.blocks:
        yield "away from the domain's network the product's ports are blocked, and a block wins over every permission"


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
        local=_addresses(permit.destinations),
        remote=_addresses(permit.sources),
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
        local=_addresses(permit.sources),
        remote=_addresses(permit.destinations),
    )


def _ports(span: PortSpan) -> str:
    if span == ANY_PORTS:
        return "any"
    return str(span[0]) if span[0] == span[1] else f"{span[0]}-{span[1]}"


def _addresses(networks: Iterable[Network]) -> tuple[str, ...]:
    return tuple(map(_address, networks))


def _address(network: Network) -> str:
    """Write an address, a network, or all of a family: a prefix of no length is not taken, a range is."""
    if network.prefixlen == 0:
        return f"{network.network_address}-{network.broadcast_address}"
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)
