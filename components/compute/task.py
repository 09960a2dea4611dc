"""A hardened Fargate task definition with its roles and its log group."""

from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_aws import ecs

from ..base.component import Component, tags
from .container import ContainerArgs, Rights, hardened, refuse_long_name
from .service_spec import TaskSpec

STOP_TIMEOUT_SECONDS: Final = 60  # Fargate allows 120, and gives a spot task that much notice


@dataclass(frozen=True, kw_only=True)
class TaskArgs(ContainerArgs):
    """A task: a container (see `ContainerArgs` for its fields) and its size.

    Attributes:
        spec: How large it is, and its port.
    """

    spec: TaskSpec


class Task(Component):
    """A task of one container: no root user, no capabilities, no privilege, nothing writable but `/tmp`.

    Every change registers a new revision; old ones stay, since a failed deployment rolls back to the one before.

    Outputs: `definition_arn` (with revision); `task_role_arn`; `execution_role_arn`; `log_group_name`; `tenant_role`, None
    where it touches no tenant's data. `role_policies` and `link.needs` are what whatever runs the task waits for, and outlives.

    Raises:
        InvalidArgumentError: on a name that no service may have.
    """

    definition_arn: pulumi.Output[str]
    task_role_arn: pulumi.Output[str]
    execution_role_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    role_policies: list[pulumi.Resource]

    def __init__(self, name: str, args: TaskArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        refuse_long_name(args, name)
        super().__init__(name, opts)
        self.args = args
        spec, rights = args.spec, Rights(self, args)
        self.role_policies, self.link, self.tenant_role = rights.policies, rights.link, rights.tenant_role
        definition = ecs.TaskDefinition(
            name,
            region=args.here.region,
            # A family holds the revisions of one task: stable, and unique in the account and region.
            family=f"{pulumi.get_stack()}-{name}",
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(spec.cpu),
            memory=str(spec.memory),
            runtime_platform=ecs.TaskDefinitionRuntimePlatformArgs(
                operating_system_family="LINUX", cpu_architecture=spec.cpu_architecture
            ),
            task_role_arn=rights.task_role.arn,
            execution_role_arn=rights.execution_role.arn,
            container_definitions=pulumi.Output.json_dumps([_container(name, args, rights)]),
            volumes=[ecs.TaskDefinitionVolumeArgs(name="tmp")],
            # A deregistered revision cannot be rolled back to.
            skip_destroy=True,
            tags=tags(name),
            opts=self.child(),
        )
        self.definition_arn = definition.arn
        self.task_role_arn = rights.task_role.arn
        self.execution_role_arn = rights.execution_role.arn
        self.log_group_name = rights.log_group.name
        self.register_outputs({"definitionArn": self.definition_arn, "logGroupName": self.log_group_name})


def _container(name: str, args: TaskArgs, rights: Rights) -> dict[str, Any]:
    port = args.spec.port
    return {
        **hardened(name, args, rights),
        "name": name,
        "essential": True,
        "privileged": False,
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        "portMappings": [{"containerPort": port, "hostPort": port, "protocol": "tcp"}],
        "stopTimeout": STOP_TIMEOUT_SECONDS,
    }
