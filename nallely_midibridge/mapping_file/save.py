"""Add links to the ``wiring`` of a mapping file's text, and leave every other character as it is.

The text is changed at one place only, which YAML's own parser finds. What comes out is read again, and must say the
same as before with the links added: else nothing is changed.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import yaml

from nallely_midibridge.mapping_file.load import load_text
from nallely_midibridge.values.errors import BridgeError, MappingError
from nallely_midibridge.values.mapping import Mapping, Neuron
from nallely_midibridge.values.wiring import ScaleTo, Scaling

Link = tuple[str, Scaling | ScaleTo | None]
"""``SOURCE -> DESTINATION``, and how it scales if that is to be said."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\- ]* -> [A-Za-z0-9_][A-Za-z0-9_.\- ]*")
_MARK: Final = "\ufeff"
"""The byte order mark that some editors put before a file; YAML's parser counts it as a character or does not."""
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class SaveError(BridgeError):
    """The links could not be written into the file; the file is as it was."""


def with_links(text: str, name: str, neuron: str, links: Sequence[Link]) -> str:
    """The text of a file called ``name`` with links added to the wiring of a neuron.

    Raises MappingError when the text is wrong already, SaveError when it has a form that cannot be added to.
    """
    before = load_text(text, name)
    if not links:
        return text
    try:
        changed = _insert(text.removeprefix(_MARK), neuron, [_entry(link) for link in links])
        changed = _MARK + changed if text.startswith(_MARK) else changed
        after = load_text(changed, name)
    except (MappingError, yaml.YAMLError, LookupError) as error:
        raise SaveError(f"{name}: the wiring of {neuron!r} cannot be added to where it stands ({error})") from error
    if _without_wiring(after, neuron) != _without_wiring(before, neuron) or not _only_longer(before, after, neuron):
        raise SaveError(
            f"{name}: adding to the wiring of {neuron!r} would change something else; the file is as it was"
        )
    return changed


def _entry(link: Link) -> str:
    """A link as an item of a list, right in a block and between brackets."""
    ends, scaling = link
    said = ends if _PLAIN.fullmatch(ends) else json.dumps(ends, ensure_ascii=False)
    if isinstance(scaling, ScaleTo):
        whole = ", as_int: true" if scaling.as_int else ""
        return f"{{link: {said}, scale: {{to_min: {scaling.low:.12g}, to_max: {scaling.high:.12g}{whole}}}}}"
    return f"{{link: {said}, scale: {scaling.value}}}" if scaling else said


def _insert(text: str, neuron: str, entries: list[str]) -> str:
    body = _child(_child(yaml.compose(text, Loader=_Loader), "neurons"), neuron)
    wiring = next((pair for pair in body.value if pair[0].value == "wiring"), None)
    if wiring is None:
        return _add_section(text, body, entries)
    key, value = wiring
    if isinstance(value, yaml.SequenceNode) and value.flow_style:
        return _add_between_brackets(text, value, ", ".join(entries))
    if isinstance(value, yaml.SequenceNode):
        return _add_lines(text, _end(value), value.value[0].start_mark.column - 2, entries)
    if value.value == "" and not body.flow_style:
        return _add_lines(text, key.end_mark.index, key.start_mark.column + 2, entries)
    raise LookupError("it is no list")


def _child(node: Any, key: str) -> Any:
    return next(value for name, value in node.value if name.value == key)


def _add_section(text: str, body: Any, entries: list[str]) -> str:
    if body.flow_style:
        return _add_between_brackets(text, body, f"wiring: [{', '.join(entries)}]")
    column = body.value[0][0].start_mark.column
    lines = [f"{' ' * column}wiring:", *(f"{' ' * (column + 2)}- {entry}" for entry in entries)]
    return _after_line(text, _end(body), lines)


def _add_between_brackets(text: str, node: Any, added: str) -> str:
    """Before the closing bracket, behind the last thing that is there; a comma there may be already."""
    if not node.value:
        close = node.end_mark.index - 1
        return text[:close] + added + text[close:]
    last = node.value[-1]
    at = int((last[1] if isinstance(last, tuple) else last).end_mark.index)
    return f"{text[:at]}, {added}{text[at:]}"


def _add_lines(text: str, at: int, column: int, entries: list[str]) -> str:
    return _after_line(text, at, [f"{' ' * max(0, column)}- {entry}" for entry in entries])


def _after_line(text: str, at: int, lines: list[str]) -> str:
    """Behind the line that something ends on, with a comment it may have."""
    newline = "\r\n" if "\r\n" in text else "\n"
    end = text.find("\n", at)
    block = newline.join(lines)
    if end < 0:
        return f"{text}{newline}{block}{newline}"
    return f"{text[: end + 1]}{block}{newline}{text[end + 1 :]}"


def _end(node: Any) -> int:
    """Where the last thing in a node ends; that of a block would be where the next one begins."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    if isinstance(last, tuple):
        key, value = last
        return _end(key) if isinstance(value, yaml.ScalarNode) and not value.value else _end(value)
    return _end(last)


def _without_wiring(mapping: Mapping, neuron: str) -> Mapping:
    neurons = (replace(n, wiring=()) if n.name == neuron else n for n in mapping.neurons)
    return replace(mapping, neurons=tuple(neurons))


def _only_longer(before: Mapping, after: Mapping, neuron: str) -> bool:
    old, new = _named(before, neuron).wiring, _named(after, neuron).wiring
    return len(new) > len(old) and new[: len(old)] == old


def _named(mapping: Mapping, neuron: str) -> Neuron:
    return next(n for n in mapping.neurons if n.name == neuron)
