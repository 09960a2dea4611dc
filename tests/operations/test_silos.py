"""A tenant with a key, buckets and a database of its own: taken in once they are deployed, kept apart, and let go with them."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from operations.tenants.lake import Lake
from tests.operations.world import AWAY, ID, OWN, OWN_REPLICA, REGION, REPLICA, SILO, USERS, World

ADD = ("add", "acme", "--tier", "silo")
REMOVE = ("remove", "acme", "--yes", "acme", "--no-export")
OTHER = "t" + 15 * "z"
FOREIGN = "t" + 15 * "b"
KEY = f"tenant={ID}/dataset=loans/one"


@pytest.fixture
def silo(world: World) -> World:
    """A stack with an active tenant in a silo."""
    world.run(*ADD, code=6)
    world.deploy_silo()
    world.run(*ADD)
    return world


def take_out(world: World) -> None:
    """Deploy the stack without the tenant's entry."""
    world.silos.pop(ID)
    world.write_outputs()


def wrong(world: World, code: int = 1) -> dict[str, str]:
    """What `verify` finds not as it should be."""
    told = world.json("verify", "acme", code=code)
    return {each["name"]: each["told"] for each in told["checks"] if not each["right"]}


def entry_of(world: World, item: str) -> dict[str, Any]:
    """The registry's item of the tenant."""
    key = {"tenant": {"S": ID}, "item": {"S": item}}
    return world.dynamodb.get_item(TableName="prod-tenants", Key=key)["Item"]


# Onboarding


def test_onboarding_tells_the_entry_and_goes_on_once_it_is_deployed(world: World) -> None:
    told = world.run(*ADD, code=6)
    assert f"dataconnect:silos:\n  {ID}:\n    slug: acme\n" in told.stdout
    assert "Then `pulumi up` of prod, of its recovery and of its replication" in told.stdout
    assert "tenant acme waits for its silo" in told.stderr
    assert world.json("show", "acme")["status"] == "onboarding" and world.database.orders == []
    again = world.json("add", "acme", code=6)  # the tier is the registry's
    assert again["entry"] == {"dataconnect:silos": {ID: {"slug": "acme"}}}
    assert (again["id"], again["status"], again["kind"]) == (ID, "onboarding", "incomplete")
    world.deploy_silo()
    done = world.json(*ADD)
    assert (done["id"], done["tier"], done["status"]) == (ID, "silo", "active") and "entry" not in done
    assert [world.versions(bucket) for bucket in OWN.values()] == 3 * [[f"tenant={ID}/_tenant.json"]]
    assert all(world.versions(f"prod-{name}") == [] for name in OWN)
    assert world.own_database.users == {ID: dict.fromkeys(USERS, True)} and world.database.orders == []
    assert world.probe is not None and world.probe.tried == [(ID, *sorted(OWN.values()))]


def test_a_dry_run_tells_all_steps_and_no_entry_with_an_id_that_is_nobodys(world: World) -> None:
    done = world.run(*ADD, "--dry-run")
    assert done.stderr.count("would do") == 8 and "add-silo" in done.stderr
    assert "dataconnect:silos" not in done.stdout and world.calls == []
    world.run(*ADD, code=6)
    calls = len(world.calls)
    assert world.run(*ADD, "--dry-run").stderr.count("would do") == 6 and len(world.calls) == calls
    world.deploy_silo()
    assert world.run(*ADD, "--dry-run").stderr.count("would do") == 5 and len(world.calls) == calls


def test_an_entry_with_another_slug_stops_onboarding_before_anything_is_made(world: World) -> None:
    world.run(*ADD, code=6)
    world.deploy_silo(slug="apex")
    calls = len(world.calls)
    told = f"tenant acme: the entry of {ID} says slug 'apex'; expected 'acme', as the registry has it"
    assert world.json(*ADD, code=4)["error"] == told
    assert world.json(*ADD, "--dry-run", code=4)["error"] == told
    assert len(world.calls) == calls and world.own_database.orders == []


