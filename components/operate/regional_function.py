"""A Lambda function outside any VPC, for what must work when a network does not: with its role, its log and its alarms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pulumi
from pulumi_aws import iam, lambda_

from ..base.alarms import create_alarms
from ..base.component import Component, tags
from ..base.here import Here
from ..base.log_group import create_log_group, write_logs
from ..base.statements import Statement, policy_json, service_trust_json
from ..compute.function import RUNTIME, alarms_of_function, of_every_function
from ..compute.function_package import archive
from ..compute.function_spec import FunctionSpec

ALIAS = "live"
"""What a durable function is called by: an execution goes on in the version that it began in."""
# docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: a managed policy has 6,144 characters, a role ten of them
POLICY_CHARACTERS = 6144


@dataclass(frozen=True, kw_only=True)
class Durable:
    """How long an execution may take, and how long AWS tells of it (docs.aws.amazon.com/lambda/latest/api/API_DurableConfig).

    Attributes:
        execution_seconds: Of one execution, waits and all.
        retention_days: 1 to 90.
    """

    execution_seconds: int
    retention_days: int


@dataclass(frozen=True, kw_only=True)
class RegionalFunctionArgs:
    """What runs, and what it may touch; see `FunctionArgs`.

    Attributes:
        here: Where it runs, and how its log is kept.
        spec: How large it is.
        description: What it does, one line for the console.
        source: Its files: path in the package -> text.
        documents: Files whose text is known only when it is deployed; none by default.
        libraries: Files of others: path in the package -> file; none by default.
        handler: The function that is called.
        grants: Policies of its role, by what they are for: AWS takes 6,144 characters of each.
        physical_name: Its name, which people call it by when nothing but AWS is there.
        durable: Its executions are checkpointed by AWS, and it is called by its alias; None, the default, without.
    """

    here: Here
    spec: FunctionSpec
    description: str
    source: Mapping[str, str]
    handler: str
    grants: Mapping[str, tuple[Statement, ...]]
    physical_name: str
    documents: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    libraries: Mapping[str, Path] = field(default_factory=dict[str, Path])
    durable: Durable | None = None


class RegionalFunction(Component):
    """A function outside any VPC: it needs neither an endpoint nor a NAT gateway to call AWS, in its region and in another.

    Outputs: `function`; `log_group_arn`; `log_group_name`; `called_arn`, of its alias where it is durable; `ready`, what
    must be there before it can do its work.
    """

    function: lambda_.Function
    log_group_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    called_arn: pulumi.Output[str]
    ready: list[pulumi.Resource]

    def __init__(self, name: str, args: RegionalFunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        here = args.here
        log_group = create_log_group(self, name, here=here)
        role = iam.Role(
            name,
            description=f"What the function {name} may do",
            assume_role_policy=service_trust_json("lambda.amazonaws.com", account_id=here.account_id),
            tags=tags(name),
            opts=self.child(),
        )
        own = arn_of(args.physical_name, here)
        usual = (write_logs(log_group), *of_every_function(), *(_checkpoint(own) if args.durable else ()))
        self.ready = []
        for what, statements in {"own": usual, **args.grants}.items():
            policy = iam.Policy(
                f"{name}-{what}",
                description=f"What the function {name} may do: {what}",
                policy=policy_json(statements),
                tags=tags(f"{name}-{what}"),
                opts=self.child(),
            )
            self.ready.append(
                iam.RolePolicyAttachment(f"{name}-{what}", role=role.name, policy_arn=policy.arn, opts=self.child())
            )
        self.function = lambda_.Function(
            name,
            region=here.region,
            name=args.physical_name,
            description=args.description,
            role=role.arn,
            runtime=RUNTIME,
            architectures=["arm64"],
            handler=args.handler,
            code=archive(args.source, args.documents, args.libraries),
            timeout=args.spec.timeout_seconds,
            memory_size=args.spec.memory_mib,
            reserved_concurrent_executions=args.spec.concurrency,
            logging_config=lambda_.FunctionLoggingConfigArgs(log_format="JSON", log_group=log_group.name),
            tracing_config=lambda_.FunctionTracingConfigArgs(mode="Active"),
            publish=True if args.durable else None,
            durable_config=lambda_.FunctionDurableConfigArgs(
                execution_timeout=args.durable.execution_seconds, retention_period=args.durable.retention_days
            )
            if args.durable
            else None,
            tags=tags(name),
            opts=self.child(depends_on=self.ready),
        )
        self.log_group_arn, self.log_group_name = log_group.arn, log_group.name
        self.called_arn = self.function.arn
        if args.durable:
            self.called_arn = lambda_.Alias(
                f"{name}-{ALIAS}",
                region=here.region,
                name=ALIAS,
                function_name=self.function.name,
                function_version=self.function.version,
                opts=self.child(),
            ).arn
        create_alarms(self, alarms_of_function(self.function.name, args.spec), here)
        self.register_outputs({"functionName": self.function.name})


def arn_of(function_name: str, here: Here) -> str:
    """The ARN of a function that has a name of its own."""
    return f"arn:aws:lambda:{here.region}:{here.account_id}:function:{function_name}"


def _checkpoint(own: str) -> tuple[Statement, ...]:
    """docs.aws.amazon.com/lambda/latest/dg/durable-security.html: an ARN without a version fits no execution."""
    actions = ("lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState")
    return (Statement(sid="Checkpoint", actions=actions, resources=(f"{own}:*",)),)
