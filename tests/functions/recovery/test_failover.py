"""A failover, in both directions and modes: what it does, and what it calls."""

import json
from collections.abc import Iterator

import pytest

from functions.recovery.execute import entry_of
from functions.recovery.plan import DISASTER, GIVE_BACK, HERE, PLAN, PLANNED, THERE, Mode, allowed
from functions.recovery.record import Record
from functions.recovery.site import site_of

from .aws import PRIMARY, RECOVERY, other
from .faults import Called
from .world import World

GLOBAL = {"iam", "sts", "route53", "cloudfront", "organizations"}


def _assert_calls_are_planned(world: World, mode: Mode, to: str) -> None:
    for called in world.calls:
        name = called.step
        where = HERE if called.region == to else THERE
        assert called.service not in GLOBAL
        if name in {step.name for step in PLAN}:
            assert (called.service, called.operation, where) in allowed(name, mode), f"{name} calls {called}"
        elif name == "give-back":
            given = {(call.service, call.operation, call.where) for call in GIVE_BACK} | set(allowed("lock", mode))
            assert (called.service, called.operation, where) in given, f"giving back calls {called}"
        else:
            assert name in ("begin", "end"), f"{name}: no step of the plan"
            assert (called.service, called.operation, where) in {*allowed("report", mode)}
        if mode == DISASTER and where == THERE:
            assert name == "fence", f"{name} calls {called.region} in a disaster"


@pytest.mark.parametrize("to", [RECOVERY, PRIMARY])
@pytest.mark.parametrize(
    ("mode", "condition"), [(PLANNED, "fine"), (DISASTER, "fine"), (DISASTER, "dead"), (DISASTER, "cut off")]
)
def test_the_other_region_becomes_the_active_one(regions: World, to: str, mode: Mode, condition: str) -> None:
    world, there = regions, other(to)
    world.reset(there)
    world.advance(90)
    world.condition[there] = condition
    told = world.run(to, mode)
    assert (told["state"], told["why"]) == ("done", "")
    assert world.serves(to)
    assert world.traffic() == to
    assert world.desired(to) == 3, "as many tasks as the other region had"
    assert world.is_recorded_unfenced(there) == (condition != "fine")
    assert world.promotions.accepted == [f"main-{to}"]
    assert world.regions.database(to).backup_retention_period == 14, "backups are kept as long as before"
    assert len(world.regions.run_tokens) == 1
    assert world.item(to, "run", "run-1")["state"] == "done"
    assert world.broken == []
    _assert_calls_are_planned(world, mode, to)


def test_a_planned_run_loses_nothing_and_waits_for_the_queues(prod: World) -> None:
    prod.put_message(PRIMARY, 120)
    began = prod.now
    assert prod.run(RECOVERY, PLANNED)["state"] == "done"
    assert prod.now - began > 120
    assert prod.broken == []


def test_a_planned_run_needs_both_regions_and_changes_nothing_without(prod: World) -> None:
    before = prod.state()
    prod.condition[PRIMARY] = "cut off"
    told = prod.run(RECOVERY, PLANNED)
    prod.condition[PRIMARY] = "fine"
    assert told["state"] == "failed"
    assert "gate" in told["why"]
    assert prod.state() == before


def test_a_planned_run_needs_a_replica(prod: World) -> None:
    prod.set_database(RECOVERY, is_replica=False)
    told = prod.run(RECOVERY, PLANNED)
    assert (told["state"], "seed a replica" in told["why"]) == ("refused", True)


def test_a_loss_above_what_was_accepted_is_refused_and_nothing_is_changed(regions: World) -> None:
    regions.reset(PRIMARY)
    regions.replica_lag = 40
    regions.advance(90)
    before = regions.state()
    regions.condition[PRIMARY] = "dead"
    told = regions.run(accept=20)
    assert told["state"] == "refused"
    assert regions.promotions.accepted == []
    regions.condition[PRIMARY] = "fine"
    assert regions.state() == before
    assert regions.run(accept=60, run="run-2")["state"] == "done"
    assert regions.broken == []