@pytest.mark.parametrize("item", [None, {"buckets": {"M": {}}}, {"database_host": {"S": "database.example"}}])
def test_onboarding_goes_on_only_where_workloads_find_the_silo(world: World, item: dict[str, Any] | None) -> None:
    world.run(*ADD, code=6)
    world.deploy_silo()
    place = entry_of(world, f"place#{REGION}")
    key = {name: place[name] for name in ("tenant", "item")}
    world.dynamodb.delete_item(TableName="prod-tenants", Key=key)
    if item:
        world.dynamodb.put_item(TableName="prod-tenants", Item=place | item)
    told = world.json(*ADD, code=4)["error"]
    assert f"the item place#{REGION} of {ID} in the registry is not what the outputs say" in told
    world.dynamodb.put_item(TableName="prod-tenants", Item=place)
    assert world.json(*ADD)["status"] == "active"


def test_a_tenant_stays_in_its_tier(silo: World) -> None:
    assert "--tier is 'pool', but tenant acme is there with 'silo'" in silo.run("add", "acme", "--tier", "pool", code=4).stderr


def test_a_silo_that_is_not_isolated_is_not_activated(world: World) -> None:
    world.run(*ADD, code=6)
    world.deploy_silo()
    world.leaks = True
    world.run(*ADD, code=5)
    assert world.json("show", "acme")["status"] == "onboarding"


# Suspension


def test_a_suspended_silo_is_locked_in_its_own_database(silo: World) -> None:
    silo.run("suspend", "acme")
    assert silo.own_database.users == {ID: dict.fromkeys(USERS, False)}
    assert wrong(silo, code=0) == {}
    silo.run("resume", "acme")
    assert silo.own_database.users == {ID: dict.fromkeys(USERS, True)} and silo.database.orders == []
    assert wrong(silo, code=0) == {}


def test_a_silo_that_is_not_found_loses_its_access_to_aws_all_the_same(silo: World) -> None:
    take_out(silo)
    assert f"the outputs of prod have no silo of {ID}" in silo.run("suspend", "acme", code=4).stderr
    assert "bi-tenant-1/tenants-without-access" in silo.policies()
    silo.deploy_silo(FOREIGN, slug="acme")
    before = silo.everything()
    assert f"the outputs of prod have no silo of {ID}" in silo.run("resume", "acme", code=4).stderr
    assert silo.everything() == before


@pytest.mark.parametrize("command", [("resume", "acme"), REMOVE])
def test_an_entry_with_another_slug_stops_what_gives_access_or_deletes(silo: World, command: tuple[str, ...]) -> None:
    silo.run("suspend", "acme")
    silo.silos[ID] = {**SILO, "slug": "apex"}
    silo.write_outputs()
    before = silo.everything()
    assert f"the entry of {ID} says slug 'apex'" in silo.run(*command, code=4).stderr
    assert silo.everything() == before


# Verification


def test_verify_finds_what_is_wrong_with_a_silo(silo: World) -> None:
    assert [each["name"] for each in silo.json("verify", "acme")["checks"]] == [
        *("silo", "folders", "nothing in the pool", "database users", "queries", "access", "isolation")
    ]
    silo.s3.put_object(Bucket="prod-dumps", Key=KEY, Body=b"x")
    silo.s3.delete_object(Bucket=OWN["raw"], Key=f"tenant={ID}/_tenant.json")
    silo.own_database.users[ID]["search"] = False
    assert wrong(silo) == {
        "folders": f"missing in {OWN['raw']}: dataconnect tenant add acme",
        "nothing in the pool": "it has objects in prod-dumps, which others share",
        "database users": "not all log in, or do what their service does: dataconnect tenant add acme",
    }
    silo.silos[ID]["slug"] = "apex"
    silo.write_outputs()
    assert wrong(silo) == {"silo": f"the entry of {ID} says slug 'apex'; expected 'acme', as the registry has it"}
    take_out(silo)
    assert wrong(silo) == {"silo": f"the outputs of prod have no silo of {ID}: its entry in dataconnect:silos makes it"}


