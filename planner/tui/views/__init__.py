"""Tables that the screen shows of a plan, with their filters and orders."""
