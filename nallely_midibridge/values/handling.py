"""How a control is handled: what a hand does to it, and what the parameter makes of that."""

from dataclasses import dataclass
from enum import Enum


class Mode(Enum):
    """What a control's messages say.

    * ``ABSOLUTE``: where it stands.
    * ``RELATIVE``: how far it was turned; an endless encoder.
    * ``TOGGLE``: each press turns the parameter from one end of its range to the other.
    * ``MOMENTARY``: the parameter is at its high end while the control is held. For pads that only toggle, or only
      send presses, each press is a press and a release.
    * ``PICKUP``: where it stands, but heeded only from when it has met the parameter's value (soft takeover).
    """

    ABSOLUTE = "absolute"
    RELATIVE = "relative"
    TOGGLE = "toggle"
    MOMENTARY = "momentary"
    PICKUP = "pickup"


class Encoding(Enum):
    """How an endless encoder spells a turn by n steps, n up to 63 (1 the slowest).

    * ``TWOS_COMPLEMENT``: n and 128 - n.
    * ``OFFSET``: 64 + n and 64 - n, "binary offset".
    * ``SIGN_BIT``: n and 64 + n, "signed bit".
    """

    TWOS_COMPLEMENT = "twos-complement"
    OFFSET = "offset"
    SIGN_BIT = "sign-bit"


class Pickup(Enum):
    """How a control that stands elsewhere takes over.

    * ``CROSS``: nothing happens until it reaches or crosses the parameter's value.
    * ``SCALE``: from the first move, the way that is left on the control covers the way left in the range.
    """

    CROSS = "cross"
    SCALE = "scale"


class Sends(Enum):
    """What a button sends.

    * ``BOTH``: presses and releases.
    * ``PRESSES``: presses only.
    * ``TOGGLES``: on at one press and off at the next; the device keeps the state by itself.
    """

    BOTH = "both"
    PRESSES = "presses"
    TOGGLES = "toggles"


class LightsOff(Enum):
    """How a pad's light is put out."""

    NOTE_OFF = "note-off"
    VELOCITY_0 = "velocity-0"


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the device is told of the parameter's value, at its source's own place on the port.

    * ``repeat``: again every so many seconds, for a device that forgets; None: only when it changes.
    * ``after_release``: again when a button goes up, for a device that puts its light out by itself.
    * ``on`` and ``off`` are what a light's message carries at the two ends, 0-127: a colour as a rule.
    * ``lights_off`` is how a note's light is put out.
    """

    repeat: float | None = None
    after_release: bool = False
    on: int = 127
    off: int = 0
    lights_off: LightsOff = LightsOff.VELOCITY_0


@dataclass(frozen=True, slots=True)
class Handling:
    """One control.

    * ``encoding`` and ``step`` are for `Mode.RELATIVE`; ``step`` is the share of the range, above 0 up to 1, that a
      turn by one covers. The encoder's own acceleration, turns by more than one, is kept.
    * ``pickup`` is for `Mode.PICKUP`, and ``sends`` for `Mode.TOGGLE` and `Mode.MOMENTARY`.
    * ``accepted`` are the only values that the parameter takes, evenly spread over the control; () is any value. An
      encoder goes from one to the next with each step, and a toggle with each press.
    * ``deadband`` is the share of the control's way, 0-1, by which it must move to count.
    * ``smooth`` is the time constant in seconds with which the parameter follows; 0: at once.
    * ``rate`` is how many values a second are sent at most; None: all.
    * ``feedback`` is what the device is told; None: nothing.
    """

    mode: Mode = Mode.ABSOLUTE
    encoding: Encoding = Encoding.TWOS_COMPLEMENT
    step: float = 1 / 127
    pickup: Pickup = Pickup.CROSS
    accepted: tuple[float, ...] = ()
    deadband: float = 0.0
    smooth: float = 0.0
    rate: float | None = None
    feedback: Feedback | None = None
    sends: Sends = Sends.BOTH


PLAIN = Handling()
"""A control that says where it stands, and a parameter that follows at once."""

STANDING = (Mode.ABSOLUTE, Mode.PICKUP)
"""The modes of a control that says where it stands."""
BUTTONS = (Mode.TOGGLE, Mode.MOMENTARY)
"""The modes of a control that is pressed."""
