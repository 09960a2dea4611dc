"""Cases of policies/controls/workloads/jobs.py."""

import json
from collections.abc import Sequence
from typing import Any

from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Case, Cases

JOB = "aws:batch/jobDefinition:JobDefinition"
ENVIRONMENT = "aws:batch/computeEnvironment:ComputeEnvironment"
SUBNET = "aws:ec2/subnet:Subnet"
ROLE = "aws:iam/role:Role"
APP, START = "arn:aws:iam::111111111111:role/app", "arn:aws:iam::111111111111:role/start"
EVERYTHING = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
LITTLE = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}]})


def job(**container: Any) -> dict[str, Any]:
    return {"type": "container", "containerProperties": json.dumps({"image": "a", **container})}


def tasks(*containers: dict[str, Any], **task: Any) -> dict[str, Any]:
    properties = {"taskProperties": [{"containers": [{"name": "web", **each} for each in containers], **task}]}
    return {"type": "container", "ecsProperties": json.dumps(properties)}


def nodes(**container: Any) -> dict[str, Any]:
    properties = {"numNodes": 2, "mainNode": 0, "nodeRangeProperties": [{"targetNodes": "0:", "container": container}]}
    return {"type": "multinode", "nodeProperties": json.dumps(properties)}


def pod(**container: Any) -> dict[str, Any]:
    return {"type": "container", "eksProperties": {"podProperties": {"containers": [{"image": "a", **container}]}}}


def secure(**context: Any) -> dict[str, Any]:
    return pod(securityContext=context)


def with_role(job_inputs: dict[str, Any], role: dict[str, Any], *others: Planned, refers: bool = True) -> list[Planned]:
    refs = {"containerProperties": (ROLE, "app")} if refers else {}
    return [Planned(token=JOB, inputs=job_inputs, refs=refs), planned(ROLE, "app", **role), *others]


def attached(arn: str) -> Planned:
    token = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    return planned(token, "attached", role=ref(ROLE, "app"), policyArn=arn)


def inline(document: object) -> Planned:
    token = "aws:iam/rolePolicy:RolePolicy"
    return planned(token, "inline", role="app", policy=document)


def environment(*others: Planned, kind: object = "FARGATE", **resources: Any) -> Sequence[Planned]:
    links = {"computeResources": [(other.token, other.name) for other in others]} if others else {}
    inputs = {"type": "MANAGED", "computeResources": {"type": kind, "maxVcpus": 4, "subnets": ["subnet-1"], **resources}}
    return [Planned(token=ENVIRONMENT, inputs=inputs, refs=links), *others]


def subnet(name: str = "a", **inputs: Any) -> Planned:
    return planned(SUBNET, name, **inputs)


def routed(gateway: object, *, inline_routes: bool = False) -> list[Planned]:
    """A compute environment in a subnet whose route table has one route, to `gateway`."""
    table, internet = "aws:ec2/routeTable:RouteTable", "aws:ec2/internetGateway:InternetGateway"
    to = ref(internet, "internet") if gateway is UNKNOWN else gateway
    association = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    own = {"routes": [{"cidrBlock": "0.0.0.0/0", "gatewayId": to}]} if inline_routes else {}
    route = planned("aws:ec2/route:Route", "route", routeTableId=ref(table, "table"), gatewayId=to)
    return [
        *environment(subnet(), subnets=[UNKNOWN]),
        planned(table, "table", **own),
        planned(association, "association", subnetId=ref(SUBNET, "a"), routeTableId=ref(table, "table")),
        *([] if inline_routes else [route]),
    ]


def template(**inputs: Any) -> Planned:
    return planned("aws:ec2/launchTemplate:LaunchTemplate", "template", **inputs)


ENCRYPTED = [{"deviceName": "/dev/xvda", "ebs": {"encrypted": "true"}}]
TOKENS = {"httpTokens": "required"}
LAUNCH = {"launchTemplateId": UNKNOWN, "version": "$Latest"}
BY_DEFAULT = planned("aws:ebs/encryptionByDefault:EncryptionByDefault", "default", enabled=True)


def everywhere(bad: dict[str, Any], good: dict[str, Any]) -> dict[str, list[Case]]:
    """The same settings in each of the three places where a job has ECS containers."""
    return {
        "fails": [job(**bad), tasks(good, bad), nodes(**bad)],
        "passes": [job(**good), tasks(good), nodes(**good)],
        "unknown": [{"containerProperties": UNKNOWN}, {"ecsProperties": UNKNOWN}, {"nodeProperties": UNKNOWN}],
    }


PRIVILEGED = everywhere({"privileged": True}, {"privileged": False})
USER = everywhere({"user": "root"}, {"user": "10001"})

SECRETS = everywhere(
    {"environment": [{"name": "DB_PASSWORD", "value": "hunter2"}]},
    {"environment": [{"name": "VARNAME", "value": "VARVAL"}], "secrets": [{"name": "DB_PASSWORD", "valueFrom": "/prod/db"}]},
)

LOGS = everywhere({"logConfiguration": {"logDriver": "splunk"}}, {"logConfiguration": {"logDriver": "awslogs"}})

