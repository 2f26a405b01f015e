"""What controls a device has, learned from what it sends.

`Learner` takes the messages of one port and the time, and gives at most one `Lesson` for each; some lessons come only
when a control rests, and are asked for with `Learner.due`.
"""

from nallely_midibridge.core.learning.learner import Learner

__all__ = ["Learner"]
