"""What is wrong with a scenario."""

from nallely_midibridge.values.errors import BridgeError


class ScenarioError(BridgeError):
    """A line of a scenario cannot be read: ``chord.txt:12: …``."""

    def __init__(self, name: str, line: int, message: str) -> None:
        super().__init__(f"{name}:{line}: {message}")
