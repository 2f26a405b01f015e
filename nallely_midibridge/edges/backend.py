"""Which MIDI system this machine has."""

import os
from typing import Final

from nallely_midibridge.edges.midi_system import MidiSystem
from nallely_midibridge.values.port_name import OUR_CLIENT

RTMIDI: Final = "mido.backends.rtmidi"


def find_midi_system(client_name: str = OUR_CLIENT) -> MidiSystem:
    """This machine's MIDI system: the one that the environment's MIDO_BACKEND names, else what is there.

    Others see our ports under ``client_name``. Raises MidiSystemError with one line: what is missing, what to do.
    """
    backend = os.environ.get("MIDO_BACKEND") or RTMIDI
    module, _, api = backend.partition("/")
    if module == RTMIDI:  # each only where it is asked for
        from nallely_midibridge.edges.rtmidi_system import RtMidiSystem

        return RtMidiSystem(api or None, client_name)
    from nallely_midibridge.edges.mido_system import MidoSystem

    return MidoSystem(backend, client_name)
