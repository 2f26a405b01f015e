"""Voices for an MPE keyboard: each key has a channel of its own, and its own bend, pressure and timbre with it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from nallely_midibridge.core.voices.group import Subscription
from nallely_midibridge.core.voices.key import Key
from nallely_midibridge.core.voices.polyphonic import Polyphonic
from nallely_midibridge.core.voices.voice import Companion, Schedule, Voice
from nallely_midibridge.core.voices.zones import Zone, Zones
from nallely_midibridge.values import midi
from nallely_midibridge.values.effects import Effect
from nallely_midibridge.values.mapping import Mpe, VoiceBlock

PARAMETERS: Final = (midi.DATA_ENTRY, midi.DATA_ENTRY_FINE, midi.NRPN_FINE, midi.NRPN, midi.RPN_FINE, midi.RPN)


class _Touch:
    """What a channel's fingers do: bend -1 to 1, pressure and timbre 0 to 1."""

    __slots__ = ("bend", "pressure", "timbre")

    def __init__(self) -> None:
        self.bend = 0.0
        self.pressure = 0.0
        self.timbre: float | None = None


class _Expression:
    """The parameters beside one voice's note; each may be left out."""

    __slots__ = ("bend", "pressure", "timbre")

    def __init__(self, neuron: str, mpe: Mpe, index: int) -> None:
        self.bend, self.pressure, self.timbre = (
            Companion(neuron, names[index]) if names else None for names in (mpe.bends, mpe.pressures, mpe.timbres)
        )

    @property
    def companions(self) -> list[Companion]:
        return [companion for companion in (self.bend, self.pressure, self.timbre) if companion is not None]


class MpeVoices(Polyphonic):
    """A master channel's pedals, bend, pressure and timbre are for every key of its zone."""

    def __init__(self, neuron: str, block: VoiceBlock, mpe: Mpe, schedule: Schedule) -> None:
        self._mpe = mpe
        self._expressions = [_Expression(neuron, mpe, index) for index in range(len(block.voices))]
        super().__init__(neuron, block, schedule, lambda index: self._expressions[index].companions)
        self._expression_of = dict(zip(self._voices, self._expressions, strict=True))
        self._zones = Zones(mpe.lower, mpe.upper, mpe.bend_range)
        self._touches = [_Touch() for _ in midi.CHANNELS]

    def subscriptions(self) -> Iterator[Subscription]:
        yield from super().subscriptions()
        yield self.touch, midi.PITCH_BEND, (0,)
        yield self.touch, midi.CHANNEL_PRESSURE, (0,)
        yield self.touch, midi.CONTROL_CHANGE, (midi.TIMBRE,)
        yield self.configure, midi.CONTROL_CHANGE, PARAMETERS

    def touch(self, message: Sequence[int], now: float) -> list[Effect]:
        """A finger bends, presses or slides."""
        channel = message[0] & 0x0F
        zone = self._zones.zone(channel)
        if zone is None:
            return []
        touch = self._touches[channel]
        kind = message[0] & 0xF0
        if kind == midi.PITCH_BEND:
            touch.bend = 2 * midi.bend_position(message[1] | message[2] << 7) - 1
        elif kind == midi.CHANNEL_PRESSURE:
            touch.pressure = message[1] / midi.DATA_MAX
        else:
            touch.timbre = message[2] / midi.DATA_MAX
        return self._express(zone, zone.channels if channel == zone.master else (channel,))

    def configure(self, message: Sequence[int], now: float) -> list[Effect]:
        """The keyboard announces its zones or bend ranges. With other zones nothing that was held counts."""
        if self._zones.control(message):
            return self.release(now)
        zone = self._zones.zone(message[0] & 0x0F)
        return self._express(zone, zone.channels) if zone else []

    def release(self, now: float, channel: int | None = None) -> list[Effect]:
        if channel is None:
            self._touches = [_Touch() for _ in midi.CHANNELS]
        return super().release(now, channel)

    def _note_on(self, key: Key, note: int, velocity: int, now: float) -> list[Effect]:
        return super()._note_on(key, note, velocity, now) if self._zones.zone(key.channel) else []

    def _give(self, voice: Voice, key: Key, note: int, velocity: int, now: float) -> list[Effect]:
        """A voice begins with what its channel's finger does already."""
        zone = self._zones.zone(key.channel)
        if zone is not None:
            self._aim(self._expression_of[voice], zone, key.channel)
        return super()._give(voice, key, note, velocity, now)

    def _control(self, channel: int, controller: int, value: int, now: float) -> list[Effect]:
        zone = self._zones.zone(channel)
        channels = zone.channels if zone is not None and channel == zone.master else (channel,)
        control = super()._control
        effects = [effect for each in channels for effect in control(each, controller, value, now)]
        if zone is not None and controller == midi.RESET_ALL_CONTROLLERS:
            effects += self._reset(zone, channels)
        return effects

    def _reset(self, zone: Zone, channels: Iterable[int]) -> list[Effect]:
        """Bend, pressure and the selected parameter go back to their rest, and the timbre stays (RP-015)."""
        for channel in channels:
            self._zones.deselect(channel)
            self._touches[channel].bend = self._touches[channel].pressure = 0.0
        return self._express(zone, channels)

    def _express(self, zone: Zone, channels: Iterable[int]) -> list[Effect]:
        """Bring the voices of these channels up to date; one that still waits for its gap is told with its note."""
        effects: list[Effect] = []
        for key, voice in self._by_key.items():
            if key.channel in channels:
                expression = self._expression_of[voice]
                self._aim(expression, zone, key.channel)
                if voice.is_sounding:
                    effects += [effect for companion in expression.companions for effect in companion.send()]
        return effects

    def _aim(self, expression: _Expression, zone: Zone, channel: int) -> None:
        """A member's bend adds to its master's; of pressures the stronger counts, of timbres the member's own."""
        own, common = self._touches[channel], self._touches[zone.master]
        if expression.bend is not None:
            bend = common.bend * zone.master_bend_range + (channel != zone.master) * own.bend * zone.bend_range
            expression.bend.value = max(-self._mpe.bend_range, min(self._mpe.bend_range, bend))
        if expression.pressure is not None:
            expression.pressure.value = max(own.pressure, common.pressure)
        if expression.timbre is not None:
            timbres = (own.timbre, common.timbre, TIMBRE_AT_REST)
            expression.timbre.value = next(timbre for timbre in timbres if timbre is not None)


TIMBRE_AT_REST: Final = 64 / 127
"""A keyboard that never sent a timbre has it in the middle (section 2.5 of the MPE specification)."""
