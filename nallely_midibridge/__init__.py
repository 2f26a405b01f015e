"""A MIDI bridge for Nallely: keyboards in, probes out, one mapping file.

The package is three rings, imports pointing inwards:

* ``values``: what things are. Frozen dataclasses, enums and pure functions on them.
* ``core``: what happens. An event and the time in, effects out; no thread, no clock, no input or output.
* everything else: the edges. The mapping file, MIDI ports, the WebSocket link, signals, the command line.

``nallely_midibridge.connector`` is a public API of its own.
"""

__version__ = "0.1.0"
