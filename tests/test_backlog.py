"""What a MIDI port did not take: kept in order, small, and without what would do harm late."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.core.backlog import LIMIT, Backlog
from nallely_midibridge.values import midi
from nallely_midibridge.values.midi import MidiMessage

CLOCK, START = (midi.CLOCK,), (midi.START,)
notes = st.integers(60, 62)
channels = st.integers(0, 1)
note_ons = st.builds(lambda ch, note: (midi.NOTE_ON | ch, note, 100), channels, notes)
note_offs = st.builds(lambda ch, note: (midi.NOTE_OFF | ch, note, 0), channels, notes)
values = st.builds(lambda ch, value: (midi.CONTROL_CHANGE | ch, 60, value), channels, st.integers(0, 127))
messages = st.lists(st.one_of(note_ons, note_offs, values, st.just(START), st.just(CLOCK)), max_size=60)


def drained(backlog: Backlog) -> list[MidiMessage]:
    taken = []
    while backlog:
        taken.append(backlog.first())
        backlog.took()
    return taken


def balance(played: list[MidiMessage]) -> Counter[MidiMessage]:
    """How much more often each note was begun than ended, by channel and note."""
    more: Counter[MidiMessage] = Counter()
    for message in played:
        kind = message[0] & 0xF0
        if kind in (midi.NOTE_ON, midi.NOTE_OFF):
            more[message[0] & 0x0F, message[1]] += 1 if kind == midi.NOTE_ON else -1
    return more


def kept(played: list[MidiMessage]) -> list[MidiMessage]:
    backlog = Backlog()
    for message in played:
        backlog.put(message)
    assert len(backlog) <= len(played)
    return drained(backlog)


@given(messages)
def test_notes_are_begun_and_ended_as_if_all_had_been_sent(played: list[MidiMessage]) -> None:
    """Two routes may play one note: each end belongs to a beginning."""
    left = balance(kept(played))
    left.subtract(balance(played))
    assert not any(left.values())


@given(messages)
def test_what_is_kept_is_in_order_and_of_values_everything(played: list[MidiMessage]) -> None:
    left = iter(played)
    taken = kept(played)
    assert all(message in left for message in taken)
    plain = (midi.CONTROL_CHANGE, 0xF0)
    assert [m for m in taken if m[0] & 0xF0 in plain] == [m for m in played if m[0] & 0xF0 in plain and m != CLOCK]


@given(messages)
def test_no_note_is_begun_that_ends_in_the_backlog(played: list[MidiMessage]) -> None:
    taken = kept(played)
    for place, message in enumerate(taken):
        if message[0] & 0xF0 == midi.NOTE_ON:
            end = (midi.NOTE_OFF | message[0] & 0x0F, message[1], 0)
            assert end not in taken[place:]


def test_a_late_clock_is_not_sent() -> None:
    assert kept([START, CLOCK, CLOCK]) == [START]


def test_it_is_bounded_but_for_note_offs() -> None:
    ends = [(midi.NOTE_OFF, note, 0) for note in range(128)]
    taken = kept([(midi.CONTROL_CHANGE, 1, 1)] * (2 * LIMIT) + ends)
    assert len(taken) == LIMIT + 128
    assert taken[LIMIT:] == ends
