"""Edits as pure functions: a plan in, a new plan out. Errors are TopologyError with one line for the user."""

import datetime
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Literal

import msgspec

from planner.catalogue.answers import CONFIRMABLE, Answers, TopologyError
from planner.catalogue.loader import load_catalogue, load_questions
from planner.catalogue.model import Catalogue, Condition, Question, Reading, Setting
from planner.derivation.zones import effective_zones
from planner.plan.plan import DecisionRecord, Head, Plan
from planner.plan.topology import ERRATUM_PORT, MAX_NAME, OUTSIDE_ZONE, Topology, Zone

replace = msgspec.structs.replace


def new_plan(boundary: Literal["stateful", "stateless"] = "stateful") -> Plan:
    """Returns the plan a session starts with: the defaults and this kind of firewall, none of them confirmed."""
    return Plan(topology=Topology(answers=Answers(boundary=boundary, assumed=CONFIRMABLE)))


def set_answers(plan: Plan, **values: Any) -> Plan:
    """Changes answers and counts them as confirmed. Raises TopologyError: a value is out of range."""
    for name in ("rtvscan_port", "netware_port"):
        if values.get(name) == ERRATUM_PORT:
            raise TopologyError(
                f"{name}: some printed guides say {ERRATUM_PORT} in error; the product's port is 2967. "
                f"Accepted: 2967, or the port you have set"
            )
    answers = plan.topology.answers
    assumed = tuple(name for name in answers.assumed if name not in values)
    return with_answers(plan, replace(answers, **values, assumed=assumed), *values)


def with_answers(plan: Plan, answers: Answers, *given: str) -> Plan:
    """Replaces the answers of the plan; those in ``given`` were given by somebody.

    A decision whose reading is no longer in force is open again. A question that arises only now counts as assumed
    until somebody answers it; one that does not arise needs no answer once what it hangs on is confirmed.
    """
    answers = replace(answers, assumed=tuple(_still_assumed(plan.topology.answers, answers, given)))
    known = load_catalogue().decisions
    kept = tuple(
        record for record in plan.decisions if record.id in known and known[record.id].chosen(answers) == record.chosen
    )
    return replace(plan, topology=replace(plan.topology, answers=answers), decisions=kept)


def assume_unanswered(plan: Plan, answered: tuple[str, ...]) -> Plan:
    """Marks as assumed the answers that a file leaves out: nobody has confirmed them."""
    answers = plan.topology.answers
    assumed = tuple(name for name in CONFIRMABLE if name not in answered)
    return with_answers(plan, replace(answers, assumed=assumed), *answered)


def _still_assumed(before: Answers, after: Answers, given: tuple[str, ...]) -> Iterator[str]:
    changed = {name for name in Answers.__struct_fields__ if getattr(before, name) != getattr(after, name)}
    for name, (conditions, hangs_on) in _conditions().items():
        if name not in after.assumed and hangs_on.isdisjoint(changed):
            continue  # it arises if it did before
        if _arises(conditions, after):
            if name in after.assumed or (name not in given and not _arises(conditions, before)):
                yield name
        elif name in after.assumed and hangs_on.intersection(after.assumed):
            yield name


@cache
def _conditions() -> dict[str, tuple[list[tuple[Condition, ...]], frozenset[str]]]:
    """Conditions of the questions for each answer that can be confirmed, and the answers in these conditions."""
    questions = load_questions()
    asked = {name: [question.when for question in questions if question.answer == name] for name in CONFIRMABLE}
    return {
        name: (whens, frozenset(condition.answer for when in whens for condition in when))
        for name, whens in asked.items()
    }


def _arises(conditions: Iterable[Iterable[Condition]], answers: Answers) -> bool:
    return any(all(condition.holds(answers) for condition in when) for when in conditions)


def confirm(plan: Plan, *names: str) -> Plan:
    """Marks these answers as confirmed, whatever they are."""
    answers = plan.topology.answers
    return with_answers(plan, replace(answers, assumed=tuple(name for name in answers.assumed if name not in names)))


