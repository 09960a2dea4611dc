"""Regions: references that leave a resource's region where AWS stays in it, and regions set where there is none to set."""

import re
from functools import cache
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.leaves import alike, pairs, words
from policies.feasibility.engine.relations import region_of
from policies.feasibility.rules.general.regions import made_elsewhere
from policies.kit.facts import ALARM_ACTIONS, KEYS
from policies.kit.references import arn_of
from policies.kit.resource import Resource, top
from policies.kit.rule import ANY_AWS, NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value

rules: Final = Rules("feasibility", failures())

_GLOBAL_MODULES: Final = words(
    """
    account billing budgets cloudfront costexplorer cur globalaccelerator iam networkmanager organizations rolesanywhere
    route53domains route53recoverycontrol route53recoveryreadiness savingsplans shield
    """
)
_GLOBAL_KINDS: Final = words(
    """
    backup/globalSettings cloudtrail/organizationDelegatedAdminAccount directconnect/gateway directconnect/hostedConnection
    ec2/vpcIpamOrganizationAdminAccount fms/adminAccount ram/sharingWithOrganization route53/cidrCollection route53/cidrLocation
    route53/delegationSet route53/healthCheck route53/hostedZoneDnsSec route53/keySigningKey route53/queryLog route53/record
    route53/recordsExclusive route53/trafficPolicy route53/trafficPolicyInstance route53/vpcAssociationAuthorization
    route53/zone route53/zoneAssociation s3/accountPublicAccessBlock servicecatalog/organizationsAccess
    """
)


def has_region(kind: str) -> bool:
    """Whether resources of a kind live in a region, in pulumi-aws 7."""
    return kind.partition("/")[0] not in _GLOBAL_MODULES and kind not in _GLOBAL_KINDS


@rules.rule("region-where-there-is-one", "F171", ANY_AWS)
def _no_region(resource: Resource) -> Answers:
    """Global resources have no region.

    Remove region.
    """
    value = resource.get("region")
    if value is not None and not has_region(resource.kind):
        yield Finding("region", value, "nothing: the resource is global")


_TABLE: Final = {
    **alike("subnetId subnetIds subnets vpcZoneIdentifiers", "ec2/subnet"),
    **alike("vpcConfig networkConfiguration", "ec2/subnet ec2/securityGroup"),
    **alike(
        """
        securityGroups securityGroupId securityGroupIds vpcSecurityGroupIds sourceSecurityGroupId referencedSecurityGroupId
        """,
        "ec2/securityGroup",
    ),
    **alike("targetGroupArn targetGroupArns defaultActions actions loadBalancers", "lb/targetGroup"),
    **alike("kmsKeyId kmsKeyArn kmsMasterKeyId keyId targetKeyId", " ".join(KEYS)),
    **pairs(
        """
        vpcId=ec2/vpc,ec2/defaultVpc routeTableId=ec2/routeTable routeTableIds=ec2/routeTable gatewayId=ec2/internetGateway
        natGatewayId=ec2/natGateway allocationId=ec2/eip networkAclId=ec2/networkAcl launchTemplate=ec2/launchTemplate
        loadBalancerArn=lb/loadBalancer listenerArn=lb/listener accessLogs=s3/bucket
        certificateArn=acm/certificate,acm/certificateValidation cluster=ecs/cluster taskDefinition=ecs/taskDefinition
        function=lambda/function functionName=lambda/function eventSourceArn=sqs/queue,kinesis/stream,dynamodb/table
        queueUrl=sqs/queue redrivePolicy=sqs/queue topic=sns/topic rule=cloudwatch/eventRule
        logGroupName=cloudwatch/logGroup secretId=secretsmanager/secret repository=ecr/repository restApi=apigateway/restApi
        apiId=apigatewayv2/api stateMachineArn=sfn/stateMachine detectorId=guardduty/detector fileSystemId=efs/fileSystem
        userPoolId=cognito/userPool webAclArn=wafv2/webAcl computeEnvironmentOrders=batch/computeEnvironment
        resourceId=ecs/service,dynamodb/table
        """
    ),
}
"""Property that names resources of its own region -> kinds of those."""

_TABLE_OF: Final = {
    "s3/": {"bucket": "s3/bucket"},
    "lambda/function": {"s3Bucket": "s3/bucket", "imageUri": "ecr/repository"},
    "cloudwatch/metricAlarm": dict.fromkeys(ALARM_ACTIONS, "sns/topic lambda/function autoscaling/policy"),
    "cloudwatch/compositeAlarm": dict.fromkeys(ALARM_ACTIONS, "sns/topic"),
    "wafv2/webAclAssociation": {"resourceArn": "lb/loadBalancer apigateway/stage cognito/userPool"},
    "cloudwatch/eventTarget": {
        "arn": "lambda/function sqs/queue sns/topic kinesis/stream sfn/stateMachine cloudwatch/logGroup"
    },
    "sns/topicPolicy": {"arn": "sns/topic"},
}
"""Beginning of a kind -> what is added to the table for it."""

