"""The middle ring: the pure core. An event and the time in, effects out."""
