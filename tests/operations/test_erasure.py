"""What of a tenant lies in the lake is erased: every version and upload, in each bucket and region, past a lock."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from operations.tenants.lake import Lake
from tests.operations.world import AWAY, ID, LOCKED, OUTPUTS, REGION, REPLICA, World

REMOVE = ("remove", "acme", "--yes", "acme", "--no-export")
KEY = f"tenant={ID}/dataset=loans/one"
OTHER = "t" + 15 * "z"


def retain(world: World, bucket: str, mode: str, days: int = 30) -> datetime:
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
    world.s3.put_object_retention(Bucket=bucket, Key=KEY, Retention={"Mode": mode, "RetainUntilDate": until})
    return until


class Spy:
    """A client that notes what it is asked, and in which region."""

    def __init__(self, client: Any, region: str, asked: list[tuple[str, str, dict[str, Any]]]) -> None:
        self._client, self._region, self._asked = client, region, asked

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name == "get_paginator":
            return lambda operation: self._pages(found(operation), operation)

        def call(**arguments: Any) -> Any:
            self._asked.append((self._region, name, arguments))
            return found(**arguments)

        return call

    def _pages(self, paginator: Any, operation: str) -> Any:
        outer = self

        class Pages:
            def paginate(self, **arguments: Any) -> Any:
                outer._asked.append((outer._region, operation, arguments))
                return paginator.paginate(**arguments)

        return Pages()


def spied(world: World) -> tuple[Lake, list[tuple[str, str, dict[str, Any]]]]:
    asked: list[tuple[str, str, dict[str, Any]]] = []
    return Lake(lambda region: Spy(world.s3, region, asked), world.stack), asked


def test_a_replica_is_asked_in_its_own_region_and_all_others_in_the_stacks(world: World) -> None:
    world.fill()
    lake, asked = spied(world)
    for bucket in lake.everywhere().values():
        lake.erase(bucket, ID)
    asked = [each for each in asked if each[1] != "get_bucket_location"]  # which any region answers
    assert {region for region, _, arguments in asked if arguments["Bucket"] == REPLICA} == {AWAY}
    assert {region for region, _, arguments in asked if arguments["Bucket"] != REPLICA} == {REGION}
    assert lake.everywhere()["raw (replica)"] == REPLICA


def test_a_lock_is_passed_where_there_is_one_and_nowhere_else(world: World) -> None:
    world.fill()
    lake, asked = spied(world)
    for bucket in lake.everywhere().values():
        lake.erase(bucket, ID)
    passed = {each["Bucket"] for _, name, each in asked if name == "delete_objects" and each.get("BypassGovernanceRetention")}
    assert passed == {*LOCKED}
    assert {each["Bucket"] for _, name, each in asked if name == "delete_objects"} > passed


def test_versions_that_are_locked_in_governance_mode_are_erased_in_both_regions(world: World) -> None:
    world.run("add", "acme")
    world.fill()
    for bucket in LOCKED:
        retain(world, bucket, "GOVERNANCE")
        with pytest.raises(ClientError, match="AccessDenied"):
            version = world.s3.head_object(Bucket=bucket, Key=KEY)["VersionId"]
            world.s3.delete_object(Bucket=bucket, Key=KEY, VersionId=version)
    made = world.json(*REMOVE)["certificate"]
    assert made["complete"]
    assert all(world.versions(bucket, f"tenant={ID}/") == [] for bucket in LOCKED)
    found = made["deleted"]["objects"]
    assert {name: (each["region"], each["locked"]) for name, each in found.items()} == {
        **dict.fromkeys(("raw", "curated", "config"), (REGION, False)),
        "dumps": (REGION, True),
        "raw (replica)": (AWAY, True),
    }


@pytest.mark.parametrize("bucket", LOCKED)
def test_what_is_locked_for_good_or_held_is_told_with_bucket_region_and_date(world: World, bucket: str) -> None:
    world.run("add", "acme")
    world.fill()
    until = retain(world, bucket, "COMPLIANCE")
    world.s3.put_object_legal_hold(Bucket="prod-dumps", Key=f"tenant={ID}/_tenant.json", LegalHold={"Status": "ON"})
    told = world.run(*REMOVE, code=6)
    region = AWAY if bucket == REPLICA else REGION
    assert f"in {region}: retained until {until.isoformat()} (compliance)" in told.stdout
    assert f"_tenant.json ({version_of(world)}) in {REGION}: legal hold" in told.stdout
    assert world.versions(bucket, f"tenant={ID}/dataset=") == [KEY] and world.versions("prod-raw", f"tenant={ID}/") == []


def version_of(world: World) -> str:
    return world.s3.head_object(Bucket="prod-dumps", Key=f"tenant={ID}/_tenant.json")["VersionId"]


def test_uploads_that_were_not_completed_are_dropped_in_both_regions_and_others_are_not(world: World) -> None:
    world.run("add", "acme")
    world.fill()
    made = world.json(*REMOVE)["certificate"]
    for bucket in ("prod-raw", REPLICA):
        assert world.uploads(bucket) == [f"tenant={OTHER}/half"]
    assert [made["deleted"]["objects"][name]["uploads"] for name in ("raw", "raw (replica)", "curated")] == [1, 1, 0]
    listed = world.s3.get_object(Bucket="prod-config", Key=f"certificates/{ID}/objects.jsonl")["Body"].read().splitlines()
    dropped = [json.loads(line) for line in listed if b'"upload"' in line]
    assert [(each["key"], each["bucket"], each["region"]) for each in dropped] == [
        (f"tenant={ID}/half", "prod-raw", REGION),
        (f"tenant={ID}/half", REPLICA, AWAY),
    ]


def test_an_upload_that_is_gone_by_then_stops_nothing_and_one_that_stays_is_told(world: World) -> None:
    world.fill()
    lake, _ = spied(world)
    real = world.s3.abort_multipart_upload(
        Bucket="prod-raw", Key=f"tenant={ID}/half", UploadId=next(iter(lake.uploads("prod-raw", ID)))["upload"]
    )
    assert real and lake.erase("prod-raw", ID) == []
    upload = world.s3.create_multipart_upload(Bucket="prod-raw", Key=f"tenant={ID}/late")["UploadId"]
    assert not lake.is_empty("prod-raw", ID)
    lake._abort("prod-raw", {"key": f"tenant={ID}/late", "upload": "gone"})  # pyright: ignore[reportPrivateUsage]
    (kept,) = lake.kept("prod-raw", ID)
    assert (kept.version, kept.region, kept.why) == (f"upload {upload}", REGION, "begun during the removal")


def test_what_config_holds_of_a_tenant_goes_and_certificates_and_others_stay(world: World) -> None:
    world.run("add", "acme")
    world.fill()
    world.run(*REMOVE)
    assert world.versions("prod-config") == [
        *(f"certificates/{ID}/{name}" for name in ("certificate.json", "certificate.md", "objects.jsonl")),
        f"tenant={OTHER}/branding.json",
    ]


def test_more_versions_than_s3_deletes_at_once_are_deleted_in_pages_and_all_are_listed(world: World) -> None:
    world.run("add", "acme")
    for number in range(1001):
        world.s3.put_object(Bucket="prod-curated", Key=f"tenant={ID}/{number % 7}", Body=b"x")
    before = len(world.calls)
    made = world.json(*REMOVE)["certificate"]
    # A page of a thousand and the rest; raw and dumps have a page of one marker each.
    assert world.calls[before:].count("s3:DeleteObjects") == 2 + 1 + 1
    assert made["deleted"]["objects"]["curated"]["versions"] == 1002 and made["complete"]
    assert world.versions("prod-curated", f"tenant={ID}/") == []


def test_the_certificate_tells_by_when_what_remains_is_gone(world: World) -> None:
    world.run("add", "acme")
    done = world.json(*REMOVE)["certificate"]
    looked = datetime.fromisoformat(done["looked_at"])
    days = {each["what"].split()[0]: each["until"] for each in done["expires"]}
    # The longest of its kind, and the day in the course of which AWS deletes; a stack that keeps no logs tells none.
    assert days == {
        "snapshots": (looked + timedelta(days=61)).date().isoformat(),
        "recent": (looked + timedelta(days=9)).date().isoformat(),
        "access": (looked + timedelta(days=366)).date().isoformat(),
        "lists": (looked + timedelta(days=91)).date().isoformat(),
    }
    assert "logs" not in OUTPUTS["keptDays"]
    markdown = world.s3.get_object(Bucket="prod-config", Key=f"certificates/{ID}/certificate.md")["Body"].read().decode()
    assert f"hold no content; deleted by {days['lists']}" in markdown
    assert f"| objects, raw (replica) | `{REPLICA}` | {AWAY} |" in markdown and "uploads, past the lock" in markdown


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("lakeClasses",), None, "output lakeClasses.config.perTenant is missing; expected true or false"),
        (("lakeClasses", "raw", "perTenant"), "yes", "output lakeClasses.raw.perTenant is 'yes'; expected true or false"),
        (("lakeClasses", "raw", "replicated"), None, "output lakeClasses.raw.replicated is missing; expected true or false"),
        (("keptDays",), None, "output keptDays is missing; expected a mapping by name"),
        (("keptDays", "logs"), "long", "output keptDays.logs is 'long'; expected a whole number"),
    ],
)
def test_outputs_that_do_not_say_whose_the_objects_are_are_named(
    world: World, path: tuple[str, ...], value: object, told: str
) -> None:
    outputs = json.loads(json.dumps(OUTPUTS))
    *parents, last = path
    holder = outputs
    for name in parents:
        holder = holder[name]
    holder.pop(last) if value is None else holder.update({last: value})
    world.outputs_file.write_text(json.dumps(outputs))
    assert told in world.run("list", code=2).stderr


def test_a_bucket_is_of_tenants_as_the_stack_says_and_not_by_its_name(world: World) -> None:
    outputs = json.loads(json.dumps(OUTPUTS))
    outputs["lakeClasses"]["dumps"]["perTenant"] = False
    world.outputs_file.write_text(json.dumps(outputs))
    world.run("add", "acme")
    assert world.versions("prod-dumps") == [] and world.versions("prod-raw") == [f"tenant={ID}/_tenant.json"]


# Copies


def unreplicate(world: World, bucket: str) -> None:
    """What is left of a bucket's replication when prod-replication is destroyed: the copies."""
    world.s3.delete_bucket_replication(Bucket=bucket)


