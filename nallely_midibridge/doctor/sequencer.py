"""The way to MIDI on this machine: ALSA's sequencer, who may open it, and what system the bridge finds."""

import errno
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nallely_midibridge.doctor.finding import Finding, Grade, Patient, ok, problem, warning
from nallely_midibridge.edges.backend import find_midi_system
from nallely_midibridge.edges.rtmidi_system import ALSA_DEVICE
from nallely_midibridge.values.errors import MidiSystemError, words

LOAD: Final = "sudo modprobe snd-seq && echo snd-seq | sudo tee /etc/modules-load.d/nallely-midibridge.conf"
"""Now, and at each start of the machine."""
GROUP: Final = "audio"
_TRIES: Final = re.compile(r" \((?:try|with)[^)]*\)")
"""What a message proposes in its midst; here it has a line of its own."""


def sequencer(patient: Patient, device: Path = ALSA_DEVICE) -> Iterator[Finding]:
    """The sequencer's device: there, alive, and open to us; or not needed, for MIDI goes another way."""
    if not sys.platform.startswith("linux"):
        return
    found = _sequencer(device)
    if found.grade is not Grade.OK and (other := _other_system()):
        found = ok(f"{found.text}; it is not needed, for MIDI is {other}")
    yield found


def _sequencer(device: Path) -> Finding:
    try:
        os.close(os.open(device, os.O_RDWR | os.O_NONBLOCK))
    except FileNotFoundError:
        return warning(f"no ALSA sequencer: {device} is missing, so its module is not loaded", LOAD)
    except PermissionError:
        return _no_access(device)
    except OSError as error:
        if error.errno in (errno.ENODEV, errno.ENXIO):
            return warning(f"no ALSA sequencer: {device} is there, its module is not loaded", LOAD)
        return problem(f"{device} cannot be opened: {words(error)}")
    return ok(f"the ALSA sequencer, {device}, can be opened")


def _other_system() -> str | None:
    """What the bridge would use in place of the sequencer, if there is anything."""
    try:
        system = find_midi_system()
    except MidiSystemError:
        return None
    system.close()
    return system.name


def midi_system(patient: Patient) -> Iterator[Finding]:
    """The system that the bridge would use; without one it bridges nothing."""
    try:
        system = find_midi_system()
    except MidiSystemError as error:
        text, _, advice = str(error).partition("; try: ")
        if text.startswith("MIDO_BACKEND"):
            advice = "unset MIDO_BACKEND"
        yield problem(_TRIES.sub("", text), advice or (LOAD if _TRIES.search(text) else ""))
        return
    try:
        yield ok(f"MIDI is {system.name}{_chosen()}")
    finally:
        system.close()


def _chosen() -> str:
    backend = os.environ.get("MIDO_BACKEND")
    return f", as MIDO_BACKEND={backend} says" if backend else ""


def _no_access(device: Path) -> Finding:
    user = _user()
    text = f"{user} may not open {device}, which is for the group {GROUP}"
    if _is_member(user) and os.geteuid() != 0:
        return problem(f"{text}: {user} is in it, but not yet in this session", "log out and in again")
    return problem(text, f"sudo usermod -aG {GROUP} {user}  (then log out and in again)")


def _user() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _is_member(user: str) -> bool:
    import grp

    try:
        return user in grp.getgrnam(GROUP).gr_mem
    except KeyError:
        return False
