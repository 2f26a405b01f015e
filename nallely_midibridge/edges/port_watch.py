"""Opens the mapping's MIDI ports when they are there, and notices when they are gone.

One thread (``nallely-ports``) lists, opens and closes: MIDI libraries are safe for sending from many threads, not
for that. Where the MIDI system announces changes it looks when there are some, elsewhere twice a second.
"""

import logging
import select
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from nallely_midibridge.edges.midi_system import MidiSystem, OpenPort
from nallely_midibridge.edges.outlet import Outlet
from nallely_midibridge.edges.transport import Waker
from nallely_midibridge.edges.usb import device_of, plugging_of
from nallely_midibridge.values.device import choose
from nallely_midibridge.values.errors import MidiSystemError, PortError
from nallely_midibridge.values.events import Direction, Event, PortLost, PortOpened
from nallely_midibridge.values.mapping import Mapping, Port
from nallely_midibridge.values.midi import MidiMessage
from nallely_midibridge.values.port_name import short_name
from nallely_midibridge.values.status import PortStatus

LOOK_EVERY: Final = 0.5
"""Seconds between two looks where nothing is announced; a port is open again within one second of appearing."""
LOOK_ANYWAY: Final = 10.0
"""Seconds between two looks where changes are announced and none is."""
SETTLES_WITHIN: Final = 0.02
"""Seconds from an announcement to the look: who comes is announced piece by piece."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One direction of one port of the mapping."""

    port: Port
    direction: Direction

    @property
    def pattern(self) -> str | None:
        return self.port.input if self.direction is Direction.INPUT else self.port.output


@dataclass(frozen=True, slots=True)
class _Opened:
    """An open port, the full name it was found by, and its plugging; a virtual one was not found but made."""

    port: OpenPort
    name: str | None
    plugging: str | None = None


