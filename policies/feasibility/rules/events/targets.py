"""What EventBridge and its scheduler ask alike of a target's blocks."""

from typing import Final

from policies.feasibility.engine.bounds import between
from policies.feasibility.engine.shapes import only_one, present, when

RETRIES: Final = (
    between("maximumRetryAttempts", 0, 185),
    between("maximumEventAgeInSeconds", 60, 86400, unit="seconds"),
)
TASKS: Final = (
    between("taskCount", 1, 10),
    only_one("launchType capacityProviderStrategies"),
    when("launchType", ("FARGATE",), present("networkConfiguration", "because Fargate tasks use awsvpc")),
)
NO_GROUP: Final = "ValidationException: Parameter(s) SqsParameters must be specified for target"
