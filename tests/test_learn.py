"""`learn` as a user has it: on in-process ports, and on real ones beside a bridge that runs."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from nallely_midibridge.cli.learn import command
from nallely_midibridge.cli.learn import notebook as notebook_module
from nallely_midibridge.cli.learn.lines import as_text
from nallely_midibridge.cli.learn.notebook import Notebook
from nallely_midibridge.cli.main import main
from nallely_midibridge.edges import every_input
from nallely_midibridge.edges.every_input import Change, EveryInput
from nallely_midibridge.edges.memory_system import MemorySystem
from nallely_midibridge.edges.midi_system import OpenPort, Receive
from nallely_midibridge.mapping_file import load_text
from nallely_midibridge.values.device import UNKNOWN, Device
from nallely_midibridge.values.errors import MidiSystemError, PortError
from nallely_midibridge.values.events import Direction
from nallely_midibridge.values.mapping import Mapping
from tests.daemon import NOWHERE, Daemon
from tests.jack_peers import player
from tests.test_cli import COMMAND, NO_MIDI, WHY_NO_MIDI
from tests.waiting import wait_for

FILE = """
ports: {keys: "KeyStep 37"}
neurons:
  n:
    voices: {voice: {from: keys}}
    params: {cutoff: {from: keys, cc: 74}}
"""
KEYSTEP = "KeyStep 37:KeyStep 37 MIDI 1 24:0"
PADS = "Pads:Pads MIDI 1 28:0"


def rows(notebook: Notebook, name: str, *messages: tuple[int, ...]) -> list[str]:
    """What is said of messages, each a second after the one before."""
    said: list[str] = []
    for place, message in enumerate(messages):
        entries = [notebook.hear(name, message, place), notebook.due(place + 0.9)]
        said += [row for entry in entries if entry is not None for row in as_text(entry).splitlines()]
    return [" ".join(row.split()) for row in said]


def test_a_port_goes_by_its_name_in_the_file_and_what_a_route_has_already_is_said() -> None:
    notebook = Notebook(load_text(FILE))
    notebook.open(KEYSTEP, [KEYSTEP])
    assert rows(notebook, KEYSTEP, (0xB0, 74, 50), (0xB0, 75, 50), (0x90, 60, 9), (0x80, 60, 0), (0x90, 62, 9)) == [
        "KeyStep 37 MIDI 1: CC 74 on channel 1 cutoff-2: {from: keys, cc: 74, channel: 1} # moves n.cutoff already",
        "KeyStep 37 MIDI 1: CC 75 on channel 1 decay: {from: keys, cc: 75, channel: 1}",
        "KeyStep 37 MIDI 1: keys on channel 1 voice-2: {from: keys, channel: 1} "
        "# goes under voices; plays n.voice1 to voice4 already",
        "KeyStep 37 MIDI 1: note C4 on channel 1 pad60: {from: keys, note: C4, channel: 1}",
        "KeyStep 37 MIDI 1: note D4 on channel 1 pad62: {from: keys, note: D4, channel: 1} "
        "# plays n.voice1 to voice4 already",
    ]


def test_a_port_that_the_file_has_not_is_introduced_once_and_keeps_its_name_when_it_is_plugged_again() -> None:
    notebook = Notebook(Mapping())
    present = [KEYSTEP, PADS, PADS.replace("28", "32")]
    for name in present:
        notebook.open(name, present)
    assert rows(notebook, KEYSTEP, (0xB0, 74, 50)) == [
        'KeyStep 37 MIDI 1 keystep-37: "KeyStep 37 MIDI 1" # goes under ports',
        "KeyStep 37 MIDI 1: CC 74 on channel 1 cutoff: {from: keystep-37, cc: 74, channel: 1}",
    ]
    assert rows(notebook, present[2], (0xC0, 1))[0].endswith(
        'pads-2: {match: "Pads MIDI 1", nth: 2} # goes under ports'
    )
    notebook.close(KEYSTEP)
    again = KEYSTEP.replace("24", "36")
    notebook.open(again, [again, *present[1:]])
    assert rows(notebook, again, (0xB0, 74, 51), (0xC0, 1)) == [
        "KeyStep 37 MIDI 1: program on channel 1 program-2: {from: keystep-37, program: true, channel: 1}"
    ]
    assert notebook.hear(KEYSTEP, (0xC5, 1), 0.0) is None


def test_of_a_device_at_a_usb_place_which_is_gone_when_it_is_unplugged_nothing_is_told_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = {KEYSTEP: Device(usb="1-1")}
    monkeypatch.setattr(notebook_module, "device_of", lambda name: there.get(name, UNKNOWN))
    notebook = Notebook(Mapping())
    notebook.open(KEYSTEP, [KEYSTEP])
    assert rows(notebook, KEYSTEP, (0xC0, 1))
    there.clear()
    notebook.close(KEYSTEP)
    there[KEYSTEP] = Device(usb="1-1")
    notebook.open(KEYSTEP, [KEYSTEP])
    assert rows(notebook, KEYSTEP, (0xC0, 1)) == []


def test_a_control_that_is_another_after_all_keeps_its_name() -> None:
    notebook = Notebook(load_text(FILE))
    notebook.open(KEYSTEP, [KEYSTEP])
    right, left = ((0xB0, 16, 1),) * 4, ((0xB0, 16, 65),) * 2
    now, said = 0.0, list[str]()
    for message in (*right, *left):
        entries = [notebook.due(now), notebook.hear(KEYSTEP, message, now)]
        said += [as_text(entry) for entry in entries if entry is not None]
        now += 0.1 if message in right[:1] and now < 0.25 else 2.0
    assert [" ".join(row.split()) for row in said] == [
        "KeyStep 37 MIDI 1: CC 16 on channel 1, an endless encoder "
        "cc16: {from: keys, cc: 16, channel: 1, mode: relative, encoding: twos-complement} "
        "# or so it seems: turn it the other way too",
        "KeyStep 37 MIDI 1: CC 16 on channel 1, an endless encoder, after all "
        "cc16: {from: keys, cc: 16, channel: 1, mode: relative, encoding: sign-bit}",
    ]


class Busy(MemorySystem):
    """A system in which one port can be opened by one program at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.is_busy = True

    def open_input(self, name: str, receive: Receive) -> OpenPort:
        if self.is_busy and name == PADS:
            raise PortError(f"{name} cannot be opened: it is in use")
        return super().open_input(name, receive)


