"""Generates `docs/reference.md` from the code and `docs/platform.svg` from the state of the deployed stacks."""
