"""Every scenario in tests/scenarios comes out as it says, and scenarios say what they mean."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.cli.main import main
from nallely_midibridge.mapping_file import load_text
from nallely_midibridge.scenario import agrees, perform, read_script, side_by_side, transcript
from nallely_midibridge.scenario.midi_words import message_of, message_words
from nallely_midibridge.scenario.problem import ScenarioError
from nallely_midibridge.values.destination import Destination, DestinationKind
from nallely_midibridge.values.handling import Encoding, Feedback, Handling, LightsOff, Mode, Pickup, Sends
from nallely_midibridge.values.mapping import Allocation, Port, Priority, ProbeRoute, Steal, VoiceBlock
from nallely_midibridge.values.scale import Curve, Points, Scale
from nallely_midibridge.values.source import Source, SourceKind

SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.txt"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_comes_out_as_it_says(path: Path) -> None:
    script = read_script(path.read_text())
    assert script.mapping is not None
    performance = perform(script, load_text(script.mapping, path.name), path.name)
    heard = [sound for _, sounds in performance for sound in sounds]
    assert script.expected, "it expects nothing"
    assert agrees(script.expected, heard), "\n" + side_by_side(script.expected, heard)


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_a_transcript_is_a_scenario_that_comes_out_the_same(path: Path) -> None:
    """Law: what `simulate` prints can be kept as a scenario."""
    script = read_script(path.read_text())
    mapping = load_text(script.mapping or "", path.name)
    performance = perform(script, mapping)
    again = read_script(f"{script.mapping}---\n{transcript(performance)}\n")
    assert agrees(again.expected, [sound for _, sounds in perform(again, mapping) for sound in sounds])


WORDS = (SourceKind, DestinationKind, Mode, Encoding, Pickup, Sends, LightsOff, Curve, Allocation, Priority, Steal)
FIELDS = {
    Handling: ("accepted", "deadband", "smooth", "rate", "feedback"),
    Feedback: ("repeat", "after_release"),
    VoiceBlock: ("transpose", "velocities", "restore", "legato", "mpe"),
    Destination: ("full", "velocity_from", "length", "length_from", "legato"),
    ProbeRoute: ("rate", "deadband", "smooth"),
    Source: ("fine_first",),
    Scale: ("invert",),
    Port: ("takes_echo", "passes_parameters"),
}
"""What a mapping file can say: words of which one is taken, and fields that are something or nothing."""


def said(value: object) -> Iterator[object]:
    """Everything that a mapping says: its words, and the names of the fields that are used."""
    if isinstance(value, Enum | Points):
        yield value if isinstance(value, Enum) else Points
    elif isinstance(value, tuple):
        for item in value:
            yield from said(item)
    elif is_dataclass(value):
        for field in fields(value):
            content = getattr(value, field.name)
            if content:
                yield type(value), field.name
            yield from said(content)


def test_there_is_a_scenario_for_everything_that_a_mapping_can_say() -> None:
    mappings = [load_text(read_script(path.read_text()).mapping or "") for path in SCENARIOS]
    shown = {word for mapping in mappings for word in said(mapping)}
    wanted = {word for kind in WORDS for word in kind} | {Points}
    wanted |= {(kind, name) for kind, names in FIELDS.items() for name in names}
    assert wanted - shown == set()


@given(
    st.one_of(
        st.tuples(st.sampled_from([0x80, 0x90, 0xA0, 0xB0, 0xE0]), st.integers(0, 127), st.integers(0, 127)),
        st.tuples(st.sampled_from([0xC0, 0xD0]), st.integers(0, 127)),
    ),
    st.integers(0, 15),
)
def test_words_say_the_message_they_are_made_of(message: tuple[int, ...], channel: int) -> None:
    message = (message[0] | channel, *message[1:])
    assert message_of(message_words(message)) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clock", (0xF8,)),
        ("start", (0xFA,)),
        ("song position = 300", (0xF2, 44, 2)),
        ("C4 on 0", (0x90, 60, 0)),
        ("CC 7=5", (0xB0, 7, 5)),
        ("F0 7E 7F F7", (0xF0, 0x7E, 0x7F, 0xF7)),
        ("Bb2 on 1, channel 16", (0x9F, 46, 1)),
        ("60 on 100", (0x90, 60, 100)),
    ],
)
def test_other_words(text: str, message: tuple[int, ...]) -> None:
    assert message_of(text) == message


MAPPING = (
    "ports: {keys: K}\nneurons: {n: {voices: {voice: {from: keys, count: 1}}, params: {p: {from: keys, cc: 7}}}}\n"
)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("0 ms keys: C4 onn 100", "s:4: 'C4 onn 100' is no MIDI message; write such as 'C4 on 100'"),
        ("0 ms keys: CC 7 = 128", "s:4: 'CC 7 = 128' has a number that MIDI cannot carry"),
        ("0 ms keys: C4 off, channel 17", "s:4: a channel is from 1 to 16, not 17"),
        ("nothing at all", "s:4: 'nothing at all' is nothing that happens; write such as"),
        ("9 ms keys: C4 off\n5 ms keys: C4 off", "s:5: 5 ms is before the line above"),
        ("0 ms kees: C4 off", "s:4: the mapping has no port 'kees'; it has keys; did you mean 'keys'?"),
        ("0 ms n.qu = 1", "s:4: the mapping has no n.qu; it has n.p and n.voice1"),
        ("> n.voice2 = 60", "s:4: the mapping has no n.voice2; it has n.p and n.voice1; did you mean 'n.voice1'?"),
        ("> daw: C4 off", "s:4: the mapping has no port 'daw'; it has keys"),
        ("> keys: C4 of", "s:4: 'C4 of' is no MIDI message"),
        ("> n.p", "s:4: '> n.p' is nothing that comes out; write such as"),
        (">", "s:4: '> ' is nothing that comes out; write such as"),
        ("> n.p = low", "s:4: a value is a number, not 'low'"),
        ("0 ms n.p = one", "s:4: a value is a number, not 'one'"),
        ("0 ms n.p = nan", "s:4: a value is a number, not 'nan'"),
        ("0 ms keys: C4 off x 200000 every 1 ms", "s:4: from 1 to 100,000 times, not 200,000"),
        ("0 ms keys: C4 off x 0 every 1 ms", "s:4: from 1 to 100,000 times, not 0"),
        ("-5 ms keys: C4 off", "s:4: '-5 ms' is no time; write such as 250 ms, 1.5 s, or +20 ms after the line above"),
        ("10 keys: C4 off", "s:4: '10' is no time"),
        ("0 ms bus: lost", "s:4: the bus is 'gone' or 'back', not 'lost'"),
        ("2 s keys: C4 off\n90000 s keys: C4 off", "s:5: a scenario lasts a day at most"),
        ("2 s keys: C4 off x 1000 every 100 s", "s:4: a scenario lasts a day at most"),
    ],
)
def test_a_line_that_makes_no_sense_is_said_with_its_number(lines: str, problem: str) -> None:
    with pytest.raises(ScenarioError) as raised:
        perform(read_script(f"{MAPPING}---\n{lines}\n"), load_text(MAPPING), "s")
    assert str(raised.value).startswith(problem)


def test_all_that_makes_no_sense_is_said_at_once_in_the_order_of_the_lines() -> None:
    lines = "0 ms keys: C4 onn\n0 ms kees: C4 off x 9 every 1 ms\n> n.q = 1\nwhat\n0 ms keys: C4 off\n"
    with pytest.raises(ScenarioError) as raised:
        perform(read_script(f"{MAPPING}---\n{lines}"), load_text(MAPPING), "s")
    assert [line.split()[0] for line in str(raised.value).splitlines()] == ["s:4:", "s:5:", "s:6:", "s:7:"]


def test_of_what_is_no_scenario_at_all_not_every_line_is_told() -> None:
    with pytest.raises(ScenarioError) as raised:
        perform(read_script("what\n" * 70), load_text(MAPPING), "s")
    assert str(raised.value).splitlines()[50:] == ["s: and 20 more lines"]


PIECES = (
    "0 ms|+20 ms|1.5 s|-1 ms|>|#|x|every|keys:|n.p|=|bus:|says:|C4|on|off|CC|7|128|gone|back|panic|clock|bend|"
    ", channel|nan|90|3C|---|٣|\n"
)
pieces = st.sampled_from([*PIECES.split("|"), "9" * 5000])


@given(st.one_of(st.text(), st.lists(pieces, max_size=20).map(" ".join)))
def test_any_text_is_a_scenario_or_says_what_is_wrong_with_it(text: str) -> None:
    """Law: no text does anything but be read, or be refused."""
    with suppress(ScenarioError):
        perform(read_script(f"{MAPPING}---\n{text}"), load_text(MAPPING), "s")


# The command.

CHORD = f"{MAPPING}---\n0 ms keys: C4 on 100\n100 ms keys: C4 off\n"


def run(tmp_path: Path, text: str, *options: str) -> int:
    path = tmp_path / "chord.txt"
    path.write_text(text)
    return main(["simulate", str(path), *options])


def test_without_expectations_it_prints_what_comes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, CHORD) == 0
    assert capsys.readouterr().out.splitlines() == [
        "     0 ms  keys: C4 on 100",
        "     0 ms  > n.voice1 = 60",
        "   100 ms  keys: C4 off",
        "   100 ms  > n.voice1 = 0",
    ]


def test_as_expected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, CHORD.replace("C4 on 100\n", "C4 on 100\n> n.voice1=60.0\n") + "> n.voice1 = 0\n") == 0
    assert capsys.readouterr().out.endswith("chord.txt: all 2 as expected\n")


def test_what_differs_is_shown_side_by_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, CHORD + "> n.voice1 = 0\n> n.p = 0\n") == 1
    assert capsys.readouterr().out.splitlines()[1:] == [
        "",
        "expected                  received",
        "                        !      0 ms  n.voice1 = 60",
        "   100 ms  n.voice1 = 0      100 ms  n.voice1 = 0",
        "   100 ms  n.p = 0      !",
    ]


GAP = "ports: {k: K}\nneurons: {n: {voices: {v: {from: k, count: 1, retrigger_gap: 20ms}}}}\n---\n"
AGAIN = "0 ms k: C4 on 100\n> n.v1 = 60\n100 ms k: C4 off\n> n.v1 = 0\n105 ms k: D4 on 100\n120 ms > n.v1 = 62\n"
THIRDS = "ports: {k: K}\nneurons: {n: {params: {x: {from: k, cc: 1, rate: 3}}}}\n---\n"
A_THIRD_LATER = "0 ms k: CC 1 = 1\n> n.x = 1\n10 ms k: CC 1 = 2\n333 ms > n.x = 2\n"


@pytest.mark.parametrize("text", [GAP + AGAIN, THIRDS + A_THIRD_LATER], ids=["a sum of times", "a third of a second"])
def test_what_is_expected_last_has_its_whole_millisecond(text: str, tmp_path: Path) -> None:
    """0.1 and 0.02 are a little more than 0.12 for a computer, and a time is said to the millisecond only."""
    path = tmp_path / "last.txt"
    path.write_text(text)
    assert main(["simulate", str(path)]) == 0


def test_the_order_counts(tmp_path: Path) -> None:
    both = "0 ms keys: C4 on 100\nkeys: CC 7 = 5\n"
    assert run(tmp_path, f"{MAPPING}---\n{both}> n.voice1 = 60\n> n.p = 5\n") == 0
    assert run(tmp_path, f"{MAPPING}---\n{both}> n.p = 5\n> n.voice1 = 60\n") == 1


def test_another_mapping_may_be_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(MAPPING.replace("count: 1", "count: 1, transpose: 12"))
    assert run(tmp_path, CHORD, "--config", str(other)) == 0
    assert "> n.voice1 = 72" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("0 ms keys: C4 on 100\n", "chord.txt:1: it has no mapping; put one above a line '---'"),
        ("# for bridge.yaml\n---\n0 ms keys: C4 on 100\n", "chord.txt:1: it has no mapping; put one above"),
        ("ports: {k: K}\nneurons: {n: {params: {p: {from: k, cx: 1}}}}\n---\n", "chord.txt:2:37: neurons.n.params.p"),
        (CHORD + "what\n", "chord.txt:6: 'what' is nothing that happens"),
        ("ports: {k: K}\nneurons: {n: {params: {p: {from: k, cx: 1}}}}\n---\nwhat\n", "chord.txt:4: 'what' is nothing"),
        (MAPPING, "chord.txt: this is a mapping file, not a scenario; to play one through it: simulate SCENARIO"),
        (f"# mine\n---\n{MAPPING}", "chord.txt: this is a mapping file, not a scenario"),
        ("what\n", "chord.txt:1: 'what' is nothing that happens"),
    ],
)
def test_a_wrong_file_is_said_and_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, problem: str
) -> None:
    assert run(tmp_path, text) == 2
    assert problem in capsys.readouterr().err


def test_what_is_no_text_is_said_with_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "chord.txt"
    path.write_bytes(b"\xff\xfe\x00")
    assert main(["simulate", str(path)]) == 2
    assert capsys.readouterr().err == f"{path}: is no text in UTF-8\n"
    assert main(["simulate", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"{tmp_path}: cannot be read: Is a directory\n"


# The page about it.

PAGE = (Path(__file__).parents[1] / "docs" / "scenarios.md").read_text()


def test_the_example_of_the_page_comes_out_as_it_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, example, _ = PAGE.split("```")
    assert run(tmp_path, example) == 0
    assert capsys.readouterr().out.endswith("chord.txt: all 2 as expected\n")


@pytest.mark.parametrize("words", re.findall(r"`((?:[A-Z]|bend|pressure|program|clock|start|song)[^`]*)`", PAGE))
def test_the_messages_that_the_page_names_can_be_written(words: str) -> None:
    assert message_of(words.partition(", ")[0])
