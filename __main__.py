"""Loads the settings, composes the stack of that role, exports its outputs."""

import gc

import pulumi

import settings
import stacks

# Nothing that importing and declaring make becomes garbage before the program ends; looking for it is a sixth of the import.
gc.disable()

for name, value in stacks.compose(settings.load()).items():
    pulumi.export(name, value)
