"""Laws of reading the mapping file in a process of its own: it says what reading it here says, it may fail in any way
without harm to the process that plays, and it leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from nallely_midibridge import __version__
from nallely_midibridge.edges.file_reader import FileReader
from nallely_midibridge.mapping_file import load_file
from nallely_midibridge.values.errors import MappingError, ReadError
from nallely_midibridge.values.mapping import Mapping
from tests.daemon import NOWHERE, Daemon
from tests.test_cli import CONFIG, KEYBOARD
from tests.waiting import wait_for

ROOT = Path(__file__).parents[1]
TEXT = KEYBOARD.format(address=NOWHERE)
NO_MIDI = {"MIDO_BACKEND": "no_such_module"}
EXAMPLES = sorted(CONFIG.rglob("*.yaml"))

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks at processes as Linux shows them")


def mapping_apart(path: Path | str, stop_is_asked: Callable[[], bool] = lambda: False) -> Mapping | None:
    with FileReader(path) as reader:
        return reader.mapping(stop_is_asked)


def failure(path: Path) -> str:
    with pytest.raises(ReadError) as caught:
        mapping_apart(path)
    return str(caught.value).removeprefix(f"{path}: the process that reads it ")


def children(pid: int) -> list[int]:
    """The processes that a process has started and not yet seen end."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(status.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        found += [int(status.parent.name)] if parent == pid else []
    return found


@pytest.fixture(autouse=True)
def no_process_left_behind() -> Iterator[None]:
    """Law: whatever happens, the other process is gone, and no zombie is left of it."""
    before = set(children(os.getpid()))
    yield
    assert set(children(os.getpid())) <= before


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "bridge.yaml"
    path.write_text(TEXT)
    return path


@pytest.fixture
def in_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have a piece of program run in the other process before it begins."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{ROOT}")

    def have(program: str) -> None:
        (folder / "sitecustomize.py").write_text(program)

    return have


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A file that takes for ever to read: the other process hangs."""
    path = tmp_path / "pipe.yaml"
    os.mkfifo(path)
    return path


@contextmanager
def being_read(pipe: Path) -> Iterator[None]:
    """Once somebody reads the pipe, who then waits for what is never written."""
    writers: list[int] = []

    def is_read() -> bool:
        with suppress(OSError):  # nobody reads it yet
            writers.append(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
        return bool(writers)

    assert wait_for(is_read, 10)
    try:
        yield
    finally:
        os.close(writers[0])


# What it says.


def test_it_gives_way_only_where_somebody_plays(pipe: Path) -> None:
    """Law: a start takes no longer than it must on a busy machine, and a reload takes no time from notes."""
    for gives_way, more in ((False, 0), (True, 10)):
        with FileReader(pipe, gives_way=gives_way) as reader, being_read(pipe):
            pid = reader._process.pid  # not the only child, where a JACK server runs for other tests
            assert os.getpriority(os.PRIO_PROCESS, pid) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + more)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_finds_in_a_file_what_is_found_here(path: Path) -> None:
    assert mapping_apart(path) == load_file(path)


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"neurons: {keys: {params: {x: {form: keys, cc: 200}}}}\nnallelly: 1\n",
        b"a: \xff\n",
        b"#" * (1 << 20) + b"\n",
    ],
    ids=["missing", "empty", "wrong", "no text", "too long"],
)
def test_it_says_of_a_wrong_file_what_is_said_here(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "bridge.yaml"
    if content is not None:
        path.write_bytes(content)
    for wrong in (path, tmp_path):  # a folder is wrong as well
        with pytest.raises(MappingError) as here:
            load_file(wrong)
        with pytest.raises(MappingError) as apart:
            mapping_apart(wrong)
        assert apart.value.problems == tuple(str(problem) for problem in here.value.problems)


def test_a_name_that_is_no_text_is_said_as_here(tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.yaml")
    with pytest.raises(MappingError, match="there is no such file"):
        mapping_apart(path)


def test_it_reads_what_a_shell_has_opened(config: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, config.read_bytes())
    os.close(writer)
    assert mapping_apart(f"/dev/fd/{reader}") == load_file(config)
    os.close(reader)


def test_it_reads_standard_input(config: Path) -> None:
    program = (
        "from nallely_midibridge.edges.file_reader import FileReader as R\n"
        "with R('/dev/stdin') as reader: print(reader.mapping(lambda: False).neurons[0].name)"
    )
    with config.open() as file:
        ran = subprocess.run([sys.executable, "-c", program], stdin=file, cwd=ROOT, capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("keys\n", "")


# What it gets.


def test_a_module_in_the_current_folder_is_not_taken(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("yaml", "nallely_midibridge", "re", "contextlib"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module')")
    monkeypatch.chdir(tmp_path)
    assert mapping_apart("bridge.yaml") == load_file(config)


def test_it_gets_no_descriptor_of_ours(config: Path, in_the_other: Callable[[str], None], tmp_path: Path) -> None:
    in_the_other(
        "import json, os\n"
        "open_ones = [number for number in os.listdir('/proc/self/fd') if os.path.exists(f'/proc/self/fd/{number}')]\n"
        f"json.dump(sorted(map(int, open_ones)), open({str(tmp_path / 'seen')!r}, 'w'))\n"
    )
    with socket.socket() as ours:
        ours.set_inheritable(True)
        mapping_apart(config)
        assert json.loads((tmp_path / "seen").read_text()) == [0, 1, 2]


# How it may fail.


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("import os; os._exit(3)", "failed with status 3"),
        ("import os; os.kill(os.getpid(), 9)", "was ended by signal 9 (Killed)"),
        ("print('hello')", "gave an answer that means nothing: "),
        ("import os; os.write(1, b'.')", "gave an answer that means nothing: "),
        (
            "import nallely_midibridge; nallely_midibridge.__version__ = '99'",
            f"is of version 99, but {__version__} is running; start nallely-midibridge anew",
        ),
    ],
)
def test_a_failure_is_said_and_is_none_of_the_files(
    program: str, expected: str, config: Path, in_the_other: Callable[[str], None]
) -> None:
    in_the_other(program)
    assert failure(config).startswith(expected)


def test_a_mapping_of_another_making_is_refused_and_not_mixed_up(
    config: Path, in_the_other: Callable[[str], None]
) -> None:
    """As when the program was replaced by another one of the same version while it ran."""
    in_the_other(
        "import nallely_midibridge.values.mapping as mapping\n"
        "from dataclasses import make_dataclass\n"
        "fields = [('path', str, '/'), ('url', str, ''), ('ca_file', object, None), ('headers', tuple, ())]\n"
        "mapping.Bus = make_dataclass('Bus', fields, frozen=True, slots=True)\n"
        "mapping.Bus.__module__ = mapping.__name__\n"
    )
    assert failure(config).startswith("gave an answer that means nothing: ")


def test_one_that_cannot_be_started_is_said(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert failure(config) == "could not be started: No such file or directory"


def test_one_that_hangs_is_given_up(pipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nallely_midibridge.edges.file_reader.READ_WITHIN", 0.3)
    assert failure(pipe) == "gave no answer within 0.3 seconds"


def test_a_stop_is_not_kept_waiting(pipe: Path) -> None:
    began = time.monotonic()
    assert mapping_apart(pipe, lambda: True) is None
    assert time.monotonic() - began < 10


# In the daemon.


PLAYING = """
import logging, os, signal, sys
from nallely_midibridge.cli.main import main

