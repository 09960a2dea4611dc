import json
from typing import Any

import pulumi
import pytest

from components.analytics.search_domain import SearchDomain, SearchDomainArgs, source
from components.analytics.search_spec import MEMORY_GIB, VOLUME_GIB, SearchSpec, shards_of_node
from components.base.errors import ComponentError, InvalidArgumentError
from components.base.here import Here
from components.base.spec import StackContext
from components.edge.token_spec import TokenSpec
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, kms_key, resources_of

DOMAIN, INVOCATION = "aws:opensearch/domain:Domain", "aws:lambda/invocation:Invocation"
ARN = f"arn:aws:es:us-east-2:{ACCOUNT}:domain/search-test"
WRITER = f"arn:aws:iam::{ACCOUNT}:role/index"
INDEXES = {"loans": {"mapping": {"loan_id": {"type": "keyword"}}}}
SMALL: dict[str, Any] = {"node_type": "t3.medium.search", "nodes": 1, "zones": 1, "volume_gib": 10, "tenants": 10}
LARGE: dict[str, Any] = {
    "node_type": "r7g.large.search",
    "nodes": 3,
    "zones": 3,
    "volume_gib": 100,
    "tenants": 100,
    "master_type": "m7g.large.search",
}
TOKENS = TokenSpec(
    issuer="https://login.dataconnect.example", jwks_url="https://login.dataconnect.example/jwks.json", audience="x"
)


def arguments(where: Here | None = None, spec: dict[str, Any] | None = None, **changes: Any) -> SearchDomainArgs:
    own: dict[str, Any] = {
        "here": where or here(log_retention_days=365),
        "spec": SearchSpec(**(spec or SMALL)),
        "domain_name": "search-test",
        "tokens": TOKENS,
        "indexes": INDEXES,
        "vpc_id": "vpc-1",
        "subnet_ids": ["data-a", "data-b", "data-c"],
        "function_subnet_ids": ["app-a", "app-b"],
        "key_arn": kms_key(),
    }
    return SearchDomainArgs(**(own | changes))


def configured(**changes: Any) -> SearchDomain:
    domain = SearchDomain("search", arguments(**changes))
    domain.admit("index", WRITER)
    domain.configure()
    return domain


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: configured(**changes))


def test_everything_is_encrypted_and_nobody_has_a_password() -> None:
    domain = declare().one(DOMAIN).inputs
    assert domain["encryptAtRest"] == {"enabled": True, "kmsKeyId": kms_key()}
    assert domain["nodeToNodeEncryption"] == {"enabled": True}
    assert domain["domainEndpointOptions"] == {"enforceHttps": True, "tlsSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10"}
    security = domain["advancedSecurityOptions"]
    assert security["enabled"] is True
    assert security["internalUserDatabaseEnabled"] is False and security["anonymousAuthEnabled"] is False
    assert [*security["masterUserOptions"]] == ["masterUserArn"]


def test_a_users_own_token_is_believed_and_says_the_tenant() -> None:
    security = declare().one(DOMAIN).inputs["advancedSecurityOptions"]
    assert security["jwtOptions"] == {
        "enabled": True,
        "jwksUrl": TOKENS.jwks_url,
        "subjectKey": "sub",
        "rolesKey": "tenant",
    }


def test_the_master_user_is_the_function_and_only_it_may_ask_for_everything() -> None:
    declared = declare()
    role = declared.one("aws:lambda/function:Function", "search-configurer").inputs["role"]
    assert declared.one(DOMAIN).inputs["advancedSecurityOptions"]["masterUserOptions"] == {"masterUserArn": role}
    statements = [
        statement
        for policy in declared.of("aws:iam/rolePolicy:RolePolicy")
        for statement in policy.document()["Statement"]
        if any(action.startswith("es:") for action in statement["Action"])
    ]
    assert [statement["Resource"] for statement in statements] == [[f"{ARN}/*"]]


def test_tokens_pass_to_search_the_indexes_of_tenants_and_no_further() -> None:
    (statement,) = json.loads(declare().one("aws:opensearch/domainPolicy:DomainPolicy").inputs["accessPolicies"])["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Allow", "*")
    assert statement["Action"] == ["es:ESHttpGet", "es:ESHttpPost"]
    assert statement["Resource"] == [f"{ARN}/t*/_search", f"{ARN}/t*/_count"]


