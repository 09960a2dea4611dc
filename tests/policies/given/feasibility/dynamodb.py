"""What is planned in several cases of the feasibility pack: dynamodb."""

from typing import Any

from tests.policies.harness import UNKNOWN, Planned

TABLE = "aws:dynamodb/table:Table"
SCALING = "aws:appautoscaling/target:Target"
WRITES = "dynamodb:table:WriteCapacityUnits"
STREAM = {"streamEnabled": True, "streamViewType": "NEW_AND_OLD_IMAGES"}


def scaling(dimension: Any = WRITES, **inputs: Any) -> Planned:
    values = {"serviceNamespace": "dynamodb", "scalableDimension": dimension, "resourceId": UNKNOWN, **inputs}
    return Planned(token=SCALING, name="scaling", inputs=values, refs={"resourceId": (TABLE, "table")})
