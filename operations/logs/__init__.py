"""Logs: how far they are, what they say, and filling their domain again from the copies."""
