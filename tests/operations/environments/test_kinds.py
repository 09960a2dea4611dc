"""Whatever of an environment the Tagging API may tell of, its own service can be asked whether it is there."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest

from operations.environments.owners import known
from tests.found import some
from tests.operations.environments.world import ACCOUNT, REGION
from tests.stacks.test_on_demand import environment

TAGGABLE: Final = Path(__file__).parents[3] / "policies" / "kit" / "taggable.json"
# Type that takes tags -> its ARN from the service on; docs.aws.amazon.com/service-authorization/latest/reference/ has them all.
KINDS: Final[Mapping[str, str]] = {
    "acm/certificate:Certificate": "acm certificate/0a1b",
    "appautoscaling/target:Target": "application-autoscaling scalable-target/0a1b",
    "batch/computeEnvironment:ComputeEnvironment": "batch compute-environment/x",
    "batch/jobDefinition:JobDefinition": "batch job-definition/x:1",
    "batch/jobQueue:JobQueue": "batch job-queue/x",
    "batch/schedulingPolicy:SchedulingPolicy": "batch scheduling-policy/x",
    "cloudwatch/eventRule:EventRule": "events rule/x",
    "cloudwatch/logGroup:LogGroup": "logs log-group:/aws/lambda/x",
    "cloudwatch/metricAlarm:MetricAlarm": "cloudwatch alarm:x",
    "dynamodb/table:Table": "dynamodb table/x",
    "ec2/defaultNetworkAcl:DefaultNetworkAcl": "ec2 network-acl/acl-1",
    "ec2/defaultSecurityGroup:DefaultSecurityGroup": "ec2 security-group/sg-1",
    "ec2/eip:Eip": "ec2 elastic-ip/eipalloc-1",
    "ec2/flowLog:FlowLog": "ec2 vpc-flow-log/fl-1",
    "ec2/internetGateway:InternetGateway": "ec2 internet-gateway/igw-1",
    "ec2/natGateway:NatGateway": "ec2 natgateway/nat-1",
    "ec2/networkAcl:NetworkAcl": "ec2 network-acl/acl-1",
    "ec2/routeTable:RouteTable": "ec2 route-table/rtb-1",
    "ec2/securityGroup:SecurityGroup": "ec2 security-group/sg-1",
    "ec2/subnet:Subnet": "ec2 subnet/subnet-1",
    "ec2/vpc:Vpc": "ec2 vpc/vpc-1",
    "ec2/vpcEndpoint:VpcEndpoint": "ec2 vpc-endpoint/vpce-1",
    "ec2/vpcPeeringConnection:VpcPeeringConnection": "ec2 vpc-peering-connection/pcx-1",
    "ecs/cluster:Cluster": "ecs cluster/x",
    "ecs/service:Service": "ecs service/x/bi",
    "ecs/taskDefinition:TaskDefinition": "ecs task-definition/x:1",
    "elasticache/parameterGroup:ParameterGroup": "elasticache parametergroup:x",
    "elasticache/replicationGroup:ReplicationGroup": "elasticache replicationgroup:x",
    "elasticache/subnetGroup:SubnetGroup": "elasticache subnetgroup:x",
    "elasticache/user:User": "elasticache user:x",
    "elasticache/userGroup:UserGroup": "elasticache usergroup:x",
    "glue/catalogDatabase:CatalogDatabase": "glue database/x",
    "kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": "firehose deliverystream/x",
    "kms/key:Key": "kms key/0a1b",
    "lambda/eventSourceMapping:EventSourceMapping": "lambda event-source-mapping:0a1b",
    "lambda/function:Function": "lambda function:x",
    "lb/listener:Listener": "elasticloadbalancing listener/app/x/1/2",
    "lb/listenerRule:ListenerRule": "elasticloadbalancing listener-rule/app/x/1/2/3",
    "lb/loadBalancer:LoadBalancer": "elasticloadbalancing loadbalancer/app/x/1",
    "lb/targetGroup:TargetGroup": "elasticloadbalancing targetgroup/x/1",
    "s3/bucket:Bucket": "s3 x",
    "scheduler/scheduleGroup:ScheduleGroup": "scheduler schedule-group/x",
    "secretsmanager/secret:Secret": "secretsmanager secret:x-0a1b2c",
    "sfn/stateMachine:StateMachine": "states stateMachine:x",
    "sns/topic:Topic": "sns x",
    "sqs/queue:Queue": "sqs x",
    "vpc/securityGroupEgressRule:SecurityGroupEgressRule": "ec2 security-group-rule/sgr-1",
    "vpc/securityGroupIngressRule:SecurityGroupIngressRule": "ec2 security-group-rule/sgr-1",
    "wafv2/webAcl:WebAcl": "wafv2 regional/webacl/x/0a1b",
}
IDENTITIES: Final = {"iam/policy:Policy", "iam/role:Role"}
"""IAM is asked for these itself, for the Tagging API tells of none in a region."""
MADE_BY_AWS: Final = ("ecs task/x/0a1b", "ec2 network-interface/eni-1", "ec2 instance/i-1", "ec2 volume/vol-1")
"""What services make, with the tags of what they make it for."""


class AskedError(Exception):
    """The service of a thing is asked."""


def arn(kind: str) -> str:
    service, named = kind.split(" ")
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{named}"


def test_the_table_has_every_kind_of_an_environment_that_takes_tags() -> None:
    taggable = set(json.loads(TAGGABLE.read_text())["types"])
    kinds = {kind.removeprefix("aws:") for kind, _ in some(environment("x").resources) if kind in taggable}
    assert kinds == {*KINDS} | IDENTITIES


@pytest.mark.parametrize("kind", sorted({*KINDS.values(), *MADE_BY_AWS}))
def test_of_every_kind_there_is_somebody_to_ask(kind: str) -> None:
    def asked(service: str) -> Any:
        raise AskedError(service)

    # What nobody is asked for is taken to be there.
    with suppress(AskedError):
        assert not known(asked, arn(kind)), f"{kind} would be left for as long as the Tagging API tells of it"
