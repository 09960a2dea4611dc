"""What a command knows of a stack, by its outputs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from operations.alerts.outputs import Alerting, alerting_of
from operations.errors import Code, OperationError
from operations.logs.outputs import Logs, logs_of
from operations.promises.outputs import Promised, promised_of
from operations.pulumi_outputs import Reader, read_outputs
from operations.recovery.ledger import Ledger, ledger_of
from operations.tenants.search import SearchOutputs


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A Firehose stream.

    Attributes:
        name: In AWS.
        bucket: Where it delivers, and leaves what it could not deliver.
        error_prefix: Under which it leaves that; what follows `!{` is Firehose's to fill in.
    """

    name: str
    bucket: str
    error_prefix: str


@dataclass(frozen=True, kw_only=True)
class Queue:
    """An SQS queue.

    Attributes:
        url: Of the queue; None where the dead letters are what AWS services could not deliver, and came from no queue.
        dead_letters_url: Of the queue of its dead letters.
    """

    url: str | None
    dead_letters_url: str


@dataclass(frozen=True, kw_only=True)
class Silo:
    """What one tenant has of its own.

    Attributes:
        slug: The tenant's, as its entry in the settings says it.
        buckets: Bucket of the lake -> its own bucket of that kind, in AWS.
        key_arn: Of its key.
        database_arn: Of its database.
        database_address: Host name of its database.
        users_function: Lambda function that keeps the users of its database.
        login: What each order to that begins with.
    """

    slug: str
    buckets: Mapping[str, str]
    key_arn: str
    database_arn: str
    database_address: str
    users_function: str
    login: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Queries:
    """What tenants' workgroups of Athena are made of, in the region of the stack.

    Attributes:
        account: The AWS account.
        region: Where they are.
        workgroup_prefix: What their names begin with; the tenant's id follows.
        cell: The stack whose tenants they are of; another one in a recovery stack.
        registry: Name of that stack's table of tenants, which is the same in both regions.
        database: Of the tables that they query.
        bucket: Where results of tenants of the pool go.
        key_arn: The key of that bucket.
        engine: Engine version.
        cutoff_bytes: Bytes after which a query is cancelled.
        tags: Of each workgroup, beside the tenant's.
        own_buckets: Id of a tenant with a bucket of its own for results -> that bucket, and its key.
    """

    account: str
    region: str
    workgroup_prefix: str
    cell: str
    registry: str
    database: str
    bucket: str
    key_arn: str
    engine: str
    cutoff_bytes: int
    tags: Mapping[str, str]
    own_buckets: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Share:
    """One product of one tenant, shared with one other organisation.

    Attributes:
        name: Of the grant.
        product: What is shared.
        tenant: Id of the tenant whose data it is.
        account: The subscriber's.
        since: Its first day.
        until: Its last day.
        closed_at: The moment from which AWS refuses it by itself, ISO 8601.
        prefix: Its folder in the bucket of products.
        table: Its table in the Glue database of products.
        key_arn: Of its key.
        role_arn: Of the role whose credentials Lake Formation hands to the subscriber.
    """

    name: str
    product: str
    tenant: str
    account: str
    since: str
    until: str
    closed_at: str
    prefix: str
    table: str
    key_arn: str
    role_arn: str


