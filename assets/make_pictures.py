"""Draw the pictures that README shows, from the real app on a sample plan: ``python assets/make_pictures.py``."""

import asyncio
from pathlib import Path

from planner.storage.plan_files import read_plan
from planner.tui.app import PlannerApp

HERE = Path(__file__).parent
SAMPLE = HERE.parent / "sample_plans" / "netware-and-legacy.toml"
SIZE = (110, 32)
KEYS = ("g", "2", "down", "down", "y", "tab", "down")


async def draw() -> None:
    """Open the sample, press the keys, and keep what is seen."""
    app = PlannerApp(read_plan(str(SAMPLE)).plan, SAMPLE.name)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(*KEYS)
        await pilot.pause()
        (HERE / "planner.svg").write_text(app.export_screenshot(title="sav-planner"), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    asyncio.run(draw())
