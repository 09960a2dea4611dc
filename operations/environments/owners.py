"""Whether the service that owns a thing still knows it: the Tagging API also tells of what was deleted, for hours."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from botocore.exceptions import ClientError

from operations.aws import code_of

_NOT_THERE: Final = re.compile(r"NotFound|NoSuch|[Nn]on[Ee]xist|DoesNotExist")
"""What services' codes say of a thing that is not there."""
# AWS keeps what was taken out of use, and tells of it, for days. It costs nothing, and is in no network: a task that runs has
# an interface there.
_LISTED_STILL: Final = ("ecs:task/", "ecs:task-definition/", "batch:job-definition/")
_GONE: Final = frozenset({"deleted", "deleting", "failed", "inactive", "pendingdeletion", "rejected", "expired"}) | {
    *("shutting-down", "terminated"),
}
"""States, in lower case, of what is gone or goes by itself."""

Client = Callable[[str], Any]

# Service in the ARN -> what boto3 calls it, an operation that fails where the thing is not there, and the argument for its ARN.
_BY_ARN: Final[Mapping[str, tuple[str, str, str]]] = {
    "acm": ("acm", "describe_certificate", "CertificateArn"),
    "application-autoscaling": ("application-autoscaling", "list_tags_for_resource", "ResourceARN"),
    "cloudwatch": ("cloudwatch", "list_tags_for_resource", "ResourceARN"),
    "dynamodb": ("dynamodb", "list_tags_of_resource", "ResourceArn"),
    "elasticache": ("elasticache", "list_tags_for_resource", "ResourceName"),
    "events": ("events", "list_tags_for_resource", "ResourceARN"),
    "glue": ("glue", "get_tags", "ResourceArn"),
    "lambda": ("lambda", "list_tags", "Resource"),
    "logs": ("logs", "list_tags_for_resource", "resourceArn"),
    "scheduler": ("scheduler", "list_tags_for_resource", "ResourceArn"),
    "sns": ("sns", "list_tags_for_resource", "ResourceArn"),
    "states": ("stepfunctions", "list_tags_for_resource", "resourceArn"),
    "wafv2": ("wafv2", "list_tags_for_resource", "ResourceARN"),
}
# The same by the last part of the ARN.
_BY_NAME: Final[Mapping[str, tuple[str, str, str]]] = {
    "firehose": ("firehose", "list_tags_for_delivery_stream", "DeliveryStreamName"),
    "s3": ("s3", "get_bucket_location", "Bucket"),
    "sqs": ("sqs", "get_queue_url", "QueueName"),
}
# Kind -> an operation that answers with states, its argument (a list), whether that takes ARNs, and where the states are.
_BY_STATE: Final[Mapping[str, tuple[str, str, str, bool, tuple[str, ...]]]] = {
    "batch:compute-environment/": (
        *("batch", "describe_compute_environments", "computeEnvironments"),
        *(True, ("computeEnvironments", "status")),
    ),
    "batch:job-queue/": ("batch", "describe_job_queues", "jobQueues", True, ("jobQueues", "status")),
    "batch:scheduling-policy/": ("batch", "describe_scheduling_policies", "arns", True, ("schedulingPolicies", "name")),
    "ec2:elastic-ip/": ("ec2", "describe_addresses", "AllocationIds", False, ("Addresses", "AllocationId")),
    "ec2:instance/": ("ec2", "describe_instances", "InstanceIds", False, ("Reservations", "Instances", "State", "Name")),
    "ec2:internet-gateway/": (
        *("ec2", "describe_internet_gateways", "InternetGatewayIds"),
        *(False, ("InternetGateways", "InternetGatewayId")),
    ),
    "ec2:natgateway/": ("ec2", "describe_nat_gateways", "NatGatewayIds", False, ("NatGateways", "State")),
    "ec2:network-acl/": ("ec2", "describe_network_acls", "NetworkAclIds", False, ("NetworkAcls", "NetworkAclId")),
    "ec2:network-interface/": (
        *("ec2", "describe_network_interfaces", "NetworkInterfaceIds"),
        *(False, ("NetworkInterfaces", "NetworkInterfaceId")),
    ),
    "ec2:route-table/": ("ec2", "describe_route_tables", "RouteTableIds", False, ("RouteTables", "RouteTableId")),
    "ec2:security-group/": ("ec2", "describe_security_groups", "GroupIds", False, ("SecurityGroups", "GroupId")),
    "ec2:security-group-rule/": (
        *("ec2", "describe_security_group_rules", "SecurityGroupRuleIds"),
        *(False, ("SecurityGroupRules", "SecurityGroupRuleId")),
    ),
    "ec2:subnet/": ("ec2", "describe_subnets", "SubnetIds", False, ("Subnets", "SubnetId")),
    "ec2:volume/": ("ec2", "describe_volumes", "VolumeIds", False, ("Volumes", "State")),
    "ec2:vpc/": ("ec2", "describe_vpcs", "VpcIds", False, ("Vpcs", "VpcId")),
    "ec2:vpc-endpoint/": ("ec2", "describe_vpc_endpoints", "VpcEndpointIds", False, ("VpcEndpoints", "State")),
    "ec2:vpc-flow-log/": ("ec2", "describe_flow_logs", "FlowLogIds", False, ("FlowLogs", "FlowLogId")),
    "ec2:vpc-peering-connection/": (
        *("ec2", "describe_vpc_peering_connections", "VpcPeeringConnectionIds"),
        *(False, ("VpcPeeringConnections", "Status", "Code")),
    ),
    "ecs:cluster/": ("ecs", "describe_clusters", "clusters", True, ("clusters", "status")),
    "elasticloadbalancing:listener/": ("elbv2", "describe_listeners", "ListenerArns", True, ("Listeners", "ListenerArn")),
    "elasticloadbalancing:listener-rule/": ("elbv2", "describe_rules", "RuleArns", True, ("Rules", "RuleArn")),
    "elasticloadbalancing:loadbalancer/": (
        *("elbv2", "describe_load_balancers", "LoadBalancerArns"),
        *(True, ("LoadBalancers", "LoadBalancerArn")),
    ),
    "elasticloadbalancing:targetgroup/": (
        *("elbv2", "describe_target_groups", "TargetGroupArns"),
        *(True, ("TargetGroups", "TargetGroupArn")),
    ),
}


