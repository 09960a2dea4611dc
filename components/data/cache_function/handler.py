"""The entry point of the function: Secrets Manager's rotation, and the order of a deployment to make what is missing."""

import os
import ssl
from collections.abc import Mapping
from typing import Any

import boto3

from .login import may_log_in
from .passwords import Passwords


def handle(event: Mapping[str, Any], _context: object) -> dict[str, str]:
    """Do a step of a rotation, or make the passwords of `users`; what is raised ends the rotation, or the deployment."""
    make: Any = boto3.client
    return fulfil(event, Passwords(manager=make("secretsmanager"), elasticache=make("elasticache"), login=_login))


def fulfil(event: Mapping[str, Any], passwords: Passwords) -> dict[str, str]:
    """Tell the one kind of event from the other."""
    if "users" in event:
        return passwords.make(event["users"])
    passwords.rotate(event["Step"], event["SecretId"], event["ClientRequestToken"])
    return {}


def _login(user: str, password: str) -> bool:
    # The certificates of ElastiCache are of Amazon's public authorities, which Lambda's system believes.
    return may_log_in(
        os.environ["CACHE_HOST"],
        int(os.environ["CACHE_PORT"]),
        user=user,
        password=password,
        context=ssl.create_default_context(),
    )
