"""The lock of what the tests need names all of it: every package that the project states, pinned, with its hash."""

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.command_line import ROOT
from tests.figures import figure

STATED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements-test.lock").read_text(encoding="utf-8")
LOCKED = {
    canonicalize_name(name): version
    for name, version in re.findall(r"^([\w.-]+)==(\S+) \\\n    --hash=sha256:[0-9a-f]{64}$", LOCK, re.MULTILINE)
}


def test_every_line_of_the_lock_pins_a_version_and_a_hash() -> None:
    figure(f"lock: {len(LOCKED)} packages, each with a version and a hash")
    assert LOCK.count("==") == len(LOCKED) == LOCK.count("--hash=sha256:")
    assert len(LOCK.splitlines()) == 1 + 2 * len(LOCKED)


def test_the_lock_holds_what_the_project_states() -> None:
    stated = [Requirement(text) for text in (*STATED["dependencies"], *STATED["optional-dependencies"]["test"])]
    missing = [
        f"{asked}: the lock has {LOCKED.get(canonicalize_name(asked.name))}; .ci/lock writes it anew"
        for asked in stated
        if not asked.specifier.contains(LOCKED.get(canonicalize_name(asked.name), "0"))
    ]
    assert missing == []


def test_what_the_tests_state_is_pinned() -> None:
    assert [
        text for text in STATED["optional-dependencies"]["test"] if not re.fullmatch(r"[\w.-]+==[\w.]+", text)
    ] == []
