"""What becomes of data when its region is lost."""

from typing import Final, Literal

Recovery = Literal["replicated", "rebuilt", "restored", "lost"]
"""It is in the other region already; it is made again from other data; it comes from a backup; it is gone."""

RECOVERY_TAG: Final = "RecoveryClass"
"""The tag in which what holds data bears its class, for the policy that asks for one."""
