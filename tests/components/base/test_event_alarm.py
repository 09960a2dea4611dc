import json
from dataclasses import replace
from typing import Any

import pulumi

from components.base.component import Component
from components.base.event_alarm import tell_event
from tests.components.harness import Declaration, children_without_region, here, resources_of


def declare(source: pulumi.Input[str] = "aws.ecs", said: str | None = None, stack: str = "") -> Declaration:
    place = here("us-west-2")
    pattern: dict[str, Any] = {"source": [source], "detail-type": ["ECS Deployment State Change"]}
    return resources_of(
        lambda: tell_event(
            Component("cluster"),
            "service-deployment-failed",
            here=replace(place, alarms=replace(place.alarms, stack=stack)),
            description="Deployments that ECS gave up",
            pattern=pattern,
            paths={"service": "$.resources[0]"},
            sentence="Deployment of <service> failed",
            said=said,
        )
    )


def test_a_matching_event_is_told_to_the_same_people_as_an_alarm() -> None:
    declared = declare()
    rule = declared.one("aws:cloudwatch/eventRule:EventRule", "cluster-deployment-failed")
    assert rule.document("eventPattern")["source"] == ["aws.ecs"]
    target = declared.one("aws:cloudwatch/eventTarget:EventTarget").inputs
    assert (target["arn"], target["rule"]) == (here("us-west-2").alarms.topic_arn, "cluster-deployment-failed")


def test_what_is_told_has_its_urgency_and_its_runbook() -> None:
    transformer = declare().one("aws:cloudwatch/eventTarget:EventTarget").inputs["inputTransformer"]
    assert transformer["inputPaths"] == {"service": "$.resources[0]"}
    assert json.loads(transformer["inputTemplate"]) == {
        "source": "dataconnect",
        "title": "Deployments that ECS gave up",
        "text": "Deployment of <service> failed",
        "severity": "critical",
        "runbook": "https://runbooks.dataconnect.example/service/deployment-failed",
    }


def test_what_is_told_to_another_stack_s_topic_begins_with_its_own() -> None:
    transformer = declare(stack="dev-ada").one("aws:cloudwatch/eventTarget:EventTarget").inputs["inputTransformer"]
    assert json.loads(transformer["inputTemplate"])["text"] == "dev-ada: Deployment of <service> failed"


def test_the_words_of_a_service_stand_alone_so_that_a_quote_in_them_ends_no_text() -> None:
    transformer = declare(said="$.detail.reason").one("aws:cloudwatch/eventTarget:EventTarget").inputs["inputTransformer"]
    words = 'no "reason" \\ given'
    event = {"$.resources[0]": "search", "$.detail.reason": words}
    template = transformer["inputTemplate"]
    for name, path in transformer["inputPaths"].items():
        # EventBridge escapes nothing inside a text; a value that stands alone it writes as JSON.
        alone = template.replace(f'"<{name}>"', "").replace(f"[<{name}>]", f"[{json.dumps(event[path])}]")
        template = alone.replace(f"<{name}>", event[path])
    message = json.loads(template)
    assert (message["text"], message["said"]) == ("Deployment of search failed", [words])


def test_a_pattern_may_hold_what_is_known_only_later() -> None:
    rule = declare(pulumi.Output.from_input("aws.ecs")).one("aws:cloudwatch/eventRule:EventRule")
    assert rule.document("eventPattern")["source"] == ["aws.ecs"]


def test_events_are_told_where_they_happen() -> None:
    assert not children_without_region(declare(), "us-west-2")