def test_a_database_that_was_restored_from_a_backup_is_not_promoted_and_loses_what_it_lacks(regions: World) -> None:
    regions.reset(PRIMARY)
    regions.advance(30)
    # It has what had arrived by then.
    regions.set_database(RECOVERY, is_replica=False)
    regions.advance(90)
    regions.condition[PRIMARY] = "dead"
    refused = regions.run(accept=60)
    assert (refused["state"], "60 s are accepted" in refused["why"]) == ("refused", True)
    done = regions.run(accept=120, run="run-2")
    assert (done["state"], done["why"]) == ("done", "")
    assert regions.promotions.accepted == []
    assert regions.serves(RECOVERY) and regions.traffic() == RECOVERY
    journal = regions.item(RECOVERY, "run", f"run-2#{entry_of('promote')}")
    assert 60 < json.loads(journal["result"])["loss"]["known"] <= 120


def test_an_unknown_loss_is_not_none(prod: World) -> None:
    prod.condition[PRIMARY] = "dead"
    prod.regions.client("dynamodb", RECOVERY).delete_item(
        TableName="recovery", Key={"id": {"S": "heartbeat"}, "item": {"S": PRIMARY}}
    )
    prod.regions.changed("dynamodb", RECOVERY)
    prod.advance(100)
    told = prod.run(accept=60)
    assert (told["state"], "unknown" in told["why"]) == ("refused", True)
    assert prod.run(accept="unknown", run="run-2")["state"] == "done"


def test_a_loss_that_grew_behind_the_gate_is_refused_before_the_promotion(prod: World) -> None:
    # The other region lives and is written to, and nothing arrives any more: the gate sees less than there is in the end.
    real = prod.heartbeat

    def heartbeat(region: str, payload: dict[str, str]) -> object:
        if payload["do"] == "look" and prod.item(RECOVERY, "run", "run-1#06#fence"):
            prod.history[RECOVERY] = [(prod.now, prod.number(PRIMARY) - 300)]
        return real(region, payload)

    prod.heartbeat = heartbeat  # type: ignore[method-assign]
    try:
        told = prod.run(accept=10)
    finally:
        del prod.heartbeat
    assert told["state"] == "refused"
    assert prod.promotions.accepted == []


def test_a_lock_of_a_run_that_died_is_taken_over_and_one_that_lives_is_not(prod: World) -> None:
    record = Record(prod.regions.client("dynamodb", RECOVERY), "recovery")
    prod.condition[PRIMARY] = "dead"
    record.lock(RECOVERY, "dead", DISASTER, prod.now)
    assert prod.run()["state"] == "done"
    prod.reset(PRIMARY)

    def live() -> None:
        record.lock(RECOVERY, "alive", DISASTER, prod.now)
        prod.regions.changed("dynamodb", RECOVERY)
        prod.at.append((prod.now + 30, live))

    live()
    told = prod.run()
    assert (told["state"], "alive" in told["why"]) == ("refused", True)
    assert prod.promotions.accepted == []


def test_a_planned_run_that_fails_before_the_promotion_gives_back(prod: World) -> None:
    before = prod.state()

    def fault(called: Called) -> str:
        return "broken" if called.operation == "PromoteReadReplica" else ""

    told = prod.run(RECOVERY, PLANNED, fault=fault)
    assert told["state"] == "given-back"
    prod.advance(200)
    assert prod.state() == before
    assert prod.serves(PRIMARY)
    assert prod.broken == []
    _assert_calls_are_planned(prod, PLANNED, RECOVERY)


def test_what_was_off_before_a_planned_run_is_not_turned_on_when_it_is_given_back(prod: World) -> None:
    site = prod.regions.sites[PRIMARY]["switches"]
    prod.regions.call("lambda", PRIMARY, "update_event_source_mapping", {"UUID": site["mapping"][0]["uuid"], "Enabled": False})
    prod.run(RECOVERY, PLANNED, fault=lambda called: "broken" if called.operation == "PromoteReadReplica" else "")
    assert prod.state()[f"{PRIMARY} mapping"] == "Disabled"


