"""Two keyboards of one name and a third one, played through a bridge while a DAW is connected to it."""

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from daw import Daw, connections
from instrument import Instrument
from machine import wait_for
from programs import Line, Program, daemon
from report import check, note
from session import Session
from sockets import Sockets

TWIN = "Twin Keys 25"
THIRD = "Beta Pad 8"
CHORD = 3
NEVER = float("inf")
SLOW = 0.8
"""Seconds that a port may take to be open before it is said what took so long."""

MAPPING = """\
nallely: {{bus: "localhost:6789"}}
ports:
  left: {{match: "{name}", {left}}}
  right: {{match: "{name}", {right}}}
  other: "{third}"
  daw: {{virtual: "Nallely"}}
neurons:
  desk:
    voices:
      left: {{from: left, count: 4}}
      right: {{from: right, count: 4}}
      other: {{from: other, count: 4}}
    params:
      knob{{left,right,other}}: {{from: "{{left,right,other}}", cc: 74}}
      drive: {{from: daw, cc: 21}}
    probes:
      lamp{{left,right,other}}: {{to: "{{left,right,other}}", cc: 20}}
      meter: {{to: daw, cc: 20}}
"""
PORTS = ("left", "right", "other")
"""The ports of the mapping; the voices ``left1`` … and the parameters ``knobleft`` and ``lampleft`` are its own."""


class Desk(NamedTuple):
    """The three keyboards, and where they are plugged in."""

    sockets: Sockets
    left: Instrument
    right: Instrument
    third: Instrument

    @property
    def all(self) -> tuple[Instrument, ...]:
        return self.left, self.right, self.third

    @property
    def plugged(self) -> list[Instrument]:
        """Those plugged in, in the order of their client numbers."""
        return sorted((one for one in self.all if one.client is not None), key=lambda one: one.client or 0)

    @property
    def twins(self) -> list[Instrument]:
        return [one for one in self.plugged if one is not self.third]


Law = Callable[[Desk], dict[str, Instrument]]
"""Which keyboard each of the two ports has, as things are plugged now."""


