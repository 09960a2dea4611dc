"""File systems and mount targets that Amazon EFS refuses."""

from collections.abc import Hashable
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.faults import is_one, is_other, off, said, unsaid, where_all
from policies.feasibility.engine.joins import unique
from policies.feasibility.engine.shapes import of
from policies.kit.references import reference, target
from policies.kit.resource import Resource
from policies.kit.rule import Rules
from policies.kit.values import UNKNOWN, UnknownValueError

rules: Final = Rules("feasibility", failures())

_SYSTEM: Final = "efs/fileSystem"
_MOUNT: Final = "efs/mountTarget"

_THROUGHPUT: Final = "provisionedThroughputInMibps"
_MAX_IO: Final = is_one("performanceMode", "maxIO")
rules.named("efs-settings", "F520", _SYSTEM).add(
    of(
        where_all(is_one("throughputMode", "provisioned"), unsaid(_THROUGHPUT)).wrong(
            "a value, because throughputMode is provisioned", _THROUGHPUT
        ),
        where_all(is_other("throughputMode", "provisioned"), said(_THROUGHPUT)).wrong(
            "nothing, or throughputMode: provisioned", _THROUGHPUT
        ),
        where_all(is_one("throughputMode", "elastic"), _MAX_IO).wrong(
            "nothing, because elastic throughput has no Max I/O", "performanceMode"
        ),
        where_all(said("availabilityZoneName"), _MAX_IO).wrong("nothing, because One Zone has no Max I/O", "performanceMode"),
        where_all(off("encrypted"), said("kmsKeyId"))
        .wrong("nothing, or encrypted: true", "kmsKeyId")
        .says("BadRequest: KmsKeyId can be set only where Encrypted is true"),
    ),
    description="A file system's throughput, performance and encryption settings go together.",
    remediation=(
        "Set provisionedThroughputInMibps with throughputMode: provisioned only, encrypted: true with kmsKeyId, and no maxIO."
    ),
)


def _zone(mount: Resource) -> Hashable:
    """File system and zone of a mount target; the subnet where the plan does not say its zone."""
    system = reference(mount, "fileSystemId", _SYSTEM)
    subnet = target(mount, "subnetId", "ec2/subnet", "ec2/defaultSubnet")
    zone = None if subnet is None else subnet.get("availabilityZone") or subnet.get("availabilityZoneId")
    if zone is UNKNOWN:
        raise UnknownValueError
    if system is None:
        return None
    return system, zone or reference(mount, "subnetId", "ec2/subnet", "ec2/defaultSubnet")


rules.named("efs-mount-target-zone", "F521", _MOUNT, needs_stack=True).add(
    unique(_MOUNT, _zone, "subnetId", "a subnet of another zone than {other}'s"),
    description="A file system has one mount target in a zone.",
    remediation="Create one mount target for each zone, in one of the zone's subnets.",
)
