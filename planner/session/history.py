"""Editing session: the plan, the saved plan, undo and redo. No screen in it."""

from collections.abc import Callable

import msgspec

from planner.plan.plan import Plan


class Edit(msgspec.Struct, frozen=True):
    """One edit that can be taken back: what it was called, and the plan before or after it."""

    label: str
    plan: Plan


class Session:
    """An open plan and its history.

    Attributes:
        plan: the plan as it stands.
        saved: the plan as it is on disk, None if it never was there.
        before: the plan before the last edit, undo or redo: what changes are marked against.
        changed: is called after whatever changed what would be lost: each edit, undo, redo and save.
    """

    def __init__(self, plan: Plan, *, saved: bool) -> None:
        self.plan = plan
        self.before = plan
        self.saved: Plan | None = plan if saved else None
        self.changed: Callable[[], object] = lambda: None
        self._blank = plan
        self._undo: list[Edit] = []
        self._redo: list[Edit] = []

    @property
    def dirty(self) -> bool:
        """There is something to lose: the plan differs from the saved one, or from the blank it began as."""
        return self.plan != (self._blank if self.saved is None else self.saved)

    @property
    def undo_label(self) -> str:
        """Label of the edit that undo would take back; empty if there is none."""
        return self._undo[-1].label if self._undo else ""

    def apply(self, label: str, plan: Plan) -> bool:
        """Apply an edit; False if it changes nothing."""
        if plan == self.plan:
            return False
        self._undo.append(Edit(label, self.plan))
        self._redo.clear()
        self._go_to(plan)
        return True

    def undo(self) -> str:
        """Undo the last edit and return its label; empty if there is none."""
        return self._step(self._undo, self._redo)

    def redo(self) -> str:
        """Redo the last undone edit and return its label; empty if there is none."""
        return self._step(self._redo, self._undo)

    def mark_saved(self, plan: Plan | None = None) -> None:
        """Note which plan is now on disk; without one, the plan as it stands."""
        left, self.saved = self.saved, self.plan if plan is None else plan
        self._forget(left)
        self.changed()

    def _step(self, source: list[Edit], target: list[Edit]) -> str:
        if not source:
            return ""
        step = source.pop()
        target.append(Edit(step.label, self.plan))
        self._go_to(step.plan)
        return step.label

    def _go_to(self, plan: Plan) -> None:
        left = self.before
        self.before, self.plan = self.plan, plan
        self._forget(left)
        self.changed()

    def _forget(self, plan: Plan | None) -> None:
        """Keep what a plan derives to only while it is looked at: a long history would take all memory."""
        if plan is not None and all(plan is not kept for kept in (self.plan, self.before, self.saved, self._blank)):
            plan.forget()
