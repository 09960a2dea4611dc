"""Reusable Pulumi components, a folder per concern.

Each can be used alone from another program: it takes plain values and other components' outputs, makes no AWS call while the
program runs, and imports nothing of the stacks or the settings.
"""
