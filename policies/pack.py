"""All packs in one process: the same rules, ids and levels for the start-up time and memory of one pack."""

from typing import Final

from policies.encryption.pack import PACK as ENCRYPTION
from policies.kit.pack import Pack
from policies.least_privilege.pack import PACK as LEAST_PRIVILEGE
from policies.resilience.pack import PACK as RESILIENCE
from policies.tagging.pack import PACK as TAGGING

PACKS: Final = (TAGGING, ENCRYPTION, LEAST_PRIVILEGE, RESILIENCE)

PACK: Final = Pack("dataconnect", "All packs of this project.", [rule for pack in PACKS for rule in pack.rules])