def test_options_are_texts_and_no_body_names_an_index() -> None:
    options = declare().one(DOMAIN).inputs["advancedOptions"]
    assert all(isinstance(value, str) for value in options.values())
    assert options["rest.action.multi.allow_explicit_index"] == "false"


def test_a_small_domain_is_one_node_in_one_zone_and_a_large_one_is_spread_with_masters() -> None:
    small, large = (declare(spec=spec).one(DOMAIN).inputs for spec in (SMALL, LARGE))
    assert small["clusterConfig"] == {
        "instanceType": "t3.medium.search",
        "instanceCount": 1,
        "dedicatedMasterEnabled": False,
        "zoneAwarenessEnabled": False,
    }
    assert small["vpcOptions"]["subnetIds"] == ["data-a"]
    assert large["clusterConfig"] == {
        "instanceType": "r7g.large.search",
        "instanceCount": 3,
        "dedicatedMasterEnabled": True,
        "dedicatedMasterType": "m7g.large.search",
        "dedicatedMasterCount": 3,
        "zoneAwarenessEnabled": True,
        "zoneAwarenessConfig": {"availabilityZoneCount": 3},
    }
    assert large["vpcOptions"]["subnetIds"] == ["data-a", "data-b", "data-c"]
    assert (small["autoTuneOptions"]["desiredState"], large["autoTuneOptions"]["desiredState"]) == ("DISABLED", "ENABLED")


def test_it_logs_who_asked_what_and_what_was_slow_once_it_may() -> None:
    declared = declare()
    options = declared.one(DOMAIN).inputs["logPublishingOptions"]
    assert {each["logType"] for each in options} == {"AUDIT_LOGS", "ES_APPLICATION_LOGS", "INDEX_SLOW_LOGS", "SEARCH_SLOW_LOGS"}
    policy = declared.one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
    (statement,) = json.loads(policy.inputs["policyDocument"])["Statement"]
    assert set(statement["Resource"]) == {f"{each['cloudwatchLogGroupArn']}:*" for each in options}
    assert statement["Condition"]["ArnLike"] == {"aws:SourceArn": ARN}
    assert declared.one(DOMAIN).depends_on("search-logs")
    groups = [each for each in declared.of("aws:cloudwatch/logGroup:LogGroup") if "configurer" not in each.name]
    assert {each.inputs["retentionInDays"] for each in groups} == {365} and len(groups) == 4


def test_it_is_configured_by_the_deployment_that_changes_who_writes_what_is_indexed_or_how() -> None:
    declared = declare(spec=LARGE)
    invocation = declared.one(INVOCATION)
    assert json.loads(invocation.inputs["input"]) == {
        "endpoint": "https://search-test.us-east-2.es.amazonaws.com",
        "region": "us-east-2",
        "indexes": INDEXES,
        "writers": [WRITER],
        "replicas": 1,
    }
    assert {*invocation.inputs["triggers"]} == {"code", "domain"}
    assert invocation.depends_on("search-policy")


def test_where_nobody_writes_nothing_is_configured() -> None:
    with pytest.raises(ComponentError, match="nobody writes to search; expected admit"):
        resources_of(lambda: SearchDomain("search", arguments()).configure())


def test_who_searches_needs_no_right_of_iam_and_who_indexes_one() -> None:
    def program() -> None:
        domain = SearchDomain("search", arguments())
        read, write = domain.link("read"), domain.link("write")
        assert read.statements == () and read.tenant_statements == ()
        (statement,) = write.statements
        assert (statement.actions, statement.resources) == (("es:ESHttpPost",), (f"{ARN}/t*/_bulk",))
        for link in (read, write):
            assert [*link.environment] == ["SEARCH_ENDPOINT"]
            assert [opening.port for opening in link.openings] == [443]

    resources_of(program)


@pytest.mark.parametrize("protect", [True, False])
def test_it_is_protected_with_its_stack(protect: bool) -> None:
    assert declare(where=here(protect=protect)).one(DOMAIN).protect is protect


