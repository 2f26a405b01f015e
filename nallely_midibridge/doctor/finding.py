"""What a check finds, and what it is done on."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from nallely_midibridge.values.mapping import Mapping


class Grade(Enum):
    """How bad it is. Only a ``PROBLEM`` makes the command fail: what is only not there yet is a ``WARNING``."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. ``advice`` is what to type, where there is something to type."""

    grade: Grade
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked at: this machine, and a mapping if there is one, from ``file``."""

    mapping: Mapping | None = None
    file: Path | None = None


def ok(text: str) -> Finding:
    return Finding(Grade.OK, text)


def warning(text: str, advice: str = "") -> Finding:
    return Finding(Grade.WARNING, text, advice)


def problem(text: str, advice: str = "") -> Finding:
    return Finding(Grade.PROBLEM, text, advice)
