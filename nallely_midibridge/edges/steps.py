"""Doing the steps of an installation, and saying what was done."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from nallely_midibridge.values.errors import ServiceError, words
from nallely_midibridge.values.step import Provide, Remove, RemoveFolder, Run, Step, Write

DONE_WITHIN: Final = 120.0
"""Seconds that a command may take: systemd waits 90 for a service to start."""


def perform(step: Step, environment: Mapping[str, str]) -> str:
    """Do one step, and return what is to be said of it: a line, or nothing. Raises ServiceError."""
    try:
        match step:
            case Write(path, text):
                return _write(path, text)
            case Provide(path, text):
                return f"kept {path}, which was there" if path.exists() else f"{_write(path, text)}, an example"
            case Remove(path, only):
                return _remove(path, only)
            case RemoveFolder(path):
                return _remove_folder(path)
            case Run(command, otherwise):
                return _run(command, otherwise, environment)
    except OSError as error:
        raise ServiceError(f"could not {step}: {words(error)}") from None


def output_of(command: Sequence[str], environment: Mapping[str, str] = os.environ) -> str | None:
    """What a command prints; None when it cannot be run or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=DONE_WITHIN, env=dict(environment))
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None


def _write(path: Path, text: str) -> str:
    """Whole or not at all: whoever reads meanwhile reads the old one."""
    if _read(path) == text:
        return f"{path} is as it should be"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        new.write_text(text, encoding="utf-8")
        new.chmod(0o644)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    return f"wrote {path}"


def _remove(path: Path, only: str | None) -> str:
    if not path.exists() and not path.is_symlink():
        return ""
    if only is not None and _read(path) != only:
        return f"kept {path}, which is yours"
    path.unlink()
    return f"removed {path}"


def _remove_folder(path: Path) -> str:
    try:
        path.rmdir()
    except OSError:  # there is something in it, or it is not there
        return ""
    return f"removed {path}"


def _run(command: Sequence[str], otherwise: str | None, environment: Mapping[str, str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=DONE_WITHIN, env=dict(environment))
        failure = (done.stderr or done.stdout).strip() or f"status {done.returncode}" if done.returncode else ""
    except (OSError, subprocess.SubprocessError) as error:
        failure = words(error)
    line = " ".join(command)
    if not failure:
        return f"ran {line}"
    if otherwise is None:
        raise ServiceError(f"{line} failed: {failure}")
    return f"{line} failed ({failure.splitlines()[-1]}); {otherwise}" if otherwise else ""


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
