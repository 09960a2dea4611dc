"""Runs a whole stack's program on the SDK's mocks and answers what it declared: who is where, and what refers to what.

The program is touched through `settings.parse` and `stacks.compose` only. Everything that AWS would compute (ids, ARNs,
addresses) is made of the resource's logical name, its stack and its region, so that a reference in an input names one resource
and no other: the subnet `network-data-us-east-2a` of prod is `subnet-network-data-us-east-2a.prod`.
"""

import gc
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any, Final
from unittest.mock import patch

import pulumi
from pulumi.runtime import mocks

import settings
import stacks
from components.base.here import Inventory, Store
from tests.components.harness import Declared, resources_of
from tests.found import some
from tests.settings.stack_files import CONFIG, OWN, edited

Inputs = Mapping[str, Any]

HOME, AWAY, ZONES_HOME = "us-east-2", "us-west-2", "us-east-1"

# Type token -> beginning of its ids.
_IDS: Final = {
    "aws:ec2/subnet:Subnet": "subnet-",
    "aws:ec2/vpc:Vpc": "vpc-",
    "aws:ec2/securityGroup:SecurityGroup": "sg-",
    "aws:ec2/routeTable:RouteTable": "rtb-",
    "aws:ec2/natGateway:NatGateway": "nat-",
    "aws:ec2/internetGateway:InternetGateway": "igw-",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "vpce-",
    "aws:ec2/eip:Eip": "eipalloc-",
}
# Type token -> service and resource part of its ARNs; `{}` is the physical name.
_ARNS: Final = {
    "aws:kms/key:Key": "kms key/{}",
    "aws:dynamodb/table:Table": "dynamodb table/{}",
    "aws:rds/instance:Instance": "rds db:{}",
    "aws:elasticache/replicationGroup:ReplicationGroup": "elasticache replicationgroup:{}",
    "aws:secretsmanager/secret:Secret": "secretsmanager secret:{}",
    "aws:cloudwatch/logGroup:LogGroup": "logs log-group:{}",
    "aws:ecr/repository:Repository": "ecr repository/{}",
    "aws:ecs/cluster:Cluster": "ecs cluster/{}",
    "aws:ecs/taskDefinition:TaskDefinition": "ecs task-definition/{}:1",
    "aws:batch/computeEnvironment:ComputeEnvironment": "batch compute-environment/{}",
    "aws:batch/jobQueue:JobQueue": "batch job-queue/{}",
    "aws:batch/schedulingPolicy:SchedulingPolicy": "batch scheduling-policy/{}",
    "aws:sfn/stateMachine:StateMachine": "states stateMachine:{}",
    "aws:sns/topic:Topic": "sns {}",
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": "firehose deliverystream/{}",
    "aws:lambda/function:Function": "lambda function:{}",
    "aws:opensearch/domain:Domain": "es domain/{}",
    "aws:lb/loadBalancer:LoadBalancer": "elasticloadbalancing loadbalancer/app/{}/1",
    "aws:lb/targetGroup:TargetGroup": "elasticloadbalancing targetgroup/{}/1",
    "aws:lb/listener:Listener": "elasticloadbalancing listener/app/{}/1/1",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "cloudwatch alarm:{}",
    "aws:appautoscaling/target:Target": "application-autoscaling scalable-target/{}",
    "aws:athena/workgroup:Workgroup": "athena workgroup/{}",
    "aws:batch/jobDefinition:JobDefinition": "batch job-definition/{}:1",
}
_GLOBAL: Final = {
    "aws:s3/bucket:Bucket": "arn:aws:s3:::{}",
    "aws:iam/role:Role": "arn:aws:iam::{account}:role/{}",
}
# Type token -> the input that names it, where that is not `name`.
_NAMED_BY: Final = {
    "aws:rds/instance:Instance": "identifier",
    "aws:elasticache/replicationGroup:ReplicationGroup": "replicationGroupId",
    "aws:ecs/taskDefinition:TaskDefinition": "family",
    "aws:opensearch/domain:Domain": "domainName",
}
# Type token -> the input that has the ARN which its own differs from by the region.
_REPLICAS: Final = {
    "aws:kms/replicaKey:ReplicaKey": "primaryKeyArn",
    "aws:dynamodb/tableReplica:TableReplica": "globalTableArn",
}


