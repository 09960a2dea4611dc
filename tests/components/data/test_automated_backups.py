from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.data.automated_backups import AutomatedBackups, AutomatedBackupsArgs
from tests.components.data.postgres_examples import key
from tests.components.harness import ACCOUNT, here, resources_of

HOME, REGION = "us-east-2", "us-west-2"
SOURCE = f"arn:aws:rds:{HOME}:{ACCOUNT}:db:dataconnect-prod"


def arguments(**changes: Any) -> AutomatedBackupsArgs:
    own: dict[str, Any] = {
        "here": here(REGION),
        "source_arn": SOURCE,
        "source_region": HOME,
        "key_arn": key(REGION, "database"),
        "retention_days": 35,
    }
    return AutomatedBackupsArgs(**(own | changes))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"source_region": REGION}, "source_region is 'us-west-2'; expected a region other than that of the copies, us-west-2"),
        ({"retention_days": 0}, "retention_days is 0; expected 1 to 35 days"),
        ({"retention_days": 36}, "retention_days is 36; expected 1 to 35 days"),
    ],
)
def test_what_rds_would_refuse_is_told(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidArgumentError, match=told):
        arguments(**changes)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"key_arn": key(HOME, "database")}, f"copies: key_arn is .*; expected an ARN of {REGION}"),
        ({"source_arn": SOURCE.replace(HOME, REGION)}, f"copies: source_arn is .*; expected an ARN of {HOME}"),
    ],
)
def test_key_and_source_are_each_of_their_own_region(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        resources_of(lambda: AutomatedBackups("copies", arguments(**changes)))
