"""The questions the planner asks, as data: one for each answer, or for each member of a list answer."""

from functools import cache
from typing import Literal

import msgspec

from planner.catalogue.data_files import read_data
from planner.catalogue.model import Condition, Record

Step = Literal["estate", "extras", "rollout", "ports"]
Kind = Literal["number", "yesno", "choice", "port", "date"]


class Choice(Record, frozen=True, kw_only=True):
    """One value of a choice question."""

    id: str
    title: str


class Question(Record, frozen=True, kw_only=True):
    """A question: the answer it fills, in which step, what it means on the network and what it opens.

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


class _QuestionFile(Record, frozen=True, kw_only=True):
    question: tuple[Question, ...]


@cache
def load_questions() -> tuple[Question, ...]:
    """Read the questions in the order in which they are asked."""
    import tomli

    return msgspec.convert(tomli.loads(read_data(__file__, "questions.toml").decode()), _QuestionFile).question
