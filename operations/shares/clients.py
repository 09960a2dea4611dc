"""The clients of AWS that operations on shares use, beside those of all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3

from operations.aws import Aws
from operations.stack import Stack


@dataclass(frozen=True, kw_only=True)
class Clients:
    """Clients, by service; boto3 gives them no types. `session` makes S3's for the credentials of a role."""

    s3: Any
    iam: Any
    sts: Any
    kms: Any
    lakeformation: Any
    ram: Any
    session: Callable[[dict[str, str]], Any]


def connect_sharing(stack: Stack, aws: Aws) -> Clients:
    """Clients in the region of a stack, with the credentials at hand."""

    def client(service: str) -> Any:
        return boto3.client(service, region_name=stack.region)  # pyright: ignore[reportArgumentType, reportCallIssue, reportUnknownVariableType]

    def session(given: dict[str, str]) -> Any:
        return boto3.Session(
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
            region_name=stack.region,
        ).client("s3")

    return Clients(
        s3=aws.s3(stack.region),
        iam=aws.iam,
        sts=aws.sts,
        kms=client("kms"),
        lakeformation=client("lakeformation"),
        ram=client("ram"),
        session=session,
    )
