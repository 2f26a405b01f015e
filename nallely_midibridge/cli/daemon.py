"""What a running bridge does when it is told to: by a signal, or by a program on its control socket."""

import logging
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from nallely_midibridge import __version__
from nallely_midibridge.bridge import Bridge
from nallely_midibridge.edges.control_socket import ControlSocket, Reply
from nallely_midibridge.edges.file_reader import FileReader
from nallely_midibridge.edges.neuron_locks import NeuronLocks
from nallely_midibridge.edges.process import resident_memory
from nallely_midibridge.edges.signals import Signals
from nallely_midibridge.values.control import Answer, Do, failure, success
from nallely_midibridge.values.difference import ended_words, of_ports, of_routes
from nallely_midibridge.values.effects import Effect
from nallely_midibridge.values.errors import HeldError, MappingError, ReadError
from nallely_midibridge.values.events import Event, Panic

log = logging.getLogger(__name__)


class Daemon:
    """A bridge and its mapping file, with a control socket while it is entered.

    A program on the socket that wants a reload asks through ``signals``, so that the main thread calls `reload` for
    it as for a signal: two changes of the mapping at a time there cannot be. ``remark`` is what there is to say of the
    last one.
    """

    def __init__(self, bridge: Bridge, path: Path, signals: Signals, locks: NeuronLocks) -> None:
        self._bridge = bridge
        self._path = path
        self._file = os.path.abspath(path)
        self._signals = signals
        self._locks = locks
        self.remark = ""
        self._started_at = time.monotonic()
        self._lock = threading.Lock()
        self._reload_wanted: list[Reply] = []
        self._control = ControlSocket(self._answer, self._watched)

    def __enter__(self) -> "Daemon":
        self._control.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._control.stop()

    def reload(self) -> None:
        """Read the file again, and tell those who asked for it how that went. For the main thread."""
        with self._lock:
            replies, self._reload_wanted = self._reload_wanted, []
        answer = self._read_again()
        self._control.feed.tell({"event": "reload", "at": round(time.time(), 6), **answer})
        for reply in replies:
            reply(answer)

    def _read_again(self) -> Answer:
        """A wrong file is refused whole, and the old mapping stays at work."""
        try:
            with FileReader(self._path, gives_way=True) as reader:
                mapping = reader.mapping(self._signals.stop_is_asked)
        except ReadError as error:
            return self._stay(str(error), [str(error)])
        except MappingError as error:
            problems = [str(problem) for problem in error.problems]
            return self._stay("the mapping file is wrong", problems, problems=problems)
        if mapping is None:
            return failure("the bridge is stopping", file=self._file)
        try:
            self._locks.take(mapping.neurons)
        except HeldError as error:
            lines = str(error).splitlines()
            return self._stay("; ".join(lines), lines)
        before = self._bridge.mapping
        routes, ports = of_routes(before, mapping), of_ports(before, mapping)
        ended = self._bridge.change(mapping)
        self._locks.keep(mapping.neurons)
        self.remark = ""
        log.info("read %s again: %s%s", self._path, routes.words("route"), ended_words(ended))
        return success(file=self._file, routes=asdict(routes), ports=asdict(ports), ended=ended)

    def _stay(self, why: str, lines: list[str], **details: object) -> Answer:
        """Do not change, and say why."""
        for line in lines:
            log.error("%s", line)
        log.error("the mapping stays as it was")
        self.remark = "the last reload was refused"
        return failure(f"{why}; the mapping stays as it was", file=self._file, **details)

    # On the control thread.

    def _answer(self, do: Do, reply: Reply) -> None:
        match do:
            case Do.STATUS:
                reply(self._status())
            case Do.PANIC:
                reply(self._panic())
            case Do.RELOAD:
                with self._lock:
                    self._reload_wanted.append(reply)
                self._signals.ask_to_reload()
            case Do.WATCH:
                raise AssertionError("the control socket sees to those who watch")

    def _watched(self, is_watched: bool) -> None:
        self._bridge.observe(self._saw if is_watched else None)

    def _saw(self, event: Event, effects: Sequence[Effect]) -> None:
        self._control.feed.saw(time.time(), event, effects)

    def _status(self) -> Answer:
        return success(
            version=__version__,
            pid=os.getpid(),
            file=self._file,
            uptime_seconds=round(time.monotonic() - self._started_at, 3),
            memory_bytes=resident_memory(),
            **self._bridge.status().as_data(),
            control={
                "clients": self._control.clients,
                "watchers": self._control.watchers,
                "ignored": dict(self._control.ignored),
            },
        )

    def _panic(self) -> Answer:
        self._bridge.handle(Panic())
        status = self._bridge.status()
        connected = [neuron.name for neuron in status.neurons if neuron.connected]
        away = [neuron.name for neuron in status.neurons if not neuron.connected]
        log.info("panic: all is silent%s", f", but for what is not connected: {', '.join(away)}" if away else "")
        return success(neurons=connected, away=away, outputs=list(status.open_outputs))
