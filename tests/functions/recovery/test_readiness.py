"""Readiness: every check is right where all is well, tells its own trouble and no other's, and never takes silence for well.

The estate is moto's in two regions. Images, certificates, quotas, secrets and the function's configuration are answered here:
moto has no quota of Fargate, and knows no durable function.
"""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.recovery.readiness import Check, Readiness
from functions.recovery.record import Record
from functions.recovery.site import site_of
from tests.functions.recovery.answers import DIGEST, Answers, copied_to, image, refused, registry, table, without
from tests.functions.recovery.aws import PRIMARY, RECOVERY, TABLE, TwoRegions
from tests.functions.recovery.world import World as TwoWorlds

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()


class World:
    """The recovery region on standby, ready in all respects; `answers[service, region]` may be changed."""

    def __init__(self, regions: TwoRegions) -> None:
        self.regions = regions
        regions.reset(PRIMARY)
        for region in (PRIMARY, RECOVERY):
            Record(regions.client("dynamodb", region), TABLE).put_site(region, json.dumps(regions.sites[region]), NOW - 30)
        self.record = Record(regions.client("dynamodb", RECOVERY), TABLE)
        self.record.put_site(PRIMARY, json.dumps(regions.sites[PRIMARY]), NOW - 30)
        self.record.put_capacity(PRIMARY, {"web": 4}, NOW - 3600)
        self.record.put_rehearsal(RECOVERY, "r0", 900, "done", NOW - 86_400 * 10)
        self.look: dict[str, Any] = {
            "databases": {"main": {"inRecovery": True, "number": int(NOW) - 3, "error": None}},
            "table": {PRIMARY: {"number": int(NOW) - 1, "at": ""}},
        }
        self.answers: dict[tuple[str, str], dict[str, Any]] = {}
        for region in (PRIMARY, RECOVERY):
            self.answers["ecs", region] = {"describe_task_definition": image(DIGEST)}
        certificate = {
            "Status": "ISSUED",
            "DomainName": "app",
            "NotAfter": datetime.fromtimestamp(NOW, UTC) + timedelta(days=90),
        }
        self.answers |= {
            ("lambda", RECOVERY): {
                "invoke": lambda **_: {"Payload": io.BytesIO(json.dumps(self.look).encode())},
                "get_function_configuration": {"Version": "7", "State": "Active", "LastUpdateStatus": "Successful"},
            },
            ("ecr", RECOVERY): {"describe_images": {}},
            ("ecr", PRIMARY): {"describe_registry": registry(RECOVERY)},
            ("s3", PRIMARY): {"get_bucket_replication": copied_to(f"arn:aws:s3:::raw-{RECOVERY}")},
            ("service-quotas", RECOVERY): {"get_service_quota": {"Quota": {"Value": 100.0}}},
            ("elbv2", RECOVERY): {"describe_listener_certificates": {"Certificates": [{"CertificateArn": "arn"}]}},
            ("acm", RECOVERY): {"describe_certificate": {"Certificate": certificate}},
            ("secretsmanager", RECOVERY): {"describe_secret": {"Name": "credentials"}},
            ("dynamodb", RECOVERY): {"describe_table": table("ACTIVE", "ACTIVE")},
        }

    def client(self, service: str, region: str, *, hurried: bool = False) -> Any:
        assert region == RECOVERY or hurried, "the other region may be lost"
        real = self.regions.clients.get((service, region))
        return Answers(self.answers.get((service, region), {}), real)

    def checks(self) -> dict[str, Check]:
        reconcile = {**self.regions.sites[RECOVERY]["reconcile"], "taskDefinition": "reconcile"}
        site = site_of(json.dumps({**self.regions.sites[RECOVERY], "reconcile": reconcile}))
        looked = Readiness(site=site, record=self.record, aws=self, accepted=30, now=lambda: NOW).look()
        return {check.name: check for check in looked}

    def tell(self, region: str, kind: str, switch: dict[str, Any]) -> None:
        """Have a region tell of one switch more."""
        site = self.regions.sites[region]
        switches = {**site["switches"], kind: [*site["switches"][kind], switch]}
        self.record.put_site(region, json.dumps({**site, "switches": switches}), NOW - 30)

    def wrong(self) -> dict[str, str]:
        """What is not ready, by check: what was found."""
        return {name: check.found for name, check in self.checks().items() if check.verdict not in ("ready", "not asked")}


