"""The presets: in a clone they are in `checkpoints/` at its top, in an installed package here."""

import os

_home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
__path__.append(os.path.join(_home, "checkpoints"))
