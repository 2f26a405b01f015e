"""What all groups of voices have in common: keys, pedals, the link, and the silence at the end."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final

from nallely_midibridge.core.table import Receiver
from nallely_midibridge.core.voices.key import KEYS, Key, Pedals
from nallely_midibridge.core.voices.voice import SILENCE, Companion, Schedule, Voice
from nallely_midibridge.values import midi
from nallely_midibridge.values.counts import VoiceCounts
from nallely_midibridge.values.effects import Effect, Report
from nallely_midibridge.values.mapping import VoiceBlock

Beside = Callable[[int], Sequence[Companion]]
"""The parameters beside the note of the voice of an index."""


Subscription = tuple[Receiver, int, Iterable[int]]
"""Who is told of a kind of message (a status without its channel) with these numbers."""

VOICE_CONTROLLERS: Final = (
    midi.SUSTAIN,
    midi.SOSTENUTO,
    midi.ALL_SOUND_OFF,
    midi.RESET_ALL_CONTROLLERS,
    *range(midi.ALL_NOTES_OFF, 128),
)


class Group(ABC):
    """The voices of one block. Every method takes the time and returns what to send, in order.

    ``stolen`` counts the notes that gave their voice to another.
    """

    def __init__(self, neuron: str, block: VoiceBlock, schedule: Schedule, beside: Beside = lambda index: ()) -> None:
        self.block = block
        self.stolen = 0
        self.neuron = neuron
        self._pedals = Pedals()
        self._linked = False
        self._said_unplayable = False
        self._velocities = bytes(_velocity(block, velocity) for velocity in range(128))
        loudnesses = [Companion(neuron, name, every=True) for name in block.velocities]
        self._voices = [
            Voice(neuron, name, block.retrigger_gap, schedule, loudness, beside(index))
            for index, (name, loudness) in enumerate(
                zip(block.voices, loudnesses or (None,) * len(block.voices), strict=True)
            )
        ]

    def subscriptions(self) -> Iterator[Subscription]:
        """What of the keyboard's messages the voices follow, on the block's channels."""
        zone = range(self.block.lowest, self.block.highest + 1)
        yield self.play, midi.NOTE_ON, zone
        yield self.play, midi.NOTE_OFF, zone
        yield self.control, midi.CONTROL_CHANGE, VOICE_CONTROLLERS

    # What the keyboard does.

    def play(self, message: Sequence[int], now: float) -> list[Effect]:
        """A note on or note off. A note on with velocity 0 is a note off (page 10 of the specification)."""
        status, note, velocity = message
        key = KEYS[status & 0x0F][note]
        if status & 0xF0 != midi.NOTE_ON or not velocity:
            return self._note_off(key, now)
        velocity = self._velocities[velocity]
        if not velocity:
            return []
        note += self.block.transpose
        if not 1 <= note <= midi.DATA_MAX:
            return self._unplayable(key)
        return self._note_on(key, note, velocity, now)

    def control(self, message: Sequence[int], now: float) -> list[Effect]:
        """A controller moves: pedals, and the messages that end all notes (tables III and IV)."""
        status, controller, value = message
        return self._control(status & 0x0F, controller, value, now)

    @abstractmethod
    def release(self, now: float, channel: int | None = None) -> list[Effect]:
        """Let go of every key and pedal, or of those of one channel."""

    # What the clock and the link do.

    @abstractmethod
    def wake(self, now: float) -> list[Effect]:
        """Start and end what is due."""

    def link_up(self, now: float) -> list[Effect]:
        """The session is there, and may have anything sounding: zero every voice, then sound what is held."""
        self._linked = True
        effects: list[Effect] = []
        for voice in self._voices:
            voice.linked = True
            effects += voice.zero(now)
            if voice.key is not None:
                effects += voice.start(now)
        return effects

    def link_down(self) -> None:
        """Nobody listens; keys are still followed, so that what is held then can sound."""
        self._linked = False
        for voice in self._voices:
            voice.unlink()

    def linked(self, parameters: Collection[str], now: float) -> list[Effect]:
        """Somebody new listens to these parameters: what sounds on their voices begins anew, for everybody.

        Those who listened before have the note already, and the same value again would end it: hence a zero first.
        """
        effects: list[Effect] = []
        for voice in self._voices:
            if voice.key is not None and voice.is_sounding and voice.is_about(parameters):
                effects += voice.zero(now)
                effects += voice.start(now)
        return effects

    def stop(self, now: float) -> list[Effect]:
        """Silence for good."""
        self._forget_keys()
        return [effect for voice in self._voices for effect in voice.silence(now)]

    def panic(self, now: float) -> list[Effect]:
        """Forget every key and pedal, and zero every voice, whatever it was sent last.

        What was sent is not believed here: somebody else may have played a voice of ours, or the session have missed
        something.
        """
        self._forget_keys()
        return [effect for voice in self._voices for effect in voice.zero(now)]

    @property
    def counts(self) -> VoiceCounts:
        """How many voices there are, are held, sound, and were stolen."""
        held = sum(voice.key is not None for voice in self._voices)
        sounding = sum(voice.sent != SILENCE for voice in self._voices)
        return VoiceCounts(len(self._voices), held, sounding, self.stolen)

    # For the kinds of groups.

    @abstractmethod
    def _note_on(self, key: Key, note: int, velocity: int, now: float) -> list[Effect]:
        """A key of the zone goes down, ``note`` is 1-127."""

    @abstractmethod
    def _note_off(self, key: Key, now: float) -> list[Effect]:
        """A key goes up."""

    @abstractmethod
    def _keys_down(self) -> Iterable[Key]:
        """The keys that fingers hold."""

    @abstractmethod
    def _release_unheld(self, channel: int, now: float) -> list[Effect]:
        """A pedal of a channel changed: let go of what nothing holds any more."""

    def _forget_keys(self) -> None:
        self._pedals.lift()
        for voice in self._voices:
            voice.key = None

    def _control(self, channel: int, controller: int, value: int, now: float) -> list[Effect]:
        if controller == midi.SUSTAIN:
            self._pedals.sustain(channel, value >= midi.PEDAL_DOWN)
        elif controller == midi.SOSTENUTO:
            self._pedals.sostenuto(channel, value >= midi.PEDAL_DOWN, self._keys_down())
        elif controller == midi.RESET_ALL_CONTROLLERS:
            self._pedals.lift(channel)
        elif controller == midi.ALL_SOUND_OFF or controller >= midi.ALL_NOTES_OFF:
            return self.release(now, channel)
        else:
            return []
        return self._release_unheld(channel, now)

    def _unplayable(self, key: Key) -> list[Effect]:
        if self._said_unplayable:
            return []
        self._said_unplayable = True
        return [
            Report(
                f"{self.neuron}.{self.block.name}: {midi.note_name(key.note)} cannot be played: with transpose "
                f"{self.block.transpose} it is note {key.note + self.block.transpose}, and a voice carries 1 to 127 "
                "(0 means off); said once"
            )
        ]


def _velocity(block: VoiceBlock, velocity: int) -> int:
    """The velocity 1-127 that a block's curve makes of one in its zone; 0 for others."""
    if not block.softest <= velocity <= block.loudest:
        return 0
    return 1 + round(126 * block.velocity_curve.bend((velocity - 1) / 126))