class _Aws(mocks.Mocks):
    """AWS as one stack sees it: it computes what is unknown before, and other stacks have the outputs they have."""

    def __init__(self, stack: str, region: str, account: str, others: Mapping[str, Inputs]) -> None:
        self.stack = stack
        self.region = region
        self.account = account
        self.others = others
        self.states: dict[tuple[str, str], Inputs] = {}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        if args.typ == "pulumi:pulumi:StackReference":
            name = args.inputs["name"]
            organization, project, stack = name.split("/")
            assert (organization, project) == ("organization", "dataconnect"), name
            outputs = {} if stack == self.stack else self.others[stack]  # this stack was never deployed
            return name, {"name": name, "outputs": outputs, "secretOutputNames": []}
        if not args.custom:
            return "", dict(args.inputs)
        physical = self._physical_name(args)
        region = args.inputs.get("region") or self.region
        identity = _IDS.get(args.typ, "") + physical
        computed = {"name": physical, "arn": self._arn(args, physical, region), **self._computed(args, physical, region)}
        state = {**computed, **args.inputs, "id": identity}
        self.states[args.typ, args.name] = state
        return identity, state

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise AssertionError(f"the program calls the data source {args.token}; settings carry such values")

    def _physical_name(self, args: mocks.MockResourceArgs) -> str:
        name = args.inputs.get(_NAMED_BY.get(args.typ, "name"))
        return name if isinstance(name, str) else f"{args.name}.{self.stack}"

    def _arn(self, args: mocks.MockResourceArgs, physical: str, region: str) -> str:
        if args.typ in _REPLICAS:
            parts = args.inputs[_REPLICAS[args.typ]].split(":", 5)
            return ":".join((*parts[:3], region, *parts[4:]))
        if args.typ in _GLOBAL:
            return _GLOBAL[args.typ].format(physical, account=self.account)
        service, resource = _ARNS.get(args.typ, f"{args.typ.split(':')[1].split('/')[0]} {{}}").split(" ")
        return f"arn:aws:{service}:{region}:{self.account}:{resource.format(physical)}"

    def _computed(self, args: mocks.MockResourceArgs, physical: str, region: str) -> dict[str, Any]:
        match args.typ:
            case "aws:ec2/vpc:Vpc":
                return {"defaultNetworkAclId": f"acl-{physical}"}
            case "aws:ec2/eip:Eip":
                return {"allocationId": f"eipalloc-{physical}", "publicIp": f"192.0.2.1 of {physical}"}
            case "aws:s3/bucket:Bucket":
                return {"bucket": physical}
            case "aws:sqs/queue:Queue":
                return {"url": f"https://sqs.{region}.amazonaws.com/{self.account}/{physical}"}
            case "aws:lambda/eventSourceMapping:EventSourceMapping":
                return {"uuid": f"uuid of {physical}"}
            case "aws:lambda/function:Function":
                return {"version": "1"}
            case "aws:ecr/repository:Repository":
                return {"repositoryUrl": f"{self.account}.dkr.ecr.{region}.amazonaws.com/{physical}"}
            case "aws:lb/loadBalancer:LoadBalancer":
                dns = {"dnsName": f"{physical}.{region}.elb.amazonaws.com", "zoneId": f"ZELB-{region}"}
                return {"arnSuffix": f"app/{physical}/1", **dns}
            case "aws:lb/targetGroup:TargetGroup":
                return {"arnSuffix": f"targetgroup/{physical}/1"}
            case "aws:route53/zone:Zone":
                return {"zoneId": f"Z-{physical}", "nameServers": [f"ns-{number}.{physical}" for number in (1, 2)]}
            case "aws:route53/keySigningKey:KeySigningKey":
                return {"dsRecord": f"ds of {physical}"}
            case "aws:route53/record:Record":
                return {"fqdn": args.inputs["name"]}
            case "aws:rds/instance:Instance":
                return {"address": f"{physical}.{region}.rds.amazonaws.com", "resourceId": f"db-{physical}"}
            case "aws:elasticache/replicationGroup:ReplicationGroup":
                host = f"{physical}.{region}.cache.amazonaws.com"
                return {"primaryEndpointAddress": f"master.{host}", "readerEndpointAddress": f"replica.{host}"}
            case "aws:opensearch/domain:Domain":
                return {"endpoint": f"vpc-{physical}.{region}.es.amazonaws.com", "domainId": f"{self.account}/{physical}"}
            case "aws:acm/certificate:Certificate":
                names = dict.fromkeys([args.inputs["domainName"], *args.inputs.get("subjectAlternativeNames", [])])
                return {"domainValidationOptions": [_validation(name) for name in names]}
            case _:
                return {}