def look(*details, **more):
    record = logging.LogRecord(*details, **more)
    if "trying again every second" in record.getMessage():
        os.kill(os.getpid(), signal.SIGHUP)
    if " again: " in record.getMessage():
        print(*sorted(sys.modules))
        os.kill(os.getpid(), signal.SIGTERM)
    return record

logging.setLogRecordFactory(look)
sys.exit(main(["run", "-c", sys.argv[1]]))
"""
"""The daemon, which lists its modules when it has read its file again, and ends."""


def test_the_process_that_plays_does_not_load_yaml(config: Path, tmp_path: Path) -> None:
    """Law: not at the start, and not for a reload."""
    environment = {**os.environ, **NO_MIDI, "XDG_RUNTIME_DIR": str(tmp_path), "RUNTIME_DIRECTORY": ""}
    ran = subprocess.run(
        [sys.executable, "-c", PLAYING, str(config)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert ran.returncode == 0, ran.stderr
    loaded = {name.partition(".")[0] for name in ran.stdout.split()}
    assert "websockets" in loaded
    assert not loaded & {"yaml", "_yaml"}
    assert "nallely_midibridge.mapping_file" not in ran.stdout.split()


@contextmanager
def starting(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A daemon that has its file read, in a process group of its own, as a shell starts it."""
    environment = {**os.environ, **NO_MIDI, "XDG_RUNTIME_DIR": str(path.parent), "RUNTIME_DIRECTORY": ""}
    with subprocess.Popen(
        [sys.executable, "-m", "nallely_midibridge", "run", "-c", str(path)],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as daemon:
        try:
            with being_read(path):
                yield daemon
        finally:
            daemon.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_while_the_file_is_read_is_a_clean_one(pipe: Path, number: int) -> None:
    with starting(pipe) as daemon:
        (other,) = children(daemon.pid)
        os.killpg(daemon.pid, number)
        assert daemon.wait(15) == 0
        assert daemon.stderr is not None
        assert daemon.stderr.read() == ""
        assert not Path(f"/proc/{other}").exists()


def test_one_that_is_killed_at_the_start_is_said_and_worth_another_try(pipe: Path) -> None:
    """Law: not status 2, after which systemd does not start the service again."""
    with starting(pipe) as daemon:
        os.kill(children(daemon.pid)[0], signal.SIGKILL)
        assert daemon.wait(5) == 1
        assert daemon.stderr is not None
        said = f"{pipe}: the process that reads it was ended by signal 9 (Killed)"
        assert daemon.stderr.read() == f"nallely-midibridge: {said}\n"


def test_one_that_is_killed_during_a_reload_changes_nothing(config: Path) -> None:
    with Daemon(config, TEXT, NO_MIDI) as daemon:
        daemon.wait_for("Connection refused")
        config.unlink()
        os.mkfifo(config)
        daemon.tell(signal.SIGHUP)
        with being_read(config):
            os.kill(children(daemon.pid)[0], signal.SIGKILL)
        daemon.wait_for(f"{config}: the process that reads it was ended by signal 9 (Killed)")
        daemon.wait_for("the mapping stays as it was")
        assert children(daemon.pid) == []
        config.unlink()
        config.write_text(TEXT.replace("  keys:", "  other:"))
        daemon.tell(signal.SIGHUP)
        daemon.wait_for("neuron 'other': no connection")
    assert daemon.status == 0
