"""The commands as a user types them: what they print, their exit statuses, and how they end."""

import json
import logging
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nallely_midibridge import __version__
from nallely_midibridge.cli.main import main
from nallely_midibridge.edges import rtmidi_system
from nallely_midibridge.edges.logs import set_up_logs
from tests.daemon import NOWHERE, Daemon
from tests.jack_peers import player
from tests.recording_bus import RecordingBus

COMMAND = [sys.executable, "-m", "nallely_midibridge"]
CONFIG = Path(__file__).parents[1] / "config"
NO_MIDI = {
    "MIDO_BACKEND": "mido.backends.rtmidi/UNIX_JACK",
    "JACK_DEFAULT_SERVER": "nobody",
    "JACK_NO_START_SERVER": "1",
}
"""An environment in which no MIDI system is to be found, whatever the machine has."""

WHY_NO_MIDI = (
    "no JACK server answers; start one, such as: jackd -d alsa"
    if rtmidi_system.rtmidi
    else "no MIDI system: ALSA's library is missing; try: sudo apt install libasound2"
)

KEYBOARD = """
nallely: {{bus: "{address}"}}
ports: {{keys: "KeyStep 37"}}
neurons:
  keys:
    voices:
      voice: {{from: keys}}
"""


@pytest.fixture
def no_midi(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in NO_MIDI.items():
        monkeypatch.setenv(name, value)


def test_check_prints_the_routes_of_a_good_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(CONFIG / "keyboard.yaml")]) == 0
    printed = capsys.readouterr()
    assert "KeyStep 37" in printed.out
    assert "voice" in printed.out
    assert printed.err == ""


def test_check_prints_every_problem_of_a_wrong_file_and_exits_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bridge.yaml"
    path.write_text("ports: {keys: K}\nneurons:\n  keys:\n    params:\n      cutoff: {from: key, cc: 200, chanel: 1}\n")
    assert main(["check", str(path)]) == 2
    problems = capsys.readouterr().err.splitlines()
    assert len(problems) == 3
    assert all(line.startswith(f"{path}:5:") for line in problems)
    assert any("did you mean 'channel'?" in line for line in problems)


@pytest.mark.parametrize("command", ["check", "check -c", "run", "run -c"])
def test_a_file_that_is_not_there_is_one_line_and_2(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.split(), "/nowhere/bridge.yaml"]) == 2
    assert capsys.readouterr().err == "/nowhere/bridge.yaml: there is no such file\n"


def test_run_without_any_file_says_where_it_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert main(["run"]) == 2
    said = capsys.readouterr().err
    assert "bridge.yaml, " in said
    assert f"{tmp_path}/config/nallely-midibridge/bridge.yaml" in said
    assert "/etc/nallely-midibridge/bridge.yaml" in said


def test_run_finds_the_users_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nallely_midibridge.cli.config import find_config

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    users = tmp_path / "config/nallely-midibridge/bridge.yaml"
    users.parent.mkdir(parents=True)
    users.touch()
    assert find_config() == users
    Path("bridge.yaml").touch()
    assert find_config() == Path("bridge.yaml")


def test_a_folder_that_cannot_be_looked_into_has_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", "/" + "x" * 300)  # to root, whose folders are all open, one of another kind
    assert main(["check"]) == 2
    assert "no mapping file; looked for bridge.yaml, /xxx" in capsys.readouterr().err


def test_what_the_system_refuses_is_said_with_the_place() -> None:
    folder = "/" + "x" * 300
    command = [*COMMAND, "service", "install", "--user", "--dry-run"]
    ended = subprocess.run(command, env={**os.environ, "XDG_CONFIG_HOME": folder}, capture_output=True, text=True)
    place = f"{folder}/nallely-midibridge/bridge.yaml"
    assert (ended.stderr, ended.returncode) == (f"nallely-midibridge: {place}: File name too long\n", 1)


