"""What every step of a run has at hand, and the questions that several of them ask."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .aws import LOST, Aws
from .execute import Notes, Told
from .loss import Loss, loss_of, number_of
from .order import Order
from .plan import DISASTER, PLANNED
from .record import Record
from .region import Missing, Region
from .site import Site, site_of
from .stop import StopError

CLOSES: Final = ("gate", "mapping", "schedule", "rule", "job-queue", "service", "database")
"""What shuts a region off, in the order in which nothing is cut off in the middle."""
CLOSES_AT_ONCE: Final = ("gate", "latch", "mapping", "schedule", "rule", "job-queue", "service")
"""What follows in a disaster, when the databases are shut off."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What the steps of one run have at hand.

    Attributes:
        site: This region.
        order: What was ordered.
        record: The table, in this region.
        aws: Makes clients.
        now: The time, Unix seconds.
        smoke: Asks services for their health: what is wrong, by service.
    """

    site: Site
    order: Order
    record: Record
    aws: Aws
    now: Callable[[], float]
    smoke: Callable[[Site], Mapping[str, str]]

    @property
    def here(self) -> Region:
        """This region."""
        return Region(site=self.site, aws=self.aws, left=self.left)

    def there(self, notes: Notes) -> Region:
        """The other region, as it was described when the lock was taken."""
        site = site_of(notes["lock"]["site"])
        return Region(site=site, aws=self.aws, hurried=self.order.mode == DISASTER, left=self.left)

    def left(self) -> float:
        """Asked before each act: the lock is this run's, however long the act before took.

        Raises:
            StopError: "overtaken".
        """
        self.record.hold(self.order.to, self.order.run, self.order.mode, self.now())
        return 1.0

    def losses(self, seen: Mapping[str, Any], names: list[str]) -> dict[str, Loss]:
        """The loss of each of these databases, by what the function `heartbeat` saw here."""
        there, now = self.record.heartbeat(self.site.other), self.now()
        alive = self.record.sign_of_life(self.site.other, self.site.primary)
        told: Mapping[str, Any] = seen.get("databases") or {}
        here = {name: number_of((told.get(name) or {}).get("number")) for name in names}
        return {name: loss_of(there, number, now, alive) for name, number in here.items()}

    def still_ours(self) -> None:
        """Ask whether this run's decision stands.

        Raises:
            StopError: "overtaken".
        """
        active = self.record.active(self.site.primary)
        if (active.region, active.run) != (self.site.region, self.order.run):
            raise StopError("overtaken", f"run {active.run} made {active.region} the active region")

    def still_as_locked(self, notes: Notes) -> None:
        """Ask whether nobody has decided since this run took its lock.

        Raises:
            StopError: "overtaken".
        """
        active = self.record.active(self.site.primary)
        if (active.region, active.epoch) != (notes["lock"]["active"], notes["lock"]["epoch"]):
            raise StopError("overtaken", f"run {active.run} made {active.region} the active region")

    def disagreement(self, there: Region) -> str:
        """Why the other region's table has another decision than this run's; "" where it has not, or nobody can tell."""
        try:
            told = Record(there.client("dynamodb"), self.site.table).active(self.site.primary)
        except Exception as error:
            # A disaster waits for nobody; a planned run does for what passes.
            if self.order.mode == PLANNED and not isinstance(error, LOST):
                raise
            return ""
        if (told.region, told.run) == (self.site.region, self.order.run):
            return ""
        return f"in {self.site.other}, {told.region} is still the active region"

    def is_untouched(self) -> bool:
        """Whether no promotion has begun here."""
        return all(
            told["replica"] and told["status"] not in ("modifying", "rebooting") for told in self.here.replicas().values()
        )


def close_at_once(region: Region) -> Missing:
    """Shut a region off in the order of a disaster: first what keeps two regions from being written to."""
    missing = region.converge(region.site.of("database"), "off")
    region.end_sessions(missing)
    region.converge(region.site.of(*CLOSES_AT_ONCE), "off", missing)
    region.end_jobs(missing)
    return missing


def told_of(missing: Missing) -> Told:
    """What a look tells of a pass."""
    facts = missing.facts()
    return Told(done=facts["done"], why=facts["why"], hopeless=facts["hopeless"])
