"""The domain in which logs are searched: its nodes, the function that configures it, and the one that fills it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pulumi
from pulumi_aws import cloudwatch, lambda_, s3

from ..base import checks
from ..base.alarms import create_alarms
from ..base.component import Component
from ..base.errors import InvalidArgumentError
from ..base.here import Here, Store
from ..base.links import Link, Opening
from ..base.statements import Statement, use_key
from ..base.telemetry import namespace
from ..compute.function import Function, FunctionArgs
from ..compute.function_package import digest, source_files
from ..compute.function_spec import FunctionSpec, TriggeredFunctionSpec
from ..data.bucket import Bucket
from ..messaging.log_delivery import PREFIX, expect_told_nobody
from ..messaging.queue import Queue, QueueArgs
from ..messaging.queue_spec import QueueSpec
from ..network.ports import HTTPS
from ..network.security_group import SecurityGroup, SecurityGroupArgs
from .domain import NAME, NAME_PATTERN, create_domain
from .log_alarms import alarms_of_logs
from .logs_spec import LogSearchSpec
from .search_access import configure_all, create_in_bulk

QUEUE: Final = "logs"
"""Its queue, which `dataconnect queue` knows by this name."""
ENDPOINT_VARIABLE: Final = "LOGS_ENDPOINT"
# Most of it for Dashboards, which begins later than its domain.
CONFIGURER: Final = FunctionSpec(memory_mib=256, timeout_seconds=300, concurrency=1)
# A copy at a time: one that cannot be written keeps no other back. docs/decisions/logs.md tells the figures.
SHIPPER: Final = TriggeredFunctionSpec(queue=QUEUE, memory_mib=512, timeout_seconds=120, concurrency=4, batch_size=1)
# Tried for a day, every 12 minutes; the dead letters after that are kept until two weeks are over.
WAITING: Final = QueueSpec(visibility_timeout_seconds=720, max_receives=120, retention_days=13, max_age_seconds=1800)

_FOLDERS: Final = ("logs_function", "search_function")
_PACKAGE: Final = "analytics"


@dataclass(frozen=True, kw_only=True)
class LogDomainArgs:
    """A log domain.

    Attributes:
        here: Where it is. What it logs itself is no part of what it is filled with: `logs_to` None.
        spec: Its nodes, and how long events can be searched.
        domain_name: Its physical name, 3 to 28 lower-case letters, digits and -, a letter first: statements name it before it
            is there, for the role that configures it must be its master user.
        archive: The bucket of the copies, that tells no one else of its objects.
        shipper: Files of the function that fills it: path in the package -> text.
        shipper_handler: The function that is called there.
        readers: ARNs of the account's roles that read, with Dashboards, too.
        vpc_id: VPC of the domain.
        subnet_ids: Subnets of its nodes, one in each of `spec.zones` zones or more: the data tier.
        function_subnet_ids: Subnets in two zones or more of both functions: the application tier.
        key_arn: Customer managed key of the `search` data class in the same region.
        queue_key_arn: That of the `messages` data class.
        environment_key_arn: That of the `secrets` data class.
        ways_to_aws: What functions take on their way: `Endpoints.link()` where there are interface endpoints; nothing by
            default.

    Raises:
        InvalidArgumentError: on a name that AWS refuses, fewer subnets than zones, an archive that others hear of, or logs of
            its own that come back to it.
    """

    here: Here
    spec: LogSearchSpec
    domain_name: str
    archive: Bucket
    shipper: Mapping[str, str]
    shipper_handler: str
    readers: Sequence[str]
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    function_subnet_ids: Sequence[pulumi.Input[str]]
    key_arn: pulumi.Input[str]
    queue_key_arn: pulumi.Input[str]
    environment_key_arn: pulumi.Input[str]
    ways_to_aws: Link = field(default_factory=Link)

    def __post_init__(self) -> None:
        if checks.pattern(self.domain_name, NAME_PATTERN, NAME):
            raise InvalidArgumentError(self, "domain_name", self.domain_name, NAME)
        if len(self.subnet_ids) < self.spec.zones:
            expected = f"{self.spec.zones} or more: spec.zones says so"
            raise InvalidArgumentError(self, "subnet_ids", f"{len(self.subnet_ids)} subnets", expected)
        expect_told_nobody(self, "archive", self.archive)
        if self.here.logs_to is not None:
            raise InvalidArgumentError(self, "here.logs_to", "a stream", "None: what fills it writes logs, too")


class LogDomain(Component):
    """An OpenSearch domain of logs, beside that of tenants: a flood of logs must not slow down their search, nor reach it.

    S3 tells the queue `logs` of each copy, and a function creates its events as documents, each once. It is not switched by
    recovery: the logs of a region are searched whichever is the active one.

    Outputs: `arn`; `endpoint`, its address; `function_name`, of what configures and asks it; `queue`; `shipper`.
    """

    arn: str
    endpoint: pulumi.Output[str]
    function_name: pulumi.Output[str]
    queue: Queue
    shipper: Function

    def __init__(self, name: str, args: LogDomainArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.args = args
        self._here = here = replace(args.here, switched=False, sleeps=False)
        self.arn = f"arn:aws:es:{here.region}:{here.account_id}:domain/{args.domain_name}"
        group = SecurityGroup(
            name, SecurityGroupArgs(here=here, vpc_id=args.vpc_id, description=f"Log domain {name}"), opts=self.child()
        )
        self._opening = Opening(security_group=group, port=HTTPS, what="OpenSearch for {workload}")
        configurer = self._configurer()
        domain = create_domain(
            self,
            here=here,
            spec=args.spec,
            domain_name=args.domain_name,
            arn=self.arn,
            security_group_id=group.id,
            subnet_ids=args.subnet_ids,
            key_arn=args.key_arn,
            master_arn=configurer.role_arn,
            # Dashboards asks so, and the shipper writes to several days at once; there are no tenants to keep apart.
            explicit_index=True,
            recovery="lost",
        )
        self.function_name = configurer.function_name
        self.endpoint = pulumi.Output.concat("https://", domain.endpoint)
        self.queue = Queue(
            QUEUE,
            QueueArgs(here=here, spec=WAITING, key_arn=args.queue_key_arn, bucket_arn=args.archive.arn),
            opts=self.child(),
        )
        self.shipper = self._shipper()
        lambda_.Invocation(
            f"{name}-configured",
            region=here.region,
            function_name=configurer.function_name,
            input=pulumi.Output.json_dumps(
                {
                    "endpoint": self.endpoint,
                    "region": here.region,
                    "configure": {
                        "days": args.spec.keep_days.indexes(),
                        "shippers": [self.shipper.role_arn],
                        "readers": [*args.readers],
                        "replicas": args.spec.replicas,
                    },
                }
            ),
            # Other code may configure otherwise, and a domain that was made anew knows nothing.
            triggers={"code": digest(source()), "domain": domain.domain_id},
            opts=self.child(depends_on=configurer.opened),
        )
        s3.BucketNotification(
            f"{name}-copies",
            region=here.region,
            bucket=args.archive.bucket_name,
            # Its address is known once S3 may send there, which S3 tries at once.
            queues=[
                s3.BucketNotificationQueueArgs(
                    queue_arn=pulumi.Output.all(self.queue.arn, self.queue.url).apply(lambda known: known[0]),
                    events=["s3:ObjectCreated:*"],
                    filter_prefix=PREFIX,
                )
            ],
            opts=self.child(),
        )
        self._count_quarantined()
        create_alarms(self, alarms_of_logs(name, domain.domain_name, here.account_id, args.spec), here)
        loss = "the search of the region's logs; while the region is there, it is filled again from their copies"
        here.inventory.stores.append(Store(name=name, arn=domain.arn, recovery="lost", loss=loss))
        self.register_outputs({"arn": self.arn, "endpoint": self.endpoint})

    def _configurer(self) -> Function:
        args = self.args
        return Function(
            f"{self.name}-configurer",
            FunctionArgs(
                here=self._here,
                spec=CONFIGURER,
                description=f"Configures the log domain {self.name}",
                source=source(),
                handler=f"{_PACKAGE}.logs_function.handler.handle",
                vpc_id=args.vpc_id,
                subnet_ids=args.function_subnet_ids,
                link=self._link(configure_all(self.arn)),
            ),
            opts=self.child(),
        )

    def _shipper(self) -> Function:
        args = self.args
        consuming = self.queue.link("consume")
        read = Statement(
            sid="ReadCopies", actions=("s3:GetObject",), resources=(pulumi.Output.concat(args.archive.arn, f"/{PREFIX}*"),)
        )
        # Without it, S3 answers for a copy that is not there any more that it is forbidden.
        known = Statement(sid="WhichCopies", actions=("s3:ListBucket",), resources=(args.archive.arn,))
        key = use_key(args.archive.args.key_arn, service="s3", region=self._here.region, sid="DecryptCopies")
        link = self._link(create_in_bulk("ShipLogs", self.arn), read, known, key, *consuming.statements)
        return Function(
            f"{self.name}-shipper",
            FunctionArgs(
                here=self._here,
                spec=SHIPPER,
                description=f"Fills the log domain {self.name}",
                source=args.shipper,
                handler=args.shipper_handler,
                vpc_id=args.vpc_id,
                subnet_ids=args.function_subnet_ids,
                link=replace(link, environment={ENDPOINT_VARIABLE: self.endpoint}),
                environment_key_arn=args.environment_key_arn,
                queue=self.queue,
            ),
            opts=self.child(),
        )

    def _link(self, *statements: Statement) -> Link:
        ways = self.args.ways_to_aws
        return replace(ways, statements=(*ways.statements, *statements), openings=(self._opening, *ways.openings))

    def _count_quarantined(self) -> None:
        cloudwatch.LogMetricFilter(
            f"{self.name}-quarantined",
            region=self._here.region,
            log_group_name=self.shipper.log_group_name,
            pattern="{ $.quarantined > 0 }",
            metric_transformation=cloudwatch.LogMetricFilterMetricTransformationArgs(
                namespace=namespace(), name=f"{self.name}-quarantined", value="$.quarantined", unit="Count"
            ),
            opts=self.child(),
        )


def source() -> dict[str, str]:
    """The code of the function that configures, with what it shares with that of the search domain."""
    folder = Path(__file__).parent
    found = (source_files(folder / each, f"{_PACKAGE}/{each}") for each in _FOLDERS)
    return {path: text for files in found for path, text in files.items()}
