"""What holds data says what becomes of it when its region is lost."""

from typing import Final

from policies.controls.encryption.pack import PACK as ENCRYPTION
from policies.controls.tagging.pack import taggable
from policies.kit.resource import Resource
from policies.kit.rule import NOT_APPLICABLE, NOT_JUDGED, Answers, Finding, Rules
from policies.kit.tags import tags_of
from policies.kit.values import UNKNOWN

rules: Final = Rules("resilience")

TAG: Final = "RecoveryClass"
CLASSES: Final = ("replicated", "rebuilt", "restored", "lost")

# Encrypted at rest, and no place where data stays: what is on an instance goes with it, and the others are orders to make one.
_PASSING: Final = frozenset(
    {
        "ec2/instance",
        "ec2/spotInstanceRequest",
        "ec2/launchTemplate",
        "ebs/snapshotCopy",
        "ebs/snapshotImport",
        "cloudtrail/trail",
    }
)
STORES: Final = tuple(
    sorted(
        {
            kind
            for rule in ENCRYPTION.rules
            if rule.name.endswith(("-customer-key", "-kms"))
            for kind in rule.kinds
            if kind in taggable() and kind not in _PASSING
        }
    )
)
"""Kinds that hold data: what the encryption pack wants encrypted at rest under a key of one's own, and takes tags."""


@rules.rule("recovery-class", "C243", " ".join(STORES))
def _recovery_class(store: Resource) -> Answers:
    """What holds data in production says by its tag RecoveryClass what becomes of it when its region is lost.

    Set the tag RecoveryClass: replicated (it is in another region), rebuilt (from other data), restored (from a backup that is
    elsewhere) or lost (which is accepted).
    """
    if not store.production:
        yield NOT_APPLICABLE
        return
    value = tags_of(store).get(TAG)
    if value is UNKNOWN:
        yield NOT_JUDGED
    elif value not in CLASSES:
        yield Finding("tags", value, f"{TAG}: one of {', '.join(CLASSES)}")
