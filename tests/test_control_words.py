"""Laws of the control socket's words and of one conversation on it, with a clock moved by hand."""

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nallely_midibridge.core.conversation import LINE_WITHIN, TAKE_WITHIN, Conversation
from nallely_midibridge.values.control import (
    LINE_LIMIT,
    Do,
    RequestError,
    failure,
    line_of,
    read_request,
    success,
)

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("do", Do)
def test_each_word_is_read(do: Do) -> None:
    assert read_request(json.dumps({"do": do.value}).encode()).do is do
    assert read_request(b' \t{ "do" :"' + do.value.encode() + b'"}\r').do is do


@given(st.binary(max_size=LINE_LIMIT))
def test_no_bytes_do_anything_but_ask_or_be_refused(line: bytes) -> None:
    """Law: whatever comes is one of the requests, or a RequestError with words that a log can show."""
    try:
        said = read_request(line).do.value
    except RequestError as refused:
        said = f"{refused.kind}: {refused}"
    assert said.isascii()
    assert said.isprintable()


@given(ANYTHING)
def test_any_json_but_a_request_is_refused(value: object) -> None:
    words = {do.value for do in Do}
    assume(not isinstance(value, dict) or str(value.get("do")) not in words)
    assume(str(value) not in words)
    with pytest.raises(RequestError):
        read_request(json.dumps(value).encode())
    with pytest.raises(RequestError):
        read_request(json.dumps({"do": value}).encode())


@pytest.mark.parametrize(
    ("line", "kind", "words"),
    [
        (b"", "a line that is not JSON", ""),
        (b"status", "a line that is not JSON", 'as in {"do": "status"}'),
        (b"\xff\xfe{\x00}\x00", "a line that is not JSON", ""),
        ('{"do": "status"}'.encode("utf-16"), "a line that is not JSON", ""),
        (b"[" * (LINE_LIMIT - 1), "a line that is not JSON", ""),
        (b'{"do":' * 600 + b"1" + b"}" * 600, "an unknown request", "not an object"),
        (b"9" * (LINE_LIMIT - 1), "JSON that is no request", ""),
        (b"1e999", "JSON that is no request", ""),
        (b'{"do": "panic", "do": "status"}', "a line that is not JSON", ""),
        (b"[]", "JSON that is no request", "a JSON object"),
        (b"{}", "an unknown request", '"do" is one of status, reload, panic, watch, not nothing'),
        (b'{"do": "dance"}', "an unknown request", "not 'dance'"),
        (b'{"do": "\\ud800\\n\\u001b[31m"}', "an unknown request", r"not '\ud800\n\x1b[31m'"),
        (b'{"do": ' + b"9" * 4000 + b"}", "an unknown request", "not a number"),
        (b'{"do": "' + b"x" * 4000 + b'"}', "an unknown request", "not 'xxxx"),
        (b'{"do": "status", "json": true}', "an unknown key", "status takes no 'json'"),
    ],
)
def test_what_is_said_of_a_line_that_is_no_request(line: bytes, kind: str, words: str) -> None:
    with pytest.raises(RequestError) as refused:
        read_request(line)
    assert refused.value.kind == kind
    assert words in str(refused.value)
    assert len(str(refused.value)) < 120


@given(st.dictionaries(st.text().filter(lambda key: key not in ("ok", "error")), ANYTHING, max_size=4))
def test_an_answer_is_one_line_that_says_whether_it_went_well(found: dict[str, object]) -> None:
    for answer, ok in ((success(**found), True), (failure("no\nway", **found), False)):
        line = line_of(answer)
        assert line.index(b"\n") == len(line) - 1
        assert json.loads(line) == {**answer, "ok": ok}


# A conversation.


def say(conversation: Conversation, data: bytes, now: float = 0.0) -> bytes | None:
    conversation.hear(data, now)
    return conversation.next_line()


