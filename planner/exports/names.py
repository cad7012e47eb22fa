"""Names of the views, document formats and drawings. Imports nothing, so that help and completion load no exporter."""

from typing import Literal, get_args

View = Literal["ports", "zones", "rules", "exposure", "closed", "decisions", "findings"]
VIEWS: tuple[View, ...] = get_args(View)

Choice = View | Literal["all"]
CHOICES: tuple[Choice, ...] = (*VIEWS, "all")
"""One view, or all of them."""

FormatName = Literal["text", "json", "csv", "markdown", "html"]
FORMATS: tuple[FormatName, ...] = get_args(FormatName)

DOCUMENT_TITLES: dict[FormatName, str] = {
    "text": "the whole plan for reading",
    "json": "the whole plan for programs",
    "csv": "the whole plan for spreadsheets",
    "markdown": "the whole plan for a ticket",
    "html": "the whole plan for a browser",
}
"""Descriptions of the document formats in ``export --list``."""

DrawingName = Literal["svg", "mermaid"]
DRAWING_TITLES: dict[DrawingName, str] = {
    "svg": "the zones and what is open between them, as a picture",
    "mermaid": "the same for a wiki, in Mermaid",
}
"""Descriptions of the drawings in ``export --list``."""
