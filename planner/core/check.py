"""Is a plan file what the program would write? Names every difference, and says what it means."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import msgspec

from planner.core.plan import DERIVED_TABLES, Layers, Plan, digest, facts, plan_layers


class Difference(msgspec.Struct, frozen=True):
    """One way in which the file is not what its answers derive to; ``about`` names the rule or table."""

    about: str
    text: str


class CheckResult(msgspec.Struct, frozen=True):
    """What checking a plan found. ``derived`` is false for a file of answers alone."""

    derived: bool
    stale: bool
    differences: tuple[Difference, ...]
    errors: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Nothing to report: derived, current, unedited, and no finding at error level."""
        return self.derived and not self.stale and not self.differences and not self.errors


def check_plan(plan: Plan, stated: Mapping[str, Any], text: str, canonical: str) -> CheckResult:
    """Hold what a file states against what its answers derive to.

    Args:
        plan: the answers of the file.
        stated: the tables that the file states as derived.
        text: the file, as read.
        canonical: the file as the program writes it today.
    """
    errors = tuple(f"{finding.id}: {finding.text}" for finding in plan.derived.findings if finding.level == "error")
    if not stated:
        return CheckResult(derived=False, stale=False, differences=(), errors=errors)
    layers = plan_layers(plan)
    stale = stated.get("facts", {}).get("catalogue_sha256") != facts()["catalogue_sha256"]
    differences = [*_tables(stated, layers), *_digests(stated, layers)]
    if not differences and not stale:
        differences = list(_layout(text, canonical))
    return CheckResult(derived=True, stale=stale, differences=tuple(differences), errors=errors)


def _tables(stated: Mapping[str, Any], layers: Layers) -> Iterator[Difference]:
    for name in DERIVED_TABLES:
        yield from _entries(name, stated.get(name, []), layers.derived[name])
    for name in ("facts", "summary"):
        yield from _fields(name, stated.get(name, {}), layers.derived[name])


def _entries(name: str, stated: list[dict[str, Any]], derived: list[dict[str, Any]]) -> Iterator[Difference]:
    word = name.replace("_", " ")
    written, expected = _keyed(name, stated), _keyed(name, derived)
    for key, entry in written.items():
        if key not in expected:
            yield Difference(key, f"{word} {key} is in the file; the answers do not derive it")
        else:
            yield from _fields(f"{word} {key}", entry, expected[key])
    for key in expected:
        if key not in written:
            yield Difference(key, f"{word} {key} is missing from the file; the answers derive it")
    if list(written) != list(expected) and set(written) == set(expected):
        yield Difference(name, f"{word}: the order is not the derived one")


def _keyed(name: str, entries: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Find each entry by what names it; of several alike, such as findings on the same zone, the later are counted."""
    times: Counter[str] = Counter()
    keyed = {}
    for entry in entries:
        key = _key(name, entry)
        times[key] += 1
        keyed[key if times[key] == 1 else f"{key} ({times[key]})"] = entry
    return keyed


def _key(name: str, entry: Mapping[str, Any]) -> str:
    if name == "closed":
        return f"{entry.get('flow')}:{entry.get('protocol')}-{entry.get('ports')}"
    if name == "finding":
        about = entry.get("about", [])
        return f"{entry.get('id')}:{','.join(map(str, about)) if isinstance(about, list) else about}"
    return str(entry.get("id"))


def _fields(about: str, stated: Mapping[str, Any], derived: Mapping[str, Any]) -> Iterator[Difference]:
    for field in dict.fromkeys((*derived, *stated)):
        if field not in stated:
            yield Difference(about, f"{about}: {field} is missing; derived: {derived[field]}")
        elif field not in derived:
            yield Difference(about, f"{about}: {field} = {stated[field]}; the answers derive none")
        elif type(stated[field]) is not type(derived[field]) or stated[field] != derived[field]:
            yield Difference(about, f"{about}: {field} = {stated[field]}; derived: {derived[field]}")


def _digests(stated: Mapping[str, Any], layers: Layers) -> Iterator[Difference]:
    integrity = stated.get("integrity", {})
    meaning = {
        "answers": "the answers were changed after the file was written",
        "derived": "the derived part was changed",
    }
    for layer, changed in meaning.items():
        found = digest(getattr(layers, layer))
        if integrity.get(layer) != found:
            yield Difference("integrity", f"integrity: {layer} = {integrity.get(layer)}; found {found}: {changed}")


def _layout(text: str, canonical: str) -> Iterator[Difference]:
    """Name the first line whose comments or spacing are not the program's. Line ends may be a mail system's."""
    written, expected = text.replace("\r\n", "\n").rstrip("\n").split("\n"), canonical.rstrip("\n").split("\n")
    if written == expected:
        return
    for number, (line, wanted) in enumerate(zip_longest(written, expected), 1):
        if line != wanted:
            shown = "the file ends early" if line is None else line.strip()
            where = f"line {number}{_block(expected, number - 1)}"
            yield Difference("layout", f"{where}: comment, order or spacing was edited by hand: {shown}")
            return


def _block(lines: Sequence[str], at: int) -> str:
    """Name the entry of a list in which a line stands, by its first key; nothing for a line that stands in none."""
    start = at if at < len(lines) and lines[at].startswith("[[") else at - 1
    for number in range(min(start, len(lines) - 2), -1, -1):
        if not lines[number]:
            break
        if lines[number].startswith("[["):
            return f", in {lines[number]} {lines[number + 1]}"
    return ""
