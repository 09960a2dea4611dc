"""The feasibility pack: what AWS would refuse, or accept and silently break, fails in preview instead of at `up`."""

from pathlib import Path
from typing import Final

from policies.kit.pack import Pack
from policies.kit.rule import collected

PACK: Final = Pack(
    "feasibility",
    "What AWS would refuse, or accept and silently break, fails in preview instead of at `up`.",
    collected("policies.feasibility.rules", Path(__file__).parent / "rules"),
)
