"""Terms as an aerleon policy with its definitions: plain dictionaries, which its YAML and its Python take alike.

Networks and services are named by us, and the names by what they hold, so that no list can be empty or meant
otherwise. Needs no aerleon.
"""

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from planner.enforcement.device_rules import ANY_PORTS, PortSpan
from planner.exports.firewall.access_list import Filter, Term
from planner.plan.addresses import Network

Object = dict[str, Any]


class Definitions:
    """Names for address lists and ports: the same content has the same name, in every revision of a plan."""

    def __init__(self) -> None:
        self._networks: dict[tuple[Network, ...], str] = {}
        self._services: dict[tuple[str, PortSpan], str] = {}

    def network(self, networks: tuple[Network, ...]) -> str:
        """Name a list of networks, which holds at least one."""
        if not networks:
            raise ValueError("an empty list of addresses would mean any")
        if networks not in self._networks:
            digest = sha256(" ".join(map(str, networks)).encode()).hexdigest()
            self._networks[networks] = f"SAV10_N_{digest[:12].upper()}"
        return self._networks[networks]

    def service(self, protocol: str, span: PortSpan) -> str:
        """Name a port, or a range of ports."""
        low, high = span
        return self._services.setdefault((protocol, span), f"{protocol.upper()}_{low}" + (f"_{high}" * (low != high)))

    @property
    def tables(self) -> Object:
        """Give both kinds as aerleon's definitions."""
        return {
            "networks": {
                name: {"values": [{"address": str(network)} for network in networks]}
                for networks, name in self._networks.items()
            },
            "services": {
                name: [{"port": str(low) if low == high else f"{low}-{high}", "protocol": protocol}]
                for (protocol, (low, high)), name in self._services.items()
            },
        }


def term_object(term: Term, definitions: Definitions) -> Object:
    """Write a term with the keys that aerleon knows, and no others."""
    found: Object = {"name": term.name, "comment": term.comment}
    if term.sources:
        found["source-address"] = definitions.network(term.sources)
    if term.destinations:
        found["destination-address"] = definitions.network(term.destinations)
    if term.protocol:
        found["protocol"] = term.protocol
    if term.source_ports != ANY_PORTS:
        found["source-port"] = definitions.service(term.protocol, term.source_ports)
    if term.destination_ports != ANY_PORTS:
        found["destination-port"] = definitions.service(term.protocol, term.destination_ports)
    if term.state == "established":
        found["option"] = ["tcp-established"]
    found["action"] = term.action
    return found


def policy_objects(filters: Iterable[Filter], targets: Iterable[Object]) -> tuple[Object, list[Object]]:
    """Give definitions and filters, each with the target that says what it is rendered as."""
    definitions = Definitions()
    objects = [
        {"header": {"targets": target}, "terms": [term_object(term, definitions) for term in filter_.terms]}
        for filter_, target in zip(filters, targets, strict=True)
    ]
    return definitions.tables, objects


def as_yaml(content: Any, indent: str = "") -> Iterator[str]:
    """Write dictionaries, lists and texts as YAML, every text in double quotes, so that none is taken for a number."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _entry(f"{indent}{json.dumps(key)}:", value, indent)
    else:
        for value in content:
            yield from _entry(f"{indent}-", value, indent)


def _entry(start: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, str):
        yield f"{start} {json.dumps(value)}"
    elif not value:
        yield f"{start} {'{}' if isinstance(value, dict) else '[]'}"
    else:
        yield start
        yield from as_yaml(value, f"{indent}  ")