def _validation(name: str) -> dict[str, str]:
    bare = name.removeprefix("*.")
    record = {"resourceRecordName": f"_validate.{bare}", "resourceRecordType": "CNAME"}
    return {"domainName": name, **record, "resourceRecordValue": f"{bare}.acm.example"}


@dataclass(frozen=True)
class Estate:
    """What one stack declares.

    Attributes:
        stack: Its name.
        config: Its configuration, defaults and services' files included.
        file: The same without the namespaces `dataconnect:` and `aws:`.
        resources: Every AWS resource with its resolved inputs, by type token and logical name.
        states: The same with what AWS computed.
        outputs: The stack's outputs, resolved.
        others: The stacks whose outputs it reads.
        stores: What it says of its stores, by their ARNs.
        switches: What it tells recovery of, with resolved facts, by kind and name.
        calendar: When it is awake, as its schedule tells; None where it never sleeps.
    """

    stack: str
    config: Inputs
    file: Inputs
    resources: Mapping[tuple[str, str], Declared]
    states: Mapping[tuple[str, str], Inputs]
    outputs: Inputs
    others: tuple["Estate", ...] = ()
    stores: Mapping[str, Store] = field(default_factory=dict[str, Store])
    switches: Mapping[tuple[str, str], Inputs] = field(default_factory=dict[tuple[str, str], Inputs])
    calendar: Inputs | None = None

    @property
    def region(self) -> str:
        """The region of the stack file."""
        return self.file["region"]

    @property
    def account(self) -> str:
        """The account of the stack file."""
        return self.file["allowedAccountIds"][0]

    @property
    def environment(self) -> str:
        """dev or prod."""
        return self.file["defaultTags"]["tags"]["Environment"]

    @property
    def protect(self) -> bool:
        """Whether what holds data may not be deleted; the default of the stack file is that it may not."""
        return self.file.get("protect", True)

    @property
    def services(self) -> Mapping[str, Inputs]:
        """The services of the stack file by their names."""
        return some(self.file["services"])

    @property
    def jobs(self) -> Mapping[str, Inputs]:
        """The batch jobs of the stack file by their names."""
        return self.file["jobs"]

    @property
    def workloads(self) -> Mapping[str, Inputs]:
        """Services and jobs, of which there are some."""
        return some({**self.services, **self.jobs})

    @property
    def functions(self) -> Mapping[str, Inputs]:
        """The Lambda functions of the stack file by their names, each with the defaults of what it does not say."""
        defaults = {"memoryMiB": 256, "timeoutSeconds": 30, "concurrency": 10, "uses": []}
        return some({name: {**defaults, **each} for name, each in self.file["functions"].items()})

    @property
    def fleets(self) -> Mapping[str, Inputs]:
        """The fleets of the stack file by their names; no committed one has any."""
        return self.file.get("fleets", {})

    @property
    def uses(self) -> Mapping[str, Sequence[str]]:
        """What each service, job, function or fleet uses, by its name."""
        workloads = {**self.workloads, **self.functions, **self.fleets}
        return {name: each.get("uses", ()) for name, each in workloads.items()}

    @property
    def database_verbs(self) -> Mapping[str, set[str]]:
        """Workload -> what it does with the database; without those that do nothing there."""
        found = {
            name: {verb for use in uses if use.startswith("database:") for verb in use.partition(":")[2].split("+")}
            for name, uses in self.uses.items()
        }
        return {name: verbs for name, verbs in found.items() if verbs}

    @property
    def cache_users(self) -> list[str]:
        """The workloads that have a user in the cache."""
        return [name for name, uses in self.uses.items() if any(use.startswith("cache/") for use in uses)]

    @property
    def own_tables(self) -> set[str]:
        """The tables that functions keep their own records in."""
        own = {"environments": ["environments"], "schedule": ["schedule-table", "schedule-leases"]}
        return {"notifier-table", *(table for key, tables in own.items() if key in self.file for table in tables)}

    def of(self, token: str) -> dict[str, Declared]:
        """Resources of a type by logical name, e.g. of `ec2/subnet:Subnet`."""
        return {name: resource for (kind, name), resource in self.resources.items() if kind == f"aws:{token}"}

    def some(self, token: str) -> dict[str, Declared]:
        """The same where there must be one."""
        return some(self.of(token))

    def names(self, token: str) -> set[str]:
        """Logical names of a type's resources."""
        return set(self.of(token))

    def one(self, token: str, name: str | None = None) -> Declared:
        """The only resource of a type (with that logical name)."""
        found = [resource for logical, resource in self.of(token).items() if name in (None, logical)]
        assert len(found) == 1, f"{self.stack}: {len(found)} of {token} {name or ''}; there are {sorted(self.of(token))}"
        return found[0]

    def inputs(self, token: str, name: str | None = None) -> dict[str, Any]:
        """Resolved inputs of the only resource of a type (with that logical name)."""
        return self.one(token, name).inputs

    def state(self, token: str, name: str | None = None) -> Inputs:
        """Inputs and what AWS computed, of the only resource of a type (with that logical name)."""
        declared = self.one(token, name)
        return {**self.states[declared.token, declared.name], **declared.inputs}

    def id(self, token: str, name: str | None = None) -> str:
        """Its id."""
        return self.state(token, name)["id"]

    def arn(self, token: str, name: str | None = None) -> str:
        """Its ARN."""
        return self.state(token, name)["arn"]

    def where(self, token: str, **wanted: object) -> list[Declared]:
        """Resources of a type whose inputs have those values."""
        return [each for each in self.of(token).values() if all(each.inputs.get(key) == value for key, value in wanted.items())]

    def only(self, token: str, **wanted: object) -> Declared:
        """The one resource of a type whose inputs have those values."""
        found = self.where(token, **wanted)
        assert len(found) == 1, f"{self.stack}: {len(found)} of {token} with {wanted}; there are {sorted(self.of(token))}"
        return found[0]

    @cached_property
    def keys(self) -> Mapping[str, str]:
        """ARN of each key, declared here or in a stack read -> its region and the end of its alias: `us-west-2 tables`."""
        aliases = [alias.inputs for estate in (self, *self.others) for alias in estate.of("kms/alias:Alias").values()]
        return {alias["targetKeyId"]: f"{alias['region']} {alias['name'].rpartition('/')[2]}" for alias in aliases}

    def key(self, name: str, region: str | None = None) -> str:
        """ARN of the key with the alias `alias/dataconnect/<environment>/<name>` in `region`, by default the stack's."""
        (found,) = [arn for arn, called in self.keys.items() if called == f"{region or self.region} {name}"]
        return found

    def subnets(self, tier: str) -> list[str]:
        """Ids of a tier's subnets in the order of the stack file's zones, told apart by what their routes allow."""
        subnets = {
            each.inputs["availabilityZone"]: name
            for name, each in self.of("ec2/subnet:Subnet").items()
            if self.tier(name) == tier
        }
        return [self.id("ec2/subnet:Subnet", subnets[zone]) for zone in self.file["network"]["zones"]]

    def tier(self, subnet: str) -> str:
        """`public`, `application` or `data`: where the routes of the subnet of that logical name lead."""
        association = self.only(
            "ec2/routeTableAssociation:RouteTableAssociation", subnetId=self.id("ec2/subnet:Subnet", subnet)
        )
        routes = self.where("ec2/route:Route", routeTableId=association.inputs["routeTableId"])
        if not routes:
            return "data"
        return "public" if routes[0].inputs.get("gatewayId") else "application"

    def named_by(self, token: str, attribute: str, value: object) -> str:
        """Logical name of the one resource of a type that has that value, known before or computed."""
        found = [name for name in self.of(token) if self.state(token, name).get(attribute) == value]
        assert len(found) == 1, f"{self.stack}: {value!r} is the {attribute} of {len(found)} {token}"
        return found[0]


