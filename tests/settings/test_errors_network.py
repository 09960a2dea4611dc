"""Wrong networks, regions and accounts."""

import ast
from pathlib import Path
from typing import Any

import boto3
import pytest

from components.analytics.search_spec import SearchSpec
from components.base import limits
from components.base.errors import InvalidArgumentError
from components.base.spec import LinkedSpec, StackContext
from components.data.cache_spec import CacheSpec
from components.data.database_spec import DatabaseSpec
from components.data.product_spec import ProductSpec
from components.network.network_spec import NetworkSpec
from settings import PrimarySettings
from settings.links import reached_by
from tests.settings.cases import is_, one, plain
from tests.settings.stack_files import CONFIG, REMOVED, refused

REGIONS = "one of ca-central-1, us-east-1, us-east-2, us-west-1, us-west-2"
RETENTION = "one of " + ", ".join(map(str, limits.LOG_RETENTION_DAYS)) + " days"
VPC_SIZE = "a range from /16 (AWS's largest VPC) to /20 (three tiers over the zones must fit)"
COMPONENTS = Path(__file__).parents[2] / "components"
FOR_FARGATE = list(limits.FARGATE_ENDPOINTS)
CALLED = "elasticache (cache), lakeformation (product), glue (product)"


def search(*uses: str) -> dict[str, Any]:
    """Services of dev, the one of which uses that."""
    return {"search": {**CONFIG["dev"]["dataconnect:services"]["search"], "uses": list(uses)}}


