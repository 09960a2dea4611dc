"""What a command knows of a stack: its outputs, from Pulumi or from a file."""

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from operations.errors import Code, OperationError

ROOT = Path(__file__).resolve().parent.parent


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
        silos: Id of a tenant -> what it has of its own; none where the stack has no silos.
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
    silos: Mapping[str, Silo]


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
    """

    name: str
    account: str
    region: str
    streams: Mapping[str, Stream]
    queues: Mapping[str, Queue]


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
    """

    tenants: Stack | None
    messaging: Messaging
    tenant_tables: tuple[str, ...]
    buckets: Mapping[str, str]
    tenant_buckets: tuple[str, ...]
    keys: Mapping[str, str]


def load(stack: str, outputs: Path | None = None) -> Stack:
    """The stack called so, as the file of its outputs tells it, or the Pulumi that is on the path.

    Raises:
        OperationError: when there is no such stack, the file is another's, or its outputs are not those of a primary stack.
    """
    return parse(*_outputs(stack, outputs))


def load_messaging(stack: str, outputs: Path | None = None) -> Messaging:
    """The streams and queues of the stack called so; see `load`.

    Raises:
        OperationError: when there is no such stack, the file is another's, or an output is missing or of another form.
    """
    name, told, source = _outputs(stack, outputs)
    return _messaging(name, _Reader(told, source))


def load_operated(stack: str, outputs: Path | None = None) -> Operated:
    """All that commands operate of the stack called so; see `load`.

    Raises:
        OperationError: when there is no such stack, the file is another's, or an output is missing or of another form.
    """
    name, told, source = _outputs(stack, outputs)
    reader = _Reader(told, source)
    return Operated(
        tenants=parse(name, told, source) if reader.has("tenantRoles") else None,
        messaging=_messaging(name, reader),
        tenant_tables=tuple(
            each for each in reader.optional_names("tables") if reader.text("tables", each, "hashKey") == "tenant"
        ),
        buckets=reader.text_by_name("lakeBuckets"),
        tenant_buckets=reader.buckets("perTenant"),
        keys={name: reader.text("keyArns", name) for name in ("config", "messages", "storage", "tables")},
    )


def _messaging(name: str, reader: "_Reader") -> Messaging:
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
    )


def parse(name: str, outputs: object, source: str) -> Stack:
    """The stack with these outputs, which came from `source`.

    Raises:
        OperationError: on an output that is missing or of another form.
    """
    reader = _Reader(outputs, source)
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
        silos={tenant: _silo(reader, tenant, tenant_buckets) for tenant in reader.optional_names("silos")},
    )


def _silo(reader: "_Reader", tenant: str, buckets: tuple[str, ...]) -> Silo:
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


def _login(reader: "_Reader", *where: str) -> dict[str, Any]:
    return {
        "host": reader.text(*where, "host"),
        "port": reader.number(*where, "port"),
        "credentials": reader.text(*where, "credentials"),
    }


