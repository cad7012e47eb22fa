"""How much is let onto the line: what an answer of the terminal means, and what its absence does."""

from planner.tui.terminal.output import LEAST, MOST_PATIENCE, PATIENCE, FlowControl


class Line:
    """A flow, and the clock that it goes by."""

    def __init__(self) -> None:
        self.now = 0.0
        self.flow = FlowControl(lambda: self.now)
        self.round_trip(0.3)

    def full(self) -> bool:
        """Whether the next frame has to wait."""
        return self.flow.full

    def round_trip(self, seconds: float, count: int = 300) -> None:
        """Send so much that the terminal is asked, and have it answer after a while."""
        assert self.flow.sent(count)
        self.now += seconds
        self.flow.answered()


def test_what_is_unanswered_fills_the_line_up_to_what_it_carries() -> None:
    line = Line()
    assert line.flow.sent(300)
    assert not line.full()
    assert not line.flow.sent(3 * LEAST)
    assert line.full()
    line.now += 1.0
    line.flow.answered()
    assert line.full(), "what was sent behind the question is on its way"
    assert line.flow.asks()
    line.now += 1.0
    line.flow.answered()
    assert not line.full()


def test_a_late_answer_is_not_taken_for_one_to_the_question_that_is_out() -> None:
    line = Line()
    line.flow.sent(4 * LEAST)
    line.now += PATIENCE
    line.flow.give_up()
    line.flow.sent(4 * LEAST)
    line.now += 0.1  # sooner than the line ever was
    line.flow.answered()
    assert line.full(), "the question is still out"
    line.now += 4
    line.flow.answered()
    assert not line.full()


def test_a_terminal_that_lost_an_answer_is_believed_the_next_one() -> None:
    line = Line()
    line.flow.sent(4 * LEAST)
    line.now += PATIENCE
    line.flow.give_up()
    assert line.flow.patience == 2 * PATIENCE
    line.flow.sent(4 * LEAST)
    line.now += 0.4
    line.flow.answered()
    assert not line.full()
    assert line.flow.patience == PATIENCE


def test_patience_has_a_bound() -> None:
    flow = Line().flow
    for _ in range(9):
        flow.sent(4 * LEAST)
        flow.give_up()
    assert flow.patience == MOST_PATIENCE
