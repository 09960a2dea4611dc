"""The access strings of the cache's users, on a real server: one service gets nothing of another's, by whatever command."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from components.data.cache_access import OFF, access_string
from functions.shared.valkey import Connection, ValkeyError
from tests.valkey import Server, running

OWN = access_string({"alpha": ["read", "write"]})
READS = access_string({"alpha": ["read"]})
BOTH = access_string({"alpha": ["read", "write"], "beta": ["read"]})
SECRET = b"of beta alone"
KEY = "beta:{tacme}:secret"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as found:
        yield found


@pytest.fixture
def beta(server: Server) -> Iterator[Connection]:
    """The other service, with keys of every type."""
    server.empty()
    server.allow("beta", access_string({"beta": ["read", "write"]}), "b" * 16)
    connection = server.login("beta", "b" * 16)
    connection.call("SET", KEY, SECRET)
    connection.call("RPUSH", "beta:list", "3", "1")
    connection.call("HSET", "beta:hash", "field", SECRET)
    connection.call("XADD", "beta:stream", "1-1", "field", SECRET)
    connection.call("XGROUP", "CREATE", "beta:stream", "g", "0")
    yield connection
    connection.close()


@pytest.fixture
def login(server: Server, beta: Connection) -> Iterator[Callable[[str], Connection]]:
    """Log in as `alpha` with an access string; alpha has a key of its own, `alpha:own`, and one that points to beta's."""
    del beta
    opened: list[Connection] = []

    def as_alpha(access: str) -> Connection:
        server.allow("alpha", access, "a" * 16)
        administrator = server.administrator()
        administrator.call("SET", "alpha:own", "mine")
        administrator.call("RPUSH", "alpha:ids", "{tacme}:secret", "own")
        administrator.call("XADD", "alpha:stream", "1-1", "field", "mine")
        opened.extend((administrator, connection := server.login("alpha", "a" * 16)))
        return connection

    yield as_alpha
    for each in opened:
        each.close()


