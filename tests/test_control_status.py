"""What a bridge says of itself, as data and as text, and what is said of a change of its mapping."""

import textwrap
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.bridge import Bridge
from nallely_midibridge.cli.status import duration, status_text
from nallely_midibridge.mapping_file import load_text
from nallely_midibridge.values.control import line_of
from nallely_midibridge.values.difference import Difference, of_ports, of_routes
from nallely_midibridge.values.errors import ControlError, MidiSystemError, PortError
from nallely_midibridge.values.mapping import Mapping
from tests.recording_bus import RecordingBus
from tests.test_bridge import StubbornSystem
from tests.waiting import wait_for

MAPPING = """
nallely: {{bus: "{address}"}}
ports: {{keys: "KeyStep 37", pads: "nanoPAD2", daw: {{virtual: "Nallely"}}}}
neurons:
  keys:
    voices: {{voice: {{from: keys, count: 2, retrigger_gap: 0ms}}}}
    params: {{cutoff: {{from: pads, cc: 1}}}}
    probes: {{mon: {{to: daw, cc: 20}}}}
  away:
    bus: 127.0.0.1:1
    params: {{knob: {{from: keys, cc: 1}}}}
"""


@pytest.fixture
def far() -> Iterator[RecordingBus]:
    with RecordingBus() as bus:
        yield bus


def named(entries: Any, *names: str) -> dict[str, Any]:
    """The entry of such a list that has this name, and direction if there is one."""
    (found,) = (entry for entry in entries if (entry["name"], entry.get("direction")) == (*names, None)[:2])
    assert isinstance(found, dict)
    return found


def test_a_bridge_counts_and_tells_what_is_there_what_is_awaited_and_what_passed(far: RecordingBus) -> None:
    system = StubbornSystem()
    system.there = True
    pressed = system.plug("KeyStep 37")
    with Bridge(load_text(MAPPING.format(address=far.address)), system.find) as bridge:
        far.wait_for_values(2)
        assert wait_for(lambda: bridge.status().neurons[1].trouble)
        for note in (60, 64, 67):
            pressed.send(0x90, note, 100)
        pressed.send(0xF8)
        assert wait_for(lambda: bridge.status().neurons[0].voices.sounding == 2)
        far.send(b"\x03mon" + bytes.fromhex("404e000000000000"))
        far.send(b"?")
        assert wait_for(lambda: bridge.status().port_counts["daw"].refused)
        assert wait_for(lambda: bridge.status().neurons[0].counts.ignored)
        found: dict[str, Any] = bridge.status().as_data()
    assert found["midi"] == {"system": "in-process ports", "trouble": None}
    assert named(found["ports"], "keys", "input") == {
        "name": "keys",
        "direction": "input",
        "wanted": "KeyStep 37",
        "open": True,
        "device": "KeyStep 37",
        "trouble": None,
        "received": 4,
        "echoes": 0,
        "ignored": {"clock": 1},
    }
    pads = named(found["ports"], "pads", "input")
    assert (pads["open"], pads["device"], pads["wanted"]) == (False, None, "nanoPAD2")
    assert pads["trouble"] == "waiting for the input 'nanoPAD2'; inputs present: 'KeyStep 37'"
    daw = named(found["ports"], "daw", "output")
    assert (daw["open"], daw["device"]) == (True, "virtual port 'Nallely'")
    assert (daw["sent"], daw["merged"], daw["refused"]) == (1, 0, 1)
    keys, away = named(found["neurons"], "keys"), named(found["neurons"], "away")
    assert keys["connected"]
    assert keys["trouble"] is None
    assert keys["voices"] == {"count": 2, "held": 2, "sounding": 2, "stolen": 1}
    assert keys["sent"] >= 2 + 2
    assert (keys["received"], keys["ignored"]) == (1, {"malformed": 1})
    assert not away["connected"]
    assert away["trouble"] == "Connection refused"
    assert away["voices"]["count"] == 0
    assert 0 <= keys["for_seconds"] <= away["for_seconds"] < 60
    voices, cutoff, mon, knob = found["routes"]
    assert {key: voices[key] for key in ("neuron", "kind", "name", "port", "what")} == {
        "neuron": "keys",
        "kind": "voices",
        "name": "voice",
        "port": "keys",
        "what": "keys",
    }
    assert voices["values"] == keys["sent"]
    assert (voices["parameter"], voices["last"]) == ("voice1", 67.0)
    assert (cutoff["values"], cutoff["last"], cutoff["seconds_ago"]) == (0, None, None)
    assert (mon["kind"], mon["values"], mon["last"]) == ("probe", 1, 60.0)
    assert 0 <= mon["seconds_ago"] <= voices["seconds_ago"] < 60
    assert knob["neuron"] == "away"
    assert found["latency"]["messages"] == 3
    assert 0 < found["latency"]["p50_seconds"] <= found["latency"]["p99_seconds"] < 1
    assert line_of(found)


