"""An event of an AWS service that people are told about, as they are about an alarm."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws import cloudwatch

from .component import Component, tags
from .here import Here


def tell_event(
    owner: Component,
    key: str,
    *,
    here: Here,
    description: str,
    pattern: Mapping[str, Any],
    paths: Mapping[str, str],
    sentence: str,
) -> None:
    """Create a rule `<owner>-<key>` that tells `here.alarms` of each matching event.

    The message has the form of a custom notification: Chatbot posts no other that was made of an event
    (docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html). By e-mail people read that form.

    Args:
        owner: Parent of the rule.
        key: Kind of alarm, `<thing>-<symptom>`: the runbook page `docs/runbooks/<thing>/<symptom>.md` is linked.
        here: Where the events happen, and who is told.
        description: What the rule is for; the message's title.
        pattern: EventBridge event pattern; may hold outputs.
        paths: Name -> JSON path in the event.
        sentence: What is told; `<name>` stands for what a path finds.
    """
    name = f"{owner.name}-{key.partition('-')[2]}"
    rule = cloudwatch.EventRule(
        name,
        region=here.region,
        description=description,
        event_pattern=pulumi.Output.json_dumps(pattern),
        tags=tags(name),
        opts=owner.child(),
    )
    content = {
        "textType": "client-markdown",
        "title": description,
        "description": sentence,
        "nextSteps": [f"Runbook: {here.alarms.runbook(key)}"],
    }
    cloudwatch.EventTarget(
        name,
        region=here.region,
        rule=rule.name,
        arn=here.alarms.topic_arn,
        input_transformer=cloudwatch.EventTargetInputTransformerArgs(
            input_paths=dict(paths), input_template=json.dumps({"version": "1.0", "source": "custom", "content": content})
        ),
        opts=owner.child(),
    )
