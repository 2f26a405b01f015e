"""The control socket on real Unix sockets: who may ask, and that nobody who asks badly harms anybody."""

import contextlib
import logging
import os
import random
import re
import resource
import socket
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nallely_midibridge.edges import control_folder, control_socket
from nallely_midibridge.edges.control_socket import CLIENTS, ControlSocket, Reply
from nallely_midibridge.values.control import LINE_LIMIT, Do, success
from tests.control import Client, open_descriptors, runtime_folder
from tests.waiting import wait_for

NOBODY = 65534
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")


class Desk:
    """What is behind the socket: it counts, keeps those who want a reload waiting, and may be made to fail."""

    def __init__(self) -> None:
        self.asked: list[Do] = []
        self.waiting: list[Reply] = []
        self.found: dict[str, object] = {"pid": 1}
        self.fails = False

    def handle(self, do: Do, reply: Reply) -> None:
        self.asked.append(do)
        if self.fails:
            raise ZeroDivisionError("somebody's mistake")
        if do is Do.RELOAD:
            self.waiting.append(reply)
        else:
            reply(success(**self.found))


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with runtime_folder(monkeypatch) as folder:
        yield folder


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def control(runtime: Path, desk: Desk) -> Iterator[ControlSocket]:
    control = ControlSocket(desk.handle)
    control.start()
    yield control
    control.stop()
    assert control.clients == 0


@pytest.fixture
def path(control: ControlSocket) -> Path:
    assert control.path is not None
    return control.path


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.INFO, "nallely_midibridge"):
        yield caplog


def is_answered(path: Path) -> bool:
    with Client(path) as client:
        return client.ask("status") == {"ok": True, "pid": 1}


