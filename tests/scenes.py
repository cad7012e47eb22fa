"""Scenes: a sample plan and the keys to each view and page, for snapshots, pictures of the manual and other tests."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from planner.storage.plan_files import read_plan
from planner.tui.app import PlannerApp
from tests.command_line import sample
from tests.screens import Stage, play


class Scene(NamedTuple):
    """The sample plan of a picture, none for a new plan, and the keys pressed on the way."""

    plan: str
    keys: str = ""


RULES = Path(__file__).with_name("rule_bases")
SCENES = {
    "new": Scene(""),
    "added": Scene("one-server", "g 2 down y"),
    "removed": Scene("everything-on", "g 2 down n"),
    "ports": Scene("everything-on", "tab down right right"),
    "pairs": Scene("everything-on", "tab p down right"),
    "rules": Scene("branches", "tab r down down"),
    "stateless": Scene("stateless", "tab r down"),
    "closed": Scene("one-server", "tab c down"),
    "findings": Scene("everything-on", "tab f"),
    "zoomed": Scene("branches", "z right"),
    "extras": Scene("everything-on", "g 2 down down"),
    "zones": Scene("branches", "g 5 down"),
    "zone": Scene("dual-stack", "g 5 down enter down down"),
    "decisions": Scene("everything-on", "g 6 down"),
    "decided": Scene("settled", "g 6 down"),
    "change": Scene("settled", "g 7 down"),
    "save": Scene("settled", "g 8"),
    "saying": Scene("settled", "g 5 x"),
    "typing": Scene(
        "netware-and-legacy", 'g 5 enter down down down down down down down down enter ctrl+u "10.0.0.0/33"'
    ),
    "refused": Scene("one-server", "g 4 down down 2 0 4 3 enter"),
    "help": Scene("one-server", "f1"),
    "explanation": Scene("everything-on", "tab down e"),
    "audit": Scene("firewalls", f'A "{RULES}/core.v4.txt" enter a "{RULES}/core.v6.txt" enter 3'),
    "flow": Scene("firewalls", 'F "offices" enter "servers" enter "tcp/2967" enter'),
    "flow-of-rules": Scene(
        "firewalls", f'A "{RULES}/core.json" enter F "198.51.100.7" enter "servers" enter "tcp/2967" enter s "80" enter'
    ),
    "quitting": Scene("everything-on", "1 enter ctrl+q"),
    "alerting": Scene("netware-and-legacy", "g 2 down down y tab down right"),
    "picture": Scene("branches", "d"),
    "start": Scene("one-server", "h"),
    "tour": Scene("one-server", "T"),
    "settings": Scene("one-server", "comma"),
    "palette": Scene("one-server", 'colon "zon"'),
    "compare": Scene("one-server", "g 1 3 enter 3 enter g 3 y v"),
    "way-back": Scene("one-server", "g 1 3 enter 3 enter g 3 y v b down"),
    "settle": Scene("everything-on", "S down right"),
    "exposure": Scene("firewalls", "E"),
    "symptoms": Scene("settled", "Y"),
    "closing": Scene("everything-on", 'B ctrl+u "2027-12-31" enter'),
    "pack": Scene("settled", "P"),
    "export": Scene("firewalls", "X down"),
    "preview": Scene("firewalls", "X enter"),
    "gaps": Scene("one-server", "X down enter"),
    "devices": Scene("firewalls", "N down"),
}


def app_of(scene: Scene) -> PlannerApp:
    """Returns a planner with the plan of a scene."""
    plan = read_plan(sample(scene.plan)).plan if scene.plan else None
    return PlannerApp(plan, f"{scene.plan}.toml" if scene.plan else "")


def seen(scene: Scene, size: tuple[int, int], look: Callable[[Stage], Awaitable[None]]) -> None:
    """Play a scene at a size and look at it."""

    async def body(stage: Stage) -> None:
        await stage.press(scene.keys)
        await look(stage)

    plan = read_plan(sample(scene.plan)).plan if scene.plan else None
    play(body, plan, f"{scene.plan}.toml" if scene.plan else "", size)


def picture(scene: Scene, size: tuple[int, int]) -> str:
    """Draw a scene as SVG."""
    drawn: list[str] = []

    async def draw(stage: Stage) -> None:
        drawn.append(stage.app.export_screenshot(title="sav-planner"))

    seen(scene, size, draw)
    return drawn[0]
