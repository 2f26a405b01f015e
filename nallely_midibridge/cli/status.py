"""How a running bridge is, for people: at most 80 columns, and no word of what is as it should be."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from nallely_midibridge.values.errors import ControlError

COLUMNS: Final = 80
NAME_COLUMNS: Final = 20
"""Longer names are cut, so that what is said of them finds room."""
WAYS: Final = {"input": "in", "output": "out"}
BUSIEST: Final = 8
"""Routes that are shown without being asked for: those that last had a value."""


def status_text(status: Mapping[str, Any], *, all_routes: bool = False) -> str:
    """An answer to ``status`` as text; of the routes those with the newest values, unless all are asked for.

    Raises ControlError for one that is not as this version's are."""
    try:
        lines = [*_head(status), *_ports(status["ports"]), *_neurons(status["neurons"])]
        lines += [*_routes(status["routes"], all_routes), *_control(status["control"])]
    except (KeyError, TypeError, ValueError, AttributeError):
        version = status.get("version", "unknown")
        raise ControlError(f"the running bridge is of another version, {version}; try: status --json") from None
    return "\n".join("".join(c if c.isprintable() else "?" for c in line) for line in lines)


def duration(seconds: float) -> str:
    """How long, in its two biggest units: ``12 s``, ``3 min``, ``2 h 13 min``, ``5 d 1 h``."""
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86400)
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min" if minutes else f"{int(seconds)} s"


def _head(status: Mapping[str, Any]) -> Iterator[str]:
    memory = status["memory_bytes"]
    yield f"nallely-midibridge {status['version']}, running for {duration(status['uptime_seconds'])}"
    yield f"  file     {status['file']}"
    yield f"  process  {status['pid']}{f', {memory / 1e6:.0f} MB' if memory is not None else ''}"
    yield from _wrapped("  MIDI     ", status["midi"]["system"] or status["midi"]["trouble"] or "not looked for")
    if status["latency"]["messages"]:
        yield from _wrapped("  delay    ", _delay(status["latency"]))


def _delay(latency: Mapping[str, Any]) -> str:
    half, most = (f"{latency[key] * 1000:.2g} ms" for key in ("p50_seconds", "p99_seconds"))
    return f"{half} from key to socket, 99 % within {most} (the last {_number(latency['messages'], 'message')})"


def _ports(ports: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    rows = [(f"{_cut(port['name'])}", WAYS[port["direction"]], port) for port in ports]
    if not rows:
        return
    yield from ("", "ports")
    width = max(len(name) for name, _, _ in rows)
    for name, way, port in rows:
        start = f"  {name:<{width}}  {way:<3}  "
        if port["open"]:
            yield from _wrapped(start, f"open: {port['device']}")
            yield from _wrapped(" " * len(start), _received(port) if way == "in" else _sent(port))
        else:
            yield from _wrapped(start, port["trouble"] or f"waiting for {port['wanted']}")


def _neurons(neurons: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    rows = [(_cut(neuron["name"]), neuron) for neuron in neurons]
    if not rows:
        return
    yield from ("", "neurons")
    width = max(len(name) for name, _ in rows)
    for name, neuron in rows:
        start = f"  {name:<{width}}  "
        yield from _wrapped(start, _link(neuron))
        for said in (
            *_session(neuron.get("session")),
            _voices(neuron["voices"]),
            f"{_received(neuron)}, {_sent(neuron)}",
        ):
            yield from _wrapped(" " * len(start), said)


def _link(neuron: Mapping[str, Any]) -> str:
    time = duration(neuron["for_seconds"])
    if neuron["connected"]:
        return f"connected to {neuron['bus']} for {time}"
    why = f": {neuron['trouble']}" if neuron["trouble"] else ""
    return f"not connected to {neuron['bus']} for {time}{why}"


def _session(session: Mapping[str, Any] | None) -> Iterator[str]:
    """What Trevor shows of the neuron."""
    if session is None:
        return
    wanted, wired = session["wanted"], session["wired"]
    links = f"{wired} of {_number(wanted, 'link')} made" if wanted else ""
    if session["trouble"]:
        yield f"not verified, for Trevor does not answer: {session['trouble']}"
    elif session["registration"] == "right":
        yield ", ".join(filter(None, ("registration verified", links)))
    else:
        yield f"registration: {session['registration']}"
    yield from session["notes"]


def _voices(voices: Mapping[str, int]) -> str:
    if not voices["count"]:
        return ""
    stolen = f"; {_number(voices['stolen'], 'note')} stolen so far" if voices["stolen"] else ""
    return f"{_number(voices['count'], 'voice')}: {voices['held']} held, {voices['sounding']} sounding{stolen}"


def _received(counts: Mapping[str, Any]) -> str:
    echoes = f", {counts['echoes']:,} of them echoes" if counts.get("echoes") else ""
    return f"{counts['received']:,} received{echoes}{_ignored(counts['ignored'])}"


def _sent(counts: Mapping[str, Any]) -> str:
    others = (f", {counts[what]:,} {what}" for what in ("merged", "refused", "waiting") if counts.get(what))
    return f"{counts['sent']:,} sent{''.join(others)}"


def _ignored(kinds: Mapping[str, int]) -> str:
    return f", ignored: {', '.join(f'{kind} ({count:,})' for kind, count in kinds.items())}" if kinds else ""


def _routes(routes: Sequence[Mapping[str, Any]], show_all: bool) -> Iterator[str]:
    moved = sorted((r for r in routes if r["values"]), key=lambda route: float(route["seconds_ago"]))
    shown = routes if show_all else moved[:BUSIEST]
    if not shown:
        return
    left_out = (
        "" if show_all or len(shown) == len(routes) else f" ({len(shown)} of {len(routes)}; all: status --routes)"
    )
    yield from ("", f"routes{left_out}")
    names = [_cut(f"{route['neuron']}.{route['name']}") for route in shown]
    width = max(map(len, names))
    for name, route in zip(names, shown, strict=True):
        arrow = "->" if route["kind"] == "probe" else "<-"
        place = f"{arrow} {_cut(route['port'])} {route['what']}"
        yield from _wrapped(f"  {name:<{width}}  ", f"{place}: {_values(route)}")


def _values(route: Mapping[str, Any]) -> str:
    if not route["values"]:
        return "nothing yet"
    last = "out of range" if route["last"] is None else f"{route['last']:.4g}"
    return f"{_number(route['values'], 'value')}, last {last}, {_ago(route['seconds_ago'])}"


def _ago(seconds: float) -> str:
    return "just now" if seconds < 1 else f"{duration(seconds)} ago"


def _control(control: Mapping[str, Any]) -> Iterator[str]:
    if control["ignored"]:
        yield ""
        yield from _wrapped("control socket", _ignored(control["ignored"]).removeprefix(","))


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _cut(name: str) -> str:
    return name if len(name) <= NAME_COLUMNS else f"{name[: NAME_COLUMNS - 1]}…"


def _wrapped(start: str, text: str) -> list[str]:
    """Text after a start, in as many lines as it needs; none if there is none."""
    return textwrap.wrap(
        text, COLUMNS, initial_indent=start, subsequent_indent=" " * len(start), break_on_hyphens=False
    )
