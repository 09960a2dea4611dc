"""What a job is told by its stack is what its program reads."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from jobs.aggregate.order import read
from tests.stacks.estate import PLATFORMS, estate_of

DEFINITION: Final = "batch/jobDefinition:JobDefinition"
TOLD: Final = {"tenant": "t234567234567234", "dataset": "loans", "dates": "2026-11-28"}
AUTHORITIES: Final = Path(__file__).parents[2] / "components" / "data" / "users_function" / "rds-ca.pem"


def container(name: str, job: str) -> dict[str, Any]:
    return json.loads(estate_of(name).inputs(DEFINITION, job)["containerProperties"])


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_aggregation_takes_its_command_and_its_variables(name: str) -> None:
    told = container(name, "aggregate")
    arguments = [TOLD[text.removeprefix("Ref::")] if text.startswith("Ref::") else text for text in told["command"]]
    variables = {each["name"]: each["value"] for each in told["environment"]}
    # Fargate sets the region itself, the image brings the authorities.
    order = read(arguments, {**variables, "AWS_REGION": estate_of(name).region, "DATABASE_AUTHORITIES": str(AUTHORITIES)})
    assert {"tenant": order.tenant, "dataset": order.dataset, "dates": ",".join(map(str, order.dates))} == TOLD
    assert len({order.raw, order.curated, order.dumps}) == 3
