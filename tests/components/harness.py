"""Runs a piece of a Pulumi program on the SDK's mocks and returns what it declared."""

import importlib
import inspect
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pulumi
from pulumi.runtime import mocks

from components.base.alarms import AlarmTarget
from components.base.here import Here
from components.base.links import Link
from components.base.statements import Statement, policy_json

ACCOUNT = "111111111111"


def kms_key(region: str = "us-east-2", name: str = "mrk-1") -> str:
    """The ARN of a key."""
    return f"arn:aws:kms:{region}:{ACCOUNT}:key/{name}"


def here(region: str = "us-east-2", **changes: Any) -> Here:
    """A place for components under test: protected, with alarms and a key for logs in its own region."""
    defaults: dict[str, Any] = {
        "account_id": ACCOUNT,
        "alarms": AlarmTarget(
            topic_arn=f"arn:aws:sns:{region}:{ACCOUNT}:alerts", runbook_url="https://runbooks.dataconnect.example"
        ),
        "log_key_arn": kms_key(region, "mrk-logs"),
        "log_retention_days": 30,
    }
    return Here(region=region, **(defaults | changes))


# Computed outputs that components index into; everything else computed is an id and an ARN.
COMPUTED: dict[str, dict[str, Any]] = {
    "aws:opensearch/domain:Domain": {"endpoint": "search-test.us-east-2.es.amazonaws.com", "domainId": "1/search-test"},
    "aws:ec2/vpc:Vpc": {"defaultNetworkAclId": "acl-default"},
    "aws:ec2/eip:Eip": {"allocationId": "eipalloc-1", "publicIp": "192.0.2.1"},
    "aws:s3/bucket:Bucket": {"bucket": "a-bucket"},
    "aws:ecr/repository:Repository": {"repositoryUrl": f"{ACCOUNT}.dkr.ecr.us-east-2.amazonaws.com/a-repository"},
    "aws:lb/loadBalancer:LoadBalancer": {
        "arnSuffix": "app/a-load-balancer/1",
        "dnsName": "a-load-balancer.elb.amazonaws.com",
        "zoneId": "ZLOADBALANCER",
    },
    "aws:lb/targetGroup:TargetGroup": {"arnSuffix": "targetgroup/a-target-group/1"},
    "aws:route53/zone:Zone": {"zoneId": "ZZONE", "nameServers": ["ns-1.example", "ns-2.example"]},
    "aws:ec2/launchTemplate:LaunchTemplate": {"latestVersion": 7},
    "aws:elasticache/replicationGroup:ReplicationGroup": {
        "primaryEndpointAddress": "master.cache.example.use2.cache.amazonaws.com",
        "readerEndpointAddress": "replica.cache.example.use2.cache.amazonaws.com",
    },
    "aws:rds/instance:Instance": {"address": "database.c0example.rds.amazonaws.com", "resourceId": "db-EXAMPLE"},
}

# Inputs that AWS answers with more than they said, for the test that sets them.
ANSWERED: dict[str, dict[str, Any]] = {}


@dataclass(frozen=True)
class Declared:
    """One resource the program declared: its type token, logical name, resolved inputs and resource options."""

    token: str
    name: str
    inputs: dict[str, Any]
    parent: str
    protect: bool
    ignore_changes: tuple[str, ...]
    dependencies: tuple[str, ...]
    secret_inputs: tuple[str, ...]
    adopted: str = ""  # id of what is there already, and is taken over

    def document(self, key: str = "policy") -> dict[str, Any]:
        """A JSON document among the inputs, e.g. an IAM policy."""
        return json.loads(self.inputs[key])

    def depends_on(self, name: str) -> bool:
        """Whether it waits for the resource of that logical name."""
        return any(urn.endswith(f"::{name}") for urn in self.dependencies)


@dataclass
class Declaration:
    """All resources of a run, in the order they were registered."""

    resources: list[Declared] = field(default_factory=list[Declared])

    def of(self, token: str) -> list[Declared]:
        """Resources of a type, e.g. `aws:ec2/subnet:Subnet`."""
        return [resource for resource in self.resources if resource.token == token]

    def one(self, token: str, name: str | None = None) -> Declared:
        """The only resource of a type (with that logical name)."""
        found = [resource for resource in self.of(token) if name in (None, resource.name)]
        assert len(found) == 1, f"{len(found)} of {token} {name or ''}; there are {[r.name for r in self.of(token)]}"
        return found[0]

    def aws(self) -> list[Declared]:
        """AWS resources, without components."""
        return [resource for resource in self.resources if resource.token.startswith("aws:")]


