"""What a probe does, in a sentence: ``scope.mon1, from 0 to 127, moves CC 20 on channel 1 of daw``."""

from collections.abc import Iterator

from nallely_midibridge.mapping_file import spoken
from nallely_midibridge.mapping_file.param_sentences import parameter_number
from nallely_midibridge.mapping_file.runs import Run
from nallely_midibridge.values.destination import Destination, DestinationKind
from nallely_midibridge.values.mapping import ProbeRoute
from nallely_midibridge.values.midi import note_name

ProbeRun = Run[ProbeRoute]


def probe_sentence(neuron: str, run: ProbeRun) -> str:
    """What the routes of a run do, as one sentence without a full stop."""
    scale, many = run.first.scale, run.first.parameter != run.last.parameter
    subject = f"{neuron}.{run.between(run.first.parameter, run.last.parameter)}"
    values = f"{'each ' * many}from {spoken.number(scale.low)} to {spoken.number(scale.high)}"
    return ", ".join([subject, values, _predicate(run, "" if many else "s"), *_clauses(neuron, run)])


def _predicate(run: ProbeRun, s: str) -> str:
    to = run.first.destination
    where = f"on {_channels(run)} of {to.port}"
    match to.kind:
        case DestinationKind.NOTE:
            return f"play{s} notes {where}"
        case DestinationKind.GATE:
            return f"play{s} {_notes(run)} {where} while above 0"
        case DestinationKind.PROGRAM:
            return f"choose{s} the program {where}"
        case DestinationKind.CLOCK:
            return f"send{s} {to.port} a clock of as many beats a minute"
        case DestinationKind.TRANSPORT:
            return f"start{s} {to.port} above 0 and stop{s} it at 0"
        case _:
            return f"move{s} {_control(run)} {where}"


def _channels(run: ProbeRun) -> str:
    first, last = run.first.destination.channel, run.last.destination.channel
    return f"channel{'s' * (first != last)} {run.between(str(first + 1), str(last + 1))}"


def _control(run: ProbeRun) -> str:
    """``CC 20 to 27`` or ``the pressure of C3``."""
    first, last = run.first.destination, run.last.destination
    numbers = run.between(str(first.number), str(last.number))
    match first.kind:
        case DestinationKind.CC:
            return f"CC {numbers}"
        case DestinationKind.CC14:
            return f"14-bit CC {numbers} (fine: CC {run.between(str(first.fine), str(last.fine))})"
        case DestinationKind.NRPN | DestinationKind.RPN:
            return parameter_number(first.kind.name, first.number, numbers, first.bits)
        case DestinationKind.POLY_PRESSURE:
            return f"the pressure of {_notes(run)}"
        case DestinationKind.PITCHBEND:
            return "the pitch bend"
        case _:
            return f"the {first.kind.value}"


def _notes(run: ProbeRun) -> str:
    first, last = run.first.destination.number, run.last.destination.number
    return run.between(note_name(first or 0), note_name(last or 0))


def _clauses(neuron: str, run: ProbeRun) -> Iterator[str]:
    route = run.first
    if curve := spoken.curve(route.scale.curve):
        yield curve
    if route.scale.invert:
        yield "inverted"
    if route.destination.kind in (DestinationKind.NOTE, DestinationKind.GATE):
        yield from _sound(neuron, run, route.destination, run.last.destination)
    if route.destination.full:
        yield "its number sent with each value"
    if route.deadband:
        yield f"ignoring moves under {spoken.percent(route.deadband)}"
    if route.smooth:
        yield f"smoothed over {spoken.duration(route.smooth)}"
    if route.rate is not None:
        yield f"at most {spoken.number(route.rate)} messages a second"


def _sound(neuron: str, run: ProbeRun, first: Destination, last: Destination) -> Iterator[str]:
    """How the notes sound."""
    velocity = str(first.velocity)
    if first.velocity_from and last.velocity_from:
        velocity = f"from {neuron}.{run.between(first.velocity_from, last.velocity_from)}"
    yield f"velocity {velocity}"
    if first.length is not None:
        yield f"for {spoken.duration(first.length)} at most"
    if first.length_from and last.length_from:
        yield f"for as many seconds as {neuron}.{run.between(first.length_from, last.length_from)} has"
    if first.legato:
        yield "legato"
