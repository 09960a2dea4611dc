"""An event of an AWS service that people are told about, as they are about an alarm."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pulumi
from pulumi_aws import cloudwatch

from .component import Component, tags
from .here import Here
from .severity import severity_of

SOURCE: Final = "dataconnect"
SAID: Final = "<said>"


def tell_event(
    owner: Component,
    key: str,
    *,
    here: Here,
    description: str,
    pattern: Mapping[str, Any],
    paths: Mapping[str, str],
    sentence: str,
    said: str | None = None,
) -> None:
    """Create a rule `<owner>-<key>` that tells `here.alarms` of each matching event.

    The message is an object that the notifier knows by its `source` (functions/notify/events.py): `title`, `text`, `severity`,
    `runbook`, and `said`, a list with the service's own words, or empty where the event has none.

    EventBridge escapes nothing that it puts into a text (its guide, docs.aws.amazon.com/eventbridge/latest/userguide,
    eb-transform-target-input.html): one quote in it makes the message no JSON, and nobody is told. A value that stands alone
    brings its own quotes, so that is where a service's own words go.

    The target has no dead-letter queue. EventBridge tries for 24 hours (eb-rule-retry-policy.html, same guide), and whoever was
    to hear of a dead letter would hear by the very topic that could not be reached; what an event tells is still to be seen at
    its service.

    Args:
        owner: Parent of the rule.
        key: Kind of alarm, `<thing>-<symptom>`: the runbook page `docs/runbooks/<thing>/<symptom>.md` is linked.
        here: Where the events happen, and who is told.
        description: What the rule is for; the message's title.
        pattern: EventBridge event pattern; may hold outputs.
        paths: Name -> JSON path in the event of what has no quotes: an ARN, an identifier, a state.
        sentence: What is told; `<name>` stands for what a path finds.
        said: JSON path in the event of the service's own words, if it says any.
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
    message = {
        "source": SOURCE,
        "title": description,
        "text": here.alarms.told(sentence),
        "severity": severity_of(key),
        "runbook": here.alarms.runbook(key),
        **({"said": [SAID]} if said else {}),
    }
    template = json.dumps(message).replace(json.dumps(SAID), SAID)
    cloudwatch.EventTarget(
        name,
        region=here.region,
        rule=rule.name,
        arn=here.alarms.topic_arn,
        input_transformer=cloudwatch.EventTargetInputTransformerArgs(
            input_paths={**paths, **({"said": said} if said else {})}, input_template=template
        ),
        opts=owner.child(),
    )
