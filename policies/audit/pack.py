"""The audit pack: what happens is recorded, kept, watched and told."""

from typing import Final

from policies.kit.pack import Pack

PACK: Final = Pack(
    "audit",
    "What happens is recorded, kept, watched and told.",
    [],
)
