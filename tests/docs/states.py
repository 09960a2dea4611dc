"""Exported states of three small stacks, in the shape of `pulumi stack export`, for tests."""

import json
from collections.abc import Sequence
from typing import Any


def arn(kind: str) -> str:
    """Of the only component of that class."""
    return f"arn:aws:x:us-east-2:222222222222:{kind}"


class StateBuilder:
    """Builds the exported state of one stack."""

    def __init__(self, stack: str, region: str) -> None:
        self.stack, self.region = stack, region
        self.root = f"urn:pulumi:{stack}::dataconnect::pulumi:pulumi:Stack::dataconnect-{stack}"
        provider = {"region": region, "allowedAccountIds": '["222222222222"]'}
        self._resources: list[dict[str, Any]] = [
            {"urn": self.root, "type": "pulumi:pulumi:Stack"},
            {
                "urn": f"urn:pulumi:{stack}::dataconnect::pulumi:providers:aws::default",
                "type": "pulumi:providers:aws",
                "inputs": provider,
            },
        ]

    @property
    def state(self) -> dict[str, Any]:
        return {"version": 3, "deployment": {"resources": self._resources}}

    def component(self, kind: str, name: str, parent: str | None = None) -> str:
        urn = f"urn:pulumi:{self.stack}::dataconnect::dataconnect:index:{kind}::{name}"
        self._resources.append({"urn": urn, "type": f"dataconnect:index:{kind}", "parent": parent or self.root})
        return urn

    def aws(self, parent: str, type_: str, name: str, inputs: dict[str, Any] | None = None, **outputs: Any) -> None:
        self._resources.append(
            {
                "urn": f"urn:pulumi:{self.stack}::dataconnect::{type_}::{len(self._resources)}-{name}",
                "type": type_,
                "parent": parent,
                "id": outputs.get("id", f"{name}-0123456"),
                "inputs": inputs or {},
                "outputs": {"region": self.region, **(inputs or {}), **outputs},
            }
        )

    def thing(self, kind: str) -> str:
        """The only component of its class, of which nothing matters but that it is there."""
        component = self.component(kind, kind.lower())
        self.aws(component, "aws:x:Thing", kind, arn=arn(kind))
        return component

    def security_group(self, parent: str, identifier: str) -> None:
        self.aws(parent, "aws:ec2/securityGroup:SecurityGroup", identifier, id=identifier)

    def allow(self, parent: str, group: str, **source: str) -> None:
        inputs = {"securityGroupId": group, **source}
        self.aws(parent, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", f"{group}-from", inputs)

    def policy(self, parent: str, *arns: str, actions: Sequence[str] = ()) -> None:
        policy = json.dumps({"Statement": [{"Action": list(actions), "Resource": list(arns)}]})
        self.aws(parent, "aws:iam/rolePolicy:RolePolicy", "policy", {"policy": policy})


def region_of_platform(stack: str, region: str) -> StateBuilder:
    """An edge, two services, a bucket and a repository."""
    state = StateBuilder(stack, region)
    network = state.component("Network", "network")
    state.aws(network, "aws:ec2/vpc:Vpc", "network", arn=f"arn:aws:ec2:{region}:222222222222:vpc/vpc-{stack}")
    flow_log = state.component("FlowLog", "network-flow-log", network)
    state.aws(flow_log, "aws:ec2/flowLog:FlowLog", "network-flow-log")
    ingress = state.component("Ingress", "ingress")
    state.security_group(ingress, f"sg-{stack}-ingress")
    state.allow(ingress, f"sg-{stack}-ingress", cidrIpv4="0.0.0.0/0")
    load_balancer = f"ingress.{region}.elb.amazonaws.com"
    state.aws(ingress, "aws:lb/loadBalancer:LoadBalancer", "ingress", dnsName=load_balancer)
    record = state.component("AliasRecord", "app")
    state.aws(record, "aws:route53/record:Record", "app", {"aliases": [{"name": load_balancer}]})
    bucket = state.component("Bucket", "lake-raw")
    state.aws(bucket, "aws:s3/bucket:Bucket", "lake-raw", arn=f"arn:aws:s3:::{stack}-lake-raw", id=f"{stack}-lake-raw")
    repository = state.component("Repository", "dataconnect-search")
    state.aws(repository, "aws:ecr/repository:Repository", "search", {"name": "dataconnect/search"})
    for name in ("search", "bi"):
        service = state.component("Service", name)
        state.security_group(service, f"sg-{stack}-{name}")
        state.allow(service, f"sg-{stack}-{name}", referencedSecurityGroupId=f"sg-{stack}-ingress")
        state.policy(service, f"arn:aws:s3:::{stack}-lake-raw", f"arn:aws:s3:::{stack}-lake-raw/*")
        state.policy(service, f"arn:aws:ec2:{region}:222222222222:vpc/vpc-{stack}")
    return state


def primary() -> StateBuilder:
    """The platform, one of its services running, a database, a key, and a resource that belongs to no component."""
    state = region_of_platform("prod", "us-east-2")
    state.aws(f"urn:pulumi:{state.stack}::dataconnect::dataconnect:index:Service::search", "aws:ecs/service:Service", "search")
    database = state.component("Database", "database")
    state.aws(database, "aws:rds/instance:Instance", "database", arn="arn:aws:rds:us-east-2:222222222222:db:database")
    state.security_group(database, "sg-prod-database")
    state.allow(database, "sg-prod-database", referencedSecurityGroupId="sg-prod-search")
    state.component("HostedZone", "zone")
    state.component("Certificate", "certificate")
    cluster = "arn:aws:ecs:us-east-2:222222222222:cluster/stray"
    state.aws(state.root, "aws:ecs/cluster:Cluster", "stray", arn=cluster)
    state.policy(f"urn:pulumi:{state.stack}::dataconnect::dataconnect:index:Service::search", cluster)
    key = state.component("Key", "storage-key")
    state.aws(key, "aws:kms/replicaKey:ReplicaKey", "storage-key-replica", {"region": "us-west-2"})
    return state


def recovery() -> StateBuilder:
    """The platform with its services staged, and a replica of the database."""
    state = region_of_platform("prod-recovery", "us-west-2")
    replica = state.component("DatabaseReplica", "database")
    source = {"replicateSourceDb": "arn:aws:rds:us-east-2:222222222222:db:database"}
    state.aws(replica, "aws:rds/instance:Instance", "database", source)
    return state


def replication() -> StateBuilder:
    """The links of the bucket and the repository."""
    state = StateBuilder("prod-replication", "us-east-2")
    link = state.component("BucketReplication", "lake-raw-replication")
    rules = [{"destination": {"bucket": "arn:aws:s3:::prod-recovery-lake-raw"}}]
    state.aws(
        link,
        "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
        "lake-raw",
        {"bucket": "prod-lake-raw", "rules": rules},
        id="prod-lake-raw",
    )
    images = state.component("ImageReplication", "image-replication")
    rule = {"repositoryFilters": [{"filter": "dataconnect/"}], "destinations": [{"region": "us-west-2"}]}
    state.aws(
        images,
        "aws:ecr/replicationConfiguration:ReplicationConfiguration",
        "images",
        {"replicationConfiguration": {"rules": [rule]}},
    )
    return state