def nothing(name: str, message: Sequence[int]) -> None:
    pass


def test_a_port_that_another_program_has_to_itself_is_said_once_and_the_others_are_heard() -> None:
    system, heard = Busy(), list[tuple[str, Sequence[int]]]()
    cables = {name: system.plug(name) for name in (KEYSTEP, PADS)}
    with EveryInput(lambda: system, lambda name, message: heard.append((name, message))) as inputs:
        refusal = f"{PADS} cannot be opened: it is in use"
        assert inputs.look() == [Change(KEYSTEP, True), Change(PADS, False, refusal)]
        assert inputs.look() == []
        for cable in cables.values():
            cable.send(0xB0, 74, 1)
        assert heard == [(KEYSTEP, [0xB0, 74, 1])]
        system.is_busy = False
        assert inputs.look() == [Change(PADS, True)]
        system.unplug(KEYSTEP)
        assert inputs.look() == [Change(KEYSTEP, False)]


def test_a_device_that_was_plugged_anew_between_two_looks_is_opened_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    plugging = "7"
    monkeypatch.setattr(every_input, "plugging_of", lambda name: plugging)
    system = MemorySystem()
    system.plug(KEYSTEP)
    with EveryInput(lambda: system, nothing) as inputs:
        inputs.look()
        plugging = "8"
        assert inputs.look() == [Change(KEYSTEP, False), Change(KEYSTEP, True)]


def test_a_midi_system_that_goes_is_looked_for_until_there_is_one() -> None:
    class Mortal(MemorySystem):
        is_gone = False

        def port_names(self, direction: Direction) -> list[str]:
            if self.is_gone:
                raise MidiSystemError("the server is gone")
            return super().port_names(direction)

    systems = [Mortal(), Mortal()]
    for system in systems:
        system.plug(KEYSTEP)
    waiting = iter(systems)
    with EveryInput(lambda: next(waiting), nothing) as inputs:
        inputs.look()
        systems[0].is_gone = True
        assert inputs.look() == [Change(KEYSTEP, False)]
        assert inputs.trouble == "the server is gone"
        assert inputs.look() == [Change(KEYSTEP, True)]
        assert inputs.trouble is None


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> MemorySystem:
    system = MemorySystem()
    monkeypatch.setattr(command, "find_midi_system", lambda: system)
    return system


