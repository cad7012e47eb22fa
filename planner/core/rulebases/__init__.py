"""Readers of rule bases, one module for each kind. Each gives ordered rules and names what it did not understand."""
