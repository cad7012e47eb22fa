"""The program's own data is kept as compiled modules are: made once, and anew after an edit."""

import os
import sys
from pathlib import Path

import pytest

from planner.core.catalogue import load_catalogue, parse_catalogue
from planner.core.data_files import read_packed
from tests.commands import ROOT

MODULE = ROOT / "planner" / "core" / "catalogue.toml"


@pytest.fixture(autouse=True)
def _compiled_files_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "compiled"))


def test_a_data_file_is_packed_once_and_again_after_an_edit(tmp_path: Path) -> None:
    packed: list[bytes] = []
    file = tmp_path / "facts.toml"
    file.write_bytes(b"one")

    def pack(data: bytes) -> bytes:
        packed.append(data)
        return data.upper()

    assert [read_packed(str(file), pack) for _ in range(2)] == [b"ONE", b"ONE"]
    assert packed == [b"one"]
    file.write_bytes(b"another")
    assert read_packed(str(file), pack) == b"ANOTHER"
    assert packed == [b"one", b"another"]


def test_where_nothing_may_be_written_it_is_packed_each_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (tmp_path / "facts.toml").write_bytes(b"one")
    assert [read_packed(str(tmp_path / "facts.toml"), bytes.upper) for _ in range(2)] == [b"ONE", b"ONE"]


def test_a_kept_file_that_is_damaged_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "facts.toml").write_bytes(b"one")
    read_packed(str(tmp_path / "facts.toml"), bytes.upper)
    (kept,) = (Path(folder) / name for folder, _, names in os.walk(tmp_path / "compiled") for name in names)
    kept.write_bytes(b"damaged")
    assert read_packed(str(tmp_path / "facts.toml"), bytes.upper) == b"ONE"


def test_the_catalogue_that_is_kept_is_the_one_that_is_written() -> None:
    load_catalogue.cache_clear()
    first = load_catalogue()
    load_catalogue.cache_clear()
    assert first == load_catalogue() == parse_catalogue(MODULE.read_bytes())
