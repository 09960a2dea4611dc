"""An environment on demand as the registry has it, and the lease of the command that works on it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final, Literal, get_args, get_type_hints

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

State = Literal["coming-up", "up", "failed", "going-down", "kept"]
"""`failed`: its owner's to mend until it expires; `kept`: the stack is gone, its database waits for the same name."""
STATES: Final[tuple[State, ...]] = get_args(State)
Data = Literal["discard", "keep"]
_write = TypeSerializer().serialize
_read = TypeDeserializer().deserialize


@dataclass(frozen=True, kw_only=True)
class Lease:
    """Which command works on an environment.

    Attributes:
        token: Of this run of a command, which nobody else has.
        by: Who runs it.
        doing: `up`, `down` or `janitor`.
        since: Unix seconds.
        until: Unix seconds at which it ends by itself.
    """

    token: str
    by: str
    doing: str
    since: int
    until: int

    def __str__(self) -> str:
        """For people."""
        return f"{self.by} ({self.doing}) since {moment(self.since)}"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """An environment's item.

    Attributes:
        name: Its name; its stack is `<of>-<name>`.
        owner: ARN of who brought it up.
        email: Whom its tags name.
        of: The stack beside which it is.
        template: What it was rendered from.
        range: Its range of the pool; empty while it is only kept.
        data: What becomes of its database when it is taken down.
        state: Where it is in its life.
        created: Unix seconds.
        expires: Unix seconds.
        changed_by: Who changed it last.
        changed_at: Unix seconds.
        url: Where it is reached; empty before it is up.
        why: What failed last; empty where nothing did.
        warned: The value of `expires` whose coming was told; 0 where that did not happen.
        keep_for: Seconds for which its database is to be kept, as its last `down` said; 0 where none did.
        kept_until: Unix seconds until which its database is kept; 0 where it is not.
        usd_awake: USD an hour awake, as estimated; empty where it is not known.
        usd_asleep: USD an hour asleep.
        made: Whether a command made its stack: without that, one of its name is somebody else's.
        came_up: Unix seconds at which it was up first; 0 where it never was.
        sleeper: The function that keeps its schedule; empty where it has none, or was never up.
        timezone: The time zone of that.
        lease: The command that works on it; None where none does.
    """

    name: str
    owner: str
    email: str
    of: str
    template: str
    range: str
    data: Data
    state: State
    created: int
    expires: int
    changed_by: str
    changed_at: int
    url: str = ""
    why: str = ""
    warned: int = 0
    keep_for: int = 0
    kept_until: int = 0
    usd_awake: str = ""
    usd_asleep: str = ""
    made: bool = False
    came_up: int = 0
    sleeper: str = ""
    timezone: str = ""
    lease: Lease | None = None

    @property
    def stack(self) -> str:
        """The name of its stack."""
        return f"{self.of}-{self.name}"

    def held(self, now: int) -> Lease | None:
        """The lease, if it has not ended."""
        return self.lease if self.lease and self.lease.until > now else None


def moment(at: int) -> str:
    """A time for people, in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def attributes(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as DynamoDB takes them."""
    return {name: _write(value) for name, value in values.items()}


def item_of(environment: Environment) -> dict[str, Any]:
    """The item of an environment, without its key."""
    return attributes({name: value for name, value in asdict(environment).items() if name != "name" and value is not None})


_NUMBERS: Final = frozenset(name for name, kind in get_type_hints(Environment).items() if kind is int)
_LATEST: Final = int(datetime.max.replace(tzinfo=UTC).timestamp())


def environment_of(item: Mapping[str, Any]) -> Environment:
    """The environment of an item.

    Raises:
        ValueError: when it is none, e.g. because somebody wrote it by hand; the message says what is wrong with it.
    """
    try:
        found = _read_whole(item)
        times = [getattr(found, name) for name in _NUMBERS]
    except (TypeError, KeyError, AttributeError, ArithmeticError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error
    if found.state not in STATES or found.data not in get_args(Data):
        raise ValueError(f"state is {found.state!r} and data {found.data!r}; expected one of each that there is")
    if not all(0 <= each <= _LATEST for each in (*times, *((found.lease.since, found.lease.until) if found.lease else ()))):
        raise ValueError("a time is none; expected Unix seconds")
    return found


def _read_whole(item: Mapping[str, Any]) -> Environment:
    told: dict[str, Any] = {name: _read(value) for name, value in item.items()}
    known = {each.name: told[each.name] for each in fields(Environment) if each.name in told}
    numbers = {name: int(value) for name, value in known.items() if name in _NUMBERS}
    lease: Any = told.get("lease")
    if lease:
        read: dict[str, Any] = {name: int(value) if name in ("since", "until") else value for name, value in lease.items()}
        lease = Lease(**read)
    whole: dict[str, Any] = {**known, **numbers, "name": told["item"], "lease": lease}
    return Environment(**whole)
