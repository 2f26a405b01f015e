"""``monitor``: its lines, its view, and the command on a bridge that runs as a process of its own."""

import io
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from nallely_midibridge.cli.main import main
from nallely_midibridge.cli.monitor.lines import line
from nallely_midibridge.cli.monitor.view import LiveView
from nallely_midibridge.edges.control_client import Watching, ask
from nallely_midibridge.values.control import Do
from nallely_midibridge.values.errors import ControlError
from tests.control import runtime_folder
from tests.recording_bus import RecordingBus
from tests.test_control_commands import running, socket_of
from tests.test_control_status import STATUS
from tests.waiting import wait_for

AT = 1_700_000_000.25


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with runtime_folder(monkeypatch) as folder:
        yield folder


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"event": "midi_in", "port": "keys", "bytes": [0x91, 60, 100]}, "keys -> C4 on 100, channel 2"),
        ({"event": "midi_out", "port": "daw", "bytes": [0xF8]}, "daw <- clock"),
        ({"event": "value_out", "neuron": "n", "parameter": "v1", "value": 60.0}, "n.v1 -> 60"),
        ({"event": "value_in", "neuron": "n", "parameter": "mon", "value": None}, "n.mon <- beyond all numbers"),
        ({"event": "port_lost", "port": "keys", "direction": "input"}, "port keys is gone (input)"),
        ({"event": "link_down", "neuron": "n"}, "neuron n is not connected any more"),
        ({"event": "reload", "ok": False, "error": "no"}, "the mapping file was not taken: no"),
        ({"event": "lost", "count": 1234}, "… 1,234 more, too fast to show"),
        ({"event": "report", "text": "a\nb\x1b[31m"}, "a?b?[31m"),
    ],
)
def test_an_event_in_words(event: dict[str, Any], words: str) -> None:
    said = line({**event, "at": AT})
    assert said[12:14] == "  "
    assert said[14:] == words
    assert said[8:12] == ".250"


KEYS = st.sampled_from(["event", "at", "port", "bytes", "value", "text"])


@given(st.dictionaries(KEYS, st.none() | st.text() | st.floats()))
def test_an_event_of_another_version_is_shown_as_it_came(event: dict[str, Any]) -> None:
    assert line(event).isprintable()
    assert line({**event, "event": "midi_in"}).isprintable()


@pytest.mark.parametrize(("width", "height"), [(100, 30), (60, 12)])
def test_the_view_fits_the_terminal(width: int, height: int) -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=width, height=height)
    view = LiveView(console, "bridge.yaml")
    for number in range(100):
        view.happened({"event": "midi_in", "at": AT, "port": "keys", "bytes": [0xB0, 1, number]})
    view.know(STATUS)
    with console.capture() as capture:
        console.print(view._draw())
    lines = capture.get().splitlines()
    assert len(lines) <= max(height, 16)
    assert "keys -> CC 1 = 99" in lines[-1]
    text = capture.get()
    for words in ("keys in", "waiting for", "scope.mon1"):
        assert words in text


def watchers(socket: Path) -> int:
    return int(ask(socket, Do.STATUS, 5.0)["control"]["watchers"])


def test_where_no_bridge_runs_that_is_one_line_and_1(runtime: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["monitor"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_name_that_nothing_has_is_told_and_what_there_is(runtime: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(runtime / "bridge.yaml") as daemon:
        assert main(["monitor", "--socket", str(socket_of(runtime / "bridge.yaml", daemon)), "keys", "zzz"]) == 1
    assert capsys.readouterr().err == "nallely-midibridge: no port or neuron is called 'zzz'; there are keys and daw\n"


def test_without_an_output_it_is_there_until_the_bridge_ends_all_the_same(runtime: Path) -> None:
    with running(runtime / "bridge.yaml") as daemon:
        socket = socket_of(runtime / "bridge.yaml", daemon)
        program = [sys.executable, "-m", "nallely_midibridge", "monitor", "--socket", str(socket)]
        command = ["sh", "-c", 'exec "$@" >&-', "sh", *program]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as monitor:
            assert wait_for(lambda: watchers(socket) == 1, 10)
            daemon.stop()
            assert monitor.stderr is not None
            assert monitor.stderr.read() == "the bridge has ended\n"
            assert monitor.wait(10) == 0


def test_lines_come_as_json_until_the_bridge_ends_and_then_so_does_it(runtime: Path) -> None:
    with RecordingBus() as far, running(runtime / "bridge.yaml", far.address) as daemon:
        far.wait_for_values(2)
        socket = socket_of(runtime / "bridge.yaml", daemon)
        command = [sys.executable, "-m", "nallely_midibridge", "monitor", "--socket", str(socket), "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as monitor:
            assert monitor.stdout is not None
            assert wait_for(lambda: watchers(socket) == 1, 10)
            assert main(["panic", "--socket", str(socket)]) == 0
            assert json.loads(monitor.stdout.readline())["event"] == "panic"
            daemon.stop()
            rest = [json.loads(text)["event"] for text in monitor.stdout]
            assert rest[-1] == "stopping"
            assert monitor.wait(10) == 0


def test_a_signal_ends_it_and_a_killed_bridge_is_said(runtime: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(runtime / "bridge.yaml") as daemon:
        socket = socket_of(runtime / "bridge.yaml", daemon)
        command = [sys.executable, "-m", "nallely_midibridge", "monitor", "--events", "--socket", str(socket)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as monitor:
            assert monitor.stdout is not None
            assert wait_for(lambda: watchers(socket) == 1, 10)
            main(["panic"])
            assert "panic: all is silent" in monitor.stdout.readline()
            monitor.send_signal(signal.SIGINT)
            assert monitor.wait(10) == 0
        with Watching(socket, {}, 5.0) as watching:
            daemon.stop(signal.SIGKILL)
            with pytest.raises(ControlError, match="ended"):
                watching.take()
