"""Things of the wrong region or account: what AWS has in us-east-1 only, nested ARNs, roles that are passed to a service."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final, cast

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.leaves import Leaf, alike, at, each_text, unless_made_here
from policies.feasibility.engine.relations import region_of
from policies.feasibility.engine.shapes import json_object
from policies.feasibility.rules.iam.trust import ROLES
from policies.kit.facts import KEYS
from policies.kit.references import arn_of, targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_list, read

rules: Final = Rules("feasibility", failures())

_HOME: Final = "us-east-1"
_OTHER_PARTITIONS: Final = ("cn-", "us-gov-", "us-iso", "eu-iso", "eusc-")

_KEYS: Final = " ".join(KEYS)
_CERTIFICATES: Final = "acm/certificate acm/certificateValidation"
_LOCAL: Final[Mapping[str, Mapping[str, str]]] = {
    **alike(
        """
        backup/vaultNotifications dms/eventSubscription docdb/eventSubscription memorydb/cluster neptune/eventSubscription
        redshift/eventSubscription
        """,
        {"snsTopicArn": "sns/topic"},
    ),
    **alike("elasticache/cluster elasticache/replicationGroup", {"notificationTopicArn": "sns/topic"}),
    **alike(
        "elasticsearch/domain opensearch/domain",
        {
            "encryptAtRest.kmsKeyId": _KEYS,
            "logPublishingOptions[].cloudwatchLogGroupArn": "cloudwatch/logGroup",
            "domainEndpointOptions.customEndpointCertificateArn": _CERTIFICATES,
        },
    ),
    **alike("rds/cluster rds/instance", {"masterUserSecretKmsKeyId": _KEYS, "performanceInsightsKmsKeyId": _KEYS}),
    "cloudtrail/trail": {"cloudWatchLogsGroupArn": "cloudwatch/logGroup"},
    "cloudwatch/logSubscriptionFilter": {"destinationArn": "lambda/function kinesis/stream kinesis/firehoseDeliveryStream"},
    "cloudwatch/metricStream": {"firehoseArn": "kinesis/firehoseDeliveryStream"},
    "codebuild/project": {"encryptionKey": _KEYS},
    "dynamodb/kinesisStreamingDestination": {"streamArn": "kinesis/stream"},
    "dynamodb/table": {"serverSideEncryption.kmsKeyArn": _KEYS},
    "ecr/repository": {"encryptionConfigurations[].kmsKey": _KEYS},
    "ecs/cluster": {"configuration.executeCommandConfiguration.kmsKeyId": _KEYS},
    "lambda/function": {"layers[]": "lambda/layerVersion", "codeSigningConfigArn": "lambda/codeSigningConfig"},
    "rds/clusterInstance": {"performanceInsightsKmsKeyId": _KEYS},
    "rds/eventSubscription": {"snsTopic": "sns/topic"},
    "rds/proxy": {"auths[].secretArn": "secretsmanager/secret"},
    "s3/bucketNotification": {
        "topics[].topicArn": "sns/topic",
        "queues[].queueArn": "sqs/queue",
        "lambdaFunctions[].lambdaFunctionArn": "lambda/function",
    },
    "secretsmanager/secretRotation": {"rotationLambdaArn": "lambda/function"},
    "sfn/stateMachine": {"encryptionConfiguration.kmsKeyId": _KEYS},
}
"""Kind -> the properties that name something of its own region -> kinds of that; those that `same-region` does not read."""


@rules.rule("local-reference-region", "F257", " ".join(_LOCAL))
def _local(resource: Resource) -> Answers:
    """Keys, topics, queues, functions, log groups and secrets that a resource uses are of its own region.

    Name one of the resource's region (a key's replica has an ARN of its own in each region).
    """
    here = region_of(resource)
    for path, kinds in _LOCAL[resource.kind].items() if here else ():
        values = list(resource.each(path))
        for where, value in values:
            arn = arn_of(value) if value is not UNKNOWN else None
            if arn is not None and arn.region and arn.region != here:
                yield Finding(where, value, f"one of {here}, not of {arn.region}", f"{path} {value}")
        if any(value is UNKNOWN for _, value in values):
            if not resource.sources(path):
                yield NOT_JUDGED
            yield from made_elsewhere(path, targets(resource, path, *kinds.split()), here)


def made_elsewhere(path: str, others: Iterable[Resource], here: str | None) -> Iterator[Finding]:
    """A finding for each of the resources, which a property names, that is in another region."""
    for other in others:
        there = region_of(other)
        if there and there != here:
            yield Finding(path, other.name, f"one of {here}; this one is in {there}", f"{path} {other.name}")


_AT_HOME: Final = {
    "cloudfront/distribution": (
        "viewerCertificate.acmCertificateArn",
        "InvalidViewerCertificate: The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or "
        "doesn't include a valid certificate chain.",
    ),
    "apigateway/domainName": (
        "certificateArn",
        "BadRequestException: Invalid certificate ARN, certificate must be in us-east-1",
    ),
    "appsync/domainName": ("certificateArn", "BadRequestException: Certificate must be in us-east-1"),
    "cognito/userPoolDomain": (
        "certificateArn",
        "InvalidParameterException: Certificate not in 'us-east-1': the certificate of a custom domain must be there",
    ),
}


@rules.rule("edge-certificate-region", "F141", " ".join(_AT_HOME))
def _certificate(resource: Resource) -> Answers:
    """The certificate of what CloudFront serves is in us-east-1.

    Make the certificate (and its validation) with region us-east-1.
    """
    path, answer = _AT_HOME[resource.kind]
    if (region_of(resource) or "").startswith(_OTHER_PARTITIONS) or _private(resource):
        return
    value = resource.get(path)
    arn = arn_of(value) if value is not UNKNOWN else None
    if arn is not None and arn.service == "acm" and arn.region != _HOME:
        yield Finding(path, value, f"a certificate of {_HOME}, not of {arn.region}", answer=answer)
    elif value is UNKNOWN:
        found = targets(resource, path, *_CERTIFICATES.split())
        if not found or any(region_of(other) is None for other in found):
            yield NOT_JUDGED
        for wrong in made_elsewhere(path, found, _HOME):
            yield replace(wrong, detail=str(wrong.value), answer=answer)


def _private(resource: Resource) -> bool:
    """Whether it is a private domain of an API, whose certificate is of its own region."""
    return "PRIVATE" in as_list(resource.get("endpointConfiguration.types"))


_METRICS: Final = {
    **alike("AWS/Billing AWS/CloudFront AWS/Route53", _HOME),
    "AWS/GlobalAccelerator": "us-west-2",
}


@rules.rule("metric-of-one-region", "F256", "cloudwatch/metricAlarm")
def _metric(alarm: Resource) -> Answers:
    """Alarms on metrics of global services are in the one region that has these metrics.

    Set region us-east-1 (Global Accelerator: us-west-2) on the alarm, and on the topic it sends to.
    """
    here = region_of(alarm)
    spaces = [("namespace", alarm.get("namespace")), *alarm.each("metricQueries[].metric.namespace")]
    for path, space in spaces:
        if space is UNKNOWN or (space in _METRICS and here is None):
            yield NOT_JUDGED
        elif space in _METRICS and here != _METRICS[space] and not str(here).startswith(_OTHER_PARTITIONS):
            yield Finding("region", here, f"{_METRICS[space]}, the only region with metrics of {space}", path)


_ONLY_AT_HOME: Final = {
    **alike(
        "ecrpublic/repository ecrpublic/repositoryPolicy",
        "UnsupportedCommandException: ECR Public is in us-east-1 only: no such host",
    ),
    **alike(
        "lightsail/domain lightsail/domainEntry",
        "InvalidInputException: Domain-related APIs are only available in the us-east-1 Region",
    ),
}


@rules.rule("service-of-one-region", "F256", " ".join(_ONLY_AT_HOME))
def _one_region(resource: Resource) -> Answers:
    """Public repositories and domains of Lightsail are in us-east-1.

    Set region us-east-1 on the resource.
    """
    here = region_of(resource)
    if here is None:
        yield NOT_JUDGED
    elif here != _HOME:
        yield Finding("region", here, _HOME, answer=_ONLY_AT_HOME[resource.kind])


_GLOBAL: Final = ("iam", "organizations", "route53", "cloudfront")
_GLOBAL_SOURCES: Final = frozenset(f"aws.{name}" for name in _GLOBAL)
_GLOBAL_CALLS: Final = frozenset(f"{name}.amazonaws.com" for name in _GLOBAL)


@rules.rule("event-of-one-region", "F502", "cloudwatch/eventRule")
def _event(rule: Resource) -> Answers:
    """Events of IAM, Organizations, Route 53 and CloudFront are matched in us-east-1, where they happen.

    Make the rule in us-east-1, with a target there or a bus of this region.
    """
    pattern, here = json_object(rule.get("eventPattern")) or {}, region_of(rule)
    default_bus = (rule.get("eventBusName") or "default") == "default"
    if here is None or here == _HOME or here.startswith(_OTHER_PARTITIONS) or not default_bus:
        return
    sources, calls = (set(_texts(read(pattern, path))) for path in ("source", "detail.eventSource"))
    wrong = (calls and not calls - _GLOBAL_CALLS) or (sources and not sources - _GLOBAL_SOURCES)
    if wrong and not _forwarded(rule, here):
        found = ", ".join(sorted(sources | calls))
        yield Finding("region", here, f"{_HOME}, the only region with events of {found}")


def _texts(value: Value) -> list[str]:
    """The texts of a list in an event pattern; empty for what is none."""
    return [item if isinstance(item, str) else "" for item in cast(list[Value], value)] if isinstance(value, list) else []


def _forwarded(rule: Resource, here: str) -> bool:
    """Whether a target in us-east-1 sends events to a bus of this region."""
    home = [target.get("arn") for target in rule.graph.of("cloudwatch/eventTarget") if region_of(target) == _HOME]
    return any(arn is UNKNOWN or f"events:{here}:" in str(arn) for arn in home)


_SAME_ROLES: Final = (
    "backup/selection batch/computeEnvironment cfg/recorder cloudtrail/trail cloudwatch/eventTarget cloudwatch/metricStream "
    "cloudwatch/logSubscriptionFilter codebuild/project codepipeline/pipeline dlm/lifecyclePolicy ec2/flowLog "
    "ecs/taskDefinition eks/cluster eks/fargateProfile eks/nodeGroup glue/job lambda/function pipes/pipe "
    "rds/clusterRoleAssociation rds/proxy rds/roleAssociation s3/bucketReplicationConfig sagemaker/model "
    "sagemaker/notebookInstance scheduler/schedule sfn/stateMachine synthetics/canary"
)
_ROLES: Final = {
    **{kind: tuple(path for path, _ in ROLES[kind]) for kind in _SAME_ROLES.split()},
    **alike("rds/cluster rds/clusterInstance rds/instance", ("monitoringRoleArn",)),
    "appautoscaling/target": ("roleArn",),
    "codedeploy/deploymentGroup": ("serviceRoleArn",),
    "kinesis/firehoseDeliveryStream": ("extendedS3Configuration.roleArn", "kinesisSourceConfiguration.roleArn"),
    "sagemaker/endpointConfiguration": ("executionRoleArn",),
}


def _other_account(resource: Resource, leaf: Leaf) -> str:
    arn = arn_of(leaf.value)
    known = arn is not None and arn.service == "iam" and arn.account.isdigit() and resource.account is not None
    return f"a role of account {resource.account}" if arn is not None and known and arn.account != resource.account else ""


rules.named("role-of-own-account", "F271", " ".join(_ROLES)).add(
    each_text(unless_made_here(at(_ROLES)), _other_account, detail="{name}"),
    description="A role that is given to a service is of the resource's own account.",
    remediation="Give it a role of its account; that one may take on a role elsewhere.",
)
