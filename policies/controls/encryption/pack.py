"""The encryption pack: data is encrypted at rest and in transit, under keys that are the customer's own and sound."""

from typing import Final

from policies.controls.encryption import databases, edge, inputs, keys, policies, services, sessions, storage
from policies.kit.pack import Pack

PACK: Final = Pack(
    "encryption",
    "Data is encrypted at rest and in transit, under customer managed keys that are sound themselves.",
    [rule for theme in (databases, storage, services, sessions, policies, edge, keys, inputs) for rule in theme.rules.list],
)
