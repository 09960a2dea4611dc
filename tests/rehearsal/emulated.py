"""Two regions on this machine that `dataconnect recovery` and its functions take for AWS's, one of which can be lost."""

import copy
import json
import os
import ssl
import threading
from collections import deque
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import trustme
from moto.ecs.models import ecs_backends
from moto.elbv2.models import elbv2_backends

from functions.recovery.smoke import Smoke
from tests.functions.recovery.aws import REGIONS, Promotions, TwoRegions, other, two_regions
from tests.functions.recovery.built import ACCOUNT, PRIMARY, RECOVERY
from tests.functions.recovery.seen import Seen
from tests.postgres import MAJORS
from tests.postgres_pair import pair
from tests.rehearsal.clock import Clock
from tests.rehearsal.databases import Databases
from tests.rehearsal.endpoint import Call, Endpoint, serving
from tests.rehearsal.functions import Functions
from tests.rehearsal.regions import complete, outputs, quota_of, table_of
from tests.rehearsal.traffic import Route53, Writer, balancer

Key = tuple[str, str]
"""Of an item of the table."""
TABLE_LAG: Final = 1.0
"""Emulated seconds after which the other region's replica of the table has an item."""
TICK_SECONDS: Final = 0.5
BEHIND_SECONDS: Final = 6
"""Seconds of writes that had not arrived when the region was lost."""
MOST_BEHIND_SECONDS: Final = 300
"""Emulated seconds after which it is lost, whatever had not arrived."""
STANDS_IN: Final[tuple[tuple[str, str], ...]] = (
    ("dataconnect", "the real command, a process of its own; what it takes on this machine counts as emulated time"),
    ("recover", "the executor's code, on AWS's official local runner of durable functions"),
    ("fence, ready, heartbeat", "their code, run each minute and second by the emulated clock, and when invoked"),
    ("PostgreSQL", "two real servers, version {major}, streaming; pg_rewind stands in for seeding the next generation"),
    ("RDS", "moto; a promotion takes as long as the time model assumes, then promotes the server"),
    ("security groups of the database", "who may log in at the server"),
    ("DynamoDB", "moto, two tables; this program copies each item a second later, the last writer wins"),
    ("buckets and images", "moto: the rules that copy them are there and looked at; nothing is copied"),
    ("ECS, scaling, queues, schedules, Batch, ECR, ACM, SNS, STS", "moto: tasks run at once, nobody checks MFA or a policy"),
    ("load balancers", "HTTPS servers that answer by moto's rules, then as the service does"),
    ("Route 53", "three checks in a row of each latch, ten seconds apart; the TTL of a minute is not waited for"),
    ("the lost region", "its servers are killed, its functions stand still, its endpoints hang and hang up"),
)


@dataclass
class Emulated:
    """Both regions.

    Attributes:
        clock: Emulated time.
        address: Of the endpoint of AWS.
        folder: Where the files for whoever uses it lie.
        endpoint: The endpoint.
        regions: As moto has them.
        databases: Their servers.
        functions: Lambda, by region.
        route53: Who answers for the domain.
        writer: Who writes.
        watch: Looks that no two regions are written to.
    """

    clock: Clock
    address: str
    folder: Path
    endpoint: Endpoint
    regions: TwoRegions
    databases: Databases
    functions: Mapping[str, Functions]
    route53: Route53
    writer: Writer
    watch: "Watch"

    def outputs(self, stack: str) -> Path:
        """File with a stack's outputs."""
        return self.folder / f"{stack}.json"

    def environment(self) -> dict[str, str]:
        """The variables with which `dataconnect` and the AWS CLI come here, and not to AWS."""
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ACCESS_KEY_ID": "emulated",
            "AWS_SECRET_ACCESS_KEY": "emulated",
            "AWS_REGION": RECOVERY,
            "AWS_DEFAULT_REGION": RECOVERY,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def lose(self) -> float:
        """Lose the primary region; when, Unix seconds. Its replica was behind."""
        self.databases.nodes[PRIMARY].way.hold()
        (arrived,) = self.databases.nodes[RECOVERY].psql("SELECT number FROM recovery.heartbeat")
        until = self.clock.now() + MOST_BEHIND_SECONDS
        while self._number() < int(arrived) + BEHIND_SECONDS and self.clock.now() < until:
            self.clock.sleep(1)
        self.endpoint.lost.add(PRIMARY)
        at = self.clock.now()
        self.databases.lose(PRIMARY)
        return at

    def _number(self) -> int:
        """The last number of the primary region that the other one's table has."""
        with self.endpoint.alone:
            return int(self.regions.items(RECOVERY)["heartbeat", PRIMARY].attrs["number"].cast_value)

    def heal(self) -> str:
        """Let the lost region answer again, as it was; "" or why not."""
        if not self.endpoint.lost:
            return "no region is lost"
        self.databases.heal(PRIMARY)
        self.endpoint.lost.discard(PRIMARY)
        return ""

    def seed(self) -> str:
        """Have the standby's database follow the active one's; "" or why not."""
        writable = [region for region in REGIONS if self.is_writable(region)]
        if self.endpoint.lost or len(writable) != 1:
            return f"one region must be writable and both must answer; writable: {', '.join(writable) or 'none'}"
        if not self.regions.database(other(writable[0])).is_replica:
            self.databases.seed(other(writable[0]))
        return ""

    def is_writable(self, region: str) -> bool:
        """Whether people's writes are taken there."""
        return region not in self.endpoint.lost and self.databases.is_writable(region)


