"""The mapping files that come with the project are right, and do what their comments say."""

from pathlib import Path

import pytest

from nallely_midibridge.mapping_file import load_file
from nallely_midibridge.scenario import agrees, perform, read_script, side_by_side
from nallely_midibridge.values.handling import Mode
from nallely_midibridge.values.mapping import Mapping

CONFIG = Path(__file__).parents[1] / "config"
FILES = sorted(CONFIG.rglob("*.yaml"))
CONTROLLERS = sorted((CONFIG / "controllers").glob("*.yaml"))
PLAYED = Path(__file__).parent / "scenarios" / "controllers"


def controller(name: str) -> Mapping:
    return load_file(CONFIG / "controllers" / f"{name}.yaml")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_is_right_and_registers_something(path: Path) -> None:
    mapping = load_file(path)
    assert all(neuron.parameters for neuron in mapping.neurons)
    assert mapping.neurons


def test_there_is_one_of_each_kind_of_controller() -> None:
    keyboard, faders = controller("komplete-kontrol-s49"), controller("nanokontrol2")
    encoders, pads, mpe = (
        controller("midi-fighter-twister"),
        controller("launchpad-mini-mk3"),
        controller("linnstrument"),
    )
    assert keyboard.neurons[0].voices
    assert {route.handling.mode for route in faders.neurons[0].params} >= {Mode.PICKUP, Mode.TOGGLE}
    assert sum(route.handling.mode is Mode.RELATIVE for route in encoders.neurons[0].params) == 16
    assert [route.handling.feedback for route in pads.neurons[0].params].count(None) == 8
    assert mpe.neurons[0].voices[0].mpe is not None


def test_what_lights_up_has_an_output_to_do_it_with() -> None:
    for name in ("nanokontrol2", "midi-fighter-twister", "launchpad-mini-mk3"):
        mapping = controller(name)
        assert mapping.output_ports == mapping.ports


@pytest.mark.parametrize("path", CONTROLLERS, ids=lambda path: path.stem)
def test_a_controller_plays_and_is_lit_as_its_scenario_says(path: Path) -> None:
    name = f"{path.stem}.txt"
    script = read_script((PLAYED / name).read_text())
    heard = [sound for _, sounds in perform(script, load_file(path), name) for sound in sounds]
    assert agrees(script.expected, heard), "\n" + side_by_side(script.expected, heard)


@pytest.mark.parametrize("path", CONTROLLERS, ids=lambda path: path.stem)
def test_a_controller_says_which_document_its_numbers_are_from(path: Path) -> None:
    assert "Numbers: " in path.read_text()
