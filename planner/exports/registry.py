"""Every format a plan can be shown in, and the one way to ask for it. A command loads only the format it needs."""

from collections.abc import Mapping
from importlib import import_module
from typing import Literal, get_args

import msgspec

from planner.core.catalogue import Catalogue, load_catalogue
from planner.core.plan import Plan
from planner.exports.tables import Choice

FormatName = Literal["text", "json", "csv", "markdown", "html"]
FORMATS: tuple[FormatName, ...] = get_args(FormatName)

_MODULES: Mapping[FormatName, str] = {name: f"planner.exports.as_{name}" for name in FORMATS}


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to write. ``width`` (terminal cells) and ``colour`` matter to text alone; JSON is always whole."""

    plan: Plan
    catalogue: Catalogue
    view: Choice
    width: int
    colour: bool


def render(plan: Plan, format_name: FormatName, *, view: Choice = "all", width: int = 80, colour: bool = False) -> str:
    """Write a plan in a format, for text in lines of at most ``width`` terminal cells.

    The result ends in a line break and holds its own: write it out without translating them.
    """
    request = Request(plan=plan, catalogue=load_catalogue(), view=view, width=width, colour=colour)
    text: str = import_module(_MODULES[format_name]).render(request)
    return text
