"""Private ways from a VPC to AWS services, each open to this account's own principals and resources only."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_aws import ec2

from components import checks
from components.component import Component, InvalidArgumentError, tags
from components.permissions import POLICY_VERSION
from components.security_group import SecurityGroup, SecurityGroupArgs

# Their everyday use touches what AWS owns (images, parameters, documents, Lambda layers) or, for events:PutEvents, carries no
# resource account: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html, aws:ResourceAccount.
SERVES_FOREIGN_RESOURCES: Final = ("ec2", "ec2messages", "events", "lambda", "ssm", "ssmmessages")


@dataclass(frozen=True, kw_only=True)
class EndpointsArgs:
    """The endpoints of one VPC, which must resolve names by AWS's DNS (both DNS attributes on).

    Attributes:
        region: AWS region of the VPC, e.g. `us-east-2`.
        account_id: The account whose principals and resources may meet in these endpoints.
        vpc_id: The VPC.
        vpc_cidr: Its range: who may call the interface endpoints.
        route_table_ids: Route tables that send S3 and DynamoDB through the gateway endpoints (free of charge). The network ACLs
            of their subnets must admit those services' public addresses.
        subnet_ids: Zone -> subnet that holds the interface endpoints' addresses; one per zone is all AWS allows. Zones in which
            a service does not exist are refused at `up`: `aws ec2 describe-vpc-endpoint-services` lists them.
        interface_services: Services with an interface endpoint, each once, e.g. `ecr.api`; each costs per zone and hour. S3 and
            DynamoDB are not among them: an interface endpoint would take their names away from the gateway endpoints.
    """

    region: str
    account_id: str
    vpc_id: pulumi.Input[str]
    vpc_cidr: str
    route_table_ids: Sequence[pulumi.Input[str]]
    subnet_ids: Mapping[str, pulumi.Input[str]]
    interface_services: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if expected := checks.cidr(self.vpc_cidr):
            raise InvalidArgumentError(self, "vpc_cidr", self.vpc_cidr, expected)
        for zone in self.subnet_ids:
            if expected := checks.zone(zone, self.region):
                raise InvalidArgumentError(self, "subnet_ids", zone, expected)
        for service in self.interface_services:
            if expected := checks.interface_endpoint(service):
                raise InvalidArgumentError(self, "interface_services", service, expected)
        if len(set(self.interface_services)) != len(self.interface_services):
            raise InvalidArgumentError(self, "interface_services", self.interface_services, "each service once")
        if self.interface_services and not self.subnet_ids:
            raise InvalidArgumentError(self, "subnet_ids", self.subnet_ids, "a subnet per zone for the interface endpoints")


class Endpoints(Component):
    """Gateway endpoints for S3 and DynamoDB, and the chosen interface endpoints under their services' own names.

    Outputs: `s3_prefix_list_id`, `dynamodb_prefix_list_id` (for `SecurityGroup.allow_to_prefix_list`); `security_group` of the
    interface endpoints, which admits HTTPS from the VPC (None without interface endpoints).
    """

    s3_prefix_list_id: pulumi.Output[str]
    dynamodb_prefix_list_id: pulumi.Output[str]
    security_group: SecurityGroup | None

    def __init__(self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        self.s3_prefix_list_id = self._gateway("s3", _policy(args, "s3", _ecr_layers(args.region))).prefix_list_id
        self.dynamodb_prefix_list_id = self._gateway("dynamodb", _policy(args, "dynamodb")).prefix_list_id
        self.security_group = self._interfaces() if args.interface_services else None
        self.register_outputs({"s3PrefixListId": self.s3_prefix_list_id, "dynamodbPrefixListId": self.dynamodb_prefix_list_id})

    def _gateway(self, service: str, policy: str) -> ec2.VpcEndpoint:
        name = f"{self.name}-{service}"
        return ec2.VpcEndpoint(
            name,
            region=self.args.region,
            vpc_id=self.args.vpc_id,
            vpc_endpoint_type="Gateway",
            service_name=f"com.amazonaws.{self.args.region}.{service}",
            route_table_ids=self.args.route_table_ids,
            policy=policy,
            tags=tags(name),
            opts=self.child(),
        )

    def _interfaces(self) -> SecurityGroup:
        group = SecurityGroup(
            f"{self.name}-interface",
            SecurityGroupArgs(
                region=self.args.region, vpc_id=self.args.vpc_id, description="Interface endpoints of AWS services"
            ),
            opts=self.child(),
        )
        group.allow_from_cidr("vpc", self.args.vpc_cidr, port=443, description="AWS APIs from inside the VPC")
        for service in self.args.interface_services:
            name = f"{self.name}-{service.replace('.', '-')}"
            ec2.VpcEndpoint(
                name,
                region=self.args.region,
                vpc_id=self.args.vpc_id,
                vpc_endpoint_type="Interface",
                service_name=f"com.amazonaws.{self.args.region}.{service}",
                private_dns_enabled=True,
                subnet_ids=list(self.args.subnet_ids.values()),
                security_group_ids=[group.id],
                policy=_policy(self.args, service),
                tags=tags(name),
                opts=self.child(),
            )
        return group


def _policy(args: EndpointsArgs, service: str, *further: Mapping[str, Any]) -> str:
    """Bound to the account on both sides: no stranger's credentials get out, no stranger's bucket is written to."""
    own = {"aws:PrincipalAccount": args.account_id}
    if service not in SERVES_FOREIGN_RESOURCES:
        own["aws:ResourceAccount"] = args.account_id
    account = {
        "Sid": "OwnAccount",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "*",
        "Resource": "*",
        "Condition": {"StringEquals": own},
    }
    return json.dumps({"Version": POLICY_VERSION, "Statement": [account, *further]})


def _ecr_layers(region: str) -> dict[str, Any]:
    """Image layers lie in AWS's bucket and are fetched with links that ECR signs: neither side is this account.

    Source: docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html.
    """
    return {
        "Sid": "ImageLayers",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::prod-{region}-starport-layer-bucket/*",
    }
