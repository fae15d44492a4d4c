"""`python -m gameserver` is the `gameserver` command."""

import sys

from gameserver.cli import main

sys.exit(main())
