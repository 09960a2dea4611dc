"""The log of a VPC's resolver by itself; whether a network has one, its spec says."""

from typing import Any

from components.network.query_log import QueryLog, QueryLogArgs
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, kms_key, resources_of

GROUP = "aws:cloudwatch/logGroup:LogGroup"
CONFIG = "aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig"


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: QueryLog("query-log", QueryLogArgs(here=here(**changes), vpc_id="vpc-1")))


def test_queries_of_the_vpc_go_to_a_group_under_the_key_of_logs() -> None:
    declared = declare(log_retention_days=90)
    group = declared.one(GROUP)
    assert (group.inputs["kmsKeyId"], group.inputs["retentionInDays"]) == (kms_key(name="mrk-logs"), 90)
    assert declared.one(CONFIG).inputs["destinationArn"].endswith(":query-log:*")
    association = declared.one("aws:route53/resolverQueryLogConfigAssociation:ResolverQueryLogConfigAssociation").inputs
    assert association["resourceId"] == "vpc-1" and association["resolverQueryLogConfigId"] == "query-log-id"


def test_the_service_writes_this_group_for_this_account_before_it_is_asked_to() -> None:
    declared = declare()
    policy = declared.one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
    (statement,) = policy.document("policyDocument")["Statement"]
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Resource"][0].endswith(":query-log:log-stream:*")
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    assert declared.one(CONFIG).depends_on("query-log")


def test_it_is_copied_nowhere_and_protected_with_its_place() -> None:
    declared = declare()
    assert not declared.of("aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter")
    assert declared.one(GROUP).protect and not declare(protect=False).one(GROUP).protect


def test_everything_is_in_the_region() -> None:
    assert children_without_region(declare(), "us-east-2") == []