# What would tell something of another's keys, or of everybody's.
OTHERS = [
    *(["GET", KEY], ["MGET", "alpha:own", KEY], ["GETDEL", KEY], ["GETEX", KEY], ["STRLEN", KEY], ["LCS", "alpha:own", KEY]),
    *(["EXISTS", KEY], ["TYPE", KEY], ["TTL", KEY], ["TOUCH", KEY], ["DUMP", KEY], ["OBJECT", "FREQ", KEY]),
    *(["OBJECT", "ENCODING", KEY], ["OBJECT", "IDLETIME", KEY], ["MEMORY", "USAGE", KEY], ["MEMORY", "STATS"]),
    *(["SCAN", "0"], ["SCAN", "0", "MATCH", "alpha:*"], ["RANDOMKEY"], ["DBSIZE"], ["KEYS", "*"], ["KEYS", "alpha:*"]),
    *(["CLUSTERSCAN", "0"], ["CLUSTER", "GETKEYSINSLOT", "0", "10"], ["CLUSTER", "COUNTKEYSINSLOT", "0"], ["INFO", "keyspace"]),
    *(["HGETALL", "beta:hash"], ["HSCAN", "beta:hash", "0"], ["LRANGE", "beta:list", "0", "-1"], ["XLEN", "beta:stream"]),
    *(["XREAD", "STREAMS", "beta:stream", "0"], ["XREAD", "STREAMS", "alpha:stream", "beta:stream", "0", "0"]),
    *(["XRANGE", "beta:stream", "-", "+"], ["XINFO", "STREAM", "beta:stream"]),
    *(["COPY", KEY, "alpha:copy"], ["RENAME", KEY, "alpha:mine"], ["LMOVE", "beta:list", "alpha:l", "LEFT", "LEFT"]),
    *(["BITOP", "OR", "alpha:bits", KEY], ["SUNIONSTORE", "alpha:all", KEY], ["MIGRATE", "127.0.0.1", "1", KEY, "0", "1"]),
    *(["SORT", "alpha:ids", "BY", "nosort", "GET", "beta:*"], ["SORT", "alpha:ids", "BY", "beta:*"], ["SORT", "alpha:ids"]),
    *(["SORT_RO", "alpha:ids", "GET", "beta:*"], ["SORT", "alpha:ids", "STORE", "beta:list"], ["RESTORE", "alpha:x", "0", "x"]),
    *(["SUBSCRIBE", "beta:events"], ["PSUBSCRIBE", "*"], ["SSUBSCRIBE", "beta:events"], ["PUBLISH", "beta:events", "x"]),
    *(["SUBSCRIBE", "__keyspace@0__:" + KEY], ["PUBSUB", "CHANNELS"], ["CLIENT", "TRACKING", "ON", "BCAST"]),
    *(["ACL", "LIST"], ["ACL", "GETUSER", "beta"], ["ACL", "USERS"], ["ACL", "LOG"], ["ACL", "WHOAMI"], ["MONITOR"]),
    *(
        ["CLIENT", "LIST"],
        ["CLIENT", "KILL", "USER", "beta"],
        ["CLIENT", "INFO"],
        ["CLIENT", "PAUSE", "1000"],
        ["SLOWLOG", "GET"],
    ),
    *(["COMMANDLOG", "GET", "1", "slow"], ["LATENCY", "LATEST"], ["CONFIG", "GET", "*"], ["DEBUG", "OBJECT", KEY]),
    *(
        ["FUNCTION", "LIST"],
        ["FUNCTION", "LOAD", "#!lua name=x"],
        ["FUNCTION", "DUMP"],
        ["FUNCTION", "FLUSH"],
        ["FCALL", "x", "0"],
    ),
    *(["SCRIPT", "FLUSH"], ["SCRIPT", "KILL"], ["SCRIPT", "LOAD", "return 1"], ["SCRIPT", "EXISTS", "x"], ["MODULE", "LIST"]),
    *(["EVAL", f"return redis.call('GET', '{KEY}')", "0"], ["EVAL", "return redis.call('GET', KEYS[1])", "1", KEY]),
    *(["EVAL", "return redis.call('SCAN', '0')", "0"], ["EVAL", "return redis.call('KEYS', '*')", "0"]),
    *(["EVAL", "return redis.call('RANDOMKEY')", "0"], ["EVAL", f"return redis.pcall('GET', '{KEY}')", "0"]),
    *(["EVAL_RO", f"return redis.call('GET', '{KEY}')", "0"], ["EVAL", "return 1", "1", KEY]),
    *(["SELECT", "1"], ["SWAPDB", "0", "1"], ["MOVE", KEY, "1"], ["FLUSHALL"], ["FLUSHDB"], ["SHUTDOWN"], ["SAVE"], ["ROLE"]),
    *(["REPLICAOF", "NO", "ONE"], ["SYNC"], ["PSYNC", "?", "-1"], ["FAILOVER"], ["RESET"]),
]
# What would change another's keys.
CHANGES = [
    *(["SET", KEY, "x"], ["APPEND", KEY, "x"], ["DEL", KEY], ["UNLINK", KEY], ["EXPIRE", KEY, "1"], ["PERSIST", KEY]),
    *(["HSET", "beta:hash", "f", "x"], ["RPUSH", "beta:list", "x"], ["XADD", "beta:stream", "*", "f", "x"]),
    *(["XTRIM", "beta:stream", "MAXLEN", "0"], ["XGROUP", "DESTROY", "beta:stream", "g"], ["XDEL", "beta:stream", "1-1"]),
    *(["COPY", "alpha:own", "beta:own"], ["RENAME", "alpha:own", "beta:own"], ["SMOVE", "alpha:s", "beta:s", "x"]),
    ["EVAL", "return redis.call('SET', 'beta:x', '1')", "0"],
    ["XREADGROUP", "GROUP", "g", "c", "STREAMS", "beta:stream", ">"],
]
# Whatever it is asked, the server answers these to who has no right, and leaves the session open. A session may be reset, and
# is nobody's then: the user `default` is off.
OPEN_TO_ALL = {"RESET"}


# A cache that lets nobody do something says so in other words than an access list.
NOT_HERE = ("NOPERM", "ERR DEBUG command not allowed")


def refused(connection: Connection, command: list[str]) -> bool:
    try:
        answer = connection.call(*command)
    except ValkeyError as error:
        return str(error).startswith(NOT_HERE) or "ACL failure" in str(error)
    return isinstance(answer, bytes) and answer.startswith((b"NOPERM", b"ACL FAILURE"))


@pytest.mark.parametrize("access", [OWN, READS], ids=["writes", "reads"])
@pytest.mark.parametrize("command", [*OTHERS, *CHANGES], ids=" ".join)
def test_a_service_gets_nothing_of_anothers_by_any_command(
    login: Callable[[str], Connection], server: Server, command: list[str], access: str
) -> None:
    alpha = login(access)
    if command[0] in OPEN_TO_ALL:
        alpha.call(*command)
        command = ["GET", "alpha:own"]
        with pytest.raises(ValkeyError, match="NOAUTH"):
            alpha.call(*command)
        return
    assert refused(alpha, command)
    administrator = server.administrator()
    assert administrator.call("GET", KEY) == SECRET
    assert administrator.call("XLEN", "beta:stream") == 1
    administrator.close()


