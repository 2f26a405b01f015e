"""The demo's view on terminals of several widths."""

import io

import pytest
from rich.console import Console

from nallely_midibridge.cli.demo.scene import Scene
from nallely_midibridge.cli.demo.view import LiveView


@pytest.mark.parametrize("width", [120, 80, 60, 40])
def test_each_voice_has_its_note_and_velocity_on_one_line(width: int) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=width, height=40)
    scene = Scene()
    scene.values |= {"voice1": 60.0, "vel1": 100.0}
    with console.capture() as capture:
        console.print(LiveView(console, scene, "title")._draw())
    lines = capture.get().splitlines()
    (voice,) = [line for line in lines if "demo.voice1" in line]
    assert "C4   vel 100" in voice
    assert [line for line in lines if "the DAW hears" in line]
