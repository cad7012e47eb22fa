"""Loader of the catalogue and the questions from their data files; every reference must resolve."""

from collections.abc import Collection, Iterable, Iterator
from functools import cache
from typing import Protocol, TypeVar, get_args

import msgspec

from planner.catalogue.answers import Answers, RoleId
from planner.catalogue.model import (
    ANSWER_ROLES,
    Catalogue,
    CatalogueError,
    CatalogueFile,
    Condition,
    Decision,
    Flow,
    Question,
    QuestionFile,
    Service,
)
from planner.network.packets import port_span


@cache
def load_catalogue() -> Catalogue:
    """Returns the catalogue that comes with the program. Raises CatalogueError: the data file is broken."""
    return parse_catalogue(_read_data("catalogue.toml"))


def parse_catalogue(data: bytes) -> Catalogue:
    """Parses a catalogue from TOML bytes; refuses it unless every reference in it resolves.

    Raises:
        CatalogueError: naming the entry and its fault.
    """
    import hashlib

    import tomli

    try:
        file = msgspec.convert(tomli.loads(data.decode()), CatalogueFile)
    except (tomli.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise CatalogueError(f"catalogue: {error}") from None
    catalogue = _indexed(file, hashlib.sha256(data).hexdigest())
    for complaint in complaints(catalogue):
        raise CatalogueError(f"catalogue: {complaint}")
    return catalogue


@cache
def load_questions() -> tuple[Question, ...]:
    """Returns the questions in the order in which they are asked."""
    import tomli

    return msgspec.convert(tomli.loads(_read_data("questions.toml").decode()), QuestionFile).question


def _read_data(name: str) -> bytes:
    """Reads a file beside this module, without pathlib, which takes long to load."""
    with open(__file__[: __file__.rindex("loader")] + name, "rb") as file:  # noqa: PTH123
        return file.read()


def _indexed(file: CatalogueFile, sha256: str) -> Catalogue:
    return Catalogue(
        document=file.document,
        sha256=sha256,
        citations=_by_id("citation", file.citation),
        notes=_by_id("note", file.note),
        roles={role.id: role for role in _by_id("role", file.role).values()},
        services=_by_id("service", file.service),
        flows=_by_id("flow", file.flow),
        decisions=_by_id("decision", file.decision),
        findings=_by_id("finding", file.finding),
        out_of_scope=_by_id("out_of_scope", file.out_of_scope),
        references=_by_id("reference", file.reference),
        symptoms=_by_id("symptom", file.symptom),
        terms=_by_id("term", file.term),
    )


class _Entry(Protocol):
    @property
    def id(self) -> str: ...


EntryType = TypeVar("EntryType", bound=_Entry)


def _by_id(table: str, entries: Iterable[EntryType]) -> dict[str, EntryType]:
    index: dict[str, EntryType] = {}
    for entry in entries:
        if entry.id in index:
            raise CatalogueError(f"catalogue: {table} {entry.id}: the id is used twice")
        index[entry.id] = entry
    return index


def complaints(catalogue: Catalogue) -> Iterator[str]:
    """Returns every fault: references that do not resolve, values out of range."""
    roles = catalogue.roles
    if set(roles) != set(get_args(RoleId)):
        yield f"role: the roles must be exactly {', '.join(get_args(RoleId))}"
    for role in roles.values():
        where = f"role {role.id}"
        yield from _bad_conditions(where, role.when)
        if role.counted_by and role.counted_by not in Answers.__struct_fields__:
            yield f"{where}: counted_by: unknown answer {role.counted_by}"
    for note in catalogue.notes.values():
        yield from _unknown(f"note {note.id}", "citation", note.cites, catalogue.citations)
    for service in catalogue.services.values():
        yield from _bad_service(service, catalogue)
    for flow in catalogue.flows.values():
        yield from _bad_flow(flow, catalogue)
    for decision in catalogue.decisions.values():
        yield from _bad_decision(decision, catalogue)
    for finding in catalogue.findings.values():
        yield from _unknown(f"finding {finding.id}", "citation", finding.cites, catalogue.citations)
    for topic in (*catalogue.out_of_scope.values(), *catalogue.references.values()):
        yield from _unknown(f"topic {topic.id}", "citation", topic.cites, catalogue.citations)
    for symptom in catalogue.symptoms.values():
        yield from _unknown(f"symptom {symptom.id}", "flow", symptom.flows, catalogue.flows)


def _unknown(where: str, kind: str, ids: Iterable[str], known: Collection[str]) -> Iterator[str]:
    for id_ in ids:
        if id_ not in known:
            yield f"{where}: unknown {kind} {id_}"


def _bad_conditions(where: str, conditions: Iterable[Condition]) -> Iterator[str]:
    for condition in conditions:
        if condition.answer not in Answers.__struct_fields__:
            yield f"{where}: condition on unknown answer {condition.answer}"
        comparisons = (condition.at_least, condition.equals, condition.includes, condition.is_set)
        if sum(comparison is not None for comparison in comparisons) != 1:
            yield f"{where}: condition on {condition.answer}: give one of at_least, equals, includes, is_set"


def _bad_service(service: Service, catalogue: Catalogue) -> Iterator[str]:
    where = f"service {service.id}"
    yield from _unknown(where, "note", service.notes, catalogue.notes)
    if service.port_answer and service.port_answer not in Answers.__struct_fields__:
        yield f"{where}: port_answer: unknown answer {service.port_answer}"
    if service.port is None and not service.port_answer:
        yield f"{where}: give port or port_answer"
    if service.port is not None and not 1 <= service.port <= 65535:
        yield f"{where}: port {service.port} is out of range 1 to 65535"


def _bad_flow(flow: Flow, catalogue: Catalogue) -> Iterator[str]:
    where = f"flow {flow.id}"
    yield from _unknown(where, "citation", flow.cites, catalogue.citations)
    yield from _unknown(where, "note", flow.notes, catalogue.notes)
    yield from _unknown(where, "decision", flow.decisions, catalogue.decisions)
    yield from _unknown(where, "note", (flow.nat,) if flow.nat else (), catalogue.notes)
    if flow.until and flow.until not in Answers.__struct_fields__:
        yield f"{where}: until: unknown answer {flow.until}"
    if (flow.deny is None) == (flow.class_ == "never") or bool(flow.legs) == (flow.class_ == "never"):
        yield f"{where}: a flow of class never has a deny and no legs, every other flow has legs and no deny"
    for leg in flow.legs:
        yield from _unknown(where, "service", leg.services, catalogue.services)
        yield from _unknown(where, "flow", leg.follows, catalogue.flows)
        yield from _unknown(where, "role", _role_ids((*leg.from_, *leg.to)), catalogue.roles)
        yield from _bad_conditions(where, leg.when)
        if "internet" in leg.from_:
            yield f"{where}: the outside opens nothing; from: internet is not accepted"
        if leg.follows:
            if leg.from_ or leg.to:
                yield f"{where}: a leg that follows other flows names no ends of its own"
        elif not (leg.from_ and leg.to and leg.source):
            yield f"{where}: a leg gives from, to and source"
        if leg.source and not _is_port_range(leg.source):
            yield f"{where}: source {leg.source}: give a port, a range such as 1024-4999, or any"
    if flow.deny is not None:
        yield from _unknown(where, "service", flow.deny.services, catalogue.services)
        yield from _unknown(where, "role", _role_ids(flow.deny.to), catalogue.roles)
        yield from _unknown(where, "zone", (flow.deny.from_,), ("any", "internet"))
        yield from _bad_conditions(where, flow.deny.when)


def _bad_decision(decision: Decision, catalogue: Catalogue) -> Iterator[str]:
    where = f"decision {decision.id}"
    yield from _unknown(where, "citation", decision.cites, catalogue.citations)
    yield from _bad_conditions(where, decision.when)
    ids = [reading.id for reading in decision.readings]
    if len(ids) < 2 or len(set(ids)) != len(ids):
        yield f"{where}: give two readings or more, each with an id of its own"
    default = decision.reading(decision.default)
    if default is None or not default.offered:
        yield f"{where}: the default {decision.default} is no reading that is offered"
    for reading in decision.readings:
        yield from _bad_conditions(f"{where}: reading {reading.id}", reading.when)
        for setting in reading.sets:
            if setting.answer not in Answers.__struct_fields__:
                yield f"{where}: reading {reading.id}: sets unknown answer {setting.answer}"
        if reading.offered == bool(reading.refused_because):
            yield f"{where}: reading {reading.id}: a reading that is not offered says why, and only such a one"


def _role_ids(ends: Iterable[str]) -> Iterator[str]:
    """Returns the ends that name a role themselves, and those that name an unknown answer."""
    for end in ends:
        if not end.startswith(ANSWER_ROLES) or end.removeprefix(ANSWER_ROLES) not in Answers.__struct_fields__:
            yield end


def _is_port_range(text: str) -> bool:
    try:
        return text == "any" or port_span(text)[0] > 0
    except ValueError:
        return False
