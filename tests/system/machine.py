"""What the kernel says: the sequencer's clients, and what a process holds."""

import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

OURS = "nallely-midibridge"


def wait_for(condition: Callable[[], object], timeout: float = 10.0, step: float = 0.01) -> bool:
    """Whether the condition became true within ``timeout`` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(step)
    return True


def output_of(*command: str) -> str:
    """Standard output and standard error of a command, whatever its exit status."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout


def sequencer_clients() -> dict[int, str]:
    """The ALSA sequencer's clients by number."""
    try:
        text = Path("/proc/asound/seq/clients").read_text(errors="replace")
    except FileNotFoundError:
        return {}
    return {int(number): name for number, name in re.findall(r'^Client +(\d+) : "(.*?)"', text, re.MULTILINE)}


IS_EMULATED = output_of("systemd-detect-virt").strip() == "qemu"
"""Whether the processor is a program, and all that Python does takes ten times as long. A virtual machine on a real
processor is another word of that command's."""


def our_clients() -> list[int]:
    return [number for number, name in sequencer_clients().items() if name == OURS]


def clients_of(name: str) -> set[int]:
    """The numbers of the clients of this name."""
    return {number for number, other in sequencer_clients().items() if other == name}


def client_of(name: str) -> int | None:
    """The number of the client of this name; of the lowest one when there are several."""
    return min(clients_of(name), default=None)


def client_with(client: str, port: str, listing: str) -> int:
    """The number of the client of this name whose first port has this name, in a listing of ``aconnect``."""
    found = re.search(rf"^client (\d+): '{re.escape(client)}'.*\n +0 '{re.escape(port)}", listing, re.MULTILINE)
    assert found, listing
    return int(found[1])


def open_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def threads(pid: int) -> list[str]:
    """The names of a process's threads."""
    return sorted(task.joinpath("comm").read_text().strip() for task in Path(f"/proc/{pid}/task").iterdir())


def cpu_seconds(pid: int) -> float:
    """Processor time used so far, in user mode and in the kernel."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wake_ups(pid: int) -> int:
    """How often a thread of the process has waited and been woken; of those that have ended no more is known."""
    told = (task.joinpath("status").read_text() for task in Path(f"/proc/{pid}/task").iterdir())
    return sum(int(re.findall(r"^voluntary_ctxt_switches:\s+(\d+)", status, re.MULTILINE)[0]) for status in told)


def memory(pid: int) -> int:
    """Resident memory in KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found[1]) if found else 0
