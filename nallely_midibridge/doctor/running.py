"""The bridges that run, and whether two of them play the same neuron."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from nallely_midibridge.doctor.finding import Finding, Patient, ok, problem, warning
from nallely_midibridge.edges.control_client import NobodyListens, ask
from nallely_midibridge.edges.control_folder import closed_folder, running_sockets
from nallely_midibridge.values.control import Do
from nallely_midibridge.values.errors import ControlError

WITHIN: Final = 3.0


@dataclass(frozen=True, slots=True)
class Running:
    """A bridge that runs. ``neurons`` are (bus, name), ``connected`` the names of those that are."""

    pid: int
    file: str
    neurons: tuple[tuple[str, str], ...]
    connected: tuple[str, ...]


def running_bridges() -> list[Running]:
    """The bridges of this user, and of root the system's too; those that do not answer are left out."""
    found = []
    for socket in running_sockets():
        try:
            answer = ask(socket, Do.STATUS, WITHIN)
            neurons = answer["neurons"]
            names = tuple((str(neuron["bus"]), str(neuron["name"])) for neuron in neurons)
            connected = tuple(str(neuron["name"]) for neuron in neurons if neuron["connected"])
            found.append(Running(int(answer["pid"]), str(answer["file"]), names, connected))
        except (ControlError, KeyError, TypeError, ValueError):
            continue
    return found


def bridges(patient: Patient) -> Iterator[Finding]:
    """Which bridges run. Two that play one neuron would answer each other's notes."""
    for socket in running_sockets():
        try:
            ask(socket, Do.STATUS, WITHIN)
        except NobodyListens:
            continue
        except ControlError as error:
            yield problem(str(error), f"kill {socket.stem}")
    running = running_bridges()
    for bridge in running:
        yield ok(f"a bridge runs, process {bridge.pid}, with {bridge.file}")
    played = Counter(neuron for bridge in running for neuron in set(bridge.neurons))
    for (bus, name), count in played.items():
        if count > 1:
            pids = [str(bridge.pid) for bridge in running if (bus, name) in bridge.neurons]
            text = f"{count} bridges play the neuron {name} of {bus}: processes {' and '.join(pids)}"
            yield problem(text, f"kill {pids[-1]}")
    if not running:
        yield ok("no bridge of this user runs now")
    if (closed := closed_folder()) is not None:
        yield warning(f"the system's bridge, in {closed}, tells only root", "sudo nallely-midibridge doctor")
