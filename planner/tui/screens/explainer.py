"""Explanations on the plan screen: of the cell or question under the cursor, and previews of other answers."""

from collections.abc import Callable
from functools import partial
from typing import Any

from planner.plan.explanation import Explanation, Line
from planner.session.background import Background, Preview
from planner.session.forms import Field
from planner.session.workspace import NOT_POSSIBLE, Workspace
from planner.tui.screens.question_pane import QuestionPane
from planner.tui.screens.view_pane import ViewPane
from planner.tui.widgets.input_line import InputLine, TextRequest

_PENDING = "being worked out"
"""Stands for a preview that is not known yet."""


class Explainer:
    """Explains what the cursor is on; previews answers at once in a small plan, in the background in a large one."""

    def __init__(
        self,
        work: Workspace,
        line: InputLine,
        say: Callable[[str, str], None],
        show: Callable[[], object],
        deliver: Callable[[Callable[[], None]], object],
        later: Callable[[Callable[[], None]], object],
    ) -> None:
        """Create it; ``show`` shows the explanation again, ``deliver`` and ``later`` are as in `Preview`."""
        self._previews = False
        self._show = show
        self._work, self._line, self._say = work, line, say
        self._impact: Preview[list[Line]] = Preview(Background(deliver), later, show)
        self._effect: Preview[str] = Preview(Background(deliver), later, self._say_effect_again)
        self._asked: tuple[Field, TextRequest | None] | None = None

    def begin_previews(self) -> None:
        """Preview answers from now on: the first picture waits for none."""
        self._previews = True
        self._show()
        self._say_effect_again()

    def explain(self, view: ViewPane, questions: QuestionPane, *, whole: bool = False) -> Explanation:
        """Explain the cell of the view where that has the keys, else the question; ``whole`` names everything."""
        explained = view.explain(whole=whole)
        if explained is not None:
            return explained
        field = questions.field
        if field is None:
            return Explanation("Nothing to ask here", (Line("", "Press ] to go on to the next step."),))
        now = [Line("now", field.entry)] if field.kind in ("text", "list", "date") and field.entry else []
        return Explanation(field.title, (*now, *field.about[:1], *self._previewed(field), *field.about[1:]))

    def _previewed(self, field: Field) -> list[Line]:
        impact = self._get(self._impact, f"{field.kind} {field.id}", partial(self._work.impact, field))
        return [Line("if changed", _PENDING)] if impact is None else impact

    def _get(self, preview: Preview[Any], question: str, work: Callable[[], Any]) -> Any:
        if not self._previews:
            return None
        return preview.get(self._work.plan, question, work, quick=self._work.is_quick)

    def say_effect(self, field: Field, text: str) -> None:
        """Preview the effect of the text on the input line on a field, or say why it cannot be taken."""
        self._asked = (field, self._line.request)
        effect = self._get(self._effect, f"{field.id} {text}", partial(self._work.effect, field, text)) or _PENDING
        refused = effect.startswith(NOT_POSSIBLE)
        self._say(effect.removeprefix(NOT_POSSIBLE), "error" if refused else "muted")

    def _say_effect_again(self) -> None:
        if self._line.is_open and self._asked is not None and self._line.request is self._asked[1]:
            self.say_effect(self._asked[0], self._line.text)