@pytest.fixture
def interrupt_after(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[], object]], None]]:
    """Play something once `learn` listens, then press Ctrl-C; it leaves the signals as a process that ends has them."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    threads = []

    def play_then_stop(play: Callable[[], object]) -> None:
        thread = threading.Thread(target=lambda: (play(), os.kill(os.getpid(), signal.SIGINT)))
        threads.append(thread)
        begin = command._Course.begin
        monkeypatch.setattr(command._Course, "begin", lambda *arguments: (begin(*arguments), thread.start()))

    yield play_then_stop
    for thread in threads:
        thread.join()
    for number, handler in before.items():
        signal.signal(number, handler)


def test_learn_says_a_line_for_a_knob_and_ctrl_c_is_a_good_end(
    here: Path,
    system: MemorySystem,
    interrupt_after: Callable[[Callable[[], object]], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    (here / "bridge.yaml").write_text(FILE)
    keys = system.plug(KEYSTEP)
    said: list[str] = []

    def play() -> None:
        keys.send(0xB0, 74, 50)
        assert wait_for(lambda: said.append(capsys.readouterr().out) or "cutoff" in "".join(said))

    interrupt_after(play)
    assert main(["learn"]) == 0
    assert "".join(said) == (
        "KeyStep 37 MIDI 1: CC 74 on channel 1         "
        "cutoff-2: {from: keys, cc: 74, channel: 1}  # moves n.cutoff already\n"
    )


def test_a_file_that_is_found_and_wrong_does_not_keep_one_from_learning_but_one_that_is_named_does(
    here: Path,
    system: MemorySystem,
    interrupt_after: Callable[[Callable[[], object]], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    (here / "bridge.yaml").write_text("ports: 7\n")
    assert main(["learn", "bridge.yaml"]) == main(["learn", "-c", "nowhere.yaml"]) == 2
    interrupt_after(lambda: None)
    assert main(["learn"]) == 0
    said = capsys.readouterr().err
    assert "bridge.yaml is wrong (nallely-midibridge check says where), so its names are not used\n" in said
    assert "no MIDI inputs yet: plug something in\n" in said


def test_learn_without_a_midi_system_is_one_line_and_1(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, value in NO_MIDI.items():
        monkeypatch.setenv(name, value)
    assert main(["learn"]) == 1
    assert capfd.readouterr().err == f"nallely-midibridge: {WHY_NO_MIDI}\n"


@pytest.mark.jack
def test_it_listens_beside_a_bridge_that_runs_and_to_what_is_plugged_in_later(jack: str, tmp_path: Path) -> None:
    config = tmp_path / "bridge.yaml"
    text = f'nallely: {{bus: "{NOWHERE}"}}{FILE}'
    with player("KeyStep 37") as keys, Daemon(config, text) as daemon:
        daemon.wait_for("is open (input)")
        command = [*COMMAND, "learn", str(config), "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as learning:
            assert learning.stdout is not None
            heard: list[dict[str, object]] = []
            reader = threading.Thread(
                target=lambda: heard.extend(json.loads(line) for line in learning.stdout or ()), daemon=True
            )
            reader.start()
            assert wait_for(lambda: keys.send_message((0xB0, 74, 50)) or heard, 10)
            assert heard[0]["moves"] == ["n.cutoff"]
            assert heard[0]["lines"] == [
                {"section": "params", "name": "cutoff-2", "write": "cutoff-2: {from: keys, cc: 74, channel: 1}"}
            ]
            with player("test-pads") as pads:
                assert wait_for(lambda: pads.send_message((0x99, 36, 100)) or len(heard) > 1, 10)
            assert heard[1]["port_written"] == '"test-pads:out"'
            learning.send_signal(signal.SIGINT)
            assert learning.wait(10) == 0
            reader.join()
            assert learning.stderr is not None
            assert learning.stderr.read() == ""
        assert len(heard) == 2
