"""Plans as TOML text, written the same to the byte for the same plan."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from operator import attrgetter
from typing import Any

import msgspec

from planner.plan.digests import in_file_order, needed_keys
from planner.plan.file_lines import line_marks
from planner.plan.plan import (
    ANSWER_KINDS,
    DERIVED_TABLES,
    INTEGRITY_NOTE,
    SCHEMA,
    Plan,
    answer_tables,
    derived_lists,
    facts,
    given_tables,
)
from planner.text.escaping import for_toml

LINE_LENGTH = 110

HEADINGS = {
    "schema": "Plan of the firewall ports for Symantec AntiVirus 10.x / Symantec Client Security 3.x.\n"
    "First what was asked for and answered; from [facts] on, what follows from it.",
    "plan": "What this plan is.",
    "change": "The change record.",
    "topology": "The answers. `assumed` lists those that nobody has confirmed.",
    "zone": "The zones.",
    "device": "The firewalls between the zones.",
    "decision": "Where the vendor document disagrees with itself or is silent. Nobody in `by`: not decided yet.",
    "facts": "Derived from here on: `sav-planner check` derives it again and names every difference.",
    "rule": "Rules between zones.",
    "host_rule": "Rules inside a zone, for the hosts' own firewalls.",
    "deny": "What stays shut, whatever else is open.",
    "closed": "What the product could use and this plan does not open.",
    "finding": "Warnings and notes on these answers.",
    "summary": "The counts.",
    "integrity": f"{INTEGRITY_NOTE[0].upper()}{INTEGRITY_NOTE[1:]}.",
}

DERIVED_BEGINS = f"# {HEADINGS['facts']}\n[facts]\n"
"""Text between the answers and the derived layer."""

_CHUNK = 1000
"""Entries of a list that are written at once."""


def write_text(plan: Plan) -> str:
    """Write the plan file: answers, what was derived, digests.

    Raises:
        ValueError: a text holds a lone surrogate, which no file can.
    """
    return "".join(written(plan))


def written(plan: Plan, *, text_digest: bool = True) -> Iterator[str]:
    """Plan file as ``write_text`` gives it, in parts: the answers first and whole, long lists bit by bit.

    ``text_digest``: with the digests over the text, which files of earlier versions have not.
    """
    answers = "\n".join(_section(name, content) for name, content in answer_tables(plan).items())
    seen = hashlib.sha256()
    for part in _body(plan, answers):
        seen.update(part.encode())
        yield part
    digests: dict[str, Any] = msgspec.structs.asdict(plan.digests)
    if text_digest:
        digests |= {"lines": line_marks(answers.split("\n")[:-1]), "text": seen.hexdigest()}
    yield integrity_section(digests)


def _body(plan: Plan, answers: str) -> Iterator[str]:
    yield answers
    yield f"\n{_section('facts', facts())}"
    for name, entries in derived_lists(plan).items():
        yield f"\n{_heading(name)}"
        if not entries:
            yield "# None.\n"
            continue
        write, left, between = _writer(name, type(entries[0])), iter(entries), ""
        while part := list(islice(left, _CHUNK)):
            yield between + "\n".join(map(write, part))
            between = "\n"
    yield f"\n{_section('summary', msgspec.structs.asdict(plan.derived.summary))}\n{_heading('integrity')}"


def integrity_section(digests: Mapping[str, Any]) -> str:
    """Last section of a plan file, its comment left out: that is part of the text that ``text`` is made of."""
    return f"[integrity]\n{_lines(digests)}"


def rewritten(answers: Mapping[str, Any], derived: Mapping[str, Any]) -> str:
    """Tables of a plan file, true or not, laid out as the program would: what differs from it is layout."""
    parts = [_section("schema", answers.get("schema", SCHEMA))]
    for name, kind in ANSWER_KINDS.items():
        if name in answers:
            parts.append(_section(name, _in_order(answers[name], kind)))
    parts.append(_section("facts", _in_keys(derived.get("facts", {}), facts())))
    for name, kind in DERIVED_TABLES.items():
        parts.append(_section(name, _in_order(derived.get(name, []), kind)))
    parts.append(_section("summary", derived.get("summary", {})))
    known = ("answers", "derived", "lines", "text")
    parts.append(_heading("integrity") + integrity_section(_in_keys(derived.get("integrity", {}), known)))
    return "\n".join(parts)


def _in_order(content: Any, kind: type[msgspec.Struct]) -> Any:
    """Tables with their keys in the order in which the program writes them."""
    if isinstance(content, Mapping):
        return _in_keys(content, in_file_order(kind).values())
    return [_in_keys(entry, in_file_order(kind).values()) for entry in content]


def _in_keys(content: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    return {key: content[key] for key in keys if key in content}


def write_answers(plan: Plan) -> str:
    """Write a file of answers alone, as somebody left them, without deriving anything: what a journal holds.

    Raises:
        ValueError: a text holds a lone surrogate, which no file can.
    """
    return "\n".join(_section(name, entries) for name, entries in given_tables(plan).items())


def _section(name: str, content: Any) -> str:
    if isinstance(content, str):
        return f"{_heading(name)}{_line(name, content)}"
    if isinstance(content, Mapping):
        return f"{_heading(name)}[{name}]\n{_lines(content)}"
    return _heading(name) + ("\n".join("".join(_entry(name, entry)) for entry in content) or "# None.\n")


def _heading(name: str) -> str:
    return "".join(f"# {line}\n" for line in HEADINGS[name].splitlines())


def _entry(name: str, entry: Mapping[str, Any]) -> Iterator[str]:
    inner = {key: value for key, value in entry.items() if isinstance(value, dict)}
    yield f"[[{name}]]\n{_lines({key: value for key, value in entry.items() if key not in inner})}"
    for key, value in inner.items():
        yield f"[{name}.{key}]\n{_lines(value)}"


def _lines(content: Mapping[str, Any]) -> str:
    return "".join([_line(key, value) for key, value in content.items()])


@cache
def _writer(name: str, kind: type[msgspec.Struct]) -> Callable[[msgspec.Struct], str]:
    """Returns a writer of entries of a derived list as tables; empty keys that are not needed are left out.

    Most values of a large plan are those of many rules, so each is written once.
    """
    keys, needed, heading = in_file_order(kind), needed_keys(kind), f"[[{name}]]\n"
    taken = attrgetter(*keys)
    lines: list[tuple[str, bool, dict[Any, str]]] = [(key, key in needed, {}) for key in keys.values()]

    def write(entry: msgspec.Struct) -> str:
        parts = [heading]
        for value, (key, is_needed, known) in zip(taken(entry), lines, strict=True):
            if value or is_needed:
                text = known.get(value)
                if text is None:
                    text = _line(key, value)
                    if len(known) < _KNOWN:
                        known[value] = text
                parts.append(text)
        return "".join(parts)

    return write


_KNOWN = 2000
"""Values of one key that are kept as text."""

_BARE_KEY = re.compile("[A-Za-z0-9_-]+")
_PLAIN = re.compile(r"[ !#-\[\]-~]*+")
"""A text that stands between quotes as it is."""


def _line(key: str, value: Any) -> str:
    """Write one key and its value; an array goes on one line where it fits."""
    if _BARE_KEY.fullmatch(key):
        if isinstance(value, str):
            if _PLAIN.fullmatch(value):
                return f'{key} = "{value}"\n'
        elif isinstance(value, (list, tuple)):
            if all(isinstance(item, str) and _PLAIN.fullmatch(item) for item in value):
                return _array(key, value)
        elif isinstance(value, bool):
            return f"{key} = {'true' if value else 'false'}\n"
        elif isinstance(value, int):
            return f"{key} = {value}\n"
    return for_toml(_by_the_library(key, value))


def _array(key: str, texts: Sequence[str]) -> str:
    items = [f'"{text}"' for text in texts]
    joined = f"{key} = [{', '.join(items)}]"
    if len(joined) > LINE_LENGTH:
        joined = "".join((f"{key} = [\n", *(f"    {item},\n" for item in items), "]"))
    return f"{joined}\n"


_SPREAD_ARRAY = re.compile(r"^(\S+ = )\[\n((?:    .*,\n)+)\]$", re.MULTILINE)


def _by_the_library(key: str, value: Any) -> str:
    """Write what needs more than quotes."""
    import tomli_w

    return _SPREAD_ARRAY.sub(_on_one_line, tomli_w.dumps({key: value}))


def _on_one_line(array: re.Match[str]) -> str:
    items = ", ".join(line.strip().removesuffix(",") for line in array[2].split("\n") if line)
    joined = f"{array[1]}[{items}]"
    return joined if len(joined) <= LINE_LENGTH else array[0]
