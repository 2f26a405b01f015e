"""MIDI ports through python-rtmidi: the ALSA sequencer, JACK, CoreMIDI.

Straight through python-rtmidi and not mido's wrapper of it, which cannot give a port of someone else our client
name (it would make it virtual). What is known of python-rtmidi 1.5 and heeded here:

* A callback is set once, before the port opens; an exception in it vanishes, so nothing may escape.
* Clock, as MIDI time code, active sensing and system exclusive, does not come unless it is asked for, at any time.
* Only ``delete`` ends the system's client, and a deleted object must never be used again.
* Closing and deleting hold the interpreter's lock while they wait for the library's thread, which may be waiting
  for that lock to call us: a deadlock. So the callback is taken away first, and we wait until no call is under way.
* On JACK a deleted output's buffer is freed while JACK's thread may still read it: a crash. It reads no more once the
  port is closed and the period is over.
* Taking a callback away frees the pair (function, data) that a call under way still uses; so we keep that pair.
"""

import contextlib
import errno
import gc
import glob
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nallely_midibridge.edges.midi_system import OpenPort, Receive
from nallely_midibridge.values.errors import MidiSystemError, PortError
from nallely_midibridge.values.events import Direction
from nallely_midibridge.values.port_name import OUR_CLIENT, is_of

if TYPE_CHECKING:
    from nallely_midibridge.edges.alsa_announcements import AlsaAnnouncements

try:
    import rtmidi
except ImportError as error:  # no wheel for this Python, or its system library is missing
    rtmidi = None
    _IMPORT_ERROR: str = str(error)

ALSA: Final = "LINUX_ALSA"
JACK: Final = "UNIX_JACK"
DUMMY: Final = "RTMIDI_DUMMY"
CALL_BEGINS_WITHIN: Final = 0.05
"""Seconds from when the library's thread decides to call us until the interpreter knows of it."""
CALL_ENDS_WITHIN: Final = 5.0
"""Seconds that a call under way may take to end, the wait for the interpreter's lock included."""
PERIOD_ENDS_WITHIN: Final = 0.1
"""Seconds: a long period of JACK's, 4,096 frames at 44.1 kHz."""
LEAVES_WITHIN: Final = 0.05
"""Seconds that a message may take to leave: JACK takes it in its next period, and a closed port takes it along."""
PAUSES_BETWEEN_LISTINGS: Final = (0.0, 0.01, 0.05)
"""Seconds before each further try when ports come or go while they are listed."""
LONG_AGO: Final = float("-inf")
ALSA_DEVICE: Final = Path("/dev/snd/seq")

FRIENDLY_NAMES: Final = {
    ALSA: "the ALSA sequencer",
    JACK: "JACK",
    "MACOSX_CORE": "CoreMIDI",
    "WINDOWS_MM": "Windows MultiMedia",
}


log = logging.getLogger(__name__)

_left_open: list[Any] = []
"""Clients that could not be closed."""


class RtMidiSystem:
    """One of python-rtmidi's APIs. ``api`` is its name there, such as ``UNIX_JACK``; None: what is there.

    ``client_name`` is what others see our ports under. Raises MidiSystemError.
    """

    def __init__(self, api: str | None = None, client_name: str = OUR_CLIENT) -> None:
        if rtmidi is None:
            raise MidiSystemError(_why_not_loaded(_IMPORT_ERROR))
        self.api = _choose_api(api)
        self._client_name = client_name
        self._number = getattr(rtmidi, f"API_{self.api}")
        self._server = _jack_server() if self.api == JACK else None
        self._listers = {direction: self._make(direction) for direction in Direction}
        self.announcements = _announcements(client_name) if self.api == ALSA else None

    @property
    def name(self) -> str:
        return FRIENDLY_NAMES.get(self.api, self.api)

    def port_names(self, direction: Direction) -> list[str]:
        if self.api == JACK and _jack_server() != self._server:
            raise MidiSystemError("the JACK server is gone")  # a client of it would list no ports, for ever
        return [name for name in self._all_names(direction) if not is_of(self._client_name, name)]

    def _all_names(self, direction: Direction) -> list[str]:
        """The library counts the ports, then asks for each name, and fails when one goes in between: ask again."""
        for pause in PAUSES_BETWEEN_LISTINGS:
            with contextlib.suppress(rtmidi.RtMidiError, UnicodeDecodeError):
                return list(self._listers[direction].get_ports())
            time.sleep(pause)
        try:
            return list(self._listers[direction].get_ports())
        except (rtmidi.RtMidiError, UnicodeDecodeError) as error:
            raise MidiSystemError(f"{self.name} no longer lists its ports: {error}") from error

    def open_input(self, name: str, receive: Receive) -> OpenPort:
        return _open(RtMidiInput(self._make_for(Direction.INPUT, name), receive), name)

    def open_output(self, name: str) -> OpenPort:
        return _open(self._output(name), name)

    def open_virtual_input(self, name: str, receive: Receive) -> OpenPort:
        return _open_virtual(RtMidiInput(self._make_for(Direction.INPUT, name), receive), name)

    def open_virtual_output(self, name: str) -> OpenPort:
        return _open_virtual(self._output(name), name)

    def _output(self, name: str) -> "RtMidiOutput":
        client = self._make_for(Direction.OUTPUT, name)
        return RtMidiOutput(client, PERIOD_ENDS_WITHIN if self.api == JACK else 0.0)

    def close(self) -> None:
        while self._listers:
            self._listers.popitem()[1].delete()
        if self.announcements is not None:
            self.announcements.close()
            self.announcements = None

    def _make_for(self, direction: Direction, name: str) -> Any:
        try:
            return self._make(direction)
        except MidiSystemError as error:
            raise PortError(f"{name} cannot be opened: {error}") from error

    def _make(self, direction: Direction) -> Any:
        """A client of the MIDI system, with no port yet."""
        make = rtmidi.MidiIn if direction is Direction.INPUT else rtmidi.MidiOut
        try:
            with _hush():
                client = make(rtapi=self._number, name=self._client_name)
        except rtmidi.RtMidiError as error:
            raise MidiSystemError(_why_not(self.api)) from error
        return client


