"""Every store of every stack says what becomes of it when its region is lost, and prod's are on a page."""

from typing import Final, get_args

import pytest

from components.base.recovery import RECOVERY_TAG, Recovery
from docs.generate.recovery import CLASSES, page
from docs.generate.source import ROOT
from policies.controls.resilience import recovery
from tests.stacks.estate import ALL, estate_of

STATEFUL: Final = (
    *("dynamodb/table:Table", "dynamodb/tableReplica:TableReplica", "rds/instance:Instance", "secretsmanager/secret:Secret"),
    *("sqs/queue:Queue", "sns/topic:Topic", "kinesis/firehoseDeliveryStream:FirehoseDeliveryStream", "backup/vault:Vault"),
    *("cloudwatch/logGroup:LogGroup", "ecr/repository:Repository", "autoscaling/group:Group", "batch/jobQueue:JobQueue"),
)
"""Beside buckets: what holds something that is there no more when it is made anew. A key has no data of its own."""


def test_the_committed_page_is_what_the_planned_stack_says_now() -> None:
    committed = (ROOT / "docs/recovery-classes.md").read_text(encoding="utf-8")
    assert committed == page(estate_of("prod").stores), "docs/recovery-classes.md is out of date: run `make docs`"


@pytest.mark.parametrize("stack", ALL)
def test_whatever_holds_data_says_what_becomes_of_it(stack: str) -> None:
    estate = estate_of(stack)
    arns = {name: estate.arn(token, name) for token in STATEFUL for name in estate.of(token)}
    buckets = {
        name: f"arn:aws:s3:::{estate.state('s3/bucket:Bucket', name)['bucket']}" for name in estate.of("s3/bucket:Bucket")
    }
    assert arns or buckets
    assert [name for name, arn in {**arns, **buckets}.items() if arn not in estate.stores] == []


@pytest.mark.parametrize("stack", ALL)
def test_a_store_and_its_resource_say_the_same_class(stack: str) -> None:
    estate = estate_of(stack)
    borne = {
        state["arn"]: state["tags"][RECOVERY_TAG]
        for state in estate.states.values()
        if isinstance(tags := state.get("tags"), dict) and RECOVERY_TAG in tags
    }
    groups = {estate.arn("autoscaling/group:Group", name) for name in estate.of("autoscaling/group:Group")}
    # A table's replica, and the names of its tags, are another stack's; a group's tags are a list.
    told = {arn: store.recovery for arn, store in estate.stores.items() if arn not in groups}
    replicas = {arn for arn in told if ":table/" in arn and arn not in borne}
    assert {arn: told[arn] for arn in told.keys() - replicas} == borne
    assert bool(replicas) is (estate.file["role"] == "recovery")


def test_the_policy_reads_the_tag_that_components_write() -> None:
    assert recovery.TAG == RECOVERY_TAG
    assert get_args(Recovery) == recovery.CLASSES
    buckets = {kind.partition(":")[0] for kind in STATEFUL} | {"s3/bucket"}
    # Of these the packs know no key of their own.
    assert buckets - {"autoscaling/group", "batch/jobQueue"} <= {*recovery.STORES}


def test_the_page_explains_every_class() -> None:
    assert [*CLASSES] == [*get_args(Recovery)]
    assert all(store.loss for store in estate_of("prod").stores.values())
