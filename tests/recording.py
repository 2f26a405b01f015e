"""The recording of a session with the real Nallely 0.7.0, and a player of the client's part in it.

``data/transcript.jsonl`` holds one JSON object a line: a scenario, who speaks (``client``, ``server`` or ``trevor``,
which is what the session's state then showed), what kind of thing, and the payload. It does not hold the wiring that
was made between scenarios nor the reset: `WIRING` and `RESET` say them.
"""

import contextlib
import json
import statistics
import struct
import time
from collections.abc import Iterator
from itertools import groupby, pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.real_nallely import Trevor, parameters

Line = dict[str, Any]

WIRING: dict[str, list[tuple[str, str, bool]]] = {
    "register-fresh": [("keys.voice1", "keys.mon1", False), ("keys.voice2", "keys.mon2", True)],
    "neuron-name-with-underscore": [("my_keys.out", "my_keys.mon", False)],
    "parameter-name-with-underscore": [("under.filter_cut_off", "under.mon_a", False)],
    "lfo-to-probe": [("LFO", "scope.mon1", False)],
}
"""What is wired in a scenario once its neuron is registered: source, destination, scaled by range. ``LFO`` is a new
one, as the session makes it (speed 0.01). Wiring lasts into later scenarios."""

RESET = "session-reset"
"""The scenario in which the session is reset once the neuron is registered."""

PATIENCE = 15.0
"""Seconds to wait for what should come at once."""
SILENCE = 0.2
"""Seconds in which what should not come would have come."""


def recorded() -> list[Line]:
    """Every line, in order."""
    text = Path(__file__).with_name("data").joinpath("transcript.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def scenarios() -> Iterator[tuple[str, list[Line]]]:
    """The recording cut into its scenarios, in order: what one leaves behind the next builds on."""
    for name, lines in groupby(recorded(), key=lambda line: str(line["scenario"])):
        yield name, list(lines)


class Player:
    """Plays the client's part against a bus and asserts the server's and Trevor's. Use in a ``with`` block."""

    def __init__(self, address: str, trevor: Trevor) -> None:
        self._address = address
        self._trevor = trevor
        self._neuron = ""
        self._open: list[ClientConnection] = []
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def play(self, scenario: str, lines: list[Line]) -> None:
        """One scenario. Raises AssertionError at the first line that comes out otherwise."""
        if scenario == "lfo-to-probe":
            self._play_lines(scenario, [line for line in lines if line["from"] == "client"])
            self._expect_shape([frame_value(line) for line in lines if line["from"] == "server"])
        else:
            self._play_lines(scenario, lines)

    def _play_lines(self, scenario: str, lines: list[Line]) -> None:
        for number, line in enumerate(lines):
            match line["from"], line["kind"]:
                case "client", "connect":
                    self._connect(line["path"])
                case "client", "text":
                    self._open[-1].send(line["text"])
                    if '"kind": "external"' in line["text"]:
                        self._registered(scenario, json.loads(line["text"])["parameters"])
                case "client", "binary":
                    self._open[-1].send(bytes.fromhex(line["hex"]))
                case "client", "close":
                    unanswered = lines[number - 1]["kind"] == "binary" and lines[number - 1]["from"] == "client"
                    self._close(SILENCE if unanswered else 0.0)
                case "server", "binary":
                    got = self._open[-1].recv(timeout=PATIENCE)
                    assert got == bytes.fromhex(line["hex"]), f"{scenario}: line {number}: {line}"
                case "server", "close":
                    assert self._closed() == (line["code"], line["reason"]), f"{scenario}: line {number}"
                case "trevor", "parameters":
                    self._expect_parameters(line["parameters"])
                case unknown:
                    raise AssertionError(f"nobody knows {unknown}")

    def _connect(self, path: str) -> None:
        self._neuron = path.split("/")[1]
        self._open.append(self._stack.enter_context(connect(f"ws://{self._address}{path}", proxy=None)))

    def _close(self, patience: float) -> None:
        """Close, unless something comes that should not. Nothing to do where the server closed already."""
        if self._open:
            connection = self._open.pop()
            with contextlib.suppress(TimeoutError):
                extra = connection.recv(timeout=patience)
                raise AssertionError(f"not in the recording: {extra!r}")
            connection.close()

    def _closed(self) -> tuple[int, str]:
        """Wait until the server has closed the newest connection; its code and reason."""
        connection = self._open.pop()
        deadline = time.monotonic() + PATIENCE
        try:
            while True:
                connection.recv(timeout=max(0.0, deadline - time.monotonic()))
        except ConnectionClosed as closed:
            return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "cut")

    def _registered(self, scenario: str, asked: list[Line]) -> None:
        """What was done by others once a registration was through."""
        if scenario in WIRING:
            self._trevor.wait_for(lambda state: len(parameters(state, self._neuron)) == len(asked))
        for source, destination, scaled in WIRING.get(scenario, ()):
            output = f"{self._trevor.create('LFO')['repr']}.output" if source == "LFO" else source
            self._trevor.link(output, destination, with_scaler=scaled)
        if scenario == RESET:
            # The bus closes those it listens to, and does not say when it does: a value that comes back does.
            self._open[-1].send(frame("voice1", 0.0))
            assert self._open[-1].recv(timeout=PATIENCE) == frame("mon1", 0.0)
            self._trevor.reset()

    def _expect_parameters(self, expected: list[Any]) -> None:
        # Not every change is pushed, so look again until it shows.
        deadline = time.monotonic() + PATIENCE
        while (shown := parameters(self._trevor.refreshed(), self._neuron)) != expected:
            assert time.monotonic() < deadline, f"{self._neuron}: {shown} is not {expected}"

    def _expect_shape(self, wanted: list[tuple[str, float]]) -> None:
        """As many frames as were recorded, of the same name, rising by about the same steps."""
        frames = [self._open[-1].recv(timeout=PATIENCE) for _ in wanted]
        assert {len(message) for message in frames} == {1 + len("mon1") + 8}
        got = [unpack(message) for message in frames if isinstance(message, bytes)]
        assert {name for name, _ in got} == {name for name, _ in wanted}
        step, wanted_step = median_step(got), median_step(wanted)
        assert abs(step - wanted_step) < 0.2 * wanted_step, f"a step of {step}, recorded {wanted_step}"
        assert all(0 <= value <= 127 for _, value in got)


def frame_value(line: Line) -> tuple[str, float]:
    """The name and value in a recorded frame."""
    return unpack(bytes.fromhex(line["hex"]))


def frame(name: str, value: float) -> bytes:
    """A frame with a float64."""
    return bytes([len(name)]) + name.encode() + struct.pack(">d", value)


def unpack(payload: bytes) -> tuple[str, float]:
    """The name and value in a frame with a float64."""
    (value,) = struct.unpack(">d", payload[-8:])
    return payload[1:-8].decode(), value


def median_step(values: list[tuple[str, float]]) -> float:
    """How far apart neighbouring values typically are; all must rise."""
    steps = [after - before for (_, before), (_, after) in pairwise(values)]
    assert min(steps) > 0, "it does not rise"
    return statistics.median(steps)
