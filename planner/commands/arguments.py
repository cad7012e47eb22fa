"""Arguments of all commands: reading, refusing, help."""

import argparse
import os
import sys
from contextlib import suppress
from typing import NoReturn

from planner.commands.output import CommandError as CommandError  # noqa: PLC0414 - commands find both here
from planner.exports.names import FORMATS

SHOWN = 60
"""As much of a refused value is repeated in the message, in characters."""


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal, which argparse asks for by way of what packs archives."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


def _columns() -> int:
    stated = os.environ.get("COLUMNS", "")
    if stated.isascii() and stated.isdigit() and len(stated) < 5 and int(stated):
        return int(stated)
    with suppress(AttributeError, ValueError, OSError):  # there is no terminal
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    return 80


class CommandLine(argparse.ArgumentParser):
    """The arguments of one command. Its help is asked for with ``wants_help``; errors are CommandError."""

    def __init__(self, prog: str, description: str, epilog: str, usage: str | None = None) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            usage=usage,
            formatter_class=_Help,
            add_help=False,
            allow_abbrev=False,
        )
        self.add_argument("-h", "--help", action="store_true", help="show this help")

    def actions(self) -> list[argparse.Action]:
        """Returns what is accepted, as argparse keeps it."""
        return self._actions

    @staticmethod
    def wants_help(given: list[str]) -> bool:
        """Returns True if help is among the arguments; then no other one matters."""
        options = given[: given.index("--")] if "--" in given else given
        return "-h" in options or "--help" in options

    def read(self, given: list[str]) -> argparse.Namespace:
        """Read the arguments.

        Raises:
            CommandError: they are not what is accepted.
        """
        for word in given[: given.index("--")] if "--" in given else given:
            flag, _, value = word.partition("=") if word.startswith("--") else (word[:2], "", word[2:])
            if word.startswith("-") and value == "--":  # argparse takes it for the end of the options, and no value
                self.error(f"{flag}: '--' is no value")
        return self.parse_args(given)

    def error(self, message: str) -> NoReturn:
        """Raise CommandError, naming the argument and what is accepted, or where that is said."""
        from planner.text.escaping import visible
        from planner.text.layout import did_you_mean

        said = visible(message.removeprefix("argument "), 400)
        hint = "" if "accepted: " in said else f"; '{self.prog} --help' shows what is accepted"
        kind, _, rest = message.partition(": ")
        if kind == "unrecognized arguments" and rest.startswith("-"):
            hint += did_you_mean(rest.split()[0].partition("=")[0], self._option_string_actions)
        raise CommandError(f"{self.prog}: {said}{hint}")


class OneOf:
    """Reader of one of these words, which a shell completes; the error names them all."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def __call__(self, text: str) -> str:
        """Returns the word; raises ArgumentTypeError for any other."""
        if text in self.words:
            return text
        from planner.text.layout import did_you_mean

        accepted = f"{', '.join(self.words)}{did_you_mean(text, self.words)}"
        raise argparse.ArgumentTypeError(f"{text[:SHOWN]!r} is unknown; accepted: {accepted}")


def add_plan(line: CommandLine, name: str = "plan", help_: str = "a plan file, or - for standard input") -> None:
    """Add the argument for a plan file."""
    line.add_argument(name, metavar=name.upper(), help=help_)


def add_format(line: CommandLine, remark: str = "") -> None:
    """Add the choice of a format."""
    formats = f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]} (default: text){remark}"
    line.add_argument("--format", type=OneOf(*FORMATS), default="text", metavar="FORMAT", help=formats)


def add_max_size(line: CommandLine) -> None:
    """Add the bound on the size of plan files."""
    line.add_argument(
        "--max-size",
        type=_megabytes,
        metavar="MIB",
        help="refuse a larger plan file unread (default: 16, and 4 where it is not as it was saved)",
    )


def _megabytes(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= 4096:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text[:20]!r} is no size; accepted: 1 to 4096")
