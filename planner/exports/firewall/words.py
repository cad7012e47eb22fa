"""Text of a plan inside a firewall configuration: reduced to what every target holds, so that it is never syntax.

No target's quoting is relied on. What is left is printable ASCII from a closed list: nothing that ends a string, a
comment or a line, no variable, no wildcard, no help key.
"""

import re
from functools import lru_cache

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 ._:/@+,()=-]+")
_LEADING = " ._:/@+,()=-"
REPLACEMENT = "_"


@lru_cache(maxsize=4096)
def plain(text: str, limit: int) -> str:
    """Reduce a text to letters, digits and harmless signs, at most ``limit`` characters; it starts with no sign.

    Letters with accents lose them; everything else that is not plain becomes one ``_``.
    """
    from unicodedata import combining, normalize

    # What is decomposed may become longer, never shorter than a quarter of it: no more has to be looked at.
    text = text[: 4 * limit]
    if not text.isascii():
        text = "".join(sign for sign in normalize("NFKD", text) if not combining(sign))
    text = " ".join(_NOT_PLAIN.sub(REPLACEMENT, text).split()).lstrip(_LEADING)
    return text[:limit].rstrip()
