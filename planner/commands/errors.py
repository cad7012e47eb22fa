"""What a command says that cannot be done, apart from how command lines are read, which takes longer to load."""


class CommandError(Exception):
    """The command cannot be done; the text is one line for standard error."""
