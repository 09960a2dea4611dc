"""The isolation probe: what it tries, and what it makes of the answers.

moto evaluates no policy, so it can only show that the probe finds a world without isolation. In a world with isolation clients
refuse by tenant, as IAM does by the session tag.
"""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from operations.errors import Code, OperationError
from operations.tenants.items import Items
from operations.tenants.lake import Lake
from operations.tenants.probe import OTHER, AwsProbe, Session, judge, judge_denied, sts_sessions
from tests.operations.world import ID, OWN, REGION, World, _client

BUCKETS = {name: f"prod-{name}" for name in ("curated", "dumps", "raw")}


class Guarded:
    """A client of a session that may touch one tenant's data; `holes` are calls that nobody refuses."""

    def __init__(self, real: Any, tenant: str, holes: tuple[str, ...], closed: bool) -> None:
        self._real, self._tenant, self._holes, self._closed = real, tenant, holes, closed

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            whose = str(arguments)
            mine = f"tenant={self._tenant}/" in whose or f"'{self._tenant}'" in whose
            if name.endswith("_query_execution"):
                mine = arguments.get("WorkGroup", self._tenant).endswith(self._tenant)
            if arguments.get("Bucket") in OWN.values():
                mine = mine and (self._tenant == ID or "other buckets" in self._holes) and "own key" not in self._holes
            if self._closed or (not mine and name not in self._holes):
                raise ClientError({"Error": {"Code": "AccessDeniedException" if name == "scan" else "AccessDenied"}}, name)
            return getattr(self._real, name)(**arguments)

        return call


def probe(world: World, *holes: str, closed: bool = False) -> AwsProbe:
    def sessions(_role: str, tenant: str) -> Session:
        clients = {"s3": world.s3, "dynamodb": world.dynamodb, "athena": _client("athena")}
        return Session(**{name: Guarded(client, tenant, holes, closed) for name, client in clients.items()})

    def engine(text: str, _: object) -> tuple[list[tuple[Any, ...]], int]:
        """Reads as whoever asks: the tenant, who alone has a workgroup here."""
        if f"'{ID}'" not in text and text != "SELECT 1" and "partition" not in holes:
            raise PermissionError
        return [], 0

    world.athena.engine = engine
    return AwsProbe(world.stack, Lake(lambda _: world.s3, world.stack), Items(world.dynamodb, world.stack), sessions)


def test_isolation_is_proven_where_every_call_for_others_is_refused(world: World) -> None:
    world.run("add", "acme")
    attempts = probe(world).try_isolation(ID, BUCKETS)
    told = judge(attempts)
    # Of each of two roles and two tenants: list and read in three buckets, query in a table and in the registry, then list all
    # and scan; and the tenant's own sessions write to the three folders of the other. Then each asks in the other's workgroup;
    # and the tenant's for the other's partition in its own: the probe's tenant has no workgroup to ask in.
    assert told == f"proven: {2 * (2 * (3 * 2 + 2 + 3 + 2 + 1) + 3 + 1)} calls for data of others refused"
    assert {attempt.workload for attempt in attempts} == {"bi", "search"}
    assert {attempt.what.split()[0] for attempt in attempts} == {"list", "read", "query", "scan", "write"}


@pytest.mark.parametrize(
    ("hole", "told"),
    [
        ("list_objects_v2", "list raw of"),
        ("get_object", "read raw of"),
        ("put_object", f"bi for {ID} may write raw of {OTHER}"),
        ("query", "query prod-notes of"),
        ("query", "query prod-tenants of"),
        ("scan", "scan prod-notes of all"),
        ("start_query_execution", f"bi for {ID} may query in the workgroup of {OTHER}"),
        ("partition", f"bi for {ID} may query the partition of {OTHER}"),
    ],
)
def test_each_hole_is_found_and_named(world: World, hole: str, told: str) -> None:
    world.run("add", "acme")
    attempts = probe(world, hole).try_isolation(ID, BUCKETS)
    assert any(told in str(attempt) and not attempt.refused for attempt in attempts)
    with pytest.raises(OperationError, match="tenants are not isolated: bi for") as leak:
        judge(attempts)
    assert leak.value.code == Code.ISOLATION


