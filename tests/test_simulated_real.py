"""What the simulated Nallely does as the real one does: every test here runs against both.

Against the real one (0.7.0) only when asked to (``-m nallely``) and when NALLELY_PYTHON names a Python that has it.
They share one session then, so each has a neuron name of its own.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from nallely_midibridge.simulated import SimulatedNallely
from tests.real_nallely import RealNallely, State, Trevor, devices, found, parameters
from tests.recording import Player, frame, scenarios, unpack

PATIENCE = 15.0
SILENCE = 0.2
PORTS = ("out", "mon")
REGISTRATION = {"kind": "external", "parameters": [{"name": name, "range": [0, 127]} for name in PORTS]}
SHUTTING_DOWN = (1000, "WebSocket Bus is shutting down")

FarEnd = SimulatedNallely | RealNallely
Connect = Callable[[str], ClientConnection]
Register = Callable[[str], ClientConnection]

REAL = pytest.param(
    "real",
    marks=[
        pytest.mark.nallely,
        pytest.mark.skipif("NALLELY_PYTHON" not in os.environ, reason="NALLELY_PYTHON names no Python with Nallely"),
    ],
)


@pytest.fixture(scope="module")
def real(jack_server: str) -> Iterator[RealNallely]:
    with RealNallely(jack_server=jack_server) as nallely:
        yield nallely


@pytest.fixture(params=["simulated", REAL])
def nallely(request: pytest.FixtureRequest) -> Iterator[FarEnd]:
    if request.param == "real":
        yield request.getfixturevalue("real")
    else:
        with SimulatedNallely(bus_delay=0.05) as simulated:
            yield simulated


@pytest.fixture
def trevor(nallely: FarEnd) -> Iterator[Trevor]:
    with Trevor(nallely.trevor_address, PATIENCE) as trevor:
        yield trevor


@pytest.fixture
def connected(nallely: FarEnd) -> Iterator[Connect]:
    """Connect to a path of the bus."""
    with ExitStack() as stack:
        yield lambda path: stack.enter_context(connect(f"ws://{nallely.address}/{path}", proxy=None, close_timeout=1.0))


@pytest.fixture
def registered(connected: Connect, trevor: Trevor) -> Register:
    """Register a neuron with a parameter ``out`` and a probe ``mon``, and wait until the session shows it."""

    def register(neuron: str) -> ClientConnection:
        client = connected(f"{neuron}/autoconfig")
        client.send(json.dumps(REGISTRATION))
        trevor.wait_for(lambda state: parameters(state, neuron))
        return client

    return register


def closed(client: ClientConnection, timeout: float = PATIENCE) -> tuple[int, str] | None:
    """Wait for the close; its code and reason, or None for a cut. Raises TimeoutError if it stays open."""
    deadline = time.monotonic() + timeout
    try:
        while True:
            client.recv(timeout=max(0.0, deadline - time.monotonic()))
    except ConnectionClosed as error:
        return (error.rcvd.code, error.rcvd.reason) if error.rcvd else None


def stays_open(client: ClientConnection) -> bool:
    with pytest.raises(TimeoutError):
        closed(client, SILENCE)
    return True


def received(client: ClientConnection, count: int) -> list[tuple[str, float]]:
    """So many values, and no more."""
    messages = [client.recv(timeout=PATIENCE) for _ in range(count)]
    with pytest.raises(TimeoutError):
        client.recv(timeout=SILENCE)
    return [unpack(message) for message in messages if isinstance(message, bytes)]


def linked(state: State, parameter: str) -> int:
    """How many links to a parameter of the bus are shown."""
    return sum(connection["dest"]["parameter"]["name"] == parameter for connection in state["connections"])


def test_every_scenario_of_the_recording_comes_out_as_recorded(nallely: FarEnd, trevor: Trevor) -> None:
    with Player(nallely.address, trevor) as player:
        for name, lines in scenarios():
            player.play(name, lines)


# Registering.


@pytest.mark.parametrize("first", ["not json", b"\x01x", "{}", "[]", '{"parameters": 3}'])
def test_a_first_message_that_registers_nothing_closes_the_connection(connected: Connect, first: bytes | str) -> None:
    client = connected("first/autoconfig")
    client.send(first)
    assert closed(client) == (1011, "")


@pytest.mark.parametrize("path", ["", "nobody", "nobody/unregister", "nobody/other"])
def test_a_path_to_nowhere_is_closed_in_peace(connected: Connect, path: str) -> None:
    assert closed(connected(path)) == (1000, "")


def test_parameters_need_no_range_and_may_be_plain_names(connected: Connect, trevor: Trevor) -> None:
    connected("plain/autoconfig").send('{"parameters": ["a", {"name": "b"}]}')
    state = trevor.wait_for(lambda state: parameters(state, "plain"))
    assert parameters(state, "plain") == [
        ["plain_a", "plain_a_cv", [None, None]],
        ["plain_b", "plain_b_cv", [None, None]],
    ]


def test_a_client_that_leaves_before_it_registers_leaves_a_ghost_until_a_reset(
    connected: Connect, registered: Register, trevor: Trevor
) -> None:
    connected("ghost/autoconfig").close()
    time.sleep(SILENCE)
    ghost = connected("ghost/autoconfig")
    ghost.send(json.dumps(REGISTRATION))
    assert stays_open(ghost)
    assert not parameters(trevor.refreshed(), "ghost")
    adder = connected("ghost/autoconfig")
    adder.send(json.dumps({**REGISTRATION, "type": "add_parameters"}))
    assert closed(adder) == (1011, "")
    assert closed(connected("ghost/unregister")) == (1000, "")
    assert stays_open(ghost)
    trevor.reset()
    assert closed(ghost) == SHUTTING_DOWN
    registered("ghost")


def test_a_neuron_with_an_underscore_haunts_its_first_half(
    registered: Register, connected: Connect, trevor: Trevor
) -> None:
    client = registered("half_name")
    trevor.link("half_name.out", "half_name.mon", with_scaler=False)
    client.send(frame("out", 5.0))
    assert received(client, 0) == []
    half = connected("half/autoconfig")
    half.send(json.dumps(REGISTRATION))
    assert stays_open(half)
    assert not parameters(trevor.refreshed(), "half")
    client.send(frame("out", 7.0))
    assert received(half, 1) == [("name_mon", 7.0)]


def test_a_value_nobody_registered_waits_for_its_parameter(registered: Register, trevor: Trevor) -> None:
    client = registered("phantom")
    client.send(frame("cutoff", 1.0))
    assert stays_open(client)
    assert {"key": "phantom", "target": "cutoff_cv"} in trevor.refreshed()["waiting_services"]


# Wiring.


def test_linked_twice_everything_arrives_twice_one_link_is_shown_and_one_outlives_its_undoing(
    registered: Register, trevor: Trevor
) -> None:
    client = registered("twice")
    trevor.link("twice.out", "twice.mon")
    trevor.link("twice.out", "twice.mon", with_scaler=False)
    assert linked(trevor.refreshed(), "twice_mon") == 1
    client.send(frame("out", 5.0))
    assert received(client, 2) == [("mon", 5.0), ("mon", 5.0)]
    trevor.unlink("twice.out", "twice.mon")
    client.send(frame("out", 6.0))
    assert received(client, 1) == [("mon", 6.0)]


def test_a_link_may_be_made_before_its_neuron_registers(registered: Register, trevor: Trevor) -> None:
    source = trevor.create("LFO")
    bus = trevor.device("WebSocketBus1")
    trevor.command(
        "associate_parameters",
        from_parameter=f"{source['id']}::__virtual__::output_cv",
        to_parameter=f"{bus['id']}::__virtual__::late_mon_cv",
        unbind=False,
        with_scaler=False,
    )
    trevor.wait_for(lambda state: {"key": "late", "target": "mon_cv"} in state["waiting_services"])
    client = registered("late")
    assert isinstance(client.recv(timeout=PATIENCE), bytes)
    assert linked(trevor.refreshed(), "late_mon") == 1


def test_what_is_wired_to_a_removed_parameter_still_arrives(
    registered: Register, connected: Connect, trevor: Trevor
) -> None:
    client = registered("removed")
    trevor.link("removed.out", "removed.mon", with_scaler=False)
    connected("removed/autoconfig").send('{"parameters": [{"name": "mon"}], "type": "remove_parameters"}')
    trevor.wait_for(lambda state: len(parameters(state, "removed")) == 1)
    client.send(frame("out", 5.0))
    assert received(client, 1) == [("mon", 5.0)]


def test_a_killed_lfo_sends_no_more(registered: Register, trevor: Trevor) -> None:
    client = registered("killed")
    lfo = trevor.create("LFO")
    trevor.link(f"{lfo['repr']}.output", "killed.mon")
    trevor.set_value(f"{lfo['repr']}.speed", 10)
    assert isinstance(client.recv(timeout=PATIENCE), bytes)
    trevor.command("kill_device", device_id=lfo["id"])
    trevor.wait_for(lambda state: all(device["id"] != lfo["id"] for device in devices(state)))
    assert linked(trevor.state, "killed_mon") == 0


# Trevor.


def test_a_neuron_is_shown_under_the_bus_which_lists_its_parameters_too(registered: Register, trevor: Trevor) -> None:
    registered("shown")
    neuron, bus, other_bus = (found(trevor.refreshed(), name) for name in ("shown", "WebSocketBus1", "OSCBus1"))
    assert neuron["id"] == bus["id"] != other_bus["id"]
    assert (neuron["proxy"], bus["proxy"]) == (True, False)
    for lister in ("shown", "WebSocketBus1", "OSCBus1"):
        assert ["shown_out", "shown_out_cv", [0, 127]] in parameters(trevor.state, lister)


def test_a_midi_devices_keys_are_shown_by_another_name_than_they_are_linked_by(
    registered: Register, trevor: Trevor
) -> None:
    registered("player")
    synth = trevor.create("MIDIBridge")
    section = synth["meta"]["sections"][0]
    assert section["name"] == "X0Section"
    assert section["pads_or_keys"]["section_name"] == "X0"
    trevor.link("player.out", f"{synth['repr']}.X0")
    [end] = [
        connection["dest"] for connection in trevor.state["connections"] if connection["dest"]["device"] == synth["id"]
    ]
    assert (end["parameter"]["section_name"], end["parameter"]["name"]) == ("X0", "notes")
    assert "cv_name" not in end["parameter"]


def test_unregistering_through_trevor_closes_the_clients(registered: Register, trevor: Trevor) -> None:
    client = registered("leaver")
    bus_id = trevor.device("WebSocketBus1")["id"]
    trevor.command("unregister_service", bus_id=bus_id, service_name="leaver")
    assert closed(client) == (1000, "")
    trevor.wait_for(lambda state: not parameters(state, "leaver"))


def test_a_reset_empties_the_session_and_every_id_is_new(registered: Register, trevor: Trevor) -> None:
    client = registered("again")
    bus_id = trevor.device("again")["id"]
    trevor.reset()
    trevor.wait_for(lambda state: not state["virtual_devices"])
    assert closed(client) == SHUTTING_DOWN
    registered("again")
    assert trevor.device("again")["id"] != bus_id


@pytest.mark.parametrize(
    "command",
    [
        "not json",
        "[]",
        "{}",
        '{"command": "nonsense"}',
        '{"command": "associate_parameters"}',
        '{"command": "associate_parameters", "from_parameter": "1::__virtual__::x_cv",'
        ' "to_parameter": "2::a::b", "unbind": false}',
        '{"command": "associate_parameters", "from_parameter": "x", "to_parameter": "y", "unbind": false}',
        '{"command": "unregister_service", "bus_id": 1}',
        '{"command": "kill_device", "device_id": 5}',
        '{"command": "create_device", "name": "Nope"}',
        '{"command": "reset_all", "now": true}',
    ],
)
def test_trevor_drops_who_sends_a_bad_command(nallely: FarEnd, command: str) -> None:
    with connect(f"ws://{nallely.trevor_address}/trevor", proxy=None, max_size=None) as client:
        client.recv(timeout=PATIENCE)
        client.send(command)
        assert closed(client) == (1011, "")


def test_only_clients_of_trevors_own_path_are_told_of_changes(
    nallely: FarEnd, trevor: Trevor, registered: Register
) -> None:
    with connect(f"ws://{nallely.trevor_address}/", proxy=None, max_size=None) as client:
        assert "virtual_devices" in json.loads(client.recv(timeout=PATIENCE))
        registered("change")
        with pytest.raises(TimeoutError):
            client.recv(timeout=SILENCE)
