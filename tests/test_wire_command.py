"""`wire` says how a session is wired, and `wire --save` writes it into the mapping file without touching the rest."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.cli.main import main
from nallely_midibridge.connector import NallelyWebsocketBus
from nallely_midibridge.mapping_file import load_text
from nallely_midibridge.mapping_file.save import SaveError, with_links
from nallely_midibridge.simulated import SimulatedNallely
from nallely_midibridge.trevor import TrevorClient
from nallely_midibridge.values.wiring import ScaleTo, Scaling
from tests.control import runtime_folder
from tests.daemon import Daemon
from tests.test_cli import NO_MIDI

HEAD = """\
# what I play with
ports: {keys: KeyStep, daw: {virtual: Nallely}}   # both
neurons:
  keys:  # the keyboard
    voices: {voice: {from: keys, count: 2}}
    params: {cutoff: {from: keys, cc: 74}}
    probes: {mon1: {to: daw, cc: 1}}
"""
LINKS = [("voice1 -> synth.keys", None), ("LFO1.output -> mon1", Scaling.RAW), ("cutoff -> LFO1.speed", ScaleTo(0, 2))]
BRACKETS = """\
ports: {keys: K}
neurons: {keys: {params: {cutoff: {from: keys, cc: 1}, voice1: {from: keys, cc: 2}, mon1: {from: keys, cc: 3}}}}
"""
NO_SECTION = HEAD + "\n# the end\n"
SHAPES = {
    "no section": NO_SECTION,
    "an empty section": HEAD + "    wiring:   # to come\n# the end\n",
    "an empty list": HEAD + "    wiring: []  # to come\n",
    "a list": HEAD + "    wiring:\n      # first\n      - voice2 -> synth.keys  # low\n\n# the end\n",
    "a list at the margin": HEAD + "    wiring:\n    - {link: voice2 -> synth.keys, scale: raw} # low\n",
    "brackets": HEAD + "    wiring: [voice2 -> synth.keys, # low\n      mon1 -> LFO1.speed]\n",
    "a comma too many": HEAD + "    wiring: [voice2 -> synth.keys, ]\n",
    "no newline at the end": HEAD + "    wiring:\n      - voice2 -> synth.keys",
    "a neuron between brackets": BRACKETS,
    "another neuron behind": NO_SECTION + "  other: {params: {x: {from: keys, cc: 9}}}\n",
    "windows": NO_SECTION.replace("\n", "\r\n"),
    "a byte order mark": "\ufeff" + HEAD + "    wiring: [voice2 -> synth.keys]  # 🎹\n",
    "text": HEAD + "    wiring: [\"voice2 -> synth.keys\"]\n",
}  # fmt: skip


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_links_are_added_and_nothing_else_changes(text: str) -> None:
    changed = with_links(text, "bridge.yaml", "keys", LINKS)
    before, after = load_text(text).neurons[0].wiring, load_text(changed).neurons[0].wiring
    assert after[: len(before)] == before
    assert [(str(wire), wire.scaling) for wire in after[len(before) :]] == LINKS
    rest = iter(changed)
    assert all(character in rest for character in text), "a character of the file is gone"


@given(st.lists(st.sampled_from(["voice1", "voice2", "cutoff", "mon1"]), unique=True), st.sampled_from(list(SHAPES)))
def test_adding_twice_is_adding_once_more(names: list[str], shape: str) -> None:
    if shape == "a neuron between brackets":
        return
    links = [(f"{name} -> X.p", None) for name in names]
    changed = with_links(SHAPES[shape], "bridge.yaml", "keys", links)
    assert len(load_text(changed).neurons[0].wiring) == len(load_text(SHAPES[shape]).neurons[0].wiring) + len(links)


def test_what_cannot_be_added_to_is_left_alone() -> None:
    shared = "ports: {keys: K}\nneurons:\n  a: &it {params: {cutoff: {from: keys, cc: 1}}}\n  b: *it\n"
    with pytest.raises(SaveError, match="would change something else"):
        with_links(shared, "bridge.yaml", "b", [("cutoff -> LFO1.speed", None)])


# -- the command


@pytest.fixture
def nallely() -> Iterator[SimulatedNallely]:
    limits = {"min": 0.0, "max": 127.0}
    names = ("voice1", "voice2", "cutoff", "mon1")
    with SimulatedNallely() as nallely, NallelyWebsocketBus(nallely.address) as bus:
        with TrevorClient(nallely.trevor_address, lambda _: None) as trevor:
            bus.register("external", "keys", dict.fromkeys(names, limits), {}, log=lambda _: None)
            trevor.wait_for(lambda state: state.neuron("keys"))
        yield nallely


@pytest.fixture
def file(nallely: SimulatedNallely, tmp_path: Path) -> Path:
    path = tmp_path / "bridge.yaml"
    wiring = "    wiring:\n      - voice* -> synth.keys   # all\n      - LFO9.output -> mon1\n"
    path.write_text(f"nallely: {{trevor: '{nallely.trevor_address}'}}\n{HEAD}{wiring}")
    path.chmod(0o640)
    return path


def test_it_says_what_is_there_missing_and_besides(
    nallely: SimulatedNallely, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nallely.link("keys.voice1", "synth.keys", with_scaler=False)
    nallely.link("keys.cutoff", "LFO1.speed")
    assert main(["wire", str(file)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "neuron keys:",
        "  there    voice1 -> synth.keys",
        "  missing  voice2 -> synth.keys",
        "  missing  LFO9.output -> mon1: the session has no LFO9",
        "  besides  cutoff -> LFO1.speed",
        "  (wire --save adds what is there besides to the file)",
    ]


def test_it_saves_what_is_there_besides_and_the_file_then_says_it_all(
    nallely: SimulatedNallely, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nallely.link("keys.voice1", "synth.keys", with_scaler=False)
    nallely.link("keys.cutoff", "LFO1.speed", with_scaler=False)
    text = file.read_text()
    assert main(["wire", "--save", str(file)]) == 0
    assert file.read_text() == text + "      - {link: cutoff -> LFO1.speed, scale: raw}\n"
    assert file.stat().st_mode & 0o777 == 0o640
    assert os.listdir(file.parent) == ["bridge.yaml"]
    capsys.readouterr()
    assert main(["wire", "--save", str(file)]) == 0
    assert "says it all already" in capsys.readouterr().out


def test_it_can_write_another_file(nallely: SimulatedNallely, file: Path) -> None:
    text, other = file.read_text(), file.parent / "other.yaml"
    assert main(["wire", "--save", str(file), "-o", str(other)]) == 0
    assert other.read_text() == file.read_text() == text


def test_a_place_that_cannot_be_written_is_named_and_nothing_is_said_to_be_added(
    nallely: SimulatedNallely, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nallely.link("keys.cutoff", "LFO1.speed")
    nowhere = file.parent / "nowhere/other.yaml"
    assert main(["wire", "--save", str(file), "-o", str(nowhere)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        f"nallely-midibridge: {nowhere} cannot be written: No such file or directory; nothing was written\n"
    )


def test_a_link_between_two_neurons_of_the_file_is_saved_once(
    nallely: SimulatedNallely, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bridge.yaml"
    scope = "  scope:\n    probes: {lead: {to: daw, note: true}}\n"
    path.write_text(f"nallely: {{trevor: '{nallely.trevor_address}'}}\n{HEAD}{scope}")
    with NallelyWebsocketBus(nallely.address) as bus:
        bus.register("external", "scope", {"lead": {"min": 0.0, "max": 127.0}}, {}, log=lambda _: None, block=True)
        nallely.link("keys.voice1", "scope.lead", with_scaler=False)
        assert main(["wire", "--save", str(path)]) == 0
        assert capsys.readouterr().out.splitlines() == [
            "neuron keys: 1 links added, 0 were in the file",
            "  added  voice1 -> scope.lead",
            "neuron scope: 0 links added, 1 were in the file",
            f"wrote {path}",
        ]
        assert main(["wire", str(path)]) == 0
        assert capsys.readouterr().out.splitlines() == [
            "neuron keys:",
            "  there    voice1 -> scope.lead",
            "",
            "neuron scope:",
            "  there    keys.voice1 -> lead, as another neuron's wiring says",
        ]


def test_without_trevor_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nallely_midibridge.cli.wire.ANSWER_WITHIN", 0.1)
    path = tmp_path / "bridge.yaml"
    path.write_text("nallely: {trevor: 'localhost:1'}\n" + HEAD)
    assert main(["wire", str(path)]) == 1
    assert "Trevor does not answer at ws://localhost:1/trevor" in capsys.readouterr().err
    path.write_text("nallely: {trevor: off}\n" + HEAD)
    assert main(["wire", str(path)]) == 1
    assert "names no Trevor" in capsys.readouterr().err


def test_a_running_bridge_is_told_of_what_was_saved(
    nallely: SimulatedNallely, file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with runtime_folder(monkeypatch) as runtime:
        config = runtime / "bridge.yaml"
        text = file.read_text().replace("{trevor", f"{{bus: '{nallely.address}', trevor")
        with Daemon(config, text, NO_MIDI) as daemon:
            daemon.wait_for("2 of 3 links of the file there")
            nallely.link("keys.cutoff", "LFO1.speed", with_scaler=False)
            assert main(["wire", "--save", str(config)]) == 0
            assert capsys.readouterr().out.splitlines()[-2:] == [
                f"wrote {config}",
                f"the running bridge read {config} again: 3 routes kept",
            ]
            daemon.wait_for("3 of 4 links of the file there")
            assert main(["wire", "--save", str(file)]) == 0
            assert capsys.readouterr().out.splitlines()[-1] == f"wrote {file}"
