"""The bridge keeps its neuron registered and wired as the mapping says, in a simulated session with Trevor."""

import logging
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from nallely_midibridge.bridge import Bridge
from nallely_midibridge.connector import NallelyWebsocketBus
from nallely_midibridge.edges.keeper import Keeper
from nallely_midibridge.edges.keeper.wiring import MOST_TRIES
from nallely_midibridge.edges.memory_system import Cable, MemorySystem
from nallely_midibridge.edges.patchbay import UNHEARD_AFTER, Patchbays
from nallely_midibridge.mapping_file import load_text
from nallely_midibridge.simulated import SimulatedNallely
from nallely_midibridge.simulated.registry import SessionError
from nallely_midibridge.simulated.server import Client
from nallely_midibridge.simulated.trevor import Trevor
from nallely_midibridge.trevor import SessionState, TrevorClient
from nallely_midibridge.values.address import bus_url, trevor_url
from nallely_midibridge.values.mapping import Bus, Mapping
from nallely_midibridge.values.session import Chain
from nallely_midibridge.values.status import SessionStatus
from tests.waiting import wait_for

TEXT = """\
ports: {{keys: Keyboard, daw: {{virtual: Nallely}}}}
neurons:
  keys:
    {take_over}voices: {{voice: {{from: keys, count: 2}}}}
    params: {{cutoff: {{from: keys, cc: 74}}{more}}}
    probes: {{mon1: {{to: daw, cc: 20}}}}
    wiring: [{wiring}]
"""
VOICES = "voice* -> synth.keys"
LFO = "LFO1.output -> mon1"


@pytest.fixture
def nallely() -> Iterator[SimulatedNallely]:
    with SimulatedNallely(bus_delay=0.1) as nallely:
        yield nallely


@pytest.fixture
def trevor(nallely: SimulatedNallely) -> Iterator[TrevorClient]:
    with TrevorClient(nallely.trevor_address, lambda _: None) as trevor:
        trevor.wait_for(lambda state: state.bus)
        yield trevor


@pytest.fixture
def system() -> MemorySystem:
    return MemorySystem()


@pytest.fixture
def keyboard(system: MemorySystem) -> Cable:
    return system.plug("Keyboard")


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "nallely_midibridge")
    return caplog


def mapping(nallely: SimulatedNallely, *wiring: str, more: str = "", take_over: bool = False) -> Mapping:
    text = TEXT.format(
        wiring=", ".join(wiring), more=f", {more}" if more else "", take_over="take_over: true\n    " * take_over
    )
    found = load_text(text)
    bus, server = Bus(bus_url(nallely.address)), Bus(trevor_url(nallely.trevor_address))
    return replace(found, neurons=tuple(replace(neuron, bus=bus, trevor=server) for neuron in found.neurons))


def links(state: SessionState | None) -> list[tuple[str, str]]:
    """Each link as the names at its ends, in order."""
    assert state is not None
    names = {
        device.path(port): f"{device.repr}.{port.label}"
        for device in sorted(state.devices, key=lambda device: device.is_neuron)
        for port in device.parameters
    }
    return sorted((names[link.source], names[link.destination]) for link in state.links)


WIRED = [
    ("LFO1.output", "keys.keys_mon1"),
    ("keys.keys_voice1", "synth.keys.all_keys_or_pads"),
    ("keys.keys_voice2", "synth.keys.all_keys_or_pads"),
]


def real_links(nallely: SimulatedNallely) -> int:
    """How many there are, those that another one hides too."""
    with nallely._shared.condition:
        return sum(len(leaving) for leaving in nallely._shared.session.patch._leaving.values())


def said(log: pytest.LogCaptureFixture, text: str) -> int:
    return sum(text in record.getMessage() for record in log.records)


