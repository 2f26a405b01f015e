"""One bridge a neuron: the second says who holds it, and a reload that wants it is refused whole."""

import contextlib
import os
import pwd
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from nallely_midibridge.edges.neuron_locks import NeuronLocks, holder_of, lock_name
from nallely_midibridge.values.address import bus_url
from nallely_midibridge.values.errors import HeldError
from nallely_midibridge.values.mapping import Bus, Neuron
from tests.daemon import Daemon
from tests.notify_socket import listening
from tests.waiting import wait_for

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that die with their process")

NO_MIDI = {"MIDO_BACKEND": "tests.no_such_backend"}
MAPPING = "nallely: {{bus: '127.0.0.1:1'}}\nports: {{p: {{virtual: P}}}}\nneurons:\n"
NEURON = "  {}: {{params: {{cutoff: {{from: p, cc: 1}}}}}}\n"


@pytest.fixture
def name() -> str:
    """A neuron that no other test, and nobody's bridge, has."""
    return f"n{uuid.uuid4().hex[:12]}"


def neuron(name: str, bus: str = "localhost") -> Neuron:
    return Neuron(name, bus=Bus(bus_url(bus)))


def text(*names: str) -> str:
    return MAPPING.format() + "".join(NEURON.format(name) for name in names)


@contextlib.contextmanager
def held(*neurons: Neuron) -> Iterator[NeuronLocks]:
    with NeuronLocks("/etc/first.yaml") as locks:
        locks.take(neurons)
        yield locks


def test_the_second_is_told_who_holds_a_neuron(name: str) -> None:
    with held(neuron(name)), NeuronLocks("second") as second, pytest.raises(HeldError) as caught:
        second.take([neuron(name)])
    user = pwd.getpwuid(os.geteuid()).pw_name
    for said in (f"{name!r}", "ws://localhost:6789", f"process {os.getpid()} of user {user}", "/etc/first.yaml"):
        assert said in str(caught.value)


def test_one_that_is_held_leaves_the_others_free_and_all_are_named(name: str) -> None:
    with held(neuron(name), neuron(f"{name}b")), NeuronLocks("second") as second:
        with pytest.raises(HeldError) as caught:
            second.take([neuron(f"{name}c"), neuron(name), neuron(f"{name}b")])
        assert len(str(caught.value).splitlines()) == 2
        with held(neuron(f"{name}c")):
            pass


def test_a_lock_is_free_again_after_its_holder_let_go_of_it(name: str) -> None:
    with held(neuron(name), neuron(f"{name}b")) as first, NeuronLocks("second") as second:
        first.take([neuron(name)])
        first.keep([neuron(name)])
        second.take([neuron(f"{name}b")])
        assert holder_of(lock_name(neuron(name))) is not None
    assert holder_of(lock_name(neuron(name))) is None


def test_a_neuron_of_another_session_is_another_neuron(name: str) -> None:
    with held(neuron(name, "localhost:1")), held(neuron(name, "localhost:2")):
        pass


@pytest.mark.parametrize("same", ["127.0.0.1", "[::1]", "LOCALHOST", "ws://localhost:6789/"])
def test_one_bus_in_several_spellings_is_one(same: str) -> None:
    assert lock_name(neuron("a", same)) == lock_name(neuron("a"))


def test_who_asks_and_goes_and_who_asks_all_the_time_harms_nothing(name: str) -> None:
    with held(neuron(name)):
        for _ in range(40):
            with socket.socket(socket.AF_UNIX) as asking:
                asking.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    asking.connect(lock_name(neuron(name)))
        assert wait_for(lambda: "first.yaml" in str(holder_of(lock_name(neuron(name)))))


def test_what_a_holder_says_of_itself_is_shown_without_what_would_move_a_cursor(name: str) -> None:
    with NeuronLocks("bad\x1b[2J\nname" * 200) as locks:
        locks.take([neuron(name)])
        holder = holder_of(lock_name(neuron(name)))
    assert holder is not None
    assert holder.file.isprintable()
    assert len(holder.file) <= 400


def test_a_second_daemon_says_who_has_its_neuron_and_ends_with_1(name: str, tmp_path: Path) -> None:
    with Daemon(tmp_path / "first.yaml", text(name), NO_MIDI) as first:
        first.wait_for("looking again")
        with Daemon(tmp_path / "second.yaml", text(name), NO_MIDI) as second:
            second.wait_for(f"is held by process {first.pid} of user")
            second.wait_for("first.yaml")
            second.wait_to_end()
        assert second.status == 1
        first.tell(signal.SIGKILL)
        with Daemon(tmp_path / "third.yaml", text(name), NO_MIDI) as third:
            third.wait_for("looking again")


def test_a_service_waits_a_while_and_has_the_neuron_as_soon_as_it_is_free(name: str, tmp_path: Path) -> None:
    with listening() as manager, held(neuron(name, "127.0.0.1:1")) as first:
        environment = {**NO_MIDI, "NOTIFY_SOCKET": manager.address}
        with Daemon(tmp_path / "second.yaml", text(name), environment) as second:
            manager.wait_for(f"STATUS=the neuron {name!r}")
            second.wait_for("waiting for it")
            first.keep([])
            manager.wait_for("READY=1")


def test_a_reload_that_wants_a_held_neuron_is_refused_whole(name: str, tmp_path: Path) -> None:
    config = tmp_path / "bridge.yaml"
    with held(neuron(f"{name}b", "127.0.0.1:1")), Daemon(config, text(name), NO_MIDI) as daemon:
        daemon.wait_for("looking again")
        config.write_text(text(f"{name}a", f"{name}b"))
        daemon.tell(signal.SIGHUP)
        daemon.wait_for("the mapping stays as it was")
        with held(neuron(f"{name}a", "127.0.0.1:1")):
            assert holder_of(lock_name(neuron(name, "127.0.0.1:1"))) is not None


def test_a_reload_takes_the_locks_of_what_came_and_lets_go_of_the_rest(name: str, tmp_path: Path) -> None:
    config = tmp_path / "bridge.yaml"
    with Daemon(config, text(name), NO_MIDI) as daemon:
        daemon.wait_for("looking again")
        config.write_text(text(f"{name}b"))
        daemon.tell(signal.SIGHUP)
        daemon.wait_for("read ")
        assert wait_for(lambda: holder_of(lock_name(neuron(name, "127.0.0.1:1"))) is None)
        holder = holder_of(lock_name(neuron(f"{name}b", "127.0.0.1:1")))
        assert holder is not None
        assert holder.pid == daemon.pid


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
def test_a_bridge_of_another_user_is_told_who_holds_it_too(name: str) -> None:
    program = (
        "import os\n"
        "from nallely_midibridge.edges.neuron_locks import holder_of\n"
        "os.setuid(65534)\n"
        f"print(holder_of({lock_name(neuron(name))!r}))"
    )
    with held(neuron(name)):
        said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert f"process {os.getpid()} of user root" in said.stdout, said.stderr