class Stage:
    """A running bridge. What is not as it should be is kept in ``wrong``, times in seconds in the other lists."""

    def __init__(self, desk: Desk, law: Law, session: Session, bridge: Program) -> None:
        self.desk = desk
        self.session = session
        self.bridge = bridge
        self.openings: list[float] = []
        self.silences: list[float] = []
        self.wrong: list[str] = []
        self._law = law
        self._meter = itertools.cycle(range(1, 127))

    def plug(self, keyboard: Instrument, socket: int | None = None) -> None:
        """Plug it in and wait until the bridge has it open both ways."""
        place = len(self.bridge.lines)
        seen = self.desk.sockets.plug(keyboard, socket)
        took = self._both_ways(self.port_of(keyboard), "is open", place) - seen
        self.openings.append(took)
        if took > SLOW:
            note("\n".join(f"{line.at - seen:7.3f} s {line.text}" for line in self.bridge.lines[place:]))

    def pull(self, keyboard: Instrument) -> None:
        """Pull its cable with a chord held on every keyboard: its voices end, all others sound on."""
        self.hold()
        port, place, mark = self.port_of(keyboard), len(self.bridge.lines), self.session.mark()
        gone = self.desk.sockets.unplug(keyboard)
        self._law(self.desk)  # a law that remembers has to see each change
        silent = self.session.silent_at(5, port)
        self.silences.append(NEVER if silent is None else silent - gone)
        self._both_ways(port, "is gone", place)
        self.follow()
        self._expect(mark, {port: [0] * CHORD}, f"{port} was pulled")

    def hold(self) -> None:
        """Hold a chord on every keyboard that holds none."""
        for keyboard in self.desk.plugged:
            if not keyboard.held:
                port, notes = self.port_of(keyboard), keyboard.press(CHORD)
                if not wait_for(lambda port=port: len(self.session.sounding(port)) == CHORD):  # type: ignore[misc]
                    self.wrong.append(f"{port}: pressed {notes}, sounding {self.session.sounding(port)}")

    def release(self) -> None:
        """Release every chord."""
        for keyboard in self.desk.plugged:
            keyboard.release()
        if not wait_for(lambda: not any(self.session.sounding(port) for port in PORTS)):
            self.wrong.append(f"released, still sounding {[self.session.sounding(port) for port in PORTS]}")

    def play(self) -> None:
        """Play a note on every keyboard and turn its knob: its own voices and parameter get it, once, and no other."""
        self.release()
        mark = self.session.mark()
        expected: dict[str, list[int]] = {}
        for keyboard in self.desk.plugged:
            port = self.port_of(keyboard)
            expected[port] = [*keyboard.press(1), 0]
            expected[f"knob{port}"] = [keyboard.turn()]
            keyboard.release()
        self.session.wait_since(mark, sum(map(len, expected.values())), "")
        self.follow()
        self._expect(mark, expected, "played")

    def light(self) -> None:
        """Send each lamp values of its own, until its keyboard saw one: it sees them, and no other does."""
        owners = {self.port_of(keyboard): keyboard for keyboard in self.desk.plugged}
        places = {port: len(keyboard.lamp) for port, keyboard in owners.items()}
        for turn in range(40):
            for port in owners:
                self.session.nallely.feed(f"desk.lamp{port}", len(PORTS) * turn + PORTS.index(port))
            if wait_for(lambda: all(len(owners[port].lamp) > place for port, place in places.items()), 0.25):
                break
        for port, keyboard in owners.items():
            seen = keyboard.lamp[places[port] :]
            if not seen or any(value % len(PORTS) != PORTS.index(port) for value in seen):
                self.wrong.append(f"the lamp of {port} was sent {seen}, not {len(PORTS)}n+{PORTS.index(port)}")

    def follow(self) -> None:
        """Have a value go to the DAW, which sends it back."""
        mark, value = self.session.mark(), next(self._meter)
        self.session.nallely.feed("desk.meter", value)
        got = self.session.wait_since(mark, 1, "drive")
        if got != [("drive", value)]:
            self.wrong.append(f"the DAW was sent {value}, and back came {got}")

    def answering(self, keyboard: Instrument) -> list[str]:
        """The ports whose voices a note on this keyboard reaches, whatever the law."""
        mark, note = self.session.mark(), keyboard.press(1)[0]
        keyboard.release()
        self.session.wait_since(mark, 2, "", timeout=2)
        self.follow()
        return [port for port in PORTS if note in [value for _, value in self.session.since(mark, port)]]

    def port_of(self, keyboard: Instrument) -> str:
        """The port that this keyboard is, by the law."""
        if keyboard is self.desk.third:
            return "other"
        return next(port for port, owner in self._law(self.desk).items() if owner is keyboard)

    def found_wrong(self) -> list[str]:
        """What was wrong since this was last asked."""
        wrong, self.wrong = self.wrong, []
        return wrong

    def _both_ways(self, port: str, words: str, place: int) -> float:
        """When the bridge had said so of both directions of a port."""
        lines = [self._line(port, f"{words} ({way})", place) for way in ("input", "output")]
        return max(NEVER if line is None else line.at for line in lines)

    def _line(self, port: str, words: str, place: int) -> Line | None:
        def find() -> Line | None:
            lines = self.bridge.lines[place:]
            return next((line for line in lines if f"port {port}: " in line.text and words in line.text), None)

        if not wait_for(find, 5):
            self.wrong.append(f"not said of {port}: {words}")
        return find()

    def _expect(self, mark: int, expected: dict[str, list[int]], what: str) -> None:
        """That these values came after a mark, and no other; those that the DAW sends apart."""
        got: dict[str, list[float]] = {}
        for parameter, value in self.session.since(mark, ""):
            if parameter != "drive":
                got.setdefault(parameter.rstrip("0123456789"), []).append(value)
        if got != expected:
            self.wrong.append(f"{what}: expected {expected}, got {got}")


@contextmanager
def staged(desk: Desk, law: Law, mapping: str) -> Iterator[Stage]:
    """A bridge with this mapping, a session, and a DAW that stays connected."""
    path = Path(tempfile.gettempdir()) / "twins.yaml"
    path.write_text(mapping)
    with Session("desk") as session, daemon(path) as bridge:
        assert session.nallely.wait_for_neuron("desk", 30), bridge.text
        assert bridge.wait_for("port daw: virtual port 'Nallely' is open (output)"), bridge.text
        with Daw("Nallely"):
            before = connections()
            yield Stage(desk, law, session, bridge)
            check("the DAW was connected all the time, both ways", before == connections() and len(before) == 2, before)
        took = bridge.stop()
        check("the bridge stops, status 0", bridge.status == 0, f"{took:.2f} s, status {bridge.status}")
