"""What this process costs."""

from pathlib import Path
from typing import Final

STATUS: Final = Path("/proc/self/status")
OURS: Final = ("RssAnon:", "RssFile:")
"""Not RssShmem: of what JACK shares with all its clients, 100 MiB are mapped into each."""


def resident_memory() -> int | None:
    """Bytes of memory that this process occupies by itself; None where the system does not tell (proc(5))."""
    try:
        lines = STATUS.read_text().splitlines()
        kib = [int(line.split()[1]) for line in lines if line.startswith(OURS)]
    except (OSError, ValueError, IndexError):
        return None
    return 1024 * sum(kib) if len(kib) == len(OURS) else None
