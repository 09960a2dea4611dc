"""All packs in one process: the same rules, ids and levels for the start-up time and memory of one pack."""

from pathlib import Path
from typing import Final

from policies.controls.audit.pack import PACK as AUDIT
from policies.controls.encryption.pack import PACK as ENCRYPTION
from policies.controls.least_privilege.pack import PACK as LEAST_PRIVILEGE
from policies.controls.network.pack import PACK as NETWORK
from policies.controls.resilience.pack import PACK as RESILIENCE
from policies.controls.tagging.pack import PACK as TAGGING
from policies.controls.workloads.pack import PACK as WORKLOADS
from policies.feasibility.data.not_judged import NOT_JUDGED_ROWS
from policies.feasibility.pack import PACK as FEASIBILITY
from policies.kit.pack import Pack

PACKS: Final = (TAGGING, ENCRYPTION, LEAST_PRIVILEGE, NETWORK, WORKLOADS, RESILIENCE, AUDIT, FEASIBILITY)

PACK: Final = Pack("dataconnect", "All packs of this project.", [rule for pack in PACKS for rule in pack.rules])

NOT_COVERED: Final = NOT_JUDGED_ROWS
"""Catalogue id -> why no rule judges it. Every control has a rule."""


def folder(name: str) -> Path:
    """The folder that serves the pack of this name (`--policy-pack`); `.` is all of them."""
    root = Path(__file__).parent
    return root if name == "." else next(root.glob(f"**/{name}/PulumiPolicy.yaml")).parent