class PortWatch:
    """The open ports of a mapping. ``receive`` is given what comes in on a port, ``tell`` what is opened and lost.

    ``find_system`` is asked until it gives a MIDI system; a machine may get one while we run.
    """

    def __init__(
        self,
        mapping: Mapping,
        find_system: Callable[[], MidiSystem],
        receive: Callable[[str, Sequence[int]], None],
        tell: Callable[[Event], None],
    ) -> None:
        self._find_system = find_system
        self._receive = receive
        self._tell = tell
        self._system: MidiSystem | None = None
        self._wanted = _wanted(mapping)
        self._clocked = mapping.clocked_ports
        self._opened: dict[Wanted, _Opened] = {}
        self._outputs: dict[str, Outlet] = {}
        self._said: dict[object, str] = {}
        self._troubled = False
        self._stopping = threading.Event()
        self._waker = Waker()
        self._thread = threading.Thread(target=self._run, name="nallely-ports", daemon=True)

    def start(self) -> None:
        """Open what is there, then go on looking in the background."""
        self.look()
        self._thread.start()

    def change(self, mapping: Mapping) -> None:
        """Look for another mapping's ports, in the background; those of both stay open."""
        self._clocked = mapping.clocked_ports
        self._wanted = _wanted(mapping)
        self._waker.wake()

    def stop(self) -> None:
        """Close every port and end the thread. Nobody sends any more."""
        self._stopping.set()
        self._waker.wake()
        if self._thread.is_alive():
            self._thread.join()
        outputs, self._outputs = self._outputs, {}
        for outlet in outputs.values():
            outlet.send_rest()
        for opened in self._opened.values():
            opened.port.quiet()
        while self._opened:
            self._opened.popitem()[1].port.close()
        if self._system is not None:
            self._system.close()
        self._waker.close()

    def send(self, port: str, message: MidiMessage) -> None:
        """Send a message on an open output. Raises PortError when the port refuses it, or is not open.

        What is refused is kept, with all that follows, for `send_again`.
        """
        output = self._outputs.get(port)
        if output is None:
            raise PortError(f"port {port} is not open")
        output.send(message)

    def send_again(self, port: str) -> None:
        """Send what an open output refused. Raises PortError when it does not take all of it."""
        output = self._outputs.get(port)
        if output is not None:
            output.send_again()

    def status(self) -> tuple[PortStatus, ...]:
        """How each direction of each port is now. Any thread may ask."""
        opened = dict(self._opened)
        return tuple(self._status(wanted, opened.get(wanted)) for wanted in self._wanted)

    @property
    def system_name(self) -> str | None:
        """What people call the MIDI system, None while there is none."""
        system = self._system
        return system.name if system is not None else None

    @property
    def system_trouble(self) -> str | None:
        """What was said of there being no MIDI system."""
        return self._said.get(PortWatch)

    def look(self) -> None:
        """Close what is gone or no longer wanted, and open what has come."""
        wanted_now = self._wanted
        self._troubled = False
        for unwanted in [wanted for wanted in self._opened if wanted not in wanted_now]:
            self._close(unwanted, is_there=True)
        if not wanted_now:
            return
        try:
            if self._system is None:
                self._system = self._find_system()
                self._forget(PortWatch)
                log.info("MIDI: %s", self._system.name)
            names = {direction: self._system.port_names(direction) for direction in Direction}
        except MidiSystemError as error:
            self._lose_system()
            self._say(PortWatch, f"{error}; looking again until there is one", logging.WARNING)
            return
        for wanted in wanted_now:
            if wanted in self._opened:
                self._check(wanted, names[wanted.direction])
        for wanted in wanted_now:
            if wanted not in self._opened:
                self._try_to_open(wanted, self._system, names[wanted.direction])
            if wanted in self._opened and wanted.direction is Direction.INPUT:
                self._opened[wanted].port.follow_clock(wanted.port.name in self._clocked)

    def _run(self) -> None:
        was_announced = False
        while not self._stopping.is_set():
            was_announced = self._wait(just_announced=was_announced)
            if self._stopping.is_set():
                return
            try:
                self.look()
            except Exception:  # a library may raise anything, and hot-plug must go on
                self._troubled = True
                log.exception("looking for MIDI ports failed; looking again")

    def _wait(self, *, just_announced: bool) -> bool:
        """Wait until it is time to look; whether a change was announced.

        What was announced may not be ready at the first look, so there is a second one soon. While a port cannot be
        opened announcements are not waited for: trying to makes some.
        """
        announcements = self._system.announcements if self._system is not None and not self._troubled else None
        wakers = [self._waker, announcements] if announcements is not None else [self._waker]
        is_calm = announcements is not None and not just_announced
        ready = select.select(wakers, [], [], LOOK_ANYWAY if is_calm else LOOK_EVERY)[0]
        self._waker.clear()
        if announcements is None or announcements not in ready:
            return False
        self._stopping.wait(SETTLES_WITHIN)
        announcements.clear()
        return True

    def _lose_system(self) -> None:
        """The MIDI system is gone, and every port with it."""
        for wanted in list(self._opened):
            self._close(wanted, is_there=False)
        if self._system is not None:
            self._system.close()
            self._system = None

    def _check(self, wanted: Wanted, names: Sequence[str]) -> None:
        """Close a port that is gone, or was unplugged and plugged again since the last look under the same name."""
        opened = self._opened[wanted]
        if opened.name is None:
            return
        if opened.name not in names or plugging_of(opened.name) != opened.plugging:
            self._close(wanted, is_there=False)

    def _close(self, wanted: Wanted, *, is_there: bool) -> None:
        opened = self._opened.pop(wanted)
        why = "no longer wanted" if is_there else "gone"
        log.info("port %s: %s is %s (%s)", wanted.port.name, _words(wanted, opened), why, wanted.direction.value)
        if wanted.direction is Direction.INPUT:
            opened.port.close()  # first, or a note-on that still waits there would sound after the release, for ever
        self._tell(PortLost(wanted.port.name, wanted.direction))
        if wanted.direction is Direction.OUTPUT:
            outlet = self._outputs.pop(wanted.port.name)
            if is_there:
                outlet.send_rest()
            opened.port.close()

    def _try_to_open(self, wanted: Wanted, system: MidiSystem, names: Sequence[str]) -> None:
        try:
            opened = self._open_virtual(wanted, system) if wanted.port.virtual else self._open(wanted, system, names)
        except PortError as error:
            self._troubled = True
            self._say(wanted, f"port {wanted.port.name}: {error}; trying again", logging.WARNING)
            return
        if opened is None:
            present = ", ".join(repr(short_name(name)) for name in names) or "none"
            self._say(
                wanted,
                f"port {wanted.port.name}: waiting for the {wanted.direction.value} {wanted.pattern!r}; "
                f"{wanted.direction.value}s present: {present}",
            )
            return
        self._forget(wanted)
        self._opened[wanted] = opened
        if wanted.direction is Direction.OUTPUT:
            self._outputs[wanted.port.name] = Outlet(opened.port)
        log.info("port %s: %s is open (%s)", wanted.port.name, _words(wanted, opened), wanted.direction.value)
        self._tell(PortOpened(wanted.port.name, wanted.direction))

    def _status(self, wanted: Wanted, opened: _Opened | None) -> PortStatus:
        port = wanted.port
        asked = wanted.pattern or f"virtual port {port.virtual!r}"
        if opened is not None:
            return PortStatus(port.name, wanted.direction, asked, _words(wanted, opened))
        said = self._said.get(wanted) if self._system is not None else None
        trouble = said.removeprefix(f"port {port.name}: ") if said else None
        return PortStatus(port.name, wanted.direction, asked, None, trouble)

    def _open(self, wanted: Wanted, system: MidiSystem, names: Sequence[str]) -> _Opened | None:
        assert wanted.pattern is not None
        name = choose(wanted.pattern, names, wanted.port.device, wanted.port.nth, device_of, self._held(wanted))
        if name is None:
            return None
        if wanted.direction is Direction.OUTPUT:
            return _Opened(system.open_output(name), name, plugging_of(name))
        return _Opened(system.open_input(name, self._receiver(wanted)), name, plugging_of(name))

    def _held(self, wanted: Wanted) -> dict[int, str]:
        """What is open of the devices that a port's pattern means, in either direction, by their number."""
        return {
            other.port.nth: opened.name
            for other, opened in self._opened.items()
            if opened.name is not None and other.pattern == wanted.pattern and other.port.device == wanted.port.device
        }

    def _open_virtual(self, wanted: Wanted, system: MidiSystem) -> _Opened:
        assert wanted.port.virtual is not None
        if wanted.direction is Direction.OUTPUT:
            return _Opened(system.open_virtual_output(wanted.port.virtual), None)
        return _Opened(system.open_virtual_input(wanted.port.virtual, self._receiver(wanted)), None)

    def _receiver(self, wanted: Wanted) -> Callable[[Sequence[int]], None]:
        """What a MIDI thread calls; ``receive`` raises nothing."""
        return partial(self._receive, wanted.port.name)

    def _say(self, about: object, text: str, level: int = logging.INFO) -> None:
        """Say something about a thing when it is new, not at every look."""
        if self._said.get(about) != text:
            self._said[about] = text
            log.log(level, "%s", text)

    def _forget(self, about: object) -> None:
        self._said.pop(about, None)


def _wanted(mapping: Mapping) -> list[Wanted]:
    inputs = [Wanted(port, Direction.INPUT) for port in mapping.input_ports]
    return inputs + [Wanted(port, Direction.OUTPUT) for port in mapping.output_ports]


def _words(wanted: Wanted, opened: _Opened) -> str:
    return short_name(opened.name) if opened.name else f"virtual port {wanted.port.virtual!r}"
