"""The passwords of the cache's users: a secret each, made and changed by a function, so that no plan and no state has one."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pulumi
from pulumi_aws import lambda_, secretsmanager

from ..base.component import Component, tags
from ..base.errors import ComponentError, InvalidArgumentError
from ..base.here import Here, Store
from ..base.links import Link, Opening
from ..base.statements import Statement, sid, use_key
from ..compute.function import FunctionArgs, create_function
from ..compute.function_package import digest, source_files
from ..compute.function_spec import FunctionSpec
from .cache import Cache
from .secret import RECOVERY_WINDOW_DAYS, read_secret

# ElastiCache may take minutes for a user; Secrets Manager tries a step again that took too long.
TIMEOUT_SECONDS: Final = 600
MEMORY_MIB: Final = 256
# Rotations of several users come due together, and below ten runs at once they may be throttled:
# docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html. A secret has one rotation at a time.
AT_ONCE: Final = 10
_SOURCE: Final = Path(__file__).with_name("cache_function")
_PACKAGE: Final = "cache_function"


@dataclass(frozen=True, kw_only=True)
class CachePasswordsArgs:
    """The passwords of a cache's users.

    Attributes:
        here: Where the cache is. With its feature `keep_deleted` a deleted secret can be restored for 30 days.
        cache: The cache.
        key_arn: Customer managed key of the `secrets` data class in the same region.
        vpc_id: VPC of the cache.
        subnet_ids: Subnets in two zones or more, with a way to Secrets Manager and ElastiCache: the application tier.
        ways_to_aws: What that way takes: `Endpoints.link()` where there are interface endpoints; nothing by default.

    Raises:
        InvalidArgumentError: on fewer than two subnets.
    """

    here: Here
    cache: Cache
    key_arn: pulumi.Input[str]
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    ways_to_aws: Link = field(default_factory=Link)

    def __post_init__(self) -> None:
        if len(self.subnet_ids) < 2:
            raise InvalidArgumentError(self, "subnet_ids", self.subnet_ids, "subnets in at least two zones")


class CachePasswords(Component):
    """A secret for each user of the cache, which the deployment fills and Secrets Manager rotates.

    A Lambda function (`cache_function`) generates the passwords: none is ever in Pulumi's state. A rotation leaves the old
    password open beside the new one until the next rotation, so that who has read it goes on; a leaked one is shut out by
    rotating twice (`dataconnect cache rotate --twice`).

    Outputs: `function_name`; `secrets`, workload -> ARN of its secret.
    """

    function_name: pulumi.Output[str]
    secrets: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: CachePasswordsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        here, cache = args.here, args.cache
        made = {workload: self._secret(workload) for workload in cache.users}
        self.secrets = {workload: secret.arn for workload, secret in made.items()}
        created = create_function(
            self,
            FunctionArgs(
                here=here,
                spec=FunctionSpec(memory_mib=MEMORY_MIB, timeout_seconds=TIMEOUT_SECONDS, concurrency=AT_ONCE),
                description=f"Keeps the passwords of {cache.name}",
                source=source(),
                handler=f"{_PACKAGE}.handler.handle",
                vpc_id=args.vpc_id,
                subnet_ids=args.subnet_ids,
                environment_key_arn=args.key_arn,
                link=self._what_it_uses(),
            ),
        )
        self.function_name = created.function.name
        self._made = lambda_.Invocation(
            name,
            region=here.region,
            function_name=created.function.name,
            input=pulumi.Output.json_dumps(
                {"users": {each: {"user_id": cache.users[each], "secret": arn} for each, arn in self.secrets.items()}}
            ),
            # Other code may make them otherwise, and another cache or another user has none.
            triggers={"code": digest(source()), "cache": cache.arn},
            opts=self.child(depends_on=[*created.opened, cache.group]),
        )
        for workload, secret in made.items():
            self._rotate(workload, secret, created.function)
        # What asks for the address waits until whoever has a password may use it.
        self._environment = {
            "CACHE_HOST": cache.address,
            "CACHE_READER_HOST": cache.reader_address,
            "CACHE_PORT": str(cache.port),
            "CACHE_REPLICAS": str(cache.args.spec.nodes - 1),
        }
        self.register_outputs({"functionName": self.function_name})

    def link(self, space: str, verb: str, path: str = "", workload: str = "") -> Link:  # noqa: ARG002 - a space as a whole
        """Use a space of the cache as the workload's own user: keys that begin with `<space>:`.

        `CACHE_HOST` (the primary), `CACHE_READER_HOST`, `CACHE_PORT`, `CACHE_REPLICAS` (how many there are) and `CACHE_USER`
        tell where. `CACHE_LOGIN_ARN` is the ARN of the secret, which the workload reads itself when it connects, and again when
        its password is refused.

        Raises:
            ComponentError: on a workload that has no user, or does not use the space so.
        """
        args, cache = self.args, self.args.cache
        if workload not in self.secrets:
            known = ", ".join(self.secrets) or "none"
            raise ComponentError(f"{workload} has no user in {cache.name}; expected one of {known}")
        if verb not in cache.args.workloads[workload].get(space, ()):
            raise ComponentError(f"{workload} may not {verb} {space} in {cache.name}; expected workloads to say so")
        arn = self.secrets[workload]
        return Link(
            statements=read_secret(f"{cache.name}-{workload}", arn, key_arn=args.key_arn, region=args.here.region),
            environment={**self._environment, "CACHE_USER": workload, "CACHE_LOGIN_ARN": arn},
            openings=(self._opening,),
            needs=(self._made,),
        )

    @property
    def _opening(self) -> Opening:
        cache = self.args.cache
        return Opening(security_group=cache.security_group, port=cache.port, what="Valkey for {workload}")

    def _secret(self, workload: str) -> secretsmanager.Secret:
        args, here = self.args, self.args.here
        name = f"{self.name}-{workload}"
        secret = secretsmanager.Secret(
            name,
            region=here.region,
            description=f"Password of {workload} in {args.cache.name}",
            kms_key_id=args.key_arn,
            recovery_window_in_days=RECOVERY_WINDOW_DAYS if here.features.keep_deleted else 0,
            tags=tags(name, data_classification="restricted", recovery="rebuilt"),
            opts=self.child(protect=here.protect),
        )
        loss = "nothing: another region's cache has users and passwords of its own"
        here.inventory.stores.append(Store(name=name, arn=secret.arn, recovery="rebuilt", loss=loss))
        return secret

    def _rotate(self, workload: str, secret: secretsmanager.Secret, function: lambda_.Function) -> None:
        args, here = self.args, self.args.here
        name = f"{self.name}-{workload}"
        allowed = lambda_.Permission(
            name,
            region=here.region,
            function=function.name,
            action="lambda:InvokeFunction",
            principal="secretsmanager.amazonaws.com",
            source_arn=secret.arn,
            opts=self.child(),
        )
        secretsmanager.SecretRotation(
            name,
            region=here.region,
            secret_id=secret.arn,
            rotation_lambda_arn=function.arn,
            # Not at once: the deployment has just made the password, and who waits for it would read the one before.
            rotate_immediately=False,
            rotation_rules=secretsmanager.SecretRotationRotationRulesArgs(
                automatically_after_days=args.cache.args.spec.rotation_days
            ),
            opts=self.child(depends_on=[allowed, self._made]),
        )

    def _what_it_uses(self) -> Link:
        cache, ways = self.args.cache, self.args.ways_to_aws
        return replace(
            ways,
            statements=(*ways.statements, *self._statements()),
            environment={**ways.environment, "CACHE_HOST": cache.address, "CACHE_PORT": str(cache.port)},
            openings=(self._opening, *ways.openings),
        )

    def _statements(self) -> tuple[Statement, ...]:
        args, here, cache = self.args, self.args.here, self.args.cache
        arns = tuple(self.secrets.values())
        if not arns:
            return ()  # nobody has a user: IAM refuses a statement without resources
        users = tuple(f"arn:aws:elasticache:{here.region}:{here.account_id}:user:{user}" for user in cache.users.values())
        return (
            Statement(sid="ChangePasswords", actions=("elasticache:DescribeUsers", "elasticache:ModifyUser"), resources=users),
            Statement(
                sid=sid("keep", "secrets"),
                actions=(
                    *("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"),
                    *("secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"),
                ),
                resources=arns,
            ),
            use_key(args.key_arn, service="secretsmanager", region=here.region, write=True, sid="UseSecretsKey"),
        )


def source() -> dict[str, str]:
    """The function's code."""
    return source_files(_SOURCE, _PACKAGE)
