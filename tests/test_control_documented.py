"""docs/control.md against the real thing: every field it shows there is, and every field there is it shows."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nallely_midibridge.edges import control_socket
from nallely_midibridge.values.control import LINE_LIMIT, Do, read_request
from nallely_midibridge.values.watch import TRAFFIC
from tests.control import Client, runtime_folder
from tests.recording_bus import RecordingBus
from tests.test_control_commands import running, socket_of

PAGE = (Path(__file__).parent.parent / "docs" / "control.md").read_text("utf-8")
BLOCKS = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
STATUS, RELOADED, REFUSED, PANICKED = (json.loads(block) for block in BLOCKS[:4])


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with runtime_folder(monkeypatch) as folder:
        yield folder


def shape(value: Any) -> Any:
    """The fields of an answer, whatever is in them. What is counted by kind or block is data, and Trevor may be off."""
    if isinstance(value, dict):
        return {key: None if key in ("ignored", "session", "ended") else shape(inner) for key, inner in value.items()}
    return None


def test_the_answers_have_the_fields_that_are_shown(runtime: Path) -> None:
    config = runtime / "bridge.yaml"
    with RecordingBus() as far, running(config, far.address) as daemon, Client(socket_of(config, daemon)) as client:
        far.wait_for_values(2)
        found = client.ask("status")
        for name in ("ports", "neurons", "routes"):
            shown = {json.dumps(shape(entry), sort_keys=True) for entry in STATUS.pop(name)}
            assert {json.dumps(shape(entry), sort_keys=True) for entry in found.pop(name)} == shown
        assert shape(found) == shape(STATUS)
        assert shape(client.ask("panic")) == shape(PANICKED)
        assert shape(client.ask("reload")) == shape(RELOADED)
        config.write_text("ports: 7")
        refused = client.ask("reload")
        assert shape(refused) == shape(REFUSED)
        assert refused["error"] == REFUSED["error"]


def test_every_request_is_documented_and_reads_as_it_is_written() -> None:
    for do in Do:
        heading = f'## `{{"do": "{do.value}"}}`'
        assert heading in PAGE
        assert read_request(heading[4:-1].encode()).do is do
    example = read_request(BLOCKS[4].strip().encode())
    assert example.watch is not None
    assert example.watch.also == {"midi_in", "value_out"}


def test_every_event_is_documented() -> None:
    told = {
        *TRAFFIC,
        "port_opened",
        "port_lost",
        "link_up",
        "link_down",
        "reload",
        "panic",
        "report",
        "stopping",
        "lost",
    }
    table = PAGE[PAGE.index("| `event` |") :]
    assert all(f"`{event}`" in table for event in told)
    assert all(json.loads(line)["event"] in told for line in BLOCKS[5].strip().splitlines())


def test_the_limits_are_the_real_ones() -> None:
    assert f"{LINE_LIMIT:,} bytes" in PAGE
    assert f"| {control_socket.CLIENTS};" in PAGE
    assert f"| {control_socket.A_SECOND:g}; more wait |" in PAGE
    assert f"| programs that watch at a time | {control_socket.WATCHERS} |" in PAGE
    assert f"every {control_socket.TELL_EVERY * 1000:g} ms" in PAGE
