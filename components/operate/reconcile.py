"""The task that brings a stack and the world together after a failover: `up`, from an image in the same region."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_aws import ecs

from ..base import checks
from ..base.component import Component, tags
from ..base.errors import InvalidArgumentError
from ..base.statements import Statement
from ..compute.container import ContainerArgs, Start, hardened, refuse_long_name
from ..network.ports import ANYWHERE, HTTPS
from ..network.security_group import SecurityGroup, SecurityGroupArgs
from .reconcile_spec import ReconcileSpec

# Whoever starts a task may give it a command, but no entry point:
# docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerOverride.html
ENTRY_POINT: Final = ("/app/.venv/bin/python", "-m", "delivery.reconcile")


@dataclass(frozen=True, kw_only=True)
class ReconcileArgs(ContainerArgs):
    """A task (see `ContainerArgs` for what every container is told).

    Attributes:
        spec: How large it is.
        role_arn: The role that it runs in, `arn:aws:iam::<account>:role/<name>`. None that a stack makes can do what an `up`
            does: this one is the account's (docs/delivery.md), and may do what delivery/reconcile/changes.py allows.
        cluster_arn: A cluster of the same region that may use FARGATE.
        vpc_id: VPC of `subnet_ids`.
        subnet_ids: Subnets with a way to AWS.

    Raises:
        InvalidArgumentError: on what a container refuses, or a role that is none of the account's.
    """

    spec: ReconcileSpec
    role_arn: str
    cluster_arn: pulumi.Input[str]
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]

    def __post_init__(self) -> None:
        super().__post_init__()
        if expected := checks.role_arn(self.role_arn, self.here.account_id):
            raise InvalidArgumentError(self, "role_arn", self.role_arn, expected)


class Reconcile(Component):
    """A task definition and a way out; nothing runs until somebody starts it.

    Outputs: `facts`, how it is started: cluster, taskDefinition (its family: the newest revision is taken), subnets,
    securityGroups; `start`, what whoever starts it must be granted. That is a lot: who may start it may give it variables, and
    so do what its role may do.

    Raises:
        InvalidArgumentError: on a name that no service may have.
    """

    facts: Mapping[str, pulumi.Input[Any]]
    start: tuple[Statement, ...]

    def __init__(self, name: str, args: ReconcileArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        refuse_long_name(args, name)
        super().__init__(name, opts)
        self.args = args
        here, spec, started = args.here, args.spec, Start(self, args)
        group = SecurityGroup(
            f"{name}-task",
            SecurityGroupArgs(here=here, vpc_id=args.vpc_id, description=f"The task {name}"),
            opts=self.child(),
        )
        opened = [
            group.allow_to_cidr("anywhere", ANYWHERE, port=HTTPS, description="HTTPS to AWS, of which it reads everything"),
            *(
                rule
                for opening in args.link.openings
                for rule in opening.security_group.allow_from(group, port=opening.port, description=opening.described_for(name))
            ),
        ]
        definition = ecs.TaskDefinition(
            name,
            region=here.region,
            family=f"{pulumi.get_stack()}-{name}",
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(spec.cpu),
            memory=str(spec.memory),
            runtime_platform=ecs.TaskDefinitionRuntimePlatformArgs(
                operating_system_family="LINUX", cpu_architecture=spec.cpu_architecture
            ),
            task_role_arn=args.role_arn,
            execution_role_arn=started.execution_role.arn,
            container_definitions=pulumi.Output.json_dumps([_container(name, args, started)]),
            volumes=[ecs.TaskDefinitionVolumeArgs(name="tmp")],
            tags=tags(name),
            opts=self.child(depends_on=[*started.policies, *opened, *args.link.needs]),
        )
        self.facts = {
            "cluster": args.cluster_arn,
            "taskDefinition": definition.family,
            "subnets": [*args.subnet_ids],
            "securityGroups": [group.id],
        }
        family = f"arn:aws:ecs:{here.region}:{here.account_id}:task-definition/{pulumi.get_stack()}-{name}"
        self.start = (
            Statement(
                sid="StartReconcile",
                actions=("ecs:RunTask",),
                resources=(f"{family}:*",),
                conditions={"ArnEquals": {"ecs:cluster": args.cluster_arn}},
            ),
            Statement(
                sid="PassRolesOfReconcile",
                actions=("iam:PassRole",),
                resources=(args.role_arn, started.execution_role.arn),
                conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
            ),
        )
        self.register_outputs({"taskDefinition": definition.family})


def _container(name: str, args: ReconcileArgs, started: Start) -> dict[str, Any]:
    return {
        **hardened(name, args, started),
        "name": name,
        "essential": True,
        "privileged": False,
        "entryPoint": [*ENTRY_POINT],
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        # An `up` that is asked to stop ends the change that it is at, and gives the lock back.
        "stopTimeout": 120,
    }