def test_since_when_a_session_is_there_or_away_starts_anew_with_each_change(
    far: RecordingBus, quick_retry: None
) -> None:
    with Bridge(load_text(MAPPING.format(address=far.address)), StubbornSystem().find) as bridge:
        far.wait_for_values(2)
        assert wait_for(lambda: bridge.status().neurons[0].for_seconds > 0.2)
        far.stop()
        assert wait_for(lambda: not bridge.status().neurons[0].connected)
        assert bridge.status().neurons[0].for_seconds < 0.2
        assert wait_for(lambda: bridge.status().neurons[0].trouble == "Connection refused")
        assert wait_for(lambda: bridge.status().neurons[0].for_seconds > 0.2)
        with RecordingBus(far.port):
            assert wait_for(lambda: bridge.status().neurons[0].connected)
            assert bridge.status().neurons[0].for_seconds < 0.2
            assert bridge.status().neurons[0].trouble is None


def test_without_a_midi_system_that_is_told_and_of_its_ports_nothing(far: RecordingBus) -> None:
    system = StubbornSystem()
    with Bridge(load_text(MAPPING.format(address=far.address)), system.find) as bridge:
        found: dict[str, Any] = bridge.status().as_data()
    assert found["midi"]["system"] is None
    assert found["midi"]["trouble"] == "no MIDI system: it is not there; looking again until there is one"
    assert [port["trouble"] for port in found["ports"]] == [None] * 4


