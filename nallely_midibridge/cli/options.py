"""The commands and their options, as they are typed."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nallely_midibridge import __version__

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

    Commands = argparse._SubParsersAction["_Parser"]

DESCRIPTION: Final = "A MIDI bridge for Nallely: keyboards in, probes out, one mapping file."
SEARCH: Final = "Without FILE: ./bridge.yaml, then the user's and the system's nallely-midibridge/bridge.yaml."
FOR_PROGRAMS: Final = "for programs"
A_LINE_EACH: Final = "for programs: a JSON object a line"


class _Parser(argparse.ArgumentParser):
    """Raises OSError for help that finds no room, where argparse thinks that all is well."""

    def _print_message(self, message: str, file: "SupportsWrite[str] | None" = None) -> None:
        if file is sys.stdout:
            print(message, end="", flush=True)
        else:
            super()._print_message(message, file)


def parser() -> argparse.ArgumentParser:
    """What reads the command line; of the name alone the command is None. Help that finds no room raises OSError."""
    whole = _Parser(prog="nallely-midibridge", description=DESCRIPTION)
    whole.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = whole.add_subparsers(dest="command", metavar="COMMAND")
    _about_a_mapping_file(commands)
    _about_this_machine(commands)
    _about_a_running_bridge(commands)
    _latency(commands)
    _service(commands)
    demo = commands.add_parser("demo", help="show it at work, with a simulated Nallely; needs nothing")
    demo.add_argument("--seconds", type=_seconds, metavar="N", help="end by itself after N seconds")
    return whole


def _about_a_mapping_file(commands: "Commands") -> None:
    """Those that look for one where none is named."""
    run = commands.add_parser("run", help="bridge MIDI ports and Nallely, until stopped", epilog=SEARCH)
    run.add_argument("-v", "--verbose", action="store_true", help="say more")
    check = commands.add_parser(
        "check", help="say what a mapping file does, or everything that is wrong with it", epilog=SEARCH
    )
    doctor = commands.add_parser(
        "doctor", help="look for what goes wrong on a new machine, and say what to type", epilog=SEARCH
    )
    doctor.add_argument("--json", action="store_true", help=FOR_PROGRAMS)
    learn = commands.add_parser(
        "learn", help="say what each control is that is moved, and the line to write for it", epilog=SEARCH
    )
    learn.add_argument("--json", action="store_true", help=A_LINE_EACH)
    wire = commands.add_parser(
        "wire", help="say how Nallely is wired and what the mapping file asks for, or save the wiring", epilog=SEARCH
    )
    wire.add_argument("--save", action="store_true", help="add the links that are there to the mapping file")
    wire.add_argument("-o", "--output", type=Path, metavar="FILE", help="with --save: write to this file instead")
    for command in (run, check, doctor, learn, wire):
        file = command.add_mutually_exclusive_group()
        file.add_argument("file", type=Path, nargs="?", metavar="FILE", help="the mapping file")
        file.add_argument("-c", "--config", type=Path, metavar="FILE", help="the same")


def _about_this_machine(commands: "Commands") -> None:
    """Those that need no bridge, and no mapping file that is there."""
    init = commands.add_parser("init", help="write a first mapping file for the MIDI devices that are plugged in")
    init.add_argument(
        "file",
        type=Path,
        nargs="?",
        default=Path("bridge.yaml"),
        metavar="FILE",
        help="where to (default: bridge.yaml; -: standard output); a file that is there stays as it is",
    )
    commands.add_parser("schema", help="print the JSON Schema of the mapping file, for an editor")
    ports = commands.add_parser("ports", help="list this machine's MIDI ports, and what to write for them")
    ports.add_argument("--json", action="store_true", help=FOR_PROGRAMS)
    ports.add_argument("--watch", action="store_true", help="go on, and say what comes and goes")
    simulate = commands.add_parser(
        "simulate", help="play a scenario through a mapping and say what comes of it, without ports or Nallely"
    )
    simulate.add_argument("file", type=Path, metavar="FILE", help="the scenario; docs/scenarios.md has its words")
    simulate.add_argument("-c", "--config", type=Path, metavar="FILE", help="the mapping file, for the one in FILE")


def _about_a_running_bridge(commands: "Commands") -> None:
    """Those that ask on its control socket."""
    status = commands.add_parser("status", help="say how the running bridge is")
    status.add_argument("--json", action="store_true", help=FOR_PROGRAMS)
    status.add_argument("--routes", action="store_true", help="every route; else those with the newest values")
    reload = commands.add_parser("reload", help="have the running bridge read its mapping file again")
    panic = commands.add_parser("panic", help="silence everything, on both sides, now")
    monitor = commands.add_parser("monitor", help="show what happens on the running bridge, until stopped")
    monitor.add_argument("names", nargs="*", metavar="NAME", help="only what is about these ports and neurons")
    monitor.add_argument("--events", action="store_true", help="no notes and values, only what happens rarely")
    monitor.add_argument("--json", action="store_true", help=A_LINE_EACH)
    for command in (status, reload, panic, monitor):
        which = command.add_mutually_exclusive_group()
        which.add_argument("-c", "--config", type=Path, metavar="FILE", help="the bridge with this mapping file")
        which.add_argument("--socket", type=Path, metavar="PATH", help="the bridge with this control socket")


def _latency(commands: "Commands") -> None:
    latency = commands.add_parser(
        "latency",
        help="measure how long a message takes through two MIDI ports, or a value through Nallely, and back",
        epilog="Without --ports: a neuron 'latency' goes through the session of the mapping file, or localhost:6789.",
    )
    loop = latency.add_mutually_exclusive_group()
    loop.add_argument("--ports", nargs=2, metavar=("OUT", "IN"), help="play on OUT and listen at IN")
    loop.add_argument("--bus", metavar="ADDRESS", help="through the session at HOST:PORT")
    loop.add_argument("-c", "--config", type=Path, metavar="FILE", help="through the session of this mapping file")
    sent = latency.add_mutually_exclusive_group()
    sent.add_argument("--note", metavar="NOTE", help="with --ports, send this note, such as C4 or 60")
    sent.add_argument("--cc", type=_data, metavar="N", help="with --ports, send this controller (default 119)")
    latency.add_argument("--channel", type=_channel, metavar="N", help="with --ports, the channel (default 16)")
    latency.add_argument("--count", type=_count, default=200, metavar="N", help="how often (default 200)")
    latency.add_argument("--json", action="store_true", help=FOR_PROGRAMS)


def _service(commands: "Commands") -> None:
    service = commands.add_parser("service", help="have the bridge as a service of systemd, or have it no more")
    what = service.add_subparsers(dest="what", required=True, metavar="install | uninstall")
    install = what.add_parser("install", help="install it, or upgrade it, and start it")
    install.add_argument(
        "-c", "--config", type=Path, metavar="FILE", help="its mapping file, if it is not the usual one"
    )
    for command in (install, what.add_parser("uninstall", help="stop it and undo that; a mapping file of yours stays")):
        command.add_argument("--user", action="store_true", help="a service of your own instead of the system's")
        command.add_argument("--dry-run", action="store_true", help="print what would be done")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number of seconds above 0, not {text}")
    return seconds


def _count(text: str) -> int:
    return _whole(text, 1, 1_000_000)


def _data(text: str) -> int:
    return _whole(text, 0, 127)


def _channel(text: str) -> int:
    return _whole(text, 1, 16)


def _whole(text: str, low: int, high: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and low <= int(text) <= high):
        raise argparse.ArgumentTypeError(f"must be a whole number from {low:,} to {high:,}, not {text}")
    return int(text)
