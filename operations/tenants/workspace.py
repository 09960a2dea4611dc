"""What a command works with: a stack's registry, lake, tables, database, access and probe."""

from collections.abc import Callable
from dataclasses import dataclass

from operations.aws import connect
from operations.stack import Stack
from operations.tenants.access import Access
from operations.tenants.database import Database, DatabaseFunction
from operations.tenants.items import REGISTRY, Items
from operations.tenants.lake import Lake
from operations.tenants.probe import AwsProbe, Probe, sts_sessions
from operations.tenants.registry import Registry


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The things of one stack."""

    stack: Stack
    registry: Registry
    lake: Lake
    items: Items
    database: Database
    access: Access
    probe: Probe


Opener = Callable[[Stack], Workspace]


def open_workspace(stack: Stack) -> Workspace:
    """The things of a stack in AWS."""
    aws = connect(stack)
    lake, items = Lake(aws.s3, stack), Items(aws.dynamodb, stack)
    registry = Registry(aws.dynamodb, stack.tables[REGISTRY])
    return Workspace(
        stack=stack,
        registry=registry,
        lake=lake,
        items=items,
        database=DatabaseFunction(aws.awslambda, stack),
        access=Access(aws.iam, stack.tenant_roles, registry),
        probe=AwsProbe(stack, lake, items, sts_sessions(aws.sts, stack.region)),
    )
