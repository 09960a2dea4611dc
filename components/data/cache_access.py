"""What a user of the cache may do, as Valkey's access lists spell it: its spaces, and commands that name their keys."""

from collections.abc import Collection, Mapping
from typing import Final, Literal

Verb = Literal["read", "write"]
Spaces = Mapping[str, Collection[Verb]]
"""Name of a space -> what is done there. A space is the keys that begin with its name and a colon."""

# By type of data: a command of these names its keys, so that the list of keys decides. `@read` and `@write` also hold what goes
# through the keys of everybody (SCAN, RANDOMKEY, DBSIZE; since Valkey 9.1 CLUSTERSCAN), and a later version may add to that.
_TYPES: Final = ("@string", "@hash", "@list", "@set", "@sortedset", "@stream")
_ON_KEYS: Final = ("exists", "expiretime", "pexpiretime", "pttl", "touch", "ttl", "type")
_OF_KEYS: Final = ("del", "expire", "expireat", "persist", "pexpire", "pexpireat", "unlink")
_SESSION: Final = ("client|id", "client|setinfo", "client|setname", "discard", "exec", "multi", "ping", "unwatch", "watch")
# A script is checked command by command as its caller, and its declared keys must be readable and writable. WAIT tells whether
# a replica has what was written.
_WRITERS: Final = ("eval", "evalsha", "wait")

OFF: Final = "off -@all"
"""The access of the user `default`, whom every client is that does not log in: it can neither log in nor do anything."""


def access_string(spaces: Spaces) -> str:
    """The access string of a user: its spaces' keys, and no command that could tell of others.

    No channels: what is published is gone for who was away, so the house uses streams. No `CLIENT TRACKING`: in broadcasting
    mode it tells the names of all keys that change. ElastiCache puts `-@all` before the first command by itself; where it is
    already, a later plan finds no difference.
    """
    writes = any("write" in verbs for verbs in spaces.values())
    keys = [_pattern(name, spaces[name]) for name in sorted(spaces)]
    # XREADGROUP counts as reading a key, and moves on what the group has read.
    kept = ["-@write"] if not writes else ["-xreadgroup"] if any("write" not in verbs for verbs in spaces.values()) else []
    types = [*(f"+{name}" for name in _TYPES), *kept]
    commands = (*_ON_KEYS, *_SESSION, *((*_OF_KEYS, *_WRITERS) if writes else ()))
    # Last, so that nothing above brings back what administers or goes through everything, e.g. SORT, which reads other keys.
    return " ".join(("on", *keys, "-@all", *types, *(f"+{each}" for each in sorted(commands)), "-@admin", "-@dangerous"))


def _pattern(space: str, verbs: Collection[Verb]) -> str:
    """`~` is both; `%R~` and `%W~` are one of the two."""
    letters = "".join(letter for verb, letter in (("read", "R"), ("write", "W")) if verb in verbs)
    return f"~{space}:*" if letters == "RW" else f"%{letters}~{space}:*"
