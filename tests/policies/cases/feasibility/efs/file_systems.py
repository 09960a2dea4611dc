"""Cases of policies/feasibility/rules/efs/file_systems.py."""

from tests.policies.given.feasibility.parts import SUBNET
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

SYSTEM = "aws:efs/fileSystem:FileSystem"
MOUNT = "aws:efs/mountTarget:MountTarget"


def mounted(first: object, second: object, *, other: str = "data") -> list[Planned]:
    """Two mount targets in subnets of these zones."""
    return [
        planned(SYSTEM, "data"),
        planned(SYSTEM, "logs"),
        planned(SUBNET, "one", availabilityZone=first),
        planned(SUBNET, "two", availabilityZone=second),
        planned(MOUNT, "first", fileSystemId=ref(SYSTEM, "data"), subnetId=ref(SUBNET, "one")),
        planned(MOUNT, fileSystemId=ref(SYSTEM, other), subnetId=ref(SUBNET, "two")),
    ]


CASES: dict[str, Cases] = {
    "efs-settings": Cases(
        token=SYSTEM,
        fails=[
            {"throughputMode": "provisioned"},
            {"provisionedThroughputInMibps": 10},
            {"performanceMode": "maxIO", "throughputMode": "elastic"},
            {"performanceMode": "maxIO", "availabilityZoneName": "us-east-2a"},
            {"kmsKeyId": UNKNOWN},
            {"kmsKeyId": UNKNOWN, "encrypted": False},
        ],
        passes=[
            {"throughputMode": "provisioned", "provisionedThroughputInMibps": UNKNOWN},
            {"performanceMode": "maxIO", "throughputMode": "bursting"},
            {"encrypted": True, "kmsKeyId": UNKNOWN, "throughputMode": "elastic"},
        ],
        unknown=[{"throughputMode": UNKNOWN}, {"encrypted": UNKNOWN, "kmsKeyId": "a"}],
    ),
    "efs-mount-target-zone": Cases(
        token=MOUNT,
        fails=[
            mounted("us-east-2a", "us-east-2a"),
            [planned(MOUNT, name, fileSystemId="fs-1", subnetId="subnet-1") for name in ("first", "it")],
        ],
        passes=[mounted("us-east-2a", "us-east-2b"), mounted("us-east-2a", "us-east-2a", other="logs")],
        unknown=[mounted("us-east-2a", UNKNOWN)],
    ),
}