@pytest.mark.parametrize("command", CHANGES, ids=" ".join)
def test_who_reads_a_space_changes_nothing_in_it(login: Callable[[str], Connection], command: list[str]) -> None:
    alpha = login(BOTH)
    assert alpha.call("GET", KEY) == SECRET
    ((_, entries),) = alpha.call("XREAD", "STREAMS", "beta:stream", "0")
    assert entries[0][1] == [b"field", SECRET]
    assert refused(alpha, command)


def test_a_service_works_with_keys_of_its_own(login: Callable[[str], Connection]) -> None:
    alpha = login(OWN)
    assert alpha.call("SET", "alpha:x", "1", "EX", 60) == b"OK"
    assert alpha.call("HINCRBY", "alpha:h", "n", 2) == 2
    assert alpha.call("EVAL", "return redis.call('INCRBY', KEYS[1], ARGV[1])", 1, "alpha:x", 4) == 5
    assert alpha.call("XADD", "alpha:s", "MAXLEN", "~", 10, "1-1", "a", "b") == b"1-1"
    assert alpha.call("UNLINK", "alpha:x", "alpha:h", "alpha:s") == 3
    assert alpha.call("CLIENT", "SETNAME", "alpha-1") == b"OK"
    assert alpha.calls([["MULTI"], ["SET", "alpha:y", "1"], ["EXEC"]]) == [b"OK", b"QUEUED", [b"OK"]]


def test_who_only_reads_changes_nothing_of_its_own_space_either(login: Callable[[str], Connection]) -> None:
    alpha = login(READS)
    assert alpha.call("GET", "alpha:own") == b"mine"
    for command in (["SET", "alpha:own", "x"], ["DEL", "alpha:own"], ["EVAL", "return 1", "1", "alpha:own"]):
        assert refused(alpha, command)


@pytest.mark.usefixtures("beta")
def test_the_user_default_is_off_and_who_does_not_log_in_gets_nothing(server: Server) -> None:
    administrator = server.administrator()
    administrator.call("ACL", "SETUSER", "default", "reset", f">{'d' * 16}", *OFF.split())
    for connection in (server.anonymous(), server.anonymous()):
        with pytest.raises(ValkeyError, match="NOAUTH"):
            connection.call("GET", KEY)
        with pytest.raises(ValkeyError, match="WRONGPASS"):
            connection.call("AUTH", "default", "d" * 16)
        connection.close()
    administrator.close()


def without_keys(connection: Connection) -> Iterator[str]:
    """Each command and subcommand of the server that names no keys."""
    for entry in connection.call("COMMAND"):
        yield from (each[0].decode() for each in (entry[9] or [entry]) if not each[8])


def may(administrator: Connection, name: str) -> bool:
    """Whether `alpha` may call it with as many words as it takes."""
    for count in range(6):
        with suppress(ValkeyError):
            if administrator.call("ACL", "DRYRUN", "alpha", *name.split("|"), *["1"] * count) == b"OK":
                return True
    return False


def test_of_the_commands_without_keys_those_of_the_own_session_are_allowed(
    login: Callable[[str], Connection], server: Server
) -> None:
    login(OWN)
    administrator = server.administrator()
    allowed = {name for name in without_keys(administrator) if may(administrator, name)}
    administrator.close()
    session = {"client|id", "client|setinfo", "client|setname", "discard", "exec", "multi", "ping", "unwatch", "wait"}
    # The server lets everybody log in and out, whatever the list says; the last two tell how a command is called.
    assert allowed == session | {"auth", "hello", "quit", "reset"} | {"xgroup|help", "xinfo|help"}


WIDER = [
    "+scan",
    "+@read",
    "+dbsize",
    "+randomkey",
    "+@keyspace",
    "~*",
    "+@pubsub &*",
    "+@connection",
    "+info",
    "+sort",
    "allkeys",
]


# What holds up a session, ends it or begins another kind of answers.
HOLDS_UP = {"SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "MONITOR", "RESET", "SHUTDOWN"}


@pytest.mark.parametrize("more", WIDER)
def test_an_access_string_that_is_wider_is_found(login: Callable[[str], Connection], more: str) -> None:
    alpha = login(f"{OWN} {more}")
    assert [command for command in OTHERS if command[0] not in HOLDS_UP and not refused(alpha, command)]
