"""Loader of the catalogue and the questions from their data files."""

from collections.abc import Iterable
from functools import cache
from typing import Protocol, TypeVar

import msgspec

from planner.catalogue.model import Catalogue, CatalogueError, CatalogueFile, Question, QuestionFile
from planner.catalogue.validation import complaints


@cache
def load_catalogue() -> Catalogue:
    """Returns the catalogue that comes with the program.

    Raises:
        CatalogueError: the data file is broken.
    """
    return parse_catalogue(_read_data("catalogue.toml"))


def parse_catalogue(data: bytes) -> Catalogue:
    """Parses a catalogue from TOML bytes; refuses it unless every reference in it resolves.

    Raises:
        CatalogueError: naming the entry and its fault.
    """
    import hashlib

    import tomli

    try:
        file = msgspec.convert(tomli.loads(data.decode()), CatalogueFile)
    except (tomli.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise CatalogueError(f"catalogue: {error}") from None
    catalogue = _indexed(file, hashlib.sha256(data).hexdigest())
    for complaint in complaints(catalogue):
        raise CatalogueError(f"catalogue: {complaint}")
    return catalogue


@cache
def load_questions() -> tuple[Question, ...]:
    """Returns the questions in the order in which they are asked."""
    import tomli

    return msgspec.convert(tomli.loads(_read_data("questions.toml").decode()), QuestionFile).question


def _read_data(name: str) -> bytes:
    """Reads a file beside this module, without pathlib, which takes long to load."""
    with open(__file__[: __file__.rindex("loader")] + name, "rb") as file:  # noqa: PTH123
        return file.read()


def _indexed(file: CatalogueFile, sha256: str) -> Catalogue:
    return Catalogue(
        document=file.document,
        sha256=sha256,
        citations=_by_id("citation", file.citation),
        notes=_by_id("note", file.note),
        roles={role.id: role for role in _by_id("role", file.role).values()},
        services=_by_id("service", file.service),
        flows=_by_id("flow", file.flow),
        decisions=_by_id("decision", file.decision),
        findings=_by_id("finding", file.finding),
        out_of_scope=_by_id("out_of_scope", file.out_of_scope),
        references=_by_id("reference", file.reference),
        symptoms=_by_id("symptom", file.symptom),
        terms=_by_id("term", file.term),
    )


class _Entry(Protocol):
    @property
    def id(self) -> str: ...


Entry = TypeVar("Entry", bound=_Entry)


def _by_id(table: str, entries: Iterable[Entry]) -> dict[str, Entry]:
    index: dict[str, Entry] = {}
    for entry in entries:
        if entry.id in index:
            raise CatalogueError(f"catalogue: {table} {entry.id}: the id is used twice")
        index[entry.id] = entry
    return index
