"""What the rules of this pack ask of the whole stack: who names a resource, and which log group or value is meant."""

from collections.abc import Iterable
from typing import Final

from policies.kit.values import UNKNOWN, UnknownValueError, Value, as_list

LOG_GROUP: Final = "cloudwatch/logGroup"


def lacking(required: Iterable[str], value: Value) -> list[str]:
    """Which of `required` the list `value` does not hold.

    Raises:
        UnknownValueError: if one of its elements that are known only after deployment could be it.
    """
    elements = as_list(value)
    found = {str(element) for element in elements if element is not UNKNOWN}
    missing = [name for name in required if name not in found]
    if missing and any(element is UNKNOWN for element in elements):
        raise UnknownValueError
    return missing
