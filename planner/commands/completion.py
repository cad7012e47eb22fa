"""``completion``: the script with which a shell completes commands, flags, words and files; argcomplete writes it."""

import argparse
from importlib import import_module

from planner.commands import COMMANDS
from planner.commands.arguments import CommandError, CommandLine, OneOf
from planner.commands.output import OK, write_for_people

_ABOUT = """\
Write the script that lets a shell complete the commands, flags and words of
sav-planner. It needs: pip install 'sav-planner[completion]'"""

_EXAMPLES = """\
examples:
  sav-planner completion bash >> ~/.bashrc
  sav-planner completion zsh >> ~/.zshrc
  sav-planner completion fish > ~/.config/fish/completions/sav-planner.fish"""


def line() -> CommandLine:
    """Returns the command's arguments and help."""
    prog = "sav-planner completion"
    accepted = CommandLine(prog, _ABOUT, _EXAMPLES, usage=f"{prog} bash|zsh|fish")
    accepted.add_argument("shell", type=OneOf("bash", "zsh", "fish"), metavar="SHELL", help="bash, zsh or fish")
    return accepted


def run(options: argparse.Namespace) -> int:
    """Writes the script for one shell."""
    from planner.text.escaping import for_output

    try:
        from argcomplete.shell_integration import shellcode
    except ModuleNotFoundError:
        raise CommandError(
            "sav-planner completion: argcomplete is not installed; accepted: pip install 'sav-planner[completion]'"
        ) from None
    return write_for_people(for_output(shellcode(["sav-planner"], shell=options.shell)), OK)


def complete() -> None:
    """Answers a shell that asks how a line may go on, and ends the process; returns where argcomplete is missing."""
    try:
        import argcomplete
    except ModuleNotFoundError:
        return
    root = argparse.ArgumentParser(prog="sav-planner", add_help=False)
    for flag in ("--help", "--version", "--plain", "--ascii", "--no-mouse"):
        root.add_argument(flag, action="store_true")
    commands = root.add_subparsers()
    for name in COMMANDS:
        accepted = import_module(f"planner.commands.{name}").line()
        for action in accepted.actions():
            if isinstance(action.type, OneOf):
                action.choices = action.type.words
        commands.add_parser(name, add_help=False, parents=[accepted])
    argcomplete.autocomplete(root)
