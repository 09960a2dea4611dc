"""The role that docs/delivery.md gives the task may do what its list of changes allows, and nothing that is on no list."""

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from delivery.reconcile.changes import ALLOWED
from tests.found import some
from tests.stacks.estate import estate_of

PAGE: Final = Path(__file__).parents[3] / "docs" / "delivery.md"
TAKES: Final = {
    "aws:rds/instance:Instance": {"rds:ModifyDBInstance"},
    "aws:backup/selection:Selection": {"backup:CreateBackupSelection", "backup:DeleteBackupSelection", "iam:PassRole"},
    "aws:cloudwatch/metricAlarm:MetricAlarm": {
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:DeleteAlarms",
        "cloudwatch:TagResource",
    },
    "aws:lambda/invocation:Invocation": {"lambda:InvokeFunction"},
    "aws:cloudwatch/dashboard:Dashboard": {"cloudwatch:PutDashboard"},
}
"""What the provider calls for each type of the list; fleets take more, and production has none."""
OWN: Final = {
    *("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"),
    *("dynamodb:GetItem", "dynamodb:PutItem", "sns:Publish"),
}
"""State, journal, telling."""
PREFIX: Final = {
    "appautoscaling": "application-autoscaling",
    "cloudwatch": "cloudwatch",
    "kinesis": "firehose",
    "lb": "elasticloadbalancing",
    "opensearch": "es",
    "sfn": "states",
    "vpc": "ec2",
}


def policy() -> list[dict[str, Any]]:
    found = re.search(r"cat > reconcile\.json <<'EOF'\n(.*?)EOF", PAGE.read_text(), re.DOTALL)
    assert found is not None
    return json.loads(found[1])["Statement"]


def granted() -> set[str]:
    return {action for each in policy() for action in each["Action"]}


def test_it_may_do_what_the_list_allows_and_read() -> None:
    taken = {action for kind in {allowed.type for allowed in ALLOWED} for action in TAKES.get(kind, set())}
    reads = {action for action in granted() if re.fullmatch(r"[a-z0-9-]+:(Describe|Get|List)[A-Za-z]*\*?", action)}
    assert taken <= granted()
    assert granted() - reads == (taken | OWN) - reads


def test_it_reads_every_service_that_the_stack_declares() -> None:
    kinds = {kind for kind, _ in estate_of("recovery").resources if kind.startswith("aws:")}
    services = {kind.removeprefix("aws:").partition("/")[0] for kind in kinds}
    read = {action.partition(":")[0] for action in granted()}
    assert {PREFIX.get(service, service) for service in services} - read == set()
    assert len(services) > 15


def test_it_reads_no_data_but_the_state_and_no_secret() -> None:
    (reads,) = (each for each in policy() if each["Sid"] == "ReadWhatIsDeclared")
    data = (
        "secretsmanager:GetSecretValue",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:Scan",
        "s3:GetObject",
        "kms:Decrypt",
    )
    assert not [action for action in data for pattern in reads["Action"] if fnmatchcase(action, pattern)]


def test_what_it_changes_is_in_one_region() -> None:
    for each in policy():
        changes = [action for action in each["Action"] if action in {taken for takes in TAKES.values() for taken in takes}]
        bound = json.dumps(each["Resource"]) + json.dumps(each.get("Condition", {}))
        assert not changes or "us-west-2" in bound or changes == ["iam:PassRole"], each["Sid"]


def test_it_may_invoke_what_keeps_users_as_the_provider_invokes_it() -> None:
    """By its version `$LATEST`, which is authorised by the ARN that ends so."""
    (keeps,) = (each for each in policy() if each["Action"] == ["lambda:InvokeFunction"])
    (users,) = (each.name for each in ALLOWED if each.type == "aws:lambda/invocation:Invocation")
    invoked = {
        estate_of("active").arn("lambda/function:Function", "database-users"): each.inputs["functionName"]
        for name, each in estate_of("active").of("lambda/invocation:Invocation").items()
        if fnmatchcase(name, users)
    }
    for arn, name in some(invoked).items():
        assert arn.endswith(f":{name}")
        for asked in (arn, f"{arn}:$LATEST"):
            assert any(fnmatchcase(asked, pattern) for pattern in keeps["Resource"]), asked
        assert not any(fnmatchcase(f"{arn}-of-others", pattern) for pattern in keeps["Resource"])
