"""Look of the planner on a terminal: theme, colours or none, ASCII alone or all characters."""

from collections.abc import Mapping
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme

from planner.storage.settings import Settings

SIXTEEN = Theme(
    name="sixteen", ansi=True, dark=True,
    primary="ansi_cyan", secondary="ansi_blue", accent="ansi_yellow", warning="ansi_yellow", error="ansi_red",
    success="ansi_green", foreground="ansi_default", background="ansi_default", surface="ansi_default",
    panel="ansi_default", boost="ansi_default",
    variables={
        "ansi-background": "ansi_default", "ansi-foreground": "ansi_default", "border-blurred": "ansi_black",
        "block-cursor-background": "ansi_white", "block-cursor-foreground": "ansi_black",
        "screen-selection-background": "ansi_bright_blue", "screen-selection-foreground": "ansi_black",
        "text-muted": "ansi_default", "text-primary": "ansi_cyan", "text-success": "ansi_green",
        "text-warning": "ansi_yellow", "text-error": "ansi_red", "text-accent": "ansi_yellow", "text": "ansi_default",
        "input-cursor-background": "ansi_default", "input-cursor-foreground": "ansi_default",
        "input-cursor-text-style": "reverse", "input-selection-background": "ansi_blue",
        "input-selection-foreground": "ansi_white",
    },
)  # fmt: skip
"""The terminal's own colours on its own background, light or dark: nothing here is black or white."""

CONTRAST = Theme(
    name="contrast", dark=True, primary="#ffffff", secondary="#ffffff", accent="#ffff00", warning="#ffff00",
    error="#ff8080", success="#80ff80", foreground="#ffffff", background="#000000", surface="#000000", panel="#000000",
    variables={
        "text": "#ffffff", "text-muted": "#ffffff", "text-primary": "#80ffff", "text-success": "#80ff80",
        "text-warning": "#ffff00", "text-error": "#ff8080", "text-accent": "#ffff00",
    },
)  # fmt: skip
THEMES = {"dark": "textual-dark", "light": "textual-light", "contrast": CONTRAST.name, "ansi": SIXTEEN.name}


class Look(NamedTuple):
    """A theme by Textual's name for it, whether colours are sent, and whether ASCII alone is."""

    theme: str
    colour: bool
    ascii: bool


def look(settings: Settings, environment: Mapping[str, str], *, c_locale: bool, ascii_asked: bool = False) -> Look:
    """Returns the look for a terminal: what the user set, else what it can show.

    ``c_locale``: Python found the C locale at its start; it hides that from what it starts, and from the environment.
    A set ``NO_COLOR`` goes before everything; an empty one is not set, as its standard says.
    """
    colour = not environment.get("NO_COLOR")
    wanted = settings.theme
    if not colour or (wanted == "auto" and not _has_many_colours(environment)):
        wanted = "ansi"
    chosen = {"yes": True, "no": False}.get(settings.ascii)
    only = environment.get("TERM") == "linux" or c_locale or not _is_utf8(environment)
    return Look(
        THEMES["dark" if wanted == "auto" else wanted], colour, ascii_asked or (only if chosen is None else chosen)
    )


def _has_many_colours(environment: Mapping[str, str]) -> bool:
    """Returns True if 256 colours or more can be sent, by the rules of Rich, which sends them."""
    if environment.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return True
    return environment.get("TERM", "").rpartition("-")[2] in ("256color", "kitty")


def _is_utf8(environment: Mapping[str, str]) -> bool:
    named = next((environment[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environment.get(name)), "")
    return named.lower().replace("-", "").endswith("utf8") or "utf-8" in named.lower()


class Colourless(LineFilter):
    """Sends no colour at all; bold, underline and reverse stay."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Removes the colours of a line."""
        return [Segment(text, style.without_color if style else style, control) for text, style, control in segments]


_ASCII = {
    **dict.fromkeys("─━═▔▁", "-"), **dict.fromkeys("╌┄", "."), **dict.fromkeys("│┃║▏▕▎▊", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬", "+"), **dict.fromkeys("█▀▄▌▐░▒▓", "#"),
    **dict.fromkeys("←◀◂‹", "<"), **dict.fromkeys("→▶▸›", ">"), **dict.fromkeys("↑▲▴", "^"),  # noqa: RUF001 - marks
    **dict.fromkeys("↓▼▾", "v"), "·": ".", "•": "*", "…": "~", "×": "x",  # noqa: RUF001 - likewise
}  # fmt: skip


class Ascii(LineFilter):
    """Sends nothing above 0x7e. User text comes here with escapes already; of what is being typed, a sign is left."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Replaces lines, arrows and marks by ASCII, cell for cell."""
        return [
            segment if segment.text.isascii() else Segment("".join(map(_ascii, segment.text)), *segment[1:])
            for segment in segments
        ]


def _ascii(char: str) -> str:
    return char if char.isascii() else _ASCII.get(char) or "?" * cell_len(char)
