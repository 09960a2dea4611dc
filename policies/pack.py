"""All packs in one process: the same rules, ids and levels for the start-up time and memory of one pack."""

from typing import Final

from policies.audit.pack import PACK as AUDIT
from policies.encryption.pack import PACK as ENCRYPTION
from policies.feasibility.not_judged import NOT_JUDGED_ROWS
from policies.feasibility.pack import PACK as FEASIBILITY
from policies.kit.pack import Pack
from policies.least_privilege.pack import PACK as LEAST_PRIVILEGE
from policies.network.pack import PACK as NETWORK
from policies.resilience.pack import PACK as RESILIENCE
from policies.tagging.pack import PACK as TAGGING
from policies.workloads.pack import PACK as WORKLOADS

PACKS: Final = (TAGGING, ENCRYPTION, LEAST_PRIVILEGE, NETWORK, WORKLOADS, RESILIENCE, AUDIT, FEASIBILITY)

PACK: Final = Pack("dataconnect", "All packs of this project.", [rule for pack in PACKS for rule in pack.rules])

NOT_COVERED: Final = NOT_JUDGED_ROWS
"""Catalogue id -> why no rule judges it. Every control has a rule."""
