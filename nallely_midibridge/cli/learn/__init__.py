"""``learn``: what a control is, and the line to write for it, when it is moved."""

from nallely_midibridge.cli.learn.command import learn

__all__ = ["learn"]
