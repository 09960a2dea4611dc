"""What starts a job: objects that arrive, and the clock.

Both go through a state machine: a rule of EventBridge cannot say whose share a job is of, and the queue takes none without.
"""

from typing import TYPE_CHECKING, Any, Final

import pulumi
from pulumi_aws import batch, cloudwatch

from ..base.component import Component, tags
from ..base.statements import Statement
from .job_spec import KEY
from .state_machine import RETRIES, RETRY, RETRY_SECONDS, create_schedule, create_starter, create_state_machine

if TYPE_CHECKING:
    from .job import JobArgs

REGISTRY_TABLE: Final = "TENANTS_TABLE"
REGISTRY_INDEX: Final = "by-cell"
# docs.aws.amazon.com/batch/latest/userguide/service_limits.html: SubmitJob takes 50 a second from an account
AT_ONCE: Final = 5
DAYS: Final = 3
"""Days before a start of the clock that its jobs take: the day before; the one before it, for which records came until midnight
(`functions/ingest` takes today's and yesterday's); and one more, so that a night that failed loses nothing. What a job has
taken before, its books know."""

_KEY: Final = KEY.replace("/", r"\/")
# JSONata. What the key does not match gives no tenant, and is refused below.
_FROM_KEY: Final = (
    f"($key := $match($states.input.key, /{_KEY}/); "
    '$exists($key) ? {"jobs": [{"tenant": $key[0].groups[0], "dataset": $key[0].groups[1], "dates": $key[0].groups[2]}]} '
    ': {"jobs": []})'
)
_DAY: Final = "$fromMillis($toMillis($states.context.Execution.StartTime) + $ * 86400000, '[Y0001]-[M01]-[D01]')"
_DATES: Final = f"$join([-{DAYS}..-1].{_DAY}, ',')"
_FROM_REGISTRY: Final = (
    f'{{"jobs": [$states.result.Items.{{"tenant": tenant.S, "dataset": $states.context.Execution.Input.dataset, '
    f'"dates": {_DATES}}}]}}'
)


def create_starts(owner: Component, args: "JobArgs", submit: Statement, definition: batch.JobDefinition) -> None:
    """Create what `args.spec` says starts jobs of `definition`, as children of `owner`; `submit` lets them."""
    spec, here, letters = args.spec, args.here, args.batch.dead_letters
    if not spec.objects and not spec.schedule:
        return
    registry = args.registry if spec.schedule and args.registry else None
    states = {
        **(_objects(otherwise="Tenants" if registry else "Refuse") if spec.objects else {}),
        **(_tenants(registry.environment[REGISTRY_TABLE], args.cell or "") if registry else {}),
        "Jobs": _jobs(owner.name, args, definition),
        # A key without a tenant starts nothing, and is not lost either.
        "Refuse": {**_set_aside(letters.url), "Next": "Refused"},
        "Refused": {"Type": "Fail", "Error": "NoTenant", "Cause": "expected tenant=<id>/dataset=<name>/date=<date>/..."},
        # Without the registry nobody's job is started: `began` is what starts the night again.
        "Unread": {**_set_aside(letters.url), "Next": "NotStarted"},
        "NotStarted": {"Type": "Fail", "Error": "NoRegistry", "Cause": "the table of tenants could not be read"},
        "Started": {"Type": "Succeed"},
    }
    if not registry:
        del states["Unread"], states["NotStarted"]
    else:
        states["Jobs"]["Next"] = "More"
    if not spec.objects:
        del states["Refuse"], states["Refused"]
    name = f"{owner.name}-start"
    machine = create_state_machine(
        owner,
        name,
        here=here,
        kind="STANDARD",
        start_at="Read" if spec.objects else "Tenants",
        states=states,
        grants=(submit, *letters.send(), *(registry.statements if registry else ())),
        needs=[definition],
    )
    if spec.objects:
        _start_on_objects(owner, args, machine.arn)
    if spec.schedule:
        create_schedule(
            owner,
            f"{owner.name}-schedule",
            here=here,
            machine_arn=machine.arn,
            expression=spec.schedule.at,
            timezone=spec.schedule.timezone,
            given={"dataset": spec.schedule.dataset},
            dead_letters_arn=letters.arn,
            dead_letters=letters.send(),
            enabled=args.running,
            daily=spec.schedule.daily,
        )


def _objects(*, otherwise: str) -> dict[str, Any]:
    """From an object's key to one job; without a key, to `otherwise`.

    Only what calls AWS can catch: an expression that fails here fails the run, which raises the machine's alarm.
    """
    return {
        "Read": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $exists($states.input.key) %}", "Next": "Key"}],
            "Default": otherwise,
        },
        "Key": {"Type": "Pass", "Output": f"{{% {_FROM_KEY} %}}", "Next": "Known"},
        "Known": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $count($states.input.jobs) = 1 %}", "Next": "Jobs"}],
            "Default": "Refuse",
        },
    }


