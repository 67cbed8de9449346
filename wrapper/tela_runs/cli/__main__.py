"""`python -m tela_runs.cli` is `tela-runs`."""

import sys

from . import main

sys.exit(main())
