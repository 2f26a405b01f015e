"""What is said of a lesson, for people and for programs."""

import json
from collections.abc import Iterator
from typing import Final

from nallely_midibridge.cli.learn.notebook import Entry
from nallely_midibridge.mapping_file.lesson_lines import Line
from nallely_midibridge.mapping_file.plugged import scalar
from nallely_midibridge.mapping_file.problem import listed

WIDTH: Final = 44
"""Columns of what the control is called; the line to write begins behind them."""


def as_text(entry: Entry) -> str:
    """A line for each line to write, which is last but for a comment, so that it can be copied with it."""
    return "\n".join(_rows(entry))


def as_json(entry: Entry) -> str:
    """One line of JSON."""
    return json.dumps(
        {
            "device": entry.device,
            "port": entry.port,
            "port_written": entry.introduction,
            "control": entry.control,
            "kind": entry.lesson.source.kind.value,
            "sure": entry.lesson.is_sure,
            "corrects": entry.lesson.corrects,
            "moves": entry.moves,
            "plays": entry.plays,
            "lines": [{"section": line.section, "name": line.name, "write": str(line)} for line in entry.lines],
        }
    )


def _rows(entry: Entry) -> Iterator[str]:
    if entry.introduction is not None:
        yield _row(entry.device, f"{scalar(entry.port)}: {entry.introduction}", ["goes under ports"])
    for line in entry.lines:
        yield _row(f"{entry.device}: {_what(entry, line)}", str(line), list(_remarks(entry, line)))


def _what(entry: Entry, line: Line) -> str:
    keys = f"keys on channel {min(entry.lesson.source.channels) + 1}"
    return (keys if line.section == "voices" else entry.control) + ", after all" * entry.lesson.corrects


def _remarks(entry: Entry, line: Line) -> Iterator[str]:
    is_for_voices = line.section == "voices"
    if is_for_voices:
        yield "goes under voices"
    if entry.lesson.encoding is not None and not entry.lesson.is_sure:
        yield "or so it seems: turn it the other way too"
    if entry.moves and not is_for_voices:
        yield f"moves {listed(entry.moves)} already"
    if entry.plays and (is_for_voices or not entry.lesson.begins_channel):
        yield f"plays {listed(entry.plays)} already"


def _row(what: str, line: str, remarks: list[str]) -> str:
    return f"{what:<{WIDTH}}  {line}" + (f"  # {'; '.join(remarks)}" if remarks else "")