@pytest.fixture
def world(regions: TwoWorlds) -> World:
    return World(regions.regions)


def test_a_region_on_standby_is_ready(world: World) -> None:
    assert world.wrong() == {}
    assert {check.verdict for check in world.checks().values()} == {"ready"}


def change(world: World, service: str, region: str = RECOVERY, /, **answers: Any) -> None:
    world.answers.setdefault((service, region), {}).update(answers)


TROUBLES: dict[str, tuple[Callable[[World], object], str, str]] = {
    "the loss is too large": (lambda w: w.look["databases"]["main"].update(number=int(NOW) - 60), "loss", "59 s"),
    "a database tells nothing": (
        lambda w: w.look["databases"]["main"].update(number=None),
        "loss",
        "main told no number",
    ),
    "the other region's number is old": (lambda w: w.look["table"][PRIMARY].update(number=int(NOW) - 31), "loss", "31 s old"),
    "the other region never told a number": (lambda w: w.look.update(table={}), "loss", "missing"),
    "the database is no replica": (
        lambda w: setattr(w.regions.database(RECOVERY), "is_replica", False),
        "databases",
        "no replica",
    ),
    "the versions differ": (lambda w: setattr(w.regions.database(PRIMARY), "engine_version", "16.4"), "databases", "16.3"),
    "another image runs there": (
        lambda w: change(w, "ecs", PRIMARY, describe_task_definition=image(f"sha256:{'2' * 64}")),
        "services",
        f"web: {DIGEST}, and sha256:{'2' * 64} in us-east-2",
    ),
    "the image is not here": (
        lambda w: change(w, "ecr", describe_images=without("dataconnect/web")),
        "services",
        f"dataconnect/web has no {DIGEST} in us-west-2",
    ),
    "the quota is too small": (
        lambda w: change(w, "service-quotas", get_service_quota={"Quota": {"Value": 1.5}}),
        "quota",
        "2 of 1.5 vCPUs",
    ),
    "the rehearsal is long ago": (
        lambda w: w.record.put_rehearsal(RECOVERY, "r0", 900, "done", NOW - 86_400 * 100),
        "rehearsal",
        "r0, 100 days ago: done",
    ),
    "the rehearsal failed": (
        lambda w: w.record.put_rehearsal(RECOVERY, "r0", 900, "failed", NOW - 86_400),
        "rehearsal",
        "r0, 1 days ago: failed",
    ),
    "the certificate ends soon": (
        lambda w: change(
            w,
            "acm",
            describe_certificate={
                "Certificate": {
                    "Status": "ISSUED",
                    "DomainName": "app",
                    "NotAfter": datetime.fromtimestamp(NOW, UTC) + timedelta(days=5),
                }
            },
        ),
        "certificate",
        "app: ISSUED, 5 days left",
    ),
    "the certificate is not issued": (
        lambda w: change(w, "acm", describe_certificate={"Certificate": {"Status": "PENDING_VALIDATION", "DomainName": "app"}}),
        "certificate",
        "app: PENDING_VALIDATION, 0 days left",
    ),
    "the credentials go": (
        lambda w: change(w, "secretsmanager", describe_secret={"DeletedDate": 1}),
        "credentials",
        "main: is being deleted",
    ),
    "the executor's update failed": (
        lambda w: change(
            w, "lambda", get_function_configuration={"Version": "7", "State": "Active", "LastUpdateStatus": "Failed"}
        ),
        "executor",
        "version 7: Active, Failed",
    ),
    "a run goes on": (lambda w: w.record.lock(RECOVERY, "r1", "disaster", NOW), "lock", "run r1 has it"),
    "a table has no replica there": (
        lambda w: change(w, "dynamodb", describe_table={"Table": {"TableStatus": "ACTIVE", "Replicas": []}}),
        "tables",
        "recovery: ACTIVE, in us-east-2 missing; sessions: ACTIVE, in us-east-2 missing",
    ),
    "a bucket's rule is disabled": (
        lambda w: change(w, "s3", PRIMARY, get_bucket_replication=copied_to(f"arn:aws:s3:::raw-{RECOVERY}", "Disabled")),
        "buckets",
        "raw-us-east-2: no rule that is enabled copies it here",
    ),
    "images are not copied": (
        lambda w: change(w, "ecr", PRIMARY, describe_registry=registry("eu-west-1")),
        "registry",
        "copied to eu-west-1",
    ),
    "reconcile's image is not here": (
        lambda w: change(w, "ecr", describe_images=without("dataconnect/reconcile")),
        "reconcile",
        f"dataconnect/reconcile has no {DIGEST} in us-west-2",
    ),
    "a database is there alone": (
        lambda w: w.tell(PRIMARY, "database", {**w.regions.sites[PRIMARY]["switches"]["database"][0], "name": "silo-t0"}),
        "twins",
        "not in us-west-2: database silo-t0",
    ),
    "a database and a service are here alone": (
        lambda w: w.record.put_site(PRIMARY, json.dumps({**w.regions.sites[PRIMARY], "switches": {}}), NOW),
        "twins",
        "not in us-east-2: database main, service web",
    ),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_each_trouble_is_told_by_its_own_check(world: World, trouble: str) -> None:
    make, name, found = TROUBLES[trouble]
    make(world)
    try:
        wrong = world.wrong()
    finally:
        for region in (PRIMARY, RECOVERY):
            world.regions.database(region).engine_version = "16.3"
    assert [*wrong] == [name]
    assert found in wrong[name]


def test_the_active_region_does_without_the_description_of_a_cold_one(world: World) -> None:
    world.record.decide(RECOVERY, "r1", 2, NOW)
    world.record.put_site(PRIMARY, "", NOW)
    assert world.wrong().get("descriptions") is None
    world.record.put_site(RECOVERY, json.dumps(world.regions.sites[RECOVERY]), NOW - 600)
    assert world.wrong()["descriptions"] == "us-west-2: 600 s old"


def test_a_switch_that_is_on_already_is_told(world: World) -> None:
    switches = world.regions.sites[RECOVERY]["switches"]
    world.regions.client("lambda", RECOVERY).update_event_source_mapping(UUID=switches["mapping"][0]["uuid"], Enabled=True)
    world.regions.client("ecs", RECOVERY).update_service(cluster="main", service="web", desiredCount=2)
    wrong = world.wrong()
    assert wrong == {"consumers": "mapping ingest on", "services": "web: 2 tasks"}


@pytest.mark.parametrize(
    ("service", "operation", "names"),
    [
        ("ecr", "describe_images", ["services", "reconcile"]),
        ("service-quotas", "get_service_quota", ["quota"]),
        ("acm", "describe_certificate", ["certificate"]),
        ("secretsmanager", "describe_secret", ["credentials"]),
        ("lambda", "get_function_configuration", ["executor"]),
        ("lambda", "invoke", ["loss"]),
        ("dynamodb", "describe_table", ["tables"]),
        ("s3", "get_bucket_replication", ["buckets"]),
        ("ecr", "describe_registry", ["registry"]),
    ],
)
def test_what_cannot_be_asked_is_unknown_and_no_check_ends_another(
    world: World, service: str, operation: str, names: list[str]
) -> None:
    for region in (PRIMARY, RECOVERY):
        change(world, service, region, **{operation: refused("AccessDeniedException")})
    checks = world.checks()
    for name in names:
        assert checks[name].verdict == "unknown" and "AccessDeniedException" in checks[name].found
    assert [each for each, check in checks.items() if check.verdict != "ready"] == names


def test_a_region_without_a_day_behind_it_does_not_know_its_capacity(world: World) -> None:
    client: Any = world.regions.client("dynamodb", RECOVERY)
    for hour in range(24):
        client.delete_item(TableName=TABLE, Key={"id": {"S": "capacity"}, "item": {"S": f"{PRIMARY}#{hour:02}"}})
    world.regions.changed("dynamodb", RECOVERY)
    assert world.wrong() == {"capacity": "nothing is known of web"}


def test_of_the_active_region_only_what_the_way_back_needs_is_asked(world: World) -> None:
    world.record.decide(RECOVERY, "r1", 1, NOW)
    checks = world.checks()
    assert {name for name, check in checks.items() if check.verdict == "not asked"} == {
        *("loss", "databases", "latch", "services", "consumers", "capacity", "quota", "rehearsal"),
        *("twins", "buckets", "registry", "reconcile"),
    }
    assert {check.verdict for check in checks.values()} == {"ready", "not asked"}
