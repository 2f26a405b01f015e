"""What is to be seen in the demo: the present state on each side, and the last things that happened."""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from nallely_midibridge.simulated.happenings import Happening, ProbeValue, SynthNote
from nallely_midibridge.values import midi
from nallely_midibridge.values.effects import Effect, SendMidi, SendValue
from nallely_midibridge.values.events import Event, LinkUp, MidiReceived


@dataclass
class Scene:
    """Told from several threads, each of which only replaces what it knows; drawn by one."""

    held: dict[int, int] = field(default_factory=dict)
    """The keyboard's keys that are down, with their velocity."""
    values: dict[str, float] = field(default_factory=dict)
    """What was last sent to each parameter of the neuron."""
    synth: tuple[int, ...] = ()
    """The notes that the synth in Nallely sounds."""
    probes: dict[str, float] = field(default_factory=dict)
    """What each probe last received."""
    daw: dict[str, int] = field(default_factory=dict)
    """The controllers that the DAW has seen."""
    daw_notes: tuple[int, ...] = ()
    """The notes that the DAW hears."""
    counts: Counter[str] = field(default_factory=Counter)
    connected: bool = False
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=200))
    """One line for each note, oldest first."""

    def is_silent(self) -> bool:
        """Whether neither the synth nor the DAW has a note sounding."""
        return not self.synth and not self.daw_notes

    def saw(self, event: Event, effects: Sequence[Effect]) -> None:
        """The bridge did something about an event."""
        if isinstance(event, LinkUp):
            self.connected = True
        if isinstance(event, MidiReceived):
            self.counts["midi in"] += 1
            self._key(event.message)
        for effect in effects:
            if isinstance(effect, SendValue):
                self._sent(effect)
            elif isinstance(effect, SendMidi):
                self.counts["midi out"] += 1

    def heard(self, happening: Happening) -> None:
        """Something happened in the simulated Nallely."""
        if isinstance(happening, SynthNote):
            notes = set(self.synth) - {happening.note} | ({happening.note} if happening.on else set())
            self.synth = tuple(sorted(notes))
        elif isinstance(happening, ProbeValue):
            self.counts["values in"] += 1
            self.probes[happening.parameter] = happening.value

    def daw_heard(self, message: Sequence[int]) -> None:
        """A message arrived at the DAW."""
        kind, channel = message[0] & 0xF0, (message[0] & 0x0F) + 1
        if kind == midi.CONTROL_CHANGE:
            self.daw[f"CC {message[1]} on channel {channel}"] = message[2]
        elif kind in (midi.NOTE_ON, midi.NOTE_OFF):
            is_on = kind == midi.NOTE_ON and message[2] > 0
            notes = set(self.daw_notes) - {message[1]} | ({message[1]} if is_on else set())
            self.daw_notes = tuple(sorted(notes))
            word = "on " if is_on else "off"
            self.lines.append(f"demo.lead  -> DAW: note {word} {midi.note_name(message[1])} on channel {channel}")

    def _key(self, message: Sequence[int]) -> None:
        kind = message[0] & 0xF0
        if kind == midi.NOTE_ON and message[2]:
            self.held = {**self.held, message[1]: message[2]}
        elif kind in (midi.NOTE_ON, midi.NOTE_OFF):
            self.held = {note: velocity for note, velocity in self.held.items() if note != message[1]}

    def _sent(self, effect: SendValue) -> None:
        self.counts["values out"] += 1
        before = self.values.get(effect.parameter, 0.0)
        self.values[effect.parameter] = effect.value
        if effect.parameter.startswith("voice") and effect.value != before:
            note = midi.note_name(int(effect.value)) if effect.value else "silent"
            self.lines.append(f"keyboard   -> demo.{effect.parameter}: {note}")
