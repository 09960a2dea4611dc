"""Day-2 operations: the command line `dataconnect`. It knows the outputs of stacks, and no component."""
