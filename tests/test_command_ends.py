"""How commands end that are broken off, or cannot say what they have to say."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, Final

import pytest

CONFIG: Final = str(Path(__file__).parents[1] / "config/keyboard.yaml")
SCENARIO: Final = str(Path(__file__).parent / "scenarios/buttons.txt")

INTERRUPTING: Final = """
import os, runpy, signal, sys
SIGINT = signal.SIGINT
module, *sys.argv = sys.argv[1:]
class CtrlC:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            os.kill(os.getpid(), SIGINT)
sys.modules.pop(module, None)
sys.meta_path.insert(0, CtrlC())
runpy.run_module("nallely_midibridge", run_name="__main__")
"""
"""The program, with Ctrl-C as it looks for a module."""


@pytest.mark.parametrize(
    ("module", "command"),
    [
        ("signal", "schema"),
        ("argparse", "schema"),
        ("nallely_midibridge.cli.main", "schema"),
        ("nallely_midibridge.values.errors", "run"),
        ("nallely_midibridge.edges.signals", "run"),
        ("nallely_midibridge.cli.check", "check"),
        ("nallely_midibridge.mapping_file.load", "check"),
        ("json", "ports"),
    ],
)
def test_ctrl_c_while_a_command_is_loaded_ends_it_without_a_word(module: str, command: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTING, module, "nallely-midibridge", command], capture_output=True, text=True
    )
    assert (ended.stdout, ended.stderr) == ("", "")
    assert ended.returncode in (130, -signal.SIGINT)


def test_who_had_ctrl_c_ignored_has_it_ignored() -> None:
    code = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n{INTERRUPTING}"
    ended = subprocess.run(
        [sys.executable, "-c", code, "nallely_midibridge.cli.main", "nallely-midibridge", "check", CONFIG],
        capture_output=True,
        text=True,
    )
    assert (ended.returncode, ended.stderr) == (0, "")


COMMANDS: Final = ["--help", "--version", "check --help", "service install --help", f"check {CONFIG}", "schema"]


def run(command: str, stdout: int | IO[bytes]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nallely_midibridge", *command.split()], stdout=stdout, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", [*COMMANDS, f"simulate {SCENARIO}"])
def test_what_finds_no_room_is_one_line_and_1(command: str, unbuffered: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    with open("/dev/full", "wb") as full:
        ended = run(command, full)
    assert (ended.stderr, ended.returncode) == ("nallely-midibridge: No space left on device\n", 1)


@pytest.mark.parametrize("command", COMMANDS)
def test_who_reads_no_further_is_told_nothing(command: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ended = run(command, writer)
    finally:
        os.close(writer)
    assert (ended.stderr, ended.returncode) == ("", 0)
