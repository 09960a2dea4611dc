"""A Lambda function in the VPC, of Python files: with its role, its log, its way to AWS and its alarms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
from pulumi_aws import cloudwatch, iam, lambda_

from ..base.alarms import Alarm, Metric, create_alarms
from ..base.arn import expect_region
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.here import Here
from ..base.links import Link
from ..base.log_group import create_log_group
from ..base.statements import Statement, policy_json, service_trust_json
from ..base.tenant_role import add_tenant_role
from ..edge.listener import Listener
from ..edge.token_spec import TokenSpec
from ..messaging.queue import Queue
from ..network.ports import ANYWHERE, HTTPS
from ..network.security_group import SecurityGroup, SecurityGroupArgs
from .failing import alarms_on_failing
from .function_package import archive
from .function_spec import FunctionSpec, TriggeredFunctionSpec
from .function_triggers import answer_requests, run_by_clock, work_off_queue

RUNTIME: Final = "python3.13"
# A run that takes this part of its time is soon one that takes too long.
SLOW: Final = 0.9

# docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions: what Lambda asks of a role before
# it takes a function into a VPC, and the writing of logs.
NETWORK_POLICY: Final = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
NETWORK_ACTIONS: Final = (
    *("ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"),
    *("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses"),
)


@dataclass(frozen=True, kw_only=True)
class FunctionArgs:
    """What runs, how large, where, and what it may touch.

    Attributes:
        here: Where it runs, and how its log is kept.
        spec: How large it is, and what calls it.
        description: What it does, one line for the console.
        source: Its files: path in the package -> text; see `source_files`. The standard library and boto3 are there besides.
        handler: The function that is called, e.g. `ingest.handler.handle`.
        vpc_id: VPC of the function.
        subnet_ids: Subnets of two zones or more with a way to AWS: the application tier.
        link: What it may use; nothing by default. What it uses of tenants' data, it uses in its tenant role. It must hold what
            consuming its queue takes.
        environment_key_arn: Customer managed key of its variables, of the `secrets` data class in the same region. None, the
            default, leaves them to a key of AWS's.
        queue: The queue of `spec.queue`; None, the default, without.
        listener: The load balancer's, `ingress.listener`, for `spec.http`; None, the default, without.
        tokens: Whose tokens that believes; None, the default, without.
        documents: Files whose text is known only when it is deployed: path in the package -> text; none by default.
        physical_name: Where something outside Pulumi, or the function itself, must know its name; auto-named by default.
        running: Whether its queue and its clock begin switched on; true by default. Requests are the load balancer's gate's.

    Raises:
        InvalidArgumentError: on no files, a handler that is in none of them, secrets (Lambda cannot be handed any: the function
            reads them itself), fewer than two subnets, a trigger without what it takes, or a queue that hands a message to a
            second run while the first one works on it.
    """

    here: Here
    spec: FunctionSpec
    description: str
    source: Mapping[str, str]
    handler: str
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    link: Link = field(default_factory=Link)
    environment_key_arn: pulumi.Input[str] | None = None
    queue: Queue | None = None
    listener: Listener | None = None
    tokens: TokenSpec | None = None
    documents: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    physical_name: str | None = None
    running: bool = True

    def __post_init__(self) -> None:
        self._refuse_half_a_trigger()
        module, _, called = self.handler.rpartition(".")
        text = self.source.get(f"{module.replace('.', '/')}.py")
        if text is None or f"def {called}(" not in text:
            expected = f"<module>.<function> of a file in source: {', '.join(self.source) or 'there is none'}"
            raise InvalidArgumentError(self, "handler", self.handler, expected)
        if self.link.secrets:
            expected = "none: a function reads a secret itself, when it runs"
            raise InvalidArgumentError(self, "link.secrets", sorted(self.link.secrets), expected)
        if len(self.subnet_ids) < 2:
            raise InvalidArgumentError(self, "subnet_ids", self.subnet_ids, "subnets in at least two zones")

    def _refuse_half_a_trigger(self) -> None:
        spec = self.spec if isinstance(self.spec, TriggeredFunctionSpec) else None
        wanted, http = (spec.queue, spec.http) if spec else (None, None)
        given = self.queue.name if self.queue else None
        if given != wanted:
            raise InvalidArgumentError(self, "queue", given, f"the queue of spec.queue ({wanted})")
        if spec and self.queue and (visible := self.queue.args.spec.visibility_timeout_seconds) < spec.hidden_seconds():
            expected = f"{spec.hidden_seconds()} or more: six times the function's timeout, and what a batch waits"
            raise InvalidArgumentError(self, "queue.spec.visibility_timeout_seconds", visible, expected)
        for name, value in (("listener", self.listener), ("tokens", self.tokens)):
            if (value is None) != (http is None):
                expected = "a value, for spec.http" if http else "None without spec.http"
                raise InvalidArgumentError(self, name, value and type(value).__name__, expected)


@dataclass(frozen=True, kw_only=True)
class CreatedFunction:
    """A function as a part of a component.

    Attributes:
        function: The function.
        security_group: Its group.
        log_group: Where it logs.
        tenant_role: What it takes for a tenant's data; None where it touches none.
        policies: Those of its role.
        opened: The rules, and what else must be there before it can do its work.
    """

    function: lambda_.Function
    security_group: SecurityGroup
    log_group: cloudwatch.LogGroup
    tenant_role: iam.Role | None
    policies: list[pulumi.Resource]
    opened: list[pulumi.Resource]


class Function(Component):
    """A function, traced, with a share of the account's concurrency to itself, logging to a group of its own.

    Outputs: `arn`; `function_name`; `role_arn`; `security_group`; `log_group_name`; `tenant_role`, None where it
    touches no tenant's data.
    `opened` is what whoever calls it must wait for.
    """

    arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]
    function_name: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    security_group: SecurityGroup
    tenant_role: iam.Role | None
    opened: list[pulumi.Resource]

    def __init__(self, name: str, args: FunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        created = create_function(self, args)
        self.arn, self.function_name, self.role_arn = created.function.arn, created.function.name, created.function.role
        self.security_group, self.tenant_role = created.security_group, created.tenant_role
        self.log_group_name, self.opened = created.log_group.name, created.opened
        ready = [*created.policies, *created.opened]
        if args.queue and isinstance(args.spec, TriggeredFunctionSpec):
            work_off_queue(self, args.here, args.spec, created.function, args.queue.arn, ready=ready, running=args.running)
        if args.listener and args.tokens and isinstance(args.spec, TriggeredFunctionSpec) and args.spec.http:
            answer_requests(self, args.here, args.spec.http, created.function, args.listener, args.tokens, ready=ready)
        if isinstance(args.spec, TriggeredFunctionSpec) and args.spec.every_minutes:
            run_by_clock(self, args.here, args.spec.every_minutes, created.function, ready=ready, running=args.running)
        self.register_outputs({"arn": self.arn, "functionName": self.function_name})


def create_function(owner: Component, args: FunctionArgs) -> CreatedFunction:
    """Create a function and what belongs to it as children of `owner`, called as it is."""
    name, here = owner.name, args.here
    log_group = create_log_group(owner, name, here=here)
    here.inventory.logs[name] = log_group.name
    role = iam.Role(
        name,
        description=f"What the function {name} may do",
        assume_role_policy=service_trust_json("lambda.amazonaws.com", account_id=here.account_id),
        tags=tags(name),
        opts=owner.child(),
    )
    link, tenant_role = add_tenant_role(owner, here=here, taker_arn=role.arn, link=args.link)
    policies: list[pulumi.Resource] = [
        iam.RolePolicyAttachment(f"{name}-network", role=role.name, policy_arn=NETWORK_POLICY, opts=owner.child()),
        iam.RolePolicy(
            f"{name}-grants", role=role.name, policy=policy_json((*link.statements, *of_every_function())), opts=owner.child()
        ),
    ]
    security_group, opened = _security_group(owner, args)
    function = lambda_.Function(
        name,
        region=here.region,
        name=args.physical_name,
        description=args.description,
        role=role.arn,
        runtime=RUNTIME,
        architectures=["arm64"],
        handler=args.handler,
        code=archive(args.source, args.documents),
        timeout=args.spec.timeout_seconds,
        memory_size=args.spec.memory_mib,
        reserved_concurrent_executions=args.spec.concurrency,
        environment=lambda_.FunctionEnvironmentArgs(variables={**link.environment}) if link.environment else None,
        # Lambda holds a grant for the role, which ends with it: a role that is made anew needs the function to be changed, too.
        kms_key_arn=_environment_key(args) if link.environment else None,
        vpc_config=lambda_.FunctionVpcConfigArgs(subnet_ids=[*args.subnet_ids], security_group_ids=[security_group.id]),
        logging_config=lambda_.FunctionLoggingConfigArgs(log_format="JSON", log_group=log_group.name),
        tracing_config=lambda_.FunctionTracingConfigArgs(mode="Active"),
        tags=tags(name),
        # A role that loses its policies first leaves network interfaces behind, and they hold the security group.
        opts=owner.child(depends_on=policies),
    )
    spec = args.spec
    alarms = [*alarms_of_function(function.name, spec)]
    # What the clock calls counts no requests.
    if isinstance(spec, TriggeredFunctionSpec) and spec.every_minutes is None:
        alarms += alarms_on_failing("function", name, spec.failing, args.link)
    create_alarms(owner, alarms, here)
    return CreatedFunction(
        function=function,
        security_group=security_group,
        log_group=log_group,
        tenant_role=tenant_role,
        policies=policies,
        opened=[*opened, *link.needs],
    )


def _environment_key(args: FunctionArgs) -> pulumi.Input[str] | None:
    """The key of the function's variables, which must be of its region."""
    key = args.environment_key_arn
    return None if key is None else expect_region(key, args.here.region, "FunctionArgs.environment_key_arn")


