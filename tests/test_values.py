"""Laws of the values: scales, notes, bends, frames, addresses, names of ports."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.uri import parse_uri

from nallely_midibridge.values import midi, port_name, wire
from nallely_midibridge.values.address import bus_url, neuron_url
from nallely_midibridge.values.destination import Destination, DestinationKind
from nallely_midibridge.values.mapping import Mapping, Neuron, Parameter, ParamRoute, Port, ProbeRoute, VoiceBlock
from nallely_midibridge.values.scale import Curve, Scale
from nallely_midibridge.values.source import Source, SourceKind

ends = st.floats(-1e6, 1e6)
scales = st.builds(Scale, ends, ends, st.sampled_from(Curve), st.booleans())
positions = st.floats(0, 1)


@given(scales)
def test_the_ends_of_a_range_are_reached_exactly(scale: Scale) -> None:
    low, high = (scale.high, scale.low) if scale.invert else (scale.low, scale.high)
    assert (scale.value(0.0), scale.value(1.0)) == (low, high)


@given(scales, positions, positions)
def test_a_curve_never_turns_back_and_stays_in_its_range(scale: Scale, one: float, other: float) -> None:
    slack = 1e-9 * (abs(scale.low) + abs(scale.high))
    assert min(scale.low, scale.high) - slack <= scale.value(one) <= max(scale.low, scale.high) + slack
    rises = (scale.high >= scale.low) != scale.invert
    first, second = sorted((one, other), reverse=not rises)
    assert scale.value(first) <= scale.value(second) + slack


@given(st.builds(Scale, st.just(-1.0), st.just(2.0), st.sampled_from(Curve), st.booleans()), st.integers(0, 16383))
def test_position_undoes_value_to_fourteen_bits(scale: Scale, step: int) -> None:
    assert round(scale.position(scale.value(step / 16383)) * 16383) == step


@given(scales, st.floats())
def test_any_value_has_a_position_in_the_range(scale: Scale, value: float) -> None:
    assert 0.0 <= scale.position(value) <= 1.0


@pytest.mark.parametrize("step", range(128))
def test_a_controller_over_its_default_range_is_its_own_value(step: int) -> None:
    assert Scale(0, 127).value(step / 127) == step


def test_exp_opens_slowly_and_log_is_its_mirror() -> None:
    assert Curve.EXP.bend(0.5) < 0.05
    assert Curve.LOG.bend(0.5) > 0.85


@given(st.integers(0, 16383))
def test_a_bend_survives_its_position(bend: int) -> None:
    assert midi.bend_value(midi.bend_position(bend)) == bend


def test_the_bends_centre_and_ends_are_exact() -> None:
    assert [midi.bend_position(bend) for bend in (0, 8192, 16383)] == [0.0, 0.5, 1.0]
    assert Scale(-2, 2).value(midi.bend_position(8192)) == 0


@given(st.integers(0, 127))
def test_a_note_survives_its_name(note: int) -> None:
    assert midi.note_number(midi.note_name(note)) == note
    assert midi.note_number(str(note)) == note


@pytest.mark.parametrize(("text", "note"), [("C4", 60), ("c4", 60), ("F#2", 42), ("Bb-1", 10), ("C-1", 0), ("G9", 127)])
def test_middle_c_is_c4(text: str, note: int) -> None:
    assert midi.note_number(text) == note


@pytest.mark.parametrize("text", ["", "H4", "C", "C10", "G#9", "Cb-1", "128", "-1", "C4.5", "٣"])
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="note"):
        midi.note_number(text)


names = st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda name: len(name.encode()) <= 255)
numbers = st.floats(allow_nan=False)


@given(names, numbers)
def test_a_frame_decodes_to_what_was_encoded(name: str, value: float) -> None:
    assert wire.decode_value(wire.encode_value(name, value)) == (name, value)


@given(names, st.floats(width=32, allow_nan=False))
def test_a_float32_frame_is_a_value_too(name: str, value: float) -> None:
    frame = wire.name_prefix(name) + struct.pack("!f", value)
    assert wire.decode_value(frame) == (name, value)


@given(st.binary(max_size=40) | st.text(max_size=40))
def test_any_payload_is_a_value_or_a_wire_error(payload: bytes | str) -> None:
    try:
        name, value = wire.decode_value(payload)
    except wire.WireError:
        return
    assert isinstance(name, str)
    assert not math.isnan(value)


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        ('{"on": "mon1", "value": 64}', ("mon1", 64.0)),
        ('{"on": "mon1", "value": "0.5"}', ("mon1", 0.5)),
        ('{"on": "mon1", "value": 1, "device": "x", "sender": "y"}', ("mon1", 1.0)),
        (b"\x04mon1" + struct.pack("!d", math.inf), ("mon1", math.inf)),
    ],
)
def test_every_form_of_a_value_is_read(payload: bytes | str, value: tuple[str, float]) -> None:
    assert wire.decode_value(payload) == value


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x06voi",
        b"\xff",
        b"\x02\xff\xfe" + struct.pack("!d", 1),
        b"\x04mon1" + struct.pack("!d", math.nan),
        "not json",
        "{}",
        "[]",
        '{"on": 1, "value": 1}',
        '{"on": "a", "value": true}',
        '{"on": "a", "value": null}',
        '{"on": "a", "value": NaN}',
        '{"on": "a", "value": ' + "9" * 5000 + "}",
        "[" * 100_000,
    ],
)
def test_what_is_no_value_is_a_wire_error(payload: bytes | str) -> None:
    with pytest.raises(wire.WireError):
        wire.decode_value(payload)


def test_a_registration_keeps_whole_numbers_whole_and_the_low_end_first() -> None:
    text = wire.registration("external", [Parameter("voice1", 0, 127), Parameter("down", 1, 0)])
    assert text == (
        '{"kind": "external", "parameters": [{"name": "voice1", "range": [0, 127]}, {"name": "down", "range": [0, 1]}]}'
    )


@pytest.mark.parametrize("name", ["", "x" * 256, "é" * 128])
def test_a_name_the_bus_cannot_carry_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        wire.encode_value(name, 1.0)


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (None, "ws://localhost:6789"),
        ("studio", "ws://studio:6789"),
        ("192.168.1.74:6789", "ws://192.168.1.74:6789"),
        ("[::1]:7000", "ws://[::1]:7000"),
        ("ws://studio", "ws://studio:6789"),
        ("wss://studio.example/nallely/", "wss://studio.example:443/nallely"),
        ("münchen.local:5", "ws://xn--mnchen-3ya.local:5"),
        ("ws://studio/mein a%20ö/", "ws://studio:6789/mein%20a%20%C3%B6"),
    ],
)
def test_an_address_is_completed(address: str | None, url: str) -> None:
    assert bus_url(address) == url


@pytest.mark.parametrize(
    "address",
    ["http://x", "ws://", "x:port", "x:99999", "a b:1", "ws://x?y=1", "ws://me:secret@x", "[::1", "x:-1", "ö" * 70],
)
def test_what_is_no_address_says_what_to_write(address: str) -> None:
    with pytest.raises(ValueError, match="write HOST:PORT"):
        bus_url(address)


def test_a_neurons_name_is_quoted_in_its_url() -> None:
    assert neuron_url("ws://x:1", "my keys") == "ws://x:1/my%20keys/autoconfig"
    assert neuron_url("ws://x:1", "a:b&c+(d)=e'!") == "ws://x:1/a:b&c+(d)=e'!/autoconfig"


@pytest.mark.parametrize("address", ["x", "münchen.local", "ws://x/ö"])
def test_a_neurons_name_is_quoted_once_whatever_the_address(address: str) -> None:
    path = parse_uri(neuron_url(bus_url(address), "my ö")).path
    assert path.endswith("/my%20%C3%B6/autoconfig")


ALSA_NAMES = (
    "Midi Through:Midi Through Port-0 14:0",
    "nallely-midibridge:Nallely 128:0",
    "KeyStep 37:KeyStep 37 MIDI 1 24:0",
    "nanoKONTROL2:nanoKONTROL2 _ CTRL 28:0",
    "Port 10:Port 10 MIDI 1 32:0",
    "Port 1:Port 1 MIDI 1 36:0",
    "Launchkey MK4:LCK MIDI 40:0",
    "Launchkey MK4:LCK DAW 40:1",
)


@pytest.mark.parametrize(
    ("pattern", "index"),
    [
        ("KeyStep 37", 2),
        ("keystep 37", 2),
        ("KeyStep 37 MIDI 1", 2),
        ("KeyStep", 2),
        ("nanoKONTROL", None),
        ("nanoKONTROL*", 3),
        ("Port 1", 5),
        ("Port 10", 4),
        ("LCK DAW", 7),
        ("Launchkey MK4:LCK DAW", 7),
        ("Launchkey MK4", 6),
        ("Nallely", None),
        ("nallely-midibridge", None),
        ("*", 0),
        ("Key[Step", None),
    ],
)
def test_a_pattern_means_whole_words_of_a_port_of_someone_else(pattern: str, index: int | None) -> None:
    assert port_name.matches(pattern, ALSA_NAMES)[:1] == ([] if index is None else [ALSA_NAMES[index]])


@given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=5))
def test_any_pattern_finds_some_of_the_names_in_their_order(pattern: str, present: list[str]) -> None:
    rest = iter(present)
    assert all(name in rest for name in port_name.matches(pattern, present))


@pytest.mark.parametrize("name", ["nallely-midibridge:Nallely 130:0", "nallely-midibridge-02:Nallely"])
def test_our_own_ports_are_known_under_every_system(name: str) -> None:
    assert port_name.is_ours(name)


def test_a_short_name_is_what_a_person_writes() -> None:
    assert port_name.short_name(ALSA_NAMES[2]) == "KeyStep 37 MIDI 1"
    assert port_name.short_name("Launchkey MK4:LCK DAW 40:1") == "Launchkey MK4:LCK DAW"


def test_a_neuron_registers_each_parameter_once_voices_first() -> None:
    neuron = Neuron(
        "keys",
        voices=(VoiceBlock("voice", ("voice1", "voice2"), "keys", velocities=("vel1", "vel2")),),
        params=(ParamRoute("cutoff", Source("keys", SourceKind.CC, 74), Scale(0, 1)),),
        probes=tuple(
            ProbeRoute("mon1", Destination("daw", DestinationKind.CC, number), Scale(0, 127)) for number in (20, 21)
        ),
    )
    assert [p.name for p in neuron.parameters] == ["voice1", "voice2", "vel1", "vel2", "cutoff", "mon1"]


def test_only_the_directions_that_routes_use_are_opened() -> None:
    ports = (Port("keys", "K", "K"), Port("idle", "I", "I"), Port("daw", virtual="Nallely"))
    neuron = Neuron("keys", voices=(VoiceBlock("voice", ("voice1",), "keys"),))
    mapping = Mapping(ports, (neuron,))
    assert [port.name for port in mapping.input_ports] == ["keys", "daw"]
    assert [port.name for port in mapping.output_ports] == ["daw"]


NAMES = {wire.name_prefix(name): name for name in ("mon1", "mon11", "é", "x" * 255)}


@given(
    st.one_of(
        st.binary(max_size=30),
        st.text(max_size=20),
        st.builds(wire.encode_value, st.sampled_from(list(NAMES.values())), st.floats()),
    )
)
def test_what_is_decoded_fast_is_what_is_decoded_at_leisure(payload: bytes | str) -> None:
    known = wire.decode_known(payload, NAMES)
    if known is not None:
        assert known == wire.decode_value(payload)


@pytest.mark.parametrize("name", NAMES.values())
def test_a_known_name_is_decoded_fast(name: str) -> None:
    assert wire.decode_known(wire.encode_value(name, 0.5), NAMES) == (name, 0.5)
    assert wire.decode_known(wire.name_prefix(name) + b"\x3f\x00\x00\x00", NAMES) is None
