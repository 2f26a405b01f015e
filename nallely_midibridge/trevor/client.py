"""A client of one session's Trevor server: `TrevorClient`."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, ParamSpec, Self

from nallely_midibridge.core.news import News
from nallely_midibridge.core.session.reading import read_state
from nallely_midibridge.edges.link import RETRY_AFTER, Link, Listener
from nallely_midibridge.edges.transport import tls_for
from nallely_midibridge.trevor.errors import CommandRefused, Interrupted, NotConnected, NotShown
from nallely_midibridge.values.address import trevor_url
from nallely_midibridge.values.errors import words
from nallely_midibridge.values.session import Path, SessionDevice, SessionState

Scaler = bool | Mapping[str, float | bool]
"""How a link scales: by the ranges (True), not at all (False), or ``{"to_min": a, "to_max": b, "as_int": c}``."""

Log = Callable[[str], object]
P = ParamSpec("P")

WAIT: Final = 5.0
"""Seconds that a command is waited for, unless told otherwise."""
INTERNAL_ERROR: Final = 1011
"""How the session ends a connection over a command it cannot do, or a state it cannot build."""
LONGEST_RETRY: Final = 60.0
"""Seconds between two tries, where the session cannot build its state (it has no MIDI system)."""
TOLD_AFTER: Final = 1.0
"""Seconds after a command in which a close with 1011 is about it."""


class TrevorClient:
    """See and change a session. Also a context manager, which starts and closes it.

    ``address`` is ``HOST``, ``HOST:PORT`` (default 6788) or a ``ws://`` or ``wss://`` URL; ``ca_file`` and ``headers``
    as for `NallelyWebsocketBus`. A connection that is lost is made again after a second, for ever; ``log`` gets a line
    for each change of that.

    Set the callbacks at any time; they run on the client's thread and must not wait for the session (a method that
    waits raises RuntimeError there). An exception in one goes to ``log`` and ends nothing.

    * ``onstate(state)``: the session said how it is, asked or not.
    * ``onopen()``, ``onclose(reason)``: the connection is there, is gone.

    ``trouble`` is why there is no connection.
    """

    def __init__(
        self,
        address: str | None = None,
        log: Log = print,
        *,
        ca_file: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.url = trevor_url(address)
        self.log = log
        self._ca_file, self._headers = ca_file, headers
        self.onstate: Callable[[SessionState], object] | None = None
        self.onopen: Callable[[], object] | None = None
        self.onclose: Callable[[str], object] | None = None
        self.trouble: str | None = None
        self._news = News(f"Trevor answers at {self.url}", self.url)
        self._changed = threading.Condition()
        self._state: SessionState | None = None
        self._has_state = False
        self._is_closed = False
        self._interruptions = 0
        self._beside: set[TrevorClient] = set()
        self._connection = 0
        self._refused: set[int] = set()
        self._last_command = ("", 0.0)
        self._said_unreadable = False
        self._link = Link(
            self.url,
            None,
            Listener(self._opened, self._steady, self._received, self._closed, self._failed),
            name="trevor",
            tls=tls_for(self.url, ca_file),
            headers=tuple((headers or {}).items()),
            longest=None,
        )

    # For any thread.

    def start(self) -> None:
        """Begin connecting, in the background."""
        self._link.start()

    def close(self) -> None:
        """Close the connection, for good. Whoever waits for the session gets NotConnected."""
        with self._changed:
            self._is_closed = True
            self._interrupt()
        self._link.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def connected(self) -> bool:
        """Whether the session is there and has said how it is."""
        return self._has_state and not self._is_closed

    @property
    def state(self) -> SessionState | None:
        """How the session said it is, last; None while it is not connected."""
        return self._state if self.connected else None

    def hurry(self) -> None:
        """The session is likely to be there now: try at once, if a try is awaited."""
        self._link.retry_after = RETRY_AFTER
        self._link.hurry()

    def wait_for(self, shows: Callable[[SessionState], object], timeout: float = WAIT) -> SessionState:
        """Wait until a state shows something, the present one included; returns that state.

        Waits for the connection too. Raises NotShown after ``timeout`` seconds, NotConnected when the client is closed.
        """
        return self._wait(shows, timeout, None)

    def fresh_state(self, timeout: float = WAIT) -> SessionState:
        """How the session is now: whoever connects is told, so this does, beside the connection that is there.

        Raises as `wait_for`.
        """
        with TrevorClient(self.url, lambda _: None, ca_file=self._ca_file, headers=self._headers) as other:
            with self._changed:
                self._must_not_be_interrupted()
                self._beside.add(other)
            try:
                return other.wait_for(lambda state: True, timeout)
            finally:
                with self._changed:
                    self._beside.discard(other)

    @contextlib.contextmanager
    def interrupted(self) -> Iterator[None]:
        """A block in which nobody waits for the session: whoever does, on any thread, gets Interrupted at once."""
        with self._changed:
            self._interruptions += 1
            self._interrupt()
        try:
            yield
        finally:
            with self._changed:
                self._interruptions -= 1

    def command(self, name: str, /, **arguments: object) -> None:
        """Send a command and wait for nothing: what it did shows in a later state. Raises NotConnected."""
        self._last_command = name, time.monotonic()
        if not self._link.say(json.dumps({"command": name, **arguments})):
            raise NotConnected(f"Trevor does not answer at {self.url}{f': {self.trouble}' if self.trouble else ''}")

    def associate(
        self, source: Path | str, destination: Path | str, scaler: Scaler = True, timeout: float = WAIT
    ) -> None:
        """Link two parameters. Does nothing where a link is there: a second one would sound everything twice.

        Raises NotConnected, CommandRefused or NotShown.
        """
        ends = as_path(source), as_path(destination)
        if self._wait(lambda state: True, timeout, None).has_link(*ends):
            return
        with_scaler = scaler if isinstance(scaler, bool) else dict(scaler)
        self._associate(ends, lambda state: state.has_link(*ends), timeout, unbind=False, with_scaler=with_scaler)

    def dissociate(self, source: Path | str, destination: Path | str, timeout: float = WAIT) -> None:
        """Take a link away, if it is there. Raises as `associate`."""
        ends = as_path(source), as_path(destination)
        if not self._wait(lambda state: True, timeout, None).has_link(*ends):
            return
        self._associate(ends, lambda state: not state.has_link(*ends), timeout, unbind=True, with_scaler=True)

    def create_device(self, kind: str, timeout: float = WAIT) -> SessionDevice:
        """Make a device of a class that the session knows (`SessionState.kinds`). Raises as `associate`.

        Raises ValueError for a class that the session does not know: asking for it would close the connection.
        """
        before = self._wait(lambda state: True, timeout, None)
        if kind not in before.kinds:
            raise ValueError(f"the session has no class {kind!r}")
        known = {device.id for device in before.devices}

        def new(state: SessionState) -> SessionDevice | None:
            made = (device for device in state.devices if device.id not in known and device.kind == kind)
            return next((device for device in made if not device.is_neuron), None)

        device = new(self._do("create_device", new, timeout, name=kind))
        assert device is not None
        return device

    def kill_device(self, device: SessionDevice | int, timeout: float = WAIT) -> None:
        """Take a device and its links away, if it is there. Raises as `associate`."""
        number = device if isinstance(device, int) else device.id
        if all(known.id != number for known in self._wait(lambda state: True, timeout, None).devices):
            return
        self._do("kill_device", lambda state: all(d.id != number for d in state.devices), timeout, device_id=number)

    def unregister(self, neuron: str, timeout: float = WAIT) -> None:
        """Take a neuron and its links away; its clients are closed with 1000. Raises as `associate`.

        The session forgets one link for each time it is asked, if there are any, and then the neuron (measured on
        Nallely 0.7.0): it is asked again for as long as it takes.
        """
        deadline = time.monotonic() + timeout
        while (state := self._wait(lambda state: True, timeout, None)).bus and (found := state.neuron(neuron)):
            links = len(state.links)
            with contextlib.suppress(NotShown):
                self._do(
                    "unregister_service",
                    lambda state, links=links: state.neuron(neuron) is None or len(state.links) < links,  # type: ignore[misc]
                    min(1.0, timeout),
                    bus_id=state.bus.id,
                    service_name=found.repr,
                )
            if time.monotonic() > deadline:
                raise NotShown(f"the session still has the neuron {neuron!r} after {timeout:g} s")

    def set_value(self, device: SessionDevice | int, parameter: str, value: float) -> None:
        """Set a parameter of a device that is no MIDI device, by its plain name. Raises NotConnected."""
        number = device if isinstance(device, int) else device.id
        self.command("set_virtual_value", device_id=number, parameter=parameter, value=value)

    # Waiting.

    def _associate(
        self,
        ends: tuple[Path, Path],
        shows: Callable[[SessionState], object],
        timeout: float,
        **how: object,
    ) -> None:
        source, destination = map(str, ends)
        self._do("associate_parameters", shows, timeout, from_parameter=source, to_parameter=destination, **how)

    def _do(
        self, name: str, shows: Callable[[SessionState], object], timeout: float, /, **arguments: object
    ) -> SessionState:
        asked = _Asked(name, self._connection, _bus_id(self.state))
        self.command(name, **arguments)
        return self._wait(shows, timeout, asked)

    def _wait(self, shows: Callable[[SessionState], object], timeout: float, asked: "_Asked | None") -> SessionState:
        if self._link.is_this_thread:
            raise RuntimeError("a callback of this client must not wait for the session: no state can come meanwhile")
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                self._must_not_be_interrupted()
                state = self.state
                if asked is not None and (state is None or asked.connection != self._connection):
                    raise self._lost(asked)
                if state is not None and shows(state):
                    return state
                if asked is not None and asked.bus_id != _bus_id(state):
                    raise NotConnected(f"the session was reset while {asked.name!r} was waited for")
                left = deadline - time.monotonic()
                if left <= 0:
                    raise NotShown(self._not_shown(asked, timeout))
                self._changed.wait(left)

    def _must_not_be_interrupted(self) -> None:
        if self._is_closed:
            raise NotConnected("this client was closed")
        if self._interruptions:
            raise Interrupted("the session is not waited for just now")

    def _interrupt(self) -> None:
        """Have everybody who waits see that it is no use, also beside this connection."""
        self._changed.notify_all()
        for other in self._beside:
            with other._changed:
                other._interruptions += 1
                other._changed.notify_all()

    def _lost(self, asked: "_Asked") -> CommandRefused | NotConnected:
        if asked.connection in self._refused:
            return CommandRefused(f"the session closed the connection (1011) over the command {asked.name!r}")
        return NotConnected(f"the session went while {asked.name!r} was waited for: {self.trouble}")

    def _not_shown(self, asked: "_Asked | None", timeout: float) -> str:
        if not self._has_state:
            return (
                f"Trevor does not answer at {self.url} for {timeout:g} s{f': {self.trouble}' if self.trouble else ''}"
            )
        what = f"what {asked.name!r} should do" if asked else "what was waited for"
        return f"the session does not show {what} after {timeout:g} s"

    # What the link tells, on its thread.

    def _opened(self) -> None:
        with self._changed:
            self._connection += 1

    def _steady(self) -> None:
        self._say(self._news.steady() if self._has_state else None)

    def _received(self, messages: Sequence[bytes | str]) -> None:
        for message in messages:
            self._receive(message)

    def _receive(self, payload: bytes | str) -> None:
        try:
            state = read_state(payload) if isinstance(payload, str) else None
        except ValueError as error:
            if not self._said_unreadable:
                self._said_unreadable = True
                self._say(f"{error}; said once")
            return
        if state is not None:
            self._show(state)

    def _show(self, state: SessionState) -> None:
        with self._changed:
            if self._is_closed:
                return
            is_first = not self._has_state
            self._state, self._has_state, self.trouble = state, True, None
            self._changed.notify_all()
        if is_first:
            self._link.retry_after = RETRY_AFTER
            self._say(self._news.opened())
            self._call("onopen", self.onopen)
        if self.onstate is not None:
            self._call("onstate", self.onstate, state)

    def _closed(self, reason: str, error: Exception | None) -> None:
        is_refusal = self._link.close_code == INTERNAL_ERROR
        with self._changed:
            had_state, self._has_state = self._has_state, False
            if is_refusal:
                self._refused = {self._connection}
            self.trouble = reason = self._reason(reason, had_state, is_refusal)
            self._changed.notify_all()
        if had_state:
            self._say(self._news.closed(reason))
            self._call("onclose", self.onclose, reason)
        elif is_refusal:
            # It tries hard each time, and will fail the same.
            self._link.retry_after = min(2 * self._link.retry_after, LONGEST_RETRY)
            self._say(self._news.failed(reason, "trying again now and then"))
        else:
            self._say(self._news.failed(reason))

    def _reason(self, reason: str, had_state: bool, is_refusal: bool) -> str:
        if not is_refusal:
            return reason
        name, at = self._last_command
        if not had_state:
            return "the session cannot say how it is (1011); it has no MIDI system, as a rule"
        if time.monotonic() < at + TOLD_AFTER:
            return f"the session closed it (1011) over the command {name!r}"
        return reason

    def _failed(self, error: Exception) -> None:
        self.trouble = words(error)
        self._say(self._news.failed(self.trouble))

    def _call(self, what: str, callback: Callable[P, object] | None, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call what is the user's: whatever it raises is reported and ends nothing."""
        if callback is None:
            return
        try:
            callback(*args, **kwargs)
        except BaseException as error:  # on the client's own thread, where no Ctrl-C comes
            self._say(f"{what} raised {type(error).__name__}: {words(error)}")

    def _say(self, text: str | None) -> None:
        if text is not None:
            with contextlib.suppress(Exception):
                self.log(text)


@dataclass(frozen=True)
class _Asked:
    """A command that is waited for: on which connection it was sent, and to which bus's session."""

    name: str
    connection: int
    bus_id: int | None


def _bus_id(state: SessionState | None) -> int | None:
    """The bus is another after a reset, and none in between."""
    return state.bus.id if state is not None and state.bus is not None else None


def as_path(path: Path | str) -> Path:
    """A path from its text. Raises ValueError for one that is none."""
    if isinstance(path, Path):
        return path
    device, *rest = path.split("::")
    if not device.isdecimal() or len(rest) != 2:
        raise ValueError(f"{path!r} is no parameter's path; write DEVICE_ID::SECTION::NAME")
    return Path(int(device), *rest)
