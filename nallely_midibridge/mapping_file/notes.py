"""Notes, velocities and channels of the mapping file.

As in ``words``, each function gives the value the bridge works with or raises ValueError with a sentence's end.
"""

import re

from nallely_midibridge.mapping_file.problem import shown
from nallely_midibridge.mapping_file.words import integer
from nallely_midibridge.values.midi import DATA_MAX, note_number
from nallely_midibridge.values.source import ALL_CHANNELS


def note(value: object) -> int:
    """A note's number of its name (``C4`` is 60) or number."""
    plain = isinstance(value, str) and len(value) <= 5 and not re.match("0[0-9]", value)
    if plain or integer(value) is not None:
        return note_number(str(value))
    raise ValueError(f"must be a note such as C4 or F#2 (C4 = 60), or 0 to 127, not {shown(value)}")


def note_or_any(value: object) -> int | None:
    """One note, or None for ``any``."""
    if value is True or value is None:
        raise ValueError(f"must be a note such as C1 or 36, or any, not {shown(value)}")
    return None if value == "any" else note(value)


def one_note(value: object) -> int:
    """The note of a probe that plays always the same."""
    if value is True or value in (None, "any"):
        raise ValueError(f"must be one note such as C3 or 48, not {shown(value)}")
    return note(value)


def every_note(value: object) -> bool:
    """A probe's ``note``: it plays whatever number comes, so it cannot name one."""
    if value is not True:
        raise ValueError(f"must be true (the value is the note), not {shown(value)}; a fixed note is a 'gate'")
    return True


def zone(value: object) -> tuple[int, int]:
    """The lowest and the highest note of ``C2..C7``."""
    low, dots, high = value.partition("..") if isinstance(value, str) else ("", "", "")
    if not dots:
        raise ValueError(f"must be two notes such as C2..C7 or 36..96, not {shown(value)}")
    lowest, highest = note(low.strip()), note(high.strip())
    if lowest > highest:
        raise ValueError(f"the low note comes first; write {high.strip()}..{low.strip()}")
    return lowest, highest


def velocities(value: object) -> tuple[int, int]:
    """The softest and the loudest velocity of ``1..64``; 0 would be a note off."""
    low, dots, high = value.partition("..") if isinstance(value, str) else ("", "", "")
    softest, loudest = integer(low.strip()), integer(high.strip())
    if not dots or softest is None or loudest is None or not (1 <= softest <= DATA_MAX and 1 <= loudest <= DATA_MAX):
        raise ValueError(f"must be two velocities from 1 to 127 such as 1..64, not {shown(value)}")
    if softest > loudest:
        raise ValueError(f"the soft velocity comes first; write {loudest}..{softest}")
    return softest, loudest


def channel(value: object) -> int:
    """Channel 0-15 of the 1-16 that people write."""
    if isinstance(value, list) or value == "all":
        raise ValueError(f"a probe sends on one channel from 1 to 16, not {shown(value)}; make it a list of routes")
    number = integer(value)
    if number is None or not 1 <= number <= 16:
        raise ValueError(f"must be a channel from 1 to 16, not {shown(value)}")
    return number - 1


def channels(value: object) -> frozenset[int]:
    """The channels of ``3``, ``[1, 2]`` or ``all``."""
    if value == "all":
        return ALL_CHANNELS
    items = value if isinstance(value, list) else [value]
    if not items:
        raise ValueError("must be a channel from 1 to 16, a list such as [1, 2], or all, not an empty list")
    for item in items:
        if integer(item) not in range(1, 17):
            raise ValueError(f"must be a channel from 1 to 16, a list such as [1, 2], or all, not {shown(item)}")
    return frozenset(number - 1 for item in items if (number := integer(item)) is not None)
