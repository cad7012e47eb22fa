"""What ``check`` says of a plan, in lines."""

from collections.abc import Iterator

from planner.core.check import CheckResult
from planner.core.untrusted import visible


def check_lines(path: str, result: CheckResult) -> Iterator[str]:
    """Give the verdict on one plan first, then each difference and each finding at error level."""
    name = "standard input" if path == "-" else visible(path, 200)
    if result.clean:
        yield f"{name}: intact and current"
        return
    yield f"{name}: {'; '.join(_verdicts(result))}"
    for difference in result.differences:
        yield f"  {visible(difference.text, 400)}"
    for error in result.errors:
        yield f"  error {visible(error, 400)}"


def _verdicts(result: CheckResult) -> Iterator[str]:
    if not result.derived:
        yield "holds answers alone and nothing derived; 'sav-planner new --from FILE -o PLAN' derives the rules"
    if result.stale:
        yield "written with another catalogue than this program's"
    if result.differences:
        count = len(result.differences)
        yield f"differs from what its answers derive to ({count} difference{'s' if count > 1 else ''})"
    if result.errors:
        yield f"contradicts itself ({len(result.errors)} error{'s' if len(result.errors) > 1 else ''})"
