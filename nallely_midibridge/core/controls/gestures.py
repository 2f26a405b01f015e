"""What a hand on a control does to its parameter, by the control's mode.

Positions are 0-1, of the control as of the parameter.
"""

from abc import ABC, abstractmethod
from typing import Final

from nallely_midibridge.values.handling import Handling, Mode, Pickup, Sends

NEAR: Final = 3 / 128
"""How near a control has to come to its parameter to take over."""
PRESSED_FROM: Final = 0.5
"""A button is down from here up: 64 of 127, as the switches of the specification are (table III)."""


class Gesture(ABC):
    """One control's mode. ``is_pulse`` says that what `move` returned last ends by itself."""

    is_pulse = False

    @abstractmethod
    def move(self, reading: float, position: float) -> float | None:
        """Where the parameter goes from ``position`` on a reading of the control; None: nowhere."""

    def part(self, position: float) -> None:  # noqa: B027 (most modes do not mind)
        """Somebody else has moved the parameter to a position."""

    def forget(self) -> float | None:
        """The device may be another, or stand elsewhere. Where the parameter goes because of that; None: nowhere."""
        return None


class Absolute(Gesture):
    """The parameter stands where the control does."""

    def move(self, reading: float, position: float) -> float:
        return reading


class Relative(Gesture):
    """A reading is steps; the parameter goes on from where it is. ``places`` are how many positions there are, or 0."""

    def __init__(self, step: float, places: int) -> None:
        self._step = 1.0 / (places - 1) if places else step
        self._places = places

    def move(self, reading: float, position: float) -> float:
        return min(1.0, max(0.0, position + reading * self._step))


class Button(Gesture):
    """Presses and releases, out of what the device sends of them."""

    def __init__(self, sends: Sends) -> None:
        self._sends = sends
        self._is_down = False
        self.is_pulse = sends is not Sends.BOTH

    def move(self, reading: float, position: float) -> float | None:
        was_down, self._is_down = self._is_down, reading >= PRESSED_FROM
        if self._is_down or self._sends is Sends.TOGGLES:
            return self._press(position)
        return self._release() if was_down and self._sends is Sends.BOTH else None

    def forget(self) -> float | None:
        was_down, self._is_down = self._is_down, False
        return self._release() if was_down and self._sends is Sends.BOTH else None

    @abstractmethod
    def _press(self, position: float) -> float:
        """Where a press brings the parameter."""

    def _release(self) -> float | None:
        """Where a release does."""
        return None


class Toggle(Button):
    """Each press goes to the next of the places, and from the last to the first."""

    def __init__(self, sends: Sends, places: int) -> None:
        super().__init__(sends)
        self.is_pulse = False
        self._last = (places or 2) - 1

    def _press(self, position: float) -> float:
        place = round(position * self._last)
        return 0.0 if place == self._last else (place + 1) / self._last


class Momentary(Button):
    """High while it is held."""

    def _press(self, position: float) -> float:
        return 1.0

    def _release(self) -> float:
        return 0.0


class Crossing(Gesture):
    """The control is heeded from when it meets the parameter: comes near, or is seen on its other side.

    The second is what a fader moved fast needs, whose messages jump over the place.
    """

    def __init__(self) -> None:
        self._last: float | None = None
        self._has_met = False

    def move(self, reading: float, position: float) -> float | None:
        last, self._last = self._last, reading
        if not self._has_met:
            is_across = last is not None and (last - position) * (reading - position) <= 0.0
            self._has_met = is_across or abs(reading - position) <= NEAR
        return reading if self._has_met else None

    def part(self, position: float) -> None:
        self._has_met = self._has_met and self._last is not None and abs(self._last - position) <= NEAR

    def forget(self) -> None:
        self._last, self._has_met = None, False


class CatchingUp(Gesture):
    """From the first move on, what is left of the control's way covers what is left of the parameter's.

    Both arrive at an end together, and from there they go as one.
    """

    def __init__(self) -> None:
        self._last: float | None = None

    def move(self, reading: float, position: float) -> float | None:
        last, self._last = self._last, reading
        if last is None:
            return reading if abs(reading - position) <= NEAR else None
        if reading > last:
            return 1.0 - (1.0 - position) * ((1.0 - reading) / (1.0 - last))
        return position * (reading / last) if last else None

    def forget(self) -> None:
        self._last = None


def make_gesture(handling: Handling) -> Gesture:
    """What the mode of a control does."""
    places = len(handling.accepted)
    match handling.mode:
        case Mode.ABSOLUTE:
            return Absolute()
        case Mode.RELATIVE:
            return Relative(handling.step, places)
        case Mode.TOGGLE:
            return Toggle(handling.sends, places)
        case Mode.MOMENTARY:
            return Momentary(handling.sends)
        case Mode.PICKUP:
            return Crossing() if handling.pickup is Pickup.CROSS else CatchingUp()