class RtMidiOutput:
    """An output port, with a client of its own in the MIDI system, which is read until so long after it is closed."""

    def __init__(self, client: Any, read_for: float) -> None:
        self.client = client
        self._read_for = read_for
        self._sent_at = LONG_AGO

    def send(self, message: Sequence[int]) -> None:
        if self.client is None:
            raise PortError("the port is closed")
        try:
            self.client.send_message(message)
            self._sent_at = time.monotonic()
        except (rtmidi.RtMidiError, ValueError) as error:
            raise PortError(f"the port does not take a message: {error}") from error

    def follow_clock(self, wanted: bool) -> None:
        """An output receives nothing."""

    def quiet(self) -> None:
        """An output receives nothing."""

    def close(self) -> None:
        client, self.client = self.client, None
        if client is not None:
            time.sleep(max(0.0, self._sent_at + LEAVES_WITHIN - time.monotonic()))
            client.close_port()
            time.sleep(self._read_for)
            client.delete()


class RtMidiInput:
    """An input port, with a client of its own in the MIDI system."""

    def __init__(self, client: Any, receive: Receive) -> None:
        self._thread: int | None = None

        def callback(stamped: tuple[Sequence[int], float], _: object) -> None:
            self._thread = threading.get_ident()
            receive(stamped[0])

        self.client = client
        client.set_callback(callback)
        # The pair (function, data) that the library's thread has the address of: see above.
        self._kept = [pair for pair in gc.get_referrers(callback) if type(pair) is tuple]
        self._quiet_since: float | None = None

    def send(self, message: Sequence[int]) -> None:
        raise PortError("an input port does not send")

    def follow_clock(self, wanted: bool) -> None:
        self.client.ignore_types(sysex=True, timing=not wanted, active_sense=True)

    def quiet(self) -> None:
        if self._quiet_since is None:
            self._quiet_since = time.monotonic()
            self.client.cancel_callback()

    def close(self) -> None:
        self.quiet()
        client, self.client = self.client, None
        if client is None:
            return
        if not self._calls_end():
            _left_open.append(client)  # lost, but alive: to close it, or to forget it, would be the end of us
            log.error("a MIDI port cannot be closed: a call from it does not end")
            return
        client.close_port()
        client.delete()

    def _calls_end(self) -> bool:
        """Wait until no call is under way or about to begin."""
        assert self._quiet_since is not None
        time.sleep(max(0.0, self._quiet_since + CALL_BEGINS_WITHIN - time.monotonic()))
        while self._is_calling():
            if time.monotonic() > self._quiet_since + CALL_ENDS_WITHIN:
                return False
            time.sleep(0.001)
        return True

    def _is_calling(self) -> bool:
        """Whether the library's thread is in a call, or waits for the interpreter's lock to begin one.

        A thread of someone else's has a thread state from before it asks for the lock until its call has ended.
        """
        inside = set(sys._current_exceptions())
        if self._thread is not None:
            return self._thread in inside
        return bool(inside - {t.ident for t in threading.enumerate() if not isinstance(t, threading._DummyThread)})


