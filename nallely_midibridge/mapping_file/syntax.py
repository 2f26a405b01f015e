"""YAML's own complaints, and characters no file should hold, said in plain sentences."""

import re
import unicodedata
from typing import Final

import yaml

from nallely_midibridge.mapping_file.problem import Place

# YAML forbids these, but for the last two and U+0085: they break a line for YAML and not for an editor, and every
# line number after them would be wrong.
_FORBIDDEN: Final = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]",
)
_INVISIBLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufffe\uffff"
    "\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]",
)
_LOOKS_LIKE_A_SPACE: Final = "a character that looks like a space (U+{:04X}) cannot stand here; type a plain space"
MAX_DEPTH: Final = 24
"""Blocks and lists inside each other; a mapping needs 8."""
TOO_DEEP: Final = f"more than {MAX_DEPTH} blocks and lists inside each other"
TAGGED: Final = "a tag ('!…') has no meaning here; leave it out, or put quotes around the text"
_TAB: Final = "a tab cannot indent; use spaces"
_NAMED: Final = {"\n": "a line break", "\r": "a line break", "\t": "a tab"}

# Both of PyYAML's parsers are heard, the C one and the Python one: their words differ, their contexts do not.
_SENTENCES: Final = (
    ("nesting depth", TOO_DEEP),  # libyaml reads ahead, and has a limit of its own since PyYAML 6.0.4
    (
        "mapping values are not allowed",
        "a ':' cannot stand here; one is missing above, or the indentation is off, or text with ': ' needs quotes",
    ),
    ("could not find expected ':'", "a key needs a ':' and a value after it"),
    ("quoted scalar.*end of stream", "this quote is never closed"),
    ("escape", r"a '\' is special between double quotes; use single quotes, or write '\\'"),
    ("flow mapping", "a comma is missing here, or the '{' is not closed; text with { or } in it needs quotes"),
    ("flow sequence", "a comma is missing here, or the '[' is not closed; text with [ or ] in it needs quotes"),
    ("tab character", _TAB),
    ("unexpected ':'", "a ':' needs a space after it, and a value"),
    ("flow node", "something is missing here, or text that begins with [ or { wants quotes"),
    ("block node", "something is missing here, or a bracket is closed that was never opened"),
    ("block (mapping|collection)", "this does not line up with the lines above, or follows a closed quote or bracket"),
    ("tag", TAGGED),
    ("alias|anchor", "text that begins with * or & needs quotes"),
    ("document start", "the text goes on after its end; a mapping file is one YAML document"),
    ("incompatible", "a mapping file is YAML 1.1 or 1.2; leave out the '%YAML' line"),
)


def complaint(error: yaml.MarkedYAMLError, text: str) -> tuple[Place, str]:
    """Where a text stops being YAML, and what to do there."""
    mark = error.problem_mark
    assert mark is not None  # libyaml and PyYAML always say where
    said = f"{error.context} {error.problem}"
    if "cannot start any token" in said:
        return _place(mark), _misplaced(text[mark.index : mark.index + 1])
    for pattern, sentence in _SENTENCES:
        if re.search(pattern, said):
            return _telling_place(error, text), sentence
    return _telling_place(error, text), f"this is not YAML: {error.problem}"


def _telling_place(error: yaml.MarkedYAMLError, text: str) -> Place:
    """Where the parser stopped; at the end of the file rather what was left open there, or the last it saw."""
    marks = [error.problem_mark, error.context_mark]
    if "simple key" in str(error.context):
        marks.reverse()  # the key is on a line above
    for mark in marks:
        if mark is not None and text[mark.index :].strip():
            return _place(mark)
    return end_of(text.rstrip())


def end_of(text: str) -> Place:
    """The place of a text's last character."""
    lines = text.splitlines() or [" "]
    return len(lines), max(len(lines[-1]), 1)


def forbidden_character(text: str) -> tuple[Place, str] | None:
    """The first character that cannot be in a file at all."""
    found = _FORBIDDEN.search(text)
    if found is None:
        return None
    return end_of(text[: found.start()] + "x"), _named(found[0])


def invisible(text: str) -> str:
    """What is wrong with a text that holds an invisible character (escapes can make one), or nothing."""
    found = _INVISIBLE.search(text)
    return _named(found[0]) if found else ""


def _named(character: str) -> str:
    if unicodedata.category(character) == "Zs":
        return _LOOKS_LIKE_A_SPACE.format(ord(character))
    name = _NAMED.get(character, f"the invisible character U+{ord(character):04X}")
    return f"{name} cannot stand here"


def _misplaced(character: str) -> str:
    if character == "\t":
        return _TAB
    return f"text cannot begin with {character!r}; put quotes around it"


def _place(mark: yaml.Mark) -> Place:
    return mark.line + 1, mark.column + 1
