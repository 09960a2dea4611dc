"""A hardened Fargate task definition with its roles and its log group."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

import pulumi
from pulumi_aws import ecs, iam

from components import checks
from components.arn import expect_region
from components.component import Component, InvalidArgumentError, tags
from components.log_group import create_log_group
from components.permissions import Statement, policy_json, service_trust_json

CpuArchitecture = Literal["ARM64", "X86_64"]

USER: Final = "10001:10001"  # any user and group but root; the number need not exist in the image
STOP_TIMEOUT_SECONDS: Final = 60  # Fargate allows 120, and gives a spot task that much notice

_DIGEST = r"@sha256:[0-9a-f]{64}"
_IMAGE = r"\d{12}\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/[a-z0-9]+([._/-][a-z0-9]+)*" + _DIGEST
_VALUE_FROM = r"arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+(:[^:]*:[^:]*:[^:]*)?"
_SENSITIVE_NAME = r"(?i).*(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIALS?)"

PULL_ACTIONS: Final = ("ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
SECRET_ACTIONS: Final = ("secretsmanager:GetSecretValue", "kms:Decrypt")


@dataclass(frozen=True, kw_only=True)
class TaskArgs:
    """What runs, how large, and what it may touch.

    Attributes:
        region: AWS region, e.g. `us-east-2`.
        account_id: Account of the task.
        image: Image in a private ECR repository of `region`, by digest: `<registry>/<repository>@sha256:<64 hex digits>`. It
            runs as user 10001, on a read-only root file system; its Dockerfile makes `/tmp` writable for that user and says
            `VOLUME /tmp`, or the scratch volume belongs to root.
        cpu: CPU units, 1024 = 1 vCPU; one that Fargate sells (256 to 16384).
        memory: MiB; one that Fargate sells with `cpu`.
        cpu_architecture: What the image is built for: `ARM64` (the default, a fifth cheaper) or `X86_64`.
        port: TCP port that the container listens on, 1024 or more: without capabilities it can bind no lower one.
        environment: Plain variables. Names and values that look like secrets are refused.
        secrets: Variable name -> ARN of a Secrets Manager secret of `region`, or `<arn>:<JSON key>::` for one of its fields.
        grants: What the code in the container may do (the task role).
        execution_grants: What ECS needs to start it (the execution role): pull the image and read `secrets`. Writing its logs
            is granted here.
        log_key_arn: Customer managed key of the log group.
        log_retention_days: Days to keep logs; one of the values of CloudWatch PutRetentionPolicy.
        protect: Stop a plan that would delete the logs; true by default.
    """

    region: str
    account_id: str
    image: pulumi.Input[str]
    cpu: int
    memory: int
    port: int
    execution_grants: Sequence[Statement]
    log_key_arn: pulumi.Input[str]
    log_retention_days: int
    cpu_architecture: CpuArchitecture = "ARM64"
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    secrets: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    grants: Sequence[Statement] = ()
    protect: bool = True

    def __post_init__(self) -> None:
        if expected := checks.fargate_cpu(self.cpu):
            raise InvalidArgumentError(self, "cpu", self.cpu, expected)
        if expected := checks.fargate_memory(self.cpu, self.memory):
            raise InvalidArgumentError(self, "memory", self.memory, expected)
        if self.cpu_architecture not in get_args(CpuArchitecture):
            raise InvalidArgumentError(self, "cpu_architecture", self.cpu_architecture, "ARM64 or X86_64")
        if expected := checks.between(self.port, 1024, 65535):
            raise InvalidArgumentError(self, "port", self.port, expected)
        if expected := checks.log_retention(self.log_retention_days):
            raise InvalidArgumentError(self, "log_retention_days", self.log_retention_days, expected)
        self._check_image()
        self._check_variables()
        self._check_execution_grants()

    def _check_image(self) -> None:
        if isinstance(self.image, str):
            found = re.fullmatch(_IMAGE, self.image)
            if not found or found["region"] != self.region:
                registry = f"<account>.dkr.ecr.{self.region}.amazonaws.com"
                raise InvalidArgumentError(self, "image", self.image, f"{registry}/<repository>@sha256:<64 hex digits>")

    def _check_variables(self) -> None:
        for name, value in self.environment.items():
            if re.fullmatch(_SENSITIVE_NAME, name) or (isinstance(value, str) and checks.credential(value)):
                raise InvalidArgumentError(self, "environment", name, "a variable that holds no secret; name it in secrets")
        for name, arn in self.secrets.items():
            if isinstance(arn, str) and not re.fullmatch(_VALUE_FROM, arn):
                expected = "the ARN of a Secrets Manager secret, or <arn>:<JSON key>:: for a field of it"
                raise InvalidArgumentError(self, "secrets", arn, expected)
            if name in self.environment:
                raise InvalidArgumentError(self, "secrets", name, "a name that environment has not taken")
        for name in (*self.environment, *self.secrets):
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
                where = "environment" if name in self.environment else "secrets"
                raise InvalidArgumentError(self, where, name, "letters, digits and underscores, not starting with a digit")

    def _check_execution_grants(self) -> None:
        granted = {action for statement in self.execution_grants for action in statement.actions}
        needed = (*PULL_ACTIONS, *(SECRET_ACTIONS if self.secrets else ()))
        if missing := [action for action in needed if action not in granted]:
            expected = f"also {', '.join(missing)}, or the task never starts"
            raise InvalidArgumentError(self, "execution_grants", sorted(granted), expected)


class Task(Component):
    """A task of one container: no root user, no capabilities, no privilege, nothing writable but `/tmp`.

    Every change registers a new revision; old ones stay, since a failed deployment rolls back to the one before.

    Outputs: `definition_arn` (with revision); `task_role_arn`; `execution_role_arn`; `log_group_name`. `role_policies` are the
    permissions that whatever runs the task must wait for, and outlive.
    """

    definition_arn: pulumi.Output[str]
    task_role_arn: pulumi.Output[str]
    execution_role_arn: pulumi.Output[str]
    log_group_name: pulumi.Output[str]
    role_policies: list[pulumi.Resource]

    def __init__(self, name: str, args: TaskArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if expected := checks.service_name(name):
            raise InvalidArgumentError(args, "name", name, expected)
        super().__init__(name, opts)
        self.args = args
        self.role_policies = []
        log_group = create_log_group(
            self,
            name,
            region=args.region,
            key_arn=args.log_key_arn,
            retention_days=args.log_retention_days,
            protect=args.protect,
        )
        write_logs = Statement(
            sid="WriteLogs",
            actions=("logs:CreateLogStream", "logs:PutLogEvents"),
            resources=(pulumi.Output.concat(log_group.arn, ":*"),),
        )
        task_role = self._role("task", f"What {name} may do", args.grants)
        execution_role = self._role("execution", f"What ECS may do to start {name}", (*args.execution_grants, write_logs))
        definition = ecs.TaskDefinition(
            name,
            region=args.region,
            # A family holds the revisions of one task: stable, and unique in the account and region.
            family=f"{pulumi.get_stack()}-{name}",
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(args.cpu),
            memory=str(args.memory),
            runtime_platform=ecs.TaskDefinitionRuntimePlatformArgs(
                operating_system_family="LINUX", cpu_architecture=args.cpu_architecture
            ),
            task_role_arn=task_role.arn,
            execution_role_arn=execution_role.arn,
            container_definitions=pulumi.Output.json_dumps([_container(name, args, log_group.name)]),
            volumes=[ecs.TaskDefinitionVolumeArgs(name="tmp")],
            # A deregistered revision cannot be rolled back to.
            skip_destroy=True,
            tags=tags(name),
            opts=self.child(),
        )
        self.definition_arn = definition.arn
        self.task_role_arn = task_role.arn
        self.execution_role_arn = execution_role.arn
        self.log_group_name = log_group.name
        self.register_outputs({"definitionArn": self.definition_arn, "logGroupName": self.log_group_name})

    def _role(self, part: str, description: str, grants: Sequence[Statement]) -> iam.Role:
        name = f"{self.name}-{part}"
        role = iam.Role(
            name,
            description=description,
            assume_role_policy=service_trust_json(
                "ecs-tasks.amazonaws.com",
                account_id=self.args.account_id,
                source_arn=f"arn:aws:ecs:{self.args.region}:{self.args.account_id}:*",
            ),
            tags=tags(name),
            opts=self.child(),
        )
        if grants:
            policy = iam.RolePolicy(f"{name}-grants", role=role.name, policy=policy_json(grants), opts=self.child())
            self.role_policies.append(policy)
        return role


def _container(name: str, args: TaskArgs, log_group: pulumi.Input[str]) -> dict[str, Any]:
    return {
        "name": name,
        "image": args.image if isinstance(args.image, str) else pulumi.Output.from_input(args.image).apply(_with_digest),
        "essential": True,
        "user": USER,
        "privileged": False,
        "readonlyRootFilesystem": True,
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        "mountPoints": [{"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False}],  # noqa: S108 - in the container
        "portMappings": [{"containerPort": args.port, "hostPort": args.port, "protocol": "tcp"}],
        # Sorted: the order of a mapping must not make a new revision.
        "environment": [{"name": key, "value": value} for key, value in sorted(args.environment.items())],
        "secrets": [
            {"name": key, "valueFrom": expect_region(arn, args.region, f"secret {key} of {name}")}
            for key, arn in sorted(args.secrets.items())
        ],
        "stopTimeout": STOP_TIMEOUT_SECONDS,
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": log_group,
                "awslogs-region": args.region,
                "awslogs-stream-prefix": name,
                # A container must not hang because CloudWatch Logs is slow.
                "mode": "non-blocking",
                "max-buffer-size": "25m",
            },
        },
    }


def _with_digest(image: str) -> str:
    if not re.search(_DIGEST + "$", image):
        raise ValueError(f"image is {image!r}; expected one by digest, ending in @sha256:<64 hex digits>")
    return image