def test_a_client_is_owed_one_answer_at_a_time_and_not_read_until_it_has_taken_it() -> None:
    talk = Conversation(0)
    assert say(talk, b"one\ntwo\nthr") == b"one"
    assert talk.owes
    assert not talk.listens
    assert talk.next_line() is None
    talk.answer(b"answer\n", 1)
    assert bytes(talk.unsent) == b"answer\n"
    talk.took(3, 1)
    assert bytes(talk.unsent) == b"wer\n"
    assert talk.next_line() is None
    assert not talk.listens
    talk.took(4, 1)
    assert talk.next_line() == b"two"
    talk.answer(b"!\n", 1)
    talk.took(2, 1)
    assert talk.next_line() is None
    assert talk.listens
    assert say(talk, b"ee\n") == b"three"


@given(st.lists(st.integers(0, 20), min_size=1, max_size=8), st.data())
def test_lines_come_out_as_they_went_in_however_they_are_cut(lengths: list[int], data: st.DataObject) -> None:
    lines = [bytes([65 + number]) * length for number, length in enumerate(lengths)]
    stream = b"".join(line + b"\n" for line in lines)
    talk, heard = Conversation(0), []
    while stream or not talk.listens:
        if talk.listens:
            cut = data.draw(st.integers(1, len(stream)))
            talk.hear(stream[:cut], 0)
            stream = stream[cut:]
        line = talk.next_line()
        if line is not None:
            heard.append(line)
            talk.answer(b"ok\n", 0)
            talk.took(3, 0)
    assert heard == lines


def test_a_client_that_has_ended_its_side_still_gets_its_answers() -> None:
    talk = Conversation(0)
    assert say(talk, b"one\ntwo\n") == b"one"
    talk.answer(b"1\n", 0)
    talk.took(2, 0)
    assert talk.next_line() == b"two"
    talk.answer(b"2\n", 0)
    talk.took(2, 0)
    assert talk.next_line() is None
    assert say(talk, b"three\n") == b"three"
    assert not talk.is_over
    talk.answer(b"3\n", 0)
    talk.took(2, 0)
    talk.hear(b"", 0)
    assert talk.next_line() is None
    assert talk.is_over


def test_an_endless_line_is_refused_as_soon_as_it_is_too_long_and_forgotten() -> None:
    talk = Conversation(0)
    assert say(talk, b"x" * (LINE_LIMIT - 1)) is None
    with pytest.raises(RequestError, match="4096 bytes"):
        say(talk, b"x")
    talk.end()
    assert not talk.listens
    talk.answer(b"no\n", 0)
    assert not talk.is_over
    talk.took(3, 0)
    assert talk.is_over


def test_a_line_may_be_as_long_as_is_said_and_no_longer() -> None:
    assert say(Conversation(0), b"x" * (LINE_LIMIT - 1) + b"\n") == b"x" * (LINE_LIMIT - 1)
    with pytest.raises(RequestError, match="4096 bytes"):
        say(Conversation(0), b"x" * LINE_LIMIT + b"\n")


def test_half_a_line_is_no_request() -> None:
    talk = Conversation(0)
    assert say(talk, b'{"do": "panic"}') is None
    with pytest.raises(RequestError, match="newline"):
        say(talk, b"")


def test_a_client_that_says_nothing_has_all_the_time_there_is() -> None:
    talk = Conversation(5)
    assert talk.deadline is None
    assert talk.since == 5


def test_a_line_that_drips_in_has_its_time_from_its_first_byte() -> None:
    talk = Conversation(0)
    say(talk, b"{", 10)
    say(talk, b'"', 10 + LINE_WITHIN - 1)
    assert talk.deadline == 10 + LINE_WITHIN
    assert talk.failing == "half a line"


def test_an_answer_that_is_not_taken_has_its_time_and_one_that_is_not_there_yet_has_no_end() -> None:
    talk = Conversation(0)
    assert say(talk, b"reload\nand a half", 1) == b"reload"
    assert talk.deadline is None
    talk.answer(b"done\n", 100)
    assert talk.deadline == 100 + TAKE_WITHIN
    talk.took(2, 101)
    assert talk.deadline == 100 + TAKE_WITHIN
    assert talk.failing == "a client that does not read"
    talk.took(3, 102)
    assert talk.deadline == 102 + LINE_WITHIN
    assert talk.failing == "half a line"
