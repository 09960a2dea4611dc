"""The counts of a day in the cache, of one tenant and dataset: whatever comes twice, late or in another order, counts once.

A window is what came in on a day (UTC). Of each record in it, its newest state counts, in the order that the table `newest`
has, too. One step of the server compares, takes the state before away, adds the new one and tells of it in the stream.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal, TypedDict

from functions.shared.valkey import Script, Valkey
from jobs.aggregate.records import SCHEMAS, Message

KEPT: Final = timedelta(days=2)
"""From the beginning of its day on: a window stays for a day after its last record."""
CHANGES: Final = 10_000
"""About so many changes of a tenant are kept: who has missed more begins with the counts."""
MOST_RECORDS: Final = 250_000
"""Of a window: what comes after them is not counted, and the window says that it is not complete."""
MOST_FIELDS: Final = 2_000
"""Of a window's counts: values that come after them are counted together, as `*`."""
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {"loans": ("status", "product", "state")}
"""Dataset -> fields by whose values is counted. Others are not counted."""
AMOUNTS: Final = {"loans": "amount_cents"}
"""Dataset -> field that is summed up."""
REPLICA_MILLISECONDS: Final = 500

Outcome = Literal["counted", "older", "full"]

# KEYS: counts, records, changes. ARGV: the record's field; version; name of a new window; when it ends; the three limits; what
# a change tells: dataset, day, time, record; the amount; then pairs of a field's name and value.
COUNT: Final = Script("""
local function newer(version, before)
    -- Not by <, which goes by the language of the server's machine.
    for at = 1, math.min(#version, #before) do
        local a, b = string.byte(version, at), string.byte(before, at)
        if a ~= b then return a > b end
    end
    return #version > #before
end

local counts, records, changes = KEYS[1], KEYS[2], KEYS[3]
local function tell(fields)
    local number = redis.call('HINCRBY', counts, 'number', 1)
    local id = redis.call('XADD', changes, 'MAXLEN', '~', ARGV[5], '*',
        'dataset', ARGV[8], 'day', ARGV[9], 'at', ARGV[10], 'record', ARGV[11],
        'window', redis.call('HGET', counts, 'window'), 'number', number, 'counts', cjson.encode(fields))
    redis.call('HSET', counts, 'last', id, 'at', ARGV[10])
    redis.call('EXPIREAT', counts, ARGV[4])
    redis.call('EXPIREAT', records, ARGV[4])
    redis.call('EXPIREAT', changes, ARGV[4], 'NX')
    redis.call('EXPIREAT', changes, ARGV[4], 'GT')
end

local held = redis.call('HGET', records, ARGV[1])
if held then
    held = cjson.decode(held)
    if ARGV[2] == held.version or not newer(ARGV[2], held.version) then
        -- Something is written, for which a replica can be waited: it has then what was written before, too.
        redis.call('EXPIREAT', counts, ARGV[4])
        return 'older'
    end
elseif redis.call('HLEN', records) >= tonumber(ARGV[6]) then
    if redis.call('EXISTS', counts) == 1 and redis.call('HSETNX', counts, 'incomplete', '1') == 1 then
        tell({incomplete = '1'})
    end
    return 'full'
end

redis.call('HSETNX', counts, 'window', ARGV[3])
local touched = {}
local function add(name, sign, cents)
    local count, sum = name .. ':count', name .. ':cents'
    if redis.call('HINCRBY', counts, count, sign .. '1') == 0 then
        redis.call('HDEL', counts, count, sum)
    elseif cents ~= '0' then
        redis.call('HINCRBY', counts, sum, sign .. cents)
    end
    touched[count], touched[sum] = true, true
end

if held then
    for _, name in ipairs(held.names) do add(name, '-', held.cents) end
end
local names = {'all'}
for at = 13, #ARGV, 2 do
    local name = ARGV[at] .. ':' .. ARGV[at + 1]
    if redis.call('HEXISTS', counts, name .. ':count') == 0 and redis.call('HLEN', counts) >= tonumber(ARGV[7]) then
        name = ARGV[at] .. ':*'
    end
    names[#names + 1] = name
end
for _, name in ipairs(names) do add(name, '', ARGV[12]) end
redis.call('HSET', records, ARGV[1], cjson.encode({version = ARGV[2], cents = ARGV[12], names = names}))

local now = {}
for field in pairs(touched) do now[field] = redis.call('HGET', counts, field) or '0' end
tell(now)
return 'counted'
""")


