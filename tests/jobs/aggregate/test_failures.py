"""Which failures are tried again."""

from typing import Any

import psycopg
import pytest
from botocore import exceptions as aws

from jobs.aggregate.failures import BAD_CONFIGURATION, DEFECT, TRANSIENT, judge


def refused(code: str, status: int) -> aws.ClientError:
    response: Any = {"Error": {"Code": code, "Message": "secret"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return aws.ClientError(response, "GetObject")


AWS = {
    TRANSIENT: [
        *(("SlowDown", 503), ("InternalError", 500), ("ThrottlingException", 400), ("ExpiredToken", 400), ("New", 502)),
        *(("New", 429), ("PreconditionFailed", 412), ("KMS.ThrottlingException", 400)),
        ("ProvisionedThroughputExceededException", 400),
    ],
    BAD_CONFIGURATION: [
        ("AccessDenied", 403),
        ("NoSuchBucket", 404),
        ("InvalidAccessKeyId", 403),
        ("KMS.DisabledException", 400),
    ],
}


@pytest.mark.parametrize(("expected", "code", "status"), [(code, *each) for code, all_ in AWS.items() for each in all_])
def test_what_aws_refuses(expected: int, code: str, status: int) -> None:
    assert judge(refused(code, status)) == (expected, f"GetObject: {code}")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (aws.EndpointConnectionError(endpoint_url="x"), TRANSIENT),
        (aws.ReadTimeoutError(endpoint_url="x"), TRANSIENT),
        (aws.ConnectTimeoutError(endpoint_url="x"), TRANSIENT),
        (aws.IncompleteReadError(actual_bytes=1, expected_bytes=2), TRANSIENT),
        (aws.CredentialRetrievalError(provider="x", error_msg="x"), TRANSIENT),
        (aws.NoCredentialsError(), BAD_CONFIGURATION),
        (psycopg.OperationalError("connection failed: FATAL:  the database system is starting up"), TRANSIENT),
        (psycopg.OperationalError('connection failed: FATAL:  PAM authentication failed for user "x"'), TRANSIENT),
        (psycopg.OperationalError('connection failed: FATAL:  permission denied for database "x"'), BAD_CONFIGURATION),
        (psycopg.OperationalError("connection failed: SSL connection has been closed unexpectedly"), TRANSIENT),
        (psycopg.errors.AdminShutdown(), TRANSIENT),
        (psycopg.errors.ReadOnlySqlTransaction(), TRANSIENT),
        (psycopg.errors.DeadlockDetected(), TRANSIENT),
        (psycopg.errors.TooManyConnections(), TRANSIENT),
        (psycopg.errors.DiskFull(), TRANSIENT),
        (psycopg.errors.UniqueViolation(), TRANSIENT),
        (psycopg.errors.UndefinedTable(), BAD_CONFIGURATION),
        (psycopg.errors.InsufficientPrivilege(), BAD_CONFIGURATION),
        (psycopg.errors.NumericValueOutOfRange(), DEFECT),
        (ZeroDivisionError(), DEFECT),
    ],
    ids=repr,
)
def test_what_else_fails(error: Exception, expected: int) -> None:
    assert judge(error)[0] == expected
