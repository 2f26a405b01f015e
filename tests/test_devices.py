"""Which of several devices of one name a port means: by USB place, by serial number, by order."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.edges.usb import device_of, plugging_of
from nallely_midibridge.mapping_file import load_text
from nallely_midibridge.values.device import UNKNOWN, Device, choose

TWINS = ["Pad:Pad MIDI 1 20:0", "Keys:Keys MIDI 1 24:0", "Pad:Pad MIDI 1 28:0"]
DEVICES = {TWINS[0]: Device("1-1", "A"), TWINS[1]: Device("1-2", None), TWINS[2]: Device("1-1.4", "B")}


@pytest.fixture
def sysfs(tmp_path: Path) -> Path:
    """Card 1 is a USB device with a serial number, card 2 one without, card 3 is on PCI."""
    (tmp_path / "class/sound").mkdir(parents=True)
    for card, place, serial in ((1, "usb1/1-1", "A"), (2, "usb1/1-1/1-1.4", None), (3, "pci0", None)):
        interface = tmp_path / "devices" / place / "interface"
        interface.mkdir(parents=True)
        if "usb" in place:
            (interface.parent / "idVendor").write_text("1234\n")
        if serial:
            (interface.parent / "serial").write_text(f"{serial}\n")
        folder = tmp_path / "class/sound" / f"card{card}"
        folder.mkdir()
        (folder / "device").symlink_to(interface)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "device"),
    [
        ("Pad:Pad MIDI 1 20:0", Device("1-1", "A")),
        ("Pad:Pad MIDI 2 23:1", Device("1-1", "A")),
        ("Pad:Pad MIDI 1 24:0", Device("1-1.4", None)),
        ("Synth:Synth 28:0", UNKNOWN),
        ("Gone:Gone 32:0", UNKNOWN),
        ("Midi Through:Midi Through Port-0 14:0", UNKNOWN),
        ("Program:out 128:0", UNKNOWN),
        ("test-keyboard:out", UNKNOWN),
    ],
)
def test_the_name_of_a_port_leads_to_its_device(sysfs: Path, name: str, device: Device) -> None:
    assert device_of(name, sysfs) == device


def test_a_device_that_was_plugged_again_under_the_same_name_is_another_plugging(sysfs: Path) -> None:
    folder = sysfs / "devices/usb1/1-1"
    (folder / "devnum").write_text("5\n")
    first = plugging_of("Pad:Pad MIDI 1 20:0", sysfs)
    (folder / "devnum").write_text("6\n")
    assert (first, plugging_of("Pad:Pad MIDI 1 20:0", sysfs)) == ("5", "6")
    assert plugging_of("test-keyboard:out", sysfs) is None


@pytest.mark.parametrize(
    ("wanted", "nth", "index"),
    [
        (UNKNOWN, 1, 0),
        (UNKNOWN, 2, 2),
        (UNKNOWN, 3, None),
        (Device(usb="1-1.4"), 1, 2),
        (Device(serial="B"), 1, 2),
        (Device(usb="1-1", serial="B"), 1, None),
        (Device(usb="1-2"), 1, None),
    ],
)
def test_of_two_twins_the_one_that_is_meant_is_chosen(wanted: Device, nth: int, index: int | None) -> None:
    chosen = choose("Pad", TWINS, wanted, nth, DEVICES.__getitem__)
    assert chosen == (None if index is None else TWINS[index])


class Rack:
    """Three ports, the first, second and third of one name, and devices that come and go."""

    def __init__(self) -> None:
        self.plugged: dict[int, str] = {}
        self.open: dict[int, str] = {}

    def plug(self, device: int, client: int) -> None:
        if device not in self.plugged and (name := f"Pad:Pad MIDI 1 {client}:0") not in self.plugged.values():
            self.plugged[device] = name
            self._look()

    def pull(self, device: int) -> None:
        self.plugged.pop(device, None)
        self._look()

    def port_of(self, device: int) -> int | None:
        return next((nth for nth, name in self.open.items() if name == self.plugged.get(device)), None)

    def _look(self) -> None:
        names = sorted(self.plugged.values())
        self.open = {nth: name for nth, name in self.open.items() if name in names}
        for nth in (1, 2, 3):
            if nth not in self.open:
                chosen = choose("Pad", names, UNKNOWN, nth, lambda _: UNKNOWN, self.open)
                self.open.update({nth: chosen} if chosen else {})


changes = st.lists(st.tuples(st.integers(1, 3), st.integers(16, 99)), max_size=40)


@given(changes)
def test_devices_of_one_name_are_never_mixed_up(script: list[tuple[int, int]]) -> None:
    """Laws: each has a port of its own and keeps it while it is there; what comes takes the first that is free."""
    rack = Rack()
    for device, client in script:
        rack.pull(device)
        others = {other: rack.port_of(other) for other in rack.plugged}
        rack.plug(device, client)
        if device in rack.plugged:
            assert rack.port_of(device) == min({1, 2, 3} - set(others.values()))
        assert len(set(rack.open.values())) == len(rack.open) == len(rack.plugged)
        assert {other: rack.port_of(other) for other in others} == others


def test_of_what_comes_while_none_is_there_the_first_is_the_first() -> None:
    rack = Rack()
    for first, second in ((1, 2), (2, 1), (3, 1)):
        rack.plug(first, 20)
        rack.plug(second, 16)
        assert (rack.port_of(first), rack.port_of(second)) == (1, 2)
        rack.pull(first)
        rack.pull(second)


def test_the_file_says_which() -> None:
    text = """
    ports:
      left: {match: "Pad*", usb: "1-1.4"}
      right: {match: "Pad*", serial: "B", nth: 2}
    neurons: {n: {params: {x: {from: left, cc: 1}}}}
    """
    left, right = load_text(text).ports
    assert (left.input, left.output, left.device, left.nth) == ("Pad*", "Pad*", Device(usb="1-1.4"), 1)
    assert (right.device, right.nth) == (Device(serial="B"), 2)
