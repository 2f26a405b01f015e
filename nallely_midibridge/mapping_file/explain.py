"""What a mapping does, for people: its ports, and a sentence for each route."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from nallely_midibridge.mapping_file.param_sentences import param_sentence
from nallely_midibridge.mapping_file.probe_sentences import probe_sentence
from nallely_midibridge.mapping_file.problem import listed
from nallely_midibridge.mapping_file.runs import runs
from nallely_midibridge.mapping_file.spoken import number
from nallely_midibridge.mapping_file.voice_sentences import voices_sentence
from nallely_midibridge.mapping_file.wiring_sentences import wiring_sentences
from nallely_midibridge.values.mapping import Bus, Mapping, Neuron, Port

Row = tuple[str, ...]


def explain(mapping: Mapping) -> str:
    """The ports, then each neuron with its bus and what its routes do, a sentence a line. No newline at the end.

    Routes that differ in their numbers only share a sentence.
    """
    blocks = [["ports", *_table([_port(port) for port in mapping.ports])]] if mapping.ports else []
    blocks += [list(_neuron(_with_devices(neuron, mapping.ports))) for neuron in mapping.neurons]
    return "\n\n".join("\n".join(lines) for lines in blocks)


def _with_devices(neuron: Neuron, ports: Iterable[Port]) -> Neuron:
    """The neuron with its ports called what their devices are called; ports of our own keep their names."""
    heard = _devices({port.name: port.input or port.name for port in ports})
    told = _devices({port.name: port.output or port.name for port in ports})
    return replace(
        neuron,
        voices=tuple(replace(block, port=heard[block.port]) for block in neuron.voices),
        params=tuple(replace(r, source=replace(r.source, port=heard[r.source.port])) for r in neuron.params),
        probes=tuple(
            replace(r, destination=replace(r.destination, port=told[r.destination.port])) for r in neuron.probes
        ),
    )


def _devices(patterns: dict[str, str]) -> dict[str, str]:
    """What each port is called: its device; with the short name of the file where several are called the same."""
    count = Counter(patterns.values())
    return {name: pattern if count[pattern] == 1 else f"{pattern} ({name})" for name, pattern in patterns.items()}


def _neuron(neuron: Neuron) -> Iterator[str]:
    count = len(neuron.parameters)
    yield f"neuron {neuron.name}: {count} parameter{'s' * (count != 1)} on {_bus(neuron.bus)}"
    yield from (f"  {voices_sentence(neuron.name, block)}" for block in neuron.voices)
    yield from (f"  {param_sentence(neuron.name, run)}" for run in runs(neuron.params))
    yield from (f"  {probe_sentence(neuron.name, run)}" for run in runs(neuron.probes))
    yield from (f"  {sentence}" for sentence in wiring_sentences(neuron))


def _bus(bus: Bus) -> str:
    ca = f", trusting {bus.ca_file}" if bus.ca_file else ""
    # Values of headers are secrets as often as not.
    headers = f", with the header {listed(name for name, _ in bus.headers)}" if bus.headers else ""
    return bus.url + ca + headers


def _port(port: Port) -> Row:
    return port.name, *_ways(port), ", ".join(filter(None, (_which(port), _rate(port.rate), _taken(port))))


def _which(port: Port) -> str:
    """Which of several devices of one name."""
    usb = f"at USB {port.device.usb}" if port.device.usb else ""
    serial = f"with serial {port.device.serial}" if port.device.serial else ""
    nth = f"number {port.nth} of its name" if port.nth > 1 else ""
    return ", ".join(filter(None, (usb, serial, nth)))


def _ways(port: Port) -> tuple[str, str]:
    if port.virtual is not None:
        return port.virtual, "virtual, in and out"
    if port.input == port.output:
        return str(port.input), "in and out"
    if port.output is None:
        return str(port.input), "in"
    if port.input is None:
        return port.output, "out"
    return f"{port.input} / {port.output}", "in / out"


def _rate(rate: float | None) -> str:
    return "" if rate is None else f"at most {number(rate)} messages a second"


def _taken(port: Port) -> str:
    echo = "takes its echo for input" if port.takes_echo else ""
    spelled = "takes what spells an NRPN or RPN for CCs too" if port.passes_parameters else ""
    return ", ".join(filter(None, (echo, spelled)))


def _table(rows: Iterable[Row], indent: str = "  ") -> Iterator[str]:
    """Rows with their columns aligned."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield (indent + "  ".join(cells)).rstrip()