@dataclass(frozen=True, kw_only=True)
class Sharing:
    """What a stack shares, and where.

    Attributes:
        bucket: The bucket of products.
        database: The Glue database of products.
        shares: The grants by name.
    """

    bucket: str
    database: str
    shares: Mapping[str, Share]


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The outputs of a stack that operations on tenants use.

    Attributes:
        name: Of the stack, e.g. `prod`. It is the name of the cell, too.
        account: Its AWS account.
        region: Its AWS region.
        tables: DynamoDB table -> its name in AWS.
        buckets: Bucket of the lake -> its name in AWS.
        tenant_buckets: Those of the buckets whose objects are tenants'.
        replicated: Those of the buckets whose objects are copied to another region.
        kept_days: What outlives a removal -> days until AWS deletes it, e.g. `accessLogs`.
        tenant_roles: Workload -> ARN of the role in which it touches one tenant's data.
        users_function: Lambda function that keeps the users of the database.
        login: What each order to it begins with.
        database_users: The services' users in the database, e.g. `data_products`, and what each does: `read` or `write`.
        database_arn: Of the database that tenants share.
        function_logs: Function that works a queue off -> the log group where it tells whose messages it took.
        job_queue: ARN of the queue of batch jobs; None where the stack has none.
        silos: Id of a tenant -> what it has of its own; none where the stack has no silos.
        queries: What tenants' workgroups are made of; None where the stack has none.
        live_function: Lambda function that keeps the live counts; None where the stack has none.
        sharing: What it shares with other organisations; None where it has no products.
        search: Its search; None where it has none.
    """

    name: str
    account: str
    region: str
    tables: Mapping[str, str]
    buckets: Mapping[str, str]
    tenant_buckets: tuple[str, ...]
    replicated: tuple[str, ...]
    kept_days: Mapping[str, int]
    tenant_roles: Mapping[str, str]
    users_function: str
    login: Mapping[str, Any]
    database_users: Mapping[str, str]
    database_arn: str
    function_logs: Mapping[str, str]
    job_queue: str | None
    silos: Mapping[str, Silo]
    live_function: str | None
    queries: Queries | None = None
    sharing: Sharing | None = None
    search: SearchOutputs | None = None


@dataclass(frozen=True, kw_only=True)
class Messaging:
    """The outputs of a stack, primary or recovery, that operations on streams and queues use.

    Attributes:
        name: Of the stack, e.g. `prod`.
        account: Its AWS account.
        region: Its AWS region.
        streams: Stream -> what it is called and where it delivers; none where the stack has none.
        queues: Queue -> its addresses, and so for dead letters that are no queue's, e.g. `batch-dead-letters`; none where the
            stack has none.
        cache_secrets: User of the cache -> ARN of the secret with its password; none where the stack has no cache.
        cache_users: User of the cache -> its id in ElastiCache.
        cache_function: Lambda function that rotates them; None without a cache.
        sleeper: Lambda function that keeps the schedule; None where the stack never sleeps.
        rotation_secrets: Database, `database` or a silo's tenant -> ARN of the secret of its master; none where a stack has
            copies only.
        rotation_function: Lambda function that rotates them; None without any.
        takes_environments: Whether environments on demand may be beside it.
    """

    name: str
    account: str
    region: str
    streams: Mapping[str, Stream]
    queues: Mapping[str, Queue]
    cache_secrets: Mapping[str, str]
    cache_users: Mapping[str, str]
    cache_function: str | None
    sleeper: str | None = None
    rotation_secrets: Mapping[str, str] = field(default_factory=dict[str, str])
    rotation_function: str | None = None
    takes_environments: bool = False


@dataclass(frozen=True, kw_only=True)
class Operated:
    """All that commands operate of a stack, primary or recovery.

    Attributes:
        tenants: What operations on tenants use; None where the stack is no primary one.
        messaging: What operations on streams and queues use.
        tenant_tables: Those of the tables whose items are tenants', beside the registry.
        buckets: Bucket of the lake -> its name in AWS; those of a recovery stack hold copies.
        tenant_buckets: Those of the buckets whose objects are tenants'; a silo has one of its own of each.
        keys: Class of data -> ARN of its KMS key in the stack's region.
        queries: What tenants' workgroups are made of there; None where the stack has none.
        search: Its search; None where the stack has none.
        ledger: Deliveries to its counterpart; None where the stack has no counterpart.
        promised: What it promises; None of a stack of before there were promises.
        alerts: Its notifier; None where the stack has none.
        logs: The copies of its logs, and where they are searched; None where it has none.
    """

    tenants: Stack | None
    messaging: Messaging
    tenant_tables: tuple[str, ...]
    buckets: Mapping[str, str]
    tenant_buckets: tuple[str, ...]
    keys: Mapping[str, str]
    queries: Queries | None = None
    search: "Searched | None" = None
    ledger: Ledger | None = None
    promised: Promised | None = None
    alerts: Alerting | None = None
    logs: Logs | None = None


def load(stack: str, outputs: Path | None = None) -> Stack:
    """The stack called so, as the file of its outputs tells it, or the Pulumi that is on the path.

    Raises:
        OperationError: when there is no such stack, the file is another's, or its outputs are not those of a primary stack.
    """
    return parse(*read_outputs(stack, outputs))


def load_messaging(stack: str, outputs: Path | None = None) -> Messaging:
    """The streams and queues of the stack called so; see `load`.

    Raises:
        OperationError: when there is no such stack, the file is another's, or an output is missing or of another form.
    """
    name, told, source = read_outputs(stack, outputs)
    return _messaging(name, Reader(told, source))


def load_operated(stack: str, outputs: Path | None = None) -> Operated:
    """All that commands operate of the stack called so; see `load`.

    Raises:
        OperationError: when there is no such stack, the file is another's, or an output is missing or of another form.
    """
    name, told, source = read_outputs(stack, outputs)
    reader = Reader(told, source)
    return Operated(
        tenants=parse(name, told, source) if reader.has("tenantRoles") else None,
        messaging=_messaging(name, reader),
        tenant_tables=tuple(
            each for each in reader.optional_names("tables") if reader.text("tables", each, "hashKey") == "tenant"
        ),
        buckets=reader.text_by_name("lakeBuckets"),
        tenant_buckets=reader.buckets("perTenant"),
        keys={name: reader.text("keyArns", name) for name in ("config", "messages", "storage", "tables")},
        queries=_queries(reader) if reader.has("catalog") else None,
        search=_searched(name, reader, source) if reader.has("search") else None,
        ledger=ledger_of(name, reader) if reader.has("recovery", "deliveries") else None,
        promised=promised_of(name, reader) if reader.has("objectives") else None,
        alerts=alerting_of(name, reader) if reader.has("alerts") else None,
        logs=logs_of(name, reader),
    )


def load_queries(stack: str, outputs: Path | None = None) -> tuple[str, Queries]:
    """The name of the stack called so, primary or recovery, and what tenants' workgroups are made of there; see `load`.

    Raises:
        OperationError: when there is no such stack, the file is another's, or it has none.
    """
    name, told, source = read_outputs(stack, outputs)
    return name, _queries(Reader(told, source))


def _queries(reader: Reader) -> Queries:
    region, account = reader.place("sns", "the ARN of an SNS topic", "alertTopicArn")
    results = reader.text("catalog", "results")
    silos = reader.optional_names("silos")
    return Queries(
        account=account,
        region=region,
        **{
            name: reader.text("catalog", key)
            for name, key in (
                *(("workgroup_prefix", "workgroupPrefix"), ("cell", "cell"), ("registry", "registry")),
                *(("database", "database"), ("engine", "engine")),
            )
        },
        bucket=reader.text("lakeBuckets", results),
        key_arn=reader.text("keyArns", "storage"),
        cutoff_bytes=reader.number("catalog", "cutoffBytes"),
        tags={name: reader.text("catalog", "tags", name) for name in reader.names("catalog", "tags")},
        own_buckets={
            tenant: (reader.text("silos", tenant, "buckets", results), reader.text("silos", tenant, "keyArn"))
            for tenant in silos
        },
    )


def _messaging(name: str, reader: Reader) -> Messaging:
    region, account = reader.place("sns", "the ARN of an SNS topic", "alertTopicArn")
    return Messaging(
        name=name,
        account=account,
        region=region,
        streams={
            name: Stream(
                name=reader.text("streams", name, "stream"),
                bucket=reader.text("streams", name, "bucket"),
                error_prefix=reader.text("streams", name, "errorPrefix"),
            )
            for name in reader.optional_names("streams")
        },
        queues={
            name: Queue(url=reader.text("queues", name, "url"), dead_letters_url=reader.text("queues", name, "deadLettersUrl"))
            for name in reader.optional_names("queues")
        }
        | {
            name: Queue(url=None, dead_letters_url=reader.text("deadLetters", name))
            for name in reader.optional_names("deadLetters")
        },
        cache_secrets={user: reader.text("cacheSecrets", user) for user in reader.optional_names("cacheSecrets")},
        cache_users={user: reader.text("cacheUsers", user) for user in reader.optional_names("cacheSecrets")},
        cache_function=reader.text("cacheFunction") if reader.has("cacheFunction") else None,
        sleeper=reader.text("schedule", "function") if reader.has("schedule") else None,
        rotation_secrets={
            name: reader.text("databaseRotation", "secrets", name)
            for name in (reader.names("databaseRotation", "secrets") if reader.has("databaseRotation") else ())
        },
        rotation_function=reader.text("databaseRotation", "function") if reader.has("databaseRotation") else None,
        takes_environments=reader.has("environments"),
    )


def parse(name: str, outputs: object, source: str) -> Stack:
    """The stack with these outputs, which came from `source`.

    Raises:
        OperationError: on an output that is missing or of another form.
    """
    reader = Reader(outputs, source)
    if reader.has("active") and not reader.has("tenantRoles"):
        raise OperationError(
            f"{source}: {name} is a recovery stack; expected its primary stack, whose registry has the tenants of both",
            Code.USAGE,
        )
    tables = {table: reader.text("tables", table, "name") for table in reader.names("tables")}
    region, account = reader.place("dynamodb", "the ARN of a DynamoDB table", "tables", "tenants", "arn")
    buckets = reader.text_by_name("lakeBuckets")
    if "config" not in buckets:
        raise reader.error("lakeBuckets.config", None, "the bucket that keeps certificates")
    tenant_buckets = reader.buckets("perTenant")
    return Stack(
        name=name,
        account=account,
        region=region,
        tables=tables,
        buckets=buckets,
        tenant_buckets=tenant_buckets,
        replicated=reader.buckets("replicated"),
        kept_days={what: reader.number("keptDays", what) for what in reader.names("keptDays")},
        tenant_roles=reader.text_by_name("tenantRoles"),
        users_function=reader.text("databaseUsersFunction"),
        login=_login(reader, "databaseLogin"),
        database_users={
            user: reader.choice(("read", "write"), "databaseUsers", user) for user in reader.names("databaseUsers")
        },
        database_arn=reader.text("databaseArn"),
        function_logs={name: reader.text("functionLogs", name) for name in reader.optional_names("functionLogs")},
        job_queue=reader.text("jobQueueArn") if reader.has("jobQueueArn") else None,
        silos={tenant: _silo(reader, tenant, tenant_buckets) for tenant in reader.optional_names("silos")},
        queries=_queries(reader) if reader.has("catalog") else None,
        live_function=reader.text("liveFunction") if reader.has("liveFunction") else None,
        sharing=_sharing(reader) if reader.has("products") else None,
        search=search_of(reader, region),
    )


def _sharing(reader: Reader) -> Sharing:
    def share(name: str) -> Share:
        told = {
            key: reader.text("shares", name, key)
            for key in ("product", "tenant", "account", "since", "until", "prefix", "table")
        }
        arns = {"key_arn": reader.text("shares", name, "keyArn"), "role_arn": reader.text("shares", name, "roleArn")}
        return Share(name=name, closed_at=reader.text("shares", name, "closedAt"), **told, **arns)

    return Sharing(
        bucket=reader.text("products", "bucket"),
        database=reader.text("products", "database"),
        shares={name: share(name) for name in reader.optional_names("shares")},
    )


@dataclass(frozen=True, kw_only=True)
class Searched:
    """The outputs of a stack that operations on its search use, in either region.

    Attributes:
        name: Of the stack.
        account: Its AWS account.
        region: Its AWS region.
        search: Its search.
        registry: Name of the table of tenants, in AWS.
        cell: Whose tenants are searched there: the stack itself, or the primary that it takes over from.
        queue: What the indexer works off, by name; None where it has none.
    """

    name: str
    account: str
    region: str
    search: SearchOutputs
    registry: str
    cell: str
    queue: tuple[str, Queue] | None = None


def load_searched(name: str, outputs: Path | None) -> Searched:
    """The search of a stack.

    Raises:
        OperationError: on outputs that are none, or of a stack without a search.
    """
    name, told, source = read_outputs(name, outputs)
    return _searched(name, Reader(told, source), source)


def _searched(name: str, reader: Reader, source: str) -> Searched:
    region, account = reader.place("sns", "the ARN of an SNS topic", "alertTopicArn")
    found = search_of(reader, region)
    if found is None:
        raise OperationError(f"{source}: {name} has no search; expected a stack with dataconnect:search", Code.USAGE)
    return Searched(
        name=name,
        account=account,
        region=region,
        search=found,
        registry=reader.text("search", "registry"),
        cell=reader.text("search", "cell"),
        queue=_indexed(name, reader),
    )


def _indexed(name: str, reader: Reader) -> tuple[str, Queue] | None:
    queue = reader.text("search", "queue") if reader.has("search", "queue") else ""
    found = _messaging(name, reader).queues.get(queue)
    return (queue, found) if found else None


def search_of(reader: Reader, region: str) -> SearchOutputs | None:
    """The search that outputs tell of, if they do."""
    if not reader.has("search"):
        return None
    return SearchOutputs(
        function=reader.text("search", "function"),
        endpoint=reader.text("search", "endpoint"),
        region=region,
        indexes={name: reader.mapping("search", "indexes", name) for name in reader.names("search", "indexes")},
        indexer=reader.text("search", "indexer"),
    )


def _silo(reader: Reader, tenant: str, buckets: tuple[str, ...]) -> Silo:
    where = ("silos", tenant)
    # One that the stack has for every tenant must be there; one that it has no more may still hold something.
    names = sorted({*buckets, *reader.names(*where, "buckets")})
    return Silo(
        slug=reader.text(*where, "slug"),
        buckets={name: reader.text(*where, "buckets", name) for name in names},
        key_arn=reader.text(*where, "keyArn"),
        database_arn=reader.text(*where, "databaseArn"),
        database_address=reader.text(*where, "databaseAddress"),
        users_function=reader.text(*where, "usersFunction"),
        login=_login(reader, *where, "login"),
    )


def _login(reader: Reader, *where: str) -> dict[str, Any]:
    return {
        "host": reader.text(*where, "host"),
        "port": reader.number(*where, "port"),
        "credentials": reader.text(*where, "credentials"),
    }