def _computed(args: mocks.MockResourceArgs) -> dict[str, Any]:
    if args.typ == "aws:acm/certificate:Certificate":
        names = dict.fromkeys([args.inputs["domainName"], *args.inputs.get("subjectAlternativeNames", [])])
        # Backwards: the provider promises no order.
        return {"domainValidationOptions": [_validation_option(name) for name in reversed(names)]}
    return COMPUTED.get(args.typ, {})


def _validation_option(name: str) -> dict[str, str]:
    # ACM wants the same record for a name and its wildcard.
    bare = name.removeprefix("*.")
    return {
        "domainName": name,
        "resourceRecordName": f"_validate.{bare}",
        "resourceRecordType": "CNAME",
        "resourceRecordValue": f"{bare}.acm.example",
    }


class _Answers(mocks.Mocks):
    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if not args.custom:
            return "", dict(args.inputs)
        service = args.typ.split(":")[1].split("/")[0]
        arn = f"arn:aws:{service}:{args.inputs.get('region', '')}:{ACCOUNT}:{args.name}"
        return f"{args.name}-id", {
            "arn": arn,
            "name": args.name,
            **_computed(args),
            **args.inputs,
            **ANSWERED.get(args.typ, {}),
        }

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise AssertionError(f"the program calls the data source {args.token}; settings carry such values")


class _Monitor(mocks.MockMonitor):
    def __init__(self, answers: mocks.Mocks) -> None:
        super().__init__(answers)
        self.declaration = Declaration()

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the name is the engine protocol's
        response = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            plain = pulumi.runtime.rpc.deserialize_properties(request.object, keep_unknowns=False)
            self.declaration.resources.append(
                Declared(
                    token=request.type,
                    name=request.name,
                    inputs={key: pulumi.runtime.rpc.unwrap_rpc_secret(value) for key, value in plain.items()},
                    parent=request.parent,
                    protect=request.protect,
                    ignore_changes=tuple(request.ignoreChanges),
                    dependencies=tuple(request.dependencies),
                    secret_inputs=tuple(key for key, value in plain.items() if pulumi.runtime.rpc.is_rpc_secret(value)),
                    adopted=request.importId,
                )
            )
        return response


def resources_of(program: Callable[[], Any], *, stack: str = "test", answers: mocks.Mocks | None = None) -> Declaration:
    """Run `program` as a stack and return what it declared; what it raises is raised here.

    `answers` says what AWS computes; by default an id and an ARN made of the logical name.
    """
    answers = answers or _Answers()
    monitor = _Monitor(answers)
    mocks.set_mocks(answers, project="dataconnect", stack=stack, preview=False, monitor=monitor, organization="organization")
    pulumi.runtime.test(program)()
    return monitor.declaration


def statements_of(program: Callable[[], Iterable[Statement]]) -> list[dict[str, Any]]:
    """The statements `program` returns, as IAM would see them."""
    documents: list[str] = []
    resources_of(lambda: policy_json(program()).apply(documents.append))
    return json.loads(documents[0])["Statement"]


def statements_of_link(program: Callable[[], Link]) -> list[dict[str, Any]]:
    """The statements of a link, as IAM would see them."""
    return statements_of(lambda: program().statements)


def children_without_region(declaration: Declaration, *regions: str) -> list[str]:
    """AWS resources that could be told their region and were not told one of `regions`: they would land in the provider's."""
    return [
        f"{resource.token} {resource.name}: {resource.inputs.get('region')}"
        for resource in declaration.aws()
        if accepts(resource.token, "region") and resource.inputs.get("region") not in regions
    ]


@cache
def accepts(token: str, parameter: str) -> bool:
    """Whether resources of a type take that input, e.g. `region` or `tags`."""
    module, resource_class = token.removeprefix("aws:").split("/")[0], token.rsplit(":", 1)[1]
    package = importlib.import_module(f"pulumi_aws.{'lambda_' if module == 'lambda' else module}")
    return parameter in inspect.signature(getattr(package, resource_class)._internal_init).parameters