def plain(config: Inputs) -> dict[str, Any]:
    """A stack file's configuration without the namespaces of its keys."""
    return {key.partition(":")[2]: value for key, value in config.items()}


def run(
    stack: str,
    edits: Mapping[str, object] | None = None,
    *,
    others: Sequence[Estate] = (),
    secrets: frozenset[str] = frozenset(),
    change: Callable[[settings.Settings], settings.Settings] = lambda known: known,
) -> Estate:
    """Declare `stack` as its file says after `edits` (see `edited`); `others` are the stacks it reads outputs of.

    `change` makes of the settings what no stack file may say.
    """
    config = edited(stack, dict(edits or {}))
    files = {other.stack: other.config for other in others}
    known = change(settings.parse(config, stack=stack, secrets=secrets, others=files))
    return declare(stack, known, others, config=config)


def declare(stack: str, known: settings.Settings, others: Sequence[Estate] = (), config: Inputs | None = None) -> Estate:
    """Declare `stack` as its settings say; what that raises is raised here."""
    outputs: dict[str, Any] = {}
    aws = _Aws(stack, known.region, known.account_id, {other.stack: other.outputs for other in others})

    create, inventories = Inventory.__init__, list[Inventory]()
    stores: dict[str, Store] = {}
    switches: dict[tuple[str, str], Inputs] = {}

    def made(inventory: Inventory) -> None:
        inventories.append(inventory)
        create(inventory)

    def keep(arns: Sequence[str]) -> None:
        (inventory,) = inventories
        stores.update(zip(arns, inventory.stores, strict=True))

    def note(facts: Sequence[Inputs]) -> None:
        (inventory,) = inventories
        switches.update(zip([(each.kind, each.name) for each in inventory.switches], facts, strict=True))

    def program() -> pulumi.Output[list[None]]:
        with patch.object(Inventory, "__init__", made):
            composed = dict(stacks.compose(known))
        (inventory,) = inventories
        told = pulumi.Output.all(*[store.arn for store in inventory.stores]).apply(keep)
        noted = pulumi.Output.all(*[dict(each.facts) for each in inventory.switches]).apply(note)
        return pulumi.Output.all(pulumi.Output.from_input(composed).apply(outputs.update), told, noted)

    collecting = gc.isenabled()
    gc.disable()  # as `__main__.py` does; it is half of the time
    try:
        declaration = resources_of(program, stack=stack, answers=aws)
    finally:
        if collecting:
            gc.enable()
    found = {(each.token, each.name): each for each in declaration.aws()}
    assert len(found) == len(declaration.aws()), "two resources of one type share a name"
    return Estate(
        stack=stack,
        config=config or {},
        file=plain(config or {}),
        resources=found,
        states=aws.states,
        outputs=outputs,
        others=tuple(others),
        stores=stores,
        switches=switches,
        calendar=next((each.inputs for each in declaration.of("dataconnect:index:Schedule")), None),
    )