def test_entries_that_fit_to_no_tenant_are_told_by_list_and_verify(world: World) -> None:
    assert world.json("list")["silo_faults"] == []
    world.deploy_silo(FOREIGN, slug="apex")
    told = f"nobody has the id {FOREIGN}, whose entry says apex: correct it, or take it out"
    assert world.json("list")["silo_faults"] == [{"id": FOREIGN, "slug": "apex", "told": told}]
    assert f"\nsilo: {told}\n" in world.run("list", "--status", "active").stdout
    assert world.json("verify", FOREIGN, code=3)["error"] == f"there is no tenant '{FOREIGN}' here, but a silo: {told}"
    world.run("add", "acme")
    world.deploy_silo()
    told = f"acme is in the pool, and the entry of {ID} makes what nothing uses: take it out"
    assert {each["id"]: each["told"] for each in world.json("list")["silo_faults"]}[ID] == told
    assert wrong(world) == {"silo": told}


def test_a_tenant_that_waits_for_its_silo_is_told_by_list(world: World) -> None:
    world.run(*ADD, code=6)
    told = f"the outputs of prod have no silo of {ID}: its entry in dataconnect:silos makes it"
    assert world.json("list")["silo_faults"] == [{"id": ID, "slug": "acme", "told": told}]
    assert set(wrong(world)) == {"silo", "onboarding"}


# Removal


def test_a_removed_silo_leaves_nothing_in_its_buckets_replicas_and_database(silo: World) -> None:
    silo.fill()
    told = silo.json(*REMOVE)
    made = told["certificate"]
    assert made["complete"] and made["deleted"]["rows"] == {"tenants.loans (silo)": 7}
    found = made["deleted"]["objects"]
    assert {name: (each["bucket"], each["region"]) for name, each in found.items() if "silo" in name} == {
        **{f"{name} (silo)": (bucket, REGION) for name, bucket in OWN.items()},
        "raw (silo) (replica)": (OWN_REPLICA, AWAY),
    }
    assert [found[name]["versions"] for name in ("raw (silo)", "raw (silo) (replica)", "raw", "config")] == [4, 2, 0, 1]
    assert all(silo.versions(bucket) == silo.uploads(bucket) == [] for bucket in (*OWN.values(), OWN_REPLICA))
    assert silo.own_database.users == silo.own_database.rows == {}
    # The pool's tenant keeps all, and the pool's database was only looked at.
    assert silo.versions("prod-raw", f"tenant={OTHER}/") and silo.versions(REPLICA, f"tenant={OTHER}/")
    assert silo.database.rows == {OTHER: 7} and silo.database.orders == []
    listed = silo.s3.get_object(Bucket="prod-config", Key=f"certificates/{ID}/objects.jsonl")["Body"].read().splitlines()
    assert {json.loads(line)["bucket"] for line in listed} == {*OWN.values(), OWN_REPLICA, "prod-config"}


def test_the_certificate_says_what_of_a_silo_is_left_and_how_it_goes(silo: World) -> None:
    told = silo.json(*REMOVE)
    own = told["certificate"]["silo"]
    assert all(
        any(name in each["what"] for each in own["left"]) for name in (SILO["keyArn"], SILO["databaseArn"], *OWN.values())
    )
    markdown = silo.s3.get_object(Bucket="prod-config", Key=f"certificates/{ID}/certificate.md")["Body"].read().decode()
    assert "## Of its own, until its entry is taken out" in markdown and own["to_do"] in markdown
    for said in ("`protect: false`", "dataconnect:silos", "replication, recovery, stack", "30 days later", "no backup"):
        assert said in own["to_do"]
    # What the stream delivers has none of a silo's records.
    assert not [each for each in told["certificate"]["expires"] if "stream" in each["what"]]
    assert wrong(silo) == {"silo": f"acme is removed: take out the entry of {ID}, as its certificate says"}
    take_out(silo)
    # Once more it prints the same, though the outputs know nothing of the silo any more.
    assert silo.json(*REMOVE) == told and wrong(silo, code=0) == {}


