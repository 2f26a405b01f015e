"""``service install`` and ``service uninstall``: the bridge as a service of systemd."""

import importlib.util
import os
import re
import shlex
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import nallely_midibridge
from nallely_midibridge.cli.config import users_folder
from nallely_midibridge.core.service_plan import NAME, UNIT, Place, Texts, install_plan, uninstall_plan
from nallely_midibridge.edges.package_files import package_file
from nallely_midibridge.edges.seclusion import why_unseen
from nallely_midibridge.edges.steps import output_of, perform
from nallely_midibridge.mapping_file import load_file
from nallely_midibridge.values.errors import ServiceError
from nallely_midibridge.values.step import Provide, Run, Step, Write

EXAMPLE: Final = "config/keyboard.yaml"
BOOTED: Final = Path("/run/systemd/system")
"""There if systemd runs this machine (sd_booted(3))."""
PACKAGES: Final = ("nallely_midibridge", "websockets", "yaml", "mido", "rtmidi")
"""What a running bridge is made of."""


def install(of_user: bool, file: Path | None, dry_run: bool) -> int:
    """Install, or upgrade. Raises MappingError for a wrong mapping file, and ServiceError; then nothing is done.

    A dry run prints what would be done, and all that would have it refused.
    """
    place, environment = _place(of_user), _environment(of_user)
    path = Path(os.path.abspath(file)) if file is not None else place.config
    command = own_command()
    if file is not None or path.exists():
        load_file(path)
    steps = compile_plan(package_folders()) + install_plan(place, _texts(of_user), command, path, systemd_version())
    obstacles = list(_what_we_may_not("install", of_user, environment))
    if not of_user:
        obstacles += _hidden_from_the_service(command, path)
    if dry_run:
        _print_plan(steps, obstacles)
        return 0
    _refuse(obstacles)
    _perform(steps, environment)
    _say_how_it_is(place, path, of_user, environment)
    return 0


def uninstall(of_user: bool, dry_run: bool) -> int:
    """Undo `install`. Raises ServiceError."""
    place, environment = _place(of_user), _environment(of_user)
    steps = uninstall_plan(place, _texts(of_user))
    if not place.unit.exists():
        print(f"there is no such service: {place.unit} is missing")
        return 0
    obstacles = list(_what_we_may_not("uninstall", of_user, environment))
    if dry_run:
        _print_plan(steps, obstacles)
        return 0
    _refuse(obstacles)
    _perform(steps, environment)
    return 0


def own_command() -> list[str]:
    """How to start this very program from anywhere: by its script if it has one, else by its Python."""
    script = Path(sys.executable).parent / NAME
    return [str(script)] if os.access(script, os.X_OK) else [sys.executable, "-m", nallely_midibridge.__name__]


def package_folders() -> list[Path]:
    """Where the modules lie of which a running bridge is made."""
    specs = filter(None, map(importlib.util.find_spec, PACKAGES))
    return [Path(place) for spec in specs for place in spec.submodule_search_locations or ()]


def compile_plan(folders: Sequence[Path]) -> list[Step]:
    """Make byte code where the installer left none, as uv does: a service may not, and would compile at each start."""
    lacking = [str(folder) for folder in folders if not all(map(_is_compiled, folder.rglob("*.py")))]
    command = (sys.executable, "-m", "compileall", "-q", *lacking)
    return [Run(command, "each start will take longer")] if lacking else []


def _is_compiled(module: Path) -> bool:
    return Path(importlib.util.cache_from_source(module)).exists()


def systemd_version() -> int | None:
    """The number of systemd's version; None where there is none."""
    found = re.match(r"systemd (\d+)", output_of(("systemctl", "--version")) or "")
    return int(found[1]) if found else None


def _place(of_user: bool) -> Place:
    if not of_user:
        etc = Path("/etc")
        modules = etc / "modules-load.d" / f"{NAME}.conf"
        return Place(etc / "systemd/system" / UNIT, etc / NAME / "bridge.yaml", modules, ("systemctl",))
    if (config := users_folder()) is None:
        raise ServiceError(
            f"this user has no home for a service of its own; set HOME, or have the system's: {NAME} service install"
        )
    return Place(config / "systemd/user" / UNIT, config / NAME / "bridge.yaml", None, ("systemctl", "--user"))