def test_from_nothing_to_a_chord(
    nallely: SimulatedNallely, trevor: TrevorClient, system: MemorySystem, keyboard: Cable
) -> None:
    with Bridge(mapping(nallely, VOICES, LFO), lambda: system) as bridge:
        trevor.wait_for(lambda state: links(state) == WIRED)
        assert wait_for(lambda: bridge.status().neurons[0].session.wired == 3)  # type: ignore[union-attr]
        assert wait_for(lambda: keyboard._receivers)
        keyboard.send(0x90, 60, 100)
        keyboard.send(0x90, 64, 100)
        assert nallely.wait_for(lambda: sorted(nallely.synth.notes) == [60, 64])
    assert nallely.wait_for(lambda: not nallely.synth.notes)
    assert real_links(nallely) == 3


def test_a_neuron_whose_name_a_session_has_quoted_is_wired(
    nallely: SimulatedNallely, trevor: TrevorClient, system: MemorySystem
) -> None:
    plan = mapping(nallely, VOICES, LFO)
    plan = replace(plan, neurons=(replace(plan.neurons[0], name="my kéys"),))
    with Bridge(plan, lambda: system) as bridge:
        trevor.wait_for(lambda state: len(state.links) == 3)
        assert wait_for(lambda: bridge.status().neurons[0].session.wired == 3)  # type: ignore[union-attr]
    trevor.unregister("my kéys")
    assert not nallely.parameters("my%20k%C3%A9ys")


def test_the_wiring_is_made_again_after_a_reset_and_what_is_held_sounds(
    nallely: SimulatedNallely, trevor: TrevorClient, system: MemorySystem, keyboard: Cable
) -> None:
    wiring = "{link: voice* -> MIDIBridge0.X0, create: true}"
    with Bridge(mapping(nallely, wiring), lambda: system):
        first = trevor.wait_for(lambda state: len(state.links) == 2)
        assert wait_for(lambda: keyboard._receivers)
        keyboard.send(0x90, 60, 100)
        trevor.command("reset_all")
        trevor.wait_for(lambda state: state.bus and state.bus.id != first.bus.id and len(state.links) == 2)  # type: ignore[union-attr]
        device = nallely._shared.session.devices["MIDIBridge0"]
        assert nallely.wait_for(lambda: device.notes == (60,))  # type: ignore[union-attr]
        keyboard.send(0x80, 60, 0)
        assert nallely.wait_for(lambda: device.notes == ())  # type: ignore[union-attr]
        assert real_links(nallely) == 2


def test_what_is_held_sounds_on_a_device_that_somebody_wires_by_hand(
    nallely: SimulatedNallely, trevor: TrevorClient, system: MemorySystem, keyboard: Cable
) -> None:
    with Bridge(mapping(nallely), lambda: system) as bridge:
        assert wait_for(lambda: bridge._patchbays.keeper("keys")._wiring._known is not None)  # type: ignore[union-attr]
        assert wait_for(lambda: keyboard._receivers)
        keyboard.send(0x90, 60, 100)
        assert nallely.wait_for(lambda: ("keys", "voice1", 60.0) in nallely.received)
        nallely.link("keys.voice1", "synth.keys", with_scaler=False)
        assert nallely.wait_for(lambda: nallely.synth.notes == (60,))
        nallely.link("keys.voice1", "keys.mon1", with_scaler=False)
        assert nallely.wait_for(lambda: [n.on for n in nallely.synth.history] == [True, False, True])
        assert nallely.synth.notes == (60,)


def test_links_that_are_there_are_not_made_twice_nor_touched(
    nallely: SimulatedNallely, trevor: TrevorClient, system: MemorySystem
) -> None:
    with Bridge(mapping(nallely, VOICES, LFO), lambda: system):
        trevor.wait_for(lambda state: links(state) == WIRED)
    nallely.link("keys.cutoff", "LFO1.speed")
    with Bridge(mapping(nallely, VOICES, LFO), lambda: system) as bridge:
        assert wait_for(lambda: bridge.status().neurons[0].session.wired == 3)  # type: ignore[union-attr]
        assert real_links(nallely) == 4
        bridge.change(mapping(nallely, LFO))
        trevor.wait_for(lambda state: state.neuron("keys"))
    assert real_links(nallely) == 4


