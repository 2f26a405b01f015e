"""One neuron in a session: registered as the mapping says, and wired as the mapping says."""

from nallely_midibridge.edges.keeper.keeper import Keeper

__all__ = ["Keeper"]
