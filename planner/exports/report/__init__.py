"""Content of reports, whatever the format."""
