import json
from typing import Any

import pytest

from components.base.errors import InvalidArgumentError
from components.base.links import Link, Opening
from components.compute.batch import ACTIVE_SHARES, ACTIVE_SHARES_ALARM, Batch
from components.compute.job_spec import BatchSpec
from components.network.security_group import SecurityGroup, SecurityGroupArgs
from tests.components.compute.job_examples import batch_args
from tests.components.compute.machine import Machine
from tests.components.harness import ACCOUNT, Declaration, children_without_region, here, kms_key, resources_of
from tests.found import some

ENVIRONMENT, QUEUE = "aws:batch/computeEnvironment:ComputeEnvironment", "aws:batch/jobQueue:JobQueue"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
MACHINE = "aws:sfn/stateMachine:StateMachine"
SCHEDULE = "aws:scheduler/schedule:Schedule"
QUEUE_ARN = f"arn:aws:batch:us-east-2:{ACCOUNT}:batch"


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: Batch("batch", batch_args(**changes)))


def test_spot_comes_first_and_on_demand_takes_what_it_does_not() -> None:
    declared = declare()
    kinds = {each.name: each.inputs["computeResources"] for each in declared.of(ENVIRONMENT)}
    assert {name: (each["type"], each["maxVcpus"]) for name, each in kinds.items()} == {
        "batch-spot": ("FARGATE_SPOT", 16),
        "batch-on-demand": ("FARGATE", 4),
    }
    orders = declared.one(QUEUE).inputs["computeEnvironmentOrders"]
    assert [each["computeEnvironment"].rpartition(":")[2] for each in sorted(orders, key=lambda each: each["order"])] == [
        "batch-spot",
        "batch-on-demand",
    ]


def test_environments_are_auto_named_so_that_a_new_one_can_stand_beside_the_old() -> None:
    for environment in some(declare().of(ENVIRONMENT)):
        assert not {"name", "namePrefix"} & set(environment.inputs)


def test_environments_are_in_the_subnets_behind_one_group() -> None:
    for environment in some(declare().of(ENVIRONMENT)):
        resources = environment.inputs["computeResources"]
        assert (resources["subnets"], resources["securityGroupIds"]) == (["subnet-a", "subnet-b"], ["batch-jobs-id"])


def test_every_tenant_has_the_same_share_without_being_named() -> None:
    declared = declare(spec=BatchSpec(spot_vcpus=1, on_demand_vcpus=1, decay_minutes=30, reserved_percent=40))
    policy = declared.one("aws:batch/schedulingPolicy:SchedulingPolicy").inputs["fairSharePolicy"]
    assert policy == {"shareDecaySeconds": 1800, "computeReservation": 40}
    assert declared.one(QUEUE).inputs["schedulingPolicyArn"].endswith(":batch")


def test_what_can_never_be_placed_is_cancelled() -> None:
    actions = declare().one(QUEUE).inputs["jobStateTimeLimitActions"]
    assert {each["reason"] for each in actions} == {
        "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
        "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
        "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
    }
    assert {(each["state"], each["action"], each["maxTimeSeconds"]) for each in actions} == {("RUNNABLE", "CANCEL", 14_400)}


def test_one_subnet_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"BatchArgs\.subnet_ids is .*; expected two subnets or more"):
        batch_args(subnet_ids=("subnet-a",))


def test_a_key_of_another_region_is_refused() -> None:
    with pytest.raises(ValueError, match="batch-dead-letters: key_arn is .*us-west-2.*; expected an ARN of us-east-2"):
        declare(key_arn=kms_key("us-west-2"))


def test_everything_is_in_its_region() -> None:
    assert children_without_region(declare(), "us-east-2") == []


def open_twice() -> None:
    batch = Batch("batch", batch_args())
    thing = SecurityGroup("database", SecurityGroupArgs(here=here(), vpc_id="vpc-1", description="A database"))
    link = Link(openings=(Opening(security_group=thing, port=5432, what="PostgreSQL for {workload}"),))
    assert len(batch.open(link)) == len(batch.open(link)) == 3