def of_every_function() -> tuple[Statement, ...]:
    """What the code of any function may, and may not."""
    return (
        # The interfaces are Lambda's business: the code itself may not touch any.
        Statement(
            sid="NotByTheCode",
            effect="Deny",
            actions=NETWORK_ACTIONS,
            resources=("*",),
            conditions={"Null": {"lambda:SourceFunctionArn": "false"}},
        ),
        Statement(
            sid="BeTraced",
            actions=("xray:PutTelemetryRecords", "xray:PutTraceSegments"),
            resources=("*",),
            wildcard_reason="X-Ray has no resource for what it is sent",
        ),
    )


def _security_group(owner: Component, args: FunctionArgs) -> tuple[SecurityGroup, list[pulumi.Resource]]:
    """The group of the function, and the rules without which it cannot do its work."""
    name = owner.name
    group = SecurityGroup(
        name, SecurityGroupArgs(here=args.here, vpc_id=args.vpc_id, description=args.description), opts=owner.child()
    )
    opened: list[pulumi.Resource] = [group.allow_to_cidr("anywhere", ANYWHERE, port=HTTPS, description="HTTPS to AWS")]
    for opening in args.link.openings:
        opened += opening.security_group.allow_from(group, port=opening.port, description=opening.described_for(name))
    return group, opened


def alarms_of_function(function: pulumi.Input[str], spec: FunctionSpec) -> tuple[Alarm, ...]:
    """What to watch of a function of that name and size."""

    def metric(name: str, statistic: str) -> Metric:
        return Metric(namespace="AWS/Lambda", name=name, dimensions={"FunctionName": function}, statistic=statistic)

    return (
        Alarm(
            key="function-errors",
            description="Runs of the function end with an error, or take too long.",
            metric=metric("Errors", "Sum"),
            comparison="GreaterThanThreshold",
            threshold=0,
            evaluation_periods=1,
            missing_data="notBreaching",
        ),
        Alarm(
            key="function-throttles",
            description=f"The function is called faster than its {spec.concurrency} runs at once can follow.",
            metric=metric("Throttles", "Sum"),
            comparison="GreaterThanThreshold",
            threshold=0,
            missing_data="notBreaching",
        ),
        Alarm(
            key="function-duration",
            description=f"One run in a hundred takes {SLOW:.0%} of the {spec.timeout_seconds} s that it may.",
            metric=metric("Duration", "p99"),
            comparison="GreaterThanThreshold",
            threshold=spec.timeout_seconds * 1000 * SLOW,
            evaluation_periods=3,
            missing_data="notBreaching",
        ),
    )
