"""Plans as TOML text: written the same to the byte for the same plan, read with strict types and bounds."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from planner.core.derived import Summary
from planner.core.editing import assume_unanswered
from planner.core.plan import (
    DERIVED_TABLES,
    INTEGRITY_NOTE,
    SCHEMA,
    Change,
    DecisionRecord,
    Digests,
    Head,
    Plan,
    facts,
    plan_layers,
    said_decisions,
    table,
)
from planner.core.topology import Answers, Device, Topology, TopologyError, Value, Zone
from planner.core.untrusted import for_toml, shorten_middle, visible
from planner.storage.toml_bounds import ruinous_shape, stated_schema

LINE_LENGTH = 110
MAX_MESSAGE = 400

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


class PlanTextError(ValueError):
    """The text is no plan. It names line or field, what is wrong and what is accepted, in one line."""


class PlanText(msgspec.Struct, frozen=True):
    """A plan as read: its value, the tables its text states as derived (none in a file of answers), and the text.

    ``said``: the tables of the answers as they stand, for their digest. ``sha256`` is of the bytes of the file, in
    hexadecimal; empty where the text came from none.
    """

    plan: Plan
    stated: dict[str, Any]
    text: str
    said: dict[str, Any]
    sha256: str = ""


def write_text(plan: Plan) -> str:
    """Write the plan file: answers, what was derived, digests.

    Raises:
        ValueError: a text holds a lone surrogate, which no file can.
    """
    layers = plan_layers(plan)
    parts = [_section(name, content) for name, content in {**layers.answers, **layers.derived}.items()]
    written = for_toml("\n".join(parts))
    integrity = {"answers": plan.digests.answers, "derived": plan.digests.derived}
    return f"{written}\n{_section('integrity', integrity)}"


def write_answers(plan: Plan) -> str:
    """Write a file of answers alone, as somebody left them, without deriving anything: what a journal holds.

    Raises:
        ValueError: a text holds a lone surrogate, which no file can.
    """
    content: dict[str, Any] = {
        "schema": SCHEMA,
        "plan": table(plan.head),
        "change": table(plan.change),
        "topology": table(plan.topology.answers, keep_empty=True),
        "zone": [table(zone) for zone in plan.topology.zones],
        "device": [table(device, keep_empty=True) for device in plan.topology.devices],
        "decision": [table(record) for record in plan.decisions],
    }
    return for_toml("\n".join(_section(name, entries) for name, entries in content.items()))


def _section(name: str, content: Any) -> str:
    import tomli_w

    heading = "".join(f"# {line}\n" for line in HEADINGS[name].splitlines())
    if isinstance(content, str):
        return f"{heading}{tomli_w.dumps({name: content})}"
    if isinstance(content, Mapping):
        return f"{heading}[{name}]\n{_flat(content)}"
    if not content:
        return f"{heading}# None.\n"
    return heading + "\n".join("".join(_entry(name, entry)) for entry in content)


def _entry(name: str, entry: Mapping[str, Any]) -> Iterator[str]:
    inner = {key: value for key, value in entry.items() if isinstance(value, dict)}
    yield f"[[{name}]]\n{_flat({key: value for key, value in entry.items() if key not in inner})}"
    for key, value in inner.items():
        yield f"[{name}.{key}]\n{_flat(value)}"


_SPREAD_ARRAY = re.compile(r"^(\S+ = )\[\n((?:    .*,\n)+)\]$", re.MULTILINE)


def _flat(content: Mapping[str, Any]) -> str:
    """Write a table without inner tables; an array goes on one line where it fits."""
    import tomli_w

    return _SPREAD_ARRAY.sub(_on_one_line, tomli_w.dumps(content))


def _on_one_line(array: re.Match[str]) -> str:
    items = ", ".join(line.strip().removesuffix(",") for line in array[2].split("\n") if line)
    joined = f"{array[1]}[{items}]"
    return joined if len(joined) <= LINE_LENGTH else array[0]


def read_text(text: str) -> PlanText:
    """Read a plan, or a file of answers alone.

    Raises:
        PlanTextError: not TOML, over a bound, an unknown key, a wrong type, an impossible answer.
    """
    document = _parse(text)
    schema = document.pop("schema", None)
    if schema != SCHEMA:
        raise PlanTextError(_wrong_schema(schema))
    _refuse_unknown("", document, _TABLES)
    try:
        plan = Plan(
            head=_table(document, "plan", Head),
            change=_table(document, "change", Change),
            topology=Topology(
                answers=_table(document, "topology", Answers),
                zones=_array(document, "zone", Zone),
                devices=_array(document, "device", Device),
            ),
            decisions=_array(document, "decision", DecisionRecord),
        )
        if "assumed" not in document.get("topology", {}):
            plan = assume_unanswered(plan, tuple(document.get("topology", {})))
        plan = msgspec.structs.replace(plan, decisions=said_decisions(plan))
    except TopologyError as error:
        raise PlanTextError(_bounded(str(error))) from None
    return PlanText(plan, _stated(document), text, _said(document))


_TABLES = ("plan", "change", "topology", "zone", "device", "decision", "facts", *DERIVED_TABLES, "summary", "integrity")


@cache
def _known_keys() -> dict[str, tuple[str, ...]]:
    """Give the keys of each table, and under "" those of the file."""
    kinds: dict[str, type[msgspec.Struct]] = {
        "plan": Head,
        "change": Change,
        "topology": Answers,
        "zone": Zone,
        "device": Device,
        "decision": DecisionRecord,
        **DERIVED_TABLES,
        "summary": Summary,
        "integrity": Digests,
    }
    keys = {name: kind.__struct_encode_fields__ for name, kind in kinds.items()}
    return {"": ("schema", *_TABLES), **keys, "facts": tuple(facts())}


def _wrong_schema(schema: Any) -> str:
    if schema is None:
        return f'schema: missing, so this is no plan; accepted: schema = "{SCHEMA}"'
    family, _, major = str(schema).partition("/")
    ours, _, known = SCHEMA.partition("/")
    if family == ours and major.isascii() and major.isdigit() and major.lstrip("0") > known:
        return f'schema: {visible(str(schema), 40)} needs a newer sav-planner; this one reads "{SCHEMA}"'
    return f'schema: {visible(repr(schema), 40)} is unknown; accepted: "{SCHEMA}"'


def _parse(text: str) -> dict[str, Any]:
    if (schema := stated_schema(text)) not in ("", SCHEMA):
        raise PlanTextError(_wrong_schema(schema))
    if shape := ruinous_shape(text, _known_keys(), (*DERIVED_TABLES, "facts", "summary", "integrity")):
        raise PlanTextError(shape)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        message = str(error) or "nested too deeply"
        found = re.search(r" \(at line (\d+), column \d+\)$", message)
        where = f"line {found[1]}: " if found else "at its end: " if message.endswith("(at end of document)") else ""
        said = message[: found.start()] if found else message.removesuffix(" (at end of document)")
        raise PlanTextError(f"{where}not TOML: {visible(said, 200)}; accepted: a plan in TOML 1.0") from None


def _refuse_unknown(where: str, content: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in content:
        if key not in known:
            shown = visible(ascii(key)[1:-1], 60)
            raise PlanTextError(f"{where}{': ' if where else ''}unknown key '{shown}'; accepted: {', '.join(known)}")


def _bounded(message: str) -> str:
    """Keep both ends of a message, however long a name in it is: what is accepted stands last."""
    most = 2 * MAX_MESSAGE
    ends = message if len(message) <= 2 * most else message[:most] + message[-most:]
    return shorten_middle(visible(ends), MAX_MESSAGE)


Kind = TypeVar("Kind", bound=Value)


def _table(document: Mapping[str, Any], name: str, kind: type[Kind]) -> Kind:
    return _convert(name, document.get(name, {}), kind)


def _array(document: Mapping[str, Any], name: str, kind: type[Kind]) -> tuple[Kind, ...]:
    entries = document.get(name, [])
    if not isinstance(entries, list):
        raise PlanTextError(f"{name}: not a list of tables; accepted: [[{name}]]")
    return tuple(_convert(f"{name} {number}", entry, kind) for number, entry in enumerate(entries, 1))


def _convert(where: str, content: Any, kind: type[Kind]) -> Kind:
    if not isinstance(content, dict):
        raise PlanTextError(f"{where}: not a table; accepted: [{where.partition(' ')[0]}] with its keys")
    _refuse_unknown(where, content, kind.__struct_encode_fields__)
    try:
        return msgspec.convert(_dates_as_text(content, kind), kind)
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, ValueError):
            raise PlanTextError(f"{where}: {_bounded(str(error.__cause__))}") from None
        raise PlanTextError(_explain(where, str(error), kind)) from None


def _dates_as_text(content: dict[str, Any], kind: type[Value]) -> dict[str, Any]:
    """Keep as text a change window that was written as a TOML date or date-time."""
    if kind is not Change:
        return content
    return {
        name: str(value) if name.startswith("window_") and hasattr(value, "isoformat") else value
        for name, value in content.items()
    }


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


def _explain(where: str, message: str, kind: type[Value]) -> str:
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


def _said(document: Mapping[str, Any]) -> dict[str, Any]:
    """Take what the text says before the derived part, as the digest of the answers is made of it."""
    names = ("plan", "change", "topology", "zone", "device", "decision")
    empty: dict[str, Any] = {"change": {}, "decision": []}
    return {"schema": SCHEMA} | empty | {name: document[name] for name in names if document.get(name)}


def _stated(document: Mapping[str, Any]) -> dict[str, Any]:
    """Take what the text states as derived, keys checked and values as they stand."""
    stated: dict[str, Any] = {}
    for name, kind in DERIVED_TABLES.items():
        entries = document.get(name, [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise PlanTextError(f"{name}: not a list of tables; accepted: [[{name}]]")
        for number, entry in enumerate(entries, 1):
            _refuse_unknown(f"{name} {number}", entry, kind.__struct_encode_fields__)
        if name in document:
            stated[name] = document[name]
    for name in ("facts", "summary", "integrity"):
        if name in document:
            if not isinstance(document[name], dict):
                raise PlanTextError(f"{name}: not a table; accepted: [{name}] with its keys")
            _refuse_unknown(name, document[name], _known_keys()[name])
            stated[name] = document[name]
    return stated
