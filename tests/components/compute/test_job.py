import json
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.base.links import Link
from components.base.statements import Statement
from components.compute.job import TRY_AGAIN, Job
from components.compute.job_spec import JobScheduleSpec
from tests.components.compute.job_examples import declare_job, job_spec
from tests.components.compute.machine import FailedError, Machine
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, resources_of

DEFINITION, MACHINE = "aws:batch/jobDefinition:JobDefinition", "aws:sfn/stateMachine:StateMachine"
RULE, TARGET = "aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget"
SCHEDULE = "aws:scheduler/schedule:Schedule"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
TENANT, OTHER = "tabcdefghijklmn2", "tbbbbbbbbbbbbbbb"
KEY = f"tenant={TENANT}/dataset=loans/date=2026-11-28/_SUCCESS"


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: declare_job(**changes))


def container(**changes: Any) -> dict[str, Any]:
    return json.loads(declare(**changes).one(DEFINITION).inputs["containerProperties"])


def test_its_runs_are_billed_to_whom_its_spec_says_and_to_the_stack_otherwise() -> None:
    of_a_team = resources_of(lambda: declare_job(cost_center="CC-4200")).one(DEFINITION).inputs
    assert (of_a_team["propagateTags"], of_a_team["tags"]["CostCenter"]) == (True, "CC-4200")
    assert "CostCenter" not in resources_of(declare_job).one(DEFINITION).inputs["tags"]


def test_the_container_can_change_nothing_but_tmp() -> None:
    hardened = container()
    assert hardened["readonlyRootFilesystem"] is True
    assert hardened["user"].split(":")[0] not in ("0", "root")
    assert [mount["containerPath"] for mount in hardened["mountPoints"]] == ["/tmp"]
    # No host: a volume of Fargate's lives as long as the job.
    assert hardened["volumes"] == [{"name": "tmp"}]
    assert hardened["networkConfiguration"] == {"assignPublicIp": "DISABLED"}


def test_it_has_nothing_that_fargate_refuses() -> None:
    assert not {"privileged", "ulimits", "instanceType", "vcpus", "memory"} & set(container())
    assert declare().one(DEFINITION).inputs["platformCapabilities"] == ["FARGATE"]


def test_its_size_is_what_fargate_sells_and_its_disk_is_asked_for_only_beyond_its_own() -> None:
    made = container(cpu=512, memory=1024)
    assert made["resourceRequirements"] == [{"type": "VCPU", "value": "0.5"}, {"type": "MEMORY", "value": "1024"}]
    assert made["runtimePlatform"] == {"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"}
    assert "ephemeralStorage" not in made
    assert container(scratch_gib=50)["ephemeralStorage"] == {"sizeInGiB": 50}


