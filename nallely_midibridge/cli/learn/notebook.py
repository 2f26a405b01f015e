"""What is known of each port: its short name, what it has taught, and what to write down of a lesson."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from nallely_midibridge.core.learning import Learner
from nallely_midibridge.core.learning.known import moved_by, played_by
from nallely_midibridge.edges.usb import device_of
from nallely_midibridge.mapping_file.lesson_lines import Line, control, lesson_lines, suggested_name
from nallely_midibridge.mapping_file.plugged import free_name, plugged
from nallely_midibridge.values.device import choose
from nallely_midibridge.values.lesson import Lesson
from nallely_midibridge.values.mapping import Mapping
from nallely_midibridge.values.midi import MidiMessage
from nallely_midibridge.values.port_name import short_name, stable_name


@dataclass(slots=True)
class Page:
    """One port.

    * ``ports`` are its short names: those of the mapping file, or the one made up for it.
    * ``written`` is what to write for it in ``ports``; None: the file has it, or no name that can be written means it.
    * ``identity`` is what stays of its name, and its place, when it is plugged again. It is kept, for nobody knows
      where a device was that is gone.
    """

    device: str
    ports: tuple[str, ...]
    written: str | None
    learner: Learner
    identity: tuple[str, str | None]
    is_introduced: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A lesson, written down: what to write for the port first, unless the file has it, then the lines.

    ``moves`` and ``plays`` are what the mapping file has the control do already.
    """

    device: str
    port: str
    introduction: str | None
    control: str
    lines: tuple[Line, ...]
    moves: tuple[str, ...]
    plays: tuple[str, ...]
    lesson: Lesson


@dataclass
class Notebook:
    """All ports. A device that is plugged again goes on where it was."""

    mapping: Mapping
    _pages: dict[str, Page] = field(default_factory=dict)
    _left: dict[tuple[str, str | None], Page] = field(default_factory=dict)
    _names: dict[tuple[object, ...], str] = field(default_factory=dict)

    def open(self, name: str, present: Sequence[str]) -> None:
        """A port came, by its full name, among all that are ``present``."""
        identity = stable_name(name), device_of(name).usb
        before = self._left.pop(identity) if identity in self._left else None
        self._pages[name] = before or self._new_page(name, identity, present)

    def close(self, name: str) -> None:
        """A port went."""
        page = self._pages.pop(name)
        self._left[page.identity] = page

    def hear(self, name: str, message: MidiMessage, now: float) -> Entry | None:
        """A message came in on a port, which may be gone by now."""
        page = self._pages.get(name)
        lesson = page.learner.hear(message, now) if page else None
        return self._entry(page, lesson) if page and lesson else None

    def due(self, now: float) -> Entry | None:
        """What is known now that time has passed; call it until it gives nothing."""
        for page in (*self._pages.values(), *self._left.values()):
            if lesson := page.learner.due(now):
                return self._entry(page, lesson)
        return None

    def _new_page(self, name: str, identity: tuple[str, str | None], present: Sequence[str]) -> Page:
        ours = tuple(
            port.name
            for port in self.mapping.ports
            if port.input and choose(port.input, present, port.device, port.nth, device_of) == name
        )
        if ours:
            return Page(short_name(name), ours, None, Learner(ours[0]), identity, is_introduced=True)
        pages = (*self._pages.values(), *self._left.values())
        taken = {port.name for port in self.mapping.ports} | {short for page in pages for short in page.ports}
        (port,) = plugged(present, device_of, [name], taken)
        return Page(short_name(name), (port.short,), port.written, Learner(port.short), identity)

    def _entry(self, page: Page, lesson: Lesson) -> Entry:
        introduction = None if page.is_introduced else page.written
        page.is_introduced = True
        return Entry(
            page.device,
            page.ports[0],
            introduction,
            control(lesson),
            tuple(self._lines(lesson)),
            tuple(moved_by(lesson, self.mapping, page.ports)),
            tuple(played_by(lesson, self.mapping, page.ports)),
            lesson,
        )

    def _lines(self, lesson: Lesson) -> list[Line]:
        name = self._name(lesson, suggested_name(lesson.source))
        return lesson_lines(lesson, name, self._name(lesson, "voice") if lesson.begins_channel else "")

    def _name(self, lesson: Lesson, suggested: str) -> str:
        """A name that no neuron of the file has, and no other control; a corrected lesson keeps its own."""
        key = lesson.source.port, lesson.source.channels, suggested
        if key not in self._names:
            self._names[key] = free_name(suggested, {*self._names.values(), *self._names_of_file()})
        return self._names[key]

    def _names_of_file(self) -> set[str]:
        neurons = self.mapping.neurons
        blocks = {block.name for neuron in neurons for block in neuron.voices}
        return blocks | {parameter.name for neuron in neurons for parameter in neuron.parameters}
