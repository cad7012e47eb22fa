"""How fast the planner is beside an empty Textual app: ``python -m benchmarks`` measures and writes the last table."""
