"""Private ways from a VPC to AWS services, each open to this account's own principals and resources only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import ec2

from ..base import checks
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.here import Place
from ..base.links import Link, Opening
from ..base.statements import EVERYONE, Statement, policy_json
from .ports import HTTPS
from .security_group import SecurityGroup, SecurityGroupArgs

# Their everyday use touches what AWS owns (images, parameters, documents, Lambda layers) or, for events:PutEvents, carries no
# resource account: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html, aws:ResourceAccount.
SERVES_FOREIGN_RESOURCES: Final = ("ec2", "ec2messages", "events", "lambda", "ssm", "ssmmessages")


@dataclass(frozen=True, kw_only=True)
class EndpointsArgs:
    """The endpoints of one VPC, which must resolve names by AWS's DNS (both DNS attributes on).

    Attributes:
        here: Where the VPC is; only this account's principals and resources may meet in the endpoints.
        vpc_id: The VPC.
        route_table_ids: Route tables that send S3 and DynamoDB through the gateway endpoints (free of charge). The network ACLs
            of their subnets must admit those services' public addresses.
        subnet_ids: Zone -> subnet that holds the interface endpoints' addresses; one per zone is all AWS allows. Zones in which
            a service does not exist are refused at `up`: `aws ec2 describe-vpc-endpoint-services` lists them.
        interface_services: Services with an interface endpoint, each once, e.g. `ecr.api`; each costs per zone and hour. S3 and
            DynamoDB are not among them: an interface endpoint would take their names away from the gateway endpoints. None by
            default.

    Raises:
        InvalidArgumentError: on a zone of another region, a service without an interface endpoint or listed twice, or interface
            endpoints without a subnet.
    """

    here: Place
    vpc_id: pulumi.Input[str]
    route_table_ids: Sequence[pulumi.Input[str]]
    subnet_ids: Mapping[str, pulumi.Input[str]]
    interface_services: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for zone in self.subnet_ids:
            if expected := checks.zone(zone, self.here.region):
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

    The interface endpoints admit the security groups that take `link`, and nobody else.

    `security_group` is that of the interface endpoints, None without any.
    """

    security_group: SecurityGroup | None

    def __init__(self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here = args.here
        self._endpoints = [
            self._gateway("s3", _policy(here, "s3", _ecr_layers(here.region))),
            self._gateway("dynamodb", _policy(here, "dynamodb")),
        ]
        self.security_group = self._interfaces() if args.interface_services else None
        self.register_outputs({})

    def link(self, verb: str = "", path: str = "") -> Link:  # noqa: ARG002 - there is one way to use them
        """Reach AWS inside the VPC: what every workload needs, and waits for."""
        group = self.security_group
        openings = () if group is None else (Opening(security_group=group, port=HTTPS, what="AWS inside the VPC"),)
        return Link(openings=openings, needs=tuple(self._endpoints))

    def _gateway(self, service: str, policy: pulumi.Output[str]) -> ec2.VpcEndpoint:
        name = f"{self.name}-{service}"
        return ec2.VpcEndpoint(
            name,
            region=self.args.here.region,
            vpc_id=self.args.vpc_id,
            vpc_endpoint_type="Gateway",
            service_name=f"com.amazonaws.{self.args.here.region}.{service}",
            route_table_ids=self.args.route_table_ids,
            policy=policy,
            tags=tags(name),
            opts=self.child(),
        )

    def _interfaces(self) -> SecurityGroup:
        here = self.args.here
        group = SecurityGroup(
            f"{self.name}-interface",
            SecurityGroupArgs(here=here, vpc_id=self.args.vpc_id, description="Interface endpoints of AWS services"),
            opts=self.child(),
        )
        for service in self.args.interface_services:
            name = f"{self.name}-{service.replace('.', '-')}"
            endpoint = ec2.VpcEndpoint(
                name,
                region=here.region,
                vpc_id=self.args.vpc_id,
                vpc_endpoint_type="Interface",
                service_name=f"com.amazonaws.{here.region}.{service}",
                private_dns_enabled=True,
                subnet_ids=list(self.args.subnet_ids.values()),
                security_group_ids=[group.id],
                policy=_policy(here, service),
                tags=tags(name),
                opts=self.child(),
            )
            self._endpoints.append(endpoint)
        return group


def _policy(here: Place, service: str, *further: Statement) -> pulumi.Output[str]:
    """Bound to the account on both sides: no stranger's credentials get out, no stranger's bucket is written to."""
    own = {"aws:PrincipalAccount": here.account_id}
    if service not in SERVES_FOREIGN_RESOURCES:
        own["aws:ResourceAccount"] = here.account_id
    account = Statement(
        sid="OwnAccount",
        principals=EVERYONE,
        actions=("*",),
        resources=("*",),
        conditions={"StringEquals": own},
        wildcard_reason="an endpoint says whose requests may pass; what they may do, their roles say",
    )
    return policy_json([account, *further])


def _ecr_layers(region: str) -> Statement:
    """Image layers lie in AWS's bucket and are fetched with links that ECR signs: neither side is this account.

    Source: docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html.
    """
    return Statement(
        sid="ImageLayers",
        principals=EVERYONE,
        actions=("s3:GetObject",),
        resources=(f"arn:aws:s3:::prod-{region}-starport-layer-bucket/*",),
        wildcard_reason="the links that ECR signs carry AWS's own principal",
    )
