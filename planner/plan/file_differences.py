"""Differences between a plan file and what its answers derive to, each with its line and the reason."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from planner.catalogue.answers import ANSWER_LABELS
from planner.catalogue.loader import load_catalogue
from planner.derivation.flows import state_answer
from planner.plan.file_lines import MOST_CHANGES, FileSpot, line_changes, line_marks, lines_of, split_marks
from planner.plan.plan import DERIVED_TABLES, Plan

DifferenceKind = Literal["changed", "extra", "missing", "twice", "order", "answers", "digest", "layout"]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which a file is not what its answers derive to.

    ``about`` names the rule or table, ``table`` where it stands (none for answers, digests and layout), ``line`` its
    line from 1 (None for what is missing), ``why`` the reason in words where there is one.
    """

    kind: DifferenceKind
    about: str
    text: str
    table: str = ""
    field: str = ""
    stated: Any = None
    derived: Any = None
    line: int | None = None
    why: str = ""


class FileText:
    """Text of a plan file; the lines of its tables and keys are looked up once there is something to name."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self._text = text
        self._spots: dict[FileSpot, int] | None = None

    def line(self, table: str, place: int, key: str = "") -> int | None:
        """Line, from 1, of a table or of a key in it."""
        if self._spots is None:
            self._spots = lines_of(self._text)
        return self._spots.get((table, place, key))

    def item_line(self, line: int | None, stated: Any, derived: Any) -> int | None:
        """Line of the first item in which two lists differ, where the list begins at ``line``, one item a line."""
        both = isinstance(stated, list) and isinstance(derived, list)
        if not both or line is None or not self.lines[line - 1].rstrip().endswith("["):
            return line
        same = next((n for n, (one, other) in enumerate(zip(stated, derived, strict=False)) if one != other), None)
        return line + 1 + (min(len(stated), len(derived)) if same is None else same)


def compare_tables(
    plan: Plan, stated: Mapping[str, Any], derived: Mapping[str, Any], text: FileText
) -> Iterator[Difference]:
    """Each entry and field that the file states as derived and the answers do not derive, or the other way round."""
    comparison = _Comparison(plan, text)
    for name in DERIVED_TABLES:
        yield from comparison.of_entries(name, stated.get(name, []), derived[name])
    for name in ("facts", "summary"):
        yield from comparison.of_fields(name, name, (name, 0), stated.get(name, {}), derived[name], "")


def false_answers(
    plan: Plan, said: Mapping[str, Any], right: Mapping[str, Any], text: FileText
) -> Iterator[Difference]:
    """Statements beside the answers that are not true: a status, a default, a decision that does not arise.

    ``said``: the tables of the answers in the file; ``right``: as the program writes them for the plan that it read.
    """
    comparison = _Comparison(plan, text)
    found: list[Difference] = []
    for name in ("plan", "change", "topology"):
        found += comparison.of_fields(name, name, (name, 0), said.get(name, {}), right.get(name, {}), "")
    for name, key in (("zone", "name"), ("device", "name")):
        for place, (entry, other) in enumerate(zip(said.get(name, []), right.get(name, []), strict=True)):
            about = f"{name} {entry.get(key)}"
            found += comparison.of_fields(about, name, (name, place), entry, other, "")
    found += comparison.of_entries("decision", said.get("decision", []), right.get("decision", []))
    for difference in found:
        yield msgspec.structs.replace(difference, table="")


class _Comparison:
    """Compares the tables of a file with those that the program would write."""

    def __init__(self, plan: Plan, text: FileText) -> None:
        self._plan, self._text = plan, text

    def of_entries(
        self, name: str, stated: list[dict[str, Any]], derived: list[dict[str, Any]]
    ) -> Iterator[Difference]:
        word = name.replace("_", " ")
        expected = _keyed(name, derived)
        written = _keyed(name, stated)
        taken = _in_the_place_of(written, expected)
        for place, (key, entry) in enumerate(written.items()):
            about = f"{word} {key[0]}"
            if right := expected.get(taken.get(key, key)):
                yield from self.of_fields(about, name, (name, place), entry, right, _reason(right))
                continue
            twice = key[1] > 1 and name != "finding"
            said = "is in the file more than once" if twice else "is in the file; the answers do not derive it"
            yield Difference(
                kind="twice" if twice else "extra", about=about, table=name, stated=entry, text=f"{about} {said}",
                line=self._text.line(name, place, "id") or self._text.line(name, place),
                why=self._why_not(name, entry),
            )  # fmt: skip
        for key, right in expected.items():
            if key not in written and key not in taken.values():
                about = f"{word} {key[0]}"
                yield Difference(
                    kind="missing", about=about, table=name, derived=right, why=_reason(right),
                    text=f"{about} is missing from the file; the answers derive it",
                )  # fmt: skip
        if list(written) != list(expected) and set(written) == set(expected):
            place = next(
                place for place, (one, other) in enumerate(zip(written, expected, strict=True)) if one != other
            )
            yield Difference(
                kind="order", about=name, table=name, line=self._text.line(name, place),
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
                text, line = f"{field} is missing; derived: {_words(derived[field])}", self._text.line(*spot)
            elif field not in derived:
                text, line = (
                    f"{field} = {_words(stated[field])}; the answers derive none",
                    self._text.line(*spot, field),
                )
            elif type(stated[field]) is not type(derived[field]) or stated[field] != derived[field]:
                said, right = _words(stated[field]), _words(derived[field])
                text, line = f"{field} = {said}; derived: {right}", self._text.line(*spot, field)
                line = self._text.item_line(line, stated[field], derived[field])
            else:
                continue
            yield Difference(
                kind="changed", about=about, table=table, field=field, stated=stated.get(field),
                derived=derived.get(field), line=line, text=f"{about}: {text}", why=why,
            )  # fmt: skip

    def _why_not(self, name: str, entry: Mapping[str, Any]) -> str:
        """Reason why the answers do not derive a rule that the file states; empty for what is no rule."""
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
    """Reason of an entry: the answers, and the places in the vendor document."""
    because, cites = " and ".join(entry.get("because", ())), ", ".join(entry.get("cites", ()))
    return "; ".join(part for part in (because and f"because {because}", cites and f"see {cites}") if part)


EntryKey = tuple[str, int]
"""Name of an entry, and which of that name it is, from 1: findings may share one."""


def _keyed(name: str, entries: list[dict[str, Any]]) -> dict[EntryKey, dict[str, Any]]:
    times: Counter[str] = Counter()
    keyed = {}
    for entry in entries:
        key = _key(name, entry)
        times[key] += 1
        keyed[key, times[key]] = entry
    return keyed


def _in_the_place_of(written: Mapping[EntryKey, Any], expected: Mapping[EntryKey, Any]) -> dict[EntryKey, EntryKey]:
    """Pairs an unknown entry with the missing one of the same place: its name was edited."""
    if len(written) != len(expected):
        return {}
    pairs = zip(written, expected, strict=True)
    return {key: other for key, other in pairs if key not in expected and other not in written}


def _key(name: str, entry: Mapping[str, Any]) -> str:
    if name == "closed":
        return f"{entry.get('flow')}:{entry.get('protocol')}-{entry.get('ports')}:{entry.get('reason')}"
    if name == "finding":
        about = entry.get("about", [])
        return f"{entry.get('id')}:{','.join(map(str, about)) if isinstance(about, list) else about}"
    return str(entry.get("id"))


def edited_answers(
    plan: Plan, stated: Mapping[str, Any], text: FileText, *, fits: bool, known: frozenset[int]
) -> Iterator[Difference]:
    """Answers that were changed after the file was written: by the rules derived from them, and by their lines' marks.

    ``stated``: the tables stated as derived; ``fits``: the answers' digest fits; ``known``: lines already named.
    """
    found = [] if fits else [*_answers_of_rules(plan, stated, text)]
    lines = known.union(difference.line or 0 for difference in found)
    marks = split_marks(_list(stated.get("integrity", {}).get("lines")))
    mine = split_marks(line_marks(answer_lines(text.lines)))
    for at, _, gone in line_changes(mine, marks) if marks else ():
        if at + 1 not in lines:
            said = "a line above is gone" if gone else f"changed after the file was written: {text.lines[at].strip()}"
            found.append(
                Difference(
                    kind="answers", about="answers", line=at + 1, text=f"answers{_block(text.lines, at)}: {said}"
                )
            )
    if not fits:
        meaning = "integrity: the answers were changed after the file was written"
        if not found and not known:
            meaning += ", where no rule names them: in the record of the change, a note, an address or the like"
        yield Difference(kind="digest", about="integrity", field="answers", text=meaning)
    yield from found


def answer_lines(lines: Sequence[str]) -> Sequence[str]:
    """Lines of the answers: those before the derived part, its comment and the blank line between."""
    end = lines.index("[facts]") if "[facts]" in lines else len(lines)
    while end and lines[end - 1].startswith("#"):
        end -= 1
    return lines[: max(end - 1, 0)]


def _answers_of_rules(plan: Plan, stated: Mapping[str, Any], text: FileText) -> Iterator[Difference]:
    answers = plan.topology.answers
    for said in _derived_from(stated):
        name = said.partition(" = ")[0]
        if name in ANSWER_LABELS and said != (now := state_answer(answers, name)):
            yield Difference(
                kind="answers", about="topology", field=name, line=text.line("topology", 0, name),
                text=f"the file's rules were derived from {said}; its answer now is {now}",
            )  # fmt: skip


def _derived_from(stated: Mapping[str, Any]) -> dict[str, None]:
    """Gather the answers that the derived part says it was derived from."""
    return {
        str(said): None
        for name in DERIVED_TABLES
        for entry in stated.get(name, [])
        for said in _list(entry.get("because"))
    }


def layout_differences(lines: Sequence[str], expected: Sequence[str]) -> list[Difference]:
    """Lines whose comment, order or spacing is not as the program lays out the same tables."""
    found = []
    for at, place, gone in line_changes(lines, expected):
        line = min(at, len(lines) - 1)
        if gone:
            shown = "a line is gone: " + (expected[place].strip() or "a blank one")
        else:
            shown = lines[at].strip() or "a blank line"
        where = f"line {line + 1}{_block(expected, place)}"
        text = f"{where}: comment, order or spacing was edited by hand: {shown}"
        found.append(Difference(kind="layout", about="layout", line=line + 1, text=text))
    if len(found) == MOST_CHANGES:
        found.append(Difference(kind="layout", about="layout", text=f"more than {MOST_CHANGES} lines were edited"))
    return found


def integrity_differences(text: FileText, own: Mapping[str, Any], stated: Mapping[str, Any]) -> Iterator[Difference]:
    """Digests that the file states and that are not those of its own content, each with its line."""
    for key, value in own.items():
        if stated.get(key) != value:
            line = text.item_line(text.line("integrity", 0, key), stated.get(key), value)
            said = f"integrity: {key} is not that of this file: this line was edited"
            yield Difference(kind="digest", about="integrity", field=key, line=line, text=said)


def _block(lines: Sequence[str], at: int) -> str:
    """Entry of a list in which a line stands, by its first key; empty for a line outside."""
    start = at if at < len(lines) and lines[at].startswith("[[") else at - 1
    for number in range(min(start, len(lines) - 2), -1, -1):
        if not lines[number]:
            break
        if lines[number].startswith("[["):
            return f", in {lines[number]} {lines[number + 1]}"
    return ""
