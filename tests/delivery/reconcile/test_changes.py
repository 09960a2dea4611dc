"""The list of changes that `up` may make after a failover, and everything that it may not."""

from typing import Any

import pytest

from delivery.reconcile.changes import ALLOWED, STRANDED, judge

STACK = "urn:pulumi:prod-recovery::dataconnect"

KEEPS = {"newState": {"inputs": {"skipFinalSnapshot": False}}}
SKIPS = {"newState": {"inputs": {"skipFinalSnapshot": True}}}


def urn(kind: str, name: str, parent: str = "dataconnect:index:DatabaseReplica") -> str:
    return f"{STACK}::{parent}${kind}::{name}"


def step(op: str, kind: str, name: str, *paths: str, **more: Any) -> dict[str, Any]:
    return {"op": op, "urn": urn(kind, name), "detailedDiff": {path: {"kind": "update"} for path in paths}, **more}


def test_what_a_promotion_brings_about_is_made_with_its_reason() -> None:
    steps = [
        step("update", "aws:rds/instance:Instance", "database", "skipFinalSnapshot", "finalSnapshotIdentifier", **KEEPS),
        step("delete", "aws:cloudwatch/metricAlarm:MetricAlarm", "database-database-replica-lag"),
        step("create", "aws:lambda/invocation:Invocation", "database-users"),
        step("same", "aws:ec2/vpc:Vpc", "network"),
        step("read", "pulumi:pulumi:StackReference", "prod"),
    ]
    verdict = judge(steps)
    assert not verdict.refused
    assert [change.urn for change in verdict.made] == [each["urn"] for each in steps[:3]]
    assert all(change.why for change in verdict.made)


def test_a_replacement_is_one_change_however_the_engine_tells_it() -> None:
    steps = [
        step(op, "aws:backup/selection:Selection", "backup", "resources[0]", replaceReasons=["resources"])
        for op in ("create-replacement", "replace", "delete-replaced")
    ]
    (change,) = judge(steps).made
    assert (change.op, change.properties) == ("replace", ("resources",))


@pytest.mark.parametrize(
    "refused",
    [
        step("delete", "aws:rds/instance:Instance", "database"),
        step("replace", "aws:rds/instance:Instance", "database", "skipFinalSnapshot", **KEEPS),
        # The last snapshot would not be taken any more; or nobody says.
        step("update", "aws:rds/instance:Instance", "database", "skipFinalSnapshot", **SKIPS),
        step("update", "aws:rds/instance:Instance", "database", "skipFinalSnapshot"),
        step("delete", "aws:cloudwatch/metricAlarm:MetricAlarm", "database-database-cpu"),
        # One property more than those that come with a failover.
        step("update", "aws:rds/instance:Instance", "database", "skipFinalSnapshot", "instanceClass", **KEEPS),
        # A part of one is not the whole of another.
        step("update", "aws:rds/instance:Instance", "database", "skipFinalSnapshotNow"),
        # Nobody says what differs.
        step("update", "aws:rds/instance:Instance", "database"),
        step("create", "aws:iam/role:Role", "search-task"),
        step("create", "aws:lambda/invocation:Invocation", "cache-passwords"),
        # The type of the resource counts, not its parent's.
        step(
            "create",
            "aws:lambda/invocation:Invocation",
            "x",
            urn=f"{STACK}::aws:lambda/invocation:Invocation$aws:iam/role:Role::a-users",
        ),
        step("discard-replaced", "aws:backup/selection:Selection", "backup"),
        step("import", "aws:cloudwatch/dashboard:Dashboard", "dashboard"),
    ],
    ids=lambda each: f"{each['op']} {each['urn'].rpartition('::')[2]} {','.join(each['detailedDiff'])}",
)
def test_everything_else_is_refused_by_urn(refused: dict[str, Any]) -> None:
    verdict = judge([step("create", "aws:lambda/invocation:Invocation", "database-users"), refused])
    assert [change.urn for change in verdict.refused] == [refused["urn"]]
    assert len(verdict.made) == 1


def test_what_an_up_was_creating_when_it_was_cut_off_is_created_and_nothing_else_is_done_to_it() -> None:
    kind, name = "aws:cloudwatch/logGroup:LogGroup", "search"
    (made,) = judge([step("create", kind, name)], frozenset({urn(kind, name)})).made
    assert made.why == STRANDED
    assert judge([step("delete", kind, name)], frozenset({urn(kind, name)})).refused
    assert judge([step("create", kind, "other")], frozenset({urn(kind, name)})).refused


def test_the_list_lets_nothing_go_that_holds_data() -> None:
    goes = {(allowed.op, allowed.type) for allowed in ALLOWED if allowed.op in ("delete", "replace")}
    assert goes == {("delete", "aws:cloudwatch/metricAlarm:MetricAlarm"), ("replace", "aws:backup/selection:Selection")}
    assert all(allowed.properties for allowed in ALLOWED if allowed.op in ("update", "replace"))
