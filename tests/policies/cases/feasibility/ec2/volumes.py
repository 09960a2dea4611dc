"""Cases of policies/feasibility/rules/ec2/volumes.py."""

from typing import Any

from tests.policies.given.feasibility.compute import INSTANCE, TEMPLATE
from tests.policies.given.feasibility.vpc import linked
from tests.policies.harness import KEY, UNKNOWN, Planned, planned
from tests.policies.table import Cases

VOLUME = "aws:ebs/volume:Volume"


def volume(kind: object, size: object = None, iops: object = None, throughput: object = None, **more: Any) -> dict[str, Any]:
    fields = {"type": kind, "size": size, "iops": iops, "throughput": throughput}
    return {**{name: value for name, value in fields.items() if value is not None}, **more}


def device(where: str, **fields: Any) -> list[Planned]:
    if where == TEMPLATE:
        return [planned(TEMPLATE, blockDeviceMappings=[{"deviceName": "/dev/xvda", "ebs": fields}])]
    return [Planned(token=INSTANCE, inputs={where: fields if where == "rootBlockDevice" else [fields]})]


def zones(volume_zone: object, instance_zone: object) -> list[Planned]:
    return [
        planned(VOLUME, "v", availabilityZone=volume_zone),
        planned(INSTANCE, "i", availabilityZone=instance_zone),
        linked("aws:ec2/volumeAttachment:VolumeAttachment", "it", volumeId=(VOLUME, "v"), instanceId=(INSTANCE, "i")),
    ]


CASES: dict[str, Cases] = {
    "ebs-volume": Cases(
        token=VOLUME,
        fails=[
            volume("gp2", 10, 3000),
            volume("gp3", 100, 2000),
            volume("gp3", 10, 6000),
            volume("gp3", 100, 3000, 1000),
            volume("gp3", 100, None, 100),
            volume("io1", 100),
            volume("io1", 10, 1000),
            volume("io2", 3, 100),
            volume("st1", 100),
            volume("sc1", 500, 1000),
            volume("standard", 2000),
            volume("gp3", 0),
            volume("gp3", 65537),
            volume("gp3", 200, 80001),
            volume("gp3", 1000, 16000, 2001),
            volume("gp3", 100, 3999, 1000),
            volume("gp2", 10, None, 250),
            volume("gp3", 10, kmsKeyId=KEY),
            volume("gp3", 10, multiAttachEnabled=True),
            device("rootBlockDevice", volumeType="st1", volumeSize=500),
            device("ebsBlockDevices", volumeType="io2", volumeSize=100),
            device(TEMPLATE, volumeType="gp2", iops=1000),
        ],
        passes=[
            volume("gp3", 100, 3000, 500),
            volume("gp3", 1, 3000, 125),
            volume("gp3", 65536),
            volume("gp3", 200, 80000),
            *(volume("gp3", 1000, 16000, throughput) for throughput in (1000, 2000)),
            volume("gp3", 100, 4000, 1000),
            volume("io1", 100, 5000),
            volume("io2", 100, 64000),
            volume("st1", 125),
            volume("gp3", 10, encrypted=True, kmsKeyId=KEY),
            volume(None, 10),
            device("rootBlockDevice", volumeType="gp3"),
            device(TEMPLATE, volumeType="gp3", volumeSize=20, throughput=125),
        ],
        unknown=[
            volume(UNKNOWN, 10, 3000),
            volume("gp3", UNKNOWN, 6000),
            device("rootBlockDevice", volumeType="io1", iops=UNKNOWN),
        ],
    ),
    "volume-attachment-zone": Cases(
        token="aws:ec2/volumeAttachment:VolumeAttachment",
        fails=[zones("us-east-2a", "us-east-2b")],
        passes=[zones("us-east-2a", "us-east-2a"), {"volumeId": "vol-1", "instanceId": "i-1"}],
        unknown=[zones("us-east-2a", UNKNOWN)],
    ),
    "ebs-volume-origin": Cases(
        token=VOLUME, fails=[{"type": "gp3"}], passes=[{"size": UNKNOWN}, {"snapshotId": UNKNOWN}], never_unknown=True
    ),
}
