"""What the function does for all databases of its region at once: one that hangs stops none of the others."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypedDict, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from .database import FAILURES, Database, OvertakenError
from .table import Beat, Table

T = TypeVar("T")


class Looked(TypedDict):
    """A database as it was seen; None is unknown. `error` says why."""

    inRecovery: bool | None
    number: int | None
    error: str | None


class Look(TypedDict):
    """What a region's databases and its replica of the table say, and its clock, Unix time in whole seconds."""

    region: str
    databases: dict[str, Looked]
    table: dict[str, Beat]
    now: int


class Written(TypedDict):
    """The last number that a database has been given; None where it was not, `error` says why."""

    number: int | None
    error: str | None


class Last(TypedDict):
    """The last numbers, by database, and why the table has not got them, None where it has."""

    region: str
    databases: dict[str, Written]
    table: str | None


class Closed(TypedDict):
    """How many sessions of others were ended; None where it is not known that none is left."""

    closed: int | None
    error: str | None


class Probed(TypedDict):
    """Whether a database can be written to."""

    writable: bool
    error: str | None


@dataclass(kw_only=True)
class Heart:
    """A region's databases and its replica of the table.

    Attributes:
        stack: The stack that it is of.
        region: This region.
        databases: Its databases.
        table: The table `recovery`.
        now: The clock, Unix time.
    """

    stack: str
    region: str
    databases: Sequence[Database]
    table: Table
    now: Callable[[], float]
    _highest: int = field(default=0, init=False)

    def look(self) -> Look:
        """Read everything.

        Raises:
            ClientError, BotoCoreError: where the table cannot be read.
        """
        databases = self.looked()
        return Look(region=self.region, databases=databases, table=self.table.beats(), now=int(self.now()))

    def looked(self) -> dict[str, Looked]:
        """The databases as they are."""
        found: dict[str, Looked] = {}
        for name, told in self._of_each(Database.look).items():
            seen = (None, None) if isinstance(told, str) else told
            found[name] = Looked(inRecovery=seen[0], number=seen[1], error=told if isinstance(told, str) else None)
        return found

    def final(self, writer: str) -> Last:
        """Write one more number everywhere, and to the table: what was written before it is older. It ends every beat."""
        number = self.next_number()
        told = self._of_each(lambda database: database.claim(number, writer))
        numbers = {name: each for name, each in told.items() if isinstance(each, int)}
        try:
            trouble = self.write(numbers, writer)
        except OvertakenError:
            trouble = "it has a higher number"
        databases = {
            name: Written(number=numbers.get(name), error=each if isinstance(each, str) else None)
            for name, each in told.items()
        }
        return Last(region=self.region, databases=databases, table=trouble)

    def write(self, numbers: Mapping[str, int], writer: str) -> str | None:
        """Tell the table what databases have; why it did not take it, None where it did.

        Raises:
            OvertakenError: where it has a higher number.
        """
        if not numbers:
            return "no database has a number"
        self.told(max(numbers.values()))
        try:
            self.table.write(max(numbers.values()), numbers, writer=writer, now=self.now())
        except (ClientError, BotoCoreError) as error:
            return f"{type(error).__name__}: {error}"
        return None

    def close(self) -> dict[str, dict[str, Closed]]:
        """End the sessions of all others."""
        return {
            "databases": {
                name: Closed(closed=None, error=told) if isinstance(told, str) else Closed(closed=told, error=None)
                for name, told in self._of_each(Database.close_others).items()
            }
        }

    def probe(self) -> dict[str, dict[str, Probed]]:
        """Write to each, and read it back."""
        return {
            "databases": {
                name: Probed(writable=told is None, error=told) for name, told in self._of_each(Database.probe).items()
            }
        }

    def hang_up(self) -> None:
        """End all sessions: one that outlives its run may be dead when the next one takes it up."""
        for database in self.databases:
            database.hang_up()

    def next_number(self) -> int:
        """A number for now, higher than all before it even if the clock has stepped back."""
        self._highest = max(int(self.now()), self._highest + 1)
        return self._highest

    def ahead(self) -> float:
        """Seconds by which the next number is ahead of the clock; 0 where it is not."""
        return max(0, self._highest + 1 - self.now())

    def told(self, number: int) -> None:
        """A number that is there already: the next one is higher."""
        self._highest = max(self._highest, number)

    def _of_each(self, do: Callable[[Database], T]) -> dict[str, T | str]:
        """By database: what `do` gave, or in words why it gave nothing."""
        if not self.databases:
            return {}
        with ThreadPoolExecutor(len(self.databases)) as pool:
            futures: dict[str, Future[T | str]] = {
                database.name: pool.submit(_told, do, database) for database in self.databases
            }
            return {name: future.result() for name, future in futures.items()}


def _told(do: Callable[[Database], T], database: Database) -> T | str:
    try:
        return do(database)
    except FAILURES as error:
        return f"{type(error).__name__}: {error}"
