"""An environment is awake until its end: it sleeps by dev's hours otherwise, in the middle of what it was asked for."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from botocore.exceptions import BotoCoreError, ClientError

from operations.environments.items import Environment
from operations.environments.place import Place
from operations.errors import OperationError
from operations.schedule.command import Place as Schedule

_FAILURES: Final = (OperationError, BotoCoreError, ClientError)


def sleeper_of(outputs: Mapping[str, Any]) -> dict[str, str]:
    """Of an environment's outputs, what its item keeps: the function that keeps its schedule, and the schedule's time zone."""
    told = outputs.get("schedule")
    return {"sleeper": str(told["function"]), "timezone": str(told["timezone"])} if told else {}


def awake_until_its_end(place: Place, found: Environment) -> list[str]:
    """Order it awake until it expires, as `dataconnect schedule keep-awake` does: a line for people where that fails.

    One without a schedule, or that was never up, is ordered nothing.
    """
    if not found.sleeper:
        return []
    # The schedule's own time has minutes: the one that the end is in is awake to its end.
    end = datetime.fromtimestamp(found.expires, UTC) + timedelta(seconds=59)
    until = end.astimezone(ZoneInfo(found.timezone)).strftime("%Y-%m-%dT%H:%M")
    schedule = Schedule(awslambda=place.aws.awslambda, function=found.sleeper, by=place.by)
    try:
        schedule.ask(f"keep {found.stack} awake", do="order", state="awake", until=until, by=place.by)
    except _FAILURES as error:
        return [
            f"it sleeps by the hours of {found.of}: {error}; to keep it awake: dataconnect schedule keep-awake --until {until}"
            f" --stack {found.stack}"
        ]
    return []
