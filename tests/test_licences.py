"""Licences of everything that users and tests install, from the packages' own metadata."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata, requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.figures import figure
from tests.test_lock import LOCKED, STATED

PERMISSIVE = re.compile(r"\b(0BSD|Apache|BSD|ISC|MIT|PSF)\b")
COPYLEFT = {
    "ciscoconfparse2": "GPL-3.0: confgraph imports it, a parser that ASA exports are read back with; in tests alone",
    "hypothesis": "MPL-2.0: copyleft for its own files; in tests alone",
    "pathspec": "MPL-2.0: copyleft for its own files; mypy imports it, in tests alone",
    "pyte": "LGPL-3.0: the terminal of the tests; in tests alone",
}
"""Packages that are not permissive, and why they are here."""


def licence(package: str) -> str:
    """Returns the licence that a package states: its expression, else its classifiers, else its text."""
    stated = metadata(package)
    if "License-Expression" in stated:
        return stated["License-Expression"]
    classifiers = [text for text in stated.get_all("Classifier", []) if text.startswith("License ::")]
    return "; ".join(classifiers) or str(stated["License"])


def installed_with(names: list[str]) -> Iterator[str]:
    """Names of packages and of all that they need here."""
    seen: set[str] = set()
    while names:
        name = canonicalize_name(names.pop())
        if name in seen:
            continue
        seen.add(name)
        yield name
        needed = [Requirement(text) for text in requires(name) or ()]
        names += [asked.name for asked in needed if asked.marker is None or asked.marker.evaluate({"extra": ""})]


FOR_USERS = sorted(
    installed_with(
        [
            Requirement(text).name
            for text in (
                *STATED["dependencies"],
                *STATED["optional-dependencies"]["vendors"],
                *STATED["optional-dependencies"]["completion"],
            )
        ]
    )
)


@pytest.mark.parametrize("package", FOR_USERS)
def test_what_users_install_is_permissive(package: str) -> None:
    assert PERMISSIVE.search(licence(package)), licence(package)
    assert package not in COPYLEFT


def test_what_the_tests_install_is_permissive_or_has_a_reason() -> None:
    stated = {}
    for package in LOCKED:
        try:
            stated[package] = licence(package)
        except PackageNotFoundError:  # the lock is that of one Python and one system
            continue
    others = {package: text for package, text in stated.items() if not PERMISSIVE.search(text)}
    assert others.keys() == COPYLEFT.keys() & stated.keys(), others
    figure(f"licences: {len(FOR_USERS)} packages for users, all permissive; {len(stated)} for tests, {len(others)} not")