HOMELESS = """
import pwd, sys
def no_user(uid):
    raise KeyError(uid)
pwd.getpwuid = no_user
from nallely_midibridge.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
"""The program as a user who is in no list of users, as in a container."""


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["check"], 2, "no mapping file; looked for bridge.yaml, /etc/nallely-midibridge/bridge.yaml. "),
        (["doctor"], 1, ""),
        (["service", "install", "--user", "--dry-run"], 1, "this user has no home"),
    ],
)
def test_a_user_without_a_home_is_told_so(arguments: list[str], status: int, words: str, tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key not in ("HOME", "XDG_CONFIG_HOME")}
    ended = subprocess.run(
        [sys.executable, "-c", HOMELESS, *arguments],
        cwd=tmp_path,
        env={**environment, **NO_MIDI},
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in ended.stderr
    assert (ended.returncode, words in ended.stderr) == (status, True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_daemon_within_a_second_with_0(tmp_path: Path, number: int) -> None:
    with RecordingBus() as far:
        with Daemon(tmp_path / "bridge.yaml", KEYBOARD.format(address=far.address), NO_MIDI) as daemon:
            far.wait_for_values(4)
            assert daemon.stop(number) < 1
            assert daemon.status == 0
        assert "nothing is left sounding" in daemon.lines[-1]


def test_sighup_reads_the_file_again_and_a_wrong_one_changes_nothing(tmp_path: Path) -> None:
    config = tmp_path / "bridge.yaml"
    text = KEYBOARD.format(address=NOWHERE)
    with Daemon(config, text, NO_MIDI) as daemon:
        daemon.wait_for("Connection refused")
        config.write_text(text.replace("from: keys", "form: keys"))
        daemon.tell(signal.SIGHUP)
        daemon.wait_for("bridge.yaml:7:15: neurons.keys.voices.voice: unknown key 'form'; did you mean 'from'?")
        daemon.wait_for("the mapping stays as it was")
        config.write_text(text.replace("  keys:", "  other:"))
        daemon.tell(signal.SIGHUP)
        daemon.wait_for(f"read {config} again")
        daemon.wait_for("neuron 'other': no connection")
    assert daemon.status == 0


def test_without_a_midi_system_and_without_a_session_the_daemon_says_so_once_and_waits(tmp_path: Path) -> None:
    with Daemon(tmp_path / "bridge.yaml", KEYBOARD.format(address=NOWHERE), NO_MIDI) as daemon:
        daemon.wait_for("Connection refused")
        time.sleep(1.2)  # time for a second look and a second try, which must add no line
        daemon.stop()
    assert daemon.status == 0
    assert daemon.lines[-1].endswith("stopped; not connected, so silenced at the next connect only: keys")
    first, *troubles, stopping, stopped = (line.partition(" ")[2].partition(";")[0] for line in daemon.lines)
    assert (first, stopping, stopped) == (
        f"nallely-midibridge {__version__} with {tmp_path}/bridge.yaml",
        "stopping",
        "stopped",
    )
    assert sorted(troubles) == sorted(
        [
            WHY_NO_MIDI.partition(";")[0],
            f"neuron 'keys': no connection to ws://{NOWHERE}/keys/autoconfig: Connection refused",
        ]
    )


@pytest.mark.parametrize("is_the_journals", [True, False])
def test_lines_for_the_journal_carry_priorities_and_no_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_the_journals: bool
) -> None:
    """Law: only where standard error is the very stream that JOURNAL_STREAM names, not wherever it is inherited."""
    with (tmp_path / "journal").open("w+") as journal:
        status = os.fstat(journal.fileno())
        inode = status.st_ino if is_the_journals else status.st_ino + 1
        monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{inode}")
        monkeypatch.setattr(sys, "stderr", journal)
        set_up_logs()
        logging.getLogger("nallely_midibridge.test").info("nallely-midibridge %s", "begins")
        journal.seek(0)
        line = journal.read()
    for handler in logging.getLogger("nallely_midibridge").handlers:
        assert isinstance(handler, logging.StreamHandler)
        handler.stream.close()
    logging.getLogger("nallely_midibridge").handlers.clear()
    logging.getLogger("nallely_midibridge").propagate = True
    assert line.startswith("<6>nallely-midibridge ") == is_the_journals
    assert line.endswith("nallely-midibridge begins\n")


def test_why_a_command_ends_is_an_error_in_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (wrong := tmp_path / "wrong.yaml").write_text("ports: 7\nneuron: 8\n")
    with (tmp_path / "journal").open("w+") as journal:
        status = os.fstat(journal.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino}")
        monkeypatch.setattr(sys, "stderr", journal)
        assert main(["check", str(wrong)]) == 2
        journal.seek(0)
        lines = journal.read().splitlines()
    assert len(lines) >= 2
    assert all(line.startswith("<3>") for line in lines)


def test_what_is_said_while_a_library_is_kept_from_saying_anything_is_not_lost() -> None:
    """Law: of what writes to standard error only the library that is asked to be silent is."""
    script = """if True:
        import logging
        from nallely_midibridge.edges.logs import set_up_logs
        from nallely_midibridge.edges.rtmidi_system import _hush
        set_up_logs()
        with _hush():
            logging.getLogger("nallely_midibridge.test").info("what matters")
    """
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.stderr.endswith(" what matters\n"), ran.stderr


def test_ports_without_a_midi_system_is_one_line_and_1(no_midi: None, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["ports"]) == 1
    assert capfd.readouterr().err == f"nallely-midibridge: {WHY_NO_MIDI}\n"
    assert main(["ports", "--json"]) == 1
    assert json.loads(capfd.readouterr().out)["midi_system"] is None


@pytest.mark.jack
def test_ports_shows_what_to_write(jack: str, capsys: pytest.CaptureFixture[str]) -> None:
    with player("test-keyboard"):
        assert main(["ports"]) == 0
        said = capsys.readouterr().out
        assert main(["ports", "--json"]) == 0
        listed = json.loads(capsys.readouterr().out)
    assert "'test-keyboard:out'" in said
    assert 'keys: "test-keyboard:out"' in said
    assert listed["midi_system"] == "JACK"
    entry = {"name": "test-keyboard:out", "write": "test-keyboard:out", "usb": None, "serial": None}
    assert {**entry, "input": True, "output": False} in listed["ports"]


@pytest.mark.jack
def test_ports_watch_tells_what_comes_and_goes(jack: str) -> None:
    with subprocess.Popen(
        [*COMMAND, "ports", "--watch"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as watch:
        assert watch.stdout is not None
        assert watch.stdout.readline().startswith("MIDI: JACK")
        with player("test-pads"):
            assert watch.stdout.readline() == "+ 'test-pads:out'  input\n"
        assert watch.stdout.readline() == "- 'test-pads:out'  input\n"
        watch.send_signal(signal.SIGINT)
        assert watch.wait(5) == 0


def test_demo_plays_for_the_seconds_it_is_given_and_leaves_silence() -> None:
    ran = subprocess.run([*COMMAND, "demo", "--seconds", "2"], capture_output=True, text=True, timeout=20)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    for expected in ("demo.voice1: A3", "DAW: note on", "DAW: CC 20", "Try next:", "nothing is left sounding"):
        assert expected in ran.stdout


def test_ctrl_c_ends_the_demo_cleanly() -> None:
    with subprocess.Popen([*COMMAND, "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        assert demo.stderr is not None
        while "voice4" not in demo.stdout.readline():
            assert demo.poll() is None
        demo.send_signal(signal.SIGINT)
        rest = demo.stdout.read()
        assert demo.wait(5) == 0
        assert "nothing is left sounding" in rest
        assert demo.stderr.read() == ""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_without_our_letters_is_no_error(encoding: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    for arguments in (["demo", "--seconds", "0.5"], ["check", str(CONFIG / "service.yaml")], ["ports"]):
        ran = subprocess.run([*COMMAND, *arguments], capture_output=True, env=environment, timeout=20)
        assert b"Traceback" not in ran.stderr


def test_a_full_disk_is_one_line_and_1() -> None:
    with open("/dev/full", "w") as full:
        ran = subprocess.run(
            [*COMMAND, "check", str(CONFIG / "daw.yaml")], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert (ran.returncode, ran.stderr) == (1, "nallely-midibridge: No space left on device\n")


@pytest.mark.parametrize(
    "arguments", [["dance"], ["check", "a", "b"], ["demo", "--seconds", "soon"], ["demo", "--seconds", "-1"]]
)
def test_wrong_usage_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: nallely-midibridge" in capsys.readouterr().err


def test_the_name_alone_tells_which_commands_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    for command in ("run", "init", "learn", "doctor", "demo"):
        assert f"\n    {command} " in said.err


def test_seconds_that_are_no_number_are_told_as_any_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["demo", "--seconds", "soon"])
    assert "--seconds: must be a number of seconds above 0, not soon" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{shlex.join([*COMMAND, 'check', str(CONFIG / 'service.yaml')])} | head -n 1"
    ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, env=dict(os.environ)
    )
    assert ran.stderr == ""
    assert ran.returncode == 0
