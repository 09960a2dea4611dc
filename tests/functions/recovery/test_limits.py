"""What AWS takes, when, and how soon it is true: the executor goes by it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ProxyConnectionError, SSLError
from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.core.models import DEFAULT_ACCOUNT_ID

from components.compute import service
from functions.recovery import region as module
from functions.recovery import switches
from functions.recovery.aws import LOST, passes
from functions.recovery.plan import DISASTER, PLANNED
from functions.recovery.region import Missing, Region
from functions.recovery.site import Site
from functions.recovery.steps_after import FULL_LIMIT
from functions.recovery.steps_before import ASKED_SECONDS, SETTLED_SECONDS

from .aws import OPEN_GROUP, PRIMARY, RECOVERY
from .faults import Called
from .world import World


def _scaling(region: str) -> dict[str, Any]:
    target: Any = applicationautoscaling_backends[DEFAULT_ACCOUNT_ID][region]
    return vars(target.targets["ecs:service:DesiredCount"]["service/main/web"])


@pytest.mark.parametrize("error", [SSLError, ProxyConnectionError])
def test_a_region_that_dies_in_the_handshake_was_not_reached(error: Any) -> None:
    missing = Missing()
    missing.note("database main", "rds", error(endpoint_url="https://rds", proxy_url="", error="cut off"))
    assert issubclass(error, LOST)
    assert (missing.is_reached, missing.silent, missing.hopeless) == (False, {"rds"}, set())


def test_the_graces_are_those_that_the_program_declares() -> None:
    assert switches.GRACE_SECONDS == service.HEALTH_CHECK_GRACE_SECONDS
    assert switches.STARTING_GRACE_SECONDS == service.STANDBY_GRACE_SECONDS


def test_a_step_waits_out_trouble_that_passes_up_to_its_own_limit(prod: World) -> None:
    began: list[float] = []

    def fault(called: Called) -> str:
        if called.step == "writable" and called.operation == "Invoke":
            began.append(prod.now)
            return "throttled" if prod.now - began[0] < 300 else ""
        return ""

    told = prod.run(fault=fault)
    assert (told["state"], told["why"]) == ("done", "")
    assert prod.now - began[0] >= 300


@pytest.mark.parametrize(("mode", "why"), [(DISASTER, 'accept it with "unknown"'), (PLANNED, "nobody can tell what is here")])
def test_a_heartbeat_that_never_answers_is_a_refusal_soon(prod: World, mode: str, why: str) -> None:
    began = prod.now
    told = prod.run(RECOVERY, mode, fault=lambda called: "broken" if called.operation == "Invoke" else "")
    assert (told["state"], why in told["why"]) == ("refused", True)
    assert prod.now - began < 3 * ASKED_SECONDS
    assert prod.active_in(RECOVERY) == PRIMARY


def test_the_first_zero_of_a_queue_is_not_believed(prod: World) -> None:
    began: list[float] = []

    def fault(called: Called) -> str:
        if called.step == "drain":
            began.append(prod.now)
        if called.step == "decide":
            began.append(prod.now)
        return ""

    assert prod.run(RECOVERY, PLANNED, fault=fault)["state"] == "done"
    assert began[-1] - began[0] >= SETTLED_SECONDS


def test_what_waits_after_all_in_a_planned_run_is_told(prod: World) -> None:
    def fault(called: Called) -> str:
        if called.step == "fence" and called.operation == "UpdateEventSourceMapping":
            prod.put_message(PRIMARY, 3600)
        return ""

    told = prod.run(RECOVERY, PLANNED, fault=fault)
    assert told["steps"]["fence"]["waits"] == {"ingest": 1}


def test_a_planned_run_does_not_begin_while_the_other_database_takes_no_change(prod: World) -> None:
    prod.set_database(PRIMARY, status="backing-up")
    prod.at.append((prod.now + 120, lambda: prod.set_database(PRIMARY, status="available")))
    told = prod.run(RECOVERY, PLANNED)
    assert told["state"] == "done"
    prod.reset(PRIMARY)
    prod.set_database(PRIMARY, status="backing-up")
    before = prod.state()
    told = prod.run(RECOVERY, PLANNED, run="run-2")
    assert told["why"] == f"gate: main of {PRIMARY} is backing-up"
    assert prod.state() == before


def test_a_replica_whose_storage_grows_is_promoted(prod: World) -> None:
    prod.set_database(RECOVERY, status="storage-optimization")
    assert prod.run()["state"] == "done"
    assert prod.promotions.accepted == [f"main-{RECOVERY}"]


def test_a_promoted_database_that_is_being_backed_up_is_promoted_and_open(prod: World) -> None:
    """RDS refuses changes meanwhile: it must be open before."""

    def fault(called: Called) -> str:
        if called.step == "writable" and called.operation == "DescribeDBInstances":
            prod.set_database(RECOVERY, status="backing-up")
        return ""

    refused: list[Called] = []

    def after(called: Called) -> str:
        if called.operation == "ModifyDBInstance" and called.region == RECOVERY:
            refused.append(called)
        return fault(called)

    prod.run(fault=after)
    assert [called.step for called in refused] == ["promote"]
    assert prod.regions.database(RECOVERY).vpc_security_group_ids == [OPEN_GROUP]


def test_nothing_that_waits_for_the_maintenance_window_is_applied_by_a_failover(prod: World, monkeypatch: Any) -> None:
    asked: list[dict[str, Any]] = []
    real = prod.regions.call

    def call(service: str, region: str, name: str, told: dict[str, Any]) -> Any:
        if name == "modify_db_instance":
            asked.append(dict(told))
        return real(service, region, name, told)

    monkeypatch.setattr(prod.regions, "call", call)
    prod.run(RECOVERY, PLANNED)
    assert [{*told} for told in asked] == [{"DBInstanceIdentifier", "VpcSecurityGroupIds"}] * 2


def test_services_scale_again_only_when_visitors_come(prod: World) -> None:
    seen: dict[str, list[bool]] = {}

    def fault(called: Called) -> str:
        state = _scaling(RECOVERY)["suspended_state"]
        seen.setdefault(called.step, []).append(state["DynamicScalingInSuspended"])
        return ""

    told = prod.run(fault=fault)
    assert told["state"] == "done"
    assert all(all(seen[step]) for step in ("promote", "start", "resume"))
    assert not any(seen["report"])
    # Until the clock of its scaling writes the bounds again, it is not scaled in below what the other region had.
    assert _scaling(RECOVERY)["min_capacity"] == 3


def test_a_service_that_gets_no_more_capacity_holds_up_no_failover(prod: World, monkeypatch: Any) -> None:
    def short(client: switches.Client, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        told = switches.service_of(client, facts)
        return {**told, "runningCount": min(told["runningCount"], 2)}

    monkeypatch.setattr(module, "service_of", short)
    began = prod.now
    told = prod.run()
    assert (told["state"], told["steps"]["start"]["short"]) == ("done", {"web": 2})
    assert prod.now - began >= FULL_LIMIT
    monkeypatch.setattr(module, "service_of", lambda *told: {**switches.service_of(*told), "runningCount": 1})
    prod.reset(PRIMARY)
    told = prod.run(run="run-2")
    assert (told["state"], told["why"]) == ("failed", "start: service web: 1 of 3 tasks run")


class Recorded:
    """Clients that note what is asked of them."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers, self.asked = answers, list[tuple[str, dict[str, Any]]]()

    def client(self, service: str, region: str, *, hurried: bool = False) -> Any:
        del service, region, hurried
        return self

    def __getattr__(self, name: str) -> Any:
        def call(**told: Any) -> Any:
            self.asked.append((name, told))
            answer = self.answers.get(name, {})
            return answer(told) if callable(answer) else answer

        return call

    def asked_for(self, name: str) -> list[dict[str, Any]]:
        return [told for asked, told in self.asked if asked == name]