def test_what_becomes_of_it_with_its_region_is_told() -> None:
    where = here()
    resources_of(lambda: configured(where=where))
    (store,) = [each for each in where.inventory.stores if each.name == "search"]
    assert (store.recovery, store.backed_up) == ("rebuilt", False)


def test_everything_is_in_its_region() -> None:
    declared = resources_of(lambda: configured(where=here("us-west-2"), key_arn=kms_key("us-west-2")))
    assert not children_without_region(declared, "us-west-2")


def test_alarms_derive_from_the_nodes() -> None:
    alarms = {each.name: each.inputs for each in declare(spec=LARGE).of("aws:cloudwatch/metricAlarm:MetricAlarm")}
    dimensions = {"DomainName": "search-test", "ClientId": ACCOUNT}
    own = {name: each for name, each in alarms.items() if not name.startswith("search-configurer")}
    assert all(each["dimensions"] == dimensions for each in own.values())
    assert own["search-search-free-storage"]["threshold"] == 25 * 1024
    assert own["search-search-nodes"]["threshold"] == 6
    assert own["search-search-shards"]["threshold"] == int(3 * 200 * 0.9)
    assert "search-search-master" not in {each.name for each in declare().of("aws:cloudwatch/metricAlarm:MetricAlarm")}


def test_a_key_of_another_region_is_refused() -> None:
    with pytest.raises(ValueError, match="search: key_arn is .*us-west-2.*; expected an ARN of us-east-2"):
        declare(key_arn=kms_key("us-west-2"))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"domain_name": "Search"}, "domain_name is 'Search'; expected 3 to 28 lower-case"),
        ({"indexes": {}}, "indexes is {}; expected one index or more"),
        ({"spec": LARGE, "subnet_ids": ["data-a"]}, "subnet_ids is '1 subnets'; expected 3 or more"),
        ({"indexes": {name: {} for name in "abcdefgh"}}, r"spec.tenants is 10; expected 6 or fewer.* a tenant takes 8"),
        ({"function_subnet_ids": ["app-a"]}, r"subnet_ids is \['app-a'\]; expected subnets in at least two zones"),
    ],
)
def test_a_wrong_argument_is_named(changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(InvalidArgumentError, match=expected):
        declare(**changes)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"node_type": "m5.large"}, f"one of {', '.join(MEMORY_GIB)}"),
        ({"engine_version": "2.19"}, "one of 3.3"),
        ({"nodes": 4, "zones": 3}, r"a divisor of nodes \(4\)"),
        ({"tenants": 301}, "300 or fewer, or more or larger nodes: 3 nodes of r7g.large.search bear 200 shards each"),
        ({"volume_gib": 9}, "volume_gib is 9; expected 10 to 2048 GiB with r7g.large.search"),
        ({"volume_gib": 2049}, "10 to 2048 GiB with r7g.large.search: a node has no other volume"),
        ({"node_type": "t3.medium.search", "volume_gib": 201}, "10 to 200 GiB with t3.medium.search"),
        ({"node_type": "r8g.large.search"}, "of another, memory and volume are not known here"),
    ],
)
def test_a_wrong_value_says_what_would_be_right(changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(InvalidArgumentError, match=expected):
        SearchSpec(**(LARGE | changes))


def test_each_type_has_its_memory_and_its_volume() -> None:
    assert VOLUME_GIB.keys() == MEMORY_GIB.keys()


def test_production_survives_a_zone_and_has_masters() -> None:
    with pytest.raises(InvalidArgumentError) as told:
        SearchSpec(**SMALL).within(StackContext(environment="prod"))
    assert "2 or 3: prod must survive the loss of a zone" in str(told.value)
    assert "in prod a data node that is busy must not lose the cluster" in str(told.value)


def test_no_node_bears_more_than_the_server_allows() -> None:
    assert {shards_of_node(each) for each in MEMORY_GIB} <= {*range(1, 1001)}
    assert shards_of_node("r7g.4xlarge.search") == 800


def test_the_code_needs_nothing_but_the_standard_library_and_boto3() -> None:
    assert "search_function/handler.py" in source()


def test_all_outputs_are_told() -> None:
    def program() -> None:
        domain = configured()
        pulumi.export("endpoint", domain.endpoint)
        assert domain.arn == ARN

    resources_of(program)
