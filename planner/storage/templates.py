"""The sample plans as templates: their answers and zones begin a plan of one's own."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import planner
from planner.plan.editing import assume_unanswered
from planner.plan.plan import Plan
from planner.storage.plan_files import read_plan


class Template(NamedTuple):
    """A sample plan: the name of its file, its title, why it is there, and the plan that begins with it."""

    name: str
    title: str
    about: str
    plan: Plan


def template_names() -> list[str]:
    """Sorted names of the templates; none where the samples were left out of the installation."""
    return sorted(path.stem for path in _folder().glob("*.toml"))


@cache
def template(name: str) -> Template:
    """Read a template. Nobody has confirmed its answers or decided for its readings: all of that is open again.

    Raises:
        PlanFileError: it cannot be read.
    """
    sample = read_plan(str(_folder() / f"{name}.toml")).plan
    begun = assume_unanswered(Plan(topology=sample.topology), ())
    return Template(name, sample.head.title, sample.change.reason, begun)


def _folder() -> Path:
    """Folder of the samples: inside the package where it was installed, beside it in a checkout."""
    package = Path(planner.__file__).parent
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "sample_plans"
