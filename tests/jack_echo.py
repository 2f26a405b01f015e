"""Another program on a JACK server that plays what it hears, as a cable or a synth that is set to do so."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def echo(name: str) -> Iterator[None]:
    """While the block lasts, a client of this name has an input and an output."""
    command = [sys.executable, "-m", "tests.jack_echo", name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield
        process.communicate("end\n", timeout=15)


def main(name: str) -> None:
    import rtmidi

    output = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name=name)
    output.open_virtual_port("out")
    input_ = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name=name)

    def hear(stamped: tuple[Sequence[int], float], _: object) -> None:
        output.send_message(stamped[0])

    input_.set_callback(hear)
    input_.open_virtual_port("in")
    print("ready", flush=True)
    sys.stdin.readline()
    input_.cancel_callback()
    input_.close_port()
    input_.delete()
    output.close_port()
    output.delete()


if __name__ == "__main__":
    main(sys.argv[1])
