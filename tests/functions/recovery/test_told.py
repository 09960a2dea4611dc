"""What people are told of a run; and what an order that is none is answered."""

import json
from collections.abc import Callable

import pytest

from functions.recovery.executor import recover

from .aws import PRIMARY, RECOVERY
from .checkpoints import Checkpoints
from .world import World


def messages(prod: World) -> Callable[[], list[str]]:
    """Asks for what people are told from now on in the recovery region."""
    sqs = prod.regions.client("sqs", RECOVERY)
    name = f"people-{len(sqs.list_queues()['QueueUrls'])}"
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    prod.regions.client("sns", RECOVERY).subscribe(
        TopicArn=prod.sites[RECOVERY].alerts, Protocol="sqs", Endpoint=f"arn:aws:sqs:{RECOVERY}:123456789012:{name}"
    )
    return lambda: [
        json.loads(each["Body"])["Message"]
        for each in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    ]


def test_people_are_told_what_was_lost_and_what_is_unfenced(prod: World) -> None:
    received = messages(prod)
    prod.condition[PRIMARY] = "dead"
    prod.advance(30)
    prod.run()
    (text,) = received()
    assert "Lost: 0 s; at most" in text
    assert f"UNFENCED: {PRIMARY}" in text


def test_people_are_told_when_up_is_not_started_and_the_run_is_done(prod: World, monkeypatch: pytest.MonkeyPatch) -> None:
    received = messages(prod)
    prod.condition[PRIMARY] = "dead"
    none = {"tasks": [], "failures": [{"arn": "main", "reason": "RESOURCE:FARGATE"}]}
    monkeypatch.setattr(prod.regions, "run_task", lambda *_: none)
    told = prod.run()
    by_hand = f"pulumi up --refresh -s {prod.sites[RECOVERY].stack}"
    assert told["state"] == "done"
    assert told["steps"]["reconcile"] == {"started": "", "why": "RESOURCE:FARGATE", "by hand": by_hand}
    _, text = received()
    assert f"`up` of {prod.sites[RECOVERY].stack} was not started: RESOURCE:FARGATE" in text and by_hand in text


def test_an_up_that_is_refused_is_told_too(prod: World) -> None:
    received = messages(prod)
    told = prod.run(fault=lambda called: "refused" if called.operation == "RunTask" else "")
    assert told["state"] == "done"
    assert "AccessDenied" in told["steps"]["reconcile"]["why"]
    assert "was not started: " in received()[1]
    # Nobody can be told, either.
    prod.reset(PRIMARY)
    prod.advance(90)
    told = prod.run(fault=lambda called: "refused" if called.operation in ("RunTask", "Publish") else "")
    assert told["state"] == "done"
    assert "nobody could be told" in told["steps"]["reconcile"]["trouble"]


@pytest.mark.parametrize("event", [None, [], "run-1"])
def test_an_order_that_is_no_object_is_refused_and_nothing_is_asked(prod: World, event: object) -> None:
    way = prod.way(RECOVERY)
    told = recover(event, Checkpoints(lambda: prod.now).context(), prod.sites[RECOVERY], way)
    assert (told["run"], told["state"]) == ("", "refused")
    assert told["why"].startswith("order: an object with run, mode, ")
    assert way.calls == []
