"""An explanation as plain text for a terminal or a pipe."""

import textwrap

from planner.plan.explanation import Explanation
from planner.text.escaping import visible

_LABEL = 11


def explanation_text(explanation: Explanation, width: int = 80) -> str:
    """Write the title, then each statement wrapped behind its label."""
    paragraphs: list[str] = [visible(explanation.title)]
    for line in explanation.lines:
        paragraphs.append(
            textwrap.fill(
                visible(line.text),
                width,
                initial_indent=f"  {line.label:<{_LABEL}} ",
                subsequent_indent=" " * (_LABEL + 3),
                break_long_words=True,
            )
        )
    return "\n".join(paragraphs) + "\n"
