"""``run``: the daemon."""

import faulthandler
import gc
import logging
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nallely_midibridge import __version__
from nallely_midibridge.cli.config import find_config
from nallely_midibridge.edges.file_reader import FileReader
from nallely_midibridge.edges.logs import set_up_logs
from nallely_midibridge.edges.signals import Request, Signals
from nallely_midibridge.edges.systemd import Systemd
from nallely_midibridge.values.errors import BridgeError, HeldError

if TYPE_CHECKING:
    from nallely_midibridge.edges.neuron_locks import NeuronLocks
    from nallely_midibridge.values.mapping import Mapping

SWITCH_EVERY: Final = 0.0002
"""Seconds that a thread keeps the interpreter when another wants it, such as one with a note. A note may have to wait
so long twice; Python's own 0.005 is heard during a reload and while a session sends all it can (measured)."""

HELD_FOR: Final = 20.0
"""Seconds that a service waits for a neuron that another bridge holds. A start costs a small computer seconds of
processor, which it should not have to pay every second while the other bridge plays."""
LOOK_EVERY: Final = 0.5
"""Seconds between two looks whether it is free."""

log = logging.getLogger(__name__)


def run(config: Path | None, verbose: bool, signals: Signals) -> int:
    """Bridge until a signal asks to stop.

    Raises MappingError for a wrong file, or none, ReadError, and HeldError when another bridge has a neuron of it.
    """
    gc.disable()  # until all is loaded: of that nothing becomes garbage, and looking for it is a twentieth of a start
    with Systemd(os.environ) as systemd:
        if systemd.is_there:
            faulthandler.enable()  # a watchdog that bites (SIGABRT) has each thread say where it was
        try:
            return _run(config or find_config(), verbose, signals, systemd)
        except BridgeError as error:
            systemd.waiting(str(error).partition("\n")[0])
            raise


def _run(path: Path, verbose: bool, signals: Signals, systemd: Systemd) -> int:
    with FileReader(path) as reader:
        # What takes as long to be loaded as the file to be read, which goes on meanwhile.
        from nallely_midibridge.bridge import Bridge
        from nallely_midibridge.cli.daemon import Daemon
        from nallely_midibridge.core.status_line import status_line
        from nallely_midibridge.edges.neuron_locks import NeuronLocks

        mapping = reader.mapping(signals.stop_is_asked)
    if mapping is None:
        return 0
    set_up_logs(verbose)
    log.info("nallely-midibridge %s with %s", __version__, path)
    with NeuronLocks(os.path.abspath(path)) as locks:
        if not _take(locks, mapping, signals, systemd):
            return 0
        with Bridge(mapping) as bridge, Daemon(bridge, path, signals, locks) as daemon:
            bridge.on_change = systemd.changed
            systemd.ready(lambda: status_line(bridge.status(), daemon.remark), bridge.check)
            sys.setswitchinterval(SWITCH_EVERY)
            gc.collect()
            gc.freeze()  # what is loaded now stays: a collection while playing has less to look at
            gc.enable()
            while signals.wait() is not Request.STOP:
                systemd.reloading()
                daemon.reload()
                systemd.reloaded()
            systemd.stopping()
            log.info("stopping")
            away = ", ".join(bridge.away)
    left = f"not connected, so silenced at the next connect only: {away}" if away else "nothing is left sounding"
    log.info("stopped; %s", left)
    return 0


def _take(locks: "NeuronLocks", mapping: "Mapping", signals: Signals, systemd: Systemd) -> bool:
    """Take the locks of the mapping's neurons; False when a stop is asked for first. A service is patient."""
    deadline = time.monotonic() + (HELD_FOR if systemd.is_there else 0.0)
    said = ""
    while True:
        try:
            locks.take(mapping.neurons)
            return True
        except HeldError as error:
            if time.monotonic() >= deadline:
                raise
            if str(error) != said:
                said = str(error)
                log.warning("%s; waiting for it", said)
                systemd.waiting(said.partition("\n")[0])
        if signals.wait(LOOK_EVERY) is Request.STOP:
            return False
