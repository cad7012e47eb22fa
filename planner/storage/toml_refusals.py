"""What is wrong with a value in a plan file, in words: where, what, and what is accepted."""

import re
from typing import Any, get_args, get_origin, get_type_hints

from planner.catalogue.answers import Value
from planner.text.escaping import shorten_middle, visible

MAX_MESSAGE = 400


def bounded(message: str) -> str:
    """Keep both ends of a message, however long a name in it is: what is accepted stands last."""
    most = 2 * MAX_MESSAGE
    ends = message if len(message) <= 2 * most else message[:most] + message[-most:]
    return shorten_middle(visible(ends), MAX_MESSAGE)


_TYPE_WORDS = {
    "int": "a whole number",
    "str": "text in quotes",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "date": "a date such as 2027-01-31",
    "null": "nothing",
    "float": "a number with a point",
    "datetime": "a date with a time",
    "time": "a time",
}


def explain(where: str, message: str, kind: type[Value]) -> str:
    """Turn a conversion error into: field, what is wrong, what is accepted."""
    said, _, path = message.partition(" - at `")
    field = path.removeprefix("key` in `").rstrip("`").removeprefix("$").removeprefix(".")
    expected = re.match(r"Expected `([^`]+)`(?:, got `([^`]+)`)?", said)
    if expected:
        wanted = [_TYPE_WORDS.get(word, word) for word in expected[1].split(" | ") if word != "null"]
        got = _TYPE_WORDS.get(expected[2] or "", expected[2] or "something else")
        wrong, accepted = f"this is {got}", " or ".join(wanted)
    elif "required field" in said:
        wrong, accepted = said.replace("Object missing", "missing").replace("`", "'"), "a table with it"
    else:
        name = re.split(r"[.\[]", field, maxsplit=1)[0]
        values = _choices(get_type_hints(kind).get(name))
        wrong = visible(said, 120)
        accepted = ", ".join(values) if values else "the values README lists"
    return f"{where}{f'.{field}' if field else ''}: {wrong}; accepted: {accepted}"


def _choices(hint: Any) -> list[str]:
    """Find the words a type admits, wherever in it they stand."""
    words = [str(word) for word in get_args(hint) if isinstance(word, str)]
    for inner in get_args(hint):
        if get_origin(inner) is not None:
            words += _choices(inner)
    return words