def known(client: Client, arn: str) -> bool:
    """Whether its service knows a thing, and it does not go by itself; what no row is for is taken to be there.

    Raises as boto3 does where a service cannot be asked.
    """
    _, _, service, _, _, named = arn.split(":", 5)
    kind, last = f"{service}:{named}", re.split("[:/]", named)[-1]
    if kind.startswith(_LISTED_STILL):
        return False
    try:
        return _asked(client, service, kind, arn, last)
    except ClientError as error:
        if not _NOT_THERE.search(code_of(error)):
            raise
        return False


def living(found: Any, path: tuple[str, ...]) -> bool:
    """Whether there is a state along `path` of an answer that is not of something that is gone; lists are looked through."""
    if isinstance(found, list):
        return any(living(each, path) for each in cast("list[Any]", found))
    if path:
        return living(found.get(path[0]) or [], path[1:])
    return str(found).lower() not in _GONE


def _asked(client: Client, service: str, kind: str, arn: str, last: str) -> bool:
    for begins, (name, operation, argument, by_arn, path) in _BY_STATE.items():
        if kind.startswith(begins):
            answer = getattr(client(name), operation)(**{argument: [arn if by_arn else last]})
            return living(answer, path)
    if kind.startswith("ecs:service/"):
        cluster = kind.split("/")[1]
        return living(client("ecs").describe_services(cluster=cluster, services=[last]), ("services", "status"))
    if kind.startswith("kms:key/"):
        return living(client("kms").describe_key(KeyId=arn), ("KeyMetadata", "KeyState"))
    if service == "secretsmanager":
        return "DeletedDate" not in client("secretsmanager").describe_secret(SecretId=arn)
    if row := _BY_ARN.get(service):
        getattr(client(row[0]), row[1])(**{row[2]: arn})
    elif row := _BY_NAME.get(service):
        getattr(client(row[0]), row[1])(**{row[2]: last})
    return True
