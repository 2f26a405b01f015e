"""What follows from the state of a session: is a neuron registered as it should be, and wired as it should be.

Pure: a state in, what is to be done out. Who does it is in ``edges/patchbay.py``.
"""
