"""``status``, ``reload`` and ``panic``: asking the bridge that runs."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nallely_midibridge.cli.status import status_text
from nallely_midibridge.edges.control_client import NobodyListens, ask
from nallely_midibridge.edges.control_folder import closed_folder, running_sockets
from nallely_midibridge.values.control import Do
from nallely_midibridge.values.difference import Difference, ended_words
from nallely_midibridge.values.errors import ControlError, MappingError

ANSWER_WITHIN: Final = 5.0
"""Seconds: an answer takes some milliseconds."""
RELOAD_WITHIN: Final = 60.0
"""Seconds: a long file takes some to read."""


@dataclass(frozen=True, slots=True)
class Which:
    """Which bridge is meant: the one at a socket, or with a mapping file; neither: the one there is."""

    socket: Path | None = None
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """A bridge that runs, with the answer to ``status`` if it gave one."""

    socket: Path
    status: dict[str, Any]

    def __str__(self) -> str:
        if "file" not in self.status:
            return f"  --socket {self.socket}  (it does not answer)"
        return f"  -c {self.status['file']}  or  --socket {self.socket}"

    def has(self, file: Path) -> bool:
        return os.path.realpath(str(self.status.get("file"))) == os.path.realpath(file)


def status(which: Which, as_json: bool, all_routes: bool = False) -> int:
    """Print how the bridge is. Raises ControlError."""
    try:
        answer = _ask(one(which), Do.STATUS, ANSWER_WITHIN)
    except ControlError as error:
        if as_json:
            print(json.dumps({"ok": False, "error": str(error)}))
            return 1
        raise
    print(json.dumps(answer) if as_json else status_text(answer, all_routes=all_routes), flush=True)
    return 0


def reload(which: Which) -> int:
    """Have the bridge read its file again. Raises MappingError, which holds every problem of a wrong one."""
    print(_reloaded(one(which)), flush=True)
    return 0


def reload_those_with(file: Path) -> None:
    """Have the bridges that run with a file read it again, and say so. Raises as `reload`; they need not be there."""
    running = [bridge for bridge in _running() if bridge.has(file)]
    for bridge in running:
        print(f"the running bridge {_reloaded(bridge.socket)}", flush=True)
    if not running and closed_folder():
        print("if the system's bridge has this file: sudo systemctl reload nallely-midibridge", flush=True)


def _reloaded(socket: Path) -> str:
    answer = _ask(socket, Do.RELOAD, RELOAD_WITHIN)
    routes, ports = Difference(**answer["routes"]), Difference(**answer["ports"])
    changed_ports = f"; {ports.words('port')}" if not ports.is_none else ""
    ended = ended_words(answer.get("ended") or {})  # a bridge that was started before an upgrade does not say
    return f"read {answer['file']} again: {routes.words('route')}{changed_ports}{ended}"


def panic(which: Which) -> int:
    """Silence the bridge that is meant, or else all there are: who has to choose first is not silent now."""
    troubles = []
    for socket in [which.socket] if which.socket else [running.socket for running in _meant(which)]:
        try:
            print(_silenced(_ask(socket, Do.PANIC, ANSWER_WITHIN)), flush=True)
        except ControlError as error:  # the others are to be silent all the same
            troubles.append(str(error))
    if troubles:
        raise ControlError("\n".join(troubles))
    return 0


def _silenced(answer: dict[str, Any]) -> str:
    """``silenced: neurons keys, pads; outputs daw``, and what could not be."""
    told = {"neurons": answer["neurons"], "outputs": answer["outputs"]}
    silenced = "; ".join(f"{what} {', '.join(names)}" for what, names in told.items() if names)
    away = f"not connected, so silenced at the next connect only: {', '.join(answer['away'])}"
    return "\n".join([f"silenced: {silenced or 'nothing, for nothing is there'}", *([away] if answer["away"] else [])])


def _ask(socket: Path, do: Do, within: float) -> dict[str, Any]:
    """The answer, if it is a good one. Raises MappingError or ControlError otherwise."""
    answer = ask(socket, do, within)
    if answer["ok"]:
        return answer
    if answer.get("problems"):
        raise MappingError((*answer["problems"], f"{answer.get('file')}: {answer.get('error')}"))
    raise ControlError(str(answer.get("error")))


def one(which: Which) -> Path:
    """The socket of the bridge that is meant. Raises ControlError when there is none, or several."""
    if which.socket is not None:
        return which.socket
    meant = _meant(which)
    if len(meant) > 1:
        raise ControlError("\n".join([f"{len(meant)} bridges are running; say which:", *map(str, meant)]))
    return meant[0].socket


def _meant(which: Which) -> list[Running]:
    """The bridges that run, or those of them with a file. Raises ControlError when there is none."""
    running = _running()
    if not running:
        closed = closed_folder()
        advice = (
            f"for the system's, in {closed}, ask as root: sudo …" if closed else "to start one: nallely-midibridge run"
        )
        raise ControlError(f"no bridge of yours is running; {advice}")
    if which.file is None:
        return running
    meant = [bridge for bridge in running if bridge.has(which.file)]
    if not meant:
        raise ControlError("\n".join([f"no bridge runs with {which.file}; running:", *map(str, running)]))
    return meant


def _running() -> list[Running]:
    found = []
    for socket in running_sockets():
        try:
            found.append(Running(socket, ask(socket, Do.STATUS, ANSWER_WITHIN)))
        except NobodyListens:
            continue
        except ControlError as error:
            print(f"nallely-midibridge: {error}", file=sys.stderr)
            found.append(Running(socket, {}))
    return found