def test_a_reload_takes_away_the_links_it_made_and_no_other(
    nallely: SimulatedNallely, trevor: TrevorClient, system: MemorySystem
) -> None:
    with Bridge(mapping(nallely, VOICES, LFO), lambda: system) as bridge:
        trevor.wait_for(lambda state: links(state) == WIRED)
        nallely.link("keys.cutoff", "LFO1.speed")
        bridge.change(mapping(nallely, LFO, "keys.voice1 -> mon1"))
        trevor.wait_for(
            lambda state: (
                links(state) == [WIRED[0], ("keys.keys_cutoff", "LFO1.speed"), ("keys.keys_voice1", "keys.keys_mon1")]
            )
        )
    assert real_links(nallely) == 3


@pytest.mark.parametrize(
    "words",
    [
        "{link: voice* -> synth.keys, create: true}",
        "{link: voice* -> synth.keys, scale: raw}",
        "voice* -> first MIDIBridge.keys",
    ],
)
def test_other_words_for_a_link_leave_it_as_it_is(
    nallely: SimulatedNallely, trevor: TrevorClient, system: MemorySystem, log: pytest.LogCaptureFixture, words: str
) -> None:
    with Bridge(mapping(nallely, VOICES, LFO), lambda: system) as bridge:
        trevor.wait_for(lambda state: links(state) == WIRED)
        assert wait_for(lambda: bridge.status().neurons[0].session.wired == 3)  # type: ignore[union-attr]
        bridge.change(mapping(nallely, words))
        assert wait_for(lambda: said(log, "unlinked LFO1.output -> mon1"))
        trevor.wait_for(lambda state: links(state) == WIRED[1:])
        bridge.change(mapping(nallely))
        assert wait_for(lambda: said(log, "unlinked voice") == 2)


def test_every_held_key_sounds_when_a_reload_scales_its_voices_otherwise(
    nallely: SimulatedNallely, trevor: TrevorClient, system: MemorySystem, keyboard: Cable
) -> None:
    with Bridge(mapping(nallely, VOICES), lambda: system) as bridge:
        trevor.wait_for(lambda state: links(state) == WIRED[1:])
        assert wait_for(lambda: bridge.status().neurons[0].session.wired == 2)  # type: ignore[union-attr]
        assert wait_for(lambda: keyboard._receivers)
        keyboard.send(0x90, 60, 100)
        keyboard.send(0x90, 64, 100)
        assert nallely.wait_for(lambda: sorted(nallely.synth.notes) == [60, 64])
        bridge.change(mapping(nallely, "{link: voice* -> synth.keys, scale: {to_min: 0, to_max: 127}}"))
        trevor.wait_for(lambda state: [link.chain is not None for link in state.links] == [True, True])
        assert nallely.wait_for(lambda: sorted(nallely.synth.notes) == [60, 64]), nallely.synth.notes


def test_a_scaler_that_the_file_changes_is_changed(
    nallely: SimulatedNallely, trevor: TrevorClient, system: MemorySystem
) -> None:
    with Bridge(mapping(nallely, LFO), lambda: system) as bridge:
        trevor.wait_for(lambda state: [link.chain is not None for link in state.links] == [True])
        bridge.change(mapping(nallely, "{link: LFO1.output -> mon1, scale: raw}"))
        trevor.wait_for(lambda state: [link.chain is not None for link in state.links] == [False])
    assert real_links(nallely) == 1


def test_a_link_scales_to_a_range_of_its_own(
    nallely: SimulatedNallely, trevor: TrevorClient, system: MemorySystem
) -> None:
    wires = ("{link: LFO1.output -> mon1, scale: {to_min: 48, to_max: 72, as_int: true}}", VOICES)
    with Bridge(mapping(nallely, *wires), lambda: system) as bridge:
        trevor.wait_for(lambda state: links(state) == WIRED)
        assert [link.chain for link in trevor.state.links if link.chain] == [Chain(48, 72, as_int=True)]  # type: ignore[union-attr]
        assert wait_for(lambda: bridge.status().neurons[0].session.wired == 3)  # type: ignore[union-attr]


