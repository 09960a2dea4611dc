"""The function `backups`: the last moment that all databases can be restored to, and no figure where one is unknown."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.recovery import backups
from functions.recovery.backups import Backup

REGION = "us-west-2"
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


class Rds:
    """Answers as RDS does; moto keeps no replicated backups."""

    def __init__(self, **told: Any) -> None:
        self.told = told

    def describe_db_instance_automated_backups(self, *, DBInstanceAutomatedBackupsArn: str) -> dict[str, Any]:  # noqa: N803
        return {"DBInstanceAutomatedBackups": [*self.told[DBInstanceAutomatedBackupsArn]]}


def copies(seconds: int, status: str = "Replicating") -> list[dict[str, Any]]:
    return [{"Status": status, "RestoreWindow": {"LatestTime": NOW - timedelta(seconds=seconds)}}]


def test_each_databases_backups_are_told_by_its_name() -> None:
    told = Rds(a=copies(60), b=copies(3600, "retained"), c=[{"Status": "pending"}], d=[])
    now = int(NOW.timestamp())
    assert backups.look(told, {each: each for each in "abcd"}) == {
        "a": Backup("replicating", now - 60),
        "b": Backup("retained", now - 3600),
        "c": Backup("pending", None),
        "d": Backup("missing", None),
    }


@pytest.mark.parametrize(("latest", "expected"), [((90, 60), 60), ((90, None), None), ((None,), None), ((), None)])
def test_all_can_be_restored_to_the_oldest_and_unknown_is_no_moment(
    latest: tuple[int | None, ...], expected: int | None
) -> None:
    assert backups.oldest({str(index): Backup("", each) for index, each in enumerate(latest)}) == expected


@pytest.mark.parametrize(("told", "ages"), [(copies(600), [600.0]), ([{"Status": "pending"}], [])])
def test_the_age_is_a_metric_and_silence_where_it_is_unknown(
    told: list[dict[str, Any]], ages: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "backups.json"
    file.write_text(json.dumps({"stack": "prod", "region": REGION, "backups": {"database": "arn"}}))
    monkeypatch.setattr(backups, "FILE", file)
    monkeypatch.setattr(backups.time, "time", NOW.timestamp)
    with mock_aws():
        cloudwatch: Any = boto3.client("cloudwatch", region_name=REGION)

        class Clients:
            def client(self, service: str, region: str) -> Any:
                assert region == REGION
                return {"rds": Rds(arn=told), "cloudwatch": cloudwatch}[service]

        monkeypatch.setattr(backups, "RegionalAws", Clients)
        assert backups.handle({}, None)["age"] == (ages[0] if ages else None)
        data = cloudwatch.get_metric_statistics(
            Namespace="DataConnect/prod/Recovery",
            MetricName=backups.METRIC,
            Dimensions=[{"Name": "Region", "Value": REGION}],
            StartTime=datetime(2000, 1, 1, tzinfo=UTC),
            EndTime=datetime(2100, 1, 1, tzinfo=UTC),
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
    assert [each["Maximum"] for each in data] == ages
