"""The planner's own small files, where something else stands in their place."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from planner.storage.settings import SmallFileError, read_small, recent_plans, remember, write_small


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root may make a device")


OTHERS: dict[str, Callable[[Path], None]] = {"a pipe": a_pipe, "a folder": Path.mkdir, "a device": a_device}


@pytest.mark.parametrize("linked", [False, True], ids=["in its place", "behind a link"])
@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_no_file_is_left_alone(kind: str, linked: bool, tmp_path: Path) -> None:
    other = path = tmp_path / "recent.toml"
    if linked:
        other = tmp_path / "other"
        path.symlink_to(other)
    OTHERS[kind](other)
    before = other.stat()
    with pytest.raises(SmallFileError, match="not saved: not a regular file; accepted: "):
        write_small(path, {"plans": []})
    assert (other.stat().st_mode, other.stat().st_ino) == (before.st_mode, before.st_ino)
    assert sorted(tmp_path.iterdir()) == sorted({path, other})
    with pytest.raises(SmallFileError):
        read_small(path)


def test_a_link_to_a_file_and_one_to_nothing_are_followed(tmp_path: Path) -> None:
    for name in ("file", "nothing"):
        link, target = tmp_path / f"{name}.toml", tmp_path / name
        link.symlink_to(target)
        if name == "file":
            target.write_text("old = 1\n")
        write_small(link, {"new": 2})
        assert link.is_symlink()
        assert (read_small(link), target.read_text(), stat.S_IMODE(target.stat().st_mode)) == (
            {"new": 2},
            "new = 2\n",
            0o600,
        )


def test_who_links_the_recent_plans_to_nowhere_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    (tmp_path / "sav-planner").mkdir()
    a_pipe(tmp_path / "nowhere")  # and not the real one: a planner that fails here would replace it
    (tmp_path / "sav-planner" / "recent.toml").symlink_to(tmp_path / "nowhere")
    remember("/plans/one.toml")
    assert stat.S_ISFIFO((tmp_path / "nowhere").stat().st_mode)
    assert recent_plans() == []


@pytest.mark.parametrize("text", ["root:x:0:0:root:/root:/bin/bash\n", "other = 1\n", 'plans = "one"\n', ""])
def test_a_file_that_is_no_list_of_plans_is_left_alone(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    (tmp_path / "sav-planner").mkdir()
    other = tmp_path / "other"
    other.write_text(text)
    (tmp_path / "sav-planner" / "recent.toml").symlink_to(other)
    remember("/plans/one.toml")
    assert other.read_text() == (text or 'plans = [\n    "/plans/one.toml",\n]\n')
    assert recent_plans() == []
