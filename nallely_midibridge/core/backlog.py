"""What a MIDI port did not take, in order, until it does: a full buffer must not leave a note on for ever.

It stays small by itself: while a port refuses, its lane sends only what must not wait (see `Lane.refuse`).
"""

from collections import deque
from typing import Final

from nallely_midibridge.values import midi
from nallely_midibridge.values.midi import MidiMessage

LIMIT: Final = 1024
"""Messages kept. Note-offs are kept beyond it: there is one for each note that sounds."""


class Backlog:
    """Messages that wait for a port. The first of them is the next to be tried."""

    def __init__(self) -> None:
        self.messages: deque[MidiMessage] = deque()
        """For whoever asks at every message whether there are any: to call ``bool`` costs ten times as much."""

    def __bool__(self) -> bool:
        return bool(self.messages)

    def __len__(self) -> int:
        return len(self.messages)

    def put(self, message: MidiMessage) -> None:
        """Keep a message for later, but for what would do harm then.

        A late clock is a wrong tempo. A note that ends before the port was told of it must not begin any more.
        """
        if message[0] == midi.CLOCK:
            return
        if message[0] & 0xF0 == midi.NOTE_OFF:
            if self._forget_beginning(message):
                return
        elif len(self.messages) >= LIMIT:
            return
        self.messages.append(message)

    def first(self) -> MidiMessage:
        """The message to try next."""
        return self.messages[0]

    def took(self) -> None:
        """The port took the first message."""
        self.messages.popleft()

    def _forget_beginning(self, note_off: MidiMessage) -> bool:
        """Take out the note-on that this would end, if the last that waits of the note is one."""
        note_on, ended = (midi.NOTE_ON | note_off[0] & 0x0F, note_off[1]), note_off[:2]
        for place in range(len(self.messages) - 1, -1, -1):
            found = self.messages[place][:2]
            if found == note_on:
                del self.messages[place]
            if found in (note_on, ended):
                return found == note_on
        return False