_ELSEWHERE: Final = words(
    """
    apigateway/domainName appsync/domainName cognito/userPoolDomain kms/grant ssmincidents/replicationSet s3/bucketObjectv2
    s3/bucketObject s3/objectCopy
    """
)
"""Kinds whose references may lead to another region (or must: edge certificates)."""
_OF_THE_BUCKET: Final = {"guardduty/publishingDestination": ("kmsKeyArn",)}
"""Kind -> properties that follow another: findings go to a bucket of any region, and the key is of the bucket's region
(docs.aws.amazon.com/guardduty/latest/ug/guardduty_exportfindings.html)."""


@cache
def _table(kind: str) -> dict[str, list[str]]:
    """The properties of a kind that name resources of its own region -> kinds of those."""
    own = (props for prefix, props in _TABLE_OF.items() if kind.startswith(prefix))
    return {prop: kinds.split() for props in (_TABLE, *own) for prop, kinds in props.items()}


@rules.rule("same-region", "F175", ANY_AWS, needs_stack=True)
def _same_region(resource: Resource) -> Answers:
    """A resource is in the region of what it belongs to.

    Set region on the resource to the region of what it refers to: a region is not inherited.
    """
    if not has_region(resource.kind) or resource.kind in _ELSEWHERE:
        return
    own = region_of(resource)
    if own is None:
        return
    dependencies = resource.property_dependencies or {}
    resources = resource.graph.resources
    for prop, wanted in _table(resource.kind).items():
        if prop in resource.properties and prop not in _OF_THE_BUCKET.get(resource.kind, ()):
            named = [resources.get(urn) for urn in dict.fromkeys(dependencies.get(prop, ()))]
            others = [other for other in named if other is not None and other.kind in wanted]
            yield from made_elsewhere(prop, others, own)


_ARNS: Final = (
    "certificateArn kmsKeyArn kmsKeyId kmsMasterKeyId listenerArn loadBalancerArn targetGroupArn targetGroupArns[] "
    "eventSourceArn taskDefinition cluster topic functionName"
)

_ARNS_OF: Final = {
    "cloudwatch/eventTarget": ("arn",),
    "lambda/function": ("imageUri",),
    "securityhub/standardsSubscription": ("standardsArn",),
    "wafv2/webAclAssociation": ("resourceArn", "webAclArn"),
}
_ANYWHERE: Final = {"cloudwatch/eventTarget": ("events",)}
"""Services of ARNs that may be of another region: a rule can forward to a bus anywhere."""

_IMAGE: Final = re.compile(r"\d{12}\.dkr\.ecr(-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/.*")


def _region_in(kind: str, value: Value) -> str:
    """The region that an ARN, or an image's address in ECR, is of; empty if it says none, or may say any."""
    image = _IMAGE.fullmatch(value) if isinstance(value, str) else None
    if image is not None:
        return image["region"]
    arn = arn_of(value)
    return "" if arn is None or arn.service in _ANYWHERE.get(kind, ()) else arn.region


@rules.rule("arn-of-region", "F175", ANY_AWS)
def _arn_region(resource: Resource) -> Answers:
    """An ARN that AWS looks up in the resource's region is of that region.

    Name the key, certificate or other resource of the same region.
    """
    if not has_region(resource.kind) or resource.kind in _ELSEWHERE or resource.region is None:
        return
    for path in (*_ARNS.split(), *_ARNS_OF.get(resource.kind, ())):
        if top(path) not in resource.properties or path in _OF_THE_BUCKET.get(resource.kind, ()):
            continue
        for where, value in resource.each(path):
            if value is UNKNOWN:
                if not resource.sources(path):
                    yield NOT_JUDGED
            elif (there := _region_in(resource.kind, value)) and there != resource.region:
                answer = f"The resource does not exist in {resource.region}: NotFoundException, ValidationError or the like"
                yield Finding(where, value, f"one of {resource.region}, not of {there}", detail=path, answer=answer)


_CRITICAL: Final = (
    "rds/instance rds/cluster ecs/service lb/loadBalancer lambda/function elasticache/replicationGroup opensearch/domain"
)


@rules.rule("stack-of-one-region", "F191", _CRITICAL)
def _one_region(resource: Resource) -> Answers:
    """What must live on when a region is lost is in a stack of one region.

    Put the other region's resources into a stack of their own, with that region in aws:region.
    """
    own, base = resource.get("region"), resource.provider_properties.get("region")
    if own is not None and own != base and base is not None:
        yield Finding("region", own, f"{base}, the region of the stack")
