"""What is told of the passwords' age, and of rotations that do not end."""

import json
from datetime import timedelta
from typing import Any

from components.data.rotation_function.watch import look
from tests.components.data.rotation_function.world import ARN, new_secret


def seen(manager: Any, days: float = 0) -> dict[str, float]:
    """What CloudWatch makes of the line, by the format's rules."""
    now = manager.created[manager.stages["AWSCURRENT"]] + timedelta(days=days)
    line = json.loads(json.dumps(look([ARN], manager=manager, namespace="DataConnect/prod/Credentials", now=now)))
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert line["_aws"]["Timestamp"] == now.timestamp() * 1000 and directive["Namespace"] == "DataConnect/prod/Credentials"
    assert [line[name] for (name,) in directive["Dimensions"]] == ["database-rotation"]
    return {each["Name"]: line[each["Name"]] for each in directive["Metrics"]}


def test_the_age_is_that_of_the_current_password() -> None:
    manager = new_secret()
    assert seen(manager, days=40) == {"AgeDays": 40, "Unfinished": 0}
    token = manager.begin()
    manager.put_secret_value(SecretId=ARN, SecretString="{}", ClientRequestToken=token)
    assert seen(manager, days=1) == {"AgeDays": 1, "Unfinished": 0}


def test_a_rotation_has_ended_when_what_was_pending_is_current_or_no_longer_pending() -> None:
    manager = new_secret()
    token = manager.begin()
    assert seen(manager)["Unfinished"] == 1
    manager.put_secret_value(SecretId=ARN, SecretString="{}", ClientRequestToken=token, VersionStages=["AWSPENDING"])
    assert seen(manager)["Unfinished"] == 1
    manager.update_secret_version_stage(SecretId=ARN, VersionStage="AWSPENDING", RemoveFromVersionId=token)
    assert seen(manager)["Unfinished"] == 0
