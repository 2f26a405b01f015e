"""``run``: the daemon."""

import gc
import logging
from pathlib import Path

from nallely_midibridge import __version__
from nallely_midibridge.bridge import Bridge
from nallely_midibridge.cli.config import find_config
from nallely_midibridge.edges.logs import set_up_logs
from nallely_midibridge.edges.signals import Request, Signals
from nallely_midibridge.mapping_file import load_file
from nallely_midibridge.values.errors import MappingError

log = logging.getLogger(__name__)


def run(config: Path | None, verbose: bool, signals: Signals) -> int:
    """Bridge until a signal asks to stop. Raises MappingError for a wrong file, or none."""
    path = config or find_config()
    mapping = load_file(path)
    set_up_logs(verbose)
    log.info("nallely-midibridge %s with %s", __version__, path)
    with Bridge(mapping) as bridge:
        gc.collect()
        gc.freeze()  # what is loaded now stays: a collection while playing has less to look at
        while signals.wait() is not Request.STOP:
            _reload(bridge, path)
        log.info("stopping")
        away = ", ".join(bridge.away)
    left = f"not connected, so silenced at the next connect only: {away}" if away else "nothing is left sounding"
    log.info("stopped; %s", left)
    return 0


def _reload(bridge: Bridge, path: Path) -> None:
    """Read the file again. A wrong one is refused whole, and the old mapping stays at work."""
    try:
        mapping = load_file(path)
    except MappingError as error:
        for problem in error.problems:
            log.error("%s", problem)
        log.error("the mapping stays as it was")
        return
    bridge.change(mapping)
    log.info("read %s again", path)