class _Reader:
    """Outputs by path, with an error that names what is missing."""

    def __init__(self, outputs: object, source: str) -> None:
        self._outputs = outputs
        self._source = source

    def error(self, path: str, value: object, expected: str) -> OperationError:
        said = "is missing" if value is None else f"is {_short(value)}"
        hint = "deploy the stack with this release first" if value is None else "is this the stack's own file?"
        return OperationError(f"{self._source}: output {path} {said}; expected {expected} ({hint})", Code.USAGE)

    def _get(self, *path: str) -> Any:
        found: Any = self._outputs
        for name in path:
            found = cast(Mapping[str, Any], found).get(name) if isinstance(found, Mapping) else None
        return found

    def text(self, *path: str) -> str:
        value = self._get(*path)
        if not isinstance(value, str) or not value or not value.isprintable():
            raise self.error(".".join(path), value, "a text of printable characters")
        return value

    def place(self, service: str, expected: str, *path: str) -> tuple[str, str]:
        """Region and account of an ARN."""
        arn = self.text(*path)
        found = re.fullmatch(rf"arn:aws[a-z-]*:{service}:([a-z0-9-]+):([0-9]{{12}}):.+", arn)
        if not found:
            raise self.error(".".join(path), arn, expected)
        return found[1], found[2]

    def number(self, *path: str) -> int:
        value = self._get(*path)
        # Pulumi prints numbers as floats.
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0 or value % 1:
            raise self.error(".".join(path), value, "a whole number, 0 or more")
        return int(value)

    def switch(self, *path: str) -> bool:
        value = self._get(*path)
        if not isinstance(value, bool):
            raise self.error(".".join(path), value, "true or false")
        return value

    def names(self, *path: str) -> list[str]:
        value = self._get(*path)
        if not isinstance(value, Mapping):
            raise self.error(".".join(path), value, "a mapping by name")
        names = sorted(str(name) for name in cast(Mapping[str, Any], value))
        if wrong := [name for name in names if not name or not name.isprintable()]:
            raise self.error(".".join(path), wrong[0], "names of printable characters")
        return names

    def optional_names(self, *path: str) -> list[str]:
        return [] if self._get(*path) is None else self.names(*path)

    def has(self, *path: str) -> bool:
        return self._get(*path) is not None

    def text_by_name(self, path: str) -> dict[str, str]:
        return {name: self.text(path, name) for name in self.names(path)}

    def buckets(self, what: str) -> tuple[str, ...]:
        """The buckets of the lake of whose class a switch is on."""
        return tuple(name for name in self.names("lakeBuckets") if self.switch("lakeClasses", name, what))

    def choice(self, known: Sequence[str], *path: str) -> str:
        value = self._get(*path)
        if value not in known:
            raise self.error(".".join(path), value, f"one of {', '.join(known)}")
        return cast(str, value)


def _short(value: object) -> str:
    """A value as an error tells it; of a long one, its first 200 characters."""
    return shown if len(shown := repr(value)) <= 200 else f"{shown[:200]}..."


def _outputs(stack: str, outputs: Path | None) -> tuple[str, object, str]:
    """The last part of a stack's name (`prod` of `organization/dataconnect/prod`), its outputs, and where they are from."""
    if not re.fullmatch(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+){0,2}", stack) or stack.startswith("-"):
        raise OperationError(f"--stack is {stack!r}; expected the name of a stack, such as prod", Code.USAGE)
    name = stack.rpartition("/")[2]
    if outputs is None:
        return name, _from_pulumi(stack), f"stack {stack}"
    found = _from_file(outputs)
    _check_name(name, found.get("stack"), outputs)
    return name, found, str(outputs)


def _check_name(name: str, told: object, file: Path) -> None:
    """Refuse a file of another stack: its tenants would be entered, and looked for, in a cell that is not theirs."""
    if told is None:
        raise OperationError(
            f"{file}: output stack is missing, so that nobody knows whether these are outputs of {name}; deploy the stack with"
            f" this release first, then write them anew: pulumi stack output --json --stack {name} > {file}",
            Code.USAGE,
        )
    if told != name:
        raise OperationError(
            f"--stack is {name!r}, but --outputs {file} has the outputs of {_short(told)}; expected a stack and its own"
            " outputs",
            Code.USAGE,
        )


def _from_file(file: Path) -> Mapping[str, object]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        told = getattr(error, "strerror", None) or f"no JSON: {error}"
        raise _unreadable(file, told) from error
    if not isinstance(found, dict):
        raise _unreadable(file, f"a JSON {'list' if isinstance(found, list) else 'value'}, not a mapping")
    return cast(Mapping[str, object], found)


def _unreadable(file: Path, told: str) -> OperationError:
    return OperationError(f"--outputs {file}: {told}; expected what `pulumi stack output --json` prints", Code.USAGE)


def _from_pulumi(stack: str) -> object:
    command = ["pulumi", "stack", "output", "--json", "--stack", stack]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError as error:
        hint = (
            "install it, or give --outputs FILE; "
            f"`./sandbox/pulumi stack output --json -s {stack} > FILE` writes one of the sandbox"
        )
        raise OperationError(f"there is no pulumi on the path; {hint}", Code.USAGE) from error
    if done.returncode:
        raise OperationError(f"pulumi does not tell the outputs of stack {stack}: {done.stderr.strip()}", Code.USAGE)
    try:
        return json.loads(done.stdout)
    except (ValueError, RecursionError) as error:
        raise OperationError(f"pulumi tells the outputs of stack {stack} as no JSON: {error}", Code.USAGE) from error
