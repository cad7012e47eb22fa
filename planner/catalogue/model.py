"""Catalogue: facts about the product's ports, and the questions that the planner asks.

Everything the planner knows comes from vendor document 2005033011582148; each fact here cites
its place in that document. Adding a flow, a note or a decision is an edit of the data file.
"""

from collections.abc import Iterator
from typing import Literal

import msgspec

from planner.catalogue.answers import Answers, RoleId

FlowClass = Literal["required", "inferred", "optional", "never"]
Phase = Literal["run", "rollout"]
Transport = Literal["tcp", "udp"]
Between = Literal["all", "others", "parents"]
Level = Literal["error", "warning", "note"]
Step = Literal["estate", "extras", "rollout", "ports"]
Kind = Literal["number", "yesno", "choice", "port", "date"]

ANSWER_ROLES = "answer:"
"""Prefix of a leg end whose roles are named by an answer, as in ``answer:ams_hosts``."""


class CatalogueError(ValueError):
    """Broken catalogue; the text names the entry and its fault."""


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of frozen catalogue entries; an unknown key is refused."""


class Document(Record, frozen=True, kw_only=True):
    """The vendor document behind the facts: number, title, ISO date last modified, catalogue version."""

    id: str
    title: str
    last_modified: str
    later_id: str
    catalogue_version: str


class Citation(Record, frozen=True, kw_only=True):
    """A place in the vendor document (or beside it): section, the row or rule, and what it says."""

    id: str
    section: str
    where: str
    says: str


class Note(Record, frozen=True, kw_only=True):
    """A dated fact worth showing beside a port. ``on_removal``: also when the port is to be closed for good."""

    id: str
    text: str
    dates: tuple[str, ...] = ()
    cves: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    on_removal: bool = False


class Condition(Record, frozen=True, kw_only=True):
    """A demand on one answer; exactly one of the four comparisons is given. ``at_least`` counts a list's members."""

    answer: str
    at_least: int | None = None
    equals: bool | str | None = None
    includes: str | None = None
    is_set: bool | None = None

    def holds(self, answers: Answers) -> bool:
        """Returns True if the answers meet this demand."""
        value = getattr(answers, self.answer)
        if self.at_least is not None:
            return bool((len(value) if isinstance(value, tuple) else value) >= self.at_least)
        if self.includes is not None:
            return self.includes in value
        if self.is_set is not None:
            return (value is not None) is self.is_set
        return bool(value == self.equals)

    def demand(self) -> str:
        """Returns in words the value that the answer must have."""
        if self.at_least is not None:
            return f"{self.at_least} or more"
        if self.includes is not None:
            return self.includes
        if self.is_set is not None:
            return "a value" if self.is_set else "no value"
        return {True: "yes", False: "no"}.get(self.equals, str(self.equals))  # type: ignore[arg-type]


class Role(Record, frozen=True, kw_only=True):
    """A part a host plays. ``zone`` is its default zone's name; ``counted_by`` the answer that counts such hosts.

    A role with ``has_parents`` checks in with the parents its zone names.
    """

    id: RoleId
    title: str
    who: str
    zone: str
    when: tuple[Condition, ...] = ()
    counted_by: str = ""
    has_parents: bool = False
    outside: bool = False

    def in_use(self, answers: Answers) -> bool:
        """Returns True if, by the answers, the estate has such hosts at all."""
        return all(condition.holds(answers) for condition in self.when)


class Service(Record, frozen=True, kw_only=True):
    """A protocol and port somebody listens on. ``port_answer`` names the answer that overrides ``port``."""

    id: str
    protocol: Transport
    name: str
    process: str
    port: int | None = None
    port_answer: str = ""
    iana: str = ""
    configure: str = ""
    registry_path: str = ""
    registry_value: str = ""
    notes: tuple[str, ...] = ()

    def port_for(self, answers: Answers) -> int | None:
        """Returns the port number under these answers; None where only the user knows it and has not entered it."""
        if not self.port_answer:
            return self.port
        value: int | None = getattr(answers, self.port_answer)
        return value


class Leg(Record, frozen=True, kw_only=True, rename={"from_": "from"}):
    """One stretch of a flow: who opens which services on whom, from which source ports, on what condition.

    ``between``: ``all`` zones pairwise, ``others`` (a different host), ``parents`` (a client and its parents).
    ``source``: a documented range such as ``1024-4999``, one port, or ``any``; ``stated`` is false where the
    document does not give it. ``follows`` takes ends and conditions from other flows' legs, and their source
    unless one is given.
    """

    services: tuple[str, ...]
    from_: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    between: Between = "all"
    source: str = ""
    stated: bool = True
    when: tuple[Condition, ...] = ()
    follows: tuple[str, ...] = ()


