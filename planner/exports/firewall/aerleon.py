"""aerleon behind a strict gate: our terms as its policies, and refused whatever it would render as something else.

Networks and services are named by us, and the names by what they hold, so that no list can be empty or meant
otherwise. Measured with 1.18.0: an empty address list, an unknown key and a port that is no name open everything; a
term whose ends share no family, and one that has expired, vanish. So each term is checked before, all are counted
after, and a warning of its log is an error.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from planner.enforcement.device_rules import ANY_PORTS, ExportError, MissingInput, PortSpan
from planner.exports.firewall.access_list import ALL_ELSE, ANSWERS, Filter, Term
from planner.exports.firewall.model import plain
from planner.plan.addresses import Network

Object = dict[str, Any]
INSTALL = "pip install 'sav-planner[vendors]'"
BATCH = 24
"""Filters rendered at once."""
_KEYS = {
    "name", "comment", "source-address", "destination-address", "protocol", "source-port", "destination-port",
    "option", "action",
}  # fmt: skip
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,61}")
_COMMENT = re.compile(r"[A-Za-z0-9 ._:/@+,()=-]{1,100}")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9]+")
_LABEL = 32
"""Most characters of a zone in a name; Juniper and Palo Alto take names of 63."""
_PORT = re.compile(r"[0-9]{1,5}(-[0-9]{1,5})?")


class _Warnings(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


def generate(definitions: Object, filters: Sequence[Object]) -> list[str]:
    """Renders filters that all go to one target; returns the texts as aerleon wrote them.

    There are several texts where there are many filters: aerleon holds every term against every filter, so that a
    thousand of them at once would take minutes.

    Raises:
        ExportError: aerleon is not installed or too old, or a term is not exactly what it can render.
    """
    check(definitions, filters)
    try:
        from aerleon import api
        from aerleon.lib import naming
    except ImportError:
        raise _refused("aerleon, which writes it, is not installed", INSTALL) from None
    except LookupError:  # its grammar stands in docstrings
        raise _refused("aerleon, which writes it, needs docstrings", "Python without -OO or PYTHONOPTIMIZE=2") from None
    texts: list[str] = []
    with _listening() as said:
        for first in range(0, len(filters), BATCH):
            batch = filters[first : first + BATCH]
            names = naming.Naming()
            try:
                names.ParseDefinitionsObject(_used(definitions, batch), "")
                policy: Any = {"filename": "sav10", "filters": batch}
                texts += (api.Generate([policy], names) or {}).values()
            except Exception as error:  # it raises a class of its own for each target
                raise _refused(f"aerleon: {error}", "a plan that it can render") from error
    if said:
        raise _refused(f"aerleon warns: {said[0]}", "a plan that it renders without a warning")
    return texts


def _used(definitions: Object, filters: Sequence[Object]) -> Object:
    """Definitions that these filters name."""
    terms = [term for filter_ in filters for term in filter_["terms"]]
    named = {
        "networks": {term.get(key) for term in terms for key in ("source-address", "destination-address")},
        "services": {term.get(key) for term in terms for key in ("source-port", "destination-port")},
    }
    return {kind: {n: v for n, v in definitions[kind].items() if n in names} for kind, names in named.items()}


def _refused(trouble: str, accepted: str) -> ExportError:
    return ExportError([MissingInput("format", "", "", " ".join(trouble.split())[:300], accepted)])


@contextmanager
def _listening() -> Iterator[list[str]]:
    """Gather what aerleon warns of, and keep it off standard error."""
    logger = logging.getLogger("absl")
    handler = _Warnings()
    kept, logger.handlers = logger.handlers, [handler]
    passed_on, logger.propagate = logger.propagate, False
    try:
        yield handler.said
    finally:
        logger.handlers, logger.propagate = kept, passed_on


def check(definitions: Object, filters: Sequence[Object]) -> None:
    """Refuse what aerleon would render as something else.

    Raises:
        ExportError: naming the term and what is wrong with it.
    """
    for filter_ in filters:
        names = [term["name"] for term in filter_["terms"]]
        if len(set(names)) != len(names):
            raise _refused("two terms of one filter have the same name", "names of their own")
        for term in filter_["terms"]:
            for trouble in _troubles(term, definitions):
                raise _refused(f"term {term['name']}: {trouble}", "a term that says all of it")


def _troubles(term: Object, definitions: Object) -> Iterator[str]:
    if unknown := set(term) - _KEYS:
        yield f"unknown key {min(unknown)}"
    if not _NAME.fullmatch(term["name"]) or not _COMMENT.fullmatch(term["comment"]):
        yield "its name or comment holds a sign that a target could take for its own"
    families = set()
    for key in ("source-address", "destination-address"):
        if key in term:
            values = definitions["networks"].get(term[key], {}).get("values", [])
            if not values:
                yield f"{key} is empty"
            families |= {":" in value["address"] for value in values}
        elif term["action"] == "accept" and not _may_be_from_anywhere(term):
            yield f"{key} is missing"
    if len(families) > 1:
        yield "its addresses are of two families"
    for key in ("source-port", "destination-port"):
        yield from _port_troubles(key, term, definitions) if key in term else ()
    if term.get("option", ["tcp-established"]) != ["tcp-established"]:
        yield "its options are not known"


def _may_be_from_anywhere(term: Object) -> bool:
    return term["name"] == ALL_ELSE or (term["name"] == ANSWERS and term.get("option") == ["tcp-established"])


def _port_troubles(key: str, term: Object, definitions: Object) -> Iterator[str]:
    values: list[Any] = definitions["services"].get(term[key], [])
    if len(values) != 1 or not _PORT.fullmatch(str(values[0]["port"])):
        yield f"{key} is no named port"
    elif values[0]["protocol"] != term.get("protocol"):
        yield f"{key} is of another protocol"


def counted(found: int, wanted: int, what: str) -> None:
    """Refuse a rendering that does not hold as many of something as went in.

    Raises:
        ExportError: saying how many were rendered and how many were wanted.
    """
    if found != wanted:
        raise _refused(f"aerleon wrote {found} {what} for {wanted}", "a plan of which it leaves nothing out")


class Definitions:
    """Names for address lists and ports: the same content has the same name, in every revision of a plan.

    A name of addresses begins with their zone. It ends in a digest of what it holds, because a device refuses to
    delete or refill a list that a rule still uses: a change takes another name.
    """

    def __init__(self) -> None:
        self._networks: dict[str, tuple[Network, ...]] = {}
        self._services: dict[tuple[str, PortSpan], str] = {}

    def network(self, networks: tuple[Network, ...], zone: str = "") -> str:
        """Returns the name of a list of networks, which holds at least one."""
        if not networks:
            raise ValueError("an empty list of addresses would mean any")
        digest = sha256(" ".join(map(str, networks)).encode()).hexdigest()
        label = _NOT_IN_NAMES.sub("_", plain(zone, _LABEL)).strip("_")
        name = f"SAV10_{label or 'N'}_{digest[:8].upper()}"
        if self._networks.setdefault(name, networks) != networks:
            name = f"SAV10_{label or 'N'}_{digest[:16].upper()}"
            self._networks[name] = networks
        return name

    def service(self, protocol: str, span: PortSpan) -> str:
        """Name a port, or a range of ports."""
        low, high = span
        return self._services.setdefault((protocol, span), f"{protocol.upper()}_{low}" + (f"_{high}" * (low != high)))

    @property
    def tables(self) -> Object:
        """Both kinds as aerleon's definitions."""
        return {
            "networks": {
                name: {"values": [{"address": str(network)} for network in networks]}
                for name, networks in self._networks.items()
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
        found["source-address"] = definitions.network(term.sources, term.source_zone)
    if term.destinations:
        found["destination-address"] = definitions.network(term.destinations, term.destination_zone)
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
    """Definitions and filters, each filter with its target."""
    definitions = Definitions()
    objects = [
        {"header": {"targets": target}, "terms": [term_object(term, definitions) for term in filter_.terms]}
        for filter_, target in zip(filters, targets, strict=True)
    ]
    return definitions.tables, objects
