"""Laws of probes that have a position: what a device makes of their messages is what the probe has."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.core.smoothing import NEAR, STEP
from nallely_midibridge.values.destination import DestinationKind
from nallely_midibridge.values.events import LinkDown, Stopped
from nallely_midibridge.values.mapping import ProbeRoute
from nallely_midibridge.values.midi import MidiMessage
from nallely_midibridge.values.scale import Curve, Scale
from tests.probe_bench import NEURON, PORT, ProbeBench, route
from tests.receiver import Receiver

COARSE, FINE = 1 << 7, 1
TOP = 16383


def share(number: int) -> float:
    """The position of a 14-bit number."""
    return number / TOP


# What is sent, message by message.

CC14 = route("q", DestinationKind.CC14, 1, fine=33)
NRPN = route("q", DestinationKind.NRPN, 300)
RPN = route("q", DestinationKind.RPN, 1)

SELECT_300 = [(0xB0, 99, 2), (0xB0, 98, 44)]
SELECT_RPN_1 = [(0xB0, 101, 0), (0xB0, 100, 1)]


@pytest.mark.parametrize(
    ("numbers", "messages"),
    [
        ([5 * COARSE + 7], [(0xB0, 1, 5), (0xB0, 33, 7)]),
        ([5 * COARSE], [(0xB0, 1, 5), (0xB0, 33, 0)]),
        ([5 * COARSE + 7, 5 * COARSE + 7], [(0xB0, 1, 5), (0xB0, 33, 7)]),
        ([5 * COARSE + 7, 5 * COARSE + 8], [(0xB0, 1, 5), (0xB0, 33, 7), (0xB0, 33, 8)]),
        ([5 * COARSE + 7, 6 * COARSE + 7], [(0xB0, 1, 5), (0xB0, 33, 7), (0xB0, 1, 6), (0xB0, 33, 7)]),
        ([5 * COARSE + 7, 6 * COARSE], [(0xB0, 1, 5), (0xB0, 33, 7), (0xB0, 1, 6), (0xB0, 33, 0)]),
        ([5 * COARSE, 6 * COARSE], [(0xB0, 1, 5), (0xB0, 33, 0), (0xB0, 1, 6)]),
        ([0, TOP], [(0xB0, 1, 0), (0xB0, 33, 0), (0xB0, 1, 127), (0xB0, 33, 127)]),
    ],
)
def test_of_a_pair_only_what_a_device_may_not_have_is_sent(numbers: list[int], messages: list[MidiMessage]) -> None:
    assert ProbeBench(CC14).values("q", *map(share, numbers)) == messages


def test_a_pair_need_not_be_32_apart() -> None:
    pair = route("q", DestinationKind.CC14, 10, fine=75, channel=3)
    assert ProbeBench(pair).values("q", 1.0) == [(0xB3, 10, 127), (0xB3, 75, 127)]


@pytest.mark.parametrize(("probe", "select"), [(NRPN, SELECT_300), (RPN, SELECT_RPN_1)])
def test_a_parameter_is_selected_once_and_then_what_changed_is_entered(
    probe: ProbeRoute, select: list[MidiMessage]
) -> None:
    bench = ProbeBench(probe)
    assert bench.value("q", share(5 * COARSE + 7)) == [*select, (0xB0, 6, 5), (0xB0, 38, 7)]
    assert bench.value("q", share(5 * COARSE + 8)) == [(0xB0, 38, 8)]
    assert bench.value("q", share(6 * COARSE + 8)) == [(0xB0, 6, 6), (0xB0, 38, 8)]
    assert bench.value("q", share(7 * COARSE)) == [(0xB0, 6, 7), (0xB0, 38, 0)]
    assert bench.value("q", share(8 * COARSE)) == [(0xB0, 6, 8), (0xB0, 38, 0)]
    assert bench.value("q", share(8 * COARSE)) == []


def test_a_parameter_of_seven_bits_is_entered_in_one_message() -> None:
    bench = ProbeBench(route("q", DestinationKind.NRPN, 300, bits=7))
    assert bench.values("q", 0.0, 1.0) == [*SELECT_300, (0xB0, 6, 0), (0xB0, 6, 127)]


def test_in_full_every_value_has_its_parameter_and_both_halves() -> None:
    bench = ProbeBench(route("q", DestinationKind.NRPN, 300, full=True))
    assert bench.value("q", share(5 * COARSE + 7)) == [*SELECT_300, (0xB0, 6, 5), (0xB0, 38, 7)]
    assert bench.value("q", share(5 * COARSE + 8)) == [*SELECT_300, (0xB0, 6, 5), (0xB0, 38, 8)]


def test_a_parameter_is_selected_again_when_another_was_on_its_channel() -> None:
    one, other = route("one", DestinationKind.NRPN, 300), route("other", DestinationKind.RPN, 1)
    elsewhere = route("elsewhere", DestinationKind.NRPN, 5, channel=1)
    bench = ProbeBench(one, other, elsewhere)
    bench.value("one", share(5 * COARSE + 7))
    assert bench.value("other", share(9 * COARSE)) == [*SELECT_RPN_1, (0xB0, 6, 9), (0xB0, 38, 0)]
    bench.value("elsewhere", 0.5)
    assert bench.value("other", share(9 * COARSE + 1)) == [(0xB0, 38, 1)]
    assert bench.value("one", share(5 * COARSE + 8)) == [*SELECT_300, (0xB0, 6, 5), (0xB0, 38, 8)]


def test_pressure_of_a_note_and_a_program() -> None:
    poly = route("poly", DestinationKind.POLY_PRESSURE, 60, channel=4)
    program = route("program", DestinationKind.PROGRAM, scale=Scale(0, 127))
    bench = ProbeBench(poly, program)
    assert bench.values("poly", 0.0, 1.0, 1.0) == [(0xA4, 60, 0), (0xA4, 60, 127)]
    assert bench.values("program", 3, 3.4, 3.6, 200) == [(0xC0, 3), (0xC0, 4), (0xC0, 127)]


# Whatever happens, the device has what the probe has.

ROUTES = (
    CC14,
    route("far", DestinationKind.CC14, 10, fine=75),
    route("n5", DestinationKind.NRPN, 5),
    route("n300", DestinationKind.NRPN, 300),
    route("full", DestinationKind.NRPN, 16382, full=True),
    route("seven", DestinationKind.NRPN, 9, bits=7),
    route("r5", DestinationKind.RPN, 5),
    route("other", DestinationKind.NRPN, 5, channel=1),
    route("cc", DestinationKind.CC, 7),
    route("bend", DestinationKind.PITCHBEND, scale=Scale(-1, 1)),
)


def heard(receiver: Receiver, probe: ProbeRoute) -> int | None:
    """What a device has of a route."""
    to, channel = probe.destination, receiver.channels[probe.destination.channel]
    match to.kind:
        case DestinationKind.CC14:
            return receiver.pair(to.channel, to.number or 0, to.fine or 0)
        case DestinationKind.NRPN | DestinationKind.RPN:
            number = receiver.parameter(to.channel, to.kind.value, to.number or 0)
            return number if to.bits == 14 or number is None else number >> 7
        case DestinationKind.CC:
            return channel.controllers.get(to.number or 0)
        case _:
            return channel.single.get("bend")


def wanted(probe: ProbeRoute, value: float) -> int:
    """The number that a value of a route is nearest to."""
    if probe.destination.kind is DestinationKind.PITCHBEND:
        return 8192 + round(value * (8192 if value < 0 else 8191))
    return round(value * (127 if probe.destination.kind is DestinationKind.CC or probe.destination.bits == 7 else TOP))


numbers = st.integers(0, TOP) | st.sampled_from([0, 1, 127, 128, 129, 255, 256, TOP - 127, TOP])
steps = st.lists(
    st.tuples(st.sampled_from(range(len(ROUTES))), numbers.map(share), st.sampled_from([0.0, 0.0, 0.001, 0.02]))
    | st.sampled_from(["lose", "lose and switch off", "open"]),
    max_size=60,
)


@given(steps, st.sampled_from([50.0, 1000.0, 1e6]))
def test_a_device_has_what_the_probes_have(script: list[tuple[int, float, float] | str], rate: float) -> None:
    """Law: for devices of every habit, at every rate, also when the port was lost or the device switched off and on.

    And never does a device have a value that its probe did not have: what belongs together arrives together.
    """
    bench = ProbeBench(*ROUTES, rate=rate)
    newest: dict[int, float] = {}
    ever: dict[int, set[int | None]] = {index: {None} for index in range(len(ROUTES))}
    is_open = True
    for step in script:
        match step:
            case (index, value, pause):
                newest[index] = value
                ever[index].add(wanted(ROUTES[index], value))
                bench.value(ROUTES[index].parameter, value)
                bench.pass_time(pause)
            case "open" if not is_open:
                bench.open_port()
                is_open = True
            case "lose" | "lose and switch off" if is_open:
                bench.lose_port()
                is_open = False
                if step != "lose":
                    bench.plug_in()
        for receiver, (index, probe) in itertools.product(bench.receivers, enumerate(ROUTES)):
            assert heard(receiver, probe) in ever[index]
    if not is_open:
        bench.open_port()
    bench.pass_time(100)
    for receiver, (index, probe) in itertools.product(bench.receivers, enumerate(ROUTES)):
        assert heard(receiver, probe) == (wanted(probe, newest[index]) if index in newest else None)


@given(st.lists(st.tuples(st.sampled_from(range(len(ROUTES))), numbers.map(share)), max_size=60))
def test_what_a_device_has_is_not_sent_again(script: list[tuple[int, float]]) -> None:
    """Law: a value says nothing twice, nor does another that is too near for the wire."""
    bench = ProbeBench(*ROUTES)
    for index, value in script:
        bench.value(ROUTES[index].parameter, value)
        assert bench.values(ROUTES[index].parameter, value, value + 1e-9, value - 1e-9) == []


@pytest.mark.parametrize("curve", Curve)
@pytest.mark.parametrize("invert", [False, True])
@pytest.mark.parametrize("kind", [DestinationKind.CC14, DestinationKind.NRPN, DestinationKind.RPN])
def test_a_value_arrives_to_fourteen_bits_through_every_curve(
    kind: DestinationKind, curve: Curve, invert: bool
) -> None:
    scale = Scale(-3, 5, curve, invert)
    probe = route("q", kind, 1, scale, fine=33)
    bench = ProbeBench(probe)
    for number in (*range(0, TOP, 97), TOP):
        bench.value("q", scale.value(share(number)))
        assert heard(bench.receivers[0], probe) == number


# One value's messages on a busy port.


def test_the_messages_of_a_value_are_counted_one_by_one() -> None:
    """At 100 messages a second, a value of four messages leaves room for the next after 40 ms."""
    bench = ProbeBench(route("one", DestinationKind.NRPN, 1, full=True), rate=100)
    for number in range(1000):
        bench.value("one", share(number * 16))
        bench.pass_time(0.001)
    assert len(bench.sent) == pytest.approx(100, abs=8)
    assert len(bench.sent) % 4 == 0


def test_a_routes_own_rate_counts_messages_too() -> None:
    bench = ProbeBench(route("one", DestinationKind.NRPN, 1, full=True, rate=40))
    for number in range(1000):
        bench.value("one", share(number * 16))
        bench.pass_time(0.001)
    assert len(bench.sent) == pytest.approx(40, abs=4)


def test_a_route_that_waits_has_its_selection_chosen_when_it_goes() -> None:
    """What was selected when the value came is not what is selected when its turn comes."""
    bench = ProbeBench(route("one", DestinationKind.NRPN, 1), route("other", DestinationKind.NRPN, 2), rate=100)
    bench.values("one", share(COARSE))
    bench.value("other", share(2 * COARSE))
    bench.value("one", share(3 * COARSE))
    bench.pass_time(1)
    for receiver in bench.receivers:
        assert receiver.parameter(0, "nrpn", 1) == 3 * COARSE
        assert receiver.parameter(0, "nrpn", 2) == 2 * COARSE


# Shaping.


def test_a_deadband_keeps_small_changes_back_but_never_the_ends() -> None:
    bench = ProbeBench(route("q", DestinationKind.CC, 7, Scale(0, 127), deadband=0.1))
    values = [50, 55, 62, 63, 60, 51, 50, 120, 127, 126, 115, 3, 0, 1, -5]
    assert [message[2] for message in bench.values("q", *values)] == [50, 63, 50, 120, 127, 3, 0]


@given(st.lists(st.floats(allow_nan=False)), st.floats(0.01, 1), st.sampled_from([Scale(0, 1), Scale(5, -5)]))
def test_what_a_deadband_lets_pass_moves_by_its_width_or_to_an_end(
    values: list[float], deadband: float, scale: Scale
) -> None:
    bench = ProbeBench(route("q", DestinationKind.CC14, 1, scale, fine=33, deadband=deadband))
    numbers = []
    for value in values:
        if bench.value("q", value):
            numbers.append(bench.receivers[0].pair(0, 1, 33))
    assert all(
        later in (0, TOP) or abs(later - earlier) >= deadband * TOP - 1
        for earlier, later in itertools.pairwise(numbers)
        if earlier is not None and later is not None
    )


def test_a_smooth_probe_goes_to_its_value_by_and_by_and_then_sleeps() -> None:
    bench = ProbeBench(route("q", DestinationKind.CC, 7, Scale(0, 127), smooth=0.05))
    assert bench.value("q", 0) == [(0xB0, 7, 0)]
    assert bench.wake_at is None
    bench.value("q", 127)
    way = [message[2] for message in bench.pass_time(0.05)]
    assert way == sorted(set(way))
    assert way[-1] == pytest.approx(127 * 0.63, abs=6)
    way += [message[2] for message in bench.pass_time(5)]
    assert way[-1] == 127
    assert way == sorted(set(way))
    assert bench.wakes <= 0.05 * 11 / STEP + 2
    assert bench.wake_at is None


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.3)), min_size=1, max_size=10), st.floats(0.005, 0.5))
def test_a_smooth_probe_arrives_exactly_and_asks_for_no_wake_up_then(
    script: list[tuple[float, float]], smooth: float
) -> None:
    bench = ProbeBench(route("q", DestinationKind.CC14, 1, fine=33, smooth=smooth))
    for value, pause in script:
        bench.value("q", value)
        bench.pass_time(pause)
    bench.pass_time(100)
    assert bench.receivers[0].pair(0, 1, 33) == round(script[-1][0] * TOP)
    assert bench.wake_at is None


def test_a_stream_of_values_steps_a_smooth_probe_no_faster() -> None:
    bench = ProbeBench(route("q", DestinationKind.CC14, 1, fine=33, smooth=0.05))
    for number in range(2000):
        bench.value("q", (number % 1000) / 1000)
        bench.pass_time(0.0005)
    assert bench.wakes <= 1 / STEP + 1
    assert len({at for at, _ in bench.sent}) <= 1 / STEP + 2


def test_smooth_probes_share_their_wake_ups() -> None:
    bench = ProbeBench(*(route(f"q{n}", DestinationKind.CC, n, smooth=0.05) for n in range(8)))
    for at in (0.0, 1.0):
        for number in range(8):
            bench.value(f"q{number}", at)
            bench.pass_time(0.0007)
    bench.pass_time(5)
    assert bench.wakes <= 0.05 * 11 / STEP + 5


def test_a_port_that_opens_on_the_way_is_told_where_a_smooth_probe_is() -> None:
    bench = ProbeBench(route("q", DestinationKind.CC14, 1, fine=33, smooth=0.1))
    bench.values("q", 0.0, 1.0)
    bench.lose_port()
    bench.pass_time(0.1)
    bench.plug_in()
    bench.open_port()
    assert bench.receivers[0].pair(0, 1, 33) == pytest.approx(0.63 * TOP, rel=0.05)
    bench.pass_time(5)
    assert bench.receivers[0].pair(0, 1, 33) == TOP
    assert NEAR < 1 / TOP


def test_a_smooth_probe_arrives_also_when_the_session_is_lost_but_not_when_its_route_is() -> None:
    smooth = route("q", DestinationKind.CC, 7, smooth=0.1)
    bench = ProbeBench(smooth)
    bench.values("q", 0.0, 1.0)
    bench.happens(LinkDown(NEURON))
    bench.pass_time(5)
    assert bench.messages[-1] == (0xB0, 7, 127)
    bench.value("q", 0.0)
    bench.pass_time(0.05)
    bench.engine.switch(bench.engine.prepare(bench.mapping()), bench.now)
    assert bench.pass_time(5) == []


@pytest.mark.parametrize("event", [LinkDown(NEURON), Stopped()])
def test_a_position_stays_when_its_source_is_gone(event: LinkDown | Stopped) -> None:
    bench = ProbeBench(*ROUTES)
    for probe in ROUTES:
        bench.value(probe.parameter, 0.5)
    assert bench.happens(event) == []


def test_a_value_that_comes_again_while_it_waits_is_no_merge() -> None:
    bench = ProbeBench(route("x", DestinationKind.CC, 7), rate=1)
    bench.values("x", 0.1, 0.5, 0.5, 0.5)
    assert bench.engine.counts()[PORT].merged == 0
    bench.values("x", 0.6)
    assert bench.engine.counts()[PORT].merged == 1
