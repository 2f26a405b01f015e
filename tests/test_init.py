"""`init` writes a first mapping file that is right whatever is plugged in, and never in the place of another."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nallely_midibridge.cli import init as command
from nallely_midibridge.cli.main import main
from nallely_midibridge.cli.typed import command_name
from nallely_midibridge.edges import whole_file
from nallely_midibridge.edges.memory_system import MemorySystem
from nallely_midibridge.edges.usb import is_of_program
from nallely_midibridge.mapping_file import load_file, load_text
from nallely_midibridge.mapping_file.first_file import DAW, first_file, notes_of
from nallely_midibridge.mapping_file.plugged import Plugged, plugged
from nallely_midibridge.values.device import UNKNOWN, Device, choose
from nallely_midibridge.values.mapping import Mapping
from nallely_midibridge.values.port_name import short_name
from tests.jack_peers import player
from tests.test_cli import NO_MIDI, WHY_NO_MIDI

TRICKY = [
    'The "Best" Keys', "it's", "Ключи 88", "鍵盤", "{1..3}", "a_b_c", "keys: piano", "x" * 300, "*", "?", "", " ",
    "“Quoted”", "Pad 24:0", "Pad 24:0 32:0", "-", "- a", "# no", "&a", "*a", "!tag", "%d", "@", "`", "true", "1e5",
    "Port 1", "Port 10", "line\nbreak", "\x00", "\ud800", "\ufeff", "\x85", "\u2028", "daw", "İSTANBUL", "ß", "[0]",
    "KeyStep 37:KeyStep 37 MIDI 1 24:0", "KeyStep 37:KeyStep 37 MIDI 1 28:0", "  # comment", "\\", "a/b?c#d%e", "Port",
]  # fmt: skip
names = st.one_of(
    st.sampled_from(TRICKY), st.text(max_size=30), st.lists(st.sampled_from(TRICKY), max_size=3).map("".join)
)
addressed = st.builds(lambda name, client: f"{name}:{name} MIDI 1 {client}:0", names, st.integers(16, 127))
places = st.sampled_from([None, "1-1", "1-2"])


def ports_of(present: dict[str, str | None]) -> list[Plugged]:
    return plugged(list(present), lambda name: Device(usb=present[name]), present, taken=(DAW,))


def written(present: dict[str, str | None], notes: list[str] = [], arguments: str = "") -> str:  # noqa: B006
    ports = ports_of(present)
    return first_file(ports, notes_of(ports, notes, None), arguments=arguments, virtual_ports=True)


def inputs_of(mapping: Mapping, present: dict[str, str | None]) -> dict[str, str | None]:
    """Which of the ports that are there each port of the mapping listens to."""
    return {
        port.name: choose(port.input, list(present), port.device, port.nth, lambda name: Device(usb=present[name]))
        for port in mapping.ports
        if port.input is not None
    }


@given(st.dictionaries(st.one_of(names, addressed), places, max_size=8), st.lists(names, max_size=3))
@example(dict.fromkeys(TRICKY), TRICKY)
def test_the_file_is_right_and_means_each_device_whatever_it_is_called(
    present: dict[str, str | None], programs: list[str]
) -> None:
    """Law: the file passes `check`, and each of its ports is one device, no two the same."""
    mapping = load_text(written(present, programs))
    ports = ports_of(present)
    expected = {port.short: port.name for port in ports if port.written is not None}
    assert inputs_of(mapping, present) == (expected or {"keys": None})
    assert len({port.short for port in ports}) == len(present)
    for neuron in mapping.neurons:
        assert "_" not in neuron.name


@given(names)
@example(" *0 ")
def test_a_name_that_anybody_would_give_a_device_is_written(name: str) -> None:
    """Law: what has a letter or a digit in it can be written."""
    (port,) = plugged([name], lambda _: UNKNOWN, [name])
    assert port.written is not None or not any(c.isalnum() for c in short_name(name)[:100])


def test_a_keyboard_plays_voices_and_the_wheels_and_the_pedal_move_something() -> None:
    mapping = load_text(written({"KeyStep 37:KeyStep 37 MIDI 1 24:0": None}))
    keyboard, daw = mapping.neurons
    assert keyboard.name == "keystep-37"
    assert [route.parameter for route in keyboard.params] == ["bend", "mod", "sustain"]
    assert keyboard.voices[0].voices == ("voice1", "voice2", "voice3", "voice4")
    assert {route.parameter for route in daw.probes} == {"mon1", "mon2", "mon3", "mon4", "lead"}
    assert {port.name: (port.input, port.virtual) for port in mapping.ports} == {
        "keystep-37": ("KeyStep 37 MIDI 1", None),
        "daw": (None, "Nallely"),
    }


def test_two_of_one_name_are_told_apart_by_their_place_or_their_number() -> None:
    twins = {"Pad:Pad MIDI 1 24:0": "1-1", "Pad:Pad MIDI 1 28:0": "1-2"}
    assert '{match: "Pad MIDI 1", usb: "1-2"}' in written(dict(twins))
    assert '{match: "Pad MIDI 1", nth: 2}' in written(dict.fromkeys(twins))
    one_device = dict.fromkeys(twins, "1-1")
    assert '{match: "Pad MIDI 1", usb: "1-1", nth: 2}' in written(dict(one_device))


def test_a_system_without_virtual_ports_gets_a_file_without_one() -> None:
    ports = plugged(["Keys"], lambda _: UNKNOWN, ["Keys"])
    text = first_file(ports, [], arguments="", virtual_ports=False)
    mapping = load_text(text, virtual_ports=False)
    assert [neuron.name for neuron in mapping.neurons] == ["keys"]


def test_what_a_program_made_is_no_device() -> None:
    assert is_of_program("VMPK Output:out 128:0")
    assert not is_of_program("KeyStep 37:KeyStep 37 MIDI 1 24:0")
    assert not is_of_program("test-keyboard:out")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> MemorySystem:
    system = MemorySystem()
    monkeypatch.setattr(command, "find_midi_system", lambda: system)
    return system


def test_devices_are_in_the_file_and_the_loop_back_and_programs_are_not(
    here: Path, system: MemorySystem, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("Midi Through:Midi Through Port-0 14:0", "Keys:Keys MIDI 1 20:0", "VMPK:out 128:0"):
        system.plug(name)
    assert main(["init"]) == 0
    text = (here / "bridge.yaml").read_text("utf-8")
    assert [port.input for port in load_file("bridge.yaml").ports] == ["Keys MIDI 1", None]
    assert "# left out, for it is a program's: VMPK:out" in text
    assert capsys.readouterr().out == (
        f"wrote bridge.yaml, with 'Keys MIDI 1'\nnext: {command_name()} check\nthen: {command_name()} run\n"
    )


@pytest.mark.parametrize("made", ["file", "folder", "dangling link"])
def test_nothing_is_ever_overwritten(here: Path, made: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = here / "mine.yaml"
    {
        "file": lambda: path.write_text("precious"),
        "folder": path.mkdir,
        "dangling link": lambda: path.symlink_to(here / "nowhere"),
    }[made]()
    assert main(["init", str(path)]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "mine.yaml is there already and stays as it is" in said.err
    assert os.listdir(here) == ["mine.yaml"]
    assert made != "file" or path.read_text() == "precious"


def test_a_place_that_takes_no_file_is_one_line_and_1(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "no/such/folder.yaml"]) == 1
    said = capsys.readouterr()
    assert said.err == (
        "nallely-midibridge: no/such/folder.yaml cannot be written: No such file or directory; nothing was written\n"
    )


@pytest.mark.parametrize("links", [True, False], ids=["hard links", "none"])
def test_a_disk_that_is_full_leaves_nothing_behind(here: Path, links: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: whole or not at all, also on a file system without hard links."""

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    if not links:
        monkeypatch.setattr(whole_file.os, "link", fail)
        monkeypatch.setattr(whole_file.os, "replace", fail)
    else:
        monkeypatch.setattr(whole_file.os, "fsync", fail)
    assert main(["init"]) == 1
    assert os.listdir(here) == []


def test_a_file_system_without_hard_links_will_do(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(whole_file.os, "link", refuse)
    assert main(["init"]) == 0
    assert load_file("bridge.yaml").neurons
    assert os.listdir(here) == ["bridge.yaml"]
    assert main(["init"]) == 1


def test_without_a_midi_system_there_is_a_placeholder_and_a_comment_says_so(here: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "nallely_midibridge", "init", "-"],
        capture_output=True, text=True, env={**os.environ, **NO_MIDI},
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    mapping = load_text(ran.stdout)
    assert [port.input for port in mapping.ports] == ["KeyStep 37", None]
    assert f"  # There was no MIDI system when this was written: {WHY_NO_MIDI}\n" in ran.stdout
    assert "# No MIDI device was there when this was written." in ran.stdout
    assert os.listdir(here) == []


@pytest.mark.jack
def test_a_port_of_jack_is_written_and_found_again(jack: str, here: Path) -> None:
    with player("test {1..3}: keys"):
        assert main(["init", "my file.yaml"]) == 0
    text = (here / "my file.yaml").read_text("utf-8")
    assert "check 'my file.yaml'" in text
    assert 'test-1-3: "test {1..3}' in text
    assert main(["check", "my file.yaml"]) == 0
