"""Escaping for each medium, and layout in terminal cells."""
