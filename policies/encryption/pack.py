"""The encryption pack: data is encrypted at rest and in transit, under keys that are the customer's own and sound."""

from typing import Final

from policies.encryption import at_rest, in_transit, keys
from policies.kit.pack import Pack

PACK: Final = Pack(
    "encryption",
    "Data is encrypted at rest and in transit, under customer managed keys that are sound themselves.",
    [*at_rest.rules.list, *in_transit.rules.list, *keys.rules.list],
)
