"""What a command works with: a stack's registry, lake, tables, database, access and probe."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from operations.aws import Aws, connect
from operations.shares.clients import connect_sharing
from operations.shares.shares import Shares
from operations.stack import Silo, Stack
from operations.tenants.access import Access
from operations.tenants.counts import Counts
from operations.tenants.database import Database, DatabaseFunction
from operations.tenants.items import REGISTRY, Items
from operations.tenants.lake import Lake
from operations.tenants.live import Live, LiveFunction
from operations.tenants.meter import Meter
from operations.tenants.probe import AwsProbe, Probe, sts_sessions
from operations.tenants.registry import Registry
from operations.tenants.search import Search, SearchFunctions
from operations.tenants.workgroups import Workgroups


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
        meter: What tenants used, as AWS counts it; None where nothing asks.
        counts: Tenants' messages, jobs and refused sessions; None where nothing asks.
        workgroups: In which tenants query the lake; None where the stack has none.
        live: The live counts; None where the stack has none.
        shares: What the stack shares with other organisations; None where it has no products.
        search: Its tenants' indexes, those of silos, too; None where the stack has no search.
    """

    stack: Stack
    registry: Registry
    pool: Home
    silo: Callable[[str], Home]
    items: Items
    access: Access
    probe: Probe
    workgroups: Workgroups | None = None
    meter: Meter | None = None
    counts: Counts | None = None
    live: Live | None = None
    shares: Shares | None = None
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
        meter=Meter(aws.cloudwatch, aws.costs),
        counts=Counts(stack, logs=aws.logs, batch=aws.batch),
        workgroups=Workgroups(aws.athena, stack.queries) if stack.queries else None,
        live=LiveFunction(aws.awslambda, stack.live_function) if stack.live_function else None,
        shares=Shares(stack, connect_sharing(stack, aws), registry) if stack.sharing else None,
        search=SearchFunctions(aws.awslambda, stack.search) if stack.search else None,
    )


def _silo(aws: Aws, stack: Stack, silo: Silo) -> Home:
    return Home(lake=Lake(aws.s3, stack, silo), database=DatabaseFunction(aws.awslambda, stack, silo))
