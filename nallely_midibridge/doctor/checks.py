"""The checks, in the order in which one thing stands on another."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from nallely_midibridge.doctor.finding import Finding, Patient, ok, problem
from nallely_midibridge.doctor.ports import ports
from nallely_midibridge.doctor.running import bridges
from nallely_midibridge.doctor.sequencer import midi_system, sequencer
from nallely_midibridge.doctor.sessions import buses, trevors
from nallely_midibridge.doctor.software import backend, libraries, versions
from nallely_midibridge.doctor.unit import unit

Check = Callable[[Patient], Iterable[Finding]]


def mapping_file(patient: Patient) -> Iterator[Finding]:
    """The mapping file; what is wrong inside it is reported by whoever read it."""
    if patient.mapping is not None:
        neurons = ", ".join(neuron.name for neuron in patient.mapping.neurons) or "no neurons"
        yield ok(f"{patient.file} is right: {neurons}")
    elif patient.file is not None:
        yield problem(f"{patient.file} is wrong", f"nallely-midibridge check {patient.file}")
    else:
        yield problem("there is no mapping file", "nallely-midibridge init")


CHECKS: Final[dict[str, Check]] = {
    "versions": versions,
    "libraries": libraries,
    "backend": backend,
    "sequencer": sequencer,
    "MIDI": midi_system,
    "file": mapping_file,
    "ports": ports,
    "bus": buses,
    "Trevor": trevors,
    "bridges": bridges,
    "service": unit,
}
"""Each by the word it is shown under."""


def diagnose(patient: Patient) -> Iterator[tuple[str, Finding]]:
    """What each check finds, as soon as it is found. A check that breaks is a finding too."""
    for name, check in CHECKS.items():
        try:
            for finding in check(patient):
                yield name, finding
        except Exception as error:  # one that breaks must not hide what the others find
            yield name, problem(f"this could not be looked at: {type(error).__name__}: {error}; please report it")
