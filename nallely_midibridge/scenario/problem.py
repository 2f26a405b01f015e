"""What is wrong with a scenario."""

from nallely_midibridge.values.errors import BridgeError


class ScenarioError(BridgeError):
    """A line of a scenario cannot be read: ``chord.txt:12: …``; or, without a line, the whole of it."""

    def __init__(self, name: str, line: int | None, message: str) -> None:
        super().__init__(f"{name}:{line}: {message}" if line else f"{name}: {message}")
