"""YAML text to a `Document`.

PyYAML's parser gives events; the data is made from them here, by rules that close YAML's traps: only ``true``
and ``false``, null, and plain decimal numbers are anything but text (``on``, ``010``, ``1:30`` and every key stay
text), a duplicate key is a problem, tags are refused. The parser keeps its own stack and what is built from it is
held to a depth and a size, so no file can exhaust the program. What a key means is not known here.
"""

import re
from typing import Any, Final

import yaml
from yaml import AliasEvent, Event, MappingEndEvent, NodeEvent, ScalarEvent, SequenceEndEvent, SequenceStartEvent

from nallely_midibridge.mapping_file.document import Block, Data, Document, Items
from nallely_midibridge.mapping_file.expand import unbraced
from nallely_midibridge.mapping_file.problem import Place, Problem, dotted
from nallely_midibridge.mapping_file.syntax import (
    MAX_DEPTH,
    TAGGED,
    TOO_DEEP,
    complaint,
    forbidden_character,
    invisible,
)

MAX_LENGTH: Final = 1 << 20
"""Characters of a file; a mapping of a thousand routes has about 80,000."""
MAX_NODES: Final = 40_000
"""Keys and values of a file, those behind an alias counted each time; a thousand routes have about 15,000."""
MAX_TEXT: Final = 4096
"""Characters of one text."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT: Final = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_CONSTANTS: Final = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def read(text: str, name: str) -> Document:
    """Read one YAML document; whatever the text, this gives a `Document` and raises nothing."""
    text = text.removeprefix("\ufeff")
    if len(text) > MAX_LENGTH:
        problem = Problem(
            name, 1, 1, "", f"a mapping file has at most {MAX_LENGTH:,} characters, this has {len(text):,}"
        )
        return Document(name, None, [problem], complete=False)
    if found := forbidden_character(text):
        place, message = found
        return Document(name, None, [Problem(name, *place, "", message)], complete=False)
    return _Composer(text, name).document()


class _Stop(Exception):
    """Reading cannot go on; the problem has been noted."""


class _Composer:
    """Makes data of one text's events."""

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.name = name
        self.loader = _Loader(text)
        self.problems: list[Problem] = []
        self.path: list[str | int] = []
        self.anchors: dict[str, Data] = {}
        self.unfinished: set[str] = set()
        self.nodes = 0

    def document(self) -> Document:
        try:
            data = self._single()
        except _Stop:
            return Document(self.name, None, self.problems, complete=False)
        except yaml.MarkedYAMLError as error:
            place, message = complaint(error, self.text)
            self.problems.append(Problem(self.name, *place, dotted(tuple(self.path)), message))
            return Document(self.name, None, self.problems, complete=False)
        finally:
            self.loader.dispose()
        return Document(self.name, data, self.problems, complete=True)

    def _single(self) -> Data:
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            return None
        data = self._node(self._next())
        self._next()
        if not isinstance(end := self._next(), yaml.StreamEndEvent):
            self._wrong(end, "a second document begins here; a mapping file is one, so leave out the '---'")
        return data

    def _next(self) -> Any:
        return self.loader.get_event()

    def _node(self, event: NodeEvent) -> Data:
        self._count(1, event)
        if isinstance(event, AliasEvent):
            return self._alias(event)
        self._check_tag(event)
        if event.anchor is None:
            return self._content(event)
        self.unfinished.add(event.anchor)
        data = self._content(event)
        self.unfinished.discard(event.anchor)
        self.anchors[event.anchor] = data
        return data

    def _check_tag(self, event: Any) -> None:
        if event.tag is not None:
            self._wrong(event, TAGGED)

    def _content(self, event: Event) -> Data:
        if isinstance(event, ScalarEvent):
            return self._scalar(event)
        if len(self.path) >= MAX_DEPTH:
            raise self._stop(event, TOO_DEEP)
        first = self.nodes
        data = self._items() if isinstance(event, SequenceStartEvent) else self._block()
        data.size = self.nodes - first + 1
        return data

    def _scalar(self, event: ScalarEvent) -> Data:
        if not self._readable(event):
            return None
        text: str = event.value
        if not event.implicit[0]:
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if _INT.fullmatch(text):
            return int(text)
        return float(text) if _FLOAT.fullmatch(text) else text

    def _readable(self, event: ScalarEvent) -> bool:
        wrong = invisible(event.value)
        if len(event.value) > MAX_TEXT:
            wrong = f"a text of more than {MAX_TEXT:,} characters"
        if wrong:
            self._wrong(event, wrong)
        return not wrong

    def _alias(self, event: AliasEvent) -> Data:
        name = event.anchor
        if name in self.unfinished:
            self._wrong(event, f"'*{name}' stands inside the '&{name}' it repeats")
            return None
        if name not in self.anchors:
            self._wrong(event, f"'*{name}' repeats an '&{name}' that is not above; put quotes around text with a *")
            return None
        data = self.anchors[name]
        if isinstance(data, Block | Items):
            self._count(data.size, event)
        return data

    def _items(self) -> Items:
        items = Items()
        while not isinstance(event := self._next(), SequenceEndEvent):
            self.path.append(len(items))
            items.places.append(_place(event))
            items.append(self._node(event))
            self.path.pop()
        return items

    def _block(self) -> Block:
        block = Block()
        merged: list[tuple[Place, Data]] = []
        while not isinstance(event := self._next(), MappingEndEvent):
            key = self._key(event)
            if key in block.places:
                first = block.places[key][0][0]
                self._wrong(event, f"{key!r} stands here a second time; the first is on line {first}")
            self.path.append("?" if key is None else key)
            value_event = self._next()
            value = self._node(value_event)
            self.path.pop()
            if key is None or key in block.places:
                continue
            places = _place(event), _place(value_event)
            if key == "<<" and event.implicit[0]:
                block.places[key] = places
                merged.append((places[1], value))
            else:
                block.put(key, value, places)
        for place, value in merged:
            self._merge(block, place, value)
        return block

    def _key(self, event: NodeEvent) -> str | None:
        if isinstance(event, ScalarEvent):
            self._count(1, event)
            self._check_tag(event)
            if event.anchor is not None:
                self.anchors[event.anchor] = event.value
            return event.value if self._readable(event) else None
        self.path.append("?")
        key = unbraced(self._node(event))
        self.path.pop()
        if isinstance(key, str):
            return key
        self._wrong(event, "a key must be plain text; put quotes around one that begins with a bracket")
        return None

    def _merge(self, block: Block, place: Place, value: Data) -> None:
        """Give ``block`` what the blocks behind ``<<`` have and it has not; an earlier one comes first."""
        for source in value if isinstance(value, Items) else (value,):
            if not isinstance(source, Block):
                self._note(place, "'<<' takes a block of keys by its alias, as in '<<: *name'")
                continue
            for key, inherited in source.items():
                if key not in block:
                    block.put(key, inherited, source.places[key])

    def _count(self, nodes: int, event: Event) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            raise self._stop(event, f"more than {MAX_NODES:,} keys and values, those repeated by '*' counted each time")

    def _stop(self, event: Event, message: str) -> _Stop:
        self._wrong(event, message)
        return _Stop()

    def _wrong(self, event: Event, message: str) -> None:
        self._note(_place(event), message)

    def _note(self, place: Place, message: str) -> None:
        self.problems.append(Problem(self.name, *place, dotted(tuple(self.path)), message))


def _place(event: Any) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1
