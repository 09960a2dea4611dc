"""What is told of the passwords' age, and of rotations that do not end."""

from datetime import timedelta
from typing import Any

from components.data.rotation_function.watch import look
from tests.components.data.rotation_function.world import ARN, new_secret


class CloudWatch:
    def __init__(self) -> None:
        self.told: dict[str, float] = {}

    def put_metric_data(self, *, Namespace: str, MetricData: list[dict[str, Any]]) -> None:  # noqa: N803 - AWS's names
        assert Namespace == "DataConnect/prod/Credentials"
        self.told = {each["MetricName"]: each["Value"] for each in MetricData}


def seen(manager: Any, days: float = 0) -> dict[str, float]:
    cloudwatch, now = CloudWatch(), manager.created[manager.stages["AWSCURRENT"]] + timedelta(days=days)
    look([ARN], manager=manager, cloudwatch=cloudwatch, namespace="DataConnect/prod/Credentials", now=now)
    return cloudwatch.told


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