class Denial(Record, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Prohibition of a ``never`` flow: the zones it comes from, the roles it aims at, and which services.

    ``from``: a role, or ``any``. ``to``: roles (or ``answer:…``); empty means every zone that holds a listener.
    ``services``: empty means every listener of the zone. ``where``: enforced at the zone boundary or on the host.
    """

    from_: str
    to: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    where: Literal["boundary", "host"] = "boundary"
    when: tuple[Condition, ...] = ()


class Flow(Record, frozen=True, kw_only=True, rename={"class_": "class", "legs": "leg"}):
    """A purpose for which hosts of one role open ports on hosts of another.

    ``until``: the date answer after which its rules should be closed. ``worked_out``: how an inferred flow was
    inferred. ``nat``: the note to show where addresses are translated in front of the listener and the flow may not
    survive it.
    """

    id: str
    purpose: str
    class_: FlowClass
    phase: Phase = "run"
    listener: str
    breaks: str
    cites: tuple[str, ...]
    legs: tuple[Leg, ...] = ()
    deny: Denial | None = None
    worked_out: str = ""
    until: str = ""
    nat: str = ""
    notes: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()

    @property
    def switch(self) -> bool:
        """True if the user turns this flow on by its own id, in the answer ``options``."""
        return any(condition.includes == self.id for leg in self.legs for condition in leg.when)


class Setting(Record, frozen=True, kw_only=True):
    """Change of an answer by a reading: set it to ``value``, or add or remove a member of a list."""

    answer: str
    value: bool | int | str | None = None
    add: str | None = None
    remove: str | None = None


class Reading(Record, frozen=True, kw_only=True):
    """One way to read the document. ``when``: the answers under which it is the one in force.

    A reading with ``offered = false`` is shown with its reason, and cannot be chosen.
    """

    id: str
    text: str
    when: tuple[Condition, ...] = ()
    sets: tuple[Setting, ...] = ()
    offered: bool = True
    refused_because: str = ""


class Decision(Record, frozen=True, kw_only=True, rename={"readings": "reading"}):
    """A place where the document contradicts itself or is silent: the readings, the default, the reason.

    ``when``: the answers under which the question arises at all. ``answer``: the answer that settles it, if any.
    """

    id: str
    title: str
    trouble: str
    default: str
    why: str
    cites: tuple[str, ...]
    readings: tuple[Reading, ...]
    when: tuple[Condition, ...] = ()
    advice: str = ""

    def chosen(self, answers: Answers) -> str:
        """Returns the id of the reading in force under these answers."""
        for reading in self.readings:
            if reading.when and all(condition.holds(answers) for condition in reading.when):
                return reading.id
        return self.default

    def reading(self, reading_id: str) -> Reading | None:
        """Returns a reading by its id; None if there is none."""
        return next((reading for reading in self.readings if reading.id == reading_id), None)


class FindingText(Record, frozen=True, kw_only=True):
    """The level and wording of a finding; ``{names}`` in the text are filled in by the check of the same id."""

    id: str
    level: Level
    text: str
    cites: tuple[str, ...] = ()


class Topic(Record, frozen=True, kw_only=True):
    """Something beside the plan: traffic that the vendor document has no row for, or a text that it refers to."""

    id: str
    title: str
    text: str
    cites: tuple[str, ...] = ()


class Symptom(Record, frozen=True, kw_only=True):
    """A fault that people see, the flows behind it in the order in which to test them, and what else may cause it."""

    id: str
    title: str
    flows: tuple[str, ...]
    also: str = ""


class Term(Record, frozen=True, kw_only=True):
    """A word of the field, explained."""

    id: str
    text: str


class CatalogueFile(Record, frozen=True, kw_only=True):
    """The data file: its tables in order."""

    document: Document
    citation: tuple[Citation, ...]
    note: tuple[Note, ...]
    role: tuple[Role, ...]
    service: tuple[Service, ...]
    flow: tuple[Flow, ...]
    decision: tuple[Decision, ...]
    finding: tuple[FindingText, ...]
    out_of_scope: tuple[Topic, ...] = ()
    reference: tuple[Topic, ...] = ()
    symptom: tuple[Symptom, ...] = ()
    term: tuple[Term, ...] = ()


class Catalogue(Record, frozen=True, kw_only=True):
    """All facts: every table by id, in the order of the file."""

    document: Document
    sha256: str
    citations: dict[str, Citation]
    notes: dict[str, Note]
    roles: dict[RoleId, Role]
    services: dict[str, Service]
    flows: dict[str, Flow]
    decisions: dict[str, Decision]
    findings: dict[str, FindingText]
    out_of_scope: dict[str, Topic]
    references: dict[str, Topic]
    symptoms: dict[str, Symptom]
    terms: dict[str, Term]

    def __hash__(self) -> int:
        return hash(self.sha256)

    def roles_in_use(self, answers: Answers) -> frozenset[RoleId]:
        """Returns the roles that, by the answers, some host of the estate plays."""
        return frozenset(role.id for role in self.roles.values() if role.in_use(answers))

    def legs_of(self, flow: Flow) -> Iterator[Leg]:
        """Returns the flow's legs, with every ``follows`` replaced by the ends and conditions it points to."""
        for leg in flow.legs:
            if not leg.follows:
                yield leg
            for followed in leg.follows:
                for other in self.flows[followed].legs:
                    yield msgspec.structs.replace(
                        other,
                        services=leg.services,
                        source=leg.source or other.source,
                        stated=False,
                        when=(*leg.when, *other.when),
                    )


class Choice(Record, frozen=True, kw_only=True):
    """One value of a choice question."""

    id: str
    title: str


class Question(Record, frozen=True, kw_only=True):
    """A question: the answer it fills, its step, its meaning on the network, and the ports that it opens.

    ``member``: for a list answer, the member that a yes puts in. ``when``: the answers under which it is asked.
    """

    id: str
    answer: str
    step: Step
    title: str
    kind: Kind
    asks: str
    opens: str
    member: str = ""
    choices: tuple[Choice, ...] = ()
    when: tuple[Condition, ...] = ()
    cites: tuple[str, ...] = ()


class QuestionFile(Record, frozen=True, kw_only=True):
    """The data file of the questions, in the order in which they are asked."""

    question: tuple[Question, ...]
