"""Draws the pictures of README and docs, from the scenes of the tests: ``python assets/make_pictures.py``."""

import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # the scenes are those of the tests, which are no installed package

PICTURES = {
    "planner": ("alerting", (120, 30)),
    "zones": ("picture", (100, 30)),
    "decisions": ("settle", (110, 30)),
    "difference": ("compare", (110, 30)),
}
"""The scene of each picture, by the name of its file, and columns and rows of the terminal."""
ENVIRONMENT = {"LANG": "C.UTF-8", "TERM": "xterm-256color"}


def drawn(name: str) -> str:
    """Returns a picture as SVG; the environment is that of `ENVIRONMENT`, with a home in which nobody has been yet."""
    from tests.scenes import SCENES, picture

    scene, size = PICTURES[name]
    return picture(SCENES[scene], size)


def main() -> None:
    """Writes every picture anew."""
    with tempfile.TemporaryDirectory() as home:
        os.environ.clear()
        os.environ.update(ENVIRONMENT, HOME=home)
        os.chdir(home)
        for name in PICTURES:
            (HERE / f"{name}.svg").write_text(drawn(name), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
