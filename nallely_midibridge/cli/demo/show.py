"""The demo from beginning to end."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Final

from rich.console import Console

from nallely_midibridge.bridge import Bridge
from nallely_midibridge.cli.demo.phrase import length, phrase
from nallely_midibridge.cli.demo.scene import Scene
from nallely_midibridge.cli.demo.stage import Stage, set_stage
from nallely_midibridge.cli.demo.view import LineView, LiveView, View
from nallely_midibridge.cli.typed import command_name
from nallely_midibridge.edges.signals import Signals
from nallely_midibridge.mapping_file import load_text
from nallely_midibridge.simulated import SimulatedNallely
from nallely_midibridge.values.address import bus_url, trevor_url
from nallely_midibridge.values.mapping import Bus, Mapping

NEURON: Final = "demo"
REDRAW_EVERY: Final = 1 / 15
SILENT_WITHIN: Final = 1.0
LFO_SPEED: Final = 0.1
"""Cycles a second: slow enough to follow the notes it plays."""


def demo(seconds: float | None) -> int:
    """Show the bridge at work until a signal, or for so many seconds."""
    scene = Scene()
    console = Console()
    logging.getLogger("nallely_midibridge").addHandler(logging.NullHandler())
    with Signals() as signals, closing(set_stage()) as stage, SimulatedNallely(scene.heard) as nallely:
        nallely.set_lfo_speed(LFO_SPEED)
        view = _view(console, scene, stage, nallely)
        with Bridge(_mapping(nallely), stage.find_system, scene.saw):
            stage.listen(scene.daw_heard)
            nallely.wait_for_neuron(NEURON)
            with view, _playing(stage):
                _watch(view, signals, seconds)
        nallely.wait_for(scene.is_silent, timeout=SILENT_WITHIN)
    print(_advice())
    print(f"The demo has ended; {'nothing is' if scene.is_silent() else 'notes are'} left sounding.")
    return 0 if scene.is_silent() else 1


def _mapping(nallely: SimulatedNallely) -> Mapping:
    text = files("nallely_midibridge.cli.demo").joinpath("bridge.yaml").read_text("utf-8")
    mapping = load_text(text, "demo/bridge.yaml")
    bus, trevor = Bus(bus_url(nallely.address)), Bus(trevor_url(nallely.trevor_address))
    return replace(mapping, neurons=tuple(replace(neuron, bus=bus, trevor=trevor) for neuron in mapping.neurons))


@contextmanager
def _playing(stage: Stage) -> Iterator[None]:
    """Somebody plays the phrase over and over, on a thread of their own."""
    ended = threading.Event()
    player = threading.Thread(target=_play, args=(stage, ended), name="demo-keyboard")
    player.start()
    try:
        yield
    finally:
        ended.set()
        player.join()


def _play(stage: Stage, ended: threading.Event) -> None:
    began = time.monotonic()
    while True:
        for at, message in phrase():
            if ended.wait(max(0.0, began + at - time.monotonic())):
                return
            stage.play(message)
        began += length()


def _watch(view: View, signals: Signals, seconds: float | None) -> None:
    end = float("inf") if seconds is None else time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and not signals.wait(min(REDRAW_EVERY, left)):
        view.refresh()


def _view(console: Console, scene: Scene, stage: Stage, nallely: SimulatedNallely) -> View:
    title = (
        f"A keyboard, a simulated Nallely (bus {nallely.address}, Trevor {nallely.trevor_address}) and a DAW, "
        f"on {stage.words}."
    )
    if console.is_terminal and not console.is_dumb_terminal and console.encoding.startswith("utf"):
        return LiveView(console, scene, title)
    print(title)
    return LineView(scene, lambda line: print(line, flush=True))


def _advice() -> str:
    command = command_name()
    example = Path("config/keyboard.yaml")
    file = str(example) if example.exists() else "bridge.yaml"
    rows = [
        (f"{command} ports", "what to write for your own devices"),
        (f"{command} init", "a mapping file for them, to begin with"),
        (f"{command} check {file}", "what a mapping file does, or what is wrong with it"),
        (f"{command} run {file}", "with Nallely running on this machine"),
    ]
    width = max(len(typed) for typed, _ in rows)
    return "\n".join(["Try next:", *(f"  {typed:<{width}}  {why}" for typed, why in rows)])
