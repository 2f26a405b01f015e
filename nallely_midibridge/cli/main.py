"""``nallely-midibridge``: runs the command that was typed, and says how it ended."""

import argparse
import io
import os
import sys
from collections.abc import Sequence

from nallely_midibridge.cli.options import parser
from nallely_midibridge.edges.logs import print_error
from nallely_midibridge.values.errors import BridgeError, MappingError, words

OK, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130
"""Exit statuses: well; something failed; the mapping file or the usage is wrong; Ctrl-C came first."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status. A user's mistake never gives a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a letter shows a question mark
    try:
        reader = parser()
        options = reader.parse_args(argv)
        if options.command is None:  # who types the name alone wants to know what there is
            reader.print_help(sys.stderr)
            return WRONG
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
        place = f"{error.filename}: " if error.filename else ""
        print_error(f"nallely-midibridge: {place}{words(error)}")
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
