import json
from typing import Any

import pulumi

from components.base.component import Component
from components.base.event_alarm import tell_event
from tests.components.harness import Declaration, children_without_region, here, resources_of


def declare(source: pulumi.Input[str] = "aws.ecs") -> Declaration:
    pattern: dict[str, Any] = {"source": [source], "detail-type": ["ECS Deployment State Change"]}
    return resources_of(
        lambda: tell_event(
            Component("cluster"),
            "service-deployment-failed",
            here=here("us-west-2"),
            description="Deployments that ECS gave up",
            pattern=pattern,
            paths={"reason": "$.detail.reason"},
            sentence="Deployment failed: <reason>",
        )
    )


def test_a_matching_event_is_told_to_the_same_people_as_an_alarm() -> None:
    declared = declare()
    rule = declared.one("aws:cloudwatch/eventRule:EventRule", "cluster-deployment-failed")
    assert rule.document("eventPattern")["source"] == ["aws.ecs"]
    target = declared.one("aws:cloudwatch/eventTarget:EventTarget").inputs
    assert (target["arn"], target["rule"]) == (here("us-west-2").alarms.topic_arn, "cluster-deployment-failed")


def test_what_is_told_has_the_form_that_chatbot_posts_with_its_runbook() -> None:
    transformer = declare().one("aws:cloudwatch/eventTarget:EventTarget").inputs["inputTransformer"]
    assert transformer["inputPaths"] == {"reason": "$.detail.reason"}
    runbook = "https://runbooks.dataconnect.example/service/deployment-failed"
    assert json.loads(transformer["inputTemplate"]) == {
        "version": "1.0",
        "source": "custom",
        "content": {
            "textType": "client-markdown",
            "title": "Deployments that ECS gave up",
            "description": "Deployment failed: <reason>",
            "nextSteps": [f"Runbook: {runbook}"],
        },
    }


def test_a_pattern_may_hold_what_is_known_only_later() -> None:
    rule = declare(pulumi.Output.from_input("aws.ecs")).one("aws:cloudwatch/eventRule:EventRule")
    assert rule.document("eventPattern")["source"] == ["aws.ecs"]


def test_events_are_told_where_they_happen() -> None:
    assert not children_without_region(declare(), "us-west-2")