ALONE: dict[str, Any] = {
    f"{kind}.{name}.uses": [] for kind in ("jobs", "functions") for name in CONFIG["dev"][f"dataconnect:{kind}"]
}
NETWORK = [
    one(
        *("prod", "network.reservedCidrs", ["10.10.0.0/16"] * 2),
        is_("dataconnect:network.reservedCidrs[1]", "10.10.0.0/16", "a range not listed before"),
    ),
    plain("prod", "network.cidr", "10.20.0.0/21", VPC_SIZE),
    plain("prod", "network.cidr", "10.0.0.0/15", VPC_SIZE, {"network.reservedCidrs": []}),
    plain("prod", "network.cidr", "10.20.1.0/16", "an IPv4 range without host bits: 10.20.0.0/16"),
    plain("prod", "network.cidr", "10.20.0.0", "an IPv4 range with its prefix length, e.g. 10.20.0.0/32"),
    plain("prod", "network.cidr", "ten", "an IPv4 range, e.g. 10.20.0.0/16"),
    plain("prod", "network.cidr", "52.20.0.0/16", "a private range, inside 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16"),
    one(
        *("prod", "network.cidr", "10.10.0.0/18"),
        is_("dataconnect:network.reservedCidrs[0]", "10.10.0.0/16", "a range that does not overlap network.cidr 10.10.0.0/18"),
        {"network.reservedCidrs": ["10.10.0.0/16", "10.30.0.0/16"]},
    ),
    plain("prod", "network.reservedCidrs[1]", "10.20.128.0/17", "a range that does not overlap network.cidr 10.20.0.0/16"),
    plain("prod", "network.reservedCidrs[1]", "x", "an IPv4 range, e.g. 10.20.0.0/16"),
    plain("prod", "network.zones[1]", "us-west-2b", "a zone of us-east-2: us-east-2a, us-east-2b, us-east-2c"),
    plain("prod", "network.zones[1]", "us-east-2d", "a zone of us-east-2: us-east-2a, us-east-2b, us-east-2c"),
    plain("prod", "network.zones[1]", "us-east-2a", "a zone not listed before"),
    plain("prod", "network.zones", ["us-east-2a"], "two zones or more: RDS and load balancers refuse one"),
    plain("prod", "network.nat", "both", "'none', 'single' or 'per-zone'"),
    one(
        *("dev", "network.nat", "none"),
        f"dataconnect:network.interfaceEndpoints is {FOR_FARGATE}; expected also sts (lake/curated), sqs (queue/ingest), "
        f"{CALLED}: without NAT, tasks cannot start or use what they name without them",
        {
            "network.interfaceEndpoints": FOR_FARGATE,
            "services": search("database:read", "lake/curated:read", "queue/ingest:send"),
            **ALONE,
        },
    ),
    # What jobs use counts, too: lake/raw is tenants' data.
    one(
        *("dev", "network.nat", "none"),
        f"dataconnect:network.interfaceEndpoints is {FOR_FARGATE}; expected also sts (lake/raw), {CALLED}: "
        "without NAT, tasks cannot start or use what they name without them",
        {
            "network.interfaceEndpoints": FOR_FARGATE,
            "services": search("database:read"),
            **ALONE,
            "jobs.aggregate.uses": ["lake/raw:read"],
        },
    ),
    # And what functions do.
    one(
        *("dev", "network.nat", "none"),
        f"dataconnect:network.interfaceEndpoints is {FOR_FARGATE}; expected also sns (topic/deliveries), {CALLED}: "
        "without NAT, tasks cannot start or use what they name without them",
        {
            "network.interfaceEndpoints": FOR_FARGATE,
            "services": search("database:read"),
            **ALONE,
            "functions.ingest.uses": ["topic/deliveries:publish"],
        },
    ),
    # And what the functions do which a deployment calls, whoever uses the thing.
    one(
        *("dev", "network.nat", "none"),
        f"dataconnect:network.interfaceEndpoints is {FOR_FARGATE}; expected also {CALLED}: "
        "without NAT, tasks cannot start or use what they name without them",
        {
            "network.interfaceEndpoints": FOR_FARGATE,
            "services": search("database:read"),
            **ALONE,
        },
    ),
    plain("prod", "network.interfaceEndpoints[0]", "s4", "one of " + ", ".join(limits.INTERFACE_ENDPOINTS)),
    plain("prod", "network.interfaceEndpoints[1]", "ecr.api", "an endpoint not listed before"),
    plain("prod", "network.flowLogRetentionDays", 10, RETENTION),
    plain("prod", "logRetentionDays", 0, RETENTION),
]
REGIONS_AND_ACCOUNTS = [
    plain("prod", "permissionsBoundary", "arn:aws:iam::222222222222:policy/x/", "arn:aws:iam::222222222222:policy/<name>"),
    plain("prod", "permissionsBoundary", "arn:aws:iam::222222222222:policy/\xe9", "arn:aws:iam::222222222222:policy/<name>"),
    one(
        *("prod", "keyAdministrators", ["arn:aws:iam::222222222222:role/a"] * 2),
        is_("dataconnect:keyAdministrators[1]", "arn:aws:iam::222222222222:role/a", "a role not listed before"),
    ),
    one(
        *("prod-recovery", "tenantOperators", ["arn:aws:iam::222222222222:role/a"] * 2),
        is_("dataconnect:tenantOperators[1]", "arn:aws:iam::222222222222:role/a", "a role not listed before"),
    ),
    plain(
        *("prod", "tenantOperators[0]", "arn:aws:iam::111111111111:role/dataconnect-operator"),
        "arn:aws:iam::222222222222:role/<name>",
    ),
    plain("dev", "aws:region", "us-moon-1", REGIONS),
    plain("prod", "recoveryRegion", "us-east-2", "another region than aws:region us-east-2"),
    plain("prod", "recoveryRegion", "eu-moon-1", REGIONS),
    plain("prod-recovery", "primaryRegion", "us-west-2", "another region than aws:region us-west-2"),
    plain(
        *("prod-replication", "primaryRegion", "us-east-1"),
        "aws:region us-east-2: S3 and DynamoDB replication is driven from the primary's region",
    ),
    plain("prod-replication", "recoveryRegion", "us-east-2", "another region than aws:region us-east-2"),
    plain("prod-replication", "recoveryStack", "prod", "another stack than primaryStack"),
    plain("prod-recovery", "primaryStack", "my prod", "the name of a stack, e.g. prod"),
    plain("prod", "aws:allowedAccountIds", [], "exactly one account id: a stack belongs to one account"),
    plain(
        *("prod", "aws:allowedAccountIds", ["222222222222", "111111111111"]),
        "exactly one account id: a stack belongs to one account",
    ),
    plain("prod", "aws:allowedAccountIds[0]", "2222", "a 12-digit account id in quotes"),
    one(
        *("prod", "aws:allowedAccountIds", REMOVED),
        "aws:allowedAccountIds is missing; expected a list of the one account the stack may touch, in quotes",
    ),
    one(
        *("prod-recovery", "primaryStack", REMOVED),
        "dataconnect:primaryStack is missing; expected stack whose outputs are read, e.g. prod",
    ),
    plain(
        *("dev", "permissionsBoundary", "arn:aws:iam::222222222222:policy/dataconnect-boundary"),
        "arn:aws:iam::111111111111:policy/<name>",
    ),
    plain(
        *("prod", "permissionsBoundary", "arn:aws:iam::aws:policy/PowerUserAccess"),
        "arn:aws:iam::222222222222:policy/<name>",
    ),
    plain("prod", "keyAdministrators", [], "one role ARN or more: somebody must administer the keys"),
    plain(
        *("prod", "keyAdministrators[0]", "arn:aws:iam::111111111111:role/KeyAdministrator"),
        "arn:aws:iam::222222222222:role/<name>",
    ),
]


