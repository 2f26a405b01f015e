"""What comes back of values in several messages, and of clock and transport: no echo is input, no hand is torn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.core.echo import ECHO_WITHIN, Echo
from nallely_midibridge.values.destination import Destination, DestinationKind
from nallely_midibridge.values.midi import MidiMessage
from tests.probe_bench import ProbeBench, route

NRPN_A, NRPN_B = Destination("out", DestinationKind.NRPN, 5), Destination("out", DestinationKind.NRPN, 300)
PAIR = Destination("out", DestinationKind.CC14, 1, fine=33)
LATER = 0.01


def nrpn(number: int, value: int, *, select: bool = True) -> list[MidiMessage]:
    selection = [(0xB0, 99, number >> 7), (0xB0, 98, number & 0x7F)] if select else []
    return [*selection, (0xB0, 6, value >> 7), (0xB0, 38, value & 0x7F)]


def pair(value: int) -> list[MidiMessage]:
    return [(0xB0, 1, value >> 7), (0xB0, 33, value & 0x7F)]


class Port:
    """What a port was sent and what came in on it, at a time that is moved by hand."""

    def __init__(self, *destinations: Destination) -> None:
        self.echo = Echo(frozenset(destinations))
        self.now = 100.0

    def send(self, messages: list[MidiMessage]) -> None:
        for message in messages:
            self.echo.sent(message, self.now)

    def take(self, messages: list[MidiMessage]) -> list[MidiMessage]:
        """Those of the messages that came in that are no echo."""
        return [message for message in messages if not self.echo.is_echo(message, self.now)]


@given(st.lists(st.integers(0, 16383), min_size=1, max_size=40), st.sampled_from([NRPN_A, PAIR]))
def test_what_a_thru_sends_back_moves_nothing(values: list[int], destination: Destination) -> None:
    kind, fine = destination.kind, destination.fine
    bench = ProbeBench(route("q", kind, destination.number, fine=fine))
    port = Port(destination)
    for value in values:
        messages = bench.value("q", value / 16383)
        port.send(messages)
        port.now += LATER
        assert [message for message in port.take(messages) if message[1] not in (98, 99)] == []


def test_a_hand_on_one_parameter_is_heard_while_another_is_modulated() -> None:
    port = Port(NRPN_A, NRPN_B)
    for value in range(0, 16384, 64):
        port.send(nrpn(5, value))
    assert port.take(nrpn(300, 64)) == nrpn(300, 64)
    assert port.take(nrpn(300, 70, select=False)) == nrpn(300, 70, select=False)


def test_a_hand_on_a_channel_without_parameters_may_use_data_entry() -> None:
    port = Port(NRPN_A)
    port.send(nrpn(5, 64))
    assert port.take([(0xB1, 6, 0), (0xB1, 38, 64)]) == [(0xB1, 6, 0), (0xB1, 38, 64)]


def test_what_selects_a_parameter_is_never_an_echo() -> None:
    port = Port(NRPN_A, NRPN_B)
    port.send(nrpn(5, 700))
    assert port.take(nrpn(5, 700)) == nrpn(5, 700)[:2]
    # Else this would be taken for the parameter that the device had selected before.
    assert port.take(nrpn(5, 5000)) == nrpn(5, 5000)


@pytest.mark.parametrize("echo", [[], pair(700)])
def test_the_halves_of_a_value_are_taken_together_or_not_at_all(echo: list[MidiMessage]) -> None:
    """Law: after a coarse half that is no input, its fine half is none; after one that is, it is."""
    port = Port(PAIR)
    port.send(pair(700))
    port.take(echo)
    assert port.take(pair(700 + 60)) == []
    assert port.take(pair(9000)) == pair(9000)
    port.send(pair(700))
    assert port.take(pair(9000 + 5 * 128)) == pair(9000 + 5 * 128)


def test_a_fine_half_alone_is_an_echo_by_its_value() -> None:
    port = Port(PAIR)
    port.send(pair(700)[1:])
    assert port.take(pair(700)[1:]) == []
    assert port.take(pair(720)[1:]) == pair(720)[1:]


def test_a_hand_on_the_fine_half_may_run_through_it() -> None:
    port = Port(PAIR)
    port.take(pair(9000))
    for value in range(9000, 9080):
        port.send(pair(value)[1:])
    assert port.take(pair(9040)[1:]) == pair(9040)[1:]


@pytest.mark.parametrize("status", [0xF8, 0xFA])
def test_clock_and_transport_come_back_too(status: int) -> None:
    port = Port(Destination("out", DestinationKind.CLOCK))
    port.send([(status,)])
    port.now += LATER
    assert port.take([(status,)]) == []
    port.now += ECHO_WITHIN
    assert port.take([(status,)]) == [(status,)]
    assert port.take([(0xFB,)]) == [(0xFB,)]


def test_a_stop_is_never_an_echo() -> None:
    port = Port(Destination("out", DestinationKind.TRANSPORT))
    port.send([(0xFC,)])
    assert port.take([(0xFC,)]) == [(0xFC,)]
