"""The plan: answers, zones and decisions; edits, comparison and check."""