FLEET: Final[dict[str, object]] = {
    "imageId": "ami-0a1b2c3d4e5f60718",
    "instanceTypes": ["m7gd.xlarge", "m6gd.xlarge"],
    "minInstances": 1,
    "maxInstances": 6,
    "repository": "dataconnect/convert",
    "digest": f"sha256:{'5' * 64}",
    "queue": "convert",
    "backlogPerInstance": 10,
    "uses": ["database:write", "lake/raw:read", "lake/curated:write"],
}
"""Works off the queue `convert`."""

# What no committed stack file says, so that no setting is without effect somewhere.
EVERYTHING: Final[dict[str, object]] = {
    "alerts.webhook": "https://events.pager.example/x",
    "ingress.allowedCidrs": ["0.0.0.0/0", "198.51.100.0/24"],
    "services.bi.hosts": ["bi.app.prod.dataconnect.example"],
    "services.bi.port": 9090,
    "services.bi.healthPath": "/bi/up",
    "services.bi.schedule": {
        "down": "cron(0 20 ? * * *)",
        "up": "cron(0 7 ? * * *)",
        "timezone": "America/New_York",
        "downTasks": 1,
    },
    "services.bi.repository": "dataconnect/shared",
    "services.realtime.repository": "dataconnect/shared",
    "services.realtime.uses": ["lake/raw:write", "lake/curated:write"],
    "services.data-products.uses": [],
    "queues.convert": {},
    "fleets.convert": FLEET,
    "database.port": 5433,
    "logRetentionDays": 731,
    "network.flowLogRetentionDays": 1096,
    "network.queryLog": True,
    "lake.buckets.raw.noncurrentDays": 91,
    "lake.buckets.raw.uploadDays": 3,
    "lake.buckets.raw.deepArchiveDays": 400,
    "lake.buckets.dumps.replicated": False,
    "lake.accessLogDays": 366,
    "queues.ingest": {
        "visibilityTimeoutSeconds": 600,
        "topic": "deliveries",
        "maxReceives": 6,
        "retentionDays": 9,
        "maxAgeSeconds": 900,
    },
}


