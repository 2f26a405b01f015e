"""What this process costs."""

import os
from pathlib import Path

STATM = Path("/proc/self/statm")


def resident_memory() -> int | None:
    """Bytes of memory that this process occupies; None where the system does not tell."""
    try:
        pages = int(STATM.read_text().split()[1])  # proc(5)
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
