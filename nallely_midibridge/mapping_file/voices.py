"""The ``voices`` of a neuron: a keyboard spread over numbered parameters."""

from dataclasses import replace
from typing import Final

from nallely_midibridge.mapping_file.expand import expand
from nallely_midibridge.mapping_file.problem import listed, shown
from nallely_midibridge.mapping_file.report import Spot
from nallely_midibridge.mapping_file.route import Around, Body
from nallely_midibridge.mapping_file.schema import MAX_ZONE, MpeZones, Voices
from nallely_midibridge.mapping_file.shape import shaped
from nallely_midibridge.values.mapping import Allocation, Mpe, Priority, Steal, VoiceBlock

_DEFAULT_COUNT: Final = 4
_ONE_NOTE: Final = ("unison", "mono")
_PER_KEY: Final = ("rotate", "lowest")
_ALLOCATIONS_OF_KEY: Final = {
    "priority": _ONE_NOTE,
    "legato": _ONE_NOTE,
    "steal": _PER_KEY,
    "restore": _PER_KEY,
    "mpe": _PER_KEY,
}
_OF_MPE: Final = ("bend", "pressure", "timbre")


def read_voices(name: str, body: object, spot: Spot, around: Around) -> list[VoiceBlock]:
    """The block of one key, or none when it is wrong."""
    if "{" in name or "}" in name:
        spot.wrong_key("voices are numbered by themselves; write the name without braces, and a 'count'")
    if not isinstance(body, dict):
        spot.wrong(f"must be voices such as {{from: keys, count: 4}}, not {shown(body)}")
        return []
    voices = shaped(Voices, body, spot, around.ports)
    zones = _read_zones(body["mpe"], spot / "mpe") if "mpe" in body else None
    _check_company(body, spot)
    if voices is None:
        return []
    count = _count(voices, spot)
    block = VoiceBlock(
        name=name,
        voices=around.parameters.take(_numbered(name, count), spot, spot.wrong_key),
        port=voices.from_,
        channels=voices.channel,
        lowest=voices.notes[0],
        highest=voices.notes[1],
        transpose=voices.transpose,
        velocities=_each_voices(voices.velocity, count, spot / "velocity", around),
        steal=Steal(voices.steal),
        retrigger_gap=voices.retrigger_gap,
        restore=voices.restore,
        softest=voices.velocities[0],
        loudest=voices.velocities[1],
        velocity_curve=voices.velocity_curve,
        allocation=Allocation(voices.allocate),
        priority=Priority(voices.priority),
        legato=voices.legato,
        mpe=_mpe(zones, voices, count, spot, around) if zones else None,
    )
    return [block]


def _check_company(body: Body, spot: Spot) -> None:
    """Say which keys do not go together, each right by itself."""
    allocate = body.get("allocate", "rotate")
    for key, allocations in _ALLOCATIONS_OF_KEY.items():
        if key in body and allocate in (*_ONE_NOTE, *_PER_KEY) and allocate not in allocations:
            both = listed((f"'allocate: {name}'" for name in allocations), "or")
            spot.wrong_key(f"{key!r} goes with {both}, not with 'allocate: {allocate}'", key)
    for key in _OF_MPE:
        if key in body and "mpe" not in body:
            spot.wrong_key(f"{key!r} of each voice is for MPE keyboards; write 'mpe: true' too", key)
    if "mpe" in body and "channel" in body:
        spot.wrong_key("'channel' does not go with 'mpe', whose zones say the channels", "channel")


def _count(voices: Voices, spot: Spot) -> int:
    if voices.allocate != "mono":
        return _DEFAULT_COUNT if voices.count is None else voices.count
    if voices.count not in (None, 1):
        (spot / "count").wrong(f"'allocate: mono' plays one voice, not {voices.count}; with 'unison' one key plays all")
    return 1


def _read_zones(value: object, spot: Spot) -> MpeZones | None:
    """The zones of ``mpe: true`` or of a block, or None when they are wrong."""
    if value is True:
        return MpeZones(lower=MAX_ZONE)
    if not isinstance(value, dict) or not value:
        said = "empty" if value == {} else shown(value)
        spot.wrong(f"must be true, or a block such as {{lower: 15, bend_range: 48}}, not {said}")
        return None
    zones = shaped(MpeZones, value, spot)
    if zones is None:
        return None
    lower = (0 if zones.upper else MAX_ZONE) if zones.lower is None else zones.lower
    if not (lower or zones.upper):
        spot.wrong("has no channel in either zone; write lower: 15")
    elif zones.upper and lower and lower + zones.upper > MAX_ZONE - 1:
        spot.wrong(f"two zones have {MAX_ZONE - 1} channels between them, not {lower} and {zones.upper}")
    return replace(zones, lower=lower)


def _mpe(zones: MpeZones, voices: Voices, count: int, spot: Spot, around: Around) -> Mpe:
    bends, pressures, timbres = (_each_voices(getattr(voices, key), count, spot / key, around) for key in _OF_MPE)
    return Mpe(zones.lower or 0, zones.upper, zones.bend_range, bends, pressures, timbres)


def _each_voices(wanted: str | None, count: int, spot: Spot, around: Around) -> tuple[str, ...]:
    """A parameter of each voice: ``vel1`` and so on, of ``vel`` or of ``vel{1..4}``."""
    if wanted is None:
        return ()
    try:
        names = expand(wanted) or _numbered(wanted, count)
    except ValueError as error:
        spot.wrong(str(error))
        return ()
    if len(names) != count:
        spot.wrong(f"makes {len(names)} names, but the voices are {count}; write {{1..{count}}}")
    return around.parameters.take(names, spot, spot.wrong)


def _numbered(name: str, count: int) -> tuple[str, ...]:
    return tuple(f"{name}{number}" for number in range(1, count + 1))
