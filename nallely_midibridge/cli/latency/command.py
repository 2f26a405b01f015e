"""The measurement from beginning to end."""

import json
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nallely_midibridge.cli.config import find_config
from nallely_midibridge.cli.latency.view import View
from nallely_midibridge.edges.backend import find_midi_system
from nallely_midibridge.edges.loop import Loop, round_trips
from nallely_midibridge.edges.port_loop import LAST_CHANNEL, UNDEFINED_CONTROLLER, PortLoop, Sent
from nallely_midibridge.edges.session_loop import BACK, NEURON, OUT, SessionLoop
from nallely_midibridge.edges.signals import Signals
from nallely_midibridge.mapping_file import load_file
from nallely_midibridge.values.address import bus_url, trevor_beside
from nallely_midibridge.values.errors import LoopError, MappingError
from nallely_midibridge.values.mapping import Bus
from nallely_midibridge.values.midi import note_number
from nallely_midibridge.values.round_trips import RoundTrips

PAUSES: Final = (0.005, 0.015)
"""Seconds between two, by chance: JACK carries messages in beats of its own, and each part of one is to be met."""
PLAIN: Final = Sent()
LOOK_EVERY: Final = 0.5
"""Seconds from one try to the next, while somebody makes the link."""


@dataclass(frozen=True, slots=True)
class Through:
    """What to measure through: two ports and what is sent, or else the session of an address or of a mapping file."""

    ports: tuple[str, str] | None = None
    sent: Sent = PLAIN
    bus: str | None = None
    config: Path | None = None


def through(
    ports: Sequence[str] | None,
    note: str | None,
    controller: int | None,
    channel: int | None,
    bus: str | None,
    config: Path | None,
) -> Through:
    """What a user asks for; the channel from 1. Raises LoopError where it does not go together."""
    if ports is None:
        for option, value in (("--note", note), ("--cc", controller), ("--channel", channel)):
            if value is not None:
                raise LoopError(f"{option} goes with --ports: through Nallely a value is sent, not MIDI")
        return Through(bus=bus, config=config)
    output, input_ = ports
    try:
        number = None if note is None else note_number(note)
    except ValueError as error:
        raise LoopError(f"--note {error}") from None
    sent = Sent(
        number,
        UNDEFINED_CONTROLLER if controller is None else controller,
        LAST_CHANNEL if channel is None else channel - 1,
    )
    return Through((output, input_), sent)


def latency(through: Through, count: int, as_json: bool) -> int:
    """Measure so many round trips, or fewer if a signal ends it, and print them; 1 when some were lost.

    Raises BridgeError where there is nothing to measure through.
    """
    with Signals() as signals, _ports(through) if through.ports else _session(through, signals) as loop:
        if loop is None:
            return 0
        trips = _measured(loop, count, signals, as_json)
    if as_json:
        print(json.dumps({"loop": loop.where, **trips.as_data()}), flush=True)
    return 1 if trips.lost else 0


def _measured(loop: Loop, count: int, signals: Signals, as_json: bool) -> RoundTrips:
    def stop() -> object:
        return signals.wait(random.uniform(*PAUSES))

    if as_json:
        trips = RoundTrips()
        for delay in round_trips(loop, count, stop):
            trips.add(delay)
        return trips
    with View(loop.where, count) as trips:
        for delay in round_trips(loop, count, stop):
            trips.add(delay)
    return trips


@contextmanager
def _ports(through: Through) -> Iterator[Loop]:
    assert through.ports is not None
    system = find_midi_system()
    try:
        output, input_ = through.ports
        with PortLoop(system, output, input_, through.sent) as loop:
            yield loop
    finally:
        system.close()


@contextmanager
def _session(through: Through, signals: Signals) -> Iterator[Loop | None]:
    """None when a signal comes before the two are linked."""
    bus, trevor = _addresses(through)
    with SessionLoop(bus, trevor) as loop:
        yield loop if loop.is_linked or _linked_by_hand(loop, signals) else None


def _addresses(through: Through) -> tuple[Bus, Bus | None]:
    """The session that is named, or the first of the mapping file, or the one on this machine."""
    if through.bus is None:
        try:
            file = through.config or find_config()
        except MappingError:
            return _of(None)
        neuron = load_file(file).neurons[0]
        return neuron.bus, neuron.trevor
    return _of(through.bus)


def _of(address: str | None) -> tuple[Bus, Bus | None]:
    try:
        url = bus_url(address)
    except ValueError as error:
        raise LoopError(str(error)) from None
    trevor = trevor_beside(url)
    return Bus(url), Bus(trevor) if trevor else None


def _linked_by_hand(loop: SessionLoop, signals: Signals) -> bool:
    print(
        f"Trevor does not answer, so link {NEURON}_{OUT} to {NEURON}_{BACK} in Nallely, without scaling; waiting, "
        "Ctrl-C ends it",
        file=sys.stderr,
    )
    number = 0
    while loop.once(number) is None:
        number += 1
        if signals.wait(LOOK_EVERY):
            return False
    return True
