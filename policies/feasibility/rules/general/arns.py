"""ARNs: well-formed, of the region's partition, and of the service and resource type that the property is about."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.leaves import Leaf, alike, each_text, leaves, pairs, words
from policies.kit.facts import ALARM_ACTIONS
from policies.kit.resource import Resource, per_resource
from policies.kit.rule import ANY_AWS, Rules
from policies.kit.values import UNKNOWN

rules: Final = Rules("feasibility", failures())

_PARTITIONS: Final = pairs(
    """
    aws-cn=cn- aws-us-gov=us-gov- aws-iso=us-iso- aws-iso-b=us-isob- aws-iso-e=eu-isoe- aws-iso-f=us-isof-,eu-isof-
    aws-eusc=eusc-
    """
)
"""Partitions other than `aws`, and how their regions begin."""

_ARN: Final = re.compile(
    r"arn:(?P<partition>[^:]*):(?P<service>[^:]*):(?P<region>[^:]*):(?P<account>[^:]*):(?P<rest>.+)", re.DOTALL
)
_NAMED: Final = re.compile(r"(?:^arns?|[Aa]rns?|ARN)$")
_ACCOUNT: Final = re.compile(r"\d{12}|aws|cloudfront|aws-managed|\*|")
_NO_ACCOUNT: Final = frozenset({"apigateway", "automate"})
"""Services whose ARNs have another service's name where the account would be: `arn:aws:automate:us-east-2:ec2:recover`."""

_REGION: Final = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}|aws-global|\*|")

_ROLE: Final = (("iam",), r"role/.*", "the ARN of an IAM role")
_KEY: Final = (("kms",), r"(key|alias)/.*", "the ARN of a KMS key")
_CERTIFICATE: Final = (("acm", "iam"), r"(certificate|server-certificate)/.*", "the ARN of a certificate")
_TOPIC: Final = (("sns",), r"[^:/]+(:.*)?", "the ARN of an SNS topic")
_FUNCTION: Final = (("lambda",), r"function:.*", "the ARN of a Lambda function")
_SECRET: Final = (("secretsmanager",), r"secret:.*", "the ARN of a secret")
_GROUP: Final = (("elasticloadbalancing",), r"targetgroup/.*", "the ARN of a target group")
_LOGS: Final = (("logs",), r"log-group:.*", "the ARN of a log group")
_BUCKET: Final = (("s3", "s3-outposts", "s3express"), r".*", "the ARN of a bucket")

_WANTED: Final = {
    **alike("taskRoleArn executionRoleArn iamRoleArn monitoringRoleArn serviceRoleArn cloudWatchLogsRoleArn", _ROLE),
    "kmsKeyArn": _KEY,
    "kmsMasterKeyArn": _KEY,
    "acmCertificateArn": (("acm",), r"certificate/.*", "the ARN of a certificate of ACM"),
    "certificateArn": _CERTIFICATE,
    **alike("snsTopicArn snsTopicArns topicArn", _TOPIC),
    "lambdaFunctionArn": _FUNCTION,
    "lambdaArn": _FUNCTION,
    "functionArn": (("lambda", "cloudfront"), r"function[:/].*", "the ARN of a function"),
    "secretArn": _SECRET,
    "credentialsSecretArn": _SECRET,
    "targetGroupArn": _GROUP,
    "targetGroupArns": _GROUP,
    "loadBalancerArn": (("elasticloadbalancing",), r"loadbalancer/.*", "the ARN of a load balancer"),
    "listenerArn": (("elasticloadbalancing", "vpc-lattice"), r"listener/.*|.*/listener/.*", "the ARN of a listener"),
    **alike("policyArn managedPolicyArns permissionsBoundary", (("iam",), r"policy/.*", "the ARN of a managed policy")),
    "bucketArn": _BUCKET,
    "webAclArn": (("wafv2",), r".*webacl/.*", "the ARN of a web ACL of WAFv2"),
    **alike("cloudWatchLogsGroupArn cloudwatchLogGroupArn logGroupArn", _LOGS),
    "permissionSetArn": (("sso",), r"permissionSet/.*", "the ARN of a permission set"),
}
"""Property name -> services, resource part and words."""

_WANTED_OF: Final = {
    **alike(
        """
        lambda/function:role batch/computeEnvironment:serviceRole cfg/recorder:roleArn codebuild/project:serviceRole
        codedeploy/deploymentGroup:serviceRoleArn
        """,
        _ROLE,
    ),
    "lambda/function:targetArn": (("sqs", "sns"), r".*", "the ARN of a queue or topic"),
    "eks/accessPolicyAssociation:policyArn": (("eks",), r"cluster-access-policy/.*", "the ARN of a cluster access policy"),
    "cloudwatch/logSubscriptionFilter:destinationArn": (
        ("lambda", "kinesis", "firehose", "logs"),
        r".*",
        "the ARN of a function, a stream, a delivery stream or a log destination",
    ),
}
"""Kind and property name -> the same, where it is another thing than the name says, or the name says none."""

_NO_ARN: Final = words("kinesis/stream:arn ssm/maintenanceWindowTask:taskArn")
"""Properties that are named like an ARN, and take other things too."""

_MUST: Final = frozenset(
    {
        *words("lambda/function:role batch/computeEnvironment:serviceRole"),
        *(f"cloudwatch/{kind}:{name}" for kind in ("metricAlarm", "compositeAlarm") for name in ALARM_ACTIONS),
    }
)
"""Properties that take ARNs and are not named so."""

