"""One neuron in a session: `NallelyService`."""

import math
import re
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any, Final, ParamSpec, TypedDict

from nallely_midibridge.core.news import News
from nallely_midibridge.core.traffic import Traffic
from nallely_midibridge.edges.fork import abandon_in_forks
from nallely_midibridge.edges.link import CLOSE_WITHIN, GOODBYE_WITHIN, Link, Listener
from nallely_midibridge.edges.registrar import TELL_WITHIN, tell_change
from nallely_midibridge.edges.transport import tls_for
from nallely_midibridge.values.address import bus_url, name_in_session, neuron_url
from nallely_midibridge.values.errors import words
from nallely_midibridge.values.mapping import Parameter
from nallely_midibridge.values.wire import (
    WireError,
    decode_known,
    decode_value,
    name_prefix,
    packed,
    registration,
    registration_list,
)

Registration = list[dict[str, object]]
"""The parameters as they were registered: ``[{"name": NAME, "range": [LOW, HIGH]}, …]``."""

Parameters = Mapping[str, Mapping[str, float]]
"""A neuron's parameters and their limits: ``{NAME: {"min": LOW, "max": HIGH}, …}``."""

Config = MutableMapping[str, Any]
"""Where the latest values go, as floats. ``{"note": 0}`` does, which to a type checker holds integers."""

Log = Callable[[str], object]

P = ParamSpec("P")

