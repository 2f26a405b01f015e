"""The mapping file: YAML text to a `Mapping`, or every problem with its line and column.

    mapping = load_file("bridge.yaml")      # raises MappingError with .problems
    print(explain(mapping))                 # its ports, and a sentence for each route
    mapping, notes = read_file("bridge.yaml")   # the same, with what is right but may surprise

PyYAML is known here and nowhere else.
"""

from nallely_midibridge.mapping_file.explain import explain
from nallely_midibridge.mapping_file.load import load_file, load_text, read_file, read_text
from nallely_midibridge.mapping_file.problem import Problem

__all__ = ["Problem", "explain", "load_file", "load_text", "read_file", "read_text"]