def _texts(of_user: bool) -> Texts:
    names = (f"systemd/{'user/' if of_user else ''}{UNIT}", EXAMPLE, f"systemd/modules-load.d/{NAME}.conf")
    return Texts(*(package_file(name).read_text(encoding="utf-8") for name in names))


def _environment(of_user: bool) -> Mapping[str, str]:
    """With the user's runtime folder, of which not every login is told: systemctl --user is reached there."""
    runtime = os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.geteuid()}"
    return {**os.environ, "XDG_RUNTIME_DIR": runtime} if of_user else os.environ


def _hidden_from_the_service(command: Sequence[str], file: Path) -> Iterator[str]:
    program = (Path(command[0]), Path(sys.executable).resolve(), Path(nallely_midibridge.__file__).resolve())
    if why := next(filter(None, map(why_unseen, program)), None):
        yield (
            f"the system's service could not run this program: {why}; install it where all may run it, such as in"
            f" /opt (README.md, As a service), or have a service of your own: {NAME} service install --user"
        )
    if file.exists() and (why := why_unseen(file)):
        yield (
            f"the system's service could not read its mapping file: {why}; put it into /etc/{NAME}, with"
            " chmod 644, or with chgrp audio and chmod 640 if there is a secret in it"
        )


def _what_we_may_not(what: str, of_user: bool, environment: Mapping[str, str]) -> Iterator[str]:
    again = shlex.join([*own_command(), "service", what])
    if shutil.which("systemctl") is None or not BOOTED.is_dir():
        yield f"systemd does not run this machine; have its own supervisor start: {NAME} run -c FILE"
    elif not of_user and os.geteuid() != 0:
        yield f"only root may {what} the system's service: sudo {again}; your own: {again} --user"
    elif of_user and os.geteuid() == 0 and os.environ.get("SUDO_USER"):
        yield f"a service of your own is yours to {what}, without sudo: {again} --user"
    elif of_user and not (Path(environment["XDG_RUNTIME_DIR"]) / "systemd").is_dir():
        yield "no service manager of yours runs; log in as this user, not by su or sudo, and try again"


def _refuse(obstacles: Sequence[str]) -> None:
    if obstacles:
        raise ServiceError("\n".join(obstacles))


def _perform(steps: Sequence[Step], environment: Mapping[str, str]) -> None:
    for step in steps:
        if said := perform(step, environment):
            print(said, flush=True)


def _print_plan(steps: Sequence[Step], obstacles: Sequence[str]) -> None:
    print("nothing is done; this would be:")
    for step in steps:
        print(f"- {step}")
        if isinstance(step, Write) or (isinstance(step, Provide) and not step.path.exists()):
            print(textwrap.indent(step.text, "      ", lambda line: True).rstrip())
    if obstacles:
        print("but as things are, it would be refused:")
    for obstacle in obstacles:
        print(f"- {obstacle}")


def _say_how_it_is(place: Place, file: Path, of_user: bool, environment: Mapping[str, str]) -> None:
    sudo, flag = ("", " --user") if of_user else ("sudo ", "")
    status = (output_of((*place.systemctl, "show", UNIT, "-p", "StatusText", "--value"), environment) or "").strip()
    print(f"\n{NAME} is running{f': {status}' if status else ''}")
    print(f"  how it is    {sudo}systemctl{flag} status {NAME}")
    print(f"  what it does journalctl{flag} -u {NAME} -f")
    print(f"  its file     {file}; after a change: {sudo}systemctl{flag} reload {NAME}")
    if of_user and not Path("/var/lib/systemd/linger", _user()).exists():
        print(f"  it runs while you are logged in; to have it from boot on: sudo loginctl enable-linger {_user()}")


def _user() -> str:
    import pwd

    return pwd.getpwuid(os.geteuid()).pw_name
