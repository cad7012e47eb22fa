"""The commands, one module each. Nothing here loads a command that is not run, so that each starts fast.

A command's module gives ``line()``, what it accepts and how its help teaches it, and ``run(options)``, which does it
and gives the exit code. Nothing that help needs loads the plan's own modules.
"""

COMMANDS = (
    "new",
    "show",
    "list",
    "check",
    "diff",
    "pack",
    "export",
    "audit",
    "flow",
    "explain",
    "diagnose",
    "completion",
)
"""The name of each command is the name of its module."""
