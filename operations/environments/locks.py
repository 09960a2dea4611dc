"""The engine's lock on a stack: waited for, or taken away once its holder is proven dead."""

import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime

from delivery.reconcile.locks import Life, Lock, alive, locks_of
from operations.environments.engine import Engine, LockedError
from operations.environments.progress import say
from operations.errors import Code, OperationError

# `alive` believes whoever took a lock after a failover; here is none.
_NEVER = datetime.max.replace(tzinfo=UTC)


def proof_of_life(lock: Lock, life: Life, now: datetime, host: str = "") -> str:
    """Why the holder of a lock may be alive; empty where it cannot be.

    On this machine (`host`) its process is looked for. That it is not there proves nothing: containers of one name have
    processes of their own. Only silence does: that of the state, for as long as nothing of AWS takes
    (delivery/reconcile/locks.py).
    """
    if lock.host == (host or socket.gethostname()) and _runs(lock.pid):
        return "its process runs on this machine"
    return alive(lock, life, since=_NEVER, now=now)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def unlocked(do: Callable[[], None], engine: Engine, now: Callable[[], datetime]) -> None:
    """Do what takes the lock of the stack; the lock of a holder that is proven dead is taken away first.

    Raises:
        OperationError: while the holder may be alive; the message names it.
    """
    try:
        do()
    except LockedError as error:
        locks = locks_of(error.said)
        life = engine.life()
        living = [f"{lock}: {why}" for lock in locks if (why := proof_of_life(lock, life, now()))]
        if living or not locks:
            told = "; ".join(living) or "by somebody whom the engine does not name"
            raise OperationError(
                f"the state of {engine.stack} is locked by {told}. Run it again when that has ended", Code.CONFLICT
            ) from error
        say(f"the lock of {', '.join(map(str, locks))} is taken away: its holder is dead")
        engine.cancel()
        do()