def _region(prod: World, answers: Mapping[str, Any]) -> tuple[Region, Recorded]:
    aws, site = Recorded(answers), prod.sites[RECOVERY]
    assert isinstance(site, Site)
    return Region(site=site, aws=aws), aws


@pytest.mark.parametrize("balanced", [True, False])
def test_tasks_that_start_beside_the_promotion_may_be_unhealthy_for_long(prod: World, *, balanced: bool) -> None:
    service = {"desiredCount": 0, "runningCount": 0, "loadBalancers": [{}] if balanced else []}
    region, aws = _region(
        prod, {"describe_services": {"services": [service]}, "describe_scalable_targets": {"ScalableTargets": []}}
    )
    region.start({"web": 3})
    (told,) = aws.asked_for("update_service")
    assert told["desiredCount"] == 3
    assert told.get("healthCheckGracePeriodSeconds") == (switches.STARTING_GRACE_SECONDS if balanced else None)
    aws.asked.clear()
    region.scale({"web": 3})
    told = [each.get("healthCheckGracePeriodSeconds") for each in aws.asked_for("update_service")]
    assert told == ([switches.GRACE_SECONDS] if balanced else [])


def test_jobs_that_are_queued_or_run_are_ended_in_a_region_that_is_shut_off_at_once(prod: World) -> None:
    jobs = {"RUNNABLE": [{"jobId": "a"}], "RUNNING": [{"jobId": "b"}]}
    region, aws = _region(prod, {"list_jobs": lambda told: {"jobSummaryList": jobs.pop(told["jobStatus"], [])}})
    missing = Missing()
    region.end_jobs(missing)
    assert [told["jobId"] for told in aws.asked_for("terminate_job")] == ["a", "b"]
    assert missing.pending == {}, "a job has half a minute to stop, and that holds up nobody"
    late, aws = _region(prod, {"list_jobs": {"jobSummaryList": [{"jobId": "a"}]}})
    missing = Missing()
    left = iter((1, 1, 0))
    replace(late, left=lambda: next(left)).end_jobs(missing)
    assert missing.pending == {"job-queue main": "jobs go on: the time was up"}
    assert len(aws.asked_for("terminate_job")) == 1


def test_copies_of_a_rehearsal_that_was_overtaken_are_deleted(prod: World) -> None:
    rds = prod.regions.client("rds", RECOVERY)
    name = f"main-{RECOVERY}"
    rds.create_db_instance_read_replica(DBInstanceIdentifier=f"{name}-rehearsal", SourceDBInstanceIdentifier=name)
    prod.regions.changed("rds", RECOVERY)
    prod.advance(60)
    assert prod.regions.copies(RECOVERY)
    assert prod.run()["state"] == "done"
    assert prod.regions.copies(RECOVERY) == []


def test_passing_is_what_sqs_and_lambda_say_when_they_are_busy() -> None:
    for code, status in (("RequestThrottled", 403), ("CodeArtifactUserPendingException", 409), ("RequestTimeout", 400)):
        facts: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
        assert passes(ClientError(facts, "Any"))
