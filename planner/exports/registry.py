"""Every format a plan can be shown in, and the one way to ask for it. A command loads only the format it needs."""

from collections.abc import Mapping
from importlib import import_module
from typing import Literal, get_args

import msgspec

from planner.core.catalogue import Catalogue
from planner.core.plan import Plan
from planner.exports.tables import VIEWS, View

FormatName = Literal["text", "json", "csv", "markdown", "html"]
FORMATS: tuple[FormatName, ...] = get_args(FormatName)
CHOICES: tuple[View | Literal["all"], ...] = (*VIEWS, "all")
"""What ``view`` may be."""

_MODULES: Mapping[FormatName, str] = {name: f"planner.exports.as_{name}" for name in FORMATS}


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to render. ``width`` (terminal cells) and ``colour`` matter to text alone; JSON is always whole."""

    plan: Plan
    catalogue: Catalogue
    view: View | Literal["all"] = "all"
    width: int = 80
    colour: bool = False


def render(format_name: FormatName, request: Request) -> str:
    """Write a plan in a format. The text ends in a line break and holds its own: write it without translating them."""
    text: str = import_module(_MODULES[format_name]).render(request)
    return text
