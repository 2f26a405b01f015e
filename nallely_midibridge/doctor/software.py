"""The versions, for a bug report, and whether the libraries can be loaded."""

import importlib
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from nallely_midibridge import __version__
from nallely_midibridge.doctor.finding import Finding, Patient, ok, problem

LIBRARIES: Final = {
    "websockets": "websockets",
    "mido": "mido",
    "python-rtmidi": "rtmidi",
    "PyYAML": "yaml",
    "rich": "rich",
}
"""The packages, and what each is imported as."""
FRIENDLY: Final = {"LINUX_ALSA": "ALSA", "UNIX_JACK": "JACK", "MACOSX_CORE": "CoreMIDI", "WINDOWS_MM": "Windows"}
BUILD: Final = "sudo apt install build-essential python3-dev libasound2-dev libjack-jackd2-dev"


def versions(patient: Patient) -> Iterator[Finding]:
    """This program, Python and the system."""
    yield ok(f"nallely-midibridge {__version__}, Python {platform.python_version()}, {platform.platform()}")


def libraries(patient: Patient) -> Iterator[Finding]:
    """Every library the program stands on, loaded."""
    found = []
    for package, module in LIBRARIES.items():
        try:
            importlib.import_module(module)
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} of unknown version")
        except ImportError as error:
            yield _not_loaded(package, error)
    yield ok(", ".join(found))


def backend(patient: Patient) -> Iterator[Finding]:
    """What python-rtmidi was built with."""
    try:
        rtmidi = importlib.import_module("rtmidi")
    except ImportError:
        return  # said of the libraries
    compiled = [
        name.removeprefix("API_")
        for name, number in vars(rtmidi).items()
        if name.startswith("API_") and number in rtmidi.get_compiled_api()
    ]
    real = [FRIENDLY.get(api, api) for api in compiled if api != "RTMIDI_DUMMY"]
    if not real:
        advice = f"{BUILD} && pip install --force-reinstall --no-binary python-rtmidi python-rtmidi"
        yield problem("python-rtmidi was built without any MIDI system", advice)
        return
    yield ok(f"python-rtmidi speaks to {' and '.join(real)}")


def _not_loaded(package: str, error: ImportError) -> Finding:
    if "libasound" in str(error):
        return problem(f"{package} needs ALSA's library, which is missing", "sudo apt install libasound2")
    if "libjack" in str(error):
        return problem(f"{package} needs JACK's library, which is missing", "sudo apt install libjack-jackd2-0")
    return problem(f"{package} cannot be loaded: {error}", f"pip install --force-reinstall {package}")