def test_a_role_that_is_refused_everything_proves_nothing(world: World) -> None:
    world.run("add", "acme")
    attempts = probe(world, closed=True).try_isolation(ID, BUCKETS)
    with pytest.raises(OperationError, match="the tenant role of bi is refused its own tenant's data, too"):
        judge(attempts)
    assert judge_denied(ID, attempts).startswith("proven: ")


def test_a_tenant_that_still_has_access_is_named(world: World) -> None:
    world.run("add", "acme")
    with pytest.raises(OperationError, match=f"the tenant still has access: bi for {ID} may list"):
        judge_denied(ID, probe(world).try_isolation(ID, BUCKETS))


def silo(world: World) -> World:
    world.run("add", "acme", "--tier", "silo", code=6)
    world.deploy_silo()
    world.run("add", "acme")
    return world


def test_a_silo_is_tried_in_its_own_buckets_and_others_stay_in_theirs(world: World) -> None:
    attempts = probe(silo(world)).try_isolation(ID, OWN)
    more = 3 * 3  # in each of its buckets the other session lists all, lists its own folder, and writes
    assert judge(attempts) == f"proven: {2 * (2 * (3 * 2 + 2 + 3 + 2 + 1) + 3 + 1 + more)} calls for data of others refused"
    assert [world.versions(bucket) for bucket in OWN.values()] == 3 * [[f"tenant={ID}/_tenant.json"]]
    assert world.versions("prod-raw") == [f"tenant={OTHER}/_tenant.json"]


@pytest.mark.parametrize(
    ("hole", "told"),
    [
        ("list_objects_v2", f"bi for {OTHER} may list all of raw of {ID}"),
        ("get_object", f"bi for {OTHER} may read raw of {ID}"),
        ("put_object", f"bi for {OTHER} may write raw of {ID}"),
        ("other buckets", f"bi for {OTHER} may list its own folder in raw of {ID}"),
        ("list_objects_v2", f"bi for {ID} may list raw of {OTHER}"),
        ("put_object", f"bi for {ID} may write raw of {OTHER}"),
    ],
)
def test_each_hole_of_a_silo_is_found_and_named(world: World, hole: str, told: str) -> None:
    attempts = probe(silo(world), hole).try_isolation(ID, OWN)
    assert told in map(str, attempts)
    with pytest.raises(OperationError, match="tenants are not isolated: bi for"):
        judge(attempts)


def test_a_silo_whose_own_buckets_are_refused_to_it_is_named_though_its_items_are_not(world: World) -> None:
    attempts = probe(silo(world), "own key").try_isolation(ID, OWN)
    told = f"the tenant's own data is out of reach: bi for {ID} is refused list raw of {ID}"
    with pytest.raises(OperationError, match=told) as lacking:
        judge(attempts)
    assert lacking.value.code == Code.ISOLATION


def test_a_tenant_that_is_cut_off_is_tried_without_its_workgroup(world: World) -> None:
    world.run("add", "acme")
    _client("athena").update_work_group(WorkGroup=f"dataconnect-prod-{ID}", State="DISABLED")
    attempts = probe(world).try_isolation(ID, BUCKETS)
    assert judge(attempts).startswith("proven: ")
    assert not any("partition" in each.what for each in attempts)


def test_a_query_that_fails_otherwise_proves_nothing(world: World) -> None:
    world.run("add", "acme")
    tried = probe(world)
    world.athena.engine = lambda text, _: ([], 0 if text == "SELECT 1" else 2**60)
    with pytest.raises(OperationError, match=r"the probe's query in dataconnect-prod-t.* is CANCELLED: Bytes scanned"):
        tried.try_isolation(ID, BUCKETS)


def test_moto_evaluates_no_policies_and_so_fails_the_probe(world: World) -> None:
    world.run("add", "acme")
    sessions = sts_sessions(_client("sts"), REGION)
    real = AwsProbe(world.stack, Lake(lambda _: world.s3, world.stack), Items(world.dynamodb, world.stack), sessions)
    with pytest.raises(OperationError, match="tenants are not isolated"):
        judge(real.try_isolation(ID, BUCKETS))


def test_another_error_is_no_refusal(world: World) -> None:
    world.run("add", "acme")
    world.dynamodb.delete_table(TableName="prod-notes")
    with pytest.raises(ClientError, match="ResourceNotFound"):
        probe(world).try_isolation(ID, BUCKETS)
