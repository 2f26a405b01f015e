"""``run``: the daemon."""

import gc
import logging
import sys
from pathlib import Path
from typing import Final

from nallely_midibridge import __version__
from nallely_midibridge.cli.config import find_config
from nallely_midibridge.edges.file_reader import FileReader
from nallely_midibridge.edges.logs import set_up_logs
from nallely_midibridge.edges.signals import Request, Signals

SWITCH_EVERY: Final = 0.0002
"""Seconds that a thread keeps the interpreter when another wants it, such as one with a note. A note may have to wait
so long twice; Python's own 0.005 is heard during a reload and while a session sends all it can (measured)."""

log = logging.getLogger(__name__)


def run(config: Path | None, verbose: bool, signals: Signals) -> int:
    """Bridge until a signal asks to stop. Raises MappingError for a wrong file, or none, and ReadError."""
    path = config or find_config()
    with FileReader(path) as reader:
        # What takes as long to be loaded as the file to be read, which goes on meanwhile.
        from nallely_midibridge.bridge import Bridge
        from nallely_midibridge.cli.daemon import Daemon

        mapping = reader.mapping(signals.stop_is_asked)
    if mapping is None:
        return 0
    set_up_logs(verbose)
    log.info("nallely-midibridge %s with %s", __version__, path)
    with Bridge(mapping) as bridge, Daemon(bridge, path, signals) as daemon:
        sys.setswitchinterval(SWITCH_EVERY)
        gc.collect()
        gc.freeze()  # what is loaded now stays: a collection while playing has less to look at
        while signals.wait() is not Request.STOP:
            daemon.reload()
        log.info("stopping")
        away = ", ".join(bridge.away)
    left = f"not connected, so silenced at the next connect only: {away}" if away else "nothing is left sounding"
    log.info("stopped; %s", left)
    return 0
