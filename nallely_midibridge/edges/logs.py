"""Where log lines go: to standard error, in the form its reader wants."""

import logging
import os
import sys
from typing import Final, TextIO

SYSLOG_PRIORITIES: Final = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}


class JournalFormatter(logging.Formatter):
    """For systemd's journal: the priority in front (sd-daemon(3)), and no time, which the journal has itself."""

    def format(self, record: logging.LogRecord) -> str:
        priority = SYSLOG_PRIORITIES.get(record.levelno, 6)
        return "\n".join(f"<{priority}>{line}" for line in super().format(record).splitlines())


def set_up_logs(verbose: bool = False) -> None:
    """Send the package's log to standard error: to a person with the time of day, to the journal without."""
    handler = logging.StreamHandler(_own_stderr())
    if _goes_to_journal(handler.stream):
        handler.setFormatter(JournalFormatter("%(message)s"))
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", datefmt="%H:%M:%S"))
    log = logging.getLogger("nallely_midibridge")
    log.handlers = [handler]
    log.propagate = False
    log.setLevel(logging.DEBUG if verbose else logging.INFO)


def print_error(text: str) -> None:
    """Write to standard error why a command ends: to the journal with the priority of an error."""
    lines = text.splitlines() if _goes_to_journal(sys.stderr) else []
    print("\n".join(f"<{SYSLOG_PRIORITIES[logging.ERROR]}>{line}" for line in lines) or text, file=sys.stderr)


def _own_stderr() -> TextIO:
    """Standard error under a number of our own: what hushes a chatty library for a moment must not hush the log."""
    try:
        return open(os.dup(sys.stderr.fileno()), "w", buffering=1, encoding=sys.stderr.encoding, errors="replace")
    except (OSError, ValueError, AttributeError):
        return sys.stderr


def _goes_to_journal(stream: TextIO) -> bool:
    """Whether this very stream is the journal's (systemd.exec(5)); a program's children inherit the variable too."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