def test_each_role_holds_its_own_grants_and_is_taken_by_tasks_of_this_account_only() -> None:
    use = Statement(sid="Use", actions=("s3:GetObject",), resources=("arn:aws:s3:::lake/*",))
    declared = declare(link=Link(statements=(use,), environment={"LAKE_RAW": "lake"}))
    policies = {
        part: declared.one("aws:iam/rolePolicy:RolePolicy", f"aggregate-{part}-grants").document()["Statement"]
        for part in ("task", "execution")
    }
    grants = {part: [each["Sid"] for each in statements] for part, statements in policies.items()}
    assert grants == {"task": ["Use"], "execution": ["Pull", "WriteLogs"]}
    made = json.loads(declared.one(DEFINITION).inputs["containerProperties"])
    assert made["jobRoleArn"] != made["executionRoleArn"]
    assert made["environment"] == [{"name": "LAKE_RAW", "value": "lake"}]
    for part in ("task", "execution"):
        (trust,) = declared.one("aws:iam/role:Role", f"aggregate-{part}").document("assumeRolePolicy")["Statement"]
        assert trust["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}


def test_an_attempt_ends_in_time_and_a_job_waits_by_its_priority() -> None:
    inputs = declare(timeout_minutes=90, priority=7, attempts=3).one(DEFINITION).inputs
    assert (inputs["timeout"], inputs["schedulingPriority"]) == ({"attemptDurationSeconds": 5400}, 7)
    assert inputs["retryStrategy"]["attempts"] == 3
    # Never none and never zero, which the provider takes for none: the queue would refuse each job.
    assert declare().one(DEFINITION).inputs["schedulingPriority"] >= 1


def action(*, status_reason: str = "Essential container in task exited", reason: str = "", exit_code: str = "") -> str:
    """What Batch does after such an attempt: the first entry of which all conditions match, or else another attempt."""
    found = {"onStatusReason": status_reason, "onReason": reason, "onExitCode": exit_code}
    entries = declare().one(DEFINITION).inputs["retryStrategy"]["evaluateOnExits"]
    assert len(entries) <= 5
    for entry in entries:
        conditions = {name: pattern for name, pattern in entry.items() if name != "action"}
        if all(fnmatchcase(found[name], pattern) for name, pattern in conditions.items()):
            return entry["action"]
    return "retry"


@pytest.mark.parametrize(
    ("ended", "then"),
    [
        ({"status_reason": "Your Spot Task was interrupted.", "exit_code": "137"}, "retry"),
        ({"status_reason": "CannotPullContainerError: inspect image has been retried 5 time(s)"}, "retry"),
        ({"status_reason": "ResourceInitializationError: unable to pull secrets or registry auth"}, "retry"),
        ({"exit_code": str(TRY_AGAIN)}, "retry"),
        ({"exit_code": "20"}, "exit"),
        ({"exit_code": "1"}, "exit"),
        ({"exit_code": "100"}, "exit"),
        ({"exit_code": "137", "reason": "OutOfMemoryError: container killed due to memory usage"}, "exit"),
        ({"status_reason": "Job attempt duration exceeded timeout", "exit_code": "137"}, "exit"),
    ],
)
def test_an_attempt_is_repeated_for_a_known_reason_and_for_no_other(ended: dict[str, str], then: str) -> None:
    assert action(**ended) == then


def test_a_definition_has_the_name_that_starts_know_and_waits_for_what_its_start_takes() -> None:
    declared = declare()
    definition = declared.one(DEFINITION)
    assert definition.inputs["name"] == "test-aggregate"
    assert definition.depends_on("aggregate-execution-grants")
    assert definition.depends_on("batch-jobs-to-anywhere-443")


class Aws:
    """AWS as a state machine meets it: a registry in pages, a queue of jobs, dead letters."""

    def __init__(self, *pages: list[str], refused: str = "", unreadable: bool = False) -> None:
        self.pages, self.refused, self.unreadable = list(pages), refused, unreadable
        self.jobs: list[dict[str, Any]] = []
        self.queries: list[dict[str, Any]] = []
        self.set_aside: list[dict[str, Any]] = []

    def __call__(self, action: str, arguments: dict[str, Any]) -> Any:
        match action:
            case "batch:submitJob":
                if arguments["ShareIdentifier"] == self.refused:
                    raise RuntimeError("TooManyRequests")
                self.jobs.append(arguments)
                return {"JobId": "1"}
            case "dynamodb:query":
                self.queries.append(arguments)
                if self.unreadable and len(self.queries) > 1:
                    raise RuntimeError("ProvisionedThroughputExceeded")
                page = self.pages.pop(0)
                more = {"LastEvaluatedKey": {"tenant": {"S": page[-1] if page else TENANT}}} if self.pages else {}
                return {"Items": [{"tenant": {"S": tenant}} for tenant in page], **more}
            case "sqs:sendMessage":
                self.set_aside.append(json.loads(arguments["MessageBody"]))
                return {}
            case other:
                raise AssertionError(other)


def run(aws: Aws, given: dict[str, Any], **changes: Any) -> Aws:
    Machine(declare(**changes).one(MACHINE, "aggregate-start").document("definition"), aws).run(given)
    return aws


def test_a_delivery_starts_one_job_of_its_tenant() -> None:
    (job,) = run(Aws(), {"key": KEY, "size": 0}).jobs
    assert job == {
        "JobName": f"aggregate-{TENANT}",
        "JobQueue": f"arn:aws:batch:us-east-2:{ACCOUNT}:batch",
        "JobDefinition": "test-aggregate",
        "ShareIdentifier": TENANT,
        "Parameters": {"tenant": TENANT, "dataset": "loans", "dates": "2026-11-28"},
    }


@pytest.mark.parametrize(
    "key",
    [
        "tenant=acme/dataset=loans/date=2026-11-28/_SUCCESS",
        f"tenant={TENANT}x/dataset=loans/date=2026-11-28/_SUCCESS",
        f"tenant={TENANT}/rejected/dataset=loans/date=2026-11-28/_SUCCESS",
        f"tenant={TENANT}/dataset=loans'; --/date=2026-11-28/_SUCCESS",
        f"a/{KEY}",
        f'tenant={TENANT}"/dataset=loans/date=2026-11-28/_SUCCESS',
    ],
)
@pytest.mark.parametrize("schedule", [None, "kept"])
def test_any_other_key_starts_nothing_and_is_set_aside(key: str, schedule: str | None) -> None:
    aws = Aws()
    with pytest.raises(FailedError, match="NoTenant"):
        run(aws, {"key": key}, **({} if schedule else {"schedule": None}))
    assert aws.jobs == [] and aws.queries == []
    assert [each["began"] for each in aws.set_aside] == [{"key": key}]


def test_the_clock_starts_a_job_for_each_active_tenant_page_by_page() -> None:
    aws = run(Aws([TENANT], [], [OTHER]), {"dataset": "loans"})
    assert [job["ShareIdentifier"] for job in aws.jobs] == [TENANT, OTHER]
    assert {job["Parameters"]["dataset"] for job in aws.jobs} == {"loans"}


@pytest.mark.parametrize(
    ("started", "dates"),
    [
        ("2026-11-29T11:00:00.000Z", "2026-11-26,2026-11-27,2026-11-28"),
        ("2027-01-01T00:00:00.000Z", "2026-12-29,2026-12-30,2026-12-31"),
    ],
)
def test_the_clock_takes_the_day_before_what_came_late_and_what_a_night_that_failed_has_left(started: str, dates: str) -> None:
    aws = Aws([TENANT])
    Machine(declare().one(MACHINE, "aggregate-start").document("definition"), aws).run({"dataset": "loans"}, started=started)
    assert [job["Parameters"]["dates"] for job in aws.jobs] == [dates]


def test_the_registry_is_asked_for_active_tenants_of_the_cell_from_where_the_last_page_ended() -> None:
    first, second = run(Aws([TENANT], [OTHER]), {"dataset": "loans"}).queries
    assert (first["TableName"], first["IndexName"]) == ("tenants-1234567", "by-cell")
    assert first["ExpressionAttributeValues"] == {
        ":cell": {"S": "prod"},
        ":registry": {"S": "registry"},
        ":active": {"S": "active"},
    }
    assert "ExclusiveStartKey" not in first
    assert second["ExclusiveStartKey"] == {"tenant": {"S": TENANT}}


def test_a_registry_that_cannot_be_read_on_is_told_with_what_starts_the_night_again() -> None:
    aws = Aws([TENANT], [OTHER], unreadable=True)
    with pytest.raises(FailedError, match="NoRegistry"):
        run(aws, {"dataset": "loans"})
    assert [job["ShareIdentifier"] for job in aws.jobs] == [TENANT]
    assert [each["began"] for each in aws.set_aside] == [{"dataset": "loans"}]


@pytest.mark.parametrize("starts", [{}, {"schedule": None}, {"objects": None}])
def test_each_call_of_aws_but_the_last_resort_is_caught(starts: dict[str, None]) -> None:
    states = declare(**starts).one(MACHINE, "aggregate-start").document("definition")["States"]
    inner = states["Jobs"]["ItemProcessor"]["States"]
    calls = {name: each for name, each in (states | inner).items() if each["Type"] == "Task"}
    assert calls
    sends = {name for name, each in calls.items() if each["Resource"].endswith(":sqs:sendMessage")}
    assert {name for name, each in calls.items() if "Catch" not in each} == sends


def test_a_cell_without_tenants_starts_nothing() -> None:
    aws = run(Aws([]), {"dataset": "loans"})
    assert aws.jobs == aws.set_aside == []


def test_one_tenants_job_that_is_refused_keeps_no_others_back() -> None:
    aws = run(Aws([TENANT, OTHER], refused=TENANT), {"dataset": "loans"})
    assert [job["ShareIdentifier"] for job in aws.jobs] == [OTHER]
    assert [each["input"]["tenant"] for each in aws.set_aside] == [TENANT]


def test_a_parameter_that_the_command_does_not_take_is_not_told() -> None:
    (job,) = run(Aws(), {"key": KEY}, command=("a", "Ref::tenant")).jobs
    assert job["Parameters"] == {"tenant": TENANT}


def test_the_rule_hands_over_what_ends_a_delivery_as_it_is() -> None:
    declared = declare()
    detail = declared.one(RULE, "aggregate-objects").document("eventPattern")["detail"]
    assert detail == {
        "bucket": {"name": ["lake-raw-1234567"]},
        "object": {"key": [{"wildcard": "tenant=*/dataset=*/date=*/_SUCCESS"}]},
    }
    target = declared.one(TARGET, "aggregate-objects").inputs
    assert target["inputPath"] == "$.detail.object" and "inputTransformer" not in target
    assert target["deadLetterConfig"] == {"arn": f"arn:aws:sqs:us-east-2:{ACCOUNT}:batch-dead-letters"}
    assert target["retryPolicy"] == {"maximumEventAgeInSeconds": 3600, "maximumRetryAttempts": 20}
    (start,) = declared.one("aws:iam/rolePolicy:RolePolicy", "aggregate-objects-grants").document()["Statement"]
    assert (start["Action"], start["Resource"]) == (["states:StartExecution"], [target["arn"]])


def test_the_schedule_starts_it_with_its_dataset_and_what_fails_is_a_dead_letter() -> None:
    schedule = declare().one(SCHEDULE, "aggregate-schedule").inputs
    assert (schedule["scheduleExpression"], schedule["scheduleExpressionTimezone"]) == ("cron(0 11 * * ? *)", "UTC")
    target = schedule["target"]
    assert json.loads(target["input"]) == {"dataset": "loans"}
    assert target["deadLetterConfig"] == {"arn": f"arn:aws:sqs:us-east-2:{ACCOUNT}:batch-dead-letters"}
    assert target["retryPolicy"] == {"maximumEventAgeInSeconds": 3600, "maximumRetryAttempts": 20}


def test_a_run_that_ends_badly_and_a_clock_that_gives_up_or_stands_still_raise_alarms() -> None:
    declared = declare()
    alarms = {each.name: each.inputs for each in declared.of(ALARM)}
    failed = alarms["aggregate-start-machine-failed"]
    (counted,) = [each for each in failed["metricQueries"] if each.get("returnData")]
    told = {each["metric"]["metricName"]: each for each in failed["metricQueries"] if "metric" in each}
    assert set(told) == {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"}
    assert counted["expression"] == " + ".join(f"FILL({each['id']}, 0)" for each in told.values())
    machine = declared.one(TARGET, "aggregate-objects").inputs["arn"]
    assert [each["metric"]["dimensions"] for each in told.values()] == [{"StateMachineArn": machine}] * 3
    group = declared.one(SCHEDULE, "aggregate-schedule").inputs["groupName"]
    gave_up = alarms["aggregate-schedule-schedule-missed-gave-up"]
    assert (gave_up["metricName"], gave_up["dimensions"]) == ("InvocationDroppedCount", {"ScheduleGroup": group})
    assert (gave_up["comparisonOperator"], gave_up["threshold"]) == ("GreaterThanThreshold", 0)
    silent = alarms["aggregate-schedule-schedule-missed-silent"]
    assert (silent["metricName"], silent["dimensions"]) == ("InvocationAttemptCount", {"ScheduleGroup": group})
    # No attempt is no datapoint: more than a day of that is INSUFFICIENT_DATA, which is told.
    assert silent["insufficientDataActions"] == silent["alarmActions"] and silent["treatMissingData"] == "missing"
    assert 24 * 3600 < silent["period"] * silent["evaluationPeriods"] <= 2 * 24 * 3600


@pytest.mark.parametrize(
    ("at", "daily"),
    [
        ("cron(0 11 * * ? *)", True),
        ("cron(30 8 ? * * *)", True),
        ("cron(0 11 ? * MON *)", False),
        ("cron(0 11 1 * ? *)", False),
        ("cron(0 11 * 2 ? *)", False),
        ("cron(0 11 * * ? 2030)", False),
    ],
)
def test_only_of_a_daily_clock_silence_is_told(at: str, daily: bool) -> None:
    alarms = {each.name for each in declare(schedule=JobScheduleSpec(at=at, dataset="loans")).of(ALARM)}
    assert ("aggregate-schedule-schedule-missed-silent" in alarms) is daily
    assert "aggregate-schedule-schedule-missed-gave-up" in alarms


def test_only_the_group_of_its_schedule_may_take_the_role_of_a_clock() -> None:
    declared = declare()
    group = declared.one("aws:scheduler/scheduleGroup:ScheduleGroup", "aggregate-schedule")
    assert declared.one(SCHEDULE, "aggregate-schedule").inputs["groupName"] == group.name
    (trust,) = declared.one("aws:iam/role:Role", "aggregate-schedule-role").document("assumeRolePolicy")["Statement"]
    assert trust["Condition"]["ArnLike"] == {"aws:SourceArn": f"arn:aws:scheduler:us-east-2:{ACCOUNT}:{group.name}"}


@pytest.mark.parametrize("running", [True, False])
def test_a_staged_job_has_its_starts_and_they_rest(running: bool) -> None:
    declared = declare(running=running)
    starts = (declared.one(RULE, "aggregate-objects"), declared.one(SCHEDULE, "aggregate-schedule"))
    assert {each.inputs["state"] for each in starts} == {"ENABLED" if running else "DISABLED"}
    # What has not begun is not missed: both are watched alike.
    assert {each.name for each in declared.of(ALARM)} == {each.name for each in declare().of(ALARM)}


def test_where_recovery_switches_no_up_starts_or_stops_it() -> None:
    where = here(switched=True)
    declared = resources_of(lambda: declare_job(where))
    starts = (declared.one(RULE, "aggregate-objects"), declared.one(SCHEDULE, "aggregate-schedule"))
    assert [each.ignore_changes for each in starts] == [("state",)] * 2
    told = {(switch.kind, switch.name) for switch in where.inventory.switches}
    assert told == {("job-queue", "batch"), ("rule", "aggregate-objects"), ("schedule", "aggregate-schedule")}


def test_a_job_without_a_start_is_started_by_nothing() -> None:
    declared = declare(objects=None, schedule=None)
    names = {each.name for token in (MACHINE, RULE, SCHEDULE) for each in declared.of(token)}
    assert not {name for name in names if name.startswith("aggregate")}


def test_every_child_is_in_the_region() -> None:
    assert not children_without_region(declare(), "us-east-2")


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("bucket_name", {"bucket_name": None}),
        ("registry", {"registry": None}),
        ("registry", {"registry": Link()}),
        ("cell", {"cell": None}),
        ("image", {"image": "library/python:3"}),
    ],
)
def test_a_start_without_what_it_takes_is_told(field: str, changes: dict[str, Any]) -> None:
    def program() -> None:
        args = declare_job().args
        with pytest.raises(InvalidArgumentError, match=rf"JobArgs\.{field} is .*; expected "):
            replace(args, **changes)

    resources_of(program)


def test_a_name_too_long_for_physical_names_is_refused() -> None:
    def program() -> None:
        args = replace(declare_job().args, spec=job_spec())
        with pytest.raises(InvalidArgumentError, match=r"JobArgs\.name is 'a{21}'"):
            Job("a" * 21, args)

    resources_of(program)
