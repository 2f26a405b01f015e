"""What a param does, in a sentence: ``knob CC 74 on channel 1 of knobs moves keys.cutoff from 0 to 1``."""

from collections.abc import Iterator
from typing import Final

from nallely_midibridge.mapping_file import spoken
from nallely_midibridge.mapping_file.problem import listed
from nallely_midibridge.mapping_file.runs import Run
from nallely_midibridge.mapping_file.words import RPN_NAMES
from nallely_midibridge.values import midi
from nallely_midibridge.values.handling import Encoding, Feedback, LightsOff, Mode, Pickup, Sends
from nallely_midibridge.values.mapping import ParamRoute
from nallely_midibridge.values.source import SourceKind

ParamRun = Run[ParamRoute]

_NOTES: Final = (SourceKind.NOTE_GATE, SourceKind.NOTE_VELOCITY, SourceKind.NOTE_NUMBER, SourceKind.POLY_PRESSURE)
_CLOCKS: Final = (SourceKind.CLOCK_BPM, SourceKind.CLOCK_BEAT, SourceKind.CLOCK_RUNNING)
_PEDALS: Final = range(midi.SUSTAIN, 70)
"""The controllers from sustain to the second hold pedal (MIDI 1.0, table III)."""
_SWITCHES: Final = (Mode.TOGGLE, Mode.MOMENTARY)
_ENCODINGS: Final = {
    Encoding.TWOS_COMPLEMENT: "two's complement",
    Encoding.OFFSET: "offset",
    Encoding.SIGN_BIT: "sign bit",
}


def param_sentence(neuron: str, run: ParamRun) -> str:
    """What the routes of a run do, as one sentence without a full stop."""
    moved = f"{neuron}.{run.between(run.first.parameter, run.last.parameter)}"
    clauses = [f"{_subject(run)} {_predicate(run, moved)}", *_clauses(run)]
    if run.first.handling.feedback:
        clauses.append(_follows(run, run.first.handling.feedback))
    return ", ".join(clauses)


def _is_many(run: ParamRun) -> bool:
    """Whether several controls do it."""
    return run.first.source != run.last.source


def _s(run: ParamRun) -> str:
    return "" if _is_many(run) else "s"


# Who does it.


def _subject(run: ParamRun) -> str:
    source = run.first.source
    if source.kind in _CLOCKS:
        return f"the clock of {source.port}"
    if source.kind is SourceKind.TRANSPORT:
        return f"start and continue of {source.port}"
    return f"{_control(run)} on {_channels(run)} of {source.port}"


def _channels(run: ParamRun) -> str:
    first, last = run.first.source.channels, run.last.source.channels
    if first == last:
        return spoken.channels(first)
    return f"channels {run.between(str(min(first) + 1), str(min(last) + 1))}"


def _control(run: ParamRun) -> str:
    """``knob CC 74``, ``endless encoders CC 16 to 23`` or ``the pressure of key C2``."""
    kind = run.first.source.kind
    if kind in _NOTES:
        return _of_key(run)
    many = "s" * _is_many(run)
    match kind:
        case SourceKind.CC:
            return f"{_noun(run)}{many} CC {_numbers(run)}"
        case SourceKind.CC14:
            fine = run.between(str(run.first.source.fine), str(run.last.source.fine))
            first = ", sent first" * run.first.source.fine_first
            return f"14-bit knob{many} CC {_numbers(run)} (fine: CC {fine}{first})"
        case SourceKind.NRPN | SourceKind.RPN:
            return parameter_number(kind.name, run.first.source.number, _numbers(run), run.first.source.bits)
        case SourceKind.PITCHBEND:
            return f"the pitch wheel{many}"
        case SourceKind.PROGRAM:
            return "program changes" if many else "a program change"
        case _:
            return f"the {kind.value}{many}"


def _noun(run: ParamRun) -> str:
    """What a controller probably is."""
    if run.first.handling.mode is Mode.RELATIVE:
        return "endless encoder"
    if run.first.handling.mode in _SWITCHES:
        return "button"
    return "pedal" if run.first.source.number in _PEDALS and run.last.source.number in _PEDALS else "knob"


def _numbers(run: ParamRun) -> str:
    return run.between(str(run.first.source.number), str(run.last.source.number))


def parameter_number(word: str, first: int | None, numbers: str, bits: int) -> str:
    """``NRPN 1234``, ``RPN 0 (pitch-bend-range)`` or ``NRPN 7 to 9 (7 bits)``."""
    names = [name for name, number in RPN_NAMES.items() if word == "RPN" and numbers == str(first) and number == first]
    remarks = names + ["7 bits"] * (bits == 7)
    return f"{word} {numbers}" + (f" ({', '.join(remarks)})" if remarks else "")


def _of_key(run: ParamRun) -> str:
    key = _key(run)
    match run.first.source.kind:
        case SourceKind.NOTE_VELOCITY:
            return f"the velocit{'ies' if _is_many(run) else 'y'} of {key}"
        case SourceKind.NOTE_NUMBER:
            return f"the number{'s' * _is_many(run)} of {key}"
        case SourceKind.POLY_PRESSURE:
            return f"the pressure{'s' * _is_many(run)} of {key}"
        case _:
            return key


