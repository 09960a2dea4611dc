"""The credentials that the heartbeat keeps for a while, and lets go once they are refused."""

from components.data.heartbeat_function.handler import secret_reader
from tests.secrets_manager import CURRENT, PENDING, SecretsManager

ARN = "arn:aws:secretsmanager:us-east-2:111111111111:secret:database-credentials-AbCdEf"


def test_what_is_current_is_kept_for_five_minutes_and_until_it_was_refused() -> None:
    now, manager = [0.0], SecretsManager(ARN)
    manager.put_secret_value(SecretId=ARN, SecretString="first")
    read = secret_reader(manager, monotonic=lambda: now[0])
    assert read(ARN, CURRENT) == "first"
    manager.put_secret_value(SecretId=ARN, SecretString="second")
    now[0] = 299
    assert read(ARN, CURRENT) == "first"
    now[0] = 301
    assert read(ARN, CURRENT) == "second"
    manager.put_secret_value(SecretId=ARN, SecretString="third")
    assert read(ARN, CURRENT) == "second"
    # Whoever asks for another stage was refused with what is current.
    assert read(ARN, PENDING) is None
    assert read(ARN, CURRENT) == "third"
