"""A rule base compared with a plan, packet by packet."""
