"""The ``voices`` of a neuron: a keyboard spread over numbered parameters."""

from nallely_midibridge.mapping_file.expand import expand
from nallely_midibridge.mapping_file.problem import shown
from nallely_midibridge.mapping_file.report import Spot
from nallely_midibridge.mapping_file.route import Around
from nallely_midibridge.mapping_file.schema import Voices, shaped
from nallely_midibridge.values.mapping import Steal, VoiceBlock


def read_voices(name: str, body: object, spot: Spot, around: Around) -> list[VoiceBlock]:
    """The block of one key, or none when it is wrong."""
    if "{" in name or "}" in name:
        spot.wrong_key("voices are numbered by themselves; write the name without braces, and a 'count'")
    if not isinstance(body, dict):
        spot.wrong(f"must be voices such as {{from: keys, count: 4}}, not {shown(body)}")
        return []
    voices = shaped(Voices, body, spot, around.ports)
    if voices is None:
        return []
    block = VoiceBlock(
        name=name,
        voices=around.parameters.take(_numbered(name, voices.count), spot, spot.wrong_key),
        port=voices.from_,
        channels=voices.channel,
        lowest=voices.notes[0],
        highest=voices.notes[1],
        transpose=voices.transpose,
        velocities=_velocities(voices, spot / "velocity", around),
        steal=Steal(voices.steal),
        retrigger_gap=voices.retrigger_gap,
        restore=voices.restore,
    )
    return [block]


def _velocities(voices: Voices, spot: Spot, around: Around) -> tuple[str, ...]:
    """``vel1`` and so on, of ``vel`` or of ``vel{1..4}``."""
    if voices.velocity is None:
        return ()
    try:
        names = expand(voices.velocity) or _numbered(voices.velocity, voices.count)
    except ValueError as error:
        spot.wrong(str(error))
        return ()
    if len(names) != voices.count:
        spot.wrong(f"makes {len(names)} names, but the voices are {voices.count}; write {{1..{voices.count}}}")
    return around.parameters.take(names, spot, spot.wrong)


def _numbered(name: str, count: int) -> tuple[str, ...]:
    return tuple(f"{name}{number}" for number in range(1, count + 1))
