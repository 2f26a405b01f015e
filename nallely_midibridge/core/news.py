"""What is said of a link: a line for each change of its state, not one for each try."""

from typing import Final

SHORT_ONES: Final = 3
"""After so many connections in a row that did not last, nothing more is said until one does."""


class News:
    """Each method is told what happened and returns what to say, or None."""

    def __init__(self, connected: str, url: str) -> None:
        self._connected = connected
        self._url = url
        self._trouble: str | None = None
        self._short_ones = 0

    def opened(self) -> str | None:
        """A connection is there; whether it lasts is to be seen."""
        self._trouble = None
        self._short_ones += 1
        return self._unless_quiet(self._connected)

    def steady(self) -> str | None:
        """The connection has lasted."""
        was_quiet = self._is_quiet
        self._short_ones = 0
        return self._connected if was_quiet else None

    def closed(self, reason: str) -> str | None:
        """A connection is gone."""
        last_word = "; it did not last again, so no more is said until it does"
        return self._unless_quiet(f"connection ended: {reason}{last_word if self._short_ones == SHORT_ONES else ''}")

    def failed(self, trouble: str, then: str = "trying again every second") -> str | None:
        """A try failed; ``then`` is what follows."""
        if trouble == self._trouble:
            return None
        self._trouble = trouble
        return self._unless_quiet(f"no connection to {self._url}: {trouble}; {then}")

    @property
    def _is_quiet(self) -> bool:
        return self._short_ones > SHORT_ONES

    def _unless_quiet(self, line: str) -> str | None:
        return None if self._is_quiet else line