CASES: dict[str, Cases] = {
    "batch-not-privileged": Cases(
        token=JOB,
        fails=[*PRIVILEGED["fails"], secure(privileged=True), {"containerProperties": {"image": "a", "privileged": True}}],
        passes=[*PRIVILEGED["passes"], job(), pod(), secure(privileged=False)],
        unknown=[*PRIVILEGED["unknown"], job(privileged=UNKNOWN), secure(privileged=UNKNOWN)],
    ),
    "batch-not-root": Cases(
        token=JOB,
        fails=[*USER["fails"], job(user="0"), job(user="0:0"), job(user=""), secure(runAsUser=0), secure(runAsNonRoot=False)],
        passes=[
            *USER["passes"],
            job(user="nobody"),
            job(runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}),
            secure(runAsNonRoot=True),
            secure(runAsUser=1000),
        ],
        unknown=[*USER["unknown"], job(), pod(), job(user=UNKNOWN), secure(runAsUser=UNKNOWN), {"eksProperties": UNKNOWN}],
    ),
    "batch-no-plain-secrets": Cases(
        token=JOB,
        fails=[
            *SECRETS["fails"],
            job(environment=[{"name": "A", "value": "AKIAIOSFODNN7EXAMPLE"}]),
            pod(envs=[{"name": "DB_PASSWORD", "value": "hunter2"}]),
        ],
        passes=[*SECRETS["passes"], job(), pod(envs=[{"name": "A", "value": "b"}])],
        unknown=[*SECRETS["unknown"], job(environment=[{"name": "DB_PASSWORD", "value": UNKNOWN}])],
    ),
    "batch-logs": Cases(
        token=JOB,
        fails=[*LOGS["fails"], job(logConfiguration={"logDriver": "json-file"})],
        passes=[*LOGS["passes"], job(), pod()],
        unknown=[*LOGS["unknown"], job(logConfiguration={"logDriver": UNKNOWN})],
    ),
    "batch-roles-differ": Cases(
        token=JOB,
        fails=[
            job(jobRoleArn=APP, executionRoleArn=APP),
            tasks({}, taskRoleArn=APP, executionRoleArn=APP),
            nodes(jobRoleArn=APP, executionRoleArn=APP),
        ],
        passes=[
            job(),
            job(executionRoleArn=START),
            job(jobRoleArn=APP, executionRoleArn=START),
            tasks({}, taskRoleArn=APP, executionRoleArn=START),
            pod(),
        ],
        unknown=[{"containerProperties": UNKNOWN}, job(jobRoleArn=UNKNOWN, executionRoleArn=START)],
    ),
    "batch-roles-not-admin": Cases(
        token=JOB,
        fails=[
            job(jobRoleArn="arn:aws:iam::111111111111:role/AdministratorAccess"),
            job(executionRoleArn="arn:aws:iam::111111111111:role/Admin"),
            with_role({"containerProperties": UNKNOWN}, {}, attached("arn:aws:iam::aws:policy/AdministratorAccess")),
            with_role(
                job(jobRoleArn=APP), {"name": "app", "managedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]}
            ),
            with_role(job(jobRoleArn=APP), {"name": "app"}, inline(EVERYTHING), refers=False),
            with_role(job(jobRoleArn=APP), {"inlinePolicies": [{"name": "all", "policy": EVERYTHING}]}),
        ],
        passes=[
            job(),
            pod(),
            with_role(job(jobRoleArn=APP), {"name": "app"}, inline(LITTLE)),
            with_role(job(jobRoleArn=APP), {"name": "app"}, attached("arn:aws:iam::aws:policy/ReadOnlyAccess")),
        ],
        unknown=[
            job(jobRoleArn=APP),
            with_role(job(jobRoleArn=APP), {"name": "app"}, attached(UNKNOWN)),
            {"containerProperties": UNKNOWN},
            with_role(job(jobRoleArn=APP), {"name": "app"}, inline(UNKNOWN)),
        ],
    ),
    "batch-private-subnets": Cases(
        token=ENVIRONMENT,
        fails=[
            environment(subnet(mapPublicIpOnLaunch=True), subnets=[UNKNOWN]),
            environment(subnet("a"), subnet("b", mapPublicIpOnLaunch=True), subnets=[UNKNOWN, UNKNOWN]),
            environment(planned("aws:ec2/defaultSubnet:DefaultSubnet", "default"), subnets=[UNKNOWN]),
            routed("igw-1"),
            routed(UNKNOWN),
            routed("igw-1", inline_routes=True),
            routed(UNKNOWN, inline_routes=True),
        ],
        passes=[
            {"type": "UNMANAGED"},
            environment(subnet(), subnets=[UNKNOWN]),
            environment(subnet(mapPublicIpOnLaunch=False), subnets=[UNKNOWN]),
            routed("vgw-1"),
        ],
        unknown=[
            environment(),
            environment(subnets=UNKNOWN),
            environment(subnet(mapPublicIpOnLaunch=UNKNOWN), subnets=[UNKNOWN]),
        ],
    ),
    "batch-launch-template": Cases(
        token=ENVIRONMENT,
        fails=[
            environment(kind="EC2"),
            environment(kind="SPOT"),
            environment(template(), kind="EC2", launchTemplate=LAUNCH),
            environment(template(metadataOptions=TOKENS), kind="EC2", launchTemplate=LAUNCH),
            environment(template(blockDeviceMappings=ENCRYPTED), kind="EC2", launchTemplate=LAUNCH),
            environment(
                template(metadataOptions=TOKENS, blockDeviceMappings=[*ENCRYPTED, {"ebs": {"volumeSize": 8}}]),
                kind="EC2",
                launchTemplate=LAUNCH,
            ),
        ],
        passes=[
            {"type": "UNMANAGED"},
            environment(),
            environment(kind="FARGATE_SPOT"),
            environment(template(metadataOptions=TOKENS, blockDeviceMappings=ENCRYPTED), kind="EC2", launchTemplate=LAUNCH),
            [*environment(template(metadataOptions=TOKENS), kind="EC2", launchTemplate=LAUNCH), BY_DEFAULT],
        ],
        unknown=[environment(kind=UNKNOWN), environment(kind="EC2", launchTemplate={"launchTemplateId": "lt-1"})],
    ),
}