_PATTERNS: Final = words("values equals notEquals startsWiths notStartsWiths endsWiths notEndsWiths")
"""Properties that hold beginnings of ARNs, such as `arn:aws:s3`."""
_KEY_NAMES: Final = re.compile(r"alias/.+|(mrk-)?[0-9a-f-]{32,36}")
"""A key's alias or id: several services take them for its ARN; where one does not, its pattern says so."""


@cache
def _is_named(name: str) -> bool:
    """Whether a property is named like an ARN."""
    return bool(_NAMED.search(name))


@per_resource
def _arns(resource: Resource) -> Sequence[Leaf]:
    """The values that are, or by the property's name should be, an ARN."""
    found: list[Leaf] = []
    for name, values in leaves(resource).items():
        if name in _PATTERNS:
            continue
        wanted = _is_named(name) or f"{resource.kind}:{name}" in _MUST
        for leaf in values:
            if leaf.value is UNKNOWN:
                found += [leaf] if wanted else []
            elif isinstance(leaf.value, str) and leaf.value and (wanted or leaf.value.startswith("arn:")):
                found.append(leaf)
    return found


def _wrong_form(resource: Resource, leaf: Leaf) -> str:
    if f"{resource.kind}:{leaf.name}" in _NO_ARN or ("key" in leaf.name.lower() and _KEY_NAMES.fullmatch(leaf.value)):
        return ""
    return _malformed(leaf.value)


rules.named("arn-form", "F420", ANY_AWS).add(
    each_text(_arns, _wrong_form),
    description="ARNs have a partition, a service, a region or none, an account of twelve digits or none, and a resource.",
    remediation="Take the arn output of the resource instead of writing an ARN.",
)


def _malformed(text: str) -> str:
    if "${" in text or text == "*":
        return ""
    parts = _ARN.fullmatch(text)
    if parts is None:
        return "an ARN: arn:partition:service:region:account:resource"
    if parts["partition"] != "aws" and parts["partition"] not in _PARTITIONS and parts["partition"] != "*":
        return f"a partition that exists: aws or {', '.join(_PARTITIONS)}"
    if not re.fullmatch(r"[a-z0-9*-]+", parts["service"]):
        return "an ARN with a service in lower case"
    if not _REGION.fullmatch(parts["region"]):
        return "an ARN with a region, or nothing between the colons"
    if not _ACCOUNT.fullmatch(parts["account"]) and parts["service"] not in _NO_ACCOUNT:
        return "an ARN with an account of twelve digits"
    return _global(parts)


def _global(parts: re.Match[str]) -> str:
    """What is wrong about region and account for services that have none, or always have one."""
    if parts["service"] in ("iam", "cloudfront", "route53") and parts["region"] not in ("", "*"):
        return f"no region: {parts['service']} is global"
    if parts["service"] == "s3" and "accesspoint/" not in parts["rest"] and "storage-lens" not in parts["rest"]:
        if parts["account"] and parts["region"]:
            return "" if "/" in parts["rest"] else "no region and no account in a bucket's ARN"
        return ""
    if parts["service"] in ("sns", "sqs", "kms", "dynamodb") and not (parts["region"] and parts["account"]):
        return f"a region and an account: {parts['service']} has both"
    return ""


def _partition_of(region: str) -> str:
    if not _REGION.fullmatch(region) or region in ("", "*", "aws-global"):
        return ""
    return next((name for name, starts in _PARTITIONS.items() if region.startswith(tuple(starts.split()))), "aws")


def _wrong_partition(resource: Resource, leaf: Leaf) -> str:
    parts = _ARN.fullmatch(leaf.value)
    if parts is None or (parts["partition"] != "aws" and parts["partition"] not in _PARTITIONS):
        return ""
    wanted = _partition_of(parts["region"]) or _partition_of(resource.region or "")
    return f"an ARN of the partition {wanted}" if wanted not in ("", parts["partition"]) else ""


rules.named("arn-partition", "F421", ANY_AWS).add(
    each_text(lambda resource: (leaf for leaf in _arns(resource) if leaf.value is not UNKNOWN), _wrong_partition),
    description="ARNs are of the partition of the resource's region.",
    remediation="Build ARNs with the partition of the region (getPartition), or take the arn output of the resource.",
)


@cache
def _wanted(kind: str, name: str) -> tuple[tuple[str, ...], str, str] | None:
    role = _ROLE if name in ("roleArn", "roleArns") or name.endswith("RoleArn") else None
    return _WANTED_OF.get(f"{kind}:{name}") or _WANTED.get(name) or role


def _wrong_thing(resource: Resource, leaf: Leaf) -> str:
    services, rest, expected = _wanted(resource.kind, leaf.name) or ((), "", "")
    parts = _ARN.fullmatch(leaf.value)
    right = parts is None or (parts["service"] in services and re.fullmatch(rest, parts["rest"], re.DOTALL))
    return "" if right else expected


rules.named("arn-of-other-thing", "F422", ANY_AWS).add(
    each_text(
        lambda resource: (
            leaf for name, found in leaves(resource).items() if _wanted(resource.kind, name) is not None for leaf in found
        ),
        _wrong_thing,
    ),
    description="The ARN in a property is of the kind of thing that the property names.",
    remediation="Pass the arn output of the resource that the property is about.",
)
