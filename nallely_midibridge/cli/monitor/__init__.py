"""``monitor``: a running bridge, live; in a process of its own, so that the drawing costs the music nothing."""

from nallely_midibridge.cli.monitor.show import monitor

__all__ = ["monitor"]
