"""``doctor``: each check by itself, on a machine made for it, and the command as it is typed."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nallely_midibridge.cli.main import main
from nallely_midibridge.doctor import (
    Finding,
    Grade,
    Patient,
    checks,
    ports,
    running,
    sequencer,
    sessions,
    software,
    unit,
)
from nallely_midibridge.edges.memory_system import MemorySystem
from nallely_midibridge.mapping_file import load_text
from nallely_midibridge.simulated import SimulatedNallely
from nallely_midibridge.values.errors import MidiSystemError
from tests.control import runtime_folder
from tests.recording_bus import RecordingBus
from tests.test_control_commands import running as running_bridge

MAPPING = """
nallely: {{bus: "{address}"}}
ports: {{keys: "KeyStep 37", pads: {{match: "nanoPAD2", nth: 2}}, daw: {{virtual: "Nallely"}}}}
neurons:
  keys:
    voices: {{voice: {{from: keys, count: 2}}}}
    params: {{cutoff: {{from: pads, cc: 1}}}}
    probes: {{mon: {{to: daw, cc: 20}}}}
"""


def patient(address: str = "127.0.0.1:1", trevor: str = "off") -> Patient:
    mapping = load_text(MAPPING.format(address=address).replace("nallely: {", f"nallely: {{trevor: '{trevor}', "))
    return Patient(mapping, Path("bridge.yaml"))


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with runtime_folder(monkeypatch) as folder:
        yield folder


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> MemorySystem:
    system = MemorySystem()
    for module in (ports, sequencer):
        monkeypatch.setattr(module, "find_midi_system", lambda: system)
    return system


def only(findings: Any) -> Finding:
    (finding,) = findings
    assert isinstance(finding, Finding)
    return finding


# The machine.


def test_the_versions_are_what_a_bug_report_needs() -> None:
    assert f"Python {sys.version.split()[0]}" in only(software.versions(patient())).text
    assert "websockets 1" in only(software.libraries(patient())).text


def test_a_library_that_cannot_be_loaded_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str) -> object:
        if name == "rtmidi":
            raise ImportError("libasound.so.2: cannot open shared object file")
        return sys

    monkeypatch.setattr(software.importlib, "import_module", load)
    missing, others = software.libraries(patient())
    assert (missing.grade, missing.advice) == (Grade.PROBLEM, "sudo apt install libasound2")
    assert "rtmidi" not in others.text
    assert list(software.backend(patient())) == []


def test_a_python_rtmidi_without_any_midi_system_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    class Dummy:
        API_RTMIDI_DUMMY = 5
        API_LINUX_ALSA = 2

        @staticmethod
        def get_compiled_api() -> list[int]:
            return [5]

    monkeypatch.setattr(software.importlib, "import_module", lambda name: Dummy)
    found = only(software.backend(patient()))
    assert found.grade is Grade.PROBLEM
    assert "libasound2-dev" in found.advice


@pytest.fixture
def no_midi(monkeypatch: pytest.MonkeyPatch) -> None:
    def find() -> None:
        raise MidiSystemError("no MIDI system")

    monkeypatch.setattr(sequencer, "find_midi_system", find)


def test_the_sequencers_device_that_is_missing_or_can_be_opened(no_midi: None, tmp_path: Path) -> None:
    missing = only(sequencer.sequencer(patient(), tmp_path / "seq"))
    assert (missing.grade, missing.advice) == (Grade.WARNING, sequencer.LOAD)
    (tmp_path / "seq").touch()
    assert only(sequencer.sequencer(patient(), tmp_path / "seq")).grade is Grade.OK


def test_a_sequencer_that_nobody_needs_is_not_missed(system: MemorySystem, tmp_path: Path) -> None:
    found = only(sequencer.sequencer(patient(), tmp_path / "seq"))
    assert (found.grade, found.advice) == (Grade.OK, "")
    assert found.text.endswith(f"; it is not needed, for MIDI is {system.name}")


def test_a_device_without_its_module(monkeypatch: pytest.MonkeyPatch, no_midi: None) -> None:
    def refuse(*_: object) -> int:
        raise OSError(19, "No such device")

    monkeypatch.setattr(sequencer.os, "open", refuse)
    found = only(sequencer.sequencer(patient()))
    assert (found.grade, found.advice) == (Grade.WARNING, sequencer.LOAD)


@pytest.mark.parametrize(("member", "words"), [(False, "usermod -aG audio"), (True, "log out and in")])
def test_a_device_that_is_not_for_us(monkeypatch: pytest.MonkeyPatch, no_midi: None, member: bool, words: str) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(sequencer.os, "open", refuse)
    monkeypatch.setattr(sequencer.os, "geteuid", lambda: 1234)
    monkeypatch.setattr(sequencer, "_is_member", lambda user: member)
    found = only(sequencer.sequencer(patient()))
    assert found.grade is Grade.PROBLEM
    assert words in found.advice


def test_a_backend_that_cannot_be_used_is_to_be_named_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIDO_BACKEND", "no_such_backend")
    found = only(sequencer.midi_system(patient()))
    assert (found.grade, found.advice) == (Grade.PROBLEM, "unset MIDO_BACKEND")
    assert "no_such_backend" in found.text


def test_no_midi_system_is_a_problem_with_something_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    def find() -> None:
        raise MidiSystemError("no MIDI system: it is missing (try: this) and that is not (with x: y …)")

    monkeypatch.setattr(sequencer, "find_midi_system", find)
    found = only(sequencer.midi_system(patient()))
    assert (found.grade, found.text) == (Grade.PROBLEM, "no MIDI system: it is missing and that is not")
    assert found.advice == sequencer.LOAD


# The ports.


def test_each_port_that_is_there_and_each_that_is_not(system: MemorySystem) -> None:
    system.plug("KeyStep 37")
    there, awaited = ports.ports(patient())
    assert (there.grade, there.text) == (Grade.OK, "port keys: the input is 'KeyStep 37'")
    assert awaited.grade is Grade.WARNING
    assert "'nanoPAD2' is not there, and will be waited for; there: 'KeyStep 37'" in awaited.text


@pytest.mark.parametrize("present", ["KeyStep37", "Arturia KeyStep 37x", "Keystep-37"])
def test_a_near_miss_is_a_problem_and_named(system: MemorySystem, present: str) -> None:
    system.plug(present)
    near, _ = ports.ports(patient())
    assert near.grade is Grade.PROBLEM
    assert f"{present!r} is: write that" in near.text


def test_the_second_of_one_is_not_there(system: MemorySystem) -> None:
    system.plug("nanoPAD2")
    _, second = ports.ports(patient())
    assert (second.grade, second.text) == (
        Grade.PROBLEM,
        "port pads: the input 'nanoPAD2' is there, but not 2 of that name",
    )


# The session.


def test_a_bus_that_answers_and_one_that_does_not() -> None:
    with RecordingBus() as far:
        assert only(sessions.buses(patient(far.address))).grade is Grade.OK
    refused = only(sessions.buses(patient(far.address)))
    assert refused.grade is Grade.PROBLEM
    assert "refused" in refused.text


def test_trevor_tells_whether_a_name_is_free_ours_or_taken(runtime: Path) -> None:
    with SimulatedNallely() as nallely:
        known = patient(nallely.address, nallely.trevor_address)
        assert [found.grade for found in sessions.buses(known)] == [Grade.OK]
        there, free = sessions.trevors(known)
        assert there.grade is free.grade is Grade.OK
        assert free.text == "the name keys is free in the session"
        with running_bridge(runtime / "bridge.yaml", nallely.address) as daemon:
            nallely.wait_for_neuron("keys")
            _, ours = sessions.trevors(known)
            assert ours.text == "the name keys is ours in the session"
            daemon.stop(9)
        _, left = sessions.trevors(known)
        assert left.grade is Grade.WARNING
        assert "has a neuron keys already" in left.text


def test_without_trevor_that_is_a_warning_and_one_that_is_off_is_not_missed() -> None:
    found = only(sessions.trevors(patient(trevor="127.0.0.1:1")))
    assert found.grade is Grade.WARNING
    assert "no Trevor at ws://127.0.0.1:1/trevor: Connection refused" in found.text
    assert list(sessions.trevors(patient())) == []


# What runs.


def test_which_bridges_run(runtime: Path) -> None:
    assert "no bridge" in only(running.bridges(patient())).text
    with running_bridge(runtime / "one.yaml") as daemon:
        found = only(running.bridges(patient()))
        assert (found.grade, found.text) == (Grade.OK, f"a bridge runs, process {daemon.pid}, with {runtime}/one.yaml")


def test_two_bridges_that_play_one_neuron(monkeypatch: pytest.MonkeyPatch, runtime: Path) -> None:
    """The second one refuses to start now; one of an older version does not."""
    both = [running.Running(pid, f"{pid}.yaml", (("ws://host:1", "keys"),), ("keys",)) for pid in (1, 2)]
    monkeypatch.setattr(running, "running_bridges", lambda: both)
    *each, twice = running.bridges(patient())
    assert [found.grade for found in each] == [Grade.OK] * 2
    assert (twice.grade, twice.advice) == (Grade.PROBLEM, "kill 2")
    assert twice.text == "2 bridges play the neuron keys of ws://host:1: processes 1 and 2"


LOADED = {"LoadState": "loaded", "ActiveState": "active", "UnitFileState": "enabled", "NRestarts": "0"}


@pytest.mark.parametrize(
    ("said", "grade", "words"),
    [
        (None, Grade.OK, "is not installed"),
        ({"LoadState": "not-found", "ActiveState": "inactive"}, Grade.OK, "is not installed"),
        (LOADED, Grade.OK, "runs and is started at boot"),
        ({**LOADED, "NRestarts": "3"}, Grade.OK, "restarted 3 times"),
        ({**LOADED, "UnitFileState": "disabled"}, Grade.WARNING, "sudo systemctl enable"),
        ({**LOADED, "ActiveState": "inactive"}, Grade.WARNING, "sudo systemctl start"),
        ({**LOADED, "ActiveState": "failed", "Result": "exit-code"}, Grade.PROBLEM, "journalctl -u"),
    ],
)
def test_the_unit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: dict[str, str] | None, grade: Grade, words: str
) -> None:
    monkeypatch.setattr(unit.shutil, "which", lambda name: name)
    found = only(unit.unit(patient(), lambda of_user: None if of_user else said, tmp_path))
    assert found.grade is grade
    assert words in found.text + found.advice


def test_without_systemd_nothing_is_wrong(tmp_path: Path) -> None:
    assert only(unit.unit(patient(), booted=tmp_path / "none")).grade is Grade.OK


# The whole.


def test_a_check_that_breaks_is_a_finding_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Patient) -> list[Finding]:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(checks, "CHECKS", {"one": broken, "two": software.versions})
    (_, first), (_, second) = checks.diagnose(patient())
    assert (first.grade, second.grade) == (Grade.PROBLEM, Grade.OK)
    assert "ZeroDivisionError: oh" in first.text


def say(monkeypatch: pytest.MonkeyPatch, *findings: Finding) -> None:
    monkeypatch.setattr(checks, "CHECKS", {"it": lambda _: findings})


def test_exit_status_and_lines(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bridge.yaml"
    file.write_text(MAPPING.format(address="127.0.0.1:1"))
    say(monkeypatch, Finding(Grade.OK, "well"), Finding(Grade.WARNING, "hm", "type this"))
    assert main(["doctor", str(file)]) == 0
    said = "ok       it        well\nwarning  it        hm\n                   -> type this\nno problems, 1 warning\n"
    assert capsys.readouterr().out == said
    say(monkeypatch, Finding(Grade.OK, "well"))
    assert main(["doctor", str(file)]) == 0
    assert capsys.readouterr().out == "ok       it        well\nNothing is wrong.\n"
    say(monkeypatch, Finding(Grade.PROBLEM, "oh"), Finding(Grade.WARNING, "hm"), Finding(Grade.WARNING, "hm"))
    assert main(["doctor", str(file)]) == 1
    assert capsys.readouterr().out.endswith("\n1 problem, 2 warnings\n")
    say(monkeypatch, Finding(Grade.PROBLEM, "word " * 30))
    assert main(["doctor", str(file)]) == 1
    out = capsys.readouterr().out
    assert out.endswith("\n1 problem\n")
    assert max(map(len, out.splitlines())) <= 80
    assert main(["doctor", str(file), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["checks"][0]["grade"] == "problem"
    file.write_text("ports: 7\n")
    say(monkeypatch, Finding(Grade.OK, "well"))
    assert main(["doctor", str(file)]) == 2
    assert f"{file}:1:8: ports:" in capsys.readouterr().err
    assert main(["doctor", str(file), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["problems"]


def test_where_there_is_no_file_that_is_a_problem_and_one_command_writes_it() -> None:
    found = only(checks.mapping_file(Patient()))
    assert (found.grade, found.advice) == (Grade.PROBLEM, "nallely-midibridge init")
