"""Changes too small to count."""


class Deadband:
    """Lets a value pass only when it is ``width`` away from the last that passed, or at an end of its range.

    Without the exception a control could never be brought to its end for good.
    """

    def __init__(self, low: float, high: float, share: float) -> None:
        self._low, self._high = min(low, high), max(low, high)
        self._width = share * (self._high - self._low)
        self._passed: float | None = None

    def passes(self, value: float) -> bool:
        value = min(max(value, self._low), self._high)
        if self._passed is not None and abs(value - self._passed) < self._width and self._low < value < self._high:
            return False
        self._passed = value
        return True
