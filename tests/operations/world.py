"""A stack for operations on tenants: moto stands in for AWS, a dictionary for the database.

moto keeps items, objects with their versions and locks, and the policies of roles. It does not evaluate those policies: in its
world every session may do everything, so nothing here proves isolation.
"""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import boto3
from typer.testing import CliRunner

from operations.command import app
from operations.stack import Stack, parse
from operations.tenants.access import Access
from operations.tenants.counts import Counts
from operations.tenants.items import Items
from operations.tenants.lake import Lake
from operations.tenants.meter import Meter
from operations.tenants.probe import OTHER, Attempt
from operations.tenants.registry import Registry
from operations.tenants.workgroups import Workgroups
from operations.tenants.workspace import Home, Workspace
from tests.athena import FakeAthena
from tests.operations.counting import FakeBatch, FakeLogs

ACCOUNT: Final = "123456789012"  # moto's
REGION: Final = "us-east-2"
ID: Final = "t" + 15 * "a"
BUCKETS: Final = ("raw", "curated", "dumps", "config")
AWAY: Final = "us-west-2"
REPLICA: Final = "prod-raw-west"
LOCKED: Final = ("prod-dumps", REPLICA)
"""Buckets with object lock, whose versions are retained only where a test says so."""
USERS: Final = {"data_products": "write", "search": "read"}
OWN: Final = {name: f"{name}-{ID}-{ACCOUNT}-{REGION}" for name in ("raw", "curated", "dumps")}
"""Buckets of the silo of the tenant that is added; `raw` has a replica."""
OWN_REPLICA: Final = f"raw-{ID}-{ACCOUNT}-{AWAY}"
SILO: Final[dict[str, Any]] = {
    "slug": "acme",
    "buckets": OWN,
    "keyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/mrk-1",
    "databaseArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:{ID}-prod",
    "databaseAddress": "own.example",
    "usersFunction": "own-users",
    "login": {"host": "own.example", "port": 5432.0, "credentials": "arn:aws:secretsmanager:own"},
}

OUTPUTS: Final[dict[str, Any]] = {
    "stack": "prod",
    "tables": {
        name: {"name": f"prod-{name}", "arn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/prod-{name}"}
        for name in ("tenants", "notes", "sessions")
    },
    "lakeBuckets": {name: f"prod-{name}" for name in BUCKETS},
    "lakeClasses": {name: {"perTenant": name != "config", "replicated": name == "raw"} for name in BUCKETS},
    "keptDays": {
        "stream": 8.0,
        "databaseBackups": 35.0,
        "tableBackups": 35.0,
        "recoveryPoints": 60.0,
        "accessLogs": 365.0,
        "inventories": 90.0,
    },
    "tenantRoles": {name: f"arn:aws:iam::{ACCOUNT}:role/{name}-tenant-1" for name in ("bi", "search")},
    "databaseUsersFunction": "database-users",
    "databaseLogin": {"host": "database.example", "port": 5432.0, "credentials": "arn:aws:secretsmanager:secret"},
    "databaseUsers": USERS,
    "databaseArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:dataconnect-prod",
    "functionLogs": {name: f"/aws/lambda/{name}-1" for name in ("newest", "index")},
    "jobQueueArn": f"arn:aws:batch:{REGION}:{ACCOUNT}:job-queue/batch",
    "alertTopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts",
    "keyArns": {"storage": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/storage"},
    "catalog": {
        "workgroupPrefix": "dataconnect-prod-",
        "database": "dataconnect_prod_lake",
        "results": "dumps",
        "engine": "Athena engine version 3",
        "cutoffBytes": 50.0 * 2**30,
        "cell": "prod",
        "registry": "prod-tenants",
        "tags": {"Project": "dataconnect"},
    },
}
GROUP: Final = f"dataconnect-prod-{ID}"
"""The workgroup of the tenant that is added."""
ROLES: Final = ("bi-tenant-1", "search-tenant-1", "search-tenant-2")
"""Tenant roles; the last is the recovery stack's, of which the outputs of `prod` tell nothing."""
TRUST: Final = json.dumps({"Statement": [{"Condition": {"StringLike": {"aws:RequestTag/tenant": "t" + 15 * "?"}}}]})
KEYS: Final = {"tenants": ("tenant", "item"), "notes": ("tenant", "note"), "sessions": ("session_id",)}


class FakeDatabase:
    """What the function for users does, without a database."""

    def __init__(self) -> None:
        self.users: dict[str, dict[str, bool]] = {}
        self.access: Mapping[str, str] = USERS
        self.rows: dict[str, int] = {}
        self.orders: list[str] = []
        self.before: Callable[[str], None] = lambda _: None
        self.after: Callable[[str], None] = lambda _: None

    def order(self, action: str, tenant: str, *, connections: int) -> dict[str, Any]:
        self.before(f"database:{action}")
        assert connections > 0
        erased: dict[str, int] = {}
        if action == "add":
            self.users[tenant], self.access = dict.fromkeys(USERS, True), USERS
        elif action == "lock" and tenant in self.users:
            self.users[tenant] = dict.fromkeys(USERS, False)
        elif action == "remove":
            self.users.pop(tenant, None)
            if tenant in self.rows:
                erased = {"tenants.loans": self.rows.pop(tenant)}
        if action not in ("count", "verify"):
            self.orders.append(action)
            self.after(f"database:{action}")
        left = {"lending.loans": self.rows[tenant]} if action == "count" and tenant in self.rows else {}
        users = {
            user: {"login": login, "sessions": 0, "access": self.access[user]}
            for user, login in self.users.get(tenant, {}).items()
        }
        of_all = {"of_all": sum(self.rows.values())} if action == "count" else {}
        return {"users": users, "changed": [], "erased": erased, "left": left, "complete": True, **of_all}


@dataclass
class FakeProbe:
    """Stands for AWS's answers: tenants are apart unless `leaks`; a tenant without access is refused everything."""

    access: Access
    leaks: bool = False
    tried: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])

    def try_isolation(self, tenant: str, buckets: Mapping[str, str]) -> list[Attempt]:
        self.tried.append((tenant, *buckets.values()))
        is_open = self.access.is_open(tenant)
        return [
            Attempt(workload="search", session=mine, what="read raw", owner=owner, refused=refused)
            for mine, owner, refused in (
                (tenant, tenant, not is_open),
                (tenant, OTHER, not (is_open and self.leaks)),
                (OTHER, OTHER, False),
                (OTHER, tenant, not self.leaks),
            )
        ]


