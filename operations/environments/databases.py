"""The databases of environments, on the instance that they share."""

from typing import Final

from operations.environments.place import Held, Place
from operations.invoke import WAIT_SECONDS, invoke
from operations.schedule.command import Place as Schedule

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


def keep(place: Place, held: Held) -> bool:
    """Have the function let nobody connect to an environment's database, and claim it; may be repeated.

    What its stack was deployed to do with it in the end is of no effect any more, until an environment of its name takes it up.

    Returns:
        Whether it has one.

    Raises:
        OperationError: as `drop`.
    """
    held.last(_LONGEST)
    name = held.environment.name
    order = {**place.dev.login, "action": "keep", "environment": name}
    told = invoke(place.aws.awslambda, place.dev.users_function, order, f"keep the database of {name}")
    return told["database"] is not None


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