def test_nothing_is_erased_nor_certified_while_copies_that_the_stack_tells_of_are_not_found(world: World) -> None:
    world.run("add", "acme")
    world.fill()
    unreplicate(world, "prod-raw")
    told = world.json(*REMOVE, code=6)["error"]
    assert told.startswith("bucket prod-raw is replicated, says output lakeClasses.raw.replicated, but S3 has no replication")
    assert world.json("show", "acme")["status"] == "removing" and world.versions("prod-config", "certificates/") == []
    assert world.versions("prod-raw", f"tenant={ID}/") and world.versions(REPLICA, f"tenant={ID}/")
    world.run("verify", "acme")  # without access all the same
    world.replicate("prod-raw", REPLICA)
    assert world.json(*REMOVE)["certificate"]["complete"] and world.versions(REPLICA, f"tenant={ID}/") == []


def test_a_replication_that_goes_during_the_removal_is_no_certificate(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.run("add", "acme")
    world.fill()
    real = Lake.erase

    def erase(lake: Lake, bucket: str, tenant: str) -> Any:
        unreplicate(world, "prod-raw")
        return real(lake, bucket, tenant)

    with monkeypatch.context() as patch:
        patch.setattr(Lake, "erase", erase)
        world.run(*REMOVE, code=6)
    assert world.versions("prod-config", "certificates/") == [f"certificates/{ID}/objects.jsonl"]
    assert world.json("show", "acme")["status"] == "removing"


def test_what_the_stack_does_not_copy_needs_no_rule(world: World) -> None:
    outputs = json.loads(json.dumps(OUTPUTS))
    outputs["lakeClasses"]["raw"]["replicated"] = False
    world.outputs_file.write_text(json.dumps(outputs))
    unreplicate(world, "prod-raw")
    world.run("add", "acme")
    assert world.json(*REMOVE)["certificate"]["complete"]


def test_copies_that_a_rule_still_makes_are_erased_whatever_the_stack_says(world: World) -> None:
    outputs = json.loads(json.dumps(OUTPUTS))
    outputs["lakeClasses"]["raw"]["replicated"] = False
    world.outputs_file.write_text(json.dumps(outputs))
    world.run("add", "acme")
    world.fill()
    assert "raw (replica)" in world.json(*REMOVE)["certificate"]["deleted"]["objects"]
    assert world.versions(REPLICA, f"tenant={ID}/") == []
