"""Fuzzing of what reads untrusted files."""
