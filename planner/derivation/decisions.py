"""The decisions that arise in a plan: what is in force, who settled it, and how to choose another reading."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from planner.catalogue.answers import Answers
from planner.catalogue.model import Catalogue, Reading, Setting
from planner.derivation.model import DecisionState, ReadingText

if TYPE_CHECKING:
    from planner.plan.plan import DecisionRecord


def decision_states(
    answers: Answers, records: Sequence["DecisionRecord"], catalogue: Catalogue
) -> tuple[DecisionState, ...]:
    """Give each decision that arises under these answers. What is in force follows from the answers alone."""
    recorded = {record.id: record for record in records}
    states = []
    for decision in catalogue.decisions.values():
        if not all(condition.holds(answers) for condition in decision.when):
            continue
        chosen = decision.chosen(answers)
        record = recorded.get(decision.id)
        agreed = record is not None and record.chosen == chosen
        states.append(
            DecisionState(
                id=decision.id,
                title=decision.title,
                trouble=decision.trouble,
                chosen=chosen,
                default=decision.default,
                readings=tuple(
                    ReadingText(id=reading.id, text=reading.text, offered=reading.offered)
                    for reading in decision.readings
                ),
                why=decision.why,
                by=record.by if record is not None and agreed else "",
                note=record.note if record is not None else "",
                because=tuple(f"{condition.answer}" for condition in decision.when),
                cites=decision.cites,
            )
        )
    return tuple(states)


def choose(answers: Answers, reading: Reading) -> Answers:
    """Change the answers so that this reading is in force."""
    for setting in reading.sets:
        answers = msgspec.structs.replace(answers, **{setting.answer: _set(answers, setting)})
    return answers


def _set(answers: Answers, setting: Setting) -> object:
    if setting.add is None and setting.remove is None:
        return setting.value
    members = tuple(member for member in getattr(answers, setting.answer) if member != setting.remove)
    if setting.add is None or setting.add in members:
        return members
    return (*members, setting.add)
