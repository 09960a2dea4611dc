"""When a stack sleeps."""
