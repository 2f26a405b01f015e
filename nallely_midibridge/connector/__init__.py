"""Register a neuron in a running Nallely session and exchange values with it: a public API of its own.

    from nallely_midibridge.connector import NallelyWebsocketBus

    bus = NallelyWebsocketBus("192.168.1.74:6789")
    service = bus.register("external", "keys", {"voice1": {"min": 0, "max": 127}}, config := {"voice1": 0})
    service.send("voice1", 60)
    service.dispose()

Connecting, registering, receiving and reconnecting happen on one background thread a service; callbacks run
there too. ``send`` may be called from any thread, callbacks included, and never blocks.
"""

from nallely_midibridge.connector.bus import NallelyWebsocketBus
from nallely_midibridge.connector.service import Message, NallelyService, Parameters, Registration

__all__ = ["Message", "NallelyService", "NallelyWebsocketBus", "Parameters", "Registration"]
