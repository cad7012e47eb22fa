"""The planner on the screen."""
