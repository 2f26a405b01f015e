"""When a watchdog is fed: at half its period, and only if the engine has turned since it was asked to."""


class Watchdog:
    """A watchdog that bites when it is not fed for ``period`` seconds.

    The engine is asked to turn once in half a period. Its answer is the food; no answer, no food, and nothing more is
    asked until there is one.
    """

    def __init__(self, period: float, now: float) -> None:
        self._every = period / 2
        self._ask_at = now
        self._is_asking = False

    def wait(self, now: float) -> float | None:
        """Seconds until the engine is to be asked; None while its answer is awaited."""
        return None if self._is_asking else max(0.0, self._ask_at - now)

    def asks(self, now: float) -> bool:
        """Whether the engine is to be asked now; if so, it counts as asked."""
        if self._is_asking or now < self._ask_at:
            return False
        self._is_asking = True
        self._ask_at = now + self._every
        return True

    def answered(self) -> None:
        """The engine has turned."""
        self._is_asking = False