class Killed(BaseException):
    """The process ended here."""


MUTATIONS: Final = ("Abort", "Put", "Update", "Delete", "BatchWrite", "Transact", "Copy", "Create", "Complete", "Upload")


_WATCHING: Final[list["World"]] = []


@cache
def _client(name: str, *, region: str = REGION, watched: bool = False) -> Any:
    """A client; made once, for to make one takes longer than all that a test does with it."""
    client: Any = boto3.Session("of-nobody", "of-nobody", region_name=region).client(cast(Any, name))

    def before(model: Any, **_: Any) -> None:
        _WATCHING[0]._before(f"{name}:{model.name}")

    def after(model: Any, **_: Any) -> None:
        _WATCHING[0]._after(f"{name}:{model.name}")

    if watched:
        client.meta.events.register("before-call", before)
        client.meta.events.register("after-call", after)
    return client


@dataclass
class World:
    """The stack, its clients, and how to run commands on it."""

    outputs_file: Path
    database: FakeDatabase = field(default_factory=FakeDatabase)
    own_database: FakeDatabase = field(default_factory=FakeDatabase)
    silos: dict[str, Any] = field(default_factory=dict[str, Any])
    told: dict[str, Any] = field(default_factory=dict[str, Any])
    probe: FakeProbe | None = None
    leaks: bool = False
    calls: list[str] = field(default_factory=list[str])
    kill_at: int | None = None
    kill_after: bool = False
    dead: bool = False
    athena: FakeAthena = field(default_factory=FakeAthena)
    logs: FakeLogs = field(default_factory=FakeLogs)
    batch: FakeBatch = field(default_factory=FakeBatch)

    def __post_init__(self) -> None:
        self.write_outputs()
        self.s3, self.dynamodb, self.iam = (_client(name) for name in ("s3", "dynamodb", "iam"))
        self._make()
        for database in (self.database, self.own_database):
            database.before, database.after = self._before, self._after

    @property
    def outputs(self) -> dict[str, Any]:
        """The stack's outputs: those of `prod`, but for what is `told` otherwise."""
        return {**OUTPUTS, **self.told, **({"silos": self.silos} if self.silos else {})}

    def write_outputs(self) -> None:
        """Write them anew."""
        self.outputs_file.write_text(json.dumps(self.outputs))

    def deploy_silo(self, tenant: str = ID, **changes: Any) -> None:
        """What an entry makes, as far as these commands see it; `changes` of its output."""
        self.silos[tenant] = {**SILO, **changes}
        self.write_outputs()
        if tenant != ID:
            return
        for bucket in OWN.values():
            self._make_bucket(bucket, REGION, locked=bucket == OWN["dumps"])
        self._make_bucket(OWN_REPLICA, AWAY, locked=False)
        self.replicate(OWN["raw"], OWN_REPLICA)
        place = {"tenant": {"S": ID}, "item": {"S": f"place#{REGION}"}, "database_host": {"S": "own.example"}}
        place |= {"buckets": {"M": {name: {"S": bucket} for name, bucket in OWN.items()}}}
        self.dynamodb.put_item(TableName="prod-tenants", Item=place)

    def _make_bucket(self, bucket: str, region: str, *, locked: bool) -> None:
        lock = {"ObjectLockEnabledForBucket": True} if locked else {}
        where = {"LocationConstraint": region}
        _client("s3", region=region).create_bucket(Bucket=bucket, CreateBucketConfiguration=where, **lock)
        self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    def replicate(self, bucket: str, replica: str) -> None:
        rule = {"ID": "all", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""}}
        rule["Destination"] = {"Bucket": f"arn:aws:s3:::{replica}"}
        role = f"arn:aws:iam::{ACCOUNT}:role/replication"
        self.s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration={"Role": role, "Rules": [rule]})

    def _make(self) -> None:
        for name, key in KEYS.items():
            attributes = {*key, *(("cell",) if name == "tenants" else ())}
            schema = [{"AttributeName": each, "KeyType": kind} for each, kind in zip(key, ("HASH", "RANGE"), strict=False)]
            keys = [{"AttributeName": each, "KeyType": kind} for each, kind in (("cell", "HASH"), ("tenant", "RANGE"))]
            index = {"IndexName": "by-cell", "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}
            self.dynamodb.create_table(
                TableName=f"prod-{name}",
                BillingMode="PAY_PER_REQUEST",
                KeySchema=schema,
                AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in sorted(attributes)],
                **({"GlobalSecondaryIndexes": [index]} if name == "tenants" else {}),
            )
        for bucket in (*OUTPUTS["lakeBuckets"].values(), REPLICA, "handover"):
            self._make_bucket(bucket, AWAY if bucket == REPLICA else REGION, locked=bucket in LOCKED)
        self.replicate("prod-raw", REPLICA)
        for role in ROLES:
            self.make_role(role, AWAY if role.endswith("2") else REGION)

    def make_role(self, role: str, region: str = REGION, *, trust: str = TRUST, table: str = "prod-tenants") -> None:
        """A role as a stack makes it; by default a tenant role whose sessions read the registry."""
        self.iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust)
        statement = {"Effect": "Allow", "Action": "dynamodb:Query"}
        statement["Resource"] = f"arn:aws:dynamodb:{region}:{ACCOUNT}:table/{table}"
        grants = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.iam.put_role_policy(RoleName=role, PolicyName="grants", PolicyDocument=grants)

    @property
    def stack(self) -> Stack:
        return parse(self.outputs["stack"], self.outputs, "outputs")

    def open(self, stack: Stack) -> Workspace:
        _WATCHING[:] = [self]
        dynamodb, iam = (_client(name, watched=True) for name in ("dynamodb", "iam"))
        registry = Registry(dynamodb, stack.tables["tenants"])
        access = Access(iam, stack.tenant_roles, registry)
        self.probe = FakeProbe(Access(self.iam, stack.tenant_roles, registry), self.leaks)

        def s3(region: str) -> Any:
            return _client("s3", region=region, watched=True)

        return Workspace(
            stack=stack,
            registry=registry,
            pool=Home(lake=Lake(s3, stack), database=self.database),
            silo=cache(lambda tenant: Home(lake=Lake(s3, stack, stack.silos[tenant]), database=self.own_database)),
            items=Items(dynamodb, stack),
            access=access,
            probe=self.probe,
            meter=Meter(_client("cloudwatch"), _client("ce", region="us-east-1")),
            counts=Counts(stack, logs=self.logs, batch=self.batch, sleep=lambda _: None),
            workgroups=Workgroups(_client("athena", watched=True), stack.queries) if stack.queries else None,
        )

    def _before(self, call: str) -> None:
        if self.dead:
            raise Killed  # a dead process cleans nothing up
        if _changes(call):
            self.calls.append(call)
            if self.kill_at == len(self.calls) and not self.kill_after:
                self.dead = True
                raise Killed

    def _after(self, call: str) -> None:
        if _changes(call) and self.kill_at == len(self.calls) and self.kill_after and not self.dead:
            self.dead = True
            raise Killed

    def run(self, *arguments: str, code: int | None = 0, stack: bool = True, typed: str | None = None) -> Any:
        """Run `dataconnect tenant …`; `code` None where it is to be killed."""
        where = ("--stack", self.outputs["stack"], "--outputs", str(self.outputs_file)) if stack else ()
        try:
            done = CliRunner().invoke(app, ["tenant", *arguments, *where], obj=self.open, input=typed, catch_exceptions=False)
        except Killed:
            if code is not None:
                raise
            return None
        assert done.exit_code == code, (done.exit_code, done.output, done.stderr)
        return done

    def lives(self, *arguments: str) -> bool:
        """Run a command that may be killed; whether it was not."""
        try:
            self.run(*arguments)
        except Killed:
            return False
        return True

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", code=code).stdout)

    def revive(self) -> None:
        """A new process: nothing kills it."""
        self.kill_at, self.dead = None, False

    def fill(self, tenant: str = ID) -> None:
        """Give a tenant objects in versions, items and rows, where it is; and another tenant of the pool the like."""
        pool = ("prod-raw", "prod-curated", "prod-dumps", REPLICA)
        for each in (tenant, "t" + 15 * "z"):
            raw, curated, dumps, replica = (*OWN.values(), OWN_REPLICA) if each in self.silos else pool
            for bucket in (raw, curated, dumps, replica):
                for body in (b"old", b"new"):
                    self.s3.put_object(Bucket=bucket, Key=f"tenant={each}/dataset=loans/one", Body=body)
            for bucket in (raw, replica):
                self.s3.create_multipart_upload(Bucket=bucket, Key=f"tenant={each}/half")
            self.s3.put_object(Bucket="prod-config", Key=f"tenant={each}/branding.json", Body=b"{}")
            self.s3.put_object(Bucket=raw, Key=f"tenant={each}/gone", Body=b"x")
            self.s3.delete_object(Bucket=raw, Key=f"tenant={each}/gone")
            for number in range(26):  # one more than DynamoDB takes at once
                self.dynamodb.put_item(TableName="prod-notes", Item={"tenant": {"S": each}, "note": {"S": str(number)}})
            (self.own_database if each in self.silos else self.database).rows[each] = 7

    def versions(self, bucket: str, prefix: str = "") -> list[str]:
        found = self.s3.list_object_versions(Bucket=bucket, Prefix=prefix)
        return sorted(each["Key"] for kind in ("Versions", "DeleteMarkers") for each in found.get(kind, ()))

    def uploads(self, bucket: str) -> list[str]:
        return sorted(each["Key"] for each in self.s3.list_multipart_uploads(Bucket=bucket).get("Uploads", ()))

    def items(self, table: str) -> list[dict[str, Any]]:
        return self.dynamodb.scan(TableName=table)["Items"]

    def policies(self) -> dict[str, Any]:
        return {
            f"{role}/{name}": self.iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            for role in sorted(each["RoleName"] for each in self.iam.list_roles()["Roles"])
            for name in self.iam.list_role_policies(RoleName=role)["PolicyNames"]
        }

    def everything(self) -> dict[str, Any]:
        """The state of the world, without times and what is made of them."""
        timed = ("started_at", "finished_at", "created_at", "removed_at", "isolation", "result")
        own = (*OWN.values(), OWN_REPLICA) if self.silos else ()
        rows = [{k: v for k, v in row.items() if k not in timed} for row in self.items("prod-tenants")]
        return {
            "registry": sorted(rows, key=str),
            "notes": sorted(self.items("prod-notes"), key=str),
            "objects": {b: self.versions(b) for b in (*OUTPUTS["lakeBuckets"].values(), REPLICA, "handover", *own)},
            "uploads": {b: self.uploads(b) for b in ("prod-raw", REPLICA, *own)},
            "policies": self.policies(),
            "users": (self.database.users, self.own_database.users),
            "rows": (self.database.rows, self.own_database.rows),
            "athena": deepcopy(self.athena.everything()),
        }


def _changes(call: str) -> bool:
    service, _, name = call.partition(":")
    return name not in ("count", "verify") if service == "database" else name.startswith(MUTATIONS)