def _open(port: "RtMidiInput | RtMidiOutput", name: str) -> OpenPort:
    """Open by name: ports may have come and gone since they were listed, so the number is looked up now."""
    try:
        port.client.open_port(port.client.get_ports().index(name), name=_port_label(name))
    except ValueError:
        port.close()
        raise PortError(f"{name} is gone") from None
    except rtmidi.RtMidiError as error:
        port.close()
        raise PortError(f"{name} cannot be opened: {error}") from error
    return port


def _open_virtual(port: "RtMidiInput | RtMidiOutput", name: str) -> OpenPort:
    try:
        port.client.open_virtual_port(name)
    except (rtmidi.RtMidiError, NotImplementedError) as error:
        port.close()
        raise PortError(f"the virtual port {name!r} cannot be made: {error}") from error
    return port


def _port_label(name: str) -> str:
    """What our end of a connection is called, so that a patchbay shows what it is for."""
    return name.partition(":")[0] or "port"


def _choose_api(wanted: str | None) -> str:
    compiled = {
        name.removeprefix("API_"): number
        for name, number in vars(rtmidi).items()
        if name.startswith("API_") and number in rtmidi.get_compiled_api()
    }
    if wanted is not None:
        if wanted not in compiled:
            raise MidiSystemError(
                f"MIDO_BACKEND names {wanted}, but python-rtmidi was built with {', '.join(compiled)}"
            )
        return wanted
    present = [api for api in compiled if api != DUMMY and _is_there(api)]
    if not present:
        raise MidiSystemError(_why_none())
    return ALSA if ALSA in present else present[0]


def _is_there(api: str) -> bool:
    if api == ALSA:
        return ALSA_DEVICE.exists()
    if api == JACK:
        return _jack_runs()
    return True


def _jack_runs() -> bool:
    """Whether a JACK server of this user listens, found without starting one or making the library talk."""
    return _jack_server() is not None


def _jack_server() -> tuple[str, int] | None:
    """The socket of this user's JACK server: another one after each start of the server. PipeWire's has none."""
    server = os.environ.get("JACK_DEFAULT_SERVER", "default")
    for path in sorted(glob.glob(f"/dev/shm/jack_{glob.escape(server)}_{os.getuid()}_*")):
        with contextlib.suppress(OSError):
            return path, os.stat(path).st_ino
    return None


def _announcements(client_name: str) -> "AlsaAnnouncements | None":
    from nallely_midibridge.edges.alsa_announcements import AlsaAnnouncements  # its ctypes are 0.4 MiB

    return AlsaAnnouncements.listen(client_name)


def _why_not_loaded(error: str) -> str:
    if "libasound" in error:
        return "no MIDI system: ALSA's library is missing; try: sudo apt install libasound2"
    return f"python-rtmidi cannot be loaded ({error}); try: pip install python-rtmidi, or apt install python3-rtmidi"


def _why_none() -> str:
    if not sys.platform.startswith("linux"):
        return "no MIDI system was found"
    return (
        f"no MIDI system: {ALSA_DEVICE} is missing (try: sudo modprobe snd-seq) and no JACK server runs"
        " (with PipeWire's: MIDO_BACKEND=mido.backends.rtmidi/UNIX_JACK pw-jack nallely-midibridge …)"
    )


def _why_not(api: str) -> str:
    if api == ALSA:
        return _why_no_alsa()
    if api == JACK:
        return "no JACK server answers; start one, such as: jackd -d alsa"
    return f"{FRIENDLY_NAMES.get(api, api)} makes no more clients"


def _why_no_alsa() -> str:
    """What opening the device says: its node may stand there, made at boot, without the module behind it."""
    try:
        os.close(os.open(ALSA_DEVICE, os.O_RDWR | os.O_NONBLOCK))
    except FileNotFoundError:
        return f"no ALSA sequencer: {ALSA_DEVICE} is missing; try: sudo modprobe snd-seq"
    except PermissionError:
        return f"no access to {ALSA_DEVICE}; try: sudo usermod -aG audio $USER, then log in again"
    except OSError as error:
        if error.errno in (errno.ENODEV, errno.ENXIO):
            return "no ALSA sequencer: its module is not loaded; try: sudo modprobe snd-seq"
        return f"no ALSA sequencer: {error}"
    return "the ALSA sequencer makes no more clients"


@contextlib.contextmanager
def _hush() -> Iterator[None]:
    """Keep the C libraries' chatter off standard error for a moment: what they found wrong is said in our words."""
    os.environ.setdefault("JACK_NO_START_SERVER", "1")
    try:
        saved = os.dup(2)
    except OSError:  # there is no standard error to keep clean
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
