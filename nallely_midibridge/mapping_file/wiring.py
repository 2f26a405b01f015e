"""The ``wiring`` of a neuron: a list of links such as ``voice* -> MIDIBridge0.X0``."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from nallely_midibridge.mapping_file.creations import Creations
from nallely_midibridge.mapping_file.expand import expand
from nallely_midibridge.mapping_file.possible import Possible
from nallely_midibridge.mapping_file.problem import did_you_mean, listed, shown
from nallely_midibridge.mapping_file.report import Spot
from nallely_midibridge.mapping_file.schema import WireScale, WireWords
from nallely_midibridge.mapping_file.shape import shaped
from nallely_midibridge.values.mapping import Neuron
from nallely_midibridge.values.wiring import ScaleTo, Scaling, Wire, WireEnd

MAX_WIRES: Final = 1024
ARROW: Final = re.compile(r"\s*(?:->|→)\s*")
EXAMPLE: Final = "write SOURCE -> DESTINATION, as in voice* -> MIDIBridge0.X0 or LFO1.output -> mon1"
_SCALE: Final = "must be raw, auto or a block such as {to_min: 0, to_max: 1}"
_FIRST: Final = "first "
_WILD: Final = re.compile("[*?]")


def read_wiring(value: object, spot: Spot, neuron: Neuron, creations: Creations, besides: Possible) -> tuple[Wire, ...]:
    """The links that a list asks for, patterns expanded; what is wrong with them goes into the report.

    ``besides`` is what the neuron may turn out to have when its routes are mended: of that, nothing is missed.
    """
    if not isinstance(value, list):
        # An empty key is an empty list: `wire --save` may have taken the last link away.
        if value is not None:
            spot.wrong(f"must be a list with a link a line, such as '- LFO1.output -> mon1', not {shown(value)}")
        return ()
    if neuron.trevor is None:
        spot.wrong_key(
            f"links are made through Trevor, and where that is cannot be told from {neuron.bus.url}, or it is off; "
            "write trevor: HOST:6788"
        )
    names = dict.fromkeys((*(parameter.name for parameter in neuron.parameters), *besides.names))
    ends_of = _Ends(neuron, tuple(names), besides)
    wires: dict[tuple[WireEnd, WireEnd], tuple[Wire, Spot]] = {}
    for number, item in enumerate(value):
        here = spot / number
        for wire in _read_item(item, here, ends_of):
            ends = wire.source, wire.destination
            if ends in wires:
                here.wrong(f"the link {wire} is asked for twice, first by {wires[ends][1]}")
            elif len(wires) < MAX_WIRES:
                wires[ends] = wire, here
                if neuron.trevor is not None:
                    creations.see(wire, neuron.trevor, here)
            else:
                here.wrong(f"a neuron has at most {MAX_WIRES:,} links")
                break
    return tuple(wire for wire, _ in wires.values())


def _read_item(item: object, spot: Spot, ends_of: "_Ends") -> list[Wire]:
    """The links of one item of the list."""
    if isinstance(item, str):
        words = shaped(WireWords, {"link": item}, spot)
        return _read(words, None, spot, ends_of) if words else []
    if not isinstance(item, dict):
        spot.wrong(f"must be a link, not {shown(item)}; {EXAMPLE}")
        return []
    shape = shaped(WireWords, item, spot)
    scaling = _scaling(item["scale"], spot / "scale") if "scale" in item else None
    if shape is None and isinstance(item.get("link"), str):
        shape = WireWords(link=item["link"])  # its ends can be looked at all the same
    return _read(shape, scaling, spot / "link", ends_of) if shape else []


def _scaling(value: object, spot: Spot) -> Scaling | ScaleTo | None:
    if isinstance(value, dict):
        scale = shaped(WireScale, value, spot)
        return ScaleTo(scale.to_min, scale.to_max, scale.as_int) if scale else None
    words = [scaling.value for scaling in Scaling]
    if isinstance(value, str) and value in words:
        return Scaling(value)
    close = did_you_mean(value, words) if isinstance(value, str) else ""
    spot.wrong(f"{_SCALE}, not {shown(value)}{close}")
    return None


def _read(words: WireWords, scaling: Scaling | ScaleTo | None, spot: Spot, ends_of: "_Ends") -> list[Wire]:
    sides = ARROW.split(words.link.strip())
    if len(sides) != 2 or not all(sides):
        spot.wrong(f"must be one link, not {shown(words.link)}; {EXAMPLE}")
        return []
    sources, destinations = (spot.checked(ends_of.read, side) for side in sides)
    pairs = spot.checked(_paired, (sources, destinations)) if sources and destinations else None
    return [Wire(source, destination, scaling, words.create) for source, destination in pairs or ()]


def _paired(sides: tuple[list[WireEnd], list[WireEnd]]) -> list[tuple[WireEnd, WireEnd]]:
    sources, destinations = sides
    count = max(len(sources), len(destinations))
    if {len(sources), len(destinations)} - {1, count}:
        raise ValueError(
            f"makes {len(sources)} sources and {len(destinations)} destinations; both must make the same number, or one"
        )
    pairs = list(zip(_stretched(sources, count), _stretched(destinations, count), strict=True))
    for source, destination in pairs:
        if not (source.is_ours or destination.is_ours):
            raise ValueError(f"neither {str(source)!r} nor {str(destination)!r} is a parameter of this neuron")
    return pairs


def _stretched(ends: list[WireEnd], count: int) -> list[WireEnd]:
    return ends * count if len(ends) == 1 else ends


@dataclass(frozen=True)
class _Ends:
    """Reads the sides of a link of one neuron, which has these parameters, and perhaps others."""

    neuron: Neuron
    names: tuple[str, ...]
    besides: Possible

    def read(self, side: str) -> list[WireEnd]:
        """What one side stands for. Raises ValueError."""
        return [end for text in expand(side) or (side,) for end in self._ends(text.strip())]

    def _ends(self, text: str) -> list[WireEnd]:
        if text in self.names:
            return [WireEnd(text)]
        device, dot, parameter = text.partition(".")
        if not dot or device == self.neuron.name:
            return [WireEnd(name) for name in self._ours(parameter if dot else text)]
        return [self._foreign(text, device.strip(), parameter.strip())]

    def _ours(self, pattern: str) -> list[str]:
        """The neuron's parameters that a pattern means."""
        is_wild = _WILD.search(pattern)
        if (is_wild and not self.besides.is_known) or self.besides.may_have(pattern):
            return []
        found = [name for name in self.names if fnmatchcase(name, pattern)]
        if found:
            return found
        if is_wild:
            raise ValueError(f"no parameter of this neuron is like {pattern!r}; it has {listed(self.names)}")
        close = did_you_mean(pattern, self.names)
        advice = "" if close else "; a device's parameter is written DEVICE.PARAMETER, such as LFO1.output"
        raise ValueError(f"the neuron has no parameter {pattern!r}{close}{advice}")

    def _foreign(self, text: str, device: str, parameter: str) -> WireEnd:
        if _WILD.search(text):
            raise ValueError(f"{text!r}: * and ? stand for parameters of this neuron only; name the device's")
        if "::" in text:
            raise ValueError(f"{text!r} has the id of a device, which is new in every session; write its name")
        is_first = device.startswith(_FIRST)
        device = device.removeprefix(_FIRST).strip()
        if not device or not all(parameter.split(".")) or parameter.count(".") > 1:
            raise ValueError(
                f"{text!r} is no parameter of a device; write DEVICE.PARAMETER or DEVICE.SECTION.PARAMETER"
            )
        return WireEnd(parameter, device, is_first)
