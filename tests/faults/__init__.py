"""Faults, and what shows that the bridge survived them; for the fault suite (``test_faults.py``) and the soak.

A `Stage` has everything a bridge needs: devices, a session behind a network that can fail, a random player on one side
and a random patch on the other. A fault is a function of the stage. `Stage.rest` then lets go of everything and says
what is stuck, lost or was never asked for.
"""
