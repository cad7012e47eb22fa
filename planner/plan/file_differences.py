"""What a plan file states, held against what is derived: each difference with its line, and why it is one."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from planner.catalogue.answers import ANSWER_LABELS
from planner.catalogue.loader import load_catalogue
from planner.derivation.flows import state_answer
from planner.plan.plan import DERIVED_TABLES, Plan
from planner.plan.toml_lines import Spot, lines_of

Kind = Literal["changed", "extra", "missing", "order", "answers", "digest", "layout"]

MOST_COMPARED = 400
"""Of more lines that differ in layout alone, only the first is named: finding each would take minutes."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which a file is not what its answers derive to.

    ``about`` names the rule or table, ``table`` where it stands (none for answers, digests and layout), ``line`` its
    line from 1 (None for what is missing), ``why`` the reason in words where there is one.
    """

    kind: Kind
    about: str
    text: str
    table: str = ""
    field: str = ""
    stated: Any = None
    derived: Any = None
    line: int | None = None
    why: str = ""


def compare_tables(
    plan: Plan, stated: Mapping[str, Any], derived: Mapping[str, Any], text: str
) -> Iterator[Difference]:
    """Name each entry and each field that the file states and the answers do not derive, or the other way round."""
    comparison = _Comparison(plan, text)
    for name in DERIVED_TABLES:
        yield from comparison.of_entries(name, stated.get(name, []), derived[name])
    for name in ("facts", "summary"):
        yield from comparison.of_fields(name, name, (name, 0), stated.get(name, {}), derived[name], "")


class _Comparison:
    """Compares tables; finds lines only once there is something to find."""

    def __init__(self, plan: Plan, text: str) -> None:
        self._plan, self._text = plan, text
        self._lines: dict[Spot, int] | None = None

    def _line(self, table: str, place: int, key: str = "") -> int | None:
        if self._lines is None:
            self._lines = lines_of(self._text)
        return self._lines.get((table, place, key))

    def of_entries(
        self, name: str, stated: list[dict[str, Any]], derived: list[dict[str, Any]]
    ) -> Iterator[Difference]:
        word = name.replace("_", " ")
        written, expected = _keyed(name, stated), _keyed(name, derived)
        for place, (key, entry) in enumerate(written.items()):
            about = f"{word} {key}"
            if key in expected:
                why = _reason(expected[key])
                yield from self.of_fields(about, name, (name, place), entry, expected[key], why)
            else:
                yield Difference(
                    kind="extra", about=about, table=name, line=self._line(name, place), stated=entry,
                    text=f"{about} is in the file; the answers do not derive it", why=self._why_not(name, entry),
                )  # fmt: skip
        for key in expected:
            if key not in written:
                about = f"{word} {key}"
                yield Difference(
                    kind="missing", about=about, table=name, derived=expected[key], why=_reason(expected[key]),
                    text=f"{about} is missing from the file; the answers derive it",
                )  # fmt: skip
        if list(written) != list(expected) and set(written) == set(expected):
            place = next(
                place for place, (one, other) in enumerate(zip(written, expected, strict=True)) if one != other
            )
            yield Difference(
                kind="order", about=name, table=name, line=self._line(name, place),
                text=f"{word}: the order is not the derived one",
            )  # fmt: skip

    def of_fields(
        self,
        about: str,
        table: str,
        spot: tuple[str, int],
        stated: Mapping[str, Any],
        derived: Mapping[str, Any],
        why: str,
    ) -> Iterator[Difference]:
        for field in dict.fromkeys((*derived, *stated)):
            if field not in stated:
                text, line = f"{field} is missing; derived: {_words(derived[field])}", self._line(*spot)
            elif field not in derived:
                text, line = f"{field} = {_words(stated[field])}; the answers derive none", self._line(*spot, field)
            elif type(stated[field]) is not type(derived[field]) or stated[field] != derived[field]:
                said, right = _words(stated[field]), _words(derived[field])
                text, line = f"{field} = {said}; derived: {right}", self._line(*spot, field)
            else:
                continue
            yield Difference(
                kind="changed", about=about, table=table, field=field, stated=stated.get(field),
                derived=derived.get(field), line=line, text=f"{about}: {text}", why=why,
            )  # fmt: skip

    def _why_not(self, name: str, entry: Mapping[str, Any]) -> str:
        """Say why the answers do not derive a rule that the file states; nothing for what is no rule."""
        if "rule" not in name:
            return ""
        known = load_catalogue().flows
        zones = {zone.name for zone in self._plan.derived.zones}
        flows = [str(flow) for flow in _list(entry.get("flows"))]
        reasons = [f"the catalogue knows no flow {flow}" for flow in flows if flow not in known]
        reasons += [f"no zone is named {entry.get(end)}" for end in ("from", "to") if entry.get(end) not in zones]
        closed = (entry for entry in self._plan.derived.closed if entry.flow in flows)
        return "; ".join(dict.fromkeys((*reasons, *(f"closed by {entry.reason}" for entry in closed))))


def _words(value: Any) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _reason(entry: Mapping[str, Any]) -> str:
    """Say from what an entry was derived: the answers, and the places in the vendor document."""
    because, cites = " and ".join(entry.get("because", ())), ", ".join(entry.get("cites", ()))
    return "; ".join(part for part in (because and f"because {because}", cites and f"see {cites}") if part)


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


def answer_differences(plan: Plan, stated: Mapping[str, Any], text: str, *, fits: bool) -> list[Difference]:
    """Say that the answers were changed after the file was written, and which, as far as the derived part tells."""
    if fits:
        return []
    found = []
    answers, lines = plan.topology.answers, lines_of(text)
    for said in _derived_from(stated):
        name = said.partition(" = ")[0]
        if name in ANSWER_LABELS and said != (now := state_answer(answers, name)):
            found.append(
                Difference(
                    kind="answers", about="topology", field=name, line=lines.get(("topology", 0, name)),
                    text=f"the file's rules were derived from {said}; its answer now is {now}",
                )
            )  # fmt: skip
    meaning = "integrity: the answers were changed after the file was written"
    if not found:
        meaning += ", where no rule names them: in the record of the change, a note, an address or the like"
    return [Difference(kind="digest", about="integrity", field="answers", text=meaning), *found]


def _derived_from(stated: Mapping[str, Any]) -> dict[str, None]:
    """Gather the answers that the derived part says it was derived from."""
    return {
        str(said): None
        for name in DERIVED_TABLES
        for entry in stated.get(name, [])
        for said in _list(entry.get("because"))
    }


def layout_differences(text: str, canonical: str) -> list[Difference]:
    """Name the lines whose comments or spacing are not the program's. Line ends may be a mail system's."""
    written, expected = text.replace("\r\n", "\n").rstrip("\n").split("\n"), canonical.rstrip("\n").split("\n")
    start, same_tail = 0, 0
    shorter = min(len(written), len(expected))
    while start < shorter and written[start] == expected[start]:
        start += 1
    while same_tail < shorter - start and written[-1 - same_tail] == expected[-1 - same_tail]:
        same_tail += 1
    mine = written[start : len(written) - same_tail]
    theirs = expected[start : len(expected) - same_tail]
    if not mine and not theirs:
        return []
    if max(len(mine), len(theirs)) > MOST_COMPARED:
        mine, theirs = mine[:1], theirs[:1]
    from difflib import SequenceMatcher  # takes long to load, and few files are edited by hand

    found = []
    for kind, a, b, c, d in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        if kind == "insert":
            shown = "a line is gone: " + next((line.strip() for line in theirs[c:d] if line), "a blank one")
            found.append(_layout(start + a, start + c, shown, expected))
        elif kind != "equal":
            found += [_layout(start + at, start + min(c + at - a, d), mine[at].strip(), expected) for at in range(a, b)]
    return found


def _layout(line: int, place: int, shown: str, expected: Sequence[str]) -> Difference:
    """Name one line by its number, from 0, and by the entry it stands in, found at ``place`` of the expected lines."""
    where = f"line {line + 1}{_block(expected, place)}"
    return Difference(
        kind="layout", about="layout", line=line + 1,
        text=f"{where}: comment, order or spacing was edited by hand: {shown or 'a blank line'}",
    )  # fmt: skip


def _block(lines: Sequence[str], at: int) -> str:
    """Name the entry of a list in which a line stands, by its first key; nothing for a line that stands in none."""
    start = at if at < len(lines) and lines[at].startswith("[[") else at - 1
    for number in range(min(start, len(lines) - 2), -1, -1):
        if not lines[number]:
            break
        if lines[number].startswith("[["):
            return f", in {lines[number]} {lines[number + 1]}"
    return ""