@dataclass(frozen=True)
class Keys:
    """The keys of a window; those of a tenant are in one slot, should the cache ever be spread over several servers."""

    counts: str
    records: str
    changes: str

    @classmethod
    def of(cls, tenant: str, dataset: str, day: str) -> "Keys":
        """Those of a tenant, a dataset and a day (YYYY-MM-DD)."""
        of_tenant = f"live:{{{tenant}}}"
        window = f"{of_tenant}:{dataset}:{day}"
        return cls(f"{window}:counts", f"{window}:records", f"{of_tenant}:changes")


def ends_at(day: str) -> int:
    """When a window ends, in seconds since 1970."""
    return int((datetime.fromisoformat(day).replace(tzinfo=UTC) + KEPT).timestamp())


class State(TypedDict):
    """How full a window is.

    Attributes:
        dataset: What it counts.
        day: Its day, YYYY-MM-DD.
        records: How many it has.
        complete: False once something came that it had no room for.
    """

    dataset: str
    day: str
    records: int
    complete: bool


class NotCopiedError(Exception):
    """No replica has a change yet: a failover would lose it, so its message comes again."""


@dataclass(frozen=True, kw_only=True)
class Windows:
    """The windows in a cache.

    Attributes:
        valkey: The cache.
        replicas: Whether it has replicas, one of which must have a change before its message is done with.
        ends: When the window of a day ends, by the clock of the cache.
    """

    valkey: Valkey
    replicas: bool
    ends: Callable[[str], int] = field(default=ends_at)

    def count(self, tenant: str, dataset: str, day: str, message: Message) -> Outcome:
        """Count a state in the window of a day, unless one is there that is as new.

        Raises:
            NotCopiedError: when no replica has it; done again, it counts once.
        """
        schema, keys = SCHEMAS[dataset], Keys.of(tenant, dataset, day)
        values = dict(zip(schema.names, message.values, strict=True))
        record = str(values[schema.key])
        outcome, copies = self.valkey.run(
            COUNT,
            [keys.counts, keys.records, keys.changes],
            [
                hashlib.sha256(record.encode()).digest()[:16],
                version_of(values["updated_at"], message),
                secrets.token_hex(8),
                self.ends(day),
                CHANGES,
                MOST_RECORDS,
                MOST_FIELDS,
                dataset,
                day,
                message.received_at.isoformat(),
                record,
                values[AMOUNTS[dataset]],
                *(word for name in GROUPS[dataset] for word in (name, str(values[name]))),
            ],
            copied_within=REPLICA_MILLISECONDS if self.replicas else 0,
        )
        if self.replicas and not copies:
            raise NotCopiedError("cache: expected a replica to have the change")
        match outcome:
            case b"counted":
                return "counted"
            case b"older":
                return "older"
            case _:
                return "full"

    def erase(self, tenant: str, now: datetime) -> int:
        """Delete all keys of a tenant, whose names are known: those of the days that have not ended. How many there were."""
        return self.valkey.call("UNLINK", *names_of(tenant, now))

    def left(self, tenant: str, now: datetime) -> int:
        """How many keys of a tenant there are."""
        return self.valkey.call("EXISTS", *names_of(tenant, now))

    def state(self, tenant: str, now: datetime) -> list[State]:
        """How full each window of a tenant is; those that have nothing are left out."""
        found: list[State] = []
        for dataset in GROUPS:
            for day in _days(now):
                keys = Keys.of(tenant, dataset, day)
                if records := self.valkey.call("HLEN", keys.records):
                    complete = self.valkey.call("HGET", keys.counts, "incomplete") is None
                    found.append(State(dataset=dataset, day=day, records=records, complete=complete))
        return found


def version_of(updated_at: datetime, message: Message) -> str:
    """What orders the states of a record: as in `functions/newest/state.py`."""
    return f"{updated_at.isoformat(timespec='microseconds')}#{message.id}#{message.digest.hex()}"


def names_of(tenant: str, now: datetime) -> list[str]:
    """Every key that a tenant can have; a clock that runs before ours may be in tomorrow already."""
    return sorted({name for dataset in GROUPS for day in _days(now) for name in vars(Keys.of(tenant, dataset, day)).values()})


def _days(now: datetime) -> Iterator[str]:
    today: date = now.astimezone(UTC).date()
    yield from ((today + timedelta(days=offset)).isoformat() for offset in range(-KEPT.days, 2))