def _tenants(table: pulumi.Input[str], cell: str) -> dict[str, Any]:
    """From the registry, page by page, to a job for each active tenant of the cell."""
    query = {
        "IndexName": REGISTRY_INDEX,
        "KeyConditionExpression": "#cell = :cell",
        "FilterExpression": "#item = :registry AND #status = :active",
        "ExpressionAttributeNames": {"#cell": "cell", "#item": "item", "#status": "status", "#tenant": "tenant"},
        "ExpressionAttributeValues": {":cell": {"S": cell}, ":registry": {"S": "registry"}, ":active": {"S": "active"}},
        "ProjectionExpression": "#tenant",
    }
    after = '$exists($page) and $page != {} ? {"ExclusiveStartKey": $page} : {}'
    arguments = pulumi.Output.json_dumps({"TableName": table, **query}).apply(lambda text: f"{{% $merge([{text}, {after}]) %}}")
    return {
        "Tenants": {"Type": "Pass", "Assign": {"page": {}}, "Next": "Page"},
        "Page": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:dynamodb:query",
            "Arguments": arguments,
            "Retry": RETRY,
            "Catch": [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.input %}", "Next": "Unread"}],
            "Assign": {
                "page": "{% $exists($states.result.LastEvaluatedKey) ? $states.result.LastEvaluatedKey : {} %}",
            },
            "Output": f"{{% {_FROM_REGISTRY} %}}",
            "Next": "Jobs",
        },
        "More": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $page != {} %}", "Next": "Page"}],
            "Default": "Started",
        },
    }


def _jobs(name: str, args: "JobArgs", definition: batch.JobDefinition) -> dict[str, Any]:
    told = {each: f"{{% $states.input.{each} %}}" for each in ("tenant", "dataset", "dates")}
    return {
        "Type": "Map",
        "Items": "{% $states.input.jobs %}",
        "MaxConcurrency": AT_ONCE,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            "StartAt": "Submit",
            "States": {
                "Submit": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::aws-sdk:batch:submitJob",
                    "Arguments": {
                        "JobName": f"{{% '{name}-' & $states.input.tenant %}}",
                        "JobQueue": args.batch.queue_arn,
                        # Without a revision: the newest. A change registers one and retires the one before.
                        "JobDefinition": definition.name,
                        "ShareIdentifier": told["tenant"],
                        "Parameters": {each: value for each, value in told.items() if f"Ref::{each}" in args.spec.command},
                    },
                    "Retry": RETRY,
                    "Catch": [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.input %}", "Next": "SetAside"}],
                    "End": True,
                },
                # One tenant's job that cannot be started keeps no other tenant's back.
                "SetAside": {**_set_aside(args.batch.dead_letters.url), "End": True},
            },
        },
        "Next": "Started",
    }


def _set_aside(queue_url: pulumi.Input[str]) -> dict[str, Any]:
    execution = "$states.context.Execution"
    message = f'$string({{"execution": {execution}.Id, "began": {execution}.Input, "input": $states.input}})'
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sqs:sendMessage",
        "Arguments": {"QueueUrl": queue_url, "MessageBody": f"{{% {message} %}}"},
        "Retry": RETRY,
    }


def _start_on_objects(owner: Component, args: "JobArgs", machine_arn: pulumi.Input[str]) -> None:
    """A rule on what arrives in the bucket. The key goes to the state machine as it is: no template is filled with it."""
    name, here, objects = f"{owner.name}-objects", args.here, args.spec.objects
    if objects is None:
        return
    rule = cloudwatch.EventRule(
        name,
        region=here.region,
        description=f"Deliveries that start {owner.name}",
        state="ENABLED" if args.running else "DISABLED",
        event_pattern=pulumi.Output.json_dumps(
            {
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {
                    "bucket": {"name": [args.bucket_name, *([{"wildcard": args.own_buckets}] if args.own_buckets else [])]},
                    "object": {"key": [{"wildcard": f"tenant=*/dataset=*/date=*/{objects.name}"}]},
                },
            }
        ),
        tags=tags(name),
        opts=owner.child(ignore_changes=here.left_alone("state")),
    )
    here.switch("rule", name, rule=rule.name)
    role, policy = create_starter(
        owner,
        name,
        here=here,
        service="events",
        source_arn=f"arn:aws:events:{here.region}:{here.account_id}:rule/*",
        machine_arn=machine_arn,
    )
    cloudwatch.EventTarget(
        name,
        region=here.region,
        rule=rule.name,
        arn=machine_arn,
        role_arn=role.arn,
        input_path="$.detail.object",
        dead_letter_config=cloudwatch.EventTargetDeadLetterConfigArgs(arn=args.batch.dead_letters.arn),
        retry_policy=cloudwatch.EventTargetRetryPolicyArgs(
            maximum_event_age_in_seconds=RETRY_SECONDS, maximum_retry_attempts=RETRIES
        ),
        opts=owner.child(depends_on=[policy]),
    )
