"""``python -m nallely_midibridge``."""

import sys

from nallely_midibridge.cli.main import main

sys.exit(main())