def test_what_was_said_of_a_port_is_no_news_when_the_midi_system_is_gone(
    far: RecordingBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nallely_midibridge.edges.port_watch.LOOK_EVERY", 0.02)
    system = StubbornSystem()
    system.there = True
    with Bridge(load_text(MAPPING.format(address=far.address)), system.find) as bridge:
        assert named(bridge.status().as_data()["ports"], "pads", "input")["trouble"]
        system.there, system.broken = False, MidiSystemError("it went away")
        assert wait_for(lambda: bridge.status().midi_system is None)
        assert wait_for(lambda: bridge.status().midi_trouble)
        found: dict[str, Any] = bridge.status().as_data()
    assert [port["open"] for port in found["ports"]] == [False] * 4
    assert [port["trouble"] for port in found["ports"]] == [None] * 4


class Busy(StubbornSystem):
    there = True

    def open_virtual_output(self, name: str) -> Any:
        raise PortError("another program has it")


def test_why_a_port_cannot_be_opened_is_told(far: RecordingBus) -> None:
    with Bridge(load_text(MAPPING.format(address=far.address)), Busy().find) as bridge:
        found: dict[str, Any] = bridge.status().as_data()
    assert named(found["ports"], "daw", "output")["trouble"] == "another program has it; trying again"


# As text.

STATUS: dict[str, Any] = {
    "ok": True,
    "version": "1.2.3",
    "pid": 4711,
    "file": "/etc/nallely-midibridge/bridge.yaml",
    "uptime_seconds": 8000.5,
    "memory_bytes": 31_457_280,
    "midi": {"system": "the ALSA sequencer", "trouble": None},
    "ports": [
        {
            "name": "keys",
            "direction": "input",
            "open": True,
            "device": "KeyStep 37 MIDI 1",
            "wanted": "KeyStep 37",
            "trouble": None,
            "received": 12345,
            "echoes": 7,
            "ignored": {"clock": 1000, "a cut message": 1},
        },
        {
            "name": "pads",
            "direction": "input",
            "open": False,
            "device": None,
            "wanted": "nanoPAD2",
            "trouble": "waiting for the input 'nanoPAD2'; inputs present: 'KeyStep 37 MIDI 1'",
            "received": 0,
            "echoes": 0,
            "ignored": {},
        },
        {
            "name": "daw",
            "direction": "output",
            "open": True,
            "device": "virtual port 'Nallely'",
            "wanted": "virtual port 'Nallely'",
            "trouble": None,
            "sent": 9876,
            "merged": 12,
            "refused": 0,
        },
    ],
    "neurons": [
        {
            "name": "keys",
            "bus": "ws://localhost:6789",
            "connected": True,
            "for_seconds": 7980.0,
            "trouble": None,
            "voices": {"count": 4, "held": 2, "sounding": 2, "stolen": 1},
            "received": 500,
            "ignored": {},
            "sent": 1200,
            "merged": 0,
            "waiting": 0,
        },
        {
            "name": "scope",
            "bus": "ws://192.168.1.74:6789",
            "connected": False,
            "for_seconds": 42.0,
            "trouble": "Connection refused",
            "voices": {"count": 0, "held": 0, "sounding": 0, "stolen": 0},
            "received": 0,
            "ignored": {},
            "sent": 3,
            "merged": 1,
            "waiting": 2,
        },
    ],
    "routes": [
        {
            "neuron": "keys",
            "kind": "voices",
            "name": "voice",
            "port": "keys",
            "what": "keys",
            "values": 1196,
            "parameter": "voice2",
            "last": 64.0,
            "seconds_ago": 0.04,
        },
        {
            "neuron": "keys",
            "kind": "param",
            "name": "cutoff",
            "port": "pads",
            "what": "cc",
            "values": 0,
            "parameter": None,
            "last": None,
            "seconds_ago": None,
        },
        {
            "neuron": "scope",
            "kind": "probe",
            "name": "mon1",
            "port": "daw",
            "what": "cc14",
            "values": 1,
            "parameter": "mon1",
            "last": 0.123456,
            "seconds_ago": 90.5,
        },
    ],
    "latency": {"messages": 1000, "p50_seconds": 0.0000512, "p99_seconds": 0.000304},
    "control": {"clients": 1, "ignored": {"half a line": 2}},
}

TEXT = """\
nallely-midibridge 1.2.3, running for 2 h 13 min
  file     /etc/nallely-midibridge/bridge.yaml
  process  4711, 31 MB
  MIDI     the ALSA sequencer
  delay    0.051 ms from key to socket, 99 % within 0.3 ms (the last 1,000
           messages)

ports
  keys  in   open: KeyStep 37 MIDI 1
             12,345 received, 7 of them echoes, ignored: clock (1,000), a cut
             message (1)
  pads  in   waiting for the input 'nanoPAD2'; inputs present: 'KeyStep 37 MIDI
             1'
  daw   out  open: virtual port 'Nallely'
             9,876 sent, 12 merged

neurons
  keys   connected to ws://localhost:6789 for 2 h 13 min
         4 voices: 2 held, 2 sounding; 1 note stolen so far
         500 received, 1,200 sent
  scope  not connected to ws://192.168.1.74:6789 for 42 s: Connection refused
         0 received, 3 sent, 1 merged, 2 waiting

routes (2 of 3; all: status --routes)
  keys.voice  <- keys keys: 1,196 values, last 64, just now
  scope.mon1  -> daw cc14: 1 value, last 0.1235, 1 min ago

control socket ignored: half a line (2)"""


def test_the_text_for_people() -> None:
    assert status_text(STATUS) == TEXT


def test_of_the_routes_those_that_had_a_value_last_are_shown_or_all() -> None:
    voices, cutoff, _ = STATUS["routes"]
    many = [{**voices, "name": f"r{n}", "seconds_ago": 400.0 - n} for n in range(300)]
    lines = status_text({**STATUS, "routes": [cutoff, *many]}).splitlines()
    assert [line.split()[0] for line in lines if "  keys.r" in line] == [f"keys.r{n}" for n in range(299, 291, -1)]
    text = status_text({**STATUS, "routes": [cutoff, *many]}, all_routes=True)
    assert "  keys.cutoff  <- pads cc: nothing yet" in text
    assert all(f"  keys.r{n} " in text for n in range(300))
    assert max(map(len, text.splitlines())) <= 80


def test_a_long_name_is_cut_so_that_there_is_room_for_what_is_said_of_it() -> None:
    text = status_text({**STATUS, "neurons": [{**STATUS["neurons"][0], "name": "n" * 100}]})
    assert f"  {'n' * 19}…  connected to " in text
    assert max(map(len, text.splitlines())) <= 80


names = st.text(max_size=300)


@given(names, names, names, st.dictionaries(names, st.integers(0, 10**9), max_size=3))
def test_the_text_fits_80_columns_and_any_terminal_whatever_names_there_are(
    name: str, device: str, trouble: str, ignored: dict[str, int]
) -> None:
    ports = [{**STATUS["ports"][0], "name": name, "device": device, "ignored": ignored}]
    ports += [{**STATUS["ports"][1], "name": name, "trouble": trouble, "wanted": device}]
    neurons = [{**STATUS["neurons"][1], "name": name, "bus": device, "trouble": trouble}]
    midi = {"system": None, "trouble": trouble}
    text = status_text({**STATUS, "ports": ports, "neurons": neurons, "midi": midi, "control": {"ignored": ignored}})
    assert all(len(line) <= 80 for line in text.splitlines())
    assert all(line.isprintable() for line in text.split("\n"))


def test_an_empty_bridge_has_a_text_too() -> None:
    nothing = {**STATUS, "ports": [], "neurons": [], "memory_bytes": None, "control": {"ignored": {}}}
    nothing |= {"midi": {"system": None, "trouble": None}, "routes": [], "latency": {"messages": 0}}
    assert status_text(nothing) == textwrap.dedent(
        """\
        nallely-midibridge 1.2.3, running for 2 h 13 min
          file     /etc/nallely-midibridge/bridge.yaml
          process  4711
          MIDI     not looked for"""
    )


@pytest.mark.parametrize("broken", [{}, {"ports": 1}, {"neurons": [1]}, {"midi": None}, {"uptime_seconds": "long"}])
def test_what_another_version_says_is_left_to_json(broken: dict[str, Any]) -> None:
    status = {**STATUS, **broken} if broken else {"ok": True, "version": "1.2.3"}
    with pytest.raises(ControlError, match=r"another version, 1\.2\.3"):
        status_text(status)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h 0 min"),
        (86399, "23 h 59 min"),
        (86400, "1 d 0 h"),
        (40 * 86400 + 7200, "40 d 2 h"),
    ],
)
def test_durations_have_their_two_biggest_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words


