"""The kernel's sequencer module, taken out and put back."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DEVICE = Path("/dev/snd/seq")
AUTOLOAD = Path("/proc/sys/kernel/modprobe")


def loaded() -> set[str]:
    return {line.split()[0] for line in Path("/proc/modules").read_text().splitlines()}


def unload() -> bool:
    """Take the sequencer's module out, whatever uses it first."""
    for _ in range(3):
        for module in sorted(name for name in loaded() if name.startswith("snd_seq") and name != "snd_seq_device"):
            subprocess.run(["rmmod", module], stderr=subprocess.DEVNULL, check=False)
    return "snd_seq" not in loaded()


@contextmanager
def no_autoload() -> Iterator[None]:
    """The kernel loads no module by itself, as where the module is not installed for it or autoloading is forbidden."""
    before = AUTOLOAD.read_text()
    AUTOLOAD.write_text("\n")
    try:
        yield
    finally:
        AUTOLOAD.write_text(before)


def load() -> None:
    """What the README says, and udev's answer to it."""
    subprocess.run(["modprobe", "-a", "snd-seq", "snd-seq-midi"], check=True)
    subprocess.run(["udevadm", "settle"], check=False)