class Watch(Seen):
    """Looks at both regions all the time: two that are writable are one too many, unless the other one is recorded as unfenced.

    Attributes:
        both: Emulated seconds in which both were.
        unrecorded: Those of them in which nobody knew.
    """

    def __init__(self, regions: TwoRegions) -> None:
        self.regions, self.sessions = regions, dict.fromkeys(REGIONS, False)
        self.both = self.unrecorded = 0.0

    def look(self, lost: set[str], seconds: float) -> None:
        """Look, which is done each so many seconds."""
        self.condition = {region: "dead" if region in lost else "fine" for region in REGIONS}
        if all(map(self.is_writable, REGIONS)):
            self.both += seconds
            self.unrecorded += 0 if self.is_recorded_unfenced(other(self.latest())) else seconds


@dataclass
class _World:
    """What of the two regions goes on by itself: replication of the table, promotions."""

    clock: Clock
    endpoint: Endpoint
    regions: TwoRegions
    promotions: Promotions
    databases: Databases
    watch: Watch
    under_way: dict[str, deque[tuple[float, Key, Any]]] = field(default_factory=lambda: {region: deque() for region in REGIONS})
    """By the region that they come from: when an item was written, and as what."""
    written: dict[str, dict[Key, float]] = field(default_factory=lambda: {region: {} for region in REGIONS})
    ended: threading.Event = field(default_factory=threading.Event)

    def after(self, call: Call, status: int) -> None:
        if status != 200:
            return
        if call.service == "dynamodb" and call.operation in ("PutItem", "UpdateItem"):
            told = call.body.get("Item") or call.body["Key"]
            key, now = (told["id"]["S"], told["item"]["S"]), self.clock.now()
            with self.endpoint.alone:
                self.under_way[call.region].append((now, key, copy.deepcopy(self.regions.items(call.region)[key])))
                self.written[call.region][key] = now
        if call.service == "rds" and call.operation == "ModifyDBInstance":
            self.databases.follow_groups(call.region)

    @contextmanager
    def going_on(self) -> Generator[None]:
        thread = threading.Thread(target=self._go_on)
        thread.start()
        try:
            yield
        finally:
            self.ended.set()
            thread.join()

    def _go_on(self) -> None:
        while not self.ended.wait(self.clock.real(TICK_SECONDS)):
            if not self.endpoint.lost:
                for region in REGIONS:
                    self._replicate(region)
            for region in set(REGIONS) - self.endpoint.lost:
                for database in (self.regions.database(region), *self.regions.copies(region)):
                    self.promotions.tick(database, self.clock.now())
            with self.endpoint.alone:
                self.watch.look(self.endpoint.lost, TICK_SECONDS)

    def _replicate(self, source: str) -> None:
        target, under_way = other(source), self.under_way[source]
        while under_way and under_way[0][0] + TABLE_LAG <= self.clock.now():
            at, key, item = under_way.popleft()
            with self.endpoint.alone:
                if self.written[target].get(key, 0) <= at:
                    self.written[target][key] = at
                    self.regions.put_item(target, item)


@contextmanager
def emulated(clock: Clock, folder: Path, promotion_seconds: float) -> Generator[Emulated]:
    """Both regions, the primary one active, its replica following; nothing of it is left at the end of the `with`."""
    authority, promotions = trustme.CA(), Promotions(promotion_seconds)
    endpoint = Endpoint(clock)
    log = folder / "functions.log"
    with ExitStack() as stack:
        enter: Callable[[Any], Any] = stack.enter_context
        nodes = dict(zip(REGIONS, enter(pair(max(MAJORS))), strict=True))
        for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
            os.environ.pop(name, None)
        regions = enter(two_regions(promotions))
        databases = Databases(regions, nodes)
        complete(regions, authority, {region: databases.facts(region) for region in REGIONS}, clock.now())
        for region in REGIONS:
            databases.follow_groups(region)
        watch = Watch(regions)
        world = _World(clock, endpoint, regions, promotions, databases, watch)
        promotions.turned = databases.promote
        endpoint.after = world.after
        endpoint.own = {("dynamodb", "DescribeTable"): table_of, ("servicequotas", "GetServiceQuota"): quota_of}
        address = enter(serving(endpoint))
        ports = {region: enter(_balancer(region, regions, databases, authority, endpoint)) for region in REGIONS}
        context = ssl.create_default_context()
        authority.configure_trust(context)
        functions = {
            region: Functions(
                document=regions.sites[region],
                clock=clock,
                smoke=Smoke(context=context, port=ports[region]),
                authorities=nodes[region].authorities,
                is_lost=lambda region=region: region in endpoint.lost,
                log=log,
            )
            for region in REGIONS
        }
        endpoint.own["lambda", "Invoke"] = lambda call: functions[call.region].invoke(call)
        for region in REGIONS:
            site = regions.sites[region]
            (folder / f"{site['stack']}.json").write_text(json.dumps(outputs(site), indent=2) + "\n", encoding="utf-8")
            functions[region].fence()
        route53 = Route53(clock, ports)
        writer = Writer(clock, nodes, route53.answer)
        for each in (world.going_on(), *(one.running() for one in functions.values()), route53.checking(), writer.writing()):
            enter(each)
        yield Emulated(clock, address, folder, endpoint, regions, databases, functions, route53, writer, watch)


def _balancer(region: str, regions: TwoRegions, databases: Databases, authority: trustme.CA, endpoint: Endpoint) -> Any:
    switches = regions.sites[region]["switches"]
    arns = [switches[kind][0]["rule"] for kind in ("latch", "gate")]

    def rules() -> list[Any]:
        backend: Any = elbv2_backends[ACCOUNT][region]
        return [backend.describe_rules(None, [arn])[0] for arn in arns]

    def service() -> int:
        tasks = ecs_backends[ACCOUNT][region].services["main:web"].running_count
        return 200 if tasks and databases.is_writable(region) else 503

    return balancer(authority, rules, service, lambda: region in endpoint.lost)
