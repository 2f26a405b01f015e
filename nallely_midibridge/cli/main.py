"""``nallely-midibridge``: the commands and their options."""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nallely_midibridge import __version__
from nallely_midibridge.edges.logs import print_error
from nallely_midibridge.values.errors import BridgeError, MappingError, words

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

OK, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130
"""Exit statuses: well; something failed; the mapping file or the usage is wrong; Ctrl-C came first."""

DESCRIPTION = "A MIDI bridge for Nallely: keyboards in, probes out, one mapping file."


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status. A user's mistake never gives a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a letter shows a question mark
    try:
        options = _parser().parse_args(argv)
        status = _COMMANDS[options.command](options)
        if sys.stdout is not None:  # as it is where it was closed before us
            sys.stdout.flush()  # while it can be said that something does not arrive
        return status
    except MappingError as error:
        print_error(str(error))
        return WRONG
    except BridgeError as error:
        print_error(f"nallely-midibridge: {error}")
        return FAILED
    except BrokenPipeError:  # the reader went away, as `| head` does: nothing is wrong
        _forget_output()
        return OK
    except OSError as error:
        _forget_output()
        print_error(f"nallely-midibridge: {words(error)}")
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _forget_output() -> None:
    """What could not be written must not be tried again when the interpreter ends: it would change the exit status."""
    if sys.stdout is None:
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


class _Parser(argparse.ArgumentParser):
    """Raises OSError for help that finds no room, where argparse thinks that all is well."""

    def _print_message(self, message: str, file: "SupportsWrite[str] | None" = None) -> None:
        if file is sys.stdout:
            print(message, end="", flush=True)
        else:
            super()._print_message(message, file)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="nallely-midibridge", description=DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    search = "Without FILE: ./bridge.yaml, then the user's and the system's nallely-midibridge/bridge.yaml."
    run = commands.add_parser("run", help="bridge MIDI ports and Nallely, until stopped", epilog=search)
    run.add_argument("-v", "--verbose", action="store_true", help="say more")
    check = commands.add_parser(
        "check", help="say what a mapping file does, or everything that is wrong with it", epilog=search
    )
    doctor = commands.add_parser(
        "doctor", help="look for what goes wrong on a new machine, and say what to type", epilog=search
    )
    doctor.add_argument("--json", action="store_true", help="for programs")
    learn = commands.add_parser(
        "learn", help="say what each control is that is moved, and the line to write for it", epilog=search
    )
    learn.add_argument("--json", action="store_true", help="for programs: a JSON object a line")
    for command in (run, check, doctor, learn):
        file = command.add_mutually_exclusive_group()
        file.add_argument("file", type=Path, nargs="?", metavar="FILE", help="the mapping file")
        file.add_argument("-c", "--config", type=Path, metavar="FILE", help="the same")

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
    ports.add_argument("--json", action="store_true", help="for programs")
    ports.add_argument("--watch", action="store_true", help="go on, and say what comes and goes")

    wire = commands.add_parser(
        "wire", help="say how Nallely is wired and what the mapping file asks for, or save the wiring", epilog=search
    )
    wire_file = wire.add_mutually_exclusive_group()
    wire_file.add_argument("file", type=Path, nargs="?", metavar="FILE", help="the mapping file")
    wire_file.add_argument("-c", "--config", type=Path, metavar="FILE", help="the same")
    wire.add_argument("--save", action="store_true", help="add the links that are there to the mapping file")
    wire.add_argument("-o", "--output", type=Path, metavar="FILE", help="with --save: write to this file instead")

    simulate = commands.add_parser(
        "simulate", help="play a scenario through a mapping and say what comes of it, without ports or Nallely"
    )
    simulate.add_argument("file", type=Path, metavar="FILE", help="the scenario; docs/scenarios.md has its words")
    simulate.add_argument("-c", "--config", type=Path, metavar="FILE", help="the mapping file, for the one in FILE")

    status = commands.add_parser("status", help="say how the running bridge is")
    status.add_argument("--json", action="store_true", help="for programs")
    status.add_argument("--routes", action="store_true", help="every route; else those with the newest values")
    reload = commands.add_parser("reload", help="have the running bridge read its mapping file again")
    panic = commands.add_parser("panic", help="silence everything, on both sides, now")
    monitor = commands.add_parser("monitor", help="show what happens on the running bridge, until stopped")
    monitor.add_argument("names", nargs="*", metavar="NAME", help="only what is about these ports and neurons")
    monitor.add_argument("--events", action="store_true", help="no notes and values, only what happens rarely")
    monitor.add_argument("--json", action="store_true", help="for programs: a JSON object a line")
    for command in (status, reload, panic, monitor):
        which = command.add_mutually_exclusive_group()
        which.add_argument("-c", "--config", type=Path, metavar="FILE", help="the bridge with this mapping file")
        which.add_argument("--socket", type=Path, metavar="PATH", help="the bridge with this control socket")

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
    latency.add_argument("--json", action="store_true", help="for programs")

    service = commands.add_parser("service", help="have the bridge as a service of systemd, or have it no more")
    what = service.add_subparsers(dest="what", required=True, metavar="install | uninstall")
    install = what.add_parser("install", help="install it, or upgrade it, and start it")
    install.add_argument(
        "-c", "--config", type=Path, metavar="FILE", help="its mapping file, if it is not the usual one"
    )
    for command in (install, what.add_parser("uninstall", help="stop it and undo that; a mapping file of yours stays")):
        command.add_argument("--user", action="store_true", help="a service of your own instead of the system's")
        command.add_argument("--dry-run", action="store_true", help="print what would be done")

    demo = commands.add_parser("demo", help="show it at work, with a simulated Nallely; needs nothing")
    demo.add_argument("--seconds", type=_seconds, metavar="N", help="end by itself after N seconds")
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
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


