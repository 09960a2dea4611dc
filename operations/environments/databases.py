"""The databases of environments, on the instance that they share."""

from operations.environments.items import Environment
from operations.environments.place import Place
from operations.invoke import invoke


def drop(place: Place, found: Environment) -> None:
    """Have the function of the shared instance drop what was kept of an environment: its database, roles and login.

    Raises:
        OperationError: when it fails, e.g. while the instance sleeps.
    """
    order = {**place.dev.login, "action": "drop", "environment": found.name}
    invoke(place.aws.awslambda, place.dev.users_function, order, f"drop the database of {found.name}")
