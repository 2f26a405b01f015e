"""``wire [FILE] [--save]``: how the session is wired and what the mapping file asks for; or save what is there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nallely_midibridge.cli.config import find_config
from nallely_midibridge.cli.control import reload_those_with
from nallely_midibridge.core.session.wiring import Ends, asked_links, plan, present_links, unnamed_links
from nallely_midibridge.edges.whole_file import replace
from nallely_midibridge.mapping_file import load_file
from nallely_midibridge.mapping_file.save import with_links
from nallely_midibridge.trevor import TrevorClient
from nallely_midibridge.values.errors import BridgeError, WriteError, words
from nallely_midibridge.values.mapping import Bus, Mapping, Neuron
from nallely_midibridge.values.session import SessionState

ANSWER_WITHIN: Final = 5.0


def wire(path: Path | None, save: bool, output: Path | None) -> int:
    """Print or save the wiring. Raises MappingError for a wrong file, BridgeError where Trevor does not answer."""
    file = path or find_config()
    if output is not None and not save:
        raise BridgeError("--output goes with --save")
    mapping = load_file(file)
    states = _states(mapping)
    if save:
        return _save(file, output or file, mapping, states)
    named = _named(mapping, states)
    said = (_said(neuron, states.get(neuron.trevor), named.get(neuron.trevor, set())) for neuron in mapping.neurons)
    print("\n\n".join("\n".join(lines) for lines in said), flush=True)
    return 0


def _states(mapping: Mapping) -> dict[Bus | None, SessionState]:
    servers = {neuron.trevor for neuron in mapping.neurons if neuron.trevor is not None}
    if not servers:
        raise BridgeError("the file names no Trevor; write nallely: {trevor: HOST:6788}")
    return {server: _state(server) for server in servers}


def _state(server: Bus) -> SessionState:
    with TrevorClient(server.url, lambda _: None, ca_file=server.ca_file, headers=dict(server.headers)) as client:
        return client.wait_for(lambda state: True, ANSWER_WITHIN)


def _named(mapping: Mapping, states: dict[Bus | None, SessionState]) -> dict[Bus | None, set[Ends]]:
    """The links of each session that the file asks for. One between two of its neurons either may ask for."""
    named: dict[Bus | None, set[Ends]] = {server: set() for server in states}
    for neuron in mapping.neurons:
        if neuron.trevor in states:
            named[neuron.trevor].update(asked_links(neuron.name, neuron.wiring, states[neuron.trevor]))
    return named


def _said(neuron: Neuron, state: SessionState | None, named: set[Ends]) -> Iterator[str]:
    if state is None:
        yield f"neuron {neuron.name}: Trevor is off"
        return
    if state.neuron(neuron.name) is None:
        yield f"neuron {neuron.name}: not registered in the session; is the bridge running?"
        return
    yield f"neuron {neuron.name}:"
    found = plan(neuron.name, neuron.wiring, state)
    for link in neuron.wiring:
        if link in found.there:
            yield f"  there    {link}"
        elif link in found.wrong:
            yield f"  wrong    {link}: {found.wrong[link]}"
        else:
            why = found.waiting.get(link, "")
            yield f"  missing  {link}{f': {why}' if why and why != 'it is being made' else ''}"
    own = asked_links(neuron.name, neuron.wiring, state)
    present = list(present_links(neuron.name, state))
    for other in present:
        if other.ends in named and other.ends not in own:
            yield f"  there    {other}, as another neuron's wiring says"
    unnamed = unnamed_links(neuron.name, named, state)
    for other in unnamed:
        yield f"  besides  {other}"
    if unnamed:
        yield "  (wire --save adds what is there besides to the file)"
    if not neuron.wiring and not present:
        yield "  nothing is wired"


def _save(file: Path, output: Path, mapping: Mapping, states: dict[Bus | None, SessionState]) -> int:
    with file.open("r", encoding="utf-8", newline="") as opened:
        text = before = opened.read()
    said = []
    named = _named(mapping, states)
    for neuron in mapping.neurons:
        state = states.get(neuron.trevor)
        if state is None:
            continue
        links = unnamed_links(neuron.name, named[neuron.trevor], state)
        named[neuron.trevor].update(link.ends for link in links)
        text = with_links(text, str(file), neuron.name, [(str(link), link.scaling) for link in links])
        kept = len(list(present_links(neuron.name, state))) - len(links)
        added = "\n".join(f"  added  {link}" for link in links)
        said.append(
            f"neuron {neuron.name}: {len(links)} links added, {kept} were in the file{added and chr(10)}{added}"
        )
    if text != before or output != file:
        _write(output, text)
    print("\n".join(said), flush=True)
    if text == before and output == file:
        print(f"{output} says it all already", flush=True)
        return 0
    print(f"wrote {output}", flush=True)
    reload_those_with(output)
    return 0


def _write(file: Path, text: str) -> None:
    try:
        replace(file, text)
    except OSError as error:
        raise WriteError(f"{file} cannot be written: {words(error)}; nothing was written") from error
