"""A secret that people fill: a JSON object in Secrets Manager, read when it is needed, and again once it may have changed."""

import json
import time
from collections.abc import Mapping
from typing import Any, Final

_SECONDS: Final = 300
"""So long a value is kept: people change it."""


class Secret:
    """The value of a secret, by a boto3 client of Secrets Manager; kept for five minutes."""

    def __init__(self, client: Any, arn: str) -> None:
        self._client, self._arn = client, arn
        self._value: Mapping[str, Any] = {}
        self._until = 0.0

    def __call__(self) -> Mapping[str, Any]:
        """What it says.

        Raises:
            TypeError: when it is no object.
            ValueError: when it is no JSON.
        """
        if time.monotonic() > self._until:
            told = json.loads(self._client.get_secret_value(SecretId=self._arn)["SecretString"])
            if not isinstance(told, dict):
                raise TypeError
            self._value, self._until = told, time.monotonic() + _SECONDS
        return self._value
