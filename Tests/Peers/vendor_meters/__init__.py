"""Energy meters as their vendors describe them: every register of each model, and what a correct reader must report.

The tables come from vendors' protocol documents and from projects that read these meters, named in each module; nothing
here is taken from this repository's own profiles. One installation is behind all of them (state.py), and each model
brings it into its own units and resolution.
"""
from . import abb_schneider, bauer, carlo_gavazzi, din_rail, eastron, phoenix, siemens_janitza, sunspec
from .model import Device, Options
from .state import make_state

_MODULES = (eastron, carlo_gavazzi, abb_schneider, phoenix, siemens_janitza, din_rail, sunspec, bauer)

MODELS = {model.key: model for module in _MODULES for model in module.MODELS}


def make_device(key, state="odd", options=Options()):
    """A device of a model, in the state of that name."""
    return Device(MODELS[key], make_state(state), options)


def expected(key, state="odd", options=Options()):
    """What a correct reader must report of a device that was just started."""
    return make_device(key, state, options).expected()
