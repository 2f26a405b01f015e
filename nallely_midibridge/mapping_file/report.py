"""Where the problems of one file are gathered, so that all can be told at once."""

from collections.abc import Callable
from typing import Any, TypeVar

from nallely_midibridge.mapping_file.document import Document
from nallely_midibridge.mapping_file.problem import Path, Place, Problem, dotted

T = TypeVar("T")


class Report:
    """The problems of a document, those of its reading included."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.complaints = 0
        """How often something was found wrong since reading began, the same each time anew."""
        # By place and message: what an alias repeats or a pattern makes is mended once, so it is told once.
        self._problems: dict[tuple[Place, str], Problem] = {}
        for problem in document.problems:
            self._problems[(problem.line, problem.column), problem.message] = problem
        self._notes: dict[tuple[Place, str], Problem] = {}
        # What could not be read has been told; that its value is then missing is no news.
        self._told = {place for place, _ in self._problems}

    def add(self, place: Place, path: Path, message: str) -> None:
        self.complaints += 1
        if place not in self._told:
            problem = Problem(self.document.name, *place, dotted(path), message)
            self._problems.setdefault((place, message), problem)

    def note(self, place: Place, path: Path, message: str) -> None:
        """Remember what is right, but will not always do what somebody may expect of it."""
        self._notes.setdefault((place, message), Problem(self.document.name, *place, dotted(path), f"note: {message}"))

    @property
    def notes(self) -> tuple[Problem, ...]:
        """All of them, in the order of the file."""
        return tuple(sorted(self._notes.values(), key=lambda note: (note.line, note.column)))

    def problems(self) -> tuple[Problem, ...]:
        """All of them, in the order of the file."""
        return tuple(sorted(self._problems.values(), key=lambda problem: (problem.line, problem.column)))


class Spot:
    """A path in a document of which something can be said. ``spot / key`` is a spot further in."""

    def __init__(self, report: Report, path: Path = ()) -> None:
        self.report = report
        self.path = path

    def __truediv__(self, step: str | int) -> "Spot":
        return Spot(self.report, (*self.path, step))

    def __str__(self) -> str:
        """As another problem points at it: ``neurons.keys.probes.mon1 (line 12)``."""
        return f"{dotted(self.path)} (line {self.report.document.key_place(self.path)[0]})"

    def checked(self, read: Callable[[Any], T], value: object, *, of_key: bool = False) -> T | None:
        """What ``read`` makes of ``value``; its ValueError is a problem of the value here, or of the key."""
        try:
            return read(value)
        except ValueError as error:
            (self.wrong_key if of_key else self.wrong)(str(error))
            return None

    def wrong(self, message: str) -> None:
        """Something is wrong with the value here."""
        self.report.add(self.report.document.value_place(self.path), self.path, message)

    def note(self, message: str) -> None:
        """The value here is right, but there is something to say of it."""
        self.report.note(self.report.document.value_place(self.path), self.path, message)

    def wrong_key(self, message: str, key: str | None = None) -> None:
        """Something is wrong with this spot's own key, or with ``key`` in the block here."""
        place = self.report.document.key_place(self.path if key is None else (*self.path, key))
        self.report.add(place, self.path, message)
