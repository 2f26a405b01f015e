"""What goes wrong on a new machine, found before it is met: `diagnose` has a finding or more of each check."""

from nallely_midibridge.doctor.checks import diagnose
from nallely_midibridge.doctor.finding import Finding, Grade, Patient

__all__ = ["Finding", "Grade", "Patient", "diagnose"]
