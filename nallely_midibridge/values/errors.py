"""The errors a user of the bridge can meet, split by what they have to do about them.

BridgeError
├── MappingError    the mapping file is wrong: mend the file
├── ReadError       it could not be told whether the mapping file is right: try again
├── MidiSystemError no MIDI system, or it refuses: install or start one
├── PortError       one MIDI port refuses: close the other program, or plug it again
├── ControlError    no running bridge answers: start one, or say which is meant
├── LoopError       what was sent does not come back: connect the two ends
├── HeldError       another bridge has a neuron: end it, or use another name
├── WriteError      a file could not be written: choose another place
└── ServiceError    the service cannot be installed or taken away: do what the text says
"""


class BridgeError(Exception):
    """Something a person can mend; its text says what and how."""


class MappingError(BridgeError):
    """The mapping file is wrong. ``problems`` holds every problem found, in the order of the file."""

    def __init__(self, problems: "tuple[object, ...]") -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class ReadError(BridgeError):
    """Reading the mapping file failed, through no fault of the file; the text says how."""


class MidiSystemError(BridgeError):
    """This machine has no usable MIDI system; the text says what is missing."""


class PortError(BridgeError):
    """A MIDI port could not be opened or written to."""


class ControlError(BridgeError):
    """A running bridge could not be asked."""


class HeldError(BridgeError):
    """Another bridge on this machine has a neuron; the text says which, and who has it."""


class LoopError(BridgeError):
    """There is nothing to measure a delay through; the text says what to connect."""


class WriteError(BridgeError):
    """A file could not be written, and nothing was; the text says why, and what to do."""


class ServiceError(BridgeError):
    """The service cannot be installed or taken away; the text says why, and what to do."""


def words(error: BaseException) -> str:
    """What went wrong, for a person: without the system's number, and never empty. Never raises."""
    try:
        said = (isinstance(error, OSError) and error.strerror) or str(error)
    except Exception:  # anybody's exception, with anybody's __str__
        said = ""
    return said or type(error).__name__
