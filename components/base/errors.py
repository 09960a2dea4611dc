"""The error of arguments that AWS or a component would refuse."""


class InvalidArgumentError(ValueError):
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
