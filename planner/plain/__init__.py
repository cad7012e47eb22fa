"""The planner as question and answer on standard input and output, for screen readers and dumb terminals."""
