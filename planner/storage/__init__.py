"""Everything that touches disk: plan files, journal, settings, packs."""