def _key(run: ParamRun) -> str:
    """``key C1``, ``pads C1 to D#1`` or ``any key``."""
    first, last = run.first.source.number, run.last.source.number
    handling = run.first.handling
    noun = "pad" if handling.mode in _SWITCHES or handling.feedback else "key"
    if first is None or last is None:
        is_of_last = run.first.source.kind in (SourceKind.NOTE_VELOCITY, SourceKind.NOTE_NUMBER)
        return f"{'the last' if is_of_last else 'any'} {noun}"
    return f"{noun}{'s' * _is_many(run)} {run.between(midi.note_name(first), midi.note_name(last))}"


# What it does.


def _predicate(run: ParamRun, moved: str) -> str:
    route, s = run.first, _s(run)
    low, high = _ends(route)
    held = "each is held" if _is_many(run) else "it is held"
    if route.handling.mode is Mode.TOGGLE:
        return _toggles(route, moved, s)
    if route.handling.sends is not Sends.BOTH:
        return f"set{s} {moved} to {high} for a moment at each press, and back to {low}"
    if route.handling.mode is Mode.MOMENTARY or route.source.kind is SourceKind.NOTE_GATE:
        return f"set{s} {moved} to {high} while {held} and to {low} when not"
    match route.source.kind:
        case SourceKind.TRANSPORT:
            return f"set {moved} to {high}, and stop to {low}"
        case SourceKind.CLOCK_RUNNING:
            return f"sets {moved} to {high} while it runs and to {low} when not"
        case SourceKind.CLOCK_BPM:
            return f"sets {moved} to its tempo, from {low} to {high} beats a minute"
        case SourceKind.CLOCK_BEAT:
            return f"sets {moved} to {high} in the first half of each beat and to {low} in the second"
        case _:
            return _moves(route, moved, s)


def _toggles(route: ParamRoute, moved: str, s: str) -> str:
    if len(route.handling.accepted) > 2:
        return f"step{s} {moved} {_way(route)}, one at each press"
    ends = _ends(route)
    return f"turn{s} {moved} on and off" if set(ends) == {"0", "1"} else f"turn{s} {moved} to {ends[1]} and {ends[0]}"


def _moves(route: ParamRoute, moved: str, s: str) -> str:
    handling = route.handling
    if handling.mode is not Mode.RELATIVE:
        return f"move{s} {moved} {_way(route)}"
    step = "one value" if handling.accepted else spoken.percent(handling.step)
    return f"turn{s} {moved} {_way(route)} by {step} a step ({_ENCODINGS[handling.encoding]})"


def _way(route: ParamRoute) -> str:
    """``from 0 to 1`` or ``through 0, 0.25 and 1``."""
    low, high = _ends(route)
    values = route.handling.accepted[:: -1 if route.scale.invert else 1]
    return f"through {listed(map(spoken.number, values))}" if values else f"from {low} to {high}"


def _ends(route: ParamRoute) -> tuple[str, str]:
    """The values at the two ends of a control; of a clock's tempo, the limits."""
    values = route.handling.accepted[:: -1 if route.scale.invert else 1]
    low, high = (values[0], values[-1]) if values else (route.scale.value(0.0), route.scale.value(1.0))
    return spoken.number(low), spoken.number(high)


# How it does it.


def _clauses(run: ParamRun) -> Iterator[str]:
    handling, its = run.first.handling, "each" if _is_many(run) else "it"
    if curve := spoken.curve(run.first.scale.curve):
        yield curve
    if handling.sends is not Sends.BOTH:
        yield "sending presses only" if handling.sends is Sends.PRESSES else "sending on and off in turn"
    if handling.mode is Mode.PICKUP and handling.pickup is Pickup.CROSS:
        yield f"once {its} has met the value"
    if handling.mode is Mode.PICKUP and handling.pickup is Pickup.SCALE:
        yield f"catching up with the value from where {its} stands"
    if handling.deadband:
        yield f"ignoring moves under {spoken.percent(handling.deadband)}"
    if handling.smooth:
        yield f"smoothed over {spoken.duration(handling.smooth)}"
    if handling.rate is not None:
        yield f"at most {spoken.number(handling.rate)} values a second"


def _follows(run: ParamRun, feedback: Feedback) -> str:
    """``and its light follows (again every 2s)``."""
    many = _is_many(run)
    whose, s = ("their", "") if many else ("its", "s")
    what = f"light{'s' * many}" if run.first.is_button else f"ring{'s' * many} or motor{'s' * many}"
    remarks = list(_remarks(run.first, feedback))
    return f"and {whose} {what} follow{s}" + (f" ({', '.join(remarks)})" if remarks else "")


def _remarks(route: ParamRoute, feedback: Feedback) -> Iterator[str]:
    if len(route.source.channels) > 1 and route.feedback_route:
        yield f"on channel {route.feedback_route.destination.channel + 1}"
    if (feedback.off, feedback.on) != (0, 127):
        yield f"{feedback.off} is off and {feedback.on} is on"
    if feedback.repeat is not None:
        yield f"again every {spoken.duration(feedback.repeat)}"
    if feedback.after_release:
        yield "again after each release"
    if feedback.lights_off is LightsOff.NOTE_OFF:
        yield "put out by a note-off"
