"""The command ``nallely-midibridge``, also as ``python -m nallely_midibridge``."""

import sys

try:
    import signal
except KeyboardInterrupt:  # it takes a while to load by itself, and is what keeps the rest quiet
    sys.exit(130)


def main() -> int:
    """Run the command that was typed; returns its exit status.

    Ctrl-C while the program is loaded or ends is left to the system, which ends it without a word.
    """
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # else it is ignored, as by nohup
    if ours:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from nallely_midibridge.cli.main import INTERRUPTED, main

    try:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        status = main()
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
    except KeyboardInterrupt:
        return INTERRUPTED
    return status


if __name__ == "__main__":
    sys.exit(main())
