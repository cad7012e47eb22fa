"""``python -m planner`` is ``sav-planner``."""

import sys

from planner.cli import main

sys.exit(main())
