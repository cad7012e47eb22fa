"""The one place that reaches into Textual's private parts. `pins` names the sources it was written for.

Each part asks `pins.as_read` first: over other sources the planner runs as any app of Textual's does.
"""