def test_what_two_jobs_use_is_opened_once_for_all_jobs() -> None:
    declared = resources_of(open_twice)
    rules = [each.name for each in declared.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")]
    assert rules == ["database-from-batch-jobs-5432"]
    (rule,) = declared.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert rule.inputs["description"] == "PostgreSQL for batch"


def test_a_job_that_failed_for_good_is_told() -> None:
    declared = declare()
    pattern = declared.one("aws:cloudwatch/eventRule:EventRule", "batch-job-failed").document("eventPattern")
    assert pattern["detail"] == {"status": ["FAILED"], "jobQueue": [QUEUE_ARN]}
    told = declared.one("aws:cloudwatch/eventTarget:EventTarget", "batch-job-failed").inputs["inputTransformer"]
    # Free text: a quote in it would make the message no JSON if it did not stand alone.
    assert told["inputPaths"]["said"] == "$.detail.statusReason" and '"said": [<said>]' in told["inputTemplate"]
    assert set(told["inputPaths"]) == {"job", "id", "said"}


def test_alarms_tell_of_a_stuck_head_of_a_silent_meter_of_shares_and_of_dead_letters() -> None:
    alarms = {each.name: each.inputs for each in declare().of(ALARM)}
    assert set(alarms) == {
        "batch-batch-head-of-queue",
        "batch-batch-active-shares",
        "batch-batch-dead-letters",
        "batch-meter-machine-failed",
        "batch-meter-schedule-schedule-missed-gave-up",
    }
    head, shares = alarms["batch-batch-head-of-queue"], alarms["batch-batch-active-shares"]
    assert (head["metricName"], head["threshold"], head["treatMissingData"]) == ("HeadOfQueueAge", 900, "missing")
    assert head["insufficientDataActions"] == head["alarmActions"]
    assert "insufficientDataActions" not in shares
    assert shares["threshold"] == ACTIVE_SHARES_ALARM < ACTIVE_SHARES
    assert head["dimensions"] == shares["dimensions"] == {"JobQueue": "batch"}
    assert alarms["batch-batch-dead-letters"]["dimensions"] == {"QueueName": "batch-dead-letters"}


def measured(snapshot: dict[str, Any]) -> dict[str, float]:
    told: list[dict[str, Any]] = []

    def call(action: str, arguments: dict[str, Any]) -> Any:
        if action == "batch:getJobQueueSnapshot":
            assert arguments == {"JobQueue": QUEUE_ARN}
            return snapshot
        assert action == "cloudwatch:putMetricData"
        assert arguments["Namespace"] == "DataConnect/test/Batch"
        told.extend(arguments["MetricData"])
        return {}

    Machine(declare().one(MACHINE).document("definition"), call).run({})
    assert {each["Dimensions"][0]["Value"] for each in told} == {"batch"}
    return {each["MetricName"]: each["Value"] for each in told}


def test_an_empty_queue_is_measured_as_nothing_and_not_as_silence() -> None:
    assert measured({}) == measured({"FrontOfQueue": {"Jobs": []}}) == {"HeadOfQueueAge": 0, "ActiveShares": 0}


def test_how_long_the_first_job_waits_is_measured_in_seconds() -> None:
    jobs = [{"EarliestTimeAtPosition": 1_700_000_000_000}, {"EarliestTimeAtPosition": 1}]
    shares = {"FairshareUtilization": {"ActiveShareCount": 17}}
    found = measured({"FrontOfQueue": {"Jobs": jobs}, "QueueUtilization": shares})
    assert found["ActiveShares"] == 17
    years = (found["HeadOfQueueAge"]) / (365 * 86_400)
    assert 1 < years < 50  # since November 2023


def test_the_meter_runs_by_the_clock_and_may_do_no_more() -> None:
    declared = declare()
    schedule = declared.one(SCHEDULE).inputs
    assert schedule["scheduleExpression"] == "rate(5 minutes)"
    assert schedule["target"]["deadLetterConfig"] == {"arn": f"arn:aws:sqs:us-east-2:{ACCOUNT}:batch-dead-letters"}
    look, tell = declared.one("aws:iam/rolePolicy:RolePolicy", "batch-meter-grants").document()["Statement"]
    assert (look["Action"], look["Resource"]) == (["batch:GetJobQueueSnapshot"], [QUEUE_ARN])
    assert (tell["Action"], tell["Condition"]) == (
        ["cloudwatch:PutMetricData"],
        {"StringEquals": {"cloudwatch:namespace": "DataConnect/test/Batch"}},
    )


@pytest.mark.parametrize("running", [True, False])
def test_a_staged_queue_takes_no_job_and_is_measured_all_the_same(running: bool) -> None:
    declared = declare(running=running)
    assert declared.one(QUEUE).inputs["state"] == ("ENABLED" if running else "DISABLED")
    assert declared.one(SCHEDULE).inputs["state"] == "ENABLED"
    assert {each.name for each in declared.of(ALARM)} == {each.name for each in declare().of(ALARM)}


def test_where_recovery_switches_no_up_opens_the_queue_and_its_meter_is_no_switch() -> None:
    where = here(switched=True)
    declared = resources_of(lambda: Batch("batch", batch_args(where)))
    assert declared.one(QUEUE).ignore_changes == ("state",)
    assert declared.one(SCHEDULE).ignore_changes == ()
    assert [(switch.kind, switch.name) for switch in where.inventory.switches] == [("job-queue", "batch")]


def test_what_is_lost_with_the_region_starts_again() -> None:
    where = here()
    resources_of(lambda: Batch("batch", batch_args(where)))
    (store,) = [each for each in where.inventory.stores if each.name == "batch"]
    assert (store.recovery, store.backed_up) == ("rebuilt", False)


def test_dead_letters_are_kept_two_weeks_and_only_rules_of_the_account_send_by_themselves() -> None:
    declared = declare()
    queue = declared.one("aws:sqs/queue:Queue")
    assert (queue.inputs["messageRetentionSeconds"], queue.inputs["kmsMasterKeyId"]) == (14 * 86_400, kms_key())
    assert queue.protect
    closed, rules = declared.one("aws:sqs/queuePolicy:QueuePolicy").document()["Statement"]
    assert closed["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert rules["Principal"] == {"Service": "events.amazonaws.com"}
    assert rules["Condition"] == {"ArnLike": {"aws:SourceArn": f"arn:aws:events:us-east-2:{ACCOUNT}:rule/*"}}
    assert json.loads(json.dumps(rules["Resource"])) == [f"arn:aws:sqs:us-east-2:{ACCOUNT}:batch-dead-letters"]