def test_a_pools_certificate_says_nothing_of_a_silo(world: World) -> None:
    world.run("add", "acme")
    made = world.json(*REMOVE)["certificate"]
    assert made["silo"] == {} and [each for each in made["expires"] if "stream" in each["what"]]


def test_a_silos_copies_that_are_not_found_stop_its_removal(silo: World) -> None:
    silo.fill()
    silo.s3.delete_bucket_replication(Bucket=OWN["raw"])
    told = silo.json(*REMOVE, code=6)["error"]
    assert told.startswith(f"bucket {OWN['raw']} is replicated, says output lakeClasses.raw.replicated")
    assert silo.versions(OWN_REPLICA) and silo.json("show", "acme")["status"] == "removing"


def test_a_silo_that_was_never_deployed_is_removed(world: World) -> None:
    world.run(*ADD, code=6)
    made = world.json(*REMOVE)["certificate"]
    assert made["complete"] and made["silo"] == {} and world.json("list")["silo_faults"] == []


def test_nothing_is_certified_while_the_silo_is_out_of_reach(silo: World) -> None:
    silo.fill()
    take_out(silo)
    calls = len(silo.calls)
    told = silo.json(*REMOVE, code=4)["error"]
    assert f"no silo of {ID}" in told and "it had one, which is to be erased first; put the entry back and deploy" in told
    assert len(silo.calls) == calls and silo.json("show", "acme")["status"] == "active"


def test_what_a_lock_keeps_in_a_silo_keeps_the_tenant_removing(silo: World) -> None:
    silo.fill()
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    retention = {"Mode": "COMPLIANCE", "RetainUntilDate": until}
    silo.s3.put_object_retention(Bucket=OWN["dumps"], Key=KEY, Retention=retention)
    told = silo.json(*REMOVE, code=6)
    assert f"s3://{OWN['dumps']}/{KEY}" in told["error"] and silo.json("show", "acme")["status"] == "removing"
    assert silo.versions("prod-config", "certificates/")[0].endswith("incomplete.json")


def test_what_lies_astray_in_the_pool_goes_too_and_is_handed_over(silo: World) -> None:
    silo.fill()
    silo.s3.put_object(Bucket="prod-curated", Key=KEY, Body=b"astray")
    silo.database.rows[ID], silo.database.users[ID] = 3, {"search": True}
    made = silo.json("remove", "acme", "--yes", "acme", "--export-to", "handover")["certificate"]
    assert made["complete"] and made["deleted"]["rows"] == {"tenants.loans (silo)": 7, "tenants.loans": 3}
    assert silo.versions("handover") == sorted(
        [
            f"export/{ID}.jsonl",
            *(
                f"export/{name}/tenant={ID}/{key}"
                for name in ("curated", "dumps")
                for key in ("_tenant.json", "dataset=loans/one")
            ),
            f"export/pool/curated/{KEY}",
        ]
    )
    assert silo.s3.get_object(Bucket="handover", Key=f"export/curated/{KEY}")["Body"].read() == b"new"
    assert ID not in silo.database.rows and silo.versions("prod-curated", f"tenant={ID}/") == []


def test_rows_that_nobody_counted_are_not_told_as_none(silo: World) -> None:
    silo.fill()
    silo.database.rows[ID], silo.database.users[ID] = 3, {"search": True}
    # A run was killed when its own database was empty, before it could write that down.
    silo.own_database.order("remove", ID, connections=1)
    made = silo.json(*REMOVE)["certificate"]
    assert made["complete"] and made["deleted"]["rows"] == "erased; their number was not recorded"


