"""A DAW: a process of its own with a port each way, connected to ours as a person does it, by ``aconnect``.

``python daw.py`` is that process: what it gets as controller `METER` it sends back as controller `DRIVE`.
"""

import signal
import subprocess
import sys
from typing import Any

import rtmidi
from machine import OURS, client_with, output_of
from programs import Program

NAME = "test-daw"
METER, DRIVE = 20, 21


class Daw(Program):
    """Running and connected, both ways, to the port of ours that has this name."""

    def __init__(self, port: str) -> None:
        super().__init__(sys.executable, __file__)
        assert self.wait_for("ready"), self.text
        readable, writable = output_of("aconnect", "-i", "-l"), output_of("aconnect", "-o", "-l")
        _connect(client_with(OURS, port, readable), client_with(NAME, "in", writable))
        _connect(client_with(NAME, "out", readable), client_with(OURS, port, writable))


def connections() -> list[str]:
    """The DAW's connections, as ``aconnect`` shows them."""
    blocks = output_of("aconnect", "-l").split("client ")
    own = [block for block in blocks if f"'{NAME}'" in block.partition("\n")[0]]
    return [line.strip() for block in own for line in block.splitlines() if "Connect" in line]


def _connect(source: int, target: int) -> None:
    subprocess.run(["aconnect", f"{source}:0", f"{target}:0"], check=True)


def main() -> None:
    source, target = rtmidi.MidiOut(rtmidi.API_LINUX_ALSA, name=NAME), rtmidi.MidiIn(rtmidi.API_LINUX_ALSA, name=NAME)

    def answer(stamped: tuple[list[int], float], _: Any) -> None:
        status, number, value = stamped[0]
        if (status & 0xF0, number) == (0xB0, METER):
            source.send_message((0xB0, DRIVE, value))

    target.set_callback(answer)
    source.open_virtual_port("out")
    target.open_virtual_port("in")
    print("ready", flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
