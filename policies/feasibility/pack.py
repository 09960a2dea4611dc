"""The feasibility pack: what AWS would refuse, or accept and silently break, fails in preview instead of at `up`."""

from typing import Final

from policies.kit.pack import Pack

PACK: Final = Pack(
    "feasibility",
    "What AWS would refuse, or accept and silently break, fails in preview instead of at `up`.",
    [],
)
