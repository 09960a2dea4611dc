"""A hardened Fargate task definition with its roles and its log group."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
from pulumi_aws import ecs, iam

from ..base import checks
from ..base.arn import expect_region
from ..base.component import Component, tags
from ..base.errors import ComponentError, InvalidArgumentError
from ..base.here import Here
from ..base.links import Link
from ..base.log_group import create_log_group
from ..base.statements import Statement, policy_json, service_trust_json
from ..base.tenant_role import add_tenant_role
from . import compute_checks
from .service_spec import TaskSpec

USER: Final = "10001:10001"  # any user and group but root; the number need not exist in the image
STOP_TIMEOUT_SECONDS: Final = 60  # Fargate allows 120, and gives a spot task that much notice

_DIGEST = rf"@{compute_checks.DIGEST}"
_IMAGE = r"\d{12}\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/[a-z0-9]+([._/-][a-z0-9]+)*" + _DIGEST
_VALUE_FROM = r"arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+(:[^:]*:[^:]*:[^:]*)?"

PULL_ACTIONS: Final = ("ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
SECRET_ACTIONS: Final = ("secretsmanager:GetSecretValue", "kms:Decrypt")


@dataclass(frozen=True, kw_only=True)
class TaskArgs:
    """What runs, how large, and what it may touch.

    Attributes:
        here: Where it runs, and how its logs are kept.
        spec: How large it is, and its port.
        image: Image in a private ECR repository of the same region, by digest: `<registry>/<repository>@sha256:<64 hex
            digits>`. It runs as user 10001, on a read-only root file system; its Dockerfile makes `/tmp` writable for that user
            and says `VOLUME /tmp`, or the scratch volume belongs to root.
        pull: What pulling the image takes: `[pull_login(), *repository.pull()]`. Together with `link.start_statements` and the
            writing of logs, which is granted here, it is what ECS may do to start the task (the execution role).
        link: What it may use: what the code in the container may do (the task role), plain variables (names and values that
            look like secrets are refused), secrets by their ARN in the same region, or `<arn>:<JSON key>::` for one of a
            secret's fields, and what reading those takes. Nothing by default.

    Raises:
        InvalidArgumentError: on an image without a digest or of another region, a variable that looks like a secret or bears a
            name that no variable can have, a secret that is none, or permissions without which the task never starts.
    """

    here: Here
    spec: TaskSpec
    image: pulumi.Input[str]
    pull: Sequence[Statement]
    link: Link = field(default_factory=Link)

    def __post_init__(self) -> None:
        self._check_image()
        self._check_variables()
        self._check_start()

    def _check_image(self) -> None:
        if isinstance(self.image, str):
            found = re.fullmatch(_IMAGE, self.image)
            if not found or found["region"] != self.here.region:
                registry = f"<account>.dkr.ecr.{self.here.region}.amazonaws.com"
                raise InvalidArgumentError(self, "image", self.image, f"{registry}/<repository>@sha256:<64 hex digits>")

    def _check_variables(self) -> None:
        environment, secrets = self.link.environment, self.link.secrets
        for name, value in environment.items():
            if checks.variable_name(name) or (isinstance(value, str) and checks.credential(value)):
                raise InvalidArgumentError(
                    self, "link.environment", name, "a variable that holds no secret; name it in secrets"
                )
        for name, arn in secrets.items():
            if isinstance(arn, str) and not re.fullmatch(_VALUE_FROM, arn):
                expected = "the ARN of a Secrets Manager secret, or <arn>:<JSON key>:: for a field of it"
                raise InvalidArgumentError(self, "link.secrets", arn, expected)
            if name in environment:
                raise InvalidArgumentError(self, "link.secrets", name, "a name that environment has not taken")
        for name in (*environment, *secrets):
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
                where = "link.environment" if name in environment else "link.secrets"
                raise InvalidArgumentError(self, where, name, "letters, digits and underscores, not starting with a digit")

    def _check_start(self) -> None:
        self._check_actions("pull", self.pull, PULL_ACTIONS)
        if self.link.secrets:
            self._check_actions("link.start_statements", self.link.start_statements, SECRET_ACTIONS)

    def _check_actions(self, where: str, statements: Sequence[Statement], needed: tuple[str, ...]) -> None:
        granted = {action for statement in statements for action in statement.actions}
        if missing := [action for action in needed if action not in granted]:
            raise InvalidArgumentError(self, where, sorted(granted), f"also {', '.join(missing)}, or the task never starts")


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
        if expected := checks.service_name(name):
            raise InvalidArgumentError(args, "name", name, expected)
        super().__init__(name, opts)
        self.args = args
        spec, link = args.spec, args.link
        self.role_policies = []
        log_group = create_log_group(self, name, here=args.here)
        write_logs = Statement(
            sid="WriteLogs",
            actions=("logs:CreateLogStream", "logs:PutLogEvents"),
            resources=(pulumi.Output.concat(log_group.arn, ":*"),),
        )
        task_role = self._role("task", f"What {name} may do")
        self.link, self.tenant_role = add_tenant_role(self, here=args.here, taker_arn=task_role.arn, link=link)
        self._grant("task", task_role, self.link.statements)
        execution_role = self._role("execution", f"What ECS may do to start {name}")
        self._grant("execution", execution_role, (*args.pull, *link.start_statements, write_logs))
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
            task_role_arn=task_role.arn,
            execution_role_arn=execution_role.arn,
            container_definitions=pulumi.Output.json_dumps([_container(name, args, self.link.environment, log_group.name)]),
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

    def _role(self, part: str, description: str) -> iam.Role:
        name, here = f"{self.name}-{part}", self.args.here
        return iam.Role(
            name,
            description=description,
            assume_role_policy=service_trust_json(
                "ecs-tasks.amazonaws.com",
                account_id=here.account_id,
                source_arn=f"arn:aws:ecs:{here.region}:{here.account_id}:*",
            ),
            tags=tags(name),
            opts=self.child(),
        )

    def _grant(self, part: str, role: iam.Role, grants: Sequence[Statement]) -> None:
        if grants:
            name = f"{self.name}-{part}-grants"
            policy = iam.RolePolicy(name, role=role.name, policy=policy_json(grants), opts=self.child())
            self.role_policies.append(policy)


def _container(
    name: str, args: TaskArgs, environment: Mapping[str, pulumi.Input[str]], log_group: pulumi.Input[str]
) -> dict[str, Any]:
    region, port = args.here.region, args.spec.port
    return {
        "name": name,
        "image": args.image if isinstance(args.image, str) else pulumi.Output.from_input(args.image).apply(_with_digest),
        "essential": True,
        "user": USER,
        "privileged": False,
        "readonlyRootFilesystem": True,
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        "mountPoints": [{"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False}],  # noqa: S108 - in the container
        "portMappings": [{"containerPort": port, "hostPort": port, "protocol": "tcp"}],
        # Sorted: the order of a mapping must not make a new revision.
        "environment": [{"name": key, "value": value} for key, value in sorted(environment.items())],
        "secrets": [
            {"name": key, "valueFrom": expect_region(arn, region, f"secret {key} of {name}")}
            for key, arn in sorted(args.link.secrets.items())
        ],
        "stopTimeout": STOP_TIMEOUT_SECONDS,
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": log_group,
                "awslogs-region": region,
                "awslogs-stream-prefix": name,
                # A container must not hang because CloudWatch Logs is slow.
                "mode": "non-blocking",
                "max-buffer-size": "25m",
            },
        },
    }


def _with_digest(image: str) -> str:
    if not re.search(_DIGEST + "$", image):
        raise ComponentError(f"image is {image!r}; expected one by digest, ending in @sha256:<64 hex digits>")
    return image
