"""What a command works with: a stack's registry, lake, tables, database, access and probe."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from operations.aws import Aws, connect
from operations.stack import Silo, Stack
from operations.tenants.access import Access
from operations.tenants.database import Database, DatabaseFunction
from operations.tenants.items import REGISTRY, Items
from operations.tenants.lake import Lake
from operations.tenants.probe import AwsProbe, Probe, sts_sessions
from operations.tenants.registry import Registry
from operations.tenants.search import Search, SearchFunctions


@dataclass(frozen=True, kw_only=True)
class Home:
    """Where a tenant's objects and rows are.

    Attributes:
        lake: Its folders; a silo's knows the pool's buckets, too.
        database: Its users and rows.
    """

    lake: Lake
    database: Database


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The things of one stack.

    Attributes:
        pool: What tenants share.
        silo: What a tenant has of its own, by its id; only of those that the stack's outputs have.
        search: Its tenants' indexes, those of silos, too; None where the stack has no search.
    """

    stack: Stack
    registry: Registry
    pool: Home
    silo: Callable[[str], Home]
    items: Items
    access: Access
    probe: Probe
    search: Search | None = None

    @property
    def lake(self) -> Lake:
        """The lake that tenants share, with the bucket `config`."""
        return self.pool.lake


Opener = Callable[[Stack], Workspace]


def open_workspace(stack: Stack) -> Workspace:
    """The things of a stack in AWS."""
    aws = connect(stack)
    items = Items(aws.dynamodb, stack)
    pool = Home(lake=Lake(aws.s3, stack), database=DatabaseFunction(aws.awslambda, stack))
    registry = Registry(aws.dynamodb, stack.tables[REGISTRY])
    return Workspace(
        stack=stack,
        registry=registry,
        pool=pool,
        silo=cache(lambda tenant: _silo(aws, stack, stack.silos[tenant])),
        items=items,
        access=Access(aws.iam, stack.tenant_roles, registry),
        probe=AwsProbe(stack, pool.lake, items, sts_sessions(aws.sts, stack.region)),
        search=SearchFunctions(aws.awslambda, stack.search) if stack.search else None,
    )


def _silo(aws: Aws, stack: Stack, silo: Silo) -> Home:
    return Home(lake=Lake(aws.s3, stack, silo), database=DatabaseFunction(aws.awslambda, stack, silo))
