"""Columns and words that several views share."""

from collections.abc import Mapping

from planner.catalogue.model import Phase
from planner.exports.report.tables import Column, Tone

MARKER = Column(title="Marker", place="key")
PHASE = Column(title="Phase")
FROM = Column(title="From", wraps=True)
TO = Column(title="To", wraps=True)
PORT = Column(title="Port")
BECAUSE = Column(title="Because", place="detail", wraps=True, optional=True)
CITES = Column(title="Cites", place="detail", wraps=True, optional=True)

NO_ROLE = "No host listens and none opens a port. Say how many servers there are, or put roles into zones."
"""Why a view that rests on roles is empty, and what would fill it."""

PHASE_TONES: Mapping[Phase, Tone] = {"run": "plain", "rollout": "rollout"}


def port(protocol: str, numbers: str) -> str:
    """Write a port or a range with its protocol: ``TCP 2967``."""
    return f"{protocol.upper()} {numbers}"


def count(number: int, word: str, words: str = "") -> str:
    """Write a number of things: ``1 rule``, ``2 rules``; ``words`` is the plural where an s does not make it."""
    return f"{number} {word if number == 1 else words or f'{word}s'}"
