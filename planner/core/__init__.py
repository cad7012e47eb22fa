"""Frozen values and pure functions: the facts, the answers, what follows. No screen, no files but its own data."""
