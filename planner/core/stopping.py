"""How whatever takes its time is told that it is no longer wanted."""


class StoppedError(Exception):
    """Whoever asked no longer wants to know."""
