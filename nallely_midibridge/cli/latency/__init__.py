"""``latency``: how long a user's own set-up takes, through MIDI ports or through a running Nallely, and back."""

from nallely_midibridge.cli.latency.command import latency, through

__all__ = ["latency", "through"]
