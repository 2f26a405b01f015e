"""What a MIDI device makes of the bytes it is sent, after the MIDI 1.0 Detailed Specification (4.2.1).

Devices differ in what they keep: of a pair, the fine half when a coarse one comes; of data entry, the halves by
parameter or the last ones by channel. A `Receiver` is made for one of these habits.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from nallely_midibridge.values.midi import MidiMessage

Parameter = tuple[str, int]
"""``nrpn`` or ``rpn``, and the number."""


@dataclass
class Channel:
    """What one channel has."""

    controllers: dict[int, int] = field(default_factory=dict)
    notes: dict[int, int] = field(default_factory=dict)
    """Velocities of what sounds."""
    begun: set[int] = field(default_factory=set)
    """Notes that have sounded."""
    selected: tuple[str, int, int] | None = None
    """``nrpn`` or ``rpn``, and the halves of the number."""
    entered: dict[object, tuple[int, int]] = field(default_factory=dict)
    """Data entry, by parameter or all under one key: the halves of the value."""
    parameters: dict[Parameter, tuple[int, int]] = field(default_factory=dict)
    single: dict[object, int] = field(default_factory=dict)
    """Bend, pressure and program by their kind, and the pressure of notes by their number."""


class Receiver:
    """A device that has just been switched on."""

    def __init__(self, resets_fine: bool = True, keeps_by_parameter: bool = True) -> None:
        self.resets_fine = resets_fine
        self.keeps_by_parameter = keeps_by_parameter
        self.channels = [Channel() for _ in range(16)]
        self.clocks = 0
        self.runs = False

    def receive(self, message: MidiMessage) -> None:
        status, *data = message
        if status >= 0xF0:
            self._system(status)
        else:
            _KINDS[status & 0xF0](self, self.channels[status & 0x0F], *data)

    def pair(self, channel: int, coarse: int, fine: int) -> int | None:
        """The value of a coarse and a fine controller, if both halves are known."""
        controllers = self.channels[channel].controllers
        if coarse not in controllers or fine not in controllers:
            return None
        return controllers[coarse] << 7 | controllers[fine]

    def parameter(self, channel: int, kind: str, number: int) -> int | None:
        """The value of a parameter number, if it has one."""
        halves = self.channels[channel].parameters.get((kind, number))
        return None if halves is None else halves[0] << 7 | halves[1]

    @property
    def sounding(self) -> list[tuple[int, int]]:
        """Channel and note of what sounds."""
        return [(number, note) for number, channel in enumerate(self.channels) for note in channel.notes]

    def _system(self, status: int) -> None:
        match status:
            case 0xF8:
                self.clocks += 1
            case 0xFA:
                self.runs = True
            case 0xFC:
                self.runs = False
            case _:
                raise AssertionError(f"{status:02X} was not to be expected")

    def _note_on(self, channel: Channel, note: int, velocity: int) -> None:
        assert velocity > 0
        channel.begun.add(note)
        assert note not in channel.notes, "a note that sounds already"
        channel.notes[note] = velocity

    def _note_off(self, channel: Channel, note: int, _: int) -> None:
        if note not in channel.begun:
            return  # whoever plays it may have lost a device that sounded
        assert note in channel.notes, "an end of what does not sound"
        del channel.notes[note]

    def _control(self, channel: Channel, number: int, value: int) -> None:
        channel.controllers[number] = value
        if number < 32 and self.resets_fine:
            channel.controllers[number + 32] = 0
        if number in (98, 99, 100, 101):
            self._select(channel, number, value)
        elif number in (6, 38) and channel.selected is not None:
            self._enter(channel, number, value)

    def _select(self, channel: Channel, number: int, value: int) -> None:
        kind = "nrpn" if number in (98, 99) else "rpn"
        before, coarse, fine = channel.selected or (kind, 0, 0)
        if before != kind:
            coarse = fine = 0
        channel.selected = (kind, value, fine) if number in (99, 101) else (kind, coarse, value)

    def _enter(self, channel: Channel, number: int, value: int) -> None:
        assert channel.selected is not None
        kind, *halves = channel.selected
        parameter = (kind, halves[0] << 7 | halves[1])
        register = parameter if self.keeps_by_parameter else None
        coarse, fine = channel.entered.get(register, (0, 0))
        if number == 38:
            fine = value
        else:
            coarse, fine = value, 0 if self.resets_fine else fine
        channel.entered[register] = channel.parameters[parameter] = (coarse, fine)

    def _poly_pressure(self, channel: Channel, note: int, value: int) -> None:
        channel.single[note] = value

    def _bend(self, channel: Channel, fine: int, coarse: int) -> None:
        channel.single["bend"] = coarse << 7 | fine

    def _pressure(self, channel: Channel, value: int) -> None:
        channel.single["pressure"] = value

    def _program(self, channel: Channel, value: int) -> None:
        channel.single["program"] = value


_KINDS: dict[int, Callable[..., None]] = {
    0x80: Receiver._note_off,
    0x90: Receiver._note_on,
    0xA0: Receiver._poly_pressure,
    0xB0: Receiver._control,
    0xC0: Receiver._program,
    0xD0: Receiver._pressure,
    0xE0: Receiver._bend,
}
