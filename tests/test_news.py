"""What an operator is told of a link: a line a change of state, and no flood from a server that cannot decide."""

from nallely_midibridge.core.news import News

CONNECTED = "registered 3 parameters at URL"


def news() -> News:
    return News(CONNECTED, "URL")


def test_a_trouble_is_said_once_and_another_one_again() -> None:
    told = news()
    assert told.failed("refused") == "no connection to URL: refused; trying again every second"
    assert told.failed("refused") is None
    assert told.failed("no such host") is not None
    assert told.opened() == CONNECTED
    assert told.failed("refused") is not None


def test_connections_that_do_not_last_are_said_three_times_and_then_when_one_lasts() -> None:
    told = news()
    lines = [line for _ in range(9) for line in (told.opened(), told.closed("x"), told.failed("y")) if line]
    assert len(lines) == 9
    assert lines[7] == "connection ended: x; it did not last again, so no more is said until it does"
    assert told.opened() is None
    assert told.steady() == CONNECTED
    assert told.closed("x") == "connection ended: x"


def test_a_connection_that_lasts_is_said_once() -> None:
    told = news()
    assert told.opened() == CONNECTED
    assert told.steady() is None
