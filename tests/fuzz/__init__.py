"""Random mapping files and random clients of the control socket. ``make fuzz SECONDS=20``; ``SEED=N`` plays one again.

The laws: a file gives a mapping or a `MappingError` whose problems have a place each; a line on the socket gives an
answer or the end of the connection, and the next client is served. Nothing else is ever raised, and the work done for
an input is bounded: it is counted in calls, not in seconds, so that a busy machine fails nothing.
"""