# A change.


def mapping(*changes: tuple[str, str]) -> Mapping:
    text = MAPPING.format(address="localhost")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return load_text(text)


@pytest.mark.parametrize(
    ("change", "routes"),
    [
        (("KeyStep", "KeyLab"), Difference(kept=4)),
        (("count: 2", "count: 3"), Difference(kept=3, changed=1)),
        (("cc: 20}", "cc: 20}, second: {to: daw, cc: 21}"), Difference(kept=4, added=1)),
        (("{to: daw, cc: 20}", "[{to: daw, cc: 20}, {to: daw, cc: 21}]"), Difference(kept=4, added=1)),
        (("cutoff", "resonance"), Difference(kept=3, added=1, removed=1)),
        (("    probes: {mon: {to: daw, cc: 20}}\n", ""), Difference(kept=3, removed=1)),
        (("127.0.0.1:1", "127.0.0.1:2"), Difference(kept=3, changed=1)),
        (("  away:", "  gone:"), Difference(kept=3, added=1, removed=1)),
    ],
)
def test_what_a_change_keeps_of_the_routes(change: tuple[str, str], routes: Difference) -> None:
    assert of_routes(mapping(), mapping(change)) == routes
    assert of_routes(mapping(change), mapping()) == Difference(
        routes.kept, routes.changed, routes.removed, routes.added
    )


def test_what_a_change_keeps_of_the_ports() -> None:
    other = mapping(("KeyStep", "KeyLab"), ("pads", "drums"), ('"Nallely"}', '"Nallely"}, knobs: "K"'))
    assert of_ports(mapping(), other) == Difference(kept=1, changed=1, added=2, removed=1)


def test_nothing_changed_is_no_difference() -> None:
    assert of_routes(mapping(), mapping()).is_none
    assert of_ports(mapping(), mapping()).is_none
    assert not of_routes(mapping(), mapping(("count: 2", "count: 3"))).is_none


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        (Difference(12, 0, 1, 0), "12 routes kept, 1 added"),
        (Difference(1, 0, 0, 0), "1 route kept"),
        (Difference(0, 2, 0, 1), "2 routes changed, 1 removed"),
        (Difference(), "no routes"),
    ],
)
def test_a_difference_in_words(difference: Difference, words: str) -> None:
    assert difference.words("route") == words