def value_of(question: Question, answers: Answers) -> Any:
    """Returns the answer to a question; for a member question, True if the member is in the list."""
    value = getattr(answers, question.answer)
    return question.member in value if question.member else value


def answer(plan: Plan, question: Question, value: Any) -> Plan:
    """Answers one question; for a member question a true ``value`` puts the member in the list.

    Raises:
        TopologyError: the value is out of range.
    """
    if question.member:
        members = [member for member in getattr(plan.topology.answers, question.answer) if member != question.member]
        value = tuple(sorted([*members, question.member] if value else members))
    return set_answers(plan, **{question.answer: value})


def decide(plan: Plan, decision_id: str, reading_id: str, by: str, note: str, catalogue: Catalogue) -> Plan:
    """Decides: brings the reading into force, with a name (empty: undecided) and a note."""
    decision = catalogue.decisions[decision_id]
    reading = decision.reading(reading_id)
    if reading is None or (not reading.offered and reading_id != decision.chosen(plan.topology.answers)):
        raise TopologyError(f"decision {decision_id}: {reading_id} cannot be chosen")
    changed = choose(plan.topology.answers, reading) if reading.offered else plan.topology.answers
    touched = tuple(setting.answer for setting in reading.sets)
    record = DecisionRecord(id=decision_id, chosen=reading_id, default=decision.default, by=by, note=note)
    others = tuple(known for known in plan.decisions if known.id != decision_id)
    kept = (*others, record) if by or note else others
    return replace(confirm(with_answers(plan, changed), *touched), decisions=kept)


def choose(answers: Answers, reading: Reading) -> Answers:
    """Changes the answers so that this reading of the document is in force."""
    for setting in reading.sets:
        answers = replace(answers, **{setting.answer: _set_value(answers, setting)})
    return answers


def _set_value(answers: Answers, setting: Setting) -> object:
    if setting.add is None and setting.remove is None:
        return setting.value
    members = tuple(member for member in getattr(answers, setting.answer) if member != setting.remove)
    if setting.add is None or setting.add in members:
        return members
    return (*members, setting.add)


def with_note(plan: Plan, decision_id: str, note: str, catalogue: Catalogue) -> Plan:
    """Adds a note to a decision, decided or not."""
    state = next(state for state in plan.derived.decisions if state.id == decision_id)
    return decide(plan, decision_id, state.chosen, state.by, note.strip(), catalogue)


def set_head(plan: Plan, **values: Any) -> Plan:
    """Changes fields of the ``[plan]`` table; a plan still called by its title gets the new title's id."""
    head = plan.head
    if "title" in values and "id" not in values and head.id in (Head().id, slug(head.title)):
        values["id"] = slug(values["title"])
    return replace(plan, head=replace(head, **values))


def set_change(plan: Plan, **values: str | datetime.date | None) -> Plan:
    """Changes fields of the change record."""
    return replace(plan, change=replace(plan.change, **values))


def slug(title: str) -> str:
    """Returns a plan id made of a title: lower-case ASCII letters, digits and hyphens."""
    words = "".join(sign if sign.isascii() and sign.isalnum() else " " for sign in title.lower()).split()
    return "-".join(words)[:60] or Head().id


def file_stem(plan: Plan) -> str:
    """Returns the name for files made of a plan: its id, but never a path, an option or a device.

    A plan may come from anybody, and so may its id.
    """
    return name_of_file(plan.head.id) or Head().id


def name_of_file(text: str) -> str:
    """Returns the signs of a text that a file name may hold: ASCII letters, digits, ``-`` and ``_``; may be empty."""
    signs = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_") else " " for sign in text)
    stem = "-".join(signs.split()).strip("-")[:60]
    return f"plan-{stem}" if stem.lower() in _DEVICES else stem


_DEVICES = {"con", "prn", "aux", "nul", *(f"{kind}{number}" for kind in ("com", "lpt") for number in range(10))}
"""Names that Windows takes for a device, whatever ending follows."""


