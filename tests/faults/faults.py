"""Every fault there is, as a function of the stage. It returns when the cause is gone; being back may take longer."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from nallely_midibridge.values.errors import MidiSystemError, PortError
from nallely_midibridge.values.events import Direction
from tests.faults.devices import KEYS, OTHER, SYNTH
from tests.faults.stage import Stage

CLOCK, ACTIVE_SENSING = (0xF8,), (0xFE,)
CLOCKS: Final = 200
CLOCK_EVERY: Final = 0.001
"""Seconds: a thousand a second."""
MIDI_GARBAGE: Final = (
    (),
    (60,),
    (60, 100),
    (0x90,),
    (0x90, 60),
    (0x80, 60),
    (0xB0, 64),
    (0xB0, 74),
    (0xE0, 5),
    (0xD0,),
    (0x90, 60, 100, 64),
    (0x90, 200, 100),
    (0x90, 60, 200),
    (0xB0, 74, 128),
    (0xF1, 3),
    (0xF2, 1, 2),
    (0xF3, 1),
    (0xF4,),
    (0xF5,),
    (0xF6,),
    (0xFA,),
    (0xFC,),
    (0xFF,),
    (0xF0, 1, 2),
    (0xF7,),  # or RtMidi on JACK would take whatever follows for more of the system exclusive message
    ACTIVE_SENSING,
    CLOCK,
)
"""Running status, cut messages, broken data bytes, system messages; none of it is a note, a pedal or a knob."""


class Side(Enum):
    """What a fault is done to. Two at once are done to different ones."""

    DEVICES = "devices"
    NETWORK = "network"
    SESSION = "session"
    BRIDGE = "bridge"


@dataclass(frozen=True, slots=True)
class Fault:
    """``name`` is what people call it."""

    name: str
    side: Side
    happen: Callable[[Stage], None]


# Devices.


def input_pulled(stage: Stage) -> None:
    stage.devices.pull(KEYS)
    stage.wait_for(lambda: not stage.tap.is_open(Direction.INPUT, KEYS), "the keyboard is missed")
    stage.play_on()
    stage.devices.plug(KEYS)


def output_pulled(stage: Stage) -> None:
    stage.devices.pull(SYNTH)
    stage.wait_for(lambda: not stage.tap.is_open(Direction.OUTPUT, SYNTH), "the synth is missed")
    stage.play_on()
    stage.devices.plug(SYNTH)


def both_pulled(stage: Stage) -> None:
    stage.devices.pull(KEYS)
    stage.devices.pull(SYNTH)
    stage.wait_for(lambda: not stage.tap.is_open(Direction.INPUT, KEYS), "the keyboard is missed")
    stage.wait_for(lambda: not stage.tap.is_open(Direction.OUTPUT, SYNTH), "the synth is missed")
    stage.play_on()
    stage.devices.plug(SYNTH)
    stage.play_on(0.2)
    stage.devices.plug(KEYS)


def other_put_back(stage: Stage) -> None:
    """Another device of the same kind comes in place of each, and later the first one again."""
    for suffix in (OTHER, ""):
        stage.devices.pull(KEYS)
        stage.devices.pull(SYNTH)
        stage.wait_for(lambda: not stage.tap.is_open(Direction.INPUT, KEYS), "the keyboard is missed")
        stage.wait_for(lambda: not stage.tap.is_open(Direction.OUTPUT, SYNTH), "the synth is missed")
        stage.devices.plug(KEYS, suffix)
        stage.devices.plug(SYNTH, suffix)
        stage.play_on()


def replugged_at_once(stage: Stage) -> None:
    """Faster than anybody looks."""
    stage.devices.pull(KEYS)
    stage.devices.plug(KEYS)
    stage.play_on()
    stage.devices.pull(SYNTH)
    stage.devices.plug(SYNTH)
    stage.play_on()


def midi_system_gone(stage: Stage) -> None:
    stage.tap.is_gone = MidiSystemError("the MIDI system is gone, as a test wants it")
    stage.wait_for(lambda: not stage.tap.open, "the MIDI system is missed")
    stage.play_on()
    stage.tap.is_gone = None


def send_refused(stage: Stage) -> None:
    """The MIDI system takes nothing more for a while, as one does whose buffer is full."""
    _fail_sends(stage, lambda: PortError("the port does not take a message, as a test wants it"))


def send_raised(stage: Stage) -> None:
    """Something that no MIDI library documents."""
    _fail_sends(stage, lambda: ZeroDivisionError("in a MIDI library, as a test wants it"))


def _fail_sends(stage: Stage, error: Callable[[], Exception]) -> None:
    before = stage.tap.refusals
    stage.tap.send_fails = error
    stage.wait_for(lambda: stage.tap.refusals >= before + 5, "sends fail")
    stage.tap.send_fails = None


def midi_garbage(stage: Stage) -> None:
    play = stage.devices.play
    for message in MIDI_GARBAGE:
        play(message)
    play((0xF0, *[1] * (stage.devices.longest - 2), 0xF7))
    for _ in range(CLOCKS):
        play(CLOCK)
        play(ACTIVE_SENSING)
        time.sleep(CLOCK_EVERY)
    for message in MIDI_GARBAGE:
        play(message)


# Network.


def refused(stage: Stage) -> None:
    with stage.link_lost("refused"):
        stage.far.refuse()
        stage.far.cut()
    stage.play_on()
    stage.far.admit()


def reset(stage: Stage) -> None:
    with stage.link_lost("reset"):
        stage.far.cut()


def half_open(stage: Stage) -> None:
    """A cable pulled: neither side hears another word, and no FIN."""
    with stage.link_lost("half open"):
        stage.far.go_dark()
    stage.play_on()
    stage.far.go_light()


def unresolved(stage: Stage) -> None:
    """The name server forgets the host."""
    stage.resolver.is_known = False
    with stage.link_lost("reset"):
        stage.far.cut()
    asked = stage.resolver.asked
    stage.wait_for(lambda: stage.resolver.asked > asked, "the name is asked for")
    stage.play_on()
    stage.resolver.is_known = True


def stalled(stage: Stage) -> None:
    """The session takes nothing, but goes on talking; then it takes everything."""
    stage.far.stop_reading()
    stage.play_on(3)
    stage.far.read_on()


def stalled_both_ways(stage: Stage) -> None:
    """The session neither listens nor talks, for less time than it is given."""
    stage.far.stop_reading(both=True)
    stage.play_on()
    stage.far.read_on()


# Session.


def closed(stage: Stage) -> None:
    with stage.link_lost("closed"):
        stage.far.close_clients(1000)


def failed(stage: Stage) -> None:
    with stage.link_lost("closed"):
        stage.far.close_clients(1011)


def restarted(stage: Stage) -> None:
    with stage.link_lost("ended"):
        stage.far.stop_bus()
    stage.play_on()
    stage.far.start_bus()


def killed(stage: Stage) -> None:
    with stage.link_lost("ended"):
        stage.far.stop_bus(abruptly=True)
    stage.play_on()
    stage.far.start_bus()


def reset_all(stage: Stage) -> None:
    with stage.link_lost("reset_all"):
        stage.far.reset_all()


def bus_garbage(stage: Stage) -> None:
    stage.far.send_garbage()
    stage.play_on()
    stage.far.send_garbage()


def protocol_broken(stage: Stage) -> None:
    with stage.link_lost("nonsense"):
        stage.far.break_protocol()


# Bridge.


def stopped(stage: Stage) -> None:
    """What SIGTERM does, in the middle of it all; then it is started again."""
    was_linked = stage.is_linked
    stage.stop_bridge()
    if was_linked:
        stage.must_be_silent()
    stage.play_on()
    stage.start_bridge()


def started_too_early(stage: Stage) -> None:
    """Before the session, the devices and the name server are there."""
    stage.stop_bridge()
    stage.resolver.is_known = False
    stage.start_bridge()
    stage.play_on()
    stage.far.refuse()
    stage.resolver.is_known = True
    stage.play_on()
    stage.far.admit()


def wide_gone(stage: Stage) -> None:
    """The mapping loses the voices of one channel, and gets them back."""
    stage.excuse("wide")
    since = time.monotonic()
    _change(stage, "wide")
    stage.must_be_silent("wide")
    stage.play_on()
    _change(stage)
    stage.excuse_notes(since)


def narrow_gone(stage: Stage) -> None:
    """Voices and a knob go, a parameter and another channel come, and back; the rest plays on undisturbed."""
    stage.excuse("narrow", "cutoff")
    _change(stage, "narrow and knob")
    stage.must_be_silent("narrow")
    stage.play_on()
    _change(stage)


def port_gone(stage: Stage) -> None:
    """The mapping loses a port with its routes, and gets it back."""
    _change(stage, "daw")
    stage.wait_for(lambda: not stage.tap.is_open(Direction.OUTPUT, "Nallely"), "the port is closed")
    stage.play_on()
    _change(stage)


def reloaded(stage: Stage) -> None:
    """The mapping is read again and says what it said."""
    for _ in range(5):
        _change(stage)
        stage.play_on(0.1)


def _change(stage: Stage, without: str = "") -> None:
    assert stage.bridge is not None
    stage.bridge.change(stage.mapping(without))


FAULTS: Final = (
    Fault("input pulled", Side.DEVICES, input_pulled),
    Fault("output pulled", Side.DEVICES, output_pulled),
    Fault("both pulled", Side.DEVICES, both_pulled),
    Fault("another device put back", Side.DEVICES, other_put_back),
    Fault("replugged at once", Side.DEVICES, replugged_at_once),
    Fault("MIDI system gone", Side.DEVICES, midi_system_gone),
    Fault("MIDI send refused", Side.DEVICES, send_refused),
    Fault("MIDI send raises", Side.DEVICES, send_raised),
    Fault("garbage from MIDI", Side.DEVICES, midi_garbage),
    Fault("connection refused", Side.NETWORK, refused),
    Fault("connection reset", Side.NETWORK, reset),
    Fault("half-open connection", Side.NETWORK, half_open),
    Fault("host name unknown", Side.NETWORK, unresolved),
    Fault("session does not read", Side.NETWORK, stalled),
    Fault("session hangs", Side.NETWORK, stalled_both_ways),
    Fault("closed with 1000", Side.SESSION, closed),
    Fault("closed with 1011", Side.SESSION, failed),
    Fault("session restarted", Side.SESSION, restarted),
    Fault("session killed", Side.SESSION, killed),
    Fault("reset_all", Side.SESSION, reset_all),
    Fault("garbage from the bus", Side.SESSION, bus_garbage),
    Fault("protocol broken", Side.SESSION, protocol_broken),
    Fault("bridge stopped", Side.BRIDGE, stopped),
    Fault("bridge started too early", Side.BRIDGE, started_too_early),
    Fault("voices gone from the mapping", Side.BRIDGE, wide_gone),
    Fault("routes changed", Side.BRIDGE, narrow_gone),
    Fault("port gone from the mapping", Side.BRIDGE, port_gone),
    Fault("mapping read again", Side.BRIDGE, reloaded),
)
