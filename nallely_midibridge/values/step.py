"""What installing or taking away the service consists of, one thing at a time."""

import shlex
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Write:
    """A file of ours with this text, whatever was there."""

    path: Path
    text: str

    def __str__(self) -> str:
        return f"write {self.path}"


@dataclass(frozen=True, slots=True)
class Provide:
    """A file that is the user's from then on: with this text if there is none, else left as it is."""

    path: Path
    text: str

    def __str__(self) -> str:
        return f"write {self.path}, an example, unless there is one"


@dataclass(frozen=True, slots=True)
class Remove:
    """No such file any more; with ``only`` a text, only if that is what is in it."""

    path: Path
    only: str | None = None

    def __str__(self) -> str:
        return f"remove {self.path}{'' if self.only is None else ', if it is still the example'}"


@dataclass(frozen=True, slots=True)
class RemoveFolder:
    """No such folder any more, if nothing is in it."""

    path: Path

    def __str__(self) -> str:
        return f"remove {self.path}, if it is empty"


@dataclass(frozen=True, slots=True)
class Run:
    """A command. One that fails ends it all, unless ``otherwise`` says what that means and that it goes on."""

    command: tuple[str, ...]
    otherwise: str | None = None

    def __str__(self) -> str:
        return f"run {shlex.join(self.command)}"


Step = Write | Provide | Remove | RemoveFolder | Run
