"""What `RtMidiSystem` makes of a library that fails."""

import pytest

from nallely_midibridge.edges.rtmidi_system import RtMidiSystem
from nallely_midibridge.values.errors import MidiSystemError
from nallely_midibridge.values.events import Direction

rtmidi = pytest.importorskip("rtmidi", exc_type=ImportError)


class Changing:
    """A client of python-rtmidi whose ports come and go while it lists them: it fails so many times in a row."""

    def __init__(self, failures: int) -> None:
        self.failures = failures

    def get_ports(self) -> list[str]:
        if self.failures:
            self.failures -= 1
            raise rtmidi.RtMidiError("error looking for port name!")
        return ["KeyStep 37:KeyStep 37 MIDI 1 20:0", "nallely-midibridge:daw 129:0"]


def system_with(lister: Changing) -> RtMidiSystem:
    system = object.__new__(RtMidiSystem)
    system.api, system._client_name = "LINUX_ALSA", "nallely-midibridge"
    system._listers = dict.fromkeys(Direction, lister)
    return system


def test_a_port_that_goes_while_ports_are_listed_is_no_end_of_the_midi_system() -> None:
    assert system_with(Changing(failures=2)).port_names(Direction.INPUT) == ["KeyStep 37:KeyStep 37 MIDI 1 20:0"]


def test_a_midi_system_that_lists_no_more_is_gone() -> None:
    with pytest.raises(MidiSystemError, match="the ALSA sequencer no longer lists its ports: error looking"):
        system_with(Changing(failures=100)).port_names(Direction.INPUT)