def own_zones(plan: Plan, catalogue: Catalogue) -> tuple[Zone, ...]:
    """Returns the zones to edit: the user's own, or the default ones about to become so."""
    return plan.topology.zones or effective_zones(plan.topology, catalogue)


def with_zones(plan: Plan, zones: tuple[Zone, ...]) -> Plan:
    """Replaces the zones of the plan. Raises TopologyError: a name used twice, a parent that is no zone."""
    return replace(plan, topology=replace(plan.topology, zones=zones))


def set_zone(plan: Plan, index: int, catalogue: Catalogue, **values: Any) -> Plan:
    """Changes fields of one zone; a rename changes parents and interfaces that name it."""
    zones = list(own_zones(plan, catalogue))
    old = zones[index]
    new_name = values.get("name", old.name)
    if any(zone.name == new_name for zone in zones if zone is not old):
        raise TopologyError(f"zone {new_name!r}: another zone has this name; accepted: a name of its own")
    zones[index] = replace(old, **values)
    devices = plan.topology.devices
    if new_name != old.name:
        zones = [
            replace(zone, parents=_renamed(zone.parents, old.name, new_name)) if old.name in zone.parents else zone
            for zone in zones
        ]
        devices = tuple(
            replace(device, interfaces={new_name if zone == old.name else zone: side
                                        for zone, side in device.interfaces.items()})
            for device in devices
        )  # fmt: skip
    return replace(plan, topology=Topology(answers=plan.topology.answers, zones=tuple(zones), devices=devices))


def _renamed(names: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    return tuple(new if name == old else name for name in names)


def add_zone(plan: Plan, zone: Zone, catalogue: Catalogue) -> Plan:
    """Adds a zone after the others; the outside stays last."""
    zones = own_zones(plan, catalogue)
    inside = tuple(known for known in zones if OUTSIDE_ZONE not in known.roles)
    outside = tuple(known for known in zones if OUTSIDE_ZONE in known.roles)
    return with_zones(plan, (*inside, zone, *outside))


def duplicate_zone(plan: Plan, index: int, catalogue: Catalogue) -> tuple[Plan, int]:
    """Adds a copy of a zone behind it; returns the plan and the copy's place.

    Networks and hosts are not taken over: no address lies in two zones.

    Raises:
        TopologyError: it is the outside, of which there is one.
    """
    zones = own_zones(plan, catalogue)
    zone = zones[index]
    if OUTSIDE_ZONE in zone.roles:
        raise TopologyError(f"zone {zone.name!r}: the outside has no second; accepted: another zone")
    name = free_zone_name(plan, _unnumbered(zone.name)[: MAX_NAME - 6], catalogue)
    copy = replace(zone, name=name, networks=(), hosts={})
    return with_zones(plan, (*zones[: index + 1], copy, *zones[index + 1 :])), index + 1


def _unnumbered(name: str) -> str:
    """Removes the number from a numbered name, so that its copy counts on."""
    start, hyphen, number = name.rpartition("-")
    return start if hyphen and start and number.isdigit() else name


def remove_zone(plan: Plan, index: int, catalogue: Catalogue) -> Plan:
    """Removes a zone, and its name from parents and interfaces."""
    zones = own_zones(plan, catalogue)
    gone = zones[index].name
    kept = tuple(
        replace(zone, parents=tuple(parent for parent in zone.parents if parent != gone))
        if gone in zone.parents
        else zone
        for zone in zones
        if zone.name != gone
    )
    devices = tuple(
        replace(device, interfaces={zone: side for zone, side in device.interfaces.items() if zone != gone})
        for device in plan.topology.devices
    )
    return replace(plan, topology=Topology(answers=plan.topology.answers, zones=kept, devices=devices))


def free_zone_name(plan: Plan, wanted: str, catalogue: Catalogue) -> str:
    """Returns the wanted name, or the first of ``wanted-2``, ``wanted-3`` … that no zone has."""
    taken = {zone.name for zone in own_zones(plan, catalogue)}
    if wanted not in taken:
        return wanted
    return next(name for number in range(2, len(taken) + 3) if (name := f"{wanted}-{number}") not in taken)
