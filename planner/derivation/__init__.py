"""Topology and catalogue to flows, zones, rules, denies and findings."""
