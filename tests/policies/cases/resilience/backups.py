"""Cases of policies/controls/resilience/backups.py."""

from collections.abc import Mapping
from typing import Any

from tests.policies.given.resilience.tables import TABLE
from tests.policies.harness import UNKNOWN, Planned, planned
from tests.policies.table import Cases

STACK = "pulumi:pulumi:StackReference"


def selection(
    resources: object = None, *, refs: tuple[str, str] | None = None, provider: Mapping[str, Any] | None = None, **inputs: Any
) -> Planned:
    return Planned(
        token="aws:backup/selection:Selection",
        inputs={"planId": "p", **({} if resources is None else {"resources": resources}), **inputs},
        name="selection",
        refs={"resources": refs} if refs else {},
        provider=provider,
    )


def where(operator: str, value: str, tag: str = "backup") -> dict[str, Any]:
    """A condition of a selection on a tag."""
    return {operator: [{"key": f"aws:ResourceTag/{tag}", "value": value}]}


def in_plan(token: str, arn: str, prop: str, name: str) -> Cases:
    """Cases of a rule that wants the `token` in a backup plan; `arn` ends with `name`, which `prop` holds."""

    def it(**inputs: Any) -> Planned:
        return Planned(token=token, inputs={prop: name, **inputs})

    tagged = it(tags={"backup": "daily", "team": "lake"})
    inherited = Planned(token=token, inputs={prop: name}, provider={"defaultTags": {"tags": {"backup": "daily"}}})
    daily = {"type": "STRINGEQUALS", "key": "backup", "value": "daily"}
    by_tag = where("stringEquals", "daily")
    wild = arn.removesuffix(name) + "*"
    return Cases(
        token=token,
        fails=[
            {},
            [it(), selection([arn.replace(name, f"x{name}"), f"{arn}x"])],
            [it(), selection(["arn:aws:ec2:*:*:volume/*"])],
            [it(), selection([UNKNOWN], refs=(token, "other")), planned(token, "other")],
            [it(), selection(selectionTags=[daily])],
            [it(tags={"backup": "weekly"}), selection(selectionTags=[daily])],
            [it(), selection(["*"], conditions=[by_tag])],
            [it(), selection(["*"], conditions=[where("stringLikes", "dai*")])],
            [tagged, selection(["*"], conditions=[where("stringNotLikes", "dai*")])],
            [tagged, selection(["arn:aws:ec2:us-east-2:111111111111:volume/v"], conditions=[by_tag])],
            [it(), selection(["*"], notResources=[arn])],
            [tagged, selection(["*"], conditions=[where("stringNotEquals", "lake", "team")])],
            [it(region="us-east-2"), selection(["*"], region="us-west-2")],
            [it(region="us-east-2"), selection([wild.replace("us-east-2", "us-west-2")])],
        ],
        passes=[
            *([it(), selection([pattern])] for pattern in (arn, "*", wild, f"{arn[:-1]}*")),
            [it(), selection([UNKNOWN], refs=(token, "it"))],
            [it(), selection(UNKNOWN, refs=(token, "it"))],
            [planned(token), selection([wild])],
            [it(region="us-east-2"), selection(["arn:aws:*:us-east-2:*:*"])],
            [tagged, selection(selectionTags=[{**daily, "value": "never"}, daily])],
            [inherited, selection(selectionTags=[daily])],
            [tagged, selection(["*"], conditions=[by_tag])],
            [tagged, selection(["arn:aws:ec2:us-east-2:111111111111:volume/v"], selectionTags=[daily])],
            [it(region="us-east-2"), selection(["*"], region="us-east-2")],
            [tagged, selection(["*"], conditions=[where("stringNotLikes", "week*")])],
            [tagged, selection(conditions=[where("stringLikes", "dai*")])],
            [it(), selection(["*"], conditions=[where("stringNotEquals", "none")])],
            [it(), selection(["*"], notResources=["arn:aws:ec2:*:*:volume/*"])],
            [selection(["*"])],
        ],
        unknown=[
            [it(), selection(UNKNOWN)],
            [it(), selection([UNKNOWN], refs=(STACK, "other"))],
            [it(tags=UNKNOWN), selection(selectionTags=[daily])],
            [it(tags={"backup": UNKNOWN}), selection(selectionTags=[daily])],
            [it(tags={"backup": UNKNOWN}), selection(["*"], conditions=[where("stringLikes", "dai*")])],
            [it(), selection(["*"], conditions=UNKNOWN)],
            [planned(token), selection([wild.replace("*", "prod-*")])],
        ],
    )


def together(*all_cases: Cases) -> Cases:
    return Cases(
        token=all_cases[0].token,
        fails=[case for cases in all_cases for case in cases.of("fail")],
        passes=[case for cases in all_cases for case in cases.of("pass")],
        unknown=[case for cases in all_cases for case in cases.of("unknown")],
    )


CASES: dict[str, Cases] = {
    "rds-in-backup-plan": together(
        Cases(
            token="aws:rds/instance:Instance",
            fails=[],
            passes=[
                {"identifier": "ledger", "replicateSourceDb": "arn:aws:rds:us-west-2:111111111111:db:ledger"},
                {"identifier": "ledger", "replicateSourceDb": UNKNOWN},
                planned(
                    "aws:rds/cluster:Cluster", replicationSourceIdentifier="arn:aws:rds:us-west-2:111111111111:cluster:ledger"
                ),
            ],
            unknown=[],
        ),
        in_plan("aws:rds/instance:Instance", "arn:aws:rds:us-east-2:111111111111:db:ledger", "identifier", "ledger"),
        *(
            in_plan(token, "arn:aws:rds:us-east-2:111111111111:cluster:ledger", "clusterIdentifier", "ledger")
            for token in ("aws:rds/cluster:Cluster", "aws:docdb/cluster:Cluster", "aws:neptune/cluster:Cluster")
        ),
    ),
    "dynamodb-in-backup-plan": in_plan(TABLE, "arn:aws:dynamodb:us-east-2:111111111111:table/ledger", "name", "ledger"),
}
