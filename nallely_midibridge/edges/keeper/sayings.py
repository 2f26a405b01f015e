"""What is said of one neuron: each thing once, until something else is true."""

import logging

log = logging.getLogger(__name__)


class Sayings:
    """The lines about a neuron that have been said."""

    def __init__(self, neuron: str) -> None:
        self._neuron = neuron
        self._said: set[str] = set()

    def say(self, text: str, once_as: str = "", *, once: bool = True, is_trouble: bool = False) -> None:
        """One line, and the same one not again until it is forgotten; a warning if somebody's hand is needed."""
        key = once_as or text
        if once and key in self._said:
            return
        self._said.add(key)
        log.log(logging.WARNING if is_trouble else logging.INFO, "neuron %r: %s", self._neuron, text)

    def forget(self, about: str = "") -> None:
        """What begins so is news again."""
        self._said = {key for key in self._said if not key.startswith(about)}