def _run(options: argparse.Namespace) -> int:
    from nallely_midibridge.edges.frugal_imports import frugal_imports
    from nallely_midibridge.edges.signals import Signals

    with frugal_imports(), Signals(reload=True) as signals:  # before all that takes time: every stop is a clean one
        from nallely_midibridge.cli.run import run

        return run(options.config or options.file, options.verbose, signals)


def _check(options: argparse.Namespace) -> int:
    from nallely_midibridge.cli.check import check

    return check(options.config or options.file)


def _doctor(options: argparse.Namespace) -> int:
    from nallely_midibridge.cli.doctor import doctor

    return doctor(options.config or options.file, options.json)


def _init(options: argparse.Namespace) -> int:
    from nallely_midibridge.cli.init import init

    return init(options.file)


def _schema(options: argparse.Namespace) -> int:
    from nallely_midibridge.cli.schema import schema

    return schema()


def _ports(options: argparse.Namespace) -> int:
    from nallely_midibridge.cli.ports import ports

    return ports(options.json, options.watch)


def _learn(options: argparse.Namespace) -> int:
    from nallely_midibridge.cli.learn import learn

    return learn(options.config or options.file, options.json)


def _wire(options: argparse.Namespace) -> int:
    from nallely_midibridge.cli.wire import wire

    return wire(options.config or options.file, options.save, options.output)


def _simulate(options: argparse.Namespace) -> int:
    from nallely_midibridge.cli.simulate import simulate

    return simulate(options.file, options.config)


def _status(options: argparse.Namespace) -> int:
    from nallely_midibridge.cli.control import Which, status

    return status(Which(options.socket, options.config), options.json, options.routes)


def _reload(options: argparse.Namespace) -> int:
    from nallely_midibridge.cli.control import Which, reload

    return reload(Which(options.socket, options.config))


def _panic(options: argparse.Namespace) -> int:
    from nallely_midibridge.cli.control import Which, panic

    return panic(Which(options.socket, options.config))


def _service(options: argparse.Namespace) -> int:
    from nallely_midibridge.cli.service import install, uninstall

    if options.what == "install":
        return install(options.user, options.config, options.dry_run)
    return uninstall(options.user, options.dry_run)


def _monitor(options: argparse.Namespace) -> int:
    from nallely_midibridge.cli.control import Which
    from nallely_midibridge.cli.monitor import monitor

    return monitor(Which(options.socket, options.config), options.names, options.json, options.events)


def _latency(options: argparse.Namespace) -> int:
    from nallely_midibridge.cli.latency import latency, through

    return latency(
        through(options.ports, options.note, options.cc, options.channel, options.bus, options.config),
        options.count,
        options.json,
    )


def _demo(options: argparse.Namespace) -> int:
    from nallely_midibridge.cli.demo import demo

    return demo(options.seconds)


_COMMANDS = {
    "run": _run,
    "check": _check,
    "doctor": _doctor,
    "init": _init,
    "schema": _schema,
    "ports": _ports,
    "learn": _learn,
    "simulate": _simulate,
    "wire": _wire,
    "status": _status,
    "reload": _reload,
    "panic": _panic,
    "service": _service,
    "monitor": _monitor,
    "latency": _latency,
    "demo": _demo,
}
"""Each command imports what it needs when it is run: ``check`` opens no port, ``run`` draws nothing."""