OF_PRIMARIES: Final[dict[str, object]] = {
    "database.rotationDays": 7,
    "budget": {
        "monthlyUsd": 9000,
        "teams": {"platform": {"monthlyUsd": 100, "value": "CC-4200", "emails": ["data-platform@dataconnect.example"]}},
    },
}
"""The same of what only a primary has."""

SECRET: Final = frozenset({"dataconnect:alerts"})


def _without_standby(known: settings.Settings) -> settings.Settings:
    """The settings with a replica in one zone, which prod may not have."""
    assert isinstance(known, settings.RecoverySettings)
    return known.model_copy(update={"database": known.database.model_copy(update={"multi_az": False})})


@cache
def estate_of(name: str) -> Estate:
    """A primary as committed, recovery or replication of prod; `active`: recovery after a failover, `standby`: prod then, with
    a replica of recovery's database; `full`: with everything set.
    """
    edits: dict[str, object]
    match name:
        case _ if name in OWN and name in PRIMARIES:
            return run(name)
        case "recovery":
            return run("prod-recovery", others=[estate_of("prod")])
        case "active":
            return run("prod-recovery", {"active": True}, others=[estate_of("prod")])
        case "replication":
            return run("prod-replication", others=[estate_of("prod"), estate_of("recovery")])
        case "dev-account":
            return run(name, others=[estate_of("dev")])
        case "prod-account":
            return run(name, others=[estate_of("prod"), estate_of("recovery")])
        case "full":
            return run("prod", {**EVERYTHING, **OF_PRIMARIES}, secrets=SECRET)
        case "standby":
            edits = {
                "standby": True,
                "recoveredBy": "prod-recovery",
                "database.generation": 2,
                "database.kept": [1],
            }
            return run("prod", edits, others=[estate_of("active")])
        case "full recovery":
            edits = {
                **EVERYTHING,
                "database.generation": 2,
                "fleets.convert": {**FLEET, "imageId": "ami-0a1b2c3d4e5f60719"},
            }
            estate = run("prod-recovery", edits, others=[estate_of("full")], secrets=SECRET, change=_without_standby)
            return replace(estate, file={**estate.file, "database": {**estate.file["database"], "multiAz": False}})
        case _:
            raise ValueError(name)


PRIMARIES: Final = (*(stack for stack, own in OWN.items() if own["dataconnect:role"] == "primary"), "full")
COPIED: Final = tuple(name for name in PRIMARIES if name == "full" or "dataconnect:recoveryRegion" in OWN[name])
"""The primaries that another region can take over from."""
UNPROTECTED: Final = tuple(name for name in PRIMARIES if name != "full" and CONFIG[name].get("dataconnect:protect") is False)
"""The primaries that hold nothing worth keeping."""
RECOVERIES: Final = ("recovery", "active", "full recovery")
PLATFORMS: Final = (*PRIMARIES, *RECOVERIES)
RUNNING: Final = (*PRIMARIES, "active")
SWITCHED: Final = (*COPIED, *RECOVERIES)
"""The platforms of a pair, one of which is active."""
WRITABLE: Final = (*PRIMARIES, "active")
"""The platforms whose database can be written to."""
ACCOUNTS: Final = ("dev-account", "prod-account")
ALL: Final = (*PLATFORMS, "replication", *ACCOUNTS)


def fingerprint() -> str:
    """A digest of everything that every stack declares; generated passwords count as the same."""
    found: list[object] = []
    for name in ALL:
        estate = estate_of(name)
        for (token, logical), each in sorted(estate.resources.items()):
            options = (each.parent, each.protect, each.ignore_changes, sorted(each.dependencies), sorted(each.secret_inputs))
            found.append((name, token, logical, each.inputs, options))
        found.append((name, estate.outputs))
    text = re.sub(r'(?<=")[A-Za-z0-9]{40}(?=\\*")', "a password", json.dumps(found, sort_keys=True, default=archive))
    return hashlib.sha256(text.encode()).hexdigest()


def archive(value: object) -> object:
    """What is in an archive of texts."""
    assert isinstance(value, pulumi.AssetArchive)
    return {name: asset.text for name, asset in value.assets.items() if isinstance(asset, pulumi.StringAsset)}