def test_a_device_that_is_not_there_yet_is_waited_for(
    nallely: SimulatedNallely,
    trevor: TrevorClient,
    system: MemorySystem,
    log: pytest.LogCaptureFixture,
) -> None:
    with Bridge(mapping(nallely, "LFO2.output -> mon1"), lambda: system):
        assert wait_for(lambda: said(log, "LFO2.output -> mon1 waits: the session has no LFO2"))
        trevor.create_device("LFO")
        trevor.wait_for(lambda state: links(state) == [("LFO2.output", "keys.keys_mon1")])


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        ("LFO1.outputt -> mon1", "LFO1 has no outputt; did you mean output?"),
        ("{link: LFP1.output -> mon1, create: true}", "the session has no LFP1, and no class 'LFP' to make it of"),
        ("{link: LFO7.output -> mon1, create: true}", "the session calls a new LFO LFO2; write that, or 'first LFO'"),
    ],
)
def test_a_link_that_cannot_be_is_said_once(
    nallely: SimulatedNallely,
    trevor: TrevorClient,
    system: MemorySystem,
    log: pytest.LogCaptureFixture,
    wire: str,
    text: str,
) -> None:
    with Bridge(mapping(nallely, wire, VOICES), lambda: system):
        assert wait_for(lambda: said(log, text))
        trevor.wait_for(lambda state: len(state.links) == 2)
        trevor.create_device("MIDIBridge")
    assert said(log, text) == 1


