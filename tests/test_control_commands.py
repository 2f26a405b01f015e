"""``status``, ``reload`` and ``panic`` as a user types them, with bridges that run as processes of their own."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nallely_midibridge import __version__
from nallely_midibridge.cli import control
from nallely_midibridge.cli.main import main
from nallely_midibridge.edges import control_folder
from nallely_midibridge.values.difference import ended_words
from tests.control import Client, runtime_folder
from tests.daemon import NOWHERE, Daemon
from tests.recording_bus import RecordingBus
from tests.test_cli import NO_MIDI
from tests.waiting import wait_for

MAPPING = """
nallely: {{bus: "{address}"}}
ports: {{keys: "KeyStep 37", daw: {{virtual: "Nallely"}}}}
neurons:
  {name}:
    voices:
      voice: {{from: keys, count: 2}}
    params:
      cutoff: {{from: keys, cc: 74, range: [0, 1]}}
    probes:
      mon{{1..8}}: {{to: daw, cc: "{{20..27}}"}}
"""
NOBODY = 65534


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with runtime_folder(monkeypatch) as folder:
        yield folder


@pytest.fixture
def far() -> Iterator[RecordingBus]:
    with RecordingBus() as bus:
        yield bus


@contextlib.contextmanager
def running(config: Path, address: str = NOWHERE, name: str = "keys") -> Iterator[Daemon]:
    """A bridge that can be asked."""
    with Daemon(config, MAPPING.format(address=address, name=name), NO_MIDI) as daemon:
        assert wait_for(lambda: socket_of(config, daemon).exists(), 10), daemon.lines
        yield daemon


def socket_of(config: Path, daemon: Daemon) -> Path:
    return config.parent / "nallely-midibridge" / f"{daemon.pid}.sock"


class Typed:
    """A command that was typed, and what came of it."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
        capsys.readouterr()
        self.status = main(arguments)
        self.out, self.err = capsys.readouterr()

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.mark.parametrize("command", ["status", "reload", "panic"])
def test_where_no_bridge_runs_that_is_one_line_and_1(
    runtime: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    nobody = Typed(capsys, command)
    assert (nobody.status, nobody.out) == (1, "")
    assert nobody.err == "nallely-midibridge: no bridge of yours is running; to start one: nallely-midibridge run\n"
    nobody = Typed(capsys, command, "--socket", str(runtime / "7.sock"))
    assert (nobody.status, nobody.out) == (1, "")
    assert nobody.err == f"nallely-midibridge: no bridge listens at {runtime}/7.sock\n"


def test_for_programs_that_no_bridge_runs_is_json_too(runtime: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nobody = Typed(capsys, "status", "--json")
    assert (nobody.status, nobody.err) == (1, "")
    assert nobody.json == {
        "ok": False,
        "error": "no bridge of yours is running; to start one: nallely-midibridge run",
    }


def test_status_tells_how_it_is(runtime: Path, far: RecordingBus, capsys: pytest.CaptureFixture[str]) -> None:
    config = runtime / "bridge.yaml"
    with running(config, far.address) as daemon:
        far.wait_for_values(2)
        status = Typed(capsys, "status", "--json")
        assert (status.status, status.err) == (0, "")
        found = status.json
        assert {key: found[key] for key in ("ok", "version", "pid", "file")} == {
            "ok": True,
            "version": __version__,
            "pid": daemon.pid,
            "file": str(config),
        }
        assert 0 < found["uptime_seconds"] < 60
        rss = next(line for line in Path(f"/proc/{daemon.pid}/status").read_text().splitlines() if "VmRSS" in line)
        assert found["memory_bytes"] == pytest.approx(int(rss.split()[1]) * 1024, rel=0.2)
        assert found["midi"]["system"] is None
        assert "looking again" in found["midi"]["trouble"]
        assert [(port["name"], port["direction"], port["open"]) for port in found["ports"]] == [
            ("keys", "input", False),
            ("daw", "input", False),
            ("daw", "output", False),
        ]
        (neuron,) = found["neurons"]
        assert (neuron["connected"], neuron["bus"]) == (True, f"ws://{far.address}")
        assert neuron["voices"] == {"count": 2, "held": 0, "sounding": 0, "stolen": 0}
        assert neuron["sent"] == 2
        text = Typed(capsys, "status")
        assert (text.status, text.err) == (0, "")
        assert f"connected to ws://{far.address} for " in text.out
        assert "2 voices: 0 held, 0 sounding" in text.out
        assert max(map(len, text.out.splitlines())) <= 80 or len(str(config)) > 70


def test_reload_waits_until_the_new_mapping_plays_and_says_what_changed(
    runtime: Path, far: RecordingBus, capsys: pytest.CaptureFixture[str]
) -> None:
    config = runtime / "bridge.yaml"
    with running(config, far.address) as daemon:
        far.wait_for_values(2)
        same = Typed(capsys, "reload")
        assert (same.status, same.err) == (0, "")
        assert same.out == f"read {config} again: 10 routes kept\n"
        text = config.read_text()
        config.write_text(
            text.replace("count: 2", "count: 3").replace("{1..8}", "{1..7}").replace("{20..27}", "{20..26}")
            + "      extra: {to: daw, cc: 90}\n      more: {to: daw, cc: 91}\n"
        )
        other = Typed(capsys, "reload")
        assert other.out == f"read {config} again: 8 routes kept, 1 changed, 2 added, 1 removed\n"
        assert Typed(capsys, "status", "--json").json["neurons"][0]["voices"]["count"] == 3
        config.write_text(text.replace('"KeyStep 37"', '"nanoKEY2"'))
        assert Typed(capsys, "reload").out.endswith("; 1 port kept, 1 changed\n")
        assert wait_for(lambda: sum(f"read {config} again" in line for line in daemon.lines) == 3)


def test_reload_says_which_held_notes_it_ended() -> None:
    assert ended_words({"keys.voice": 2, "pads.drum": 1}) == (
        "; ended 2 held voices of keys.voice, 1 held voice of pads.drum"
    )
    assert ended_words({}) == ""


def test_reload_of_a_wrong_file_prints_what_check_prints_and_changes_nothing(
    runtime: Path, far: RecordingBus, capsys: pytest.CaptureFixture[str]
) -> None:
    config = runtime / "bridge.yaml"
    with running(config, far.address) as daemon:
        config.write_text(MAPPING.format(address=far.address, name="keys").replace("from:", "form:"))
        checked = Typed(capsys, "check", str(config))
        wrong = Typed(capsys, "reload")
        assert (checked.status, wrong.status, wrong.out) == (2, 2, "")
        assert len(checked.err.splitlines()) > 1
        assert wrong.err == f"{checked.err}{config}: the mapping file is wrong; the mapping stays as it was\n"
        assert Typed(capsys, "status", "--json").json["neurons"][0]["voices"]["count"] == 2
        assert any("the mapping stays as it was" in line for line in daemon.lines)
        config.unlink()
        gone = Typed(capsys, "reload")
        assert gone.status == 2
        assert gone.err.splitlines()[0] == f"{config}: there is no such file"


def test_many_may_reload_at_a_time_while_signals_ask_for_it_too(runtime: Path) -> None:
    """Law: each who asks is answered, and with a file that was read after it asked."""
    config = runtime / "bridge.yaml"
    with running(config) as daemon:
        path = socket_of(config, daemon)
        answers: list[dict[str, Any]] = []

        def ask() -> None:
            with Client(path) as client:
                answers.append(client.ask("reload"))

        threads = [threading.Thread(target=ask) for _ in range(20)]
        for thread in threads:
            thread.start()
            daemon.tell(signal.SIGHUP)
        with Client(path) as other:
            assert other.ask("status")["ok"]
        for thread in threads:
            thread.join()
        assert [answer["routes"]["kept"] for answer in answers] == [10] * 20
        config.write_text("neurons: {}\nports: 1\n")
        with Client(path) as client:
            answer = client.ask("reload")
        assert answer["ok"] is False
        assert answer["file"] == str(config)
        assert all(problem.startswith(f"{config}:") for problem in answer["problems"])


def test_panic_zeroes_the_voices_in_the_session(
    runtime: Path, far: RecordingBus, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(runtime / "bridge.yaml", far.address) as daemon:
        far.wait_for_values(2)
        far.frames.clear()
        silenced = Typed(capsys, "panic")
        assert (silenced.status, silenced.out, silenced.err) == (0, "silenced: neurons keys\n", "")
        assert far.wait_for_values(2) == [("voice1", 0), ("voice2", 0)]
        daemon.wait_for("panic: all is silent")


def test_of_several_bridges_one_has_to_be_chosen_but_a_panic_silences_them_all(
    runtime: Path, far: RecordingBus, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = runtime / "a.yaml", runtime / "b.yaml"
    with running(first, far.address, "one") as one, running(second, far.address, "two") as two:
        far.wait_for_values(4)
        for command in ("status", "reload"):
            several = Typed(capsys, command)
            assert (several.status, several.out) == (1, "")
            head, *rest = several.err.splitlines()
            assert head == "nallely-midibridge: 2 bridges are running; say which:"
            assert sorted(rest) == [
                f"  -c {config}  or  --socket {socket_of(config, daemon)}"
                for config, daemon in ((first, one), (second, two))
            ]
        os.symlink(first, runtime / "linked.yaml")
        for choice in (
            ["-c", str(first)],
            ["-c", str(runtime / "linked.yaml")],
            ["--socket", str(socket_of(first, one))],
        ):
            assert Typed(capsys, "status", "--json", *choice).json["pid"] == one.pid
            assert Typed(capsys, "reload", *choice).status == 0
        other = Typed(capsys, "status", "-c", str(runtime / "c.yaml"))
        assert other.status == 1
        assert other.err.startswith(f"nallely-midibridge: no bridge runs with {runtime}/c.yaml; running:\n  -c ")
        far.frames.clear()
        silenced = Typed(capsys, "panic")
        assert silenced.status == 0
        assert sorted(silenced.out.splitlines()) == ["silenced: neurons one", "silenced: neurons two"]
        assert len(far.wait_for_values(4)) == 4
        assert Typed(capsys, "panic", "-c", str(second)).out == "silenced: neurons two\n"


def test_a_bridge_that_hangs_is_said_and_the_others_are_silenced_all_the_same(
    runtime: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "ANSWER_WITHIN", 0.5)
    with running(runtime / "a.yaml", name="one") as one, running(runtime / "b.yaml", name="two"):
        one.tell(signal.SIGSTOP)
        try:
            silenced = Typed(capsys, "panic")
            hangs = Typed(capsys, "status")
        finally:
            one.tell(signal.SIGCONT)
    path = socket_of(runtime / "a.yaml", one)
    assert silenced.status == 1
    assert silenced.out.endswith("not connected, so silenced at the next connect only: two\n")
    assert f"the bridge at {path} does not answer within 0.5 s" in silenced.err
    assert f"  --socket {path}  (it does not answer)" in hangs.err.splitlines()


def test_what_a_killed_bridge_leaves_is_not_asked_and_cleaned_up_by_the_next(
    runtime: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = runtime / "bridge.yaml"
    with running(config) as killed:
        left = socket_of(config, killed)
        killed.stop(signal.SIGKILL)
    assert left.exists()
    assert Typed(capsys, "status").status == 1
    with running(config) as daemon:
        assert not left.exists()
        assert Typed(capsys, "status", "--json").json["pid"] == daemon.pid
    assert list(left.parent.iterdir()) == []


def test_the_bridge_ends_in_time_whatever_hangs_on_its_socket(runtime: Path) -> None:
    config = runtime / "bridge.yaml"
    with running(config) as daemon:
        path = socket_of(config, daemon)
        with Client(path) as silent, Client(path) as half, Client(path) as deaf:
            half.send(b'{"do": ')
            deaf.send(b'{"do": "status"}\n' * 200)
            assert silent.ask("status")["ok"]
            assert daemon.stop() < 1
    assert daemon.status == 0
    assert not path.exists()


def test_the_bridge_runs_where_no_control_socket_can_be(tmp_path: Path, far: RecordingBus) -> None:
    text = MAPPING.format(address=far.address, name="keys")
    (tmp_path / f"nallely-midibridge-{os.geteuid()}").touch()
    environment = {**NO_MIDI, "XDG_RUNTIME_DIR": "/nowhere", "TMPDIR": str(tmp_path)}
    with Daemon(tmp_path / "bridge.yaml", text, environment) as daemon:
        far.wait_for_values(2)
        daemon.wait_for("no control socket, so this bridge cannot be asked anything: ")
        assert daemon.stop() < 1
    assert daemon.status == 0


def test_ctrl_c_while_a_reload_takes_its_time_ends_it_without_a_word(tmp_path: Path) -> None:
    path = tmp_path / "1.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.settimeout(10)
        listener.bind(str(path))
        listener.listen()
        command = [sys.executable, "-m", "nallely_midibridge", "reload", "--socket", str(path)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as reload:
            client, _ = listener.accept()
            with client:
                assert client.recv(100) == b'{"do": "reload"}\n'
                reload.send_signal(signal.SIGINT)
                assert reload.wait(5) == 130
                assert reload.stderr is not None
                assert reload.stderr.read() == ""


class Impostor:
    """Something else that listens where a bridge should, and says one thing to everybody."""

    def __init__(self, path: Path, says: bytes) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._says = says
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        client, _ = self._listener.accept()
        with client, contextlib.suppress(ConnectionError):
            client.recv(100)
            client.sendall(self._says)

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._listener.close()


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (b"", "ended, or turned us away, before it answered"),
        (b"hello\n", "is no bridge"),
        (b'{"ok": 1}\n', "is no bridge"),
        (b"[" * 100_000 + b"\n", "is no bridge"),
        (b"\xff" * 3_000_000, "is no bridge"),
        (b'{"ok": false, "error": "it is late"}\n', "it is late"),
        (b'{"ok": true, "version": "9.1"}\n', "the running bridge is of another version, 9.1; try: status --json"),
    ],
)
def test_an_answer_of_something_else_is_one_line_and_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], says: bytes, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nallely_midibridge.edges.control_client.ANSWER_LIMIT", 1_000_000)
    path = tmp_path / "1.sock"
    with Impostor(path, says):
        answer = Typed(capsys, "status", "--socket", str(path))
    assert (answer.status, answer.out) == (1, "")
    assert words in answer.err
    assert answer.err.count("\n") == 1


def test_two_choices_are_one_too_many(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["panic", "-c", "a.yaml", "--socket", "1.sock"])
    assert ended.value.code == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_the_systems_bridge_answers_root_and_sends_others_to_root(
    runtime: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As with DynamicUser= and RuntimeDirectory=: the folder and the process are those of another user."""
    system = control_folder.SYSTEM_FOLDER
    system.mkdir(mode=0o700)
    for folder in (runtime.parent, runtime):
        folder.chmod(0o755)
    config = runtime / "bridge.yaml"
    with Daemon(
        config, MAPPING.format(address=NOWHERE, name="keys"), {**NO_MIDI, "RUNTIME_DIRECTORY": str(system)}
    ) as daemon:
        assert wait_for(lambda: (system / f"{daemon.pid}.sock").exists(), 10), daemon.lines
        os.chown(system, NOBODY, NOBODY)
        assert Typed(capsys, "status", "--json").json["pid"] == daemon.pid
        os.chown(system, 0, 0)
        reader, writer = os.pipe()
        if os.fork() == 0:
            try:
                os.setuid(NOBODY)
                with contextlib.redirect_stderr(os.fdopen(writer, "w")) as said:
                    main(["status"])
                    said.flush()
            finally:
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as said:
            advice = f"for the system's, in {system}, ask as root: sudo …"
            assert said.read() == f"nallely-midibridge: no bridge of yours is running; {advice}\n"
        os.wait()
