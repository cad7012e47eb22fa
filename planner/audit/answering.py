"""A flow asked of a plan and, where rules were read, of those too: one answer of both."""

import msgspec

from planner.audit.asking_rules import RuleAnswer, ask_rules, families_beyond
from planner.audit.expected import NoDeviceError, estate
from planner.audit.flow_query import PlanAnswer, Question, ask_plan, source_ports
from planner.audit.readers.rule_base import NotUnderstood, RuleBase
from planner.audit.run import AuditError, refusal
from planner.enforcement.device_rules import ExportError
from planner.network.packets import PORTS, Family, touch
from planner.network.partition import EntangledError, Work
from planner.network.ranges import Ranges
from planner.plan.plan import Plan


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """A question, what the plan says to it, and what a rule base does with it, where one was asked.

    ``ports``: the source ports that the rule base was asked about. ``doubtful``: lines of it that were not understood
    and may be about these packets. ``beyond``: address families that both ends have and the rule base does not hold.
    """

    plan: Plan
    question: Question
    answers: tuple[PlanAnswer, ...]
    base: RuleBase | None = None
    ports: Ranges = PORTS
    packets: tuple[RuleAnswer, ...] = ()
    doubtful: tuple[NotUnderstood, ...] = ()
    beyond: tuple[Family, ...] = ()

    @property
    def certain(self) -> bool:
        """Nothing that may be about these packets was left out of the answer."""
        return not (self.doubtful or self.beyond)


def answer(
    plan: Plan, question: Question, base: RuleBase | None = None, device: str = "", work: Work | None = None
) -> Answered:
    """Answer a question from the plan, and from a rule base at a device of the plan.

    Raises:
        AskError: the rule base holds nothing about these ends.
        AuditError: there can be no answer from the rule base.
        StoppedError: it is no longer wanted.
    """
    answers = ask_plan(plan, question)
    if base is None:
        return Answered(plan=plan, question=question, answers=answers)
    try:
        place = None if base.format == "csv" else estate(plan, device)
        ports = source_ports(question, answers)
        packets = ask_rules(base, place, plan, question, ports, work)
    except (ExportError, NoDeviceError, EntangledError) as error:
        raise AuditError(refusal(error)) from None
    doubtful = tuple(
        entry
        for entry in base.not_understood
        if any(touch(box, found.packets) for box in entry.boxes for found in packets)
    )
    return Answered(
        plan=plan,
        question=question,
        answers=answers,
        base=base,
        ports=ports,
        packets=packets,
        doubtful=doubtful,
        beyond=families_beyond(base, place, plan, question),
    )
