"""The clients of AWS that a command uses, in the account and region of its stack, and what their errors mean."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from operations.alerts.outputs import Alerting
from operations.environments.outputs import Dev
from operations.errors import Code, OperationError
from operations.logs.outputs import Logs
from operations.promises.outputs import Promised
from operations.recovery.ledger import Ledger
from operations.stack import Messaging, Queries, Searched, Stack

# An order to the function may last as long as the function may.
_SERVICES: Final = {
    **{name: name for name in ("dynamodb", "iam", "sts", "firehose", "sqs", "cloudwatch", "athena", "secretsmanager", "logs")},
    **{name: name for name in ("batch", "ec2", "kms", "sns")},
    "servicequotas": "service-quotas",
}
"""Attribute of `Aws` -> what boto3 calls the service."""
# docs.aws.amazon.com/general/latest/gr/billing.html: Cost Explorer answers from there for all regions
_COSTS: Final = "us-east-1"
_CONFIG: Final = Config(retries={"mode": "standard", "max_attempts": 5}, read_timeout=150, connect_timeout=10)


@dataclass(frozen=True, kw_only=True)
class Aws:
    """Clients, by service; boto3 gives them no types. `s3` makes one for a region, `client` one by boto3's name."""

    s3: Callable[[str], Any]
    client: Callable[[str], Any]
    dynamodb: Any
    iam: Any
    sts: Any
    awslambda: Any
    firehose: Any
    sqs: Any
    cloudwatch: Any
    athena: Any
    costs: Any
    secretsmanager: Any
    logs: Any
    batch: Any
    ec2: Any
    kms: Any
    sns: Any
    servicequotas: Any


def connect(stack: Stack | Messaging | Queries | Searched | Ledger | Logs | Promised | Alerting | Dev, name: str = "") -> Aws:
    """Clients for the stack's account.

    Raises:
        OperationError: when the credentials at hand are of another account, or there are none.
    """
    session = boto3.Session(region_name=stack.region)
    clients = {name: session.client(service, config=_CONFIG) for name, service in _SERVICES.items()}

    _name_tables(clients["dynamodb"])

    def s3(region: str) -> Any:
        return session.client("s3", region_name=region, config=_CONFIG)

    with explained():
        try:
            own = clients["sts"].get_caller_identity()["Account"]
        except ClientError as error:
            raise OperationError(
                f"the credentials are of no use: {code_of(error)}; expected valid ones of the stack's operator", Code.USAGE
            ) from error
    if own != stack.account:
        raise OperationError(
            f"the credentials are of account {own}, the stack {name or getattr(stack, 'name', '')} is in {stack.account};"
            " expected credentials of its operator, e.g. AWS_PROFILE=<one of that account>",
            Code.USAGE,
        )
    return Aws(
        **clients,
        s3=s3,
        client=cache(lambda service: session.client(service, config=_CONFIG)),
        awslambda=session.client("lambda", config=_CONFIG),
        costs=session.client("ce", region_name=_COSTS, config=_CONFIG),
    )


def _name_tables(dynamodb: Any) -> None:
    """Have the client name the tables of a call where one is missing: DynamoDB says `Requested resource not found` alone."""

    def before(params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
        actions = [action for item in params.get("TransactItems", ()) for action in item.values()]
        named = [each["TableName"] for each in (params, *actions) if "TableName" in each]
        context["tables"] = [*dict.fromkeys([*named, *params.get("RequestItems", ())])]

    def after(parsed: Mapping[str, Any], context: Mapping[str, Any], **_: Any) -> None:
        error, tables = parsed.get("Error", {}), context.get("tables")
        if tables and error.get("Code") == "ResourceNotFoundException":
            error["Message"] = f"{error.get('Message')} (table {', '.join(tables)}; are the outputs of what is deployed?)"

    dynamodb.meta.events.register("before-parameter-build.dynamodb", before)
    dynamodb.meta.events.register("after-call.dynamodb", after)


@contextmanager
def explained() -> Generator[None]:
    """Tell errors of AWS in one sentence."""
    try:
        yield
    except NoCredentialsError as error:
        raise OperationError(
            "there are no AWS credentials; expected those of the stack's operator, e.g. AWS_PROFILE", Code.USAGE
        ) from error
    except ClientError as error:
        told = error.response.get("Error", {})
        raise OperationError(f"AWS refused {error.operation_name}: {told.get('Code')}: {told.get('Message')}") from error
    except BotoCoreError as error:
        raise OperationError(f"AWS cannot be asked: {error}") from error


def code_of(error: ClientError) -> str:
    """The code of an error, e.g. `AccessDenied`."""
    return str(error.response.get("Error", {}).get("Code", ""))


DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "403", "Forbidden", "UnauthorizedOperation"})
"""Codes that say that a policy refused the call; S3's HEAD has no body and says 403."""
