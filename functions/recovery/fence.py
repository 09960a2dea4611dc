"""The function `fence`, each minute: tells what its region consists of, and keeps the region shut off that is not active."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from functions.shared import telling

from .aws import Aws, RegionalAws
from .plan import DISASTER, PLANNED
from .record import Active, Record
from .region import Region
from .site import SITE_FILE, Site, SiteError, site_of
from .switches import service_of
from .work import close_at_once

BUDGET: Final = 40
"""Seconds for shutting a region off; the next minute goes on."""
GRACE: Final = 60
"""Seconds after a planned run's lock in which the region that it shut off, or gave back, is left to it: what it decided last
may arrive in this region's table later than that the lock is over."""


class FenceError(Exception):
    """Somebody has to look."""


class LostDecisionError(FenceError):
    """The table does not say any more which region is the active one."""


class ShutOffError(FenceError):
    """The active region serves nobody."""


@dataclass(frozen=True, kw_only=True)
class Fence:
    """A region that looks after itself, and after the other one.

    Attributes:
        site: This region.
        document: The same as JSON.
        record: The table, in this region.
        aws: Makes clients.
        now: The time, Unix seconds.
    """

    site: Site
    document: str
    record: Record
    aws: Aws
    now: Callable[[], float] = time.time

    def run(self) -> dict[str, Any]:
        """Look once; what was done. While a run works in this region nothing is switched. Raises as boto3 does."""
        site, record = self.site, self.record
        record.put_site(site.region, self.document, self.now())
        active = record.active(site.primary)
        # Without the item the primary would be the active one, whatever was decided, and this might shut off who serves.
        if not active.epoch and (run := record.was_decided()):
            raise LostDecisionError(f"run {run} made a region the active one, and the table does not say which any more")
        did, missing, troubles = "", "", list[str]()
        if self._is_left_alone(active):
            did = "nothing: a run goes on"
        elif active.region != site.region:
            did, missing = "shut itself off", self._shut_itself_off(active)
        # Before the first failover the other region is off as it was built.
        elif active.epoch and record.fence(site.other) != "closed":
            did, missing = f"shut off {site.other}", self._shut_other_off(active)
        else:
            missing = self._close_own_latch()
        if active.region == site.region:
            for look in (self._tell_capacity, self._look_at_itself):
                try:
                    look()
                except Exception as error:
                    troubles.append(f"{type(error).__name__}: {error}")
        return {"active": active.region, "did": did, "missing": missing, "troubles": troubles}

    def _is_left_alone(self, active: Active) -> bool:
        own = self.record.locked(self.site.region)
        if own and own.until >= self.now():
            # A disaster's run shuts the other region off for a minute only.
            return not (own.mode == DISASTER and active.region == self.site.region)
        return active.region != self.site.region and self._is_planned_there()

    def _is_planned_there(self) -> bool:
        other = self.record.locked(self.site.other)
        return other is not None and other.mode == PLANNED and other.until + GRACE >= self.now()

    def _tell_capacity(self) -> None:
        region = Region(site=self.site, aws=self.aws)
        wanted = {one.name: service_of(region.client, one.facts)["desiredCount"] for one in self.site.of("service")}
        self.record.put_capacity(self.site.region, wanted, self.now())

    def _look_at_itself(self) -> None:
        """Raises ShutOffError where the region is the active one, no run is at work, and it is shut off."""
        own = self.record.locked(self.site.region)
        if self._is_planned_there() or (own and own.until + GRACE >= self.now()):
            return
        states = Region(site=self.site, aws=self.aws).states("database", "gate")
        if off := sorted(label for label, state in states.items() if state == "off"):
            raise ShutOffError(f"{self.site.region} is the active region, and is shut off: {', '.join(off)}")

    def _left(self, active: Active) -> Callable[[], float]:
        began = self.now()

        def left() -> float:
            # A run that begins in the meantime opens what this would shut off behind it.
            stands = self.record.active(self.site.primary) == active and not self._is_left_alone(active)
            return BUDGET - (self.now() - began) if stands else 0

        return left

    def _shut_itself_off(self, active: Active) -> str:
        region, was = Region(site=self.site, aws=self.aws, left=self._left(active)), self.record.fence(self.site.region)
        missing = close_at_once(region)
        why = missing.facts()["why"]
        if (state := "open" if why else "closed") != was:
            self.record.put_fence(self.site.region, state, why or "by itself", self.now())
        return why

    def _shut_other_off(self, active: Active) -> str:
        """The standing fence."""
        try:
            other = site_of(self.record.site(self.site.other) or "")
        except SiteError as error:
            return f"{self.site.other}: {error}"
        there = Region(site=other, aws=self.aws, hurried=True, left=self._left(active))
        try:
            # Whoever has been cut off from the decision that made the other region the active one must not shut it off.
            told = Record(there.client("dynamodb"), self.site.table).active(self.site.primary)
        except Exception as error:
            return f"{self.site.other} does not answer: {type(error).__name__}"
        # Of two decisions of the same moment, in a partition, the later one is what both tables end with.
        if told.epoch > active.epoch or (told.region == self.site.other and told.since >= active.since):
            return f"run {told.run} made {told.region} the active region"
        missing = close_at_once(there)
        why = missing.facts()["why"]
        self.record.put_fence(self.site.other, "open" if why else "closed", why or "by the standing fence", self.now())
        return why or self._close_own_latch()

    def _close_own_latch(self) -> str:
        """A primary's latch is open only to overrule the other's; not any longer, once that one is seen to be closed."""
        here = Region(site=self.site, aws=self.aws)
        if not self.site.is_primary or all(state == "off" for state in here.states("latch").values()):
            return ""
        try:
            other = site_of(self.record.site(self.site.other) or "")
            there = replace(here, site=other, hurried=True)
            if any(state != "off" for state in there.states("latch").values()):
                return f"the latch of {self.site.other} is open"
        except Exception as error:
            return f"{self.site.other} does not answer: {type(error).__name__}"
        return here.converge(here.site.of("latch"), "off").facts()["why"]


def handle(_event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Look once. Raises as boto3 does: an alarm tells of it, and the next minute tries again."""
    document, aws = SITE_FILE.read_text(), RegionalAws()
    site = site_of(document)
    record = Record(aws.client("dynamodb", site.region), site.table)
    told = Fence(site=site, document=document, record=record, aws=aws).run()
    with telling.event("fence", "look", counted=False) as line:
        line.tell(**told)
        if told["troubles"]:
            line.fail(told["troubles"][0])
    if told["troubles"]:
        # Told by the alarm on the function's errors; all that was to do is done.
        raise FenceError("; ".join(told["troubles"]))
    return told
