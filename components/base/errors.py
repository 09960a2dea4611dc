"""The errors of arguments that AWS or a component would refuse."""

import pulumi


class ComponentError(pulumi.RunError, ValueError):
    """What a component refuses, found before any resource exists.

    The message says it all: the engine shows it alone, for a `RunError` without the traceback that another error gets.
    """


class InvalidArgumentError(ComponentError):
    """An argument that AWS or a component would refuse, found before any resource exists.

    The message names the argument, the value given and what would be right.

    Attributes:
        field: The argument.
        value: What was given.
        expected: What would be right.
    """

    def __init__(self, arguments: object, field: str, value: object, expected: str) -> None:
        owner = arguments if isinstance(arguments, str) else type(arguments).__name__
        super().__init__(f"{owner}.{field} is {value!r}; expected {expected}")
        self.field = field
        self.value = value
        self.expected = expected