def refusing(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """A session that is making a device meanwhile dies of so many commands that are right (measured)."""
    associate = Trevor.COMMANDS["associate_parameters"]
    refusals = iter(range(times))

    def perhaps(trevor: Trevor, **arguments: Any) -> None:
        if next(refusals, None) is not None:
            raise SessionError("'MIDIBridge' object has no attribute 'instance_uid'")
        associate(trevor, **arguments)

    monkeypatch.setitem(Trevor.COMMANDS, "associate_parameters", perhaps)


def test_a_link_that_the_session_refuses_for_a_moment_is_made(
    nallely: SimulatedNallely,
    trevor: TrevorClient,
    system: MemorySystem,
    log: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    quick_retry: None,
) -> None:
    refusing(monkeypatch, 2)
    with Bridge(mapping(nallely, VOICES), lambda: system) as bridge:
        assert wait_for(lambda: bridge.status().neurons[0].session.wired == 2)  # type: ignore[union-attr]
        assert real_links(nallely) == 2
    assert not said(log, "closed the connection")


def test_a_link_that_the_session_always_refuses_is_given_up_and_said(
    nallely: SimulatedNallely,
    trevor: TrevorClient,
    system: MemorySystem,
    log: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    quick_retry: None,
) -> None:
    refusing(monkeypatch, MOST_TRIES)
    with Bridge(mapping(nallely, "voice1 -> synth.keys", LFO), lambda: system) as bridge:
        assert wait_for(lambda: bridge.status().neurons[0].session.wired == 1)  # type: ignore[union-attr]
        (note,) = bridge.status().neurons[0].session.notes  # type: ignore[union-attr]
        assert note.startswith("voice1 -> synth.keys: the session closed the connection (1011)")
    assert said(log, "voice1 -> synth.keys") == 1


# -- registration


def register(nallely: SimulatedNallely, trevor: TrevorClient, *names: str, high: float = 127) -> None:
    """Another program, or an older file, registers the neuron and goes."""
    limits = {name: {"min": 0.0, "max": high} for name in names}
    with NallelyWebsocketBus(nallely.address) as bus:
        bus.register("external", "keys", limits, {}, log=lambda _: None, block=True)
        trevor.wait_for(lambda state: state.neuron("keys"))


OURS = ("voice1", "voice2", "cutoff", "mon1")


def test_what_is_missing_is_added_and_what_is_gone_removed(
    nallely: SimulatedNallely, trevor: TrevorClient, system: MemorySystem, log: pytest.LogCaptureFixture
) -> None:
    register(nallely, trevor, "voice1", "old", "mon1")
    with Bridge(mapping(nallely, VOICES), lambda: system):
        assert wait_for(lambda: sorted(nallely.parameters("keys")) == sorted(OURS))
        trevor.wait_for(lambda state: len(state.links) == 2)
    assert said(log, "missing: voice2, cutoff; there but not in the file: old") == 1


def test_a_wrong_range_is_mended_and_links_stay(
    nallely: SimulatedNallely, trevor: TrevorClient, system: MemorySystem
) -> None:
    register(nallely, trevor, *OURS, high=1)
    nallely.link("LFO1.output", "keys.mon1")
    with Bridge(mapping(nallely), lambda: system):
        trevor.wait_for(lambda state: [port.high for port in state.neuron("keys").parameters] == [127] * 4)  # type: ignore[union-attr]
        assert sorted(nallely.parameters("keys")) == sorted(OURS)
        assert real_links(nallely) == 1


def test_what_is_there_twice_is_registered_anew_and_links_are_given_back(
    nallely: SimulatedNallely,
    trevor: TrevorClient,
    system: MemorySystem,
    keyboard: Cable,
    log: pytest.LogCaptureFixture,
) -> None:
    register(nallely, trevor, *OURS, "mon1")
    with nallely._shared.open() as simulated:
        simulated.configure("keys", [*simulated.registry.neurons["keys"][3:4]], "add_parameters")
    nallely._shared.announce()
    nallely.link("keys.voice1", "synth.keys", with_scaler=False)
    with Bridge(mapping(nallely), lambda: system):
        assert wait_for(lambda: keyboard._receivers)
        keyboard.send(0x90, 60, 100)
        assert wait_for(lambda: said(log, "there twice: mon1"))
        assert wait_for(lambda: sorted(nallely.parameters("keys")) == sorted(OURS))
        assert nallely.wait_for(lambda: nallely.synth.notes == (60,))
        assert real_links(nallely) == 1


def test_another_programs_list_is_left_alone_unless_told(
    nallely: SimulatedNallely, trevor: TrevorClient, system: MemorySystem, log: pytest.LogCaptureFixture
) -> None:
    register(nallely, trevor, "gate", "pitch")
    with Bridge(mapping(nallely, VOICES), lambda: system) as bridge:
        assert wait_for(lambda: said(log, "another program has registered this name, with the parameters gate, pitch"))
        assert bridge.status().neurons[0].session.registration == "another program's"  # type: ignore[union-attr]
        assert nallely.parameters("keys") == ["gate", "pitch"]
    with Bridge(mapping(nallely, VOICES, take_over=True), lambda: system):
        trevor.wait_for(lambda state: len(state.links) == 2)
        assert sorted(nallely.parameters("keys")) == sorted(OURS)


def test_a_ghost_is_named(nallely: SimulatedNallely, system: MemorySystem, log: pytest.LogCaptureFixture) -> None:
    nallely.haunt("keys")
    with Bridge(mapping(nallely, VOICES), lambda: system) as bridge:
        assert wait_for(lambda: said(log, "the session skips this name, a ghost"))
        assert bridge.status().neurons[0].session.registration == "skipped by the session"  # type: ignore[union-attr]
        nallely.reset()
        assert wait_for(lambda: nallely.parameters("keys"))


def test_a_parameter_that_a_reload_adds_is_registered_once_and_wired(
    nallely: SimulatedNallely, trevor: TrevorClient, system: MemorySystem
) -> None:
    with Bridge(mapping(nallely, VOICES), lambda: system) as bridge:
        trevor.wait_for(lambda state: len(state.links) == 2)
        bridge.change(mapping(nallely, VOICES, "speed -> LFO1.speed", more="speed: {from: keys, cc: 1}"))
        trevor.wait_for(lambda state: ("keys.keys_speed", "LFO1.speed") in links(state))
        assert sorted(nallely.parameters("keys")) == sorted((*OURS, "speed"))
        assert real_links(nallely) == 3
        # Nobody could take away a link to a parameter that is gone.
        bridge.change(mapping(nallely, VOICES))
        assert wait_for(lambda: sorted(nallely.parameters("keys")) == sorted(OURS))
        assert real_links(nallely) == 2


def test_a_link_that_a_reload_takes_back_before_it_shows_is_not_left_behind(
    nallely: SimulatedNallely, trevor: TrevorClient, system: MemorySystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law: a link to a parameter that is gone could be taken away by nobody."""
    with Bridge(mapping(nallely), lambda: system) as bridge:
        assert wait_for(lambda: bridge.status().neurons[0].session.registration == "right")  # type: ignore[union-attr]
        (patchbay,) = bridge._patchbays._patchbays.values()
        client = patchbay._client
        late: list[str] = []
        associate, receive = client._associate, client._receive

        def ask(*arguments: Any, **options: Any) -> None:
            monkeypatch.setattr(client, "_receive", late.append)
            associate(*arguments, **options)

        monkeypatch.setattr(client, "_associate", ask)
        bridge.change(mapping(nallely, "speed -> LFO1.speed", more="speed: {from: keys, cc: 1}"))
        trevor.wait_for(lambda state: ("keys.keys_speed", "LFO1.speed") in links(state))
        assert wait_for(lambda: late)
        bridge.change(mapping(nallely))
        time.sleep(0.1)
        assert "speed" in nallely.parameters("keys")
        monkeypatch.undo()
        for state in late:
            receive(state)
        assert wait_for(lambda: sorted(nallely.parameters("keys")) == sorted(OURS))
        assert real_links(nallely) == 0


def test_without_trevor_it_plays_and_says_once_what_is_not_verified(
    system: MemorySystem, keyboard: Cable, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nallely_midibridge.edges.patchbay.UNHEARD_AFTER", 0.1)
    with SimulatedNallely() as nallely:
        nallely.trevor.stop()
        with Bridge(mapping(nallely, VOICES), lambda: system) as bridge:
            assert wait_for(lambda: said(log, "is not verified, and its 2 links not made"))
            assert wait_for(lambda: keyboard._receivers)
            keyboard.send(0x90, 60, 100)
            assert nallely.wait_for(lambda: ("keys", "voice1", 60.0) in nallely.received)
            status = bridge.status().neurons[0].session
            assert status is not None
            assert (status.registration, status.trouble) == ("unverified", "Connection refused")
            nallely.drop_clients()
            assert nallely.wait_for(lambda: ("keys", "voice1", 60.0) in nallely.received[1:])
    assert said(log, "is not verified, and its 2 links not made") == 1


def test_a_session_that_ends_is_no_session_without_trevor(system: MemorySystem, log: pytest.LogCaptureFixture) -> None:
    """The real one may cut Trevor's connection before the neuron's."""
    with SimulatedNallely() as nallely, Bridge(mapping(nallely, VOICES), lambda: system) as bridge:
        assert wait_for(lambda: bridge.status().neurons[0].session.wired == 2)  # type: ignore[union-attr]
        keeper = bridge._patchbays.keeper("keys")
        assert keeper is not None
        keeper.connected_at = keeper._seen_connection = time.monotonic() - 2 * UNHEARD_AFTER
        nallely.trevor.stop()
        assert wait_for(lambda: not bridge._patchbays.answers("keys"))
        time.sleep(0.1)
        nallely.stop_bus(abruptly=True)
        assert wait_for(lambda: bridge.away)
    assert not said(log, "is not verified")


def test_the_status_says_of_a_session_only_what_this_connection_has_shown(
    nallely: SimulatedNallely, trevor: TrevorClient, system: MemorySystem
) -> None:
    with Bridge(mapping(nallely, VOICES), lambda: system) as bridge:
        assert wait_for(lambda: bridge.status().neurons[0].session.wired == 2)  # type: ignore[union-attr]
        bridge.change(mapping(nallely, "voice1 -> synth.keys"))
        session = bridge.status().neurons[0].session
        assert session is not None
        assert session.wired <= session.wanted == 1
        nallely.stop_bus()
        assert wait_for(lambda: bridge.away)
        assert bridge.status().neurons[0].session == SessionStatus("unverified", 1)
        nallely.start_bus()
        assert wait_for(lambda: bridge.status().neurons[0].session == SessionStatus("right", 1, 1))


def test_a_bridge_stops_at_once_while_the_session_is_being_wired(
    nallely: SimulatedNallely, trevor: TrevorClient, system: MemorySystem
) -> None:
    bridge = Bridge(mapping(nallely, VOICES, LFO), lambda: system)
    bridge.start()
    trevor.wait_for(lambda state: state.neuron("keys"))
    bridge.stop()


def test_a_reload_does_not_wait_for_a_session_that_shows_nothing(
    nallely: SimulatedNallely, trevor: TrevorClient, system: MemorySystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law: whatever the patchbay waits for just then, a change and a stop after it take less than what it waits."""
    with Bridge(mapping(nallely), lambda: system) as bridge:
        assert wait_for(lambda: bridge.status().neurons[0].session.registration == "right")  # type: ignore[union-attr]
        asked: list[object] = []
        monkeypatch.setattr(nallely.trevor, "_obey", asked.append)
        bridge.change(mapping(nallely, VOICES, LFO))
        assert wait_for(lambda: asked)
        began = time.monotonic()
        bridge.change(mapping(nallely, LFO))
        assert time.monotonic() - began < 2
        assert wait_for(lambda: len(asked) == 2)
        monkeypatch.undo()
        bridge.change(mapping(nallely, VOICES, LFO))
        trevor.wait_for(lambda state: links(state) == WIRED)


def test_a_reload_does_not_wait_for_a_session_that_says_nothing_anew(
    nallely: SimulatedNallely, trevor: TrevorClient, system: MemorySystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(nallely, trevor, "voice1", "old", "mon1")
    came = threading.Event()

    def silent(client: Client) -> None:
        came.set()
        for _ in client:
            pass

    with Bridge(mapping(nallely), lambda: system) as bridge:
        assert wait_for(lambda: bridge.status().neurons[0].session.trouble is None)  # type: ignore[union-attr]
        monkeypatch.setattr(nallely.trevor._server, "_attend", silent)
        assert came.wait(3)
        began = time.monotonic()
        bridge.change(mapping(nallely))
        assert time.monotonic() - began < 2
        monkeypatch.undo()
        bridge.change(mapping(nallely))
        assert wait_for(lambda: sorted(nallely.parameters("keys")) == sorted(OURS))


def test_a_session_that_goes_in_a_reload_gets_a_little_time_and_the_parameters_later(
    nallely: SimulatedNallely, trevor: TrevorClient, system: MemorySystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Bridge(mapping(nallely), lambda: system) as bridge:
        assert wait_for(lambda: bridge.status().neurons[0].session.registration == "right")  # type: ignore[union-attr]
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            url = f"ws://127.0.0.1:{deaf.getsockname()[1]}/keys/autoconfig"
            monkeypatch.setattr(bridge._services["keys"], "url", url)
            monkeypatch.setattr("nallely_midibridge.bridge.TELL_WITHIN", 0.2)
            began = time.monotonic()
            bridge.change(mapping(nallely, more="speed: {from: keys, cc: 1}, depth: {from: keys, cc: 2}"))
            assert 0.2 <= time.monotonic() - began < 2
            monkeypatch.undo()
        bridge.change(mapping(nallely, more="speed: {from: keys, cc: 1}"))
        assert wait_for(lambda: sorted(nallely.parameters("keys")) == sorted((*OURS, "speed")))


def test_a_session_that_no_neuron_is_in_any_more_is_let_go_of_without_a_wait(nallely: SimulatedNallely) -> None:
    neuron = mapping(nallely).neurons[0]
    service = NallelyWebsocketBus(nallely.address).register("external", "keys", neuron.limits, {}, log=lambda _: None)
    patchbays = Patchbays()
    patchbays.keep([Keeper(neuron, service, lambda name, parameters: None)])
    patchbays.start()
    assert neuron.trevor is not None
    patchbay = patchbays._patchbays[neuron.trevor]
    with patchbays.at_rest():
        patchbay._notify()
        wait_for(lambda: not patchbay._is_dirty, 0.5)  # its thread wants to look, and has to wait, if it did not before
        began = time.monotonic()
        patchbays.keep([])
        assert time.monotonic() - began < 0.4
    assert not patchbay._thread.is_alive()
    service.dispose()
