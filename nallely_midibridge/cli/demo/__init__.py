"""``demo``: the main job at work on this machine, with a simulated Nallely, and nothing to set up."""

from nallely_midibridge.cli.demo.show import demo

__all__ = ["demo"]