_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A token of RFC 9110, section 5.6.2."""


class Message(TypedDict):
    """What `NallelyService.onmessage` and `NallelyService.onsend` are given."""

    on: str
    value: float


class NallelyService:
    """A neuron of yours in a session. Made by `NallelyWebsocketBus.register`.

    ``config`` holds the latest value received for each parameter and is kept up to date, before `onmessage`.
    Set any of the six callbacks at any time; whatever one raises is reported to ``log`` and ends nothing:

    * ``onopen(registration)``: connected and registered, each time.
    * ``onclose()``: an open connection is gone; a new one follows, unless it was `dispose` that closed it.
    * ``onerror(exception)``: connecting failed, or a connection broke. Without it, errors go to ``log``.
    * ``onmessage({"on": parameter, "value": float})``: a value came.
    * ``onvalue(parameter, value)``: the same, without a dictionary being made for each of thousands a second.
    * ``onsend({"on": parameter, "value": float})``: a value was sent, on the sender's thread.

    ``sent`` and ``received`` count the values of either way; ``ignored`` counts, by kind, what came and was no value of
    a parameter of ours (``malformed``, ``unknown``). The first of a kind goes to ``log``. ``traffic`` has the same
    by parameter.

    A process that is forked off has none of it: there it is as if disposed of, and may be registered anew.

    ``changed_at`` is when it became connected or ceased to be (of ``time.monotonic``), ``trouble`` why it is not.
    """

    def __init__(
        self,
        kind: str,
        name: str,
        parameters: Parameters,
        config: Config,
        address: str | None = None,
        log: Log = print,
        *,
        ca_file: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        _check_neuron_name(name)
        self.kind = kind
        self.name = name
        self.parameters = parameters
        self.config: MutableMapping[str, float] = config
        self.log = log
        self.url = neuron_url(bus_url(address), name)

        self._onopen: Callable[[Registration], object] | None = None
        self.onclose: Callable[[], object] | None = None
        self.onerror: Callable[[Exception], object] | None = None
        self.onmessage: Callable[[Message], object] | None = None
        self.onvalue: Callable[[str, float], object] | None = None
        self.onsend: Callable[[Message], object] | None = None

        self.traffic: dict[str, Traffic] = {}
        self._declare(_declared(parameters))
        self._registered = threading.Event()
        """Set while registered, and for good once disposed of."""
        self._telling = threading.Lock()
        self._changing = threading.Lock()
        self._told_open = False
        self._is_disposed = False
        self.sent = 0
        self.received = 0
        self.ignored: Counter[str] = Counter()
        self.changed_at = time.monotonic()
        self.trouble: str | None = None
        self._news = News(f"registered {len(self.traffic)} parameters at {self.url}", self.url)
        self._tls = tls_for(self.url, ca_file)
        self._headers = _checked_headers(headers or {})
        self._link = Link(
            self.url,
            registration(kind, self._declared),
            Listener(self._opened, self._steady, self._received, self._closed, self._failed),
            name=name,
            tls=self._tls,
            headers=self._headers,
        )
        abandon_in_forks(self)
        self._say_what_becomes_of_the_name()

    def start(self) -> None:
        """Begin connecting in the background, once; `NallelyWebsocketBus.register` has done it already."""
        self._link.start()

    @property
    def registered(self) -> bool:
        """Whether the neuron is connected and registered now."""
        return self._registered.is_set() and not self._is_disposed

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until registered or disposed of, at most ``timeout`` seconds; returns `registered`."""
        self._registered.wait(timeout)
        return self.registered

    @property
    def onopen(self) -> Callable[[Registration], object] | None:
        """Called with the registration after each connect; at once when set while connected and not yet told."""
        return self._onopen

    @onopen.setter
    def onopen(self, callback: Callable[[Registration], object] | None) -> None:
        self._onopen = callback
        self._tell_open()

    @property
    def waiting(self) -> int:
        """How many values wait for the session to take them, or to be there."""
        return self._link.waiting

    @property
    def merged(self) -> int:
        """How many values a newer one of their parameter replaced while they waited."""
        return self._link.merged

    def send(self, parameter: str, value: float, *, every: bool = True) -> bool:
        """Send a value of one of the registered parameters; whether the socket took it at once.

        Never blocks; any thread may call it.

        While the connection is down the newest value of each parameter is kept, and delivered on connecting.
        While the peer is slower than we are, ``every`` value waits in order; with ``every=False`` the newest
        is enough. Raises ValueError for a parameter that was not registered (the session would keep a phantom
        of it), for NaN (which it would read as 2.2e-308), and for what no float can hold; TypeError for no number.
        """
        traffic = self.traffic.get(parameter)
        if traffic is None:
            known = ", ".join(self.traffic)
            raise ValueError(f"neuron {self.name!r} has no parameter {parameter!r}; it was registered with: {known}")
        try:
            value = float(value)
        except OverflowError:
            raise ValueError(f"the value for {parameter!r} is too large for a float") from None
        if value != value:
            raise ValueError(f"the value for {parameter!r} is not a number (NaN)")
        went = self._link.send(parameter, traffic.prefix + packed(value), every=every)
        self.sent += 1
        traffic.sent += 1
        traffic.sent_value = value
        traffic.sent_at = time.monotonic()
        if self.onsend is not None:
            self._call("onsend", self.onsend, Message(on=parameter, value=value))
        return went

    def change(self, parameters: Parameters, within: float = TELL_WITHIN) -> bool:
        """Declare other parameters. A running session is told the difference; what both have goes on undisturbed.

        Waits for the session, a tenth of a second as a rule; False when it did not answer ``within`` so many seconds.
        Raises ValueError as `NallelyWebsocketBus.register` does. While the session is away it is not told: one that
        starts anew learns the new list when it registers, but one that only was out of reach keeps its old list.
        """
        with self._changing:
            before, after = self._declared, _declared(parameters)
            self.parameters = parameters
            old, new = set(before), set(after)
            added = [parameter for parameter in after if parameter not in old]
            removed = [parameter for parameter in before if parameter not in new]
            self._link.greeting = registration(self.kind, after)
            answers = True
            if self.registered:
                answers = self.tell("remove_parameters", removed, within) and self.tell("add_parameters", added, within)
            elif added or removed:
                self._say("its parameters changed while the session was away; reset it to see them")
            self._declare(after)
            return answers

    def greet_with(self, parameters: Parameters) -> None:
        """Register with these from the next connect on. The session that is there is told nothing: see `change`."""
        self._link.greeting = registration(self.kind, _declared(parameters))

    def tell(self, change: str, parameters: Sequence[Parameter], within: float = TELL_WITHIN) -> bool:
        """Tell the session to ``add_parameters`` or ``remove_parameters``, and wait for it a tenth of a second.

        False when it did not answer ``within`` so many seconds, and does not know of it. For whoever sees what the
        session has registered: one that is added twice is there twice, which only unregistering mends.
        """
        if not parameters:
            return True
        names = ", ".join(parameter.name for parameter in parameters)
        try:
            tell_change(self.url, self.kind, change, parameters, self._tls, self._headers, within)
        except OSError as error:
            self._say(f"{error}: {names}")
            return False
        self._say(f"{change.replace('_', ' ')}: {names}")
        return True

    def _declare(self, declared: list[Parameter]) -> None:
        self._declared = declared
        known = self.traffic
        self.traffic = {p.name: known.get(p.name) or Traffic(name_prefix(p.name)) for p in declared}
        self._names = {traffic.prefix: name for name, traffic in self.traffic.items()}
        self._registration = registration_list(declared)

    def settle(self, within: float = GOODBYE_WITHIN) -> None:
        """Wait, half a second at most, while the first connection is being made and values wait for it."""
        self._link.settle(within)

    def dispose(self, within: float = CLOSE_WITHIN) -> None:
        """Stop for good and close the socket. What was sent before is delivered first, within half a second.

        So it is when the first connection is still being made. Waits for it, ``within`` seconds at most; what takes
        longer ends in the background.
        """
        deadline = time.monotonic() + within
        self.settle(within)
        self._is_disposed = True
        self._registered.set()  # nobody is to wait for it any more
        self._link.close(max(0.0, deadline - time.monotonic()))

    def abandon(self) -> None:
        """What is left of it in a process that was forked off: it is as if disposed of. Called by itself."""
        self._is_disposed = True
        self._registered, self._telling, self._changing = threading.Event(), threading.Lock(), threading.Lock()
        self._registered.set()
        self.changed_at, self.trouble = time.monotonic(), "it belongs to the process that this one was forked off"

    # What the link tells, on its thread.

    def _opened(self) -> None:
        self.changed_at, self.trouble = time.monotonic(), None
        with self._telling:
            self._registered.set()
        self._say(self._news.opened())
        self._tell_open()

    def _steady(self) -> None:
        self._say(self._news.steady())

    def _closed(self, reason: str, error: Exception | None) -> None:
        with self._telling:
            self._registered.clear()
            if self._is_disposed:
                self._registered.set()
            self._told_open = False
        self.changed_at, self.trouble = time.monotonic(), reason
        self._say(self._news.closed(reason))
        if error is not None:
            self._call("onerror", self.onerror, error)
        self._call("onclose", self.onclose)

    def _failed(self, error: Exception) -> None:
        self.trouble = words(error)
        news = self._news.failed(self.trouble)
        if self.onerror is None:
            self._say(news)
        else:
            self._call("onerror", self.onerror, error)

    def _received(self, messages: Sequence[bytes | str]) -> None:
        now = time.monotonic()
        for message in messages:
            known = decode_known(message, self._names) or self._decode(message)
            if known is None or self._is_disposed:
                continue
            name, value = known
            try:  # not by `_call`, which costs as much as the rest
                self.config[name] = value
            except BaseException as error:
                self._blame("config", error)
            if self.onvalue is not None:
                try:
                    self.onvalue(name, value)
                except BaseException as error:
                    self._blame("onvalue", error)
            self.received += 1  # only now: nobody waits for it
            traffic = self.traffic.get(name)
            if traffic is not None:  # else it was taken away this moment
                traffic.received += 1
                traffic.received_value = value
                traffic.received_at = now
            if self.onmessage is not None:
                self._call("onmessage", self.onmessage, Message(on=name, value=value))

    def _decode(self, payload: bytes | str) -> tuple[str, float] | None:
        """A value of ours that is not written as usual; None, once that is counted, for what is none."""
        try:
            name, value = decode_value(payload)
        except WireError as error:
            self._ignore("malformed", f"ignored what is not a value: {error}")
            return None
        if name not in self.traffic:
            self._ignore("unknown", f"ignored a value for {name[:80]!r}, which was not registered")
            return None
        return name, value

    def _tell_open(self) -> None:
        """Tell ``onopen`` once a connection, whether it was set before it or while it is there."""
        with self._telling:
            if self._told_open or self._onopen is None or not self.registered:
                return
            self._told_open = True
        self._call("onopen", self._onopen, [dict(entry) for entry in self._registration])

    def _call(self, what: str, callback: Callable[P, object] | None, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call what is the user's: whatever it raises, ``sys.exit`` included, is reported and ends nothing."""
        if callback is None:
            return
        try:
            callback(*args, **kwargs)
        except (Exception, SystemExit) as error:
            self._blame(what, error)
        except BaseException as error:
            self._raise_on_users_thread(error)
            self._blame(what, error)

    def _raise_on_users_thread(self, error: BaseException) -> None:
        """Ctrl-C and the like are for a thread of the user's; on the link's they would end it, and say nothing."""
        if not self._link.is_this_thread:
            raise error

    def _say_what_becomes_of_the_name(self) -> None:
        if "_" in self.name:
            self._say("Nallely cuts a name at its first '_', so this neuron can send but never receives")
        if (quoted := name_in_session(self.name)) != self.name:
            self._say(f"Nallely takes a name as an address has it, and calls this neuron {quoted!r}")

    def _blame(self, what: str, error: BaseException) -> None:
        place = traceback.extract_tb(error.__traceback__)[-1]
        self._say(f"{what} raised {type(error).__name__}: {words(error)} ({place.filename}:{place.lineno})")

    def _ignore(self, kind: str, text: str) -> None:
        """Count what is of no use, and say the first of its kind."""
        self.ignored[kind] += 1
        if self.ignored[kind] == 1:
            self._say(f"{text}; counted from now on, said once")

    def _say(self, text: str | None) -> None:
        """``log`` is the user's too: a closed standard output must not end the link."""
        if text is None:
            return
        try:
            self.log(f"neuron {self.name!r}: {text}")
        except Exception:
            return
        except BaseException as error:
            self._raise_on_users_thread(error)


def _check_neuron_name(name: str) -> None:
    name_prefix(name)
    if "/" in name:
        raise ValueError(f"the neuron name {name!r} has a '/', which ends a name on the bus")


def _declared(parameters: Parameters) -> list[Parameter]:
    return [_parameter(name, limits) for name, limits in parameters.items()]


def _parameter(name: str, limits: Mapping[str, float]) -> Parameter:
    try:
        low, high = limits["min"], limits["max"]
        if not (math.isfinite(low) and math.isfinite(high)):
            raise TypeError
        low, high = _plain(low), _plain(high)
    except (KeyError, TypeError, OverflowError):
        raise ValueError(f"parameter {name!r} needs {{'min': NUMBER, 'max': NUMBER}}, not {limits!r}") from None
    name_prefix(name)
    return Parameter(name, low, high)


def _plain(limit: float) -> float:
    """A number that JSON can carry, of any that can be a float: NumPy's, a Decimal."""
    return limit if type(limit) in (int, float) else float(limit)


def _checked_headers(headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    for name, value in headers.items():
        if not (isinstance(name, str) and isinstance(value, str) and _HEADER_NAME.fullmatch(name)):
            raise ValueError(f"{name!r} is not the name of a header, or its value is no text")
        if not value.isprintable() or not value.isascii():
            raise ValueError(f"the header {name!r} has a value that HTTP cannot carry")
    return tuple(headers.items())
