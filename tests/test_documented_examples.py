"""The programs in the connector's documentation, run as they stand but for the import line and the address."""

import re
import threading
from collections.abc import Iterator
from inspect import getdoc
from pathlib import Path

import pytest

from nallely_midibridge import connector
from nallely_midibridge.simulated import SimulatedNallely

QUICK_START = """
import time
from nallely_midibridge.connector import NallelyWebsocketBus

bus = NallelyWebsocketBus()

params = {
    "note": {"min": 0, "max": 127},
}
config = {"note": 0}

service = bus.register("external", "my_neuron", params, config,
                       address="192.168.1.74:6789")

# Already connected and running.
time.sleep(1)  # let registration complete
service.send("note", 60)
time.sleep(0.5)
service.send("note", 0)

service.dispose()
"""

CLAUDE = """
import time
from nallely_midibridge.connector import NallelyWebsocketBus

HOST = "192.168.1.74:6789"

bus = NallelyWebsocketBus(address=HOST)

parameters = {
    # 4 voices for polyphonic note output (MIDI note numbers)
    "voice1": {"min": 0, "max": 127},
    "voice2": {"min": 0, "max": 127},
    "voice3": {"min": 0, "max": 127},
    "voice4": {"min": 0, "max": 127},
    # 8 probe points for receiving values from the graph
    "mon1": {"min": 0, "max": 127},
    "mon2": {"min": 0, "max": 127},
    "mon3": {"min": 0, "max": 127},
    "mon4": {"min": 0, "max": 127},
    "mon5": {"min": 0, "max": 127},
    "mon6": {"min": 0, "max": 127},
    "mon7": {"min": 0, "max": 127},
    "mon8": {"min": 0, "max": 127},
}

config = {k: 0 for k in parameters}

service = bus.register("external", "claude", parameters, config)


def on_message(msg):
    # Incoming values on probe points (mon1-mon8) wired from the graph
    print(f"  probe {msg['on']} = {msg['value']:.2f}")


service.onmessage = on_message
service.onopen = lambda _: print("Claude neuron registered.")

# Wait for registration to complete
time.sleep(2)

# --- Playing notes ---
# Voices map to MIDI note numbers. Send 0 for note-off.
# To retrigger the same note, insert a brief 0 gap.

# Play a single note
service.send("voice1", 60)   # C4
time.sleep(0.5)
service.send("voice1", 0)    # note-off
time.sleep(0.05)

# Play a chord (C major)
service.send("voice1", 60)   # C4
service.send("voice2", 64)   # E4
service.send("voice3", 67)   # G4
time.sleep(0.8)

# All notes off
for v in ["voice1", "voice2", "voice3", "voice4"]:
    service.send(v, 0)
time.sleep(0.05)

print(f"Current probe values: {config}")

service.dispose()
"""


@pytest.fixture
def nallely() -> Iterator[SimulatedNallely]:
    with SimulatedNallely() as nallely:
        yield nallely


def run(program: str, nallely: SimulatedNallely) -> None:
    exec(program.replace("192.168.1.74:6789", nallely.address), {"__name__": "example"})


def test_the_quick_start(nallely: SimulatedNallely, capsys: pytest.CaptureFixture[str]) -> None:
    run(QUICK_START, nallely)
    assert nallely.wait_for(lambda: len(nallely.received) == 2)
    assert [tuple(value) for value in nallely.received] == [("my_neuron", "note", 60.0), ("my_neuron", "note", 0.0)]
    assert "can send but never receives" in capsys.readouterr().out


def test_the_program_in_the_readme(nallely: SimulatedNallely) -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    run(program, nallely)
    assert nallely.wait_for(lambda: nallely.received)
    assert [tuple(value) for value in nallely.received] == [("knob", "value", 64.0)]


def test_the_program_in_the_packages_help(nallely: SimulatedNallely) -> None:
    program = re.findall(r"^    (.*)$", getdoc(connector) or "", re.MULTILINE)
    run("\n".join(program), nallely)
    assert nallely.wait_for(lambda: nallely.received)
    assert [tuple(value) for value in nallely.received] == [("keys", "voice1", 60.0)]


def test_four_voices_and_eight_probes(nallely: SimulatedNallely, capsys: pytest.CaptureFixture[str]) -> None:
    for n in range(1, 5):
        nallely.link(f"claude.voice{n}", "synth.keys", with_scaler=False)
    patched = threading.Thread(target=lambda: nallely.wait_for_neuron("claude") and nallely.feed("claude.mon1", 12.5))
    patched.start()
    run(CLAUDE, nallely)
    patched.join()
    assert nallely.wait_for(lambda: not nallely.synth.notes)
    played = [(note.on, note.note) for note in nallely.synth.history]
    assert played == [(True, 60), (False, 60), *((on, n) for on in (True, False) for n in (60, 64, 67))]
    printed = capsys.readouterr().out
    assert "Claude neuron registered." in printed
    assert "  probe mon1 = 12.50" in printed
    assert re.search(r"Current probe values: \{.*'mon1': 12.5", printed)
