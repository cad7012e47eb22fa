"""A plugin of mypy's: text for a medium is made of nothing but what passed the gate for that medium.

`planner.text.escaping` gives what passes its gate a type for each medium: `Printable`, `Html`, `Markdown` ...
Code that composes such text says `Html(f"<p>{...}</p>")`, which to mypy alone would be right whatever stands in the
braces. This plugin looks into it: constants, numbers, literals and text of that same medium may stand there, and a
plain `str` may not.
"""

from collections.abc import Callable, Iterator

from mypy.nodes import (
    CallExpr,
    ConditionalExpr,
    Expression,
    ListExpr,
    MemberExpr,
    OpExpr,
    StarExpr,
    StrExpr,
    TupleExpr,
)
from mypy.plugin import FunctionContext, Plugin
from mypy.types import Instance, LiteralType, TupleType, Type, UnionType, get_proper_type

GATE = "planner.text.escaping"
OUTPUT = f"{GATE}.Output"
"""Modules that may hold text of all media."""
MEDIA = frozenset(f"{GATE}.{name}" for name in ("Csv", "Html", "Markdown", "Mermaid", "Output", "Printable"))
GATES = (GATE, "planner.tui.widgets.cells")
"""Modules where text becomes that of a medium: what is called so there was checked character by character."""

_HARMLESS = frozenset(("builtins.int", "builtins.float", "builtins.bool"))
_SHORTENING = frozenset(("strip", "lstrip", "rstrip"))


class GatePlugin(Plugin):
    """Has a look at each call that says its text is that of a medium."""

    def get_function_hook(self, fullname: str) -> Callable[[FunctionContext], Type] | None:
        """Returns the check for calls of a medium's type."""
        return _look if fullname in MEDIA else None


def _look(context: FunctionContext) -> Type:
    named = get_proper_type(context.default_return_type)
    medium = named.type.fullname if isinstance(named, Instance) else ""
    if not any(tree == context.api.tree.fullname for tree in GATES):  # type: ignore[attr-defined]  # mypy's checker has it
        for part in _raw(context, context.args[0][0], medium):
            name = medium.rpartition(".")[2]
            context.api.fail(f"Text that did not pass the gate for {name} in what is said to be {name}", part)
    return context.default_return_type


def _raw(context: FunctionContext, text: Expression, medium: str) -> Iterator[Expression]:
    """Find the parts of a text that are neither constant nor of the medium."""
    if isinstance(text, StrExpr):
        return
    if isinstance(text, OpExpr) and text.op in "+*":
        parts = [text.left, text.right]
    elif isinstance(text, ConditionalExpr):
        parts = [text.if_expr, text.else_expr]
    elif isinstance(text, CallExpr) and isinstance(text.callee, MemberExpr) and isinstance(text.callee.expr, StrExpr):
        parts = _joined(text) if text.callee.name in ("format", "join") else [text]
    elif isinstance(text, CallExpr) and isinstance(text.callee, MemberExpr) and text.callee.name in _SHORTENING:
        parts = [text.callee.expr]
    else:
        parts = [text]
    for part in parts:
        if _is_of(context.api.get_expression_type(part), medium):
            continue
        if part is text:
            yield part
        else:
            yield from _raw(context, part, medium)


def _joined(call: CallExpr) -> list[Expression]:
    """Returns the parts of an f-string, or of the join of a constant."""
    parts: list[Expression] = []
    for part in call.args:
        items = part.items if isinstance(part, ListExpr | TupleExpr) else [part]
        parts += (item.expr if isinstance(item, StarExpr) else item for item in items)
    return parts


def _is_of(kind: Type, medium: str) -> bool:
    """Checks whether a type is that of the medium or of constants, or of several of them."""
    kind = get_proper_type(kind)
    if isinstance(kind, UnionType):
        return all(_is_of(item, medium) for item in kind.items)
    if isinstance(kind, TupleType):
        return all(_is_of(item, medium) for item in kind.items)
    if isinstance(kind, LiteralType):
        return True
    if not isinstance(kind, Instance):
        return False
    accepted = MEDIA if medium == OUTPUT else {medium}
    if kind.last_known_value is not None or kind.type.fullname in _HARMLESS | accepted:
        return True
    return bool(kind.args) and _is_of(kind.args[0], medium)


def plugin(version: str) -> type[Plugin]:
    """Entry point of the plugin for mypy."""
    return GatePlugin