def test_a_planned_run_goes_only_forward_from_the_promotion_on(prod: World) -> None:
    def fault(called: Called) -> str:
        return "broken" if called.step == "smoke" or (called.step == "resume" and called.operation == "ModifyRule") else ""

    told = prod.run(RECOVERY, PLANNED, fault=fault)
    assert told["state"] == "failed"
    assert "promotion has begun" in told["why"]
    assert prod.active_in(RECOVERY) == RECOVERY
    assert not prod.is_writable(PRIMARY)
    assert prod.run(RECOVERY, PLANNED, run="run-2")["state"] == "done"
    assert prod.promotions.accepted == [f"main-{RECOVERY}"]
    assert prod.broken == []


def test_a_region_that_comes_back_is_shut_off_by_the_standing_fence(prod: World) -> None:
    prod.condition[PRIMARY] = "dead"
    assert prod.run()["steps"]["fence"]["state"] == "unreachable"
    prod.condition[PRIMARY] = "fine"
    assert prod.is_writable(PRIMARY), "as it was when it was lost"
    prod.advance(125)
    assert not prod.is_writable(PRIMARY)
    assert not prod.gate_is_open(PRIMARY)
    assert prod.desired(PRIMARY) == 0
    assert not prod.is_recorded_unfenced(PRIMARY)
    assert prod.serves(RECOVERY)
    assert prod.broken == []


def test_a_double_disaster_ends_where_the_last_decision_was(prod: World) -> None:
    prod.condition[PRIMARY] = "dead"
    assert prod.run()["state"] == "done"
    prod.condition[PRIMARY] = "fine"
    prod.advance(200)
    prod.condition[RECOVERY] = "dead"
    # The old database was never a replica again: what was written since is lost, and that is a lot.
    told = prod.run(PRIMARY, DISASTER, 60, "run-2")
    assert told["state"] == "refused"
    assert prod.run(PRIMARY, DISASTER, "unknown", "run-3")["state"] == "done"
    assert prod.traffic() == PRIMARY
    assert prod.latch_is_open(PRIMARY), "it overrules the other one, which can't be reached"
    prod.condition[RECOVERY] = "fine"
    assert prod.traffic() == PRIMARY, "not for a moment back to the region that returns"
    prod.advance(200)
    assert not prod.is_writable(RECOVERY)
    assert not prod.latch_is_open(RECOVERY)
    assert not prod.latch_is_open(PRIMARY), "put back as it normally is, once the other one is closed"
    assert prod.serves(PRIMARY)
    assert prod.broken == []


def test_a_run_that_another_region_overtook_stops_before_its_promotion(prod: World) -> None:
    def decide_otherwise() -> None:
        Record(prod.regions.client("dynamodb", RECOVERY), "recovery").decide(PRIMARY, "other", 2, prod.now)
        prod.regions.changed("dynamodb", RECOVERY)

    def fault(called: Called) -> str:
        if called.step == "fence" and called.operation == "PutItem":
            decide_otherwise()
        return ""

    told = prod.run(fault=fault)
    assert told["state"] == "overtaken"
    assert prod.promotions.accepted == []


def test_the_regions_functions_change_nothing_while_all_is_well(prod: World) -> None:
    before = prod.state()
    prod.advance(600)
    assert prod.state() == before
    assert json.loads(prod.item(RECOVERY, "site", PRIMARY)["document"])["region"] == PRIMARY
    assert prod.item(RECOVERY, "capacity", f"{PRIMARY}#08")["services"]["web"] == 3


def test_a_database_that_is_only_in_the_other_region_is_not_left_behind_in_silence(prod: World) -> None:
    site = json.loads(json.dumps(prod.regions.sites[PRIMARY]))
    site["switches"]["database"].append({**site["switches"]["database"][0], "name": "silo"})
    record = Record(prod.regions.client("dynamodb", RECOVERY), "recovery")

    def describe() -> None:
        record.put_site(PRIMARY, json.dumps(site), prod.now)
        prod.regions.changed("dynamodb", RECOVERY)

    describe()
    told = prod.run(RECOVERY, PLANNED)
    assert (told["state"], told["why"].partition(":")[2]) == (
        "refused",
        f" silo of {PRIMARY} is not here: `pulumi up` of prod-recovery first",
    )
    prod.condition[PRIMARY] = "dead"
    describe()
    told = prod.run(run="run-2")
    assert (told["state"], told["steps"]["gate"]["leftBehind"]) == ("done", ["silo"])


