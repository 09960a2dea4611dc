"""The least privilege pack: policies allow what is needed, to whom it is needed."""

from typing import Final

from policies.kit.pack import Pack
from policies.least_privilege import access, identity

PACK: Final = Pack(
    "least_privilege",
    "Policies allow what is needed, to whom it is needed.",
    [*identity.rules.list, *access.rules.list],
)
