"""What ends a command, and the exit code that tells a script which kind it was."""

from enum import IntEnum


class Code(IntEnum):
    """Exit codes; documented in `dataconnect --help`."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    UNKNOWN = 3
    CONFLICT = 4
    ISOLATION = 5
    INCOMPLETE = 6
    INTERRUPTED = 130


class OperationError(Exception):
    """A command cannot go on; the message says what is wrong and what would be right."""

    def __init__(self, message: str, code: Code = Code.FAILED) -> None:
        super().__init__(message)
        self.code = code
