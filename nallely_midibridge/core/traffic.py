"""What passed of one parameter, each way. Its owner writes it on the way of every value: a call would be dear."""


class Traffic:
    """How many values went out and came in, and of each way the last and when it was (of ``time.monotonic``).

    ``prefix`` is what a frame of the parameter begins with.
    """

    __slots__ = ("prefix", "received", "received_at", "received_value", "sent", "sent_at", "sent_value")

    def __init__(self, prefix: bytes) -> None:
        self.prefix = prefix
        self.sent = 0
        self.sent_value: float | None = None
        self.sent_at = 0.0
        self.received = 0
        self.received_value: float | None = None
        self.received_at = 0.0
