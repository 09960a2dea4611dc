"""Cases of policies/feasibility/rules/ec2/instances.py."""

import base64
from typing import Any

from tests.policies.given.feasibility.compute import INSTANCE, TEMPLATE, from_template, group
from tests.policies.given.feasibility.parts import GROUP, ROLE, SUBNET, role
from tests.policies.given.feasibility.vpc import linked, subnet
from tests.policies.harness import UNKNOWN, Planned, planned
from tests.policies.table import ABSENT, Cases, about

PROFILE = "aws:iam/instanceProfile:InstanceProfile"


def addressed(address: object, block: object = "10.0.1.0/24", **more: Any) -> list[Planned]:
    return [
        subnet("s", block=block, availabilityZone="us-east-2a"),
        linked(INSTANCE, "it", subnetId=(SUBNET, "s"), privateIp=address, **more),
    ]


def profiled(**inputs: Any) -> list[Planned]:
    return [role("ec2.amazonaws.com"), linked(PROFILE, "profile", role=(ROLE, "role")), linked(INSTANCE, "it", **inputs)]


CODED = base64.b64encode(b"#!/bin/sh\n").decode()
PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIabc me@example.com"

CASES: dict[str, Cases] = {
    "instance-shape": Cases(
        token=INSTANCE,
        fails=[
            {"instanceType": "t3.micro"},
            {"instanceType": "t3.micro", "ami": "a", "userData": "a", "userDataBase64": CODED},
            {"ami": "a", "networkInterfaces": [{"deviceIndex": 0}], "vpcSecurityGroupIds": [UNKNOWN]},
            {"ami": "a", "networkInterfaces": [{"deviceIndex": 0}], "subnetId": UNKNOWN},
            {"ami": "a", "metadataOptions": {"httpTokens": "yes"}},
            {"ami": "a", "tenancy": "shared"},
            {"ami": "a", "launchTemplate": {"id": "a", "name": "b"}},
        ],
        passes=[
            {"instanceType": "t3.micro", "ami": UNKNOWN, "subnetId": UNKNOWN, "vpcSecurityGroupIds": [UNKNOWN]},
            {"instanceType": "t3.micro", "launchTemplate": {"id": UNKNOWN}},
            {"ami": "a", "networkInterfaces": [{"deviceIndex": 0}], "metadataOptions": {"httpTokens": "required"}},
        ],
        unknown=[{"ami": "a", "tenancy": UNKNOWN}, {"ami": "a", "metadataOptions": UNKNOWN}],
    ),
    "instance-user-data-size": Cases(
        token=INSTANCE,
        fails=[
            {"userData": "x" * 16385},
            {"userDataBase64": "#!/bin/sh"},
            [planned(TEMPLATE, userData="#!/bin/sh\necho")],
            planned(TEMPLATE, userData=base64.b64encode(b"x" * 16385).decode()),
        ],
        passes=[{"userData": "#!/bin/sh"}, {"userData": "x" * 16384}, planned(TEMPLATE, userData=CODED), {}],
        unknown=[{"userData": UNKNOWN}],
    ),
    "instance-in-subnet": Cases(
        token=INSTANCE,
        fails=[
            *(addressed(value) for value in ("10.0.2.5", "10.0.2.0", "10.0.0.255", "10.0.1.3", "10.0.1.255", "web")),
            addressed(None, availabilityZone="us-east-2b"),
        ],
        passes=[addressed("10.0.1.4"), addressed(None), {"subnetId": "subnet-1", "privateIp": "10.0.0.1"}],
        unknown=[addressed(UNKNOWN), addressed("10.0.1.4", UNKNOWN), {"subnetId": UNKNOWN, "privateIp": "10.0.0.9"}],
    ),
    "instance-profile": Cases(
        token=INSTANCE,
        fails=[
            profiled(iamInstanceProfile=(ROLE, "role")),
            {"iamInstanceProfile": "arn:aws:iam::111111111111:instance-profile/a"},
            [planned(ROLE, "role", name="server"), planned(INSTANCE, iamInstanceProfile="server")],
            planned(TEMPLATE, iamInstanceProfile={"arn": "arn:aws:iam::111111111111:role/a"}),
        ],
        passes=[profiled(iamInstanceProfile=(PROFILE, "profile")), {"iamInstanceProfile": "server"}, {}],
        unknown=[{"iamInstanceProfile": UNKNOWN}],
    ),
    "launch-template-shape": Cases(
        token=TEMPLATE,
        fails=[
            {"networkInterfaces": [{}], "vpcSecurityGroupIds": [UNKNOWN]},
            {"instanceType": "a", "instanceRequirements": {"vcpuCount": {"min": 1}}},
            {"iamInstanceProfile": {"arn": UNKNOWN, "name": UNKNOWN}},
            {"metadataOptions": {"httpPutResponseHopLimit": 65}},
            {"defaultVersion": 1, "updateDefaultVersion": True},
        ],
        passes=[{"vpcSecurityGroupIds": [UNKNOWN]}, {"networkInterfaces": [{"securityGroups": [UNKNOWN]}]}],
        unknown=[{"metadataOptions": {"httpTokens": UNKNOWN}}],
    ),
    "launch-template-interfaces": about(
        TEMPLATE,
        "networkInterfaces",
        fails=[
            [{"deviceIndex": 0}, {"deviceIndex": 0}],
            [{"deviceIndex": 0, "associatePublicIpAddress": "true"}, {"deviceIndex": 1}],
        ],
        passes=[[{"deviceIndex": 0}, {"deviceIndex": 1}], [{"associatePublicIpAddress": "true"}], ABSENT],
        unknown=[UNKNOWN, [{"deviceIndex": UNKNOWN}]],
    ),
    "launch-template-complete": Cases(
        token=GROUP,
        fails=[
            from_template({"instanceType": "a"}, group(), "launchTemplate"),
            from_template({"imageId": "a"}, group(), "launchTemplate"),
        ],
        passes=[
            from_template({"imageId": UNKNOWN, "instanceType": "a"}, group(), "launchTemplate"),
            {"launchTemplate": {"id": "lt-1"}},
        ],
        unknown=[group()],
    ),
    "key-pair-format": about(
        "aws:ec2/keyPair:KeyPair", "publicKey", fails=["AAAAB3Nza", "-----BEGIN RSA PRIVATE KEY-----"], passes=[PUBLIC, ABSENT]
    ),
}
