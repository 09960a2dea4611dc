"""What the functions of recovery may do: each no more than it calls."""

from typing import TYPE_CHECKING, Final

from ..base.statements import Statement, use_key
from ..base.telemetry import namespace
from ..data.heartbeat_function.beat import METRICS
from .recovery_statements import Switches

if TYPE_CHECKING:
    from .recovery import RecoveryArgs

Grants = dict[str, tuple[Statement, ...]]
"""Policies by what they are for."""
_NO_RESOURCE: Final = "AWS names no resource for it"


class Permissions:
    """What each function of a region may do, here and in the other region.

    Attributes:
        fence: Tell what the region consists of, and shut off this region or the other one.
        executor: Make this region the active one, and rehearse it.
        ready: Ask, and tell a metric.
    """

    fence: Grants
    executor: Grants
    ready: Grants

    def __init__(self, args: "RecoveryArgs", *, heartbeat_arn: str, executor_arn: str) -> None:
        """`args` are recovery's; the ARNs are those of the functions `heartbeat` and `recover`."""
        self._args, self._heartbeat, self._executor = args, heartbeat_arn, executor_arn
        here, other = args.here, args.other_region
        own, others = (
            Switches(
                here.inventory.switches,
                region=region,
                account_id=here.account_id,
                there=region == other,
                databases=args.identifiers,
            )
            for region in (here.region, other)
        )
        know = self._know()
        self.fence = {
            "here": (*own.turn(), *own.end_jobs()),
            "there": (*others.turn(), *others.end_jobs()),
            "know": know,
        }
        self.executor = {
            "here": (*own.turn(), *own.promote()),
            "rehearse": tuple(own.rehearse(args.database_key_arn)),
            "there": (*others.turn(), *others.end_jobs(), *own.look(), *others.look()),
            "know": (*know, *self._tell_people(), *(args.reconcile.start if args.reconcile else ())),
        }
        self.ready = {
            "look": (
                *own.ask(),
                *others.ask(),
                self._ask_without_resource(),
                *self._ask_more(),
                *args.table.read(),
                Statement(sid="AskHeartbeat", actions=("lambda:InvokeFunction",), resources=(heartbeat_arn,)),
            ),
            "stores": self._ask_of_stores(),
        }

    def _know(self) -> tuple[Statement, ...]:
        """What fence and executor have in common."""
        table, here, other = self._args.table, self._args.here, self._args.other_region
        heartbeats = (self._heartbeat, f"arn:aws:lambda:{other}:{here.account_id}:function:dataconnect-*-heartbeat")
        return (
            *table.write(whole_items=True),
            *table.read_there(other),
            self._ask_without_resource(),
            # RDS looks at a database's network in the name of whoever changes or copies it:
            # repost.aws/knowledge-center/rds-iam-least-privileges
            self._of_no_resource("AskNetworks", *(f"ec2:Describe{what}" for what in ("SecurityGroups", "Subnets", "Vpcs"))),
            Statement(sid="AskHeartbeats", actions=("lambda:InvokeFunction",), resources=heartbeats),
        )

    def _tell_people(self) -> tuple[Statement, ...]:
        here = self._args.here
        return (
            Statement(sid="TellPeople", actions=("sns:Publish",), resources=(here.alarms.topic_arn,)),
            use_key(self._args.alerts_key_arn, service="sns", region=here.region, write=True, sid="EncryptForPeople"),
        )

    def _ask_without_resource(self) -> Statement:
        """What can be asked of everything only, in two regions."""
        return self._of_no_resource(
            "Ask",
            "application-autoscaling:DescribeScalableTargets",
            "batch:DescribeJobQueues",
            "batch:ListJobs",
            "elasticloadbalancing:DescribeRules",
        )

    def _of_no_resource(self, sid: str, *actions: str) -> Statement:
        regions = [self._args.here.region, self._args.other_region]
        return Statement(
            sid=sid,
            actions=actions,
            resources=("*",),
            conditions={"StringEquals": {"aws:RequestedRegion": regions}},
            wildcard_reason=_NO_RESOURCE,
        )

    def _ask_more(self) -> tuple[Statement, ...]:
        """What readiness asks besides switches, in its own region; of images' descriptions in both."""
        return (
            # docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html and
            # list_elasticloadbalancing.html: neither knows a resource for these.
            self._of_no_resource("AskMore", "ecs:DescribeTaskDefinition", "elasticloadbalancing:DescribeListenerCertificates"),
            Statement(sid="Images", actions=("ecr:DescribeImages",), resources=(self._arn("ecr", "repository/*"),)),
            Statement(sid="Certificates", actions=("acm:DescribeCertificate",), resources=(self._arn("acm", "certificate/*"),)),
            Statement(
                sid="Quotas",
                actions=("servicequotas:GetServiceQuota",),
                resources=(self._arn("servicequotas", "fargate/L-3032A538"),),
            ),
            Statement(sid="Credentials", actions=("secretsmanager:DescribeSecret",), resources=self._args.credentials),
            Statement(
                sid="Executor",
                actions=("lambda:GetFunctionConfiguration",),
                resources=(self._executor, f"{self._executor}:*"),
            ),
            Statement(
                sid="Tell",
                actions=("cloudwatch:PutMetricData",),
                resources=("*",),
                conditions={"StringEquals": {"cloudwatch:namespace": namespace(METRICS)}},
                wildcard_reason=_NO_RESOURCE,
            ),
        )

    def _ask_of_stores(self) -> tuple[Statement, ...]:
        """Whether what is replicated is: tables of this region, buckets and the registry of the other one."""
        # Buckets are called after their stores, the other region's, too; by the first word, or a policy would grow with silos,
        # and change with the first of them.
        words = {store.name.partition("-")[0] for store in self._args.here.inventory.copied()} | {"silo"}
        return (
            Statement(sid="Tables", actions=("dynamodb:DescribeTable",), resources=(self._arn("dynamodb", "table/*"),)),
            Statement(
                sid="Buckets",
                actions=("s3:GetReplicationConfiguration",),
                resources=tuple(f"arn:aws:s3:::{word}-*" for word in sorted(words)),
                conditions={"StringEquals": {"aws:ResourceAccount": self._args.here.account_id}},
            ),
            self._of_no_resource("Registry", "ecr:DescribeRegistry"),
        )

    def _arn(self, service: str, rest: str) -> str:
        return f"arn:aws:{service}:{self._args.here.region}:{self._args.here.account_id}:{rest}"
