"""How IAM names what recovery turns: the switches of its own region, exactly, and those of the other one, by name.

A stack knows its own switches' ARNs. Of the other stack it knows the names only, most of which are the same there: what Pulumi
names is called `<name>-<seven characters>`.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import pulumi

from ..base.here import Switch, SwitchKind
from ..base.statements import Condition, Statement
from ..base.tenants import OWN_ALIAS

DIMENSION: Final = "ecs:service:DesiredCount"

Arns = tuple[pulumi.Input[str], ...]


class Switches:
    """The switches of a region, as IAM names them.

    Attributes:
        region: The region.
        account_id: The account of both regions.
    """

    def __init__(
        self, switches: Sequence[Switch], *, region: str, account_id: str, there: bool, databases: Sequence[str]
    ) -> None:
        """`switches` are this stack's; with `there` the other's are meant. `databases` fits the identifiers of both."""
        self.region, self.account_id = region, account_id
        self._switches, self._there, self._databases = switches, there, databases
        self._sid = "There" if there else "Here"

    def turn(self) -> Iterator[Statement]:
        """Ask what each is at, and turn it."""
        yield from self._services()
        yield from self._mappings()
        yield from self._schedules()
        queues = [
            self._arn("batch", f"job-queue/{each.name}-*") if self._there else each.facts["arn"]
            for each in self._of("job-queue")
        ]
        yield from self._single("job-queue", "JobQueues", ("batch:UpdateJobQueue",), tuple(queues))
        yield from self._single(
            "rule", "Rules", ("events:DescribeRule", "events:DisableRule", "events:EnableRule"), self._rule_arns()
        )
        yield from self._single(
            "database", "Databases", ("rds:DescribeDBInstances", "rds:ModifyDBInstance"), self.database_arns()
        )
        yield from self._listener_rules()

    def ask(self) -> Iterator[Statement]:
        """Ask what each is at."""
        yield from self._single("service", "Services", ("ecs:DescribeServices",), self._service_arns())
        yield from self._single(
            "mapping", "Mappings", ("lambda:GetEventSourceMapping",), (self._arn("lambda", "event-source-mapping:*"),)
        )
        yield from self._single("schedule", "Schedules", ("scheduler:GetSchedule",), self._schedule_arns())
        yield from self._single("rule", "Rules", ("events:DescribeRule",), self._rule_arns())
        yield from self._single("database", "Databases", ("rds:DescribeDBInstances",), self.database_arns())

    def look(self) -> Iterator[Statement]:
        """Ask what waits in the queues."""
        yield from self._single("queue", "Queues", ("sqs:GetQueueAttributes",), self._queues())

    def promote(self) -> Iterator[Statement]:
        """Promote the databases."""
        yield from self._single("database", "Promote", ("rds:PromoteReadReplica",), self.database_arns())

    def rehearse(self, key_arn: pulumi.Input[str]) -> Iterator[Statement]:
        """Copy the databases here, and delete the copies, which alone are called so."""
        copies = tuple(self._arn("rds", f"db:{each}-rehearsal") for each in self._databases)
        yield from self._single("database", "DeleteCopy", ("rds:AddTagsToResource", "rds:DeleteDBInstance"), copies)
        # docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html: CreateDBInstanceReadReplica
        kinds = tuple(self._arn("rds", f"{kind}:*") for kind in ("og", "pg", "subgrp"))
        yield from self._single("database", "Copy", ("rds:CreateDBInstanceReadReplica",), (*self.database_arns(), *kinds))
        # RDS uses the key in the name of whoever copies, and a silo's database is under its tenant's own key:
        # docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html
        own: Condition = {"ForAnyValue:StringLike": {"kms:ResourceAliases": f"{OWN_ALIAS}*"}}
        yield from self._lend_key("OfCopy", key_arn, {})
        yield from self._lend_key("OfTenantsCopy", self._arn("kms", "key/*"), own)

    def end_jobs(self) -> Iterator[Statement]:
        """End the jobs that are not over."""
        # docs.aws.amazon.com/service-authorization/latest/reference/list_awsbatch.html: by the job, whose id is AWS's own
        yield from self._single("job-queue", "Jobs", ("batch:TerminateJob",), (self._arn("batch", "job/*"),))

    def database_arns(self) -> Arns:
        """The instances, by their identifiers: a tenant that gets one of its own changes no policy."""
        return tuple(self._arn("rds", f"db:{each}") for each in self._databases)

    def _lend_key(self, which: str, key_arn: pulumi.Input[str], more: Condition) -> Iterator[Statement]:
        via = {"kms:ViaService": f"rds.{self.region}.amazonaws.com"}
        lends: Condition = {"StringEquals": via, "Bool": {"kms:GrantIsForAWSResource": "true"}, **more}
        yield self._allow(f"Key{which}", ("kms:CreateGrant",), (key_arn,), lends)
        yield self._allow(f"LookAtKey{which}", ("kms:DescribeKey",), (key_arn,), {"StringEquals": via, **more})

    def _services(self) -> Iterator[Statement]:
        if not self._of("service"):
            return
        yield self._allow("Services", ("ecs:DescribeServices", "ecs:UpdateService"), self._service_arns())
        yield self._allow(
            "Scaling",
            ("application-autoscaling:RegisterScalableTarget",),
            # Its id is AWS's own.
            (self._arn("application-autoscaling", "scalable-target/*"),),
            {
                "StringEquals": {
                    "application-autoscaling:service-namespace": "ecs",
                    "application-autoscaling:scalable-dimension": DIMENSION,
                }
            },
        )

    def _mappings(self) -> Iterator[Statement]:
        if mappings := self._of("mapping"):
            names = [f"{switch.name}-*" if self._there else switch.facts["function"] for switch in mappings]
            functions = [self._arn("lambda", pulumi.Output.concat("function:", name)) for name in names]
            yield self._allow(
                "Mappings",
                ("lambda:GetEventSourceMapping", "lambda:UpdateEventSourceMapping"),
                (self._arn("lambda", "event-source-mapping:*"),),
                {"ArnLike": {"lambda:FunctionArn": functions}},
            )

    def _schedules(self) -> Iterator[Statement]:
        if not self._of("schedule"):
            return
        yield self._allow("Schedules", ("scheduler:GetSchedule", "scheduler:UpdateSchedule"), self._schedule_arns())
        if self._there:
            # An update names the role again. Roles are of no region: once for both.
            yield Statement(
                sid="ScheduleWithTheRoleItHas",
                actions=("iam:PassRole",),
                resources=tuple(f"arn:aws:iam::{self.account_id}:role/{name}-role-*" for name in self._kinds("schedule")),
                conditions={"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
            )

    def _service_arns(self) -> Arns:
        return tuple(
            self._arn("ecs", f"service/*/{switch.name}-*")
            if self._there
            else self._arn("ecs", pulumi.Output.concat("service/", switch.facts["cluster"], "/", switch.facts["service"]))
            for switch in self._of("service")
        )

    def _schedule_arns(self) -> Arns:
        if self._there:
            return tuple(self._arn("scheduler", f"schedule/{name}-*/{name}-*") for name in self._kinds("schedule"))
        return tuple(
            self._arn("scheduler", pulumi.Output.concat("schedule/", switch.facts["group"], "/", switch.facts["schedule"]))
            for switch in self._of("schedule")
        )

    def _rule_arns(self) -> Arns:
        names = (
            [f"{name}-*" for name in self._kinds("rule")] if self._there else [each.facts["rule"] for each in self._of("rule")]
        )
        return tuple(self._arn("events", pulumi.Output.concat("rule/", name)) for name in names)

    def _kinds(self, kind: SwitchKind) -> list[str]:
        """Patterns by the last word of names, `*-clock`: the other stack may have more than this one, but no others."""
        return sorted({f"*-{switch.name.rpartition('-')[2]}" for switch in self._of(kind)})

    def _listener_rules(self) -> Iterator[Statement]:
        if not (rules := [*self._of("gate"), *self._of("latch")]):
            return
        if self._there:
            names = sorted({switch.name for switch in rules})
            arns: Arns = tuple(self._arn("elasticloadbalancing", f"listener-rule/app/{name}-*/*/*/*") for name in names)
            # Not the other rules of that load balancer.
            tags = [f"{name}-{rule}" for name in names for rule in ("active", "closed")]
            yield self._allow(
                "Gates", ("elasticloadbalancing:ModifyRule",), arns, {"StringEquals": {"aws:ResourceTag/Name": tags}}
            )
        else:
            yield self._allow("Gates", ("elasticloadbalancing:ModifyRule",), tuple(switch.facts["rule"] for switch in rules))

    def _queues(self) -> Arns:
        if self._there:
            return tuple(self._arn("sqs", f"{switch.name}-*") for switch in self._of("queue"))
        urls = [pulumi.Output.from_input(switch.facts["url"]) for switch in self._of("queue")]
        return tuple(self._arn("sqs", url.apply(lambda text: text.rpartition("/")[2])) for url in urls)

    def _single(self, kind: SwitchKind, sid: str, actions: tuple[str, ...], arns: Arns) -> Iterator[Statement]:
        if self._of(kind):
            yield self._allow(sid, actions, arns)

    def _allow(self, what: str, actions: tuple[str, ...], arns: Arns, conditions: Condition | None = None) -> Statement:
        return Statement(sid=f"{what}{self._sid}", actions=actions, resources=arns, conditions=conditions or {})

    def _of(self, kind: SwitchKind) -> list[Switch]:
        return [switch for switch in self._switches if switch.kind == kind]

    def _arn(self, service: str, rest: pulumi.Input[str]) -> pulumi.Output[str]:
        return pulumi.Output.concat(f"arn:aws:{service}:{self.region}:{self.account_id}:", rest)