# Who may ask, and where.


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_the_socket_and_its_folder_are_their_owners_alone(runtime: Path, desk: Desk, umask: int) -> None:
    (runtime / "nallely-midibridge").mkdir(mode=0o777)
    (runtime / "nallely-midibridge").chmod(0o777)
    before = os.umask(umask)
    control = ControlSocket(desk.handle)
    try:
        control.start()
        assert control.path == runtime / "nallely-midibridge" / f"{os.getpid()}.sock"
        assert stat.S_IMODE(control.path.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(control.path.stat().st_mode) == 0o600
        assert is_answered(control.path)
    finally:
        os.umask(before)
        control.stop()


def other_users_answer(path: Path) -> bytes:
    """What a process of another user gets: the class of its exception, or what it could read."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            with Client(path) as client:
                client.sock.sendall(b'{"do": "panic"}\n')
                said = b"read " + client.sock.recv(100)
        except BaseException as error:
            said = type(error).__name__.encode()
        os.write(writer, said)
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader, "rb") as answer:
        return answer.read()


@AS_ROOT
def test_another_user_cannot_even_connect(path: Path, desk: Desk) -> None:
    path.parents[2].chmod(0o755)
    path.parents[1].chmod(0o755)
    assert other_users_answer(path) == b"PermissionError"
    assert desk.asked == []


@AS_ROOT
def test_another_user_who_connects_all_the_same_gets_nothing(
    control: ControlSocket, path: Path, desk: Desk, log: pytest.LogCaptureFixture
) -> None:
    """Law: who asks is looked at, not only the modes of files, which somebody may change."""
    for folder in (path.parents[2], path.parents[1], path.parent):
        folder.chmod(0o755)
    path.chmod(0o666)
    for _ in range(2):
        assert other_users_answer(path) in (b"read ", b"ConnectionResetError", b"BrokenPipeError")
    assert is_answered(path)
    assert desk.asked == [Do.STATUS]
    assert control.ignored == {"a client of another user": 2}
    assert [line for line in log.messages if "another user" in line] == [
        "control socket: a client of another user: uid 65534; counted from now on, said once"
    ]


@AS_ROOT
def test_root_may_ask_what_another_user_runs(runtime: Path, desk: Desk) -> None:
    """As with the system service, which has a user of its own."""
    system = control_folder.SYSTEM_FOLDER
    system.mkdir(mode=0o700)
    os.chown(system, NOBODY, NOBODY)
    runtime.parent.chmod(0o755)
    ready, is_ready = os.pipe()
    enough, is_enough = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setuid(NOBODY)
            os.environ["RUNTIME_DIRECTORY"] = str(system)
            control = ControlSocket(desk.handle)
            control.start()
            os.write(is_ready, b"1")
            os.read(enough, 1)
            control.stop()
        finally:
            os._exit(0)
    os.read(ready, 1)
    try:
        assert control_folder.running_sockets() == [system / f"{child}.sock"]
        assert stat.S_IMODE((system / f"{child}.sock").stat().st_mode) == 0o600
        assert is_answered(system / f"{child}.sock")
    finally:
        os.write(is_enough, b"1")
        os.waitpid(child, 0)
        for descriptor in (ready, is_ready, enough, is_enough):
            os.close(descriptor)
    assert control_folder.running_sockets() == []


def test_the_service_managers_folder_is_used_first(
    runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = runtime.parent / "given"
    given.mkdir()
    monkeypatch.setenv("RUNTIME_DIRECTORY", f"{given}:/run/another")
    assert control_folder.make_folder() == given
    assert stat.S_IMODE(given.stat().st_mode) == 0o700


def test_without_being_told_of_it_the_logins_folder_is_found(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    users = runtime.parent / "users" / str(os.geteuid())
    users.mkdir()
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert control_folder.make_folder() == users / "nallely-midibridge"


def test_without_a_login_a_folder_for_the_user_alone_is_made(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nowhere")
    folder = control_folder.make_folder()
    assert folder == runtime.parent / "tmp" / f"nallely-midibridge-{os.geteuid()}"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def own_symlink(place: Path, target: Path) -> None:
    target.mkdir()
    place.symlink_to(target)


def file_of_ours(place: Path, target: Path) -> None:
    place.touch()


def folder_of_another(place: Path, target: Path) -> None:
    place.mkdir()
    os.chown(place, NOBODY, NOBODY)


@pytest.mark.parametrize("trap", [own_symlink, file_of_ours, pytest.param(folder_of_another, marks=AS_ROOT)])
def test_where_no_safe_folder_can_be_the_bridge_does_without_and_says_so_in_one_line(
    runtime: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture, trap: object
) -> None:
    """Law: a folder that somebody else put in our place is neither used nor asked."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nowhere")
    place = runtime.parent / "tmp" / f"nallely-midibridge-{os.geteuid()}"
    trap(place, runtime.parent / "target")  # type: ignore[operator]
    control = ControlSocket(desk.handle)
    control.start()
    assert control.path is None
    assert not any(thread.name == "nallely-control" for thread in threading.enumerate())
    control.stop()
    assert [line for line in log.messages if "control" in line] == log.messages
    assert len(log.messages) == 1
    assert str(place) in log.messages[0]
    with socket.socket(socket.AF_UNIX) as fake:
        if place.is_dir():
            fake.bind(str(place / "1.sock"))
        assert control_folder.running_sockets() == []


def test_a_path_too_long_for_a_socket_is_said_and_lived_with(
    runtime: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture
) -> None:
    long = runtime / ("x" * 120)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    control = ControlSocket(desk.handle)
    control.start()
    control.stop()
    assert [line for line in log.messages if "path too long" in line] == log.messages
    assert len(log.messages) == 1


