"""``python -m interventions_stats`` is the command line."""

import sys

from interventions_stats.cli import main

sys.exit(main())
