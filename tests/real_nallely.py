"""The real Nallely as a process of its own, and a minimal client of its Trevor server.

`RealNallely` needs a Python 3.12 or later with Nallely installed, which the environment variable NALLELY_PYTHON
names, and a JACK server (JACK_DEFAULT_SERVER names it), for without a MIDI system Nallely builds no state. A
session listens on fixed ports (6787 to 6789), so there can be one on a machine at a time.

`Trevor` speaks to the simulated Nallely just as well.
"""

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

State = dict[str, Any]
"""The whole session as Trevor describes it."""

SCRIPT = """\
import sys, time
from nallely.core.bridge_device import MIDIBridge
from nallely.trevor.trevor_bus import TrevorBus

wired = sys.argv[1:]
synth = MIDIBridge() if wired else None
sys.stdin.readline()
trevor = TrevorBus(host="127.0.0.1")
for parameter in wired:
    synth.X0.notes = getattr(trevor.ws, parameter + "_cv")
trevor.start()
while True:
    time.sleep(3600)
"""
"""Links to a neuron that has not registered yet wait for it in the bus."""


class Trevor:
    """A Trevor client that keeps the newest state. Use in a ``with`` block.

    Every method that waits raises TimeoutError when the session does not show what was asked for in time.
    """

    def __init__(self, address: str, timeout: float = 10.0) -> None:
        self.address = address
        self.timeout = timeout
        self.state: State = {}
        self._opening: AbstractContextManager[ClientConnection]
        self._connection: ClientConnection

    def __enter__(self) -> Self:
        # A big patch passes the library's limit of 1 MiB a message.
        self._opening = connect(
            f"ws://{self.address}/trevor", max_size=None, proxy=None, compression=None, close_timeout=1.0
        )
        self._connection = self._opening.__enter__()
        self.wait_for(lambda state: "virtual_devices" in state)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opening.__exit__(kind, error, trace)

    def command(self, name: str, /, **arguments: object) -> None:
        """Send one command; what it did shows in a later state."""
        self._connection.send(json.dumps({"command": name, **arguments}))

    def wait_for(self, shows: Callable[[State], object], timeout: float | None = None) -> State:
        """Read until a state shows what is asked for. The state known already is tried first."""
        deadline = time.monotonic() + (self.timeout if timeout is None else timeout)
        while not (self.state and shows(self.state)):
            message = json.loads(self._connection.recv(timeout=max(0.0, deadline - time.monotonic())))
            if "virtual_devices" in message:
                self.state = message
        return self.state

    def refreshed(self) -> State:
        """The state as it is now. Connects anew, for nothing marks a reply as the reply to a command."""
        with Trevor(self.address, self.timeout) as other:
            self.state = other.state
        return self.state

    def device(self, name: str) -> State:
        """The device whose ``repr`` is given, or which registered under that name; waits until it is there."""
        return found(self.wait_for(lambda state: _find(state, name) is not None), name)

    def parameter(self, name: str) -> str:
        """The path of ``LFO1.speed``, ``keys.voice1`` or ``MIDIBridge0.X0`` (a section: its keys)."""
        device_name, _, rest = name.partition(".")
        device = self.device(device_name)
        if "sections" in device["meta"]:
            section, _, control = rest.partition(".")
            return f"{device['id']}::{section}::{control or 'all_keys_or_pads'}"
        plain = f"{device_name}_{rest}" if device["proxy"] else rest
        return f"{device['id']}::__virtual__::{plain}_cv"

    def create(self, kind: str) -> State:
        """Make a device of a class the session knows (``LFO``, ``MIDIBridge``) and give it back."""
        before = {device["id"] for device in devices(self.refreshed())}
        self.command("create_device", name=kind)
        state = self.wait_for(lambda state: any(device["id"] not in before for device in devices(state)))
        return next(device for device in devices(state) if device["id"] not in before)

    def link(self, source: str, destination: str, with_scaler: object = True) -> None:
        """Associate two parameters, named as in `parameter`, and wait until the session shows it."""
        ends = self.parameter(source), self.parameter(destination)
        self._associate(ends, unbind=False, with_scaler=with_scaler)
        self.wait_for(lambda state: _linked(state, ends))

    def unlink(self, source: str, destination: str) -> None:
        """Undo `link`."""
        ends = self.parameter(source), self.parameter(destination)
        self._associate(ends, unbind=True, with_scaler=True)
        self.wait_for(lambda state: not _linked(state, ends))

    def _associate(self, ends: tuple[str, str], *, unbind: bool, with_scaler: object) -> None:
        source, destination = ends
        self.command(
            "associate_parameters",
            from_parameter=source,
            to_parameter=destination,
            unbind=unbind,
            with_scaler=with_scaler,
        )

    def set_value(self, name: str, value: float) -> None:
        """Set a parameter of a virtual device, as ``LFO1.speed``."""
        device, _, parameter = name.partition(".")
        self.command("set_virtual_value", device_id=self.device(device)["id"], parameter=parameter, value=value)

    def reset(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Empty the session, and wait until it has a bus again, which no push tells.

        ``meanwhile`` is called once the command is on its way. The bus closes every client. Until the new one is
        there, about a second later, connecting is refused, answered with HTTP 503 or closed at once (1001).
        """
        before = self.device("WebSocketBus1")["id"]
        self.command("reset_all")
        meanwhile()
        deadline = time.monotonic() + self.timeout
        while (bus := _find(self.refreshed(), "WebSocketBus1")) is None or bus["id"] == before:
            if time.monotonic() > deadline:
                raise TimeoutError("the session has no bus after its reset")
            time.sleep(0.02)


def devices(state: State) -> list[State]:
    """Every device of a state: virtual ones, registered neurons, MIDI devices."""
    return [*state["virtual_devices"], *state["midi_devices"]]


def parameters(state: State, neuron: str) -> list[list[Any]]:
    """What a neuron has registered, as the recording writes it; empty when the session does not know it."""
    device = _find(state, neuron)
    listed = device["meta"]["parameters"] if device else []
    return [[parameter["name"], parameter["cv_name"], parameter["range"]] for parameter in listed]


def found(state: State, name: str) -> State:
    """The device of that name, which must be there."""
    device = _find(state, name)
    assert device is not None, f"no device {name} in the session"
    return device


def _find(state: State, name: str) -> State | None:
    return next((device for device in devices(state) if device["repr"] == name), None)


def _linked(state: State, ends: tuple[str, str]) -> bool:
    source, destination = ends
    return any(
        _same_end(connection["src"], source) and _same_end(connection["dest"], destination)
        for connection in state["connections"]
    )


def _same_end(end: State, path: str) -> bool:
    device, section, name = path.split("::")
    parameter = end["parameter"]
    names = (parameter.get("cv_name"), parameter["name"])
    # In a state a section's keys go by a name of their own ("notes"), which no command uses.
    is_keys = name == "all_keys_or_pads" and "keys" in parameter
    return str(end["device"]) == device and parameter["section_name"] == section and (is_keys or name in names)


class RealNallely:
    """A headless session of the real Nallely in a folder of its own. Use in a ``with`` block.

    Raises RuntimeError, with what the process said, when it does not answer in time.
    """

    address = "127.0.0.1:6789"
    trevor_address = "127.0.0.1:6788"

    def __init__(self, python: str | None = None, jack_server: str | None = None, timeout: float = 20.0) -> None:
        self.python = python or os.environ["NALLELY_PYTHON"]
        self.jack_server = jack_server
        self.timeout = timeout
        self._folder = tempfile.TemporaryDirectory(prefix="nallely-")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._folder.cleanup()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._folder.cleanup()

    @property
    def log(self) -> str:
        """What the process has written so far."""
        return self._log_path.read_text(errors="replace")

    def start(self) -> None:
        """Start the process, and wait until the bus and Trevor answer."""
        self.furnish()
        self.open()

    def furnish(self, wired: Sequence[str] = ()) -> None:
        """Start the process, without the bus and Trevor for now.

        With ``wired``, parameters of neurons as ``keys_voice1``, it has a MIDIBridge device and they play it.
        """
        with self._log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [self.python, "-u", "-c", SCRIPT, *wired],
                cwd=self._folder.name,
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def open(self) -> None:
        """Open the bus and Trevor of a process that has neither yet, and wait until they answer."""
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
            self._wait_until_it_answers()
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """End the process at once (SIGKILL): its clients see the connection drop without a close frame."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def suspend(self) -> None:
        """Stop it in mid-air (SIGSTOP): its connections stay, and nothing answers on them."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a suspended one go on."""
        self._signal(signal.SIGCONT)

    def restart(self) -> None:
        """Kill it and start an empty session on the same ports."""
        self.kill()
        self.start()

    def _signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    @property
    def _log_path(self) -> Path:
        return Path(self._folder.name, "nallely.log")

    def _environment(self) -> dict[str, str]:
        environment = {**os.environ, "MIDO_BACKEND": "mido.backends.rtmidi/UNIX_JACK"}
        if self.jack_server is not None:
            environment["JACK_DEFAULT_SERVER"] = self.jack_server
        return environment

    def _wait_until_it_answers(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + self.timeout
        while self._process.poll() is None and time.monotonic() < deadline:
            if self._answers():
                return
            time.sleep(0.05)
        raise RuntimeError(f"Nallely does not answer; it said:\n{self.log[-4000:]}")

    def _answers(self) -> bool:
        try:
            with connect(f"ws://{self.address}/nobody", proxy=None, open_timeout=1.0, close_timeout=1.0):
                pass
            with Trevor(self.trevor_address, timeout=2.0):
                return True
        except (OSError, TimeoutError, WebSocketException):
            return False