def test_a_removal_that_another_one_overtakes_changes_no_certificate(silo: World, monkeypatch: pytest.MonkeyPatch) -> None:
    silo.fill()
    told: list[Any] = []
    everywhere = Lake.everywhere

    def overtaken(lake: Lake) -> Any:
        if not told:
            monkeypatch.undo()
            told.append(silo.json(*REMOVE))
        return everywhere(lake)

    inventory = Lake.write_manifest

    def listing(lake: Lake, *arguments: Any, **named: Any) -> Any:
        monkeypatch.setattr(Lake, "everywhere", overtaken)
        return inventory(lake, *arguments, **named)

    monkeypatch.setattr(Lake, "write_manifest", listing)
    assert "another command is removing acme" in silo.json(*REMOVE, code=4)["error"]
    assert silo.json(*REMOVE) == told[0]
    assert told[0]["certificate"]["deleted"]["objects"]["raw (silo)"]["versions"] == 4
    body = silo.s3.get_object(Bucket="prod-config", Key=f"certificates/{ID}/objects.jsonl")["Body"].read()
    assert hashlib.sha256(body).hexdigest() == told[0]["certificate"]["manifest"]["sha256"]


@pytest.mark.parametrize("whose", [ID, FOREIGN])
@pytest.mark.parametrize("bucket", [OWN["curated"], OWN_REPLICA])
def test_no_export_goes_into_a_silo_or_its_replica(world: World, bucket: str, whose: str) -> None:
    world.run("add", "acme", "--tier", "silo" if whose == ID else "pool", code=6 if whose == ID else 0)
    world.deploy_silo()
    world.silos[whose] = world.silos.pop(ID)
    world.write_outputs()
    target = ("remove", "acme", "--yes", "acme", "--export-to", bucket)
    assert f"--export-to is {bucket}, a bucket of the stack" in world.run(*target, code=2).stderr


# Outputs


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("slug",), None, f"output silos.{ID}.slug is missing; expected a text"),
        (("buckets",), None, f"output silos.{ID}.buckets is missing; expected a mapping by name"),
        (("buckets", "dumps"), None, f"output silos.{ID}.buckets.dumps is missing; expected a text"),
        (("buckets", "raw"), 5, f"output silos.{ID}.buckets.raw is 5; expected a text"),
        (("keyArn",), "", f"output silos.{ID}.keyArn is ''; expected a text"),
        (("databaseArn",), None, f"output silos.{ID}.databaseArn is missing"),
        (("databaseAddress",), None, f"output silos.{ID}.databaseAddress is missing"),
        (("usersFunction",), None, f"output silos.{ID}.usersFunction is missing"),
        (("login", "port"), "5432", f"output silos.{ID}.login.port is '5432'; expected a whole number"),
        (("login",), None, f"output silos.{ID}.login.host is missing"),
    ],
)
def test_outputs_of_a_silo_that_are_missing_are_named(world: World, path: tuple[str, ...], value: object, told: str) -> None:
    world.silos[ID] = json.loads(json.dumps(SILO))
    *parents, last = path
    holder = world.silos[ID]
    for name in parents:
        holder = holder[name]
    holder.pop(last) if value is None else holder.update({last: value})
    world.write_outputs()
    assert told in world.run("list", code=2).stderr


@pytest.mark.parametrize("silos", [[], "acme", 1])
def test_silos_are_a_mapping_by_id(world: World, silos: Any) -> None:
    world.outputs_file.write_text(json.dumps({**world.outputs, "silos": silos}))
    assert f"output silos is {silos!r}; expected a mapping by name" in world.run("list", code=2).stderr


def test_a_stack_without_silos_has_none(world: World) -> None:
    assert world.stack.silos == {}
    world.outputs_file.write_text(json.dumps({**world.outputs, "silos": {}}))
    assert world.json("list")["silo_faults"] == []
