"""MIDI ports through python-rtmidi: the ALSA sequencer, JACK, CoreMIDI.

Straight through python-rtmidi and not mido's wrapper of it, which cannot give a port of someone else our client
name (it would make it virtual). What is known of python-rtmidi 1.5 and heeded here: a callback is set once, before
the port opens; an exception in it vanishes, so nothing may escape; only ``delete`` ends the system's client; a
deleted object must never be used again.
"""

import contextlib
import glob
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from nallely_midibridge.edges.midi_system import OpenPort, Receive
from nallely_midibridge.values.errors import MidiSystemError, PortError
from nallely_midibridge.values.events import Direction
from nallely_midibridge.values.port_name import OUR_CLIENT, is_ours

try:
    import rtmidi
except ImportError as error:  # no wheel for this Python, or its system library is missing
    rtmidi = None
    _IMPORT_ERROR: str = str(error)

ALSA: Final = "LINUX_ALSA"
JACK: Final = "UNIX_JACK"
DUMMY: Final = "RTMIDI_DUMMY"
ALSA_DEVICE: Final = Path("/dev/snd/seq")

FRIENDLY_NAMES: Final = {
    ALSA: "the ALSA sequencer",
    JACK: "JACK",
    "MACOSX_CORE": "CoreMIDI",
    "WINDOWS_MM": "Windows MultiMedia",
}


class RtMidiSystem:
    """One of python-rtmidi's APIs. ``api`` is its name there, such as ``UNIX_JACK``; None: what is there.

    Raises MidiSystemError.
    """

    def __init__(self, api: str | None = None) -> None:
        if rtmidi is None:
            raise MidiSystemError(
                f"python-rtmidi cannot be loaded ({_IMPORT_ERROR}); install it with pip, or as Debian's python3-rtmidi"
            )
        self.api = _choose_api(api)
        self._number = getattr(rtmidi, f"API_{self.api}")
        self._listers = {direction: self._make(direction) for direction in Direction}

    @property
    def name(self) -> str:
        return FRIENDLY_NAMES.get(self.api, self.api)

    def port_names(self, direction: Direction) -> list[str]:
        try:
            return [name for name in self._listers[direction].get_ports() if not is_ours(name)]
        except (rtmidi.RtMidiError, UnicodeDecodeError) as error:
            raise MidiSystemError(f"{self.name} no longer lists its ports: {error}") from error

    def open_input(self, name: str, receive: Receive) -> OpenPort:
        return self._open(self._make(Direction.INPUT, receive), name)

    def open_output(self, name: str) -> OpenPort:
        return self._open(self._make(Direction.OUTPUT), name)

    def open_virtual_input(self, name: str, receive: Receive) -> OpenPort:
        return self._open_virtual(self._make(Direction.INPUT, receive), name)

    def open_virtual_output(self, name: str) -> OpenPort:
        return self._open_virtual(self._make(Direction.OUTPUT), name)

    def close(self) -> None:
        while self._listers:
            self._listers.popitem()[1].delete()

    def _make(self, direction: Direction, receive: Receive | None = None) -> Any:
        """A client of the MIDI system, with no port yet."""
        make = rtmidi.MidiIn if direction is Direction.INPUT else rtmidi.MidiOut
        try:
            with _hush():
                client = make(rtapi=self._number, name=OUR_CLIENT)
        except rtmidi.RtMidiError as error:
            raise MidiSystemError(_why_not(self.api)) from error
        if receive is not None:
            client.set_callback(lambda stamped, _: receive(stamped[0]))
        return client

    def _open(self, client: Any, name: str) -> OpenPort:
        """Open by name: ports may have come and gone since they were listed, so the number is looked up now."""
        try:
            client.open_port(client.get_ports().index(name), name=_port_label(name))
        except ValueError:
            client.delete()
            raise PortError(f"{name} is gone") from None
        except rtmidi.RtMidiError as error:
            client.delete()
            raise PortError(f"{name} cannot be opened: {error}") from error
        return RtMidiPort(client, name)

    def _open_virtual(self, client: Any, name: str) -> OpenPort:
        try:
            client.open_virtual_port(name)
        except (rtmidi.RtMidiError, NotImplementedError) as error:
            client.delete()
            raise PortError(f"{self.name} cannot make the virtual port {name!r}: {error}") from error
        return RtMidiPort(client, name)


class RtMidiPort:
    """One open port, with a client of its own in the MIDI system."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name
        self._is_open = True

    def send(self, message: Sequence[int]) -> None:
        if not self._is_open:
            raise PortError(f"{self._name} is closed")
        try:
            self._client.send_message(message)
        except (rtmidi.RtMidiError, ValueError) as error:
            raise PortError(f"{self._name} does not take a message: {error}") from error

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._client.close_port()
            self._client.delete()


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
    server = os.environ.get("JACK_DEFAULT_SERVER", "default")
    return bool(glob.glob(f"/dev/shm/jack_{glob.escape(server)}_{os.getuid()}_*"))


def _why_none() -> str:
    if not sys.platform.startswith("linux"):
        return "no MIDI system was found"
    return (
        f"no MIDI system: {ALSA_DEVICE} is missing (try: sudo modprobe snd-seq) and no JACK server runs"
        " (with PipeWire's: MIDO_BACKEND=mido.backends.rtmidi/UNIX_JACK pw-jack nallely-midibridge …)"
    )


def _why_not(api: str) -> str:
    if api == ALSA and not ALSA_DEVICE.exists():
        return f"no ALSA sequencer: {ALSA_DEVICE} is missing; try: sudo modprobe snd-seq"
    if api == ALSA and not os.access(ALSA_DEVICE, os.R_OK | os.W_OK):
        return f"no access to {ALSA_DEVICE}; try: sudo usermod -aG audio $USER, then log in again"
    if api == JACK:
        return "no JACK server answers; start one, such as: jackd -d alsa"
    return f"{FRIENDLY_NAMES.get(api, api)} makes no more clients"


@contextlib.contextmanager
def _hush() -> Iterator[None]:
    """Keep the C libraries' chatter off standard error for a moment: what they found wrong is said in our words."""
    os.environ.setdefault("JACK_NO_START_SERVER", "1")
    sys.stderr.flush()
    saved = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
