"""What every container of this house is told, be it a task of ECS or a job of Batch: its image, its rights, its log."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
from pulumi_aws import cloudwatch, iam

from ..base import checks
from ..base.arn import expect_region
from ..base.component import Component, tags
from ..base.errors import ComponentError, InvalidArgumentError
from ..base.here import Here
from ..base.links import Link
from ..base.log_group import create_log_group, write_logs
from ..base.statements import Statement, policy_json, service_trust_json
from ..base.tenant_role import add_tenant_role
from . import compute_checks

USER: Final = "10001:10001"  # any user and group but root; the number need not exist in the image

_DIGEST = rf"@{compute_checks.DIGEST}"
_IMAGE = r"\d{12}\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/[a-z0-9]+([._/-][a-z0-9]+)*" + _DIGEST
_VALUE_FROM = r"arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+(:[^:]*:[^:]*:[^:]*)?"

PULL_ACTIONS: Final = ("ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
SECRET_ACTIONS: Final = ("secretsmanager:GetSecretValue", "kms:Decrypt")

SCRATCH: Final = {"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False}  # noqa: S108 - in the container
"""The one place that a container may write to: a volume `tmp`, for as long as it runs."""


@dataclass(frozen=True, kw_only=True)
class ContainerArgs:
    """A container: what runs, and what it may touch.

    Attributes:
        here: Where it runs, and how its logs are kept.
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


class Start:
    """What ECS takes to start a container, as children of `owner`: its log group and the execution role.

    `link` is what it may use; `policies` and `link.needs` are what whatever runs the container must wait for, and outlive.

    Raises:
        InvalidArgumentError: on a name of the owner that is too long for physical names.
    """

    log_group: cloudwatch.LogGroup
    execution_role: iam.Role
    link: Link
    policies: list[pulumi.Resource]

    def __init__(self, owner: Component, args: ContainerArgs) -> None:
        self._owner, self._args = owner, args
        self.policies, self.link = [], args.link
        self.log_group = create_log_group(owner, owner.name, here=args.here)
        args.here.inventory.logs[owner.name] = self.log_group.name
        self.execution_role = self._role("execution", f"What ECS may do to start {owner.name}")
        self._grant("execution", self.execution_role, (*args.pull, *args.link.start_statements, write_logs(self.log_group)))

    def _role(self, part: str, description: str) -> iam.Role:
        name, here = f"{self._owner.name}-{part}", self._args.here
        return iam.Role(
            name,
            description=description,
            assume_role_policy=service_trust_json(
                "ecs-tasks.amazonaws.com",
                account_id=here.account_id,
                source_arn=f"arn:aws:ecs:{here.region}:{here.account_id}:*",
            ),
            tags=tags(name),
            opts=self._owner.child(),
        )

    def _grant(self, part: str, role: iam.Role, grants: Sequence[Statement]) -> None:
        if grants:
            name = f"{self._owner.name}-{part}-grants"
            policy = iam.RolePolicy(name, role=role.name, policy=policy_json(grants), opts=self._owner.child())
            self.policies.append(policy)


class Rights(Start):
    """The log group and the roles of a container, as children of `owner`.

    Besides `Start`: `task_role`, what its code may do; `tenant_role`, in which it touches the data of one tenant at a time,
    None where it touches none. `link` is what is left of what it may use once the tenant role has its part.

    Raises:
        InvalidArgumentError: on a name of the owner that is too long for physical names.
    """

    task_role: iam.Role
    tenant_role: iam.Role | None

    def __init__(self, owner: Component, args: ContainerArgs) -> None:
        super().__init__(owner, args)
        self.task_role = self._role("task", f"What {owner.name} may do")
        self.link, self.tenant_role = add_tenant_role(owner, here=args.here, taker_arn=self.task_role.arn, link=args.link)
        self._grant("task", self.task_role, self.link.statements)


def refuse_long_name(args: object, name: str) -> None:
    """Refuse a component's name that is too long for the physical names built from it.

    Raises:
        InvalidArgumentError: when it is.
    """
    if expected := checks.service_name(name):
        raise InvalidArgumentError(args, "name", name, expected)


def hardened(name: str, args: ContainerArgs, rights: Start) -> dict[str, Any]:
    """What a container definition of ECS and the container properties of Batch spell alike: no root user, a read-only root file
    system, nothing writable but `/tmp`, its variables, secrets and log."""
    region = args.here.region
    return {
        "image": args.image if isinstance(args.image, str) else pulumi.Output.from_input(args.image).apply(with_digest),
        "user": USER,
        "readonlyRootFilesystem": True,
        "mountPoints": [SCRATCH],
        # Sorted: the order of a mapping must not make a new revision.
        "environment": [{"name": key, "value": value} for key, value in sorted(rights.link.environment.items())],
        "secrets": [
            {"name": key, "valueFrom": expect_region(arn, region, f"secret {key} of {name}")}
            for key, arn in sorted(args.link.secrets.items())
        ],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": rights.log_group.name,
                "awslogs-region": region,
                "awslogs-stream-prefix": name,
                # A container must not hang because CloudWatch Logs is slow.
                "mode": "non-blocking",
                "max-buffer-size": "25m",
            },
        },
    }


def with_digest(image: str) -> str:
    """`image` itself, once it is known to be one by digest.

    Raises:
        ComponentError: when it is not.
    """
    if not re.search(_DIGEST + "$", image):
        raise ComponentError(f"image is {image!r}; expected one by digest, ending in @sha256:<64 hex digits>")
    return image
