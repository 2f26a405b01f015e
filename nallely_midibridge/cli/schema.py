"""``schema``: the mapping file as a JSON Schema, for an editor that knows YAML."""

import json

from nallely_midibridge.mapping_file.json_schema import json_schema


def schema() -> int:
    """Print it."""
    print(json.dumps(json_schema(), indent=1), flush=True)
    return 0
