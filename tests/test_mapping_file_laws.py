"""Laws of the mapping file: whatever the text, a mapping or problems; patterns; places."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nallely_midibridge.mapping_file import explain, load_text
from nallely_midibridge.mapping_file.compose import read
from nallely_midibridge.mapping_file.expand import expand
from nallely_midibridge.values.errors import MappingError

GOOD = [path.read_text("utf-8") for path in sorted((Path(__file__).parent.parent / "config").glob("*.yaml"))]


def load(text: str) -> None:
    """Law: a mapping that can be explained, or problems with a place each, in their order; nothing else."""
    try:
        assert explain(load_text(text))
    except MappingError as error:
        problems = error.problems
    else:
        return
    rows = re.split("\r\n|\r|\n", text)
    places = [(problem.line, problem.column) for problem in problems]
    assert places == sorted(places)
    assert all(1 <= line <= len(rows) and 1 <= column <= len(rows[line - 1]) + 1 for line, column in places)
    assert all("\n" not in str(problem) for problem in problems)
    assert problems


@given(st.text())
def test_any_text(text: str) -> None:
    load(text)


@given(st.text("{}[]:,-?*&!|>'\"#%@`~.\n\t \\0abk<"))
def test_any_text_of_what_yaml_minds(text: str) -> None:
    load(text)


@given(st.data())
def test_a_good_file_with_a_hole_or_a_patch(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(GOOD))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 30, len(text))))
    load(text[:start] + data.draw(st.text("{}[]:,*&!'\"#\n -.0159aCx", max_size=8)) + text[end:])


KEYS = "nallely ports neurons bus url ca headers input output virtual match usb serial nth rate echo wiring"
KEYS += " voices params probes from to count channel notes velocities transpose velocity velocity_curve allocate"
KEYS += " priority legato steal restore retrigger_gap mpe bend pressure timbre lower upper bend_range"
KEYS += " cc cc14 coarse fine fine_first nrpn rpn note gate pitchbend poly_pressure program clock transport value bits"
KEYS += " send mode encoding step pickup sends range curve invert accepted deadband smooth length feedback repeat"
KEYS += " after_release on off lights_off"
VALUES = ["keys", "daw", "all", "any", "C1", "C2..C4", "1..64", "50ms", "{1..4}", "x{a,b}", "{", "exp", "oldest"]
VALUES += ["gate", "none", "relative", "toggle", "pickup", "scale", "mono", "bpm", "full", "fine-tuning", "note-off"]
SCALARS = st.sampled_from(VALUES) | st.integers(-1, 200) | st.floats() | st.booleans() | st.none() | st.text(max_size=4)
NAMES = st.sampled_from(KEYS.split()) | st.sampled_from(["keys", "daw", "x", "m{1..4}", "a_b"]) | st.text(max_size=3)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=25,
)
BLOCK = st.dictionaries(st.sampled_from(KEYS.split()), SCALARS, max_size=3)
ROUTE = st.dictionaries(st.sampled_from(KEYS.split()), SCALARS | BLOCK | st.lists(SCALARS, max_size=3), max_size=6)
PART = st.dictionaries(NAMES, ROUTE | st.lists(ROUTE, max_size=3), max_size=3)
SHAPED = st.fixed_dictionaries(
    {},
    optional={
        "nallely": st.fixed_dictionaries({}, optional={"bus": ANYTHING}),
        "ports": st.dictionaries(NAMES, SCALARS | ROUTE, max_size=3) | st.just({"keys": "K", "daw": {"virtual": "N"}}),
        "neurons": st.dictionaries(
            NAMES, st.fixed_dictionaries({}, optional={"voices": PART, "params": PART, "probes": PART}), max_size=2
        ),
    },
)


@given(ANYTHING | SHAPED, st.booleans())
def test_any_structure(structure: Any, flow: bool) -> None:
    load(yaml.safe_dump(structure, allow_unicode=True, default_flow_style=flow))


GOOD_WORDS: dict[str, dict[str, list[Any]]] = {
    "voices": {
        "from": ["keys", "daw"], "count": [1, 4], "channel": [1, [1, 2]], "notes": ["C2..C4"], "velocities": ["1..64"],
        "transpose": [-12], "velocity": ["vel", "v{1..4}"], "velocity_curve": ["exp", [[0, 0], [1, 1]]],
        "allocate": ["rotate", "lowest", "unison", "mono"], "priority": ["high"], "legato": [True], "steal": ["none"],
        "restore": [True], "retrigger_gap": ["5ms"], "mpe": [True, {"upper": 7}], "bend": ["b"], "timbre": ["t"],
    },
    "params": {
        "from": ["keys", "daw"], "cc": [6, 74, "{1..2}"], "cc14": [1, {"coarse": 10, "fine": "{75..76}"}], "rpn": [0],
        "nrpn": [5, "{5..6}"], "note": ["C1", "any", "{36..37}"], "pitchbend": [True], "pressure": [True],
        "poly_pressure": ["any"], "program": [True], "clock": ["bpm", "beat", "running"], "transport": [True],
        "value": ["gate", "velocity", "number"], "bits": [7], "channel": [1, "{1..2}"],
        "mode": ["absolute", "relative", "toggle", "momentary", "pickup", "{toggle,relative}"], "encoding": ["offset"],
        "step": [0.1], "pickup": ["scale"], "sends": ["presses", "toggles"], "range": [[0, 1], [1, -1]],
        "curve": ["s", [[0, 0], [0.5, 0.1], [1, 1]]], "invert": [True], "accepted": [[0, 1], [0, 0.5, 1]],
        "deadband": [0.1], "smooth": ["50ms"], "rate": [10, "{1..2}"],
        "feedback": [True, {"on": "{5..6}"}, {"repeat": "1s", "lights_off": "note-off", "after_release": True}],
    },
    "probes": {
        "to": ["keys", "daw"], "cc": [6, "{1..2}"], "cc14": [1, {"coarse": 10, "fine": 75}], "nrpn": [5], "rpn": [0],
        "note": [True], "gate": ["C1", "{36..37}"], "pitchbend": [True], "pressure": [True], "poly_pressure": ["C1"],
        "program": [True], "clock": [True], "transport": [True], "send": ["full"], "bits": [7],
        "channel": [1, "{1..2}"], "velocity": [90, "vel", "v{1..2}"], "length": ["1s", "len"], "legato": [True],
        "range": [[0, 1]], "curve": ["log"], "invert": [True], "deadband": [0.1], "smooth": ["1s"], "rate": [10],
    },
}  # fmt: skip
PORT_WORDS = ("from", "to")


@given(st.data())
def test_any_company_of_good_words(data: st.DataObject) -> None:
    """Law: words that are each right are together a mapping that can be explained, or told to be none."""
    part = data.draw(st.sampled_from(sorted(GOOD_WORDS)))
    words = GOOD_WORDS[part]
    others = [key for key in words if key not in PORT_WORDS]
    names = ["x"] if part == "voices" else ["x", "y{1..2}"]
    routes = {}
    for name in data.draw(st.lists(st.sampled_from(names), min_size=1, unique=True)):
        keys = [key for key in PORT_WORDS if key in words] + data.draw(st.lists(st.sampled_from(others), max_size=4))
        routes[name] = {key: data.draw(st.sampled_from(words[key])) for key in keys}
    file = {"ports": {"keys": {"input": "K"}, "daw": {"virtual": "N"}}, "neurons": {"n": {part: routes}}}
    load(yaml.safe_dump(file))


# -- places


TREE = st.recursive(
    st.text("abc", min_size=1, max_size=3) | st.integers(0, 99),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("xyz", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=15,
)


@given(st.dictionaries(st.text("xyz", min_size=1, max_size=3), TREE, max_size=4), st.booleans())
def test_every_key_and_value_is_where_its_place_says(tree: dict[str, Any], flow: bool) -> None:
    text = yaml.safe_dump(tree, default_flow_style=flow)
    document = read(text, "bridge.yaml")
    rows = text.splitlines()

    def check(value: Any, path: tuple[str | int, ...]) -> None:
        line, column = document.value_place(path)
        if isinstance(value, str | int):
            assert rows[line - 1][column - 1 :].startswith(str(value))
        elif isinstance(value, dict):
            for key, inner in value.items():
                line, column = document.key_place((*path, key))
                assert rows[line - 1][column - 1 :].startswith(key)
                check(inner, (*path, key))
        else:
            for index, inner in enumerate(value):
                check(inner, (*path, index))

    assert document.data == tree
    check(tree, ())


@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10))
def test_plain_data_is_read_as_it_was_written(data: Any) -> None:
    """Law: what PyYAML writes is read alike, unless a rule of ours forbids it and says so."""
    document = read(yaml.safe_dump(data, allow_unicode=True), "bridge.yaml")
    if not document.problems and ".inf" not in str(text := yaml.safe_dump(data)) and ".nan" not in text:
        assert document.data == data


# -- patterns


@given(st.integers(-500, 500), st.integers(-500, 500), st.text("abc-_"), st.text("abc-_"))
def test_a_span_counts_from_its_first_to_its_last_number(first: int, last: int, before: str, after: str) -> None:
    made = expand(f"{before}{{{first}..{last}}}{after}")
    assert made is not None
    assert len(made) == abs(last - first) + 1
    assert made[0] == f"{before}{first}{after}"
    assert made[-1] == f"{before}{last}{after}"
    assert made[::-1] == expand(f"{before}{{{last}..{first}}}{after}")
    assert len(set(made)) == len(made)


@given(st.lists(st.text("abc", min_size=1), min_size=2, max_size=8))
def test_a_list_makes_its_words(words: list[str]) -> None:
    assert expand("{" + ",".join(words) + "}") == tuple(words)
    assert expand("{" + " , ".join(words) + "}") == tuple(words)


@given(st.integers(2, 9), st.integers(0, 9), st.integers(0, 9))
def test_patterns_go_side_by_side(count: int, one: int, other: int) -> None:
    left, right = f"a{{{one}..{one + count - 1}}}", f"b{{{other + count - 1}..{other}}}"
    pairs = zip(expand(left) or (), expand(right) or (), strict=True)
    assert expand(left + right) == tuple(first + second for first, second in pairs)


@given(st.text())
def test_any_text_is_a_pattern_or_none_or_wrong(text: str) -> None:
    try:
        made = expand(text)
    except ValueError:
        assert "{" in text or "}" in text
    else:
        assert (made is None) == ("{" not in text)


@pytest.mark.parametrize("count", [1, 2, 300])
def test_as_many_routes_as_lines(count: int) -> None:
    rows = "".join(f"      p{i}: {{from: k, cc: {i % 128}, range: [0, {i + 1}]}}\n" for i in range(count))
    mapping = load_text("ports: {k: K}\nneurons:\n  n:\n    params:\n" + rows)
    assert [route.scale.high for route in mapping.neurons[0].params] == list(range(1, count + 1))
    assert len(explain(mapping).splitlines()) == count + 4
