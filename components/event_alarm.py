"""An event of an AWS service that people are told about, as they are about an alarm."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws import cloudwatch

from components.alarms import AlarmTarget
from components.component import Component, tags


def tell_event(
    owner: Component,
    key: str,
    *,
    region: str,
    description: str,
    pattern: Mapping[str, Any],
    paths: Mapping[str, str],
    sentence: str,
    target: AlarmTarget,
) -> None:
    """Create a rule `<owner>-<key>` that tells `target` of each matching event.

    Args:
        owner: Parent of the rule.
        key: Kind of alarm, `<thing>-<symptom>`: the runbook page `docs/runbooks/<thing>-<symptom>.md` is linked.
        region: AWS region of the events and of the topic.
        description: What the rule is for.
        pattern: EventBridge event pattern; may hold outputs.
        paths: Name -> JSON path in the event.
        sentence: What is told; `<name>` stands for what a path finds.
        target: Who is told.
    """
    name = f"{owner.name}-{key.partition('-')[2]}"
    rule = cloudwatch.EventRule(
        name,
        region=region,
        description=description,
        event_pattern=pulumi.Output.json_dumps(pattern),
        tags=tags(name),
        opts=owner.child(),
    )
    cloudwatch.EventTarget(
        name,
        region=region,
        rule=rule.name,
        arn=target.topic_arn,
        input_transformer=cloudwatch.EventTargetInputTransformerArgs(
            input_paths=dict(paths), input_template=f'"{sentence} Runbook: {target.runbook_url}/{key}"'
        ),
        opts=owner.child(),
    )
