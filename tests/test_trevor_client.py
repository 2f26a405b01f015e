"""The Trevor client against the simulated Nallely, whose Trevor is held to the recording of the real one."""

import json
import threading
import time
from collections.abc import Iterator

import pytest

from nallely_midibridge.connector import NallelyWebsocketBus
from nallely_midibridge.core.session.reading import read_state
from nallely_midibridge.simulated import SimulatedNallely
from nallely_midibridge.simulated.server import Client
from nallely_midibridge.trevor import (
    CommandRefused,
    NotConnected,
    NotShown,
    Path,
    SessionState,
    TrevorClient,
)
from tests.waiting import wait_for


@pytest.fixture
def nallely() -> Iterator[SimulatedNallely]:
    with SimulatedNallely(bus_delay=0.1) as nallely:
        yield nallely


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def trevor(nallely: SimulatedNallely, lines: list[str]) -> Iterator[TrevorClient]:
    with TrevorClient(nallely.trevor_address, lines.append) as trevor:
        trevor.wait_for(lambda state: state.bus)
        yield trevor


@pytest.fixture
def keys(nallely: SimulatedNallely, trevor: TrevorClient) -> Iterator[None]:
    """A neuron with a voice and a probe."""
    limits = {"min": 0.0, "max": 127.0}
    with NallelyWebsocketBus(nallely.address) as bus:
        bus.register("external", "keys", {"voice1": limits, "mon1": limits}, {}, log=lambda _: None)
        trevor.wait_for(lambda state: state.neuron("keys"))
        yield


def of_keys(state: SessionState | None, name: str) -> Path:
    neuron = state.neuron("keys") if state else None
    assert neuron is not None
    return neuron.path(next(p for p in neuron.parameters if p.name == f"keys_{name}"))


def test_the_state_has_devices_and_neurons_as_values(trevor: TrevorClient, keys: None) -> None:
    state = trevor.state
    assert state is not None
    assert [device.repr for device in state.devices if device.is_midi] == ["synth"]
    neuron = state.neuron("keys")
    assert neuron is not None
    assert state.bus is not None
    assert neuron.id == state.bus.id
    assert [(p.name, p.command_name, p.low, p.high) for p in neuron.parameters] == [
        ("keys_voice1", "keys_voice1_cv", 0, 127),
        ("keys_mon1", "keys_mon1_cv", 0, 127),
    ]
    with pytest.raises(AttributeError):
        neuron.repr = "other"  # type: ignore[misc]


def test_a_link_is_made_once_and_taken_away(trevor: TrevorClient, keys: None) -> None:
    ends = of_keys(trevor.state, "voice1"), of_keys(trevor.state, "mon1")
    for _ in range(3):
        trevor.associate(*ends, scaler=False)
    assert trevor.state is not None
    assert [link.ends for link in trevor.state.links] == [ends]
    assert trevor.state.links[0].chain is None
    trevor.dissociate(*ends)
    assert not trevor.state.links
    trevor.dissociate(*ends)


def test_a_link_is_scaled_as_asked(trevor: TrevorClient, keys: None) -> None:
    ends = of_keys(trevor.state, "voice1"), of_keys(trevor.state, "mon1")
    trevor.associate(*map(str, ends), scaler={"to_min": 0, "to_max": 1.5, "as_int": True})
    chain = trevor.state.links[0].chain if trevor.state else None
    assert chain is not None
    assert (chain.to_low, chain.to_high, chain.as_int) == (0, 1.5, True)


def test_a_device_is_made_and_taken_away(trevor: TrevorClient) -> None:
    lfo = trevor.create_device("LFO")
    assert (lfo.kind, lfo.repr) == ("LFO", "LFO2")
    trevor.set_value(lfo, "speed", 3.0)
    trevor.kill_device(lfo)
    assert trevor.state is not None
    assert trevor.state.device("LFO2") is None
    with pytest.raises(ValueError, match="no class 'Lfo'"):
        trevor.create_device("Lfo")


def test_a_neuron_is_unregistered(trevor: TrevorClient, keys: None, nallely: SimulatedNallely) -> None:
    nallely.link("keys.voice1", "synth.keys", with_scaler=False)
    trevor.unregister("keys")
    assert not nallely.parameters("keys")


def test_closing_is_said_as_such_and_told_to_onclose(
    trevor: TrevorClient, nallely: SimulatedNallely, lines: list[str]
) -> None:
    reasons: list[str] = []
    trevor.onclose = reasons.append
    trevor.close()
    assert not trevor.connected
    assert reasons == ["disposed"]
    assert lines == [f"Trevor answers at ws://{nallely.trevor_address}/trevor", "connection ended: disposed"]


def test_nothing_that_a_callback_raises_ends_the_client(trevor: TrevorClient, lines: list[str]) -> None:
    def fail(_: SessionState) -> None:
        raise KeyboardInterrupt("mine")

    trevor.onstate = fail
    trevor.create_device("LFO")
    assert any("onstate raised KeyboardInterrupt: mine" in line for line in lines)
    assert trevor.create_device("LFO").repr == "LFO3"