def test_a_socket_that_can_be_seen_is_answered(runtime: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: between its name and its listening there is no moment in which another bridge would clear it away."""
    listen = socket.socket.listen
    seen = []

    def look_and_listen(sock: socket.socket, *backlog: int) -> None:
        seen.append(control_folder.sockets_in(runtime / "nallely-midibridge"))
        listen(sock, *backlog)

    monkeypatch.setattr(socket.socket, "listen", look_and_listen)
    control = ControlSocket(desk.handle)
    control.start()
    try:
        assert seen == [[]]
        assert control.path is not None
        assert is_answered(control.path)
    finally:
        control.stop()


def test_what_killed_bridges_left_is_cleaned_up_and_what_others_use_is_not(runtime: Path, desk: Desk) -> None:
    folder = runtime / "nallely-midibridge"
    folder.mkdir(mode=0o700)
    dead = os.fork()
    if dead == 0:
        os._exit(0)
    os.waitpid(dead, 0)
    listening = socket.socket(socket.AF_UNIX)
    left = [socket.socket(socket.AF_UNIX) for _ in range(4)]
    try:
        listening.bind(str(folder / f"{dead}.sock"))
        listening.listen()
        names = (f"{dead + 1_000_000_000}.sock", f"{os.getpid()}.sock", f"{os.getpid()}.new", f"{os.getppid()}.sock")
        for sock, name in zip(left, names, strict=True):
            sock.bind(str(folder / name))
        (folder / "note.txt").touch()
        control = ControlSocket(desk.handle)
        control.start()
        assert control.path is not None
        assert is_answered(control.path)
        ours, alive, in_use = (f"{pid}.sock" for pid in (os.getpid(), os.getppid(), dead))
        assert {path.name for path in folder.iterdir()} == {ours, alive, in_use, "note.txt"}
        control.stop()
        assert {path.name for path in folder.iterdir()} == {alive, in_use, "note.txt"}
    finally:
        for sock in (listening, *left):
            sock.close()


# Asking.


def test_one_client_may_ask_many_things_and_many_may_ask_at_a_time(path: Path, desk: Desk) -> None:
    with Client(path) as first, Client(path) as second:
        for client in (first, second, first):
            assert client.ask("status") == {"ok": True, "pid": 1}
        second.send(b'{"do": "status"}\n{"do": "panic"}\n')
        first.send(b'{"do": "st')
        answers = b""
        while answers.count(b"\n") < 2:
            answers += second.sock.recv(1000)
        first.send(b'atus"}\n')
        assert first.answer()["ok"]
    assert desk.asked == [*[Do.STATUS] * 4, Do.PANIC, Do.STATUS]


def test_who_closes_its_side_after_the_request_is_answered(path: Path) -> None:
    with Client(path) as client:
        client.send(b'{"do": "status"}\n')
        client.sock.shutdown(socket.SHUT_WR)
        assert client.answer()["ok"]
        assert client.is_closed()


def test_a_reload_is_answered_when_it_is_done_and_nobody_waits_for_it(path: Path, desk: Desk) -> None:
    with Client(path) as patient, Client(path) as gone, Client(path) as other:
        for client in (patient, gone):
            client.send(b'{"do": "reload"}\n')
        assert wait_for(lambda: len(desk.waiting) == 2)
        gone.sock.close()
        assert other.ask("status")["ok"]
        for reply in desk.waiting:
            reply(success(routes=12))
            reply(success(routes=13))
        assert patient.answer() == {"ok": True, "routes": 12}
        assert patient.ask("status") == {"ok": True, "pid": 1}


def test_what_goes_wrong_inside_is_answered_and_the_next_is_served(
    path: Path, desk: Desk, log: pytest.LogCaptureFixture
) -> None:
    desk.fails = True
    with Client(path) as client:
        answer = client.ask("status")
        assert not answer["ok"]
        assert "somebody's mistake" in answer["error"]
        desk.fails = False
        assert client.ask("status")["ok"]
    assert "status could not be done" in log.messages


def test_a_mistake_of_ours_costs_the_clients_their_connection_and_nothing_else(
    control: ControlSocket, path: Path, monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(control_socket, "SILENT_FOR", 0.02)
    with monkeypatch.context() as mistaken:
        mistaken.setattr(control, "_look_after", lambda *_: 1 / 0)
        for _ in range(3):
            with Client(path) as client:
                client.send(b"x")
                assert client.is_closed()
    assert control.ignored == {"a mistake of the bridge": 3}
    assert len(log.messages) == 1
    assert is_answered(path)


def test_the_end_is_quick_leaves_no_file_and_is_told_to_those_who_wait(
    control: ControlSocket, path: Path, desk: Desk
) -> None:
    desk.found = {"long": "x" * 3_000_000}
    with Client(path) as waiting, Client(path) as deaf, Client(path) as silent:
        deaf.send(b'{"do": "status"}\n')
        waiting.send(b'{"do": "reload"}\n')
        assert wait_for(lambda: desk.waiting)
        began = time.monotonic()
        control.stop()
        assert time.monotonic() - began < 5
        assert not path.exists()
        assert waiting.answer() == {"ok": False, "error": "the bridge is stopping"}
        assert waiting.is_closed()
        assert silent.is_closed()
        desk.waiting[0](success())
        with pytest.raises(OSError, match=r"refused|No such"):
            Client(path)


# Harm.

GARBAGE = [
    b"\n",
    b"\0" * 100 + b"\n",
    bytes(range(256)),
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"x" * (LINE_LIMIT - 1),
    b"x" * LINE_LIMIT,
    b"x" * 1_000_000,
    b"[" * 4000 + b"\n",
    b'{"do":' * 680 + b"\n",
    b'{"do": ' + b"9" * 4000 + b"}\n",
    b'{"do": "dance"}\n',
    b'{"do": "panic"}',
    b'{"do": "panic", "please": 1}\n',
    b"\xff\xfe\n" * 300,
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda garbage: garbage[:12].decode("ascii", "backslashreplace"))
def test_garbage_is_refused_in_words_and_does_nothing(
    control: ControlSocket, path: Path, desk: Desk, garbage: bytes
) -> None:
    with Client(path) as client:
        try:
            client.send(garbage)
            client.sock.shutdown(socket.SHUT_WR)
        except ConnectionError:
            pass  # it was hung up on before all of it was sent
        assert client.answer()["ok"] is False
        assert client.is_closed()
    assert desk.asked == []
    assert control.ignored.total() == 1
    assert is_answered(path)


def mutated(chance: random.Random) -> bytes:
    """Some requests with some damage."""
    data = bytearray(b"".join(chance.choice([b'{"do": "status"}\n', b'{"do": "panic"}\n', b"{}\n"]) for _ in range(4)))
    for _ in range(chance.randrange(6)):
        place = chance.randrange(len(data) + 1)
        junk = chance.choice([b"", b"\n", b'"', b"{", b"[" * 999, b"\0", b"\xff", b"9" * 999, chance.randbytes(9)])
        data[place : place + chance.randrange(9)] = junk
    return bytes(data)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_comes_in_whatever_pieces_the_next_one_is_served(
    control: ControlSocket, path: Path, desk: Desk, seed: int
) -> None:
    chance = random.Random(seed)
    before = open_descriptors()
    for _ in range(60):
        with Client(path) as client, contextlib.suppress(ConnectionError):
            data = mutated(chance)
            while data:
                cut = chance.randrange(1, len(data) + 1)
                client.send(data[:cut])
                data = data[cut:]
            if chance.random() < 0.5:
                client.sock.shutdown(socket.SHUT_WR)
                while client.sock.recv(1000):
                    pass
    assert wait_for(lambda: control.clients == 0)
    assert open_descriptors() == before
    assert control.ignored.total() > 0
    assert "a mistake of the bridge" not in control.ignored
    assert is_answered(path)


def test_what_is_refused_is_counted_each_time_and_said_once_a_kind(
    control: ControlSocket, path: Path, log: pytest.LogCaptureFixture
) -> None:
    for garbage in (b"1\n", b"one\n", b"two\n", b"[]\n", b"three\n"):
        with Client(path) as client:
            client.send(garbage)
            assert client.answer()["ok"] is False
    assert control.ignored == {"a line that is not JSON": 3, "JSON that is no request": 2}
    assert len(log.messages) == 2
    assert all(re.match(r"control socket: .*; counted from now on, said once$", line) for line in log.messages)


def test_an_answer_that_nobody_takes_holds_nobody_up_and_is_given_up(
    control: ControlSocket, path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nallely_midibridge.core.conversation.TAKE_WITHIN", 0.3)
    desk.found = {"long": "x" * 3_000_000}
    with Client(path) as deaf:
        deaf.send(b'{"do": "status"}\n' * 50)
        assert wait_for(lambda: desk.asked)
        desk.found = {"pid": 1}
        assert is_answered(path)
        assert wait_for(lambda: control.clients == 0, 2)
        assert desk.asked == [Do.STATUS] * 2
    assert control.ignored == {"a client that does not read": 1}


def test_a_line_that_never_ends_its_time_is_given_up(
    control: ControlSocket, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nallely_midibridge.core.conversation.LINE_WITHIN", 0.1)
    with Client(path) as client:
        client.send(b'{"do": ')
        assert client.is_closed()
    assert control.ignored == {"half a line": 1}


def test_a_hundred_clients_at_once_are_all_answered(control: ControlSocket, path: Path) -> None:
    answered = []

    def ask() -> None:
        answered.append(is_answered(path))

    threads = [threading.Thread(target=ask) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answered == [True] * 100
    assert wait_for(lambda: control.clients == 0)


def test_a_hundred_silent_clients_lock_nobody_out_and_are_bounded(
    control: ControlSocket, path: Path, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_socket, "SILENT_FOR", 0.05)
    before = open_descriptors()
    silent = [Client(path) for _ in range(100)]
    try:
        assert is_answered(path)
        assert control.clients <= CLIENTS
        assert open_descriptors() <= before + 100 + CLIENTS
        assert control.ignored["a client too many"] >= 100 + 1 - CLIENTS
    finally:
        for client in silent:
            client.sock.close()
    assert len(log.messages) == 1
    assert wait_for(lambda: control.clients == 0)
    assert open_descriptors() == before


def test_who_has_only_just_come_in_has_a_moment_to_speak_before_it_gives_way(
    control: ControlSocket, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_socket, "SILENT_FOR", 0.4)
    began = time.monotonic()
    clients = [Client(path) for _ in range(CLIENTS)]
    try:
        assert is_answered(path)
        assert time.monotonic() - began >= 0.4
        assert all(client.ask("status")["ok"] for client in clients[1:])
        assert control.ignored == {"a client too many": 1}
    finally:
        for client in clients:
            client.sock.close()


def test_clients_who_wait_for_a_reload_are_not_sent_away_for_newcomers(
    control: ControlSocket, path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_socket, "SILENT_FOR", 0.02)
    waiting = [Client(path) for _ in range(CLIENTS)]
    with Client(path) as newcomer:
        for client in waiting:
            client.send(b'{"do": "reload"}\n')
        assert wait_for(lambda: len(desk.waiting) == CLIENTS)
        newcomer.send(b'{"do": "status"}\n')
        for reply in desk.waiting:
            reply(success())
        for client in waiting:
            assert client.answer()["ok"]
            client.sock.close()
        assert newcomer.answer()["ok"]
    assert control.ignored.total() == 0


def test_a_flood_of_requests_is_slowed_so_that_it_leaves_time_for_the_music(path: Path) -> None:
    """Law: no more than the burst of 50, and then 200 a second, whoever asks."""
    began = time.monotonic()
    with Client(path) as client:
        for _ in range(130):
            client.ask("status")
    assert time.monotonic() - began > (130 - 50) / 200 * 0.9


def test_while_nobody_asks_the_thread_sleeps(path: Path) -> None:
    with Client(path) as client:
        assert client.ask("status")["ok"]
        thread = next(thread for thread in threading.enumerate() if thread.name == "nallely-control")
        switches = Path(f"/proc/self/task/{thread.native_id}/status")

        def wakes() -> str:
            return next(line for line in switches.read_text().splitlines() if line.startswith("voluntary"))

        assert wait_for(lambda: "State:\tS" in switches.read_text())
        before = wakes()
        threading.Event().wait(0.5)
        assert wakes() == before


def test_without_a_descriptor_left_a_client_waits_and_the_thread_does_not_spin(
    control: ControlSocket, path: Path, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_socket, "SILENT_FOR", 0.1)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(5)
        spare = os.dup(sock.fileno())  # the lowest number free: from here on there is none
        os.close(spare)
        resource.setrlimit(resource.RLIMIT_NOFILE, (spare, hard))
        try:
            sock.connect(str(path))
            assert wait_for(lambda: control.ignored["a client that cannot be let in"] >= 2)
            assert control.ignored["a client that cannot be let in"] < 10
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        sock.sendall(b'{"do": "status"}\n')
        assert sock.recv(1000) == b'{"ok": true, "pid": 1}\n'
    assert len(log.messages) == 1
    assert "Too many open files" in log.messages[0]
