"""What `dataconnect tenant` does, prints and refuses, against moto."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from moto.backends import get_backend

from operations.tenants import access
from tests.operations.world import ID, OUTPUTS, REPLICA, ROLES, USERS, World

REMOVE = ("remove", "acme", "--yes", "acme", "--no-export")
DATA = ("prod-raw", "prod-curated", "prod-dumps", REPLICA)
OTHERS = "tenant=" + "t" + 15 * "z"


# Onboarding


def test_a_tenant_is_onboarded(world: World) -> None:
    told = world.json("add", "acme", "--name", "Acme Home Loans", "--limit", "connections=7")
    expected = {"id": ID, "slug": "acme", "name": "Acme Home Loans", "tier": "pool", "cell": "prod", "status": "active"}
    assert {name: told[name] for name in expected} == expected
    assert told["limits"] == {"connections": 7, "scanned_gib_per_month": 1_000} and told["isolation"].startswith(
        "proven: 2 calls"
    )
    for bucket in ("prod-raw", "prod-curated", "prod-dumps"):
        assert world.versions(bucket) == [f"tenant={ID}/_tenant.json"]
    assert world.versions("prod-config") == []
    assert world.database.users == {ID: dict.fromkeys(USERS, True)}
    assert [each["slug"] for each in world.json("list", "--status", "active")["tenants"]] == ["acme"]
    assert world.json("list", "--status", "suspended")["tenants"] == []


def test_a_tenant_that_is_not_isolated_is_not_activated(world: World) -> None:
    world.leaks = True
    told = world.json("add", "acme", code=5)
    assert told["kind"] == "isolation" and "search for tprobeprobeprobe may read raw of" in told["error"]
    assert world.json("show", "acme")["status"] == "onboarding"
    world.leaks = False
    assert world.json("add", "acme")["status"] == "active"


def test_isolation_that_is_not_tried_is_written_down_and_tried_by_the_next_run(world: World) -> None:
    world.leaks = True
    assert world.json("add", "acme", "--isolation-unproven", "moto evaluates no policies")["isolation"] == (
        "not proven: moto evaluates no policies"
    )
    told = world.json("verify", "acme", "--isolation-unproven", "moto")
    assert told["checks"][-1] == {"name": "isolation", "right": True, "told": "not tried: moto"}
    world.run("verify", "acme", code=5)


def test_a_slug_is_taken_once_and_an_equal_command_finds_its_tenant(world: World) -> None:
    world.run("add", "acme", "--name", "Acme")
    world.run("add", "acme", "--name", "Acme")
    assert len([row for row in world.items("prod-tenants") if row["item"]["S"] == "registry"]) == 2
    told = world.run("add", "acme", "--name", "Apex", code=4).stderr
    assert "--name is 'Apex', but tenant acme is there with 'Acme'; expected the same" in told
    assert "--tier is 'silo'" in world.run("add", "acme", "--tier", "silo", code=4).stderr
    assert "--limit is {'connections': 9}" in world.run("add", "acme", "--limit", "connections=9", code=4).stderr


def test_of_two_commands_that_take_a_slug_at_once_one_gets_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    space = world.open(world.stack)
    real = space.registry.claim
    fast = iter(["t" + 15 * "f"])

    def slow(tenant: Any) -> bool:
        for other in fast:
            real(type(tenant)(**{**vars(tenant), "id": other}))
        return real(tenant)

    monkeypatch.setattr(type(space.registry), "claim", lambda _, tenant: slow(tenant))
    assert world.json("add", "acme")["id"] == "t" + 15 * "f"
    assert ID not in json.dumps(world.items("prod-tenants"))


def test_a_dry_run_tells_the_steps_and_changes_nothing(world: World) -> None:
    told = world.run("add", "acme", "--dry-run")
    assert told.stderr.count("would do") == 7 and "nothing was changed" in told.stdout
    world.run("add", "acme")
    state, calls = world.everything(), len(world.calls)
    for arguments in (("suspend", "acme"), ("resume", "acme"), REMOVE):
        world.run(*arguments, "--dry-run")
    assert world.everything() == state and len(world.calls) == calls


# Suspension


def denied(world: World) -> set[str]:
    found = [value for name, value in world.policies().items() if name.endswith(access.POLICY)]
    assert len(found) in (0, len(ROLES))
    return {each for value in found for each in value["Statement"][0]["Condition"]["StringEquals"]["aws:PrincipalTag/tenant"]}


def test_a_suspended_tenant_is_denied_everything_and_locked_until_it_is_resumed(world: World) -> None:
    world.run("add", "acme")
    world.run("suspend", "acme")
    assert denied(world) == {ID} and world.database.users == {ID: dict.fromkeys(USERS, False)}
    (statement,) = world.policies()[f"search-tenant-1/{access.POLICY}"]["Statement"]
    assert (statement["Effect"], statement["Action"], statement["Resource"]) == ("Deny", "*", "*")
    world.run("verify", "acme")
    world.run("resume", "acme")
    assert denied(world) == set() and world.database.users == {ID: dict.fromkeys(USERS, True)}
    world.run("verify", "acme")


def test_a_list_that_does_not_fit_is_refused_before_a_role_is_changed(world: World) -> None:
    world.run("add", "acme")
    objects = [f"arn:aws:s3:::prod-raw/{number:0100}" for number in range(80)]
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": objects}
    big = {"Version": "2012-10-17", "Statement": [statement]}
    world.iam.put_role_policy(RoleName="search-tenant-1", PolicyName="more", PolicyDocument=json.dumps(big))
    told = world.run("suspend", "acme", code=4).stderr
    assert "role search-tenant-1 cannot deny 1 tenants: IAM takes 10240 characters" in told and "room for 0" in told
    assert denied(world) == set()


def test_the_room_that_is_told_is_the_room_that_there_is() -> None:
    ids = [f"t{number:015}" for number in range(1000)]
    granted = "x" * 3000
    fitting = next(n for n in range(1000) if access.size(access.document(ids[: n + 1])) + 3000 > access.SIZE)
    access.check_size("role", [granted], ids[:fitting])
    with pytest.raises(Exception, match=f"leaves room for {fitting}[.]"):
        access.check_size("role", [granted], ids[: fitting + 1])
    assert 300 < fitting < 400


# Removal


def test_a_removed_tenant_leaves_nothing_and_another_keeps_all(world: World) -> None:
    world.run("add", "acme")
    world.fill()
    told = world.json(*REMOVE)
    made = told["certificate"]
    assert made["complete"] and made["not_deleted"] == []
    told_of_raw = {"bucket": "prod-raw", "region": "us-east-2", "locked": False, "uploads": 1}
    assert made["deleted"]["objects"]["raw"] == {**told_of_raw, "versions": 4, "delete_markers": 1, "bytes": 6 + 1 + 30}
    assert made["deleted"]["objects"]["raw (replica)"]["versions"] == 2
    assert made["deleted"]["items"] == {"prod-notes": 26} and made["deleted"]["rows"] == {"tenants.loans": 7}
    for bucket in DATA:
        left = world.versions(bucket)
        assert all(key.startswith((OTHERS, "tenant=tprobe")) for key in left) and any(key.startswith(OTHERS) for key in left)
    assert {item["tenant"]["S"] for item in world.items("prod-notes")} == {"t" + 15 * "z"}
    assert world.database.rows == {"t" + 15 * "z": 7}
    stored = world.s3.get_object(Bucket="prod-config", Key=f"certificates/{ID}/certificate.json")["Body"].read()
    assert json.loads(stored) == made
    listed = world.s3.get_object(Bucket="prod-config", Key=f"certificates/{ID}/objects.jsonl")["Body"].read().splitlines()
    counted = ("versions", "delete_markers", "uploads")
    assert len(listed) == sum(each[kind] for kind in counted for each in made["deleted"]["objects"].values())
    assert denied(world) == {ID}
    world.run("verify", "acme")
    # Once more it prints the same, and deletes nothing.
    assert world.json(*REMOVE) == told
    assert "is removed; expected onboarding or active or nobody's" in world.run("add", "acme", code=4).stderr


def test_what_an_object_lock_keeps_is_told_with_its_date_and_nothing_is_certified(world: World) -> None:
    world.run("add", "acme")
    world.fill()
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    key = f"tenant={ID}/dataset=loans/one"
    world.s3.put_object_retention(Bucket="prod-dumps", Key=key, Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until})
    done = world.run(*REMOVE, code=6)
    assert f"retained until {until.isoformat()} (compliance)" in done.stderr and "is not removed yet" in done.stderr
    assert "this is no certificate" in done.stdout
    assert world.versions("prod-dumps", f"tenant={ID}/") == [key]
    assert world.versions("prod-config", "certificates/") == [
        f"certificates/{ID}/{name}" for name in ("incomplete.json", "incomplete.md", "objects.jsonl")
    ]
    assert world.json("show", "acme")["status"] == "removing" and denied(world) == {ID}
    # The lock's date has come: moto asks the clock of this machine, so the lock is taken off as only moto lets.
    for each in get_backend("s3")["123456789012"]["aws"].buckets["prod-dumps"].keys.getlist(key):
        each.lock_mode = each.lock_until = None
    made = world.json(*REMOVE)["certificate"]
    assert made["complete"] and made["deleted"]["objects"]["dumps"]["versions"] == 3


def test_an_export_holds_the_current_objects_of_curated_and_dumps(world: World) -> None:
    world.run("add", "acme")
    world.fill()
    made = world.json("remove", "acme", "--yes", "acme", "--export-to", "handover")["certificate"]
    keys = [
        f"export/{name}/tenant={ID}/{key}" for name in ("curated", "dumps") for key in ("_tenant.json", "dataset=loans/one")
    ]
    listed = f"export/{ID}.jsonl"
    assert world.versions("handover") == [*keys, listed] and made["export"]["objects"] == 4
    assert world.s3.get_object(Bucket="handover", Key=keys[1])["Body"].read() == b"new"


@pytest.mark.parametrize("bucket", ["prod-raw", "prod-config", REPLICA, "nobodys"])
def test_an_export_into_the_lake_or_nowhere_is_refused(world: World, bucket: str) -> None:
    world.run("add", "acme")
    told = world.run("remove", "acme", "--yes", "acme", "--export-to", bucket, code=2).stderr
    assert f"--export-to is {bucket}" in told
    assert world.json("show", "acme")["status"] == "active"


def test_removal_asks_for_the_slug(world: World) -> None:
    world.run("add", "acme")
    ask = ("remove", "acme", "--no-export")
    assert "nobody confirmed it; expected --yes acme" in world.run(*ask, code=2).stderr
    assert "the slug is acme, not 'acne'" in world.run(*ask, code=2, typed="acne\n").stderr
    assert "the slug is acme, not 'acne'" in world.run(*ask, "--yes", "acne", code=2).stderr
    assert world.json("show", "acme")["status"] == "active"
    world.run(*ask, typed="acme\n")
    assert world.json("show", "acme")["status"] == "removed"


def test_verify_finds_what_is_not_as_the_registry_says(world: World) -> None:
    world.run("add", "acme")
    world.s3.delete_object(Bucket="prod-raw", Key=f"tenant={ID}/_tenant.json")
    world.database.users[ID]["search"] = False
    told = world.run("verify", "acme", code=1)
    assert "folders, database users" in told.stderr and "missing in prod-raw: dataconnect tenant add acme" in told.stdout
    world.run("add", "acme")
    world.run("verify", "acme")
    world.run(*REMOVE)
    world.s3.put_object(Bucket="prod-raw", Key=f"tenant={ID}/late", Body=b"x")
    assert "objects" in world.run("verify", "acme", code=1).stderr


# Refused


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("add", "Acme"), 2, "SLUG is 'Acme'; expected 2 to 39 lower-case letters"),
        (("add", "a"), 2, "SLUG is 'a'"),
        (("add", ID), 2, f"SLUG is '{ID}', which could be an id"),
        (("add", "acme", "--tier", "gold"), 2, "--tier is 'gold'; expected pool or silo"),
        (("add", "acme", "--limit", "connections"), 2, "--limit is 'connections'; expected each name once, as connections=5"),
        (("add", "acme", "--limit", "connections=0"), 2, "--limit connections is 0; expected 1 to 100"),
        (("add", "acme", "--limit", "gold=1"), 2, "--limit has 'gold'; expected one of connections"),
        (("show", "nobody"), 3, "there is no tenant 'nobody' here"),
        (("suspend", ID), 3, f"there is no tenant '{ID}' here"),
        (("list", "--status", "gone"), 2, "--status is 'gone'; expected one of onboarding"),
        (("remove", "acme"), 2, "none of --export-to and --no-export is given"),
        (("remove", "acme", "--no-export", "--export-to", "x"), 2, "both of --export-to and --no-export is given"),
    ],
)
def test_what_is_wrong_is_named_before_anything_is_changed(
    world: World, arguments: tuple[str, ...], code: int, told: str
) -> None:
    done = world.run(*arguments, code=code)
    assert told in done.stderr and world.calls == []
    assert told in world.json(*arguments, code=code)["error"]


def test_a_command_that_the_tenants_state_does_not_allow_is_refused(world: World) -> None:
    world.leaks = True
    world.run("add", "acme", code=5)
    assert "tenant acme is onboarding; expected active or suspended" in world.run("suspend", "acme", code=4).stderr
    world.run(*REMOVE)
    assert "tenant acme is removed; expected suspended or active" in world.run("resume", "acme", code=4).stderr


def test_what_aws_refuses_is_told_in_a_sentence(world: World) -> None:
    world.run("add", "acme")
    world.iam.delete_role_policy(RoleName="bi-tenant-1", PolicyName="grants")
    world.iam.delete_role(RoleName="bi-tenant-1")
    told = world.run("suspend", "acme", code=1).stderr
    assert "AWS refused" in told and "NoSuchEntity" in told and "Traceback" not in told


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("tables", None, "output tables is missing; expected a mapping by name (deploy the stack with this release first)"),
        ("tables.tenants", None, "output tables.tenants.arn is missing"),
        ("tables.tenants.arn", "x", "output tables.tenants.arn is 'x'; expected the ARN of a DynamoDB table"),
        ("lakeBuckets.config", None, "output lakeBuckets.config is missing; expected the bucket that keeps certificates"),
        ("databaseLogin.port", "5432", "output databaseLogin.port is '5432'; expected a whole number"),
        ("databaseUsers", ["search"], "output databaseUsers is ['search']; expected a mapping by name"),
        ("databaseUsers.search", "admin", "output databaseUsers.search is 'admin'; expected one of read, write"),
        ("tenantRoles", None, "output tenantRoles is missing"),
    ],
)
def test_outputs_that_are_not_a_primary_stacks_are_named(world: World, path: str, value: object, told: str) -> None:
    outputs = json.loads(json.dumps(OUTPUTS))
    *parents, last = path.split(".")
    holder = outputs
    for name in parents:
        holder = holder[name]
    holder.pop(last) if value is None else holder.update({last: value})
    world.outputs_file.write_text(json.dumps(outputs))
    assert told in world.run("list", code=2).stderr


def test_a_recovery_stack_is_told_as_that(world: World) -> None:
    world.outputs_file.write_text(json.dumps({"stack": "prod", "active": False}))
    told = world.run("list", code=2).stderr
    assert "prod is a recovery stack; expected its primary stack" in told and "deploy the stack" not in told


def test_a_user_that_may_write_though_its_service_reads_is_found_and_mended(world: World) -> None:
    world.run("add", "acme")
    world.database.access = {**USERS, "search": "write"}
    told = world.run("verify", "acme", code=1)
    assert "not so: database users" in told.stderr and "do what their service does: dataconnect tenant add" in told.stdout
    world.run("add", "acme")
    world.run("verify", "acme")


def test_a_wrong_tier_is_told_before_the_outputs_are_read(world: World) -> None:
    world.outputs_file.unlink()
    assert "--tier is 'gold'; expected pool or silo" in world.run("add", "acme", "--tier", "gold", code=2).stderr


def test_the_slug_is_called_in_the_usage_as_in_errors(world: World) -> None:
    assert "Missing argument 'SLUG'" in world.run("add", code=2).stderr


def test_a_file_that_is_none_or_no_json_is_named(world: World) -> None:
    world.outputs_file.write_text("{")
    assert "no JSON" in world.run("list", code=2).stderr
    world.outputs_file.write_text("[]")
    told = "a JSON list, not a mapping; expected what `pulumi stack output --json` prints"
    assert told in world.run("list", code=2).stderr
    world.outputs_file.unlink()
    assert "No such file or directory; expected what `pulumi stack output --json` prints" in world.run("list", code=2).stderr