def test_a_wrong_command_is_a_clear_error_and_the_client_lives_on(trevor: TrevorClient, lines: list[str]) -> None:
    with pytest.raises(CommandRefused, match=r"1011.*'associate_parameters'"):
        trevor.associate("1::__virtual__::a_cv", "2::__virtual__::b_cv")
    assert trevor.wait_for(lambda state: state.bus)
    assert any("'associate_parameters'" in line for line in lines)
    trevor.kill_device(123456)
    assert trevor.create_device("LFO").repr == "LFO2"


def test_what_is_never_shown_is_a_timeout(trevor: TrevorClient) -> None:
    with pytest.raises(NotShown, match=r"does not show what was waited for after 0\.05 s"):
        trevor.wait_for(lambda state: state.neuron("nobody"), timeout=0.05)


def test_without_a_session_a_command_fails_and_waiting_ends(lines: list[str]) -> None:
    with SimulatedNallely(trevor=False) as nallely:
        address = nallely.address  # a port where Trevor is not
    with TrevorClient(address, lines.append) as trevor:
        assert wait_for(lambda: trevor.trouble)
        with pytest.raises(NotConnected, match="Trevor does not answer"):
            trevor.command("reset_all")
        with pytest.raises(NotShown, match="Trevor does not answer"):
            trevor.associate("1::a::b", "1::a::c", timeout=0.05)
        assert trevor.state is None
        assert len(lines) == 1


def test_it_is_back_after_a_session_that_went_and_says_so_once(nallely: SimulatedNallely, lines: list[str]) -> None:
    states: list[SessionState] = []
    with TrevorClient(nallely.trevor_address, lines.append) as trevor:
        trevor.onstate = states.append
        first = trevor.wait_for(lambda state: state.bus)
        nallely.trevor.stop()
        assert wait_for(lambda: not trevor.connected)
        assert trevor.state is None
        nallely.trevor.start()
        assert trevor.wait_for(lambda state: state is not first)
    assert [line.split(" at ")[0].split(" (")[0] for line in lines[:2]] == [
        "Trevor answers",
        "connection ended: the session closed it",
    ]
    assert sum("Trevor answers" in line for line in lines) == 2
    assert len(states) >= 2


def test_a_session_that_cannot_say_how_it_is_is_asked_less_and_less(
    nallely: SimulatedNallely, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Nallely where there is no MIDI system: the state cannot be built, and the connection ends with 1011."""
    tries: list[float] = []

    def fail(client: Client) -> None:
        tries.append(time.monotonic())
        client.close(1011)

    monkeypatch.setattr("nallely_midibridge.trevor.client.RETRY_AFTER", 0.02)
    monkeypatch.setattr(nallely.trevor._server, "_attend", fail)
    with TrevorClient(nallely.trevor_address, lines.append) as trevor:
        trevor.hurry()
        assert wait_for(lambda: len(tries) == 4)
        assert trevor._link.retry_after >= 0.16
        monkeypatch.undo()
        trevor.hurry()
        assert trevor.wait_for(lambda state: state.bus)
    assert sum("no MIDI system" in line for line in lines) == 1


def test_a_callback_that_fails_or_waits_ends_nothing(nallely: SimulatedNallely, lines: list[str]) -> None:
    with TrevorClient(nallely.trevor_address, lines.append) as trevor:
        trevor.onstate = lambda _: trevor.wait_for(lambda state: False)
        assert wait_for(lambda: any("must not wait" in line for line in lines))
        assert trevor.create_device("LFO")


def test_a_state_of_megabytes_is_taken(nallely: SimulatedNallely, trevor: TrevorClient) -> None:
    trevor_state = nallely.trevor._state()
    trevor_state["virtual_devices"] *= 1500
    assert len(json.dumps(trevor_state)) > 1 << 20
    seen = threading.Event()
    trevor.onstate = lambda state: seen.set() if len(state.devices) > 1000 else None
    nallely.trevor.send(trevor_state)
    assert seen.wait(5)


@pytest.mark.parametrize("path", ["", "1::a", "x::a::b", "1::a::b::c"])
def test_what_is_no_path_is_refused(trevor: TrevorClient, path: str) -> None:
    with pytest.raises(ValueError, match="is no parameter's path"):
        trevor.associate(path, "1::a::b")


@pytest.mark.parametrize(
    "text",
    [
        '{"virtual_devices": [{"id": 1}]}',
        '{"virtual_devices": 5}',
        '{"virtual_devices": [}',
        '{"virtual_devices"',
        '["virtual_devices"]',
        '{"virtual_devices": [], "connections": [{"src": {}}]}',
    ],
)
def test_a_state_that_lies_is_an_error_and_no_crash(text: str) -> None:
    with pytest.raises(ValueError, match="not as expected"):
        read_state(text)


def test_other_messages_are_no_state() -> None:
    assert read_state('{"command": "notification", "message": "x"}') is None
    assert read_state('{"command": "stdout", "line": "\\"virtual_devices\\""}') is None