@pytest.mark.parametrize(("stack", "edits", "line"), [*NETWORK, *REGIONS_AND_ACCOUNTS])
def test_a_wrong_value_is_refused_with_its_key_and_what_would_be_right(stack: str, edits: dict[str, object], line: str) -> None:
    assert refused(stack, edits) == [line]


HEARTBEAT = {"heartbeat_function": {"secretsmanager", "cloudwatch"}}
"""Not called by deployments, and in every network of a pair of regions; its clients (an endpoint is `monitoring`)."""
ROTATION = {"rotation_function": {"secretsmanager", "lambda"}}
"""Called by Secrets Manager, which `database` has an endpoint for; Lambda is the other region's, where NAT alone leads."""
LOGS: dict[str, set[str]] = {"logs_function": set()}
"""It talks to its domain only, which is in the VPC."""
FUNCTIONS: dict[str, type[LinkedSpec]] = {
    "cache_function": CacheSpec,
    "governance_function": ProductSpec,
    "search_function": SearchSpec,
    "users_function": DatabaseSpec,
}
"""Folder of a function that deployments call -> the spec of what it is called for."""
BY_ROUTE = {"s3", "dynamodb"}
INSIDE = {"es"}
"""The domain is in the VPC itself."""


def test_what_functions_of_deployments_call_is_asked_for_without_nat() -> None:
    """The clients that their code makes, by the names of AWS's services in it."""
    services = {*boto3.Session().get_available_services()}
    found = {folder.name: folder for folder in COMPONENTS.glob("*/*_function") if any(folder.glob("*.py"))}
    wanted = {**HEARTBEAT, **ROTATION, **LOGS, **{name: {*spec.called} for name, spec in FUNCTIONS.items()}}
    assert found.keys() == wanted.keys()
    for name, folder in found.items():
        nodes = (node for file in folder.glob("*.py") for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
        told = (each for node in nodes if isinstance(node, ast.Call) for each in node.args)
        texts = {each.value for each in told if isinstance(each, ast.Constant) and isinstance(each.value, str)}
        assert wanted[name] == (texts & services) - BY_ROUTE - INSIDE, name


def test_a_pair_of_regions_without_nat_needs_what_its_heartbeat_calls() -> None:
    network = NetworkSpec(
        cidr="10.10.0.0/16", zones=("us-east-2a", "us-east-2b"), nat="none", interface_endpoints=(*limits.FARGATE_ENDPOINTS,)
    )
    network.within(StackContext())
    with pytest.raises(InvalidArgumentError, match=r"expected also monitoring \(recovery\)"):
        network.within(StackContext(fails_over=True))


def test_what_brings_stack_and_world_together_needs_nat() -> None:
    expected = "none, or network.nat other than none: an `up` asks IAM and Route 53, too, by their public addresses"
    edits: dict[str, object] = {
        "reconcile": {"digest": f"sha256:{'5' * 64}", "cpu": 2048, "memory": 8192},
        "network.nat": "none",
        "network.interfaceEndpoints": [*limits.INTERFACE_ENDPOINTS],
    }
    assert refused("dev", edits) == [f"dataconnect:reconcile is 'a task'; expected {expected}"]


def test_without_nat_what_no_workload_uses_needs_no_endpoint() -> None:
    network = NetworkSpec(
        cidr="10.10.0.0/16", zones=("us-east-2a", "us-east-2b"), nat="none", interface_endpoints=(*limits.FARGATE_ENDPOINTS,)
    )
    values = {
        "dataconnect:tables": {"sessions": {"hashKey": "id"}, "loans": {"hashKey": "tenant", "perTenant": True}},
        "dataconnect:lake": {"buckets": {"raw": {}, "config": {"perTenant": False}}},
        "dataconnect:queues": {"ingest": {}},
    }
    reached = dict(reached_by(PrimarySettings, values))

    def told(*uses: str) -> str:
        try:
            network.within(StackContext(services={"search": {"uses": list(uses)}, "bi": {}}, reached_by=reached))
        except InvalidArgumentError as error:
            return str(error).partition("expected also ")[2].partition(":")[0]
        return ""

    assert told("database:read", "table/sessions:read", "lake/config:read", "no use", "queue/unknown:send") == ""
    assert told("lake/raw:read") == "sts (lake/raw)"
    assert told("table/loans:read", "queue/ingest:send") == "sts (table/loans), sqs (queue/ingest)"
    assert StackContext(services={"search": {"uses": "text"}}, reached_by=reached).used() == {}
