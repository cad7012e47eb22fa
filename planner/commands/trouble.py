"""What ends a command although nobody foresaw it: one line on standard error, and never a traceback."""

from planner.commands.errors import CommandError


def in_one_line(error: Exception) -> CommandError:
    """Say what happened: what the system refused, or where the file is that says what broke in the planner itself."""
    if isinstance(error, MemoryError):
        return CommandError("sav-planner: not enough memory; accepted: a system that grants more of it")
    if isinstance(error, OSError):
        said = error.strerror or type(error).__name__
        return CommandError(f"sav-planner: {said}; accepted: a system that grants what the planner asks of it")
    from planner.tui.terminal.crash_report import write_crash_file

    file = write_crash_file(error, "a command")
    where = f"; what happened, without the plan: {file}" if file else ""
    return CommandError(f"sav-planner: ended by an error of its own{where}; SECURITY.md says how to report it")
