"""Writers of reports, one a format."""
