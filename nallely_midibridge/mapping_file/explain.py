"""The routing table of a mapping, for people."""

from collections.abc import Iterable, Iterator

from nallely_midibridge.mapping_file.problem import listed
from nallely_midibridge.mapping_file.spoken import channels, destination, duration, run, source
from nallely_midibridge.values.mapping import Bus, Mapping, Neuron, ParamRoute, Port, ProbeRoute, Steal, VoiceBlock
from nallely_midibridge.values.midi import note_name
from nallely_midibridge.values.scale import Curve, Points, Scale

Row = tuple[str, ...]


def explain(mapping: Mapping) -> str:
    """The ports, then each neuron with its bus and its routes, one aligned line each. No newline at the end."""
    blocks = [["ports", *_table([_port(port) for port in mapping.ports])]] if mapping.ports else []
    blocks += [list(_neuron(neuron)) for neuron in mapping.neurons]
    return "\n\n".join("\n".join(lines) for lines in blocks)


def _neuron(neuron: Neuron) -> Iterator[str]:
    count = len(neuron.parameters)
    yield f"neuron {neuron.name}: {count} parameter{'s' * (count != 1)} on {_bus(neuron.bus)}"
    parts: dict[str, list[Row]] = {
        "voices": [_voices(block) for block in neuron.voices],
        "params": [_param(route) for route in neuron.params],
        "probes": [_probe(route) for route in neuron.probes],
    }
    for part, rows in parts.items():
        if rows:
            yield f"  {part}"
            yield from _table(rows, indent="    ")


def _bus(bus: Bus) -> str:
    ca = f", trusting {bus.ca_file}" if bus.ca_file else ""
    # Values of headers are secrets as often as not.
    headers = f", with the header {listed(name for name, _ in bus.headers)}" if bus.headers else ""
    return bus.url + ca + headers


def _port(port: Port) -> Row:
    return port.name, *_ways(port), ", ".join(filter(None, (_which(port), _rate(port.rate), _echo(port))))


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
    return "" if rate is None else f"at most {rate:.10g} messages a second"


def _echo(port: Port) -> str:
    return "takes its echo for input" if port.takes_echo else ""


def _voices(block: VoiceBlock) -> Row:
    zone = f"{note_name(block.lowest)}..{note_name(block.highest)}"
    keys = "any note" if (block.lowest, block.highest) == (0, 127) else zone
    transposed = f", transposed {block.transpose:+}" if block.transpose else ""
    velocities = f"velocity {run(block.velocities)}, " if block.velocities else ""
    stolen = "steals none" if block.steal is Steal.NONE else f"steals the {block.steal.value}"
    gap = f"gap {duration(block.retrigger_gap)}{', restored' * block.restore}"
    heard = f"{keys}, {channels(block.channels)}{transposed}"
    return block.port, heard, "->", run(block.voices), f"{velocities}{stolen}, {gap}"


def _param(route: ParamRoute) -> Row:
    return route.source.port, source(route.source), "->", route.parameter, _scale(route.scale)


def _probe(route: ProbeRoute) -> Row:
    target = route.destination
    return route.parameter, _scale(route.scale), "->", target.port, destination(target), _rate(route.rate)


def _scale(scale: Scale) -> str:
    curve = "" if scale.curve is Curve.LINEAR else f", {_curve(scale.curve)}"
    return f"{scale.low:.10g} to {scale.high:.10g}{curve}{', inverted' * scale.invert}"


def _curve(curve: Curve | Points) -> str:
    return curve.value if isinstance(curve, Curve) else f"by {len(curve.points)} points"


def _table(rows: Iterable[Row], indent: str = "  ") -> Iterator[str]:
    """Rows with their columns aligned."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield (indent + "  ".join(cells)).rstrip()