def test_a_planned_run_goes_by_no_old_description(prod: World) -> None:
    record = Record(prod.regions.client("dynamodb", RECOVERY), "recovery")
    prod.with_functions = False
    record.put_site(PRIMARY, json.dumps(prod.regions.sites[PRIMARY]), prod.now - 3600)
    prod.regions.changed("dynamodb", RECOVERY)
    told = prod.run(RECOVERY, PLANNED)
    assert told["state"] == "refused"
    assert "does not tell what it consists of (told it last at 20" in told["why"]


def test_a_loss_is_told_of_a_database_that_follows_nobody_any_more(prod: World) -> None:
    assert prod.run(RECOVERY, PLANNED)["state"] == "done"
    prod.set_database(PRIMARY, is_replica=True)
    prod.history[PRIMARY] = list(prod.history[RECOVERY])
    prod.advance(100)
    assert prod.run(PRIMARY, PLANNED, run="run-2")["state"] == "done"
    prod.advance(20)
    prod.condition[PRIMARY] = "dead"
    told = prod.run(run="run-3")
    assert told["steps"]["promote"]["loss"]["atMost"] >= told["steps"]["gate"]["loss"]["atMost"] > 0


def test_a_heartbeat_that_stopped_before_its_region_did_knows_no_loss(prod: World) -> None:
    prod.advance(120)
    prod._beat = lambda *_: None  # type: ignore[method-assign]
    try:
        prod.advance(600)
        prod.condition[PRIMARY] = "dead"
        told = prod.run(accept=0)
    finally:
        del prod._beat
    assert (told["state"], "the loss is unknown and at most" in told["why"]) == ("refused", True)


def test_the_gate_waits_until_a_backup_is_over(prod: World) -> None:
    prod.condition[PRIMARY] = "dead"
    prod.set_database(RECOVERY, status="backing-up")
    prod.at.append((prod.now + 16 * 60, lambda: prod.set_database(RECOVERY, status="available")))
    assert prod.run(accept="unknown")["state"] == "done"


def test_the_region_that_serves_is_not_told_to_be_shut_off(prod: World) -> None:
    assert prod.run(RECOVERY, PLANNED)["state"] == "done"
    assert prod.item(RECOVERY, "fence", RECOVERY)["state"] == "serves"


@pytest.fixture
def with_silo(prod: World) -> Iterator[World]:
    """With a second database here, whose replica can't be promoted."""
    rds, site = prod.regions.client("rds", RECOVERY), json.loads(json.dumps(prod.regions.sites[RECOVERY]))
    rds.create_db_instance_read_replica(DBInstanceIdentifier="silo", SourceDBInstanceIdentifier=f"main-{RECOVERY}")
    (silo,) = prod.regions.copies(RECOVERY)
    prod.advance(60)
    silo.status = "storage-full"
    prod.regions.changed("rds", RECOVERY)
    site["switches"]["database"].append({**site["switches"]["database"][0], "name": "silo", "identifier": "silo"})
    before = prod.sites[RECOVERY]
    prod.sites[RECOVERY] = site_of(json.dumps(site))
    prod.condition[PRIMARY] = "dead"
    yield prod
    prod.sites[RECOVERY] = before
    rds.delete_db_instance(DBInstanceIdentifier="silo", SkipFinalSnapshot=True)
    prod.regions.changed("rds", RECOVERY)


def test_one_database_that_can_not_be_promoted_may_be_left_behind(with_silo: World) -> None:
    told = with_silo.run(without=["silo"])
    assert (told["state"], told["steps"]["gate"]["leftBehind"]) == ("done", ["silo"])
    assert with_silo.serves(RECOVERY)
    assert with_silo.promotions.accepted == [f"main-{RECOVERY}"]
    assert with_silo.item(RECOVERY, "run", "run-1")["without"] == ["silo"]


@pytest.mark.parametrize(
    ("without", "why"), [(["gone"], "'gone' is no database here"), (["main", "silo"], "main, silo are all databases")]
)
def test_a_database_that_is_not_here_is_not_left_behind_nor_are_all(with_silo: World, without: list[str], why: str) -> None:
    told = with_silo.run(without=without)
    assert (told["state"], told["why"].partition(": ")[2].startswith(why)) == ("refused", True)
    assert with_silo.item(RECOVERY, "run", "run-1") == {}
