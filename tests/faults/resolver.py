"""A name server in the process: a host name that may be unknown for a while."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

HOST = "session.test"
"""A name that no name server knows (RFC 6761, 6.2)."""


class Resolver:
    """While it ``is_known``, `HOST` is this machine."""

    def __init__(self) -> None:
        self.is_known = True
        self.asked = 0

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Answer in place of the system for `HOST`."""
        system = socket.getaddrinfo

        def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
            if host != HOST.encode():
                return system(host, *args, **kwargs)
            self.asked += 1
            if not self.is_known:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return system("127.0.0.1", *args, **kwargs)

        with patch("socket.getaddrinfo", getaddrinfo):
            yield
