"""Loads the settings, composes the stack of that role, exports its outputs."""

import gc

# Nothing made while importing and declaring becomes garbage before the program ends; looking for it costs a sixth of the import.
gc.disable()

import pulumi

import settings
import stacks

for name, value in stacks.compose(settings.load()).items():
    pulumi.export(name, value)
