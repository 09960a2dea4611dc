"""An event of an AWS service that people are told about, as they are about an alarm."""

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

    Args:
        owner: Parent of the rule.
        key: Kind of alarm, `<thing>-<symptom>`: the runbook page `docs/runbooks/<thing>/<symptom>.md` is linked.
        here: Where the events happen, and who is told.
        description: What the rule is for.
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
    cloudwatch.EventTarget(
        name,
        region=here.region,
        rule=rule.name,
        arn=here.alarms.topic_arn,
        input_transformer=cloudwatch.EventTargetInputTransformerArgs(
            input_paths=dict(paths), input_template=f'"{sentence} Runbook: {here.alarms.runbook(key)}"'
        ),
        opts=owner.child(),
    )
