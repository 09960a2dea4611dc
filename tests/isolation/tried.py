"""The stacks whose roles are tried, each with two silos, and what must be so in them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Final

from components.compute.job_spec import REGISTRY
from policies.controls.least_privilege.actions import find
from tests.isolation.matrix import Data, data_of, policies_of, tenant_roles
from tests.isolation.simulator import Policies, Request, allowed
from tests.stacks.estate import EVERYTHING, FLEET, SECRET, Estate, estate_of, run

A, B = "tabcdefghij23456", "tzyxwvutsrq76543"

STACKS: Final = ("prod", "active", "full")
"""prod, recovery after a failover, and prod with everything set: all with a fleet; the last with a share of each silo's."""

_SILOS: Final[dict[str, object]] = {"silos": {A: {"slug": "acme-home-loans"}, B: {"slug": "birch"}}}


_SHARE: Final = {"product": "loan-book", "account": "333333333333", "since": "2026-12-01", "until": "2027-03-31"}
_SHARES: Final[dict[str, object]] = {"shares": {f"s-{tenant}": {**_SHARE, "tenant": tenant} for tenant in (A, B)}}


@cache
def estate(name: str = "prod") -> Estate:
    """A stack with two silos; prod and active have a table of tenants' items, which search reads and writes, and a fleet."""
    if name == "full":
        return run("prod", {**EVERYTHING, **_SILOS, **_SHARES}, secrets=SECRET)
    table = {"hashKey": "tenant", "rangeKey": "day", "perTenant": True, "indexes": {"by-day": {"hashKey": "tenant"}}}
    uses = [*estate_of("prod").services["search"]["uses"], "table/counts:read+write"]
    edits = {"tables.counts": table, "services.search.uses": uses, "queues.convert": {}, "fleets.convert": FLEET, **_SILOS}
    if name == "active":
        image: dict[str, Any] = {**FLEET, "imageId": "ami-0a1b2c3d4e5f60719"}
        return run("prod-recovery", {**edits, "fleets.convert": image, "active": True}, others=[estate("prod")])
    return run("prod", edits)


@cache
def data(name: str = "prod") -> Data:
    """Where it keeps tenants' data."""
    return data_of(estate(name))


@cache
def policies(name: str = "prod") -> Policies:
    """What its roles may do."""
    return policies_of(estate(name))


@cache
def registry() -> Data:
    """The registry of tenants in prod: a tenant role reads of it what is its tenant's, and other roles read all."""
    table = estate().arn("dynamodb/table:Table", REGISTRY)
    return replace(data(), buckets=(), own_buckets=(), databases=(), tables=[table])


def breaches(known: Policies, asked: Sequence[Request]) -> list[Request]:
    """What of `asked` is allowed."""
    return [request for request, answer in zip(asked, allowed(known, asked), strict=True) if answer]


def granted(role: str, stack: str = "prod") -> list[Request]:
    """What a tenant role may do in a session of A with the data of A."""
    return breaches(policies(stack), [request.of(A) for request in data(stack).requests(role, A)])


def ids(tenants: int) -> list[str]:
    """The ids of so many tenants."""
    return [f"t{number:015d}".translate(str.maketrans("0189", "abcd")) for number in range(tenants)]


def across(tenants: int) -> list[Request]:
    """What each tenant role may do for a tenant, asked by each of so many tenants of its neighbour's data.

    One action of each level on each resource: an id meets a statement by its resource and conditions.
    """
    known_ids = ids(tenants)
    may = [request for role in tenant_roles(estate()) for request in granted(role)]
    known = {(each.role, each.resource, repr(each.context), find(each.action)[0].level): each for each in may}.values()
    neighbours = list(zip(known_ids, [*known_ids[1:], known_ids[0]], strict=True))
    return [_of(request, other).of(tenant) for request in known for tenant, other in neighbours]


def _of(request: Request, tenant: str) -> Request:
    """The same for the data of another tenant than A."""
    named = json.loads(json.dumps(request.context).replace(A, tenant))
    return replace(request, resource=request.resource.replace(A, tenant), context=named)
