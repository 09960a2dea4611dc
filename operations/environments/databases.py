"""The databases of environments, on the instance that they share."""

import json
from collections.abc import Mapping
from typing import Any, Final

from operations.environments.items import Data
from operations.environments.place import Held, Place
from operations.invoke import WAIT_SECONDS, invoke
from operations.schedule.command import Place as Schedule

_INVOCATION: Final = "aws:lambda/invocation:Invocation"
_LONGEST: Final = WAIT_SECONDS + 5 * 150
"""How long an order may be on its way: for others' of the same function, then as often as a client of AWS tries."""


def drop(place: Place, held: Held) -> None:
    """Have the function of the shared instance drop an environment's database, roles and login; may be repeated.

    Raises:
        OperationError: when it fails, e.g. while the instance sleeps, or another command has taken the environment over.
    """
    held.last(_LONGEST)
    name = held.environment.name
    order = {**place.dev.login, "action": "drop", "environment": name}
    invoke(place.aws.awslambda, place.dev.users_function, order, f"drop the database of {name}")


def owners(place: Place) -> list[str]:
    """Environments of which the shared instance has something; none while it sleeps, for nobody wakes it for that.

    Raises:
        OperationError: when the function fails.
    """
    if place.dev.sleeper:
        schedule = Schedule(awslambda=place.aws.awslambda, function=place.dev.sleeper, by=place.by)
        things = schedule.ask("tell whether the database is awake", do="show")["things"]
        if any(each["kind"] == "database" and each["state"] != "awake" for each in things):
            return []
    order = {**place.dev.login, "action": "environments"}
    told = invoke(place.aws.awslambda, place.dev.users_function, order, "tell which environments have a database")
    return [str(each["environment"]) for each in told.get("environments", ())]


def deployed(state: Mapping[str, Any]) -> Data | None:
    """What becomes of a database when its stack is destroyed as its state has it; None where that has no database.

    What cannot be read is `discard`, for which nobody relies on the database.
    """
    for resource in state.get("resources") or ():
        inputs = resource.get("inputs") or {}
        # components/data/environment_database.py: what is invoked once more at the end makes or ends the database.
        if resource.get("type") == _INVOCATION and inputs.get("lifecycleScope") == "CRUD":
            order = inputs.get("input")
            told = json.loads(order) if isinstance(order, str) else {"data": "discard"}
            if "data" in told:
                return "keep" if told["data"] == "keep" else "discard"
    return None
