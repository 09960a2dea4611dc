"""The search of a stack."""
