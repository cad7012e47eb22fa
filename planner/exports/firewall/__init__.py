"""Firewall formats: one module each, one registry, and the heading that all of them begin with."""
