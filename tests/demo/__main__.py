"""`make demo`: two lenders' data through the whole platform on this machine, and what people on call see of it.

The program's own code runs throughout: the functions, the job, the function for database users, `dataconnect tenant`, with the
variables and under the policies that the stack prod declares. PostgreSQL is real. What stands in for AWS is named at the end.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any, Final

# Before moto is loaded, which reads it then: the account of the planned stack.
os.environ["MOTO_ACCOUNT_ID"] = "222222222222"

from functions.ingest.handler import Service as Ingest
from functions.newest.handler import Service as Newest
from jobs.aggregate.__main__ import main as aggregate
from operations.output import columns
from operations.stack import Stack
from operations.tenants.certificate import markdown
from operations.tenants.counts import Counts
from operations.tenants.database import DatabaseFunction
from operations.tenants.workspace import Workspace, open_workspace
from tests.demo.afternoon import afternoon
from tests.demo.alerts import Alerts
from tests.demo.aws import Aws, UsersFunction, aws
from tests.demo.commands import dataconnect
from tests.demo.judge import Judge
from tests.demo.logs import Logs
from tests.demo.nights import Nights
from tests.demo.page import PAGE
from tests.demo.reading import Reading, reading
from tests.demo.sharing import Sharing
from tests.demo.stand_ins import STAND_INS
from tests.demo.uses import Uses
from tests.functions.requests import request
from tests.functions.world import as_record
from tests.loans import record
from tests.operations.counting import FakeBatch
from tests.postgres import MAJORS, Server, server
from tests.stacks.estate import estate_of

LENDERS: Final = ("acme", "zenith")
LOANS: Final = {"acme": 150, "zenith": 100}
A_REQUEST: Final = 50


@dataclass
class Demo:
    """The two lenders' way.

    Attributes:
        made: AWS's things.
        database: The database.
        outputs: File with the stack's outputs, for `dataconnect`.
        ids: Slug -> tenant.
        today: The day under which records lie.
    """

    made: Aws
    database: Server
    outputs: Path
    reading: Reading
    ids: dict[str, str] = field(default_factory=dict[str, str])
    today: str = field(default_factory=lambda: datetime.now(UTC).date().isoformat())

    def __post_init__(self) -> None:
        self.judge = Judge(self.made)
        self.users = UsersFunction(self.database)
        self.sharing = Sharing(self.made, self.database, self.outputs, self.dataconnect)

    def open(self, stack: Stack) -> Workspace:
        """What `dataconnect` works with."""
        space = open_workspace(stack)
        counts = Counts(stack, logs=self.reading.logs, batch=FakeBatch())
        pool = replace(space.pool, database=DatabaseFunction(self.users, stack))
        live = LiveHere(self.reading)
        return self.sharing.open(
            replace(space, pool=pool, probe=self.judge, counts=counts, search=self.reading, live=live), stack
        )

    def dataconnect(self, *arguments: str, group: str = "tenant") -> Any:
        """Run `dataconnect tenant …`, or a command of another group, and return what it says as JSON."""
        return dataconnect(self.outputs, self.open, group, *arguments)

    def deploy(self) -> Iterable[str]:
        """Make the tables of tenants' data and the workloads' users, as a deployment does."""
        order = json.loads(self.made.estate.inputs("lambda/invocation:Invocation", "database-users")["input"])
        self.users.deploy(order)
        yield f"{len(self.made.estate.resources)} resources planned; tables and users made by the function database-users"

    def onboard(self) -> Iterable[str]:
        """Onboard both lenders."""
        for slug in LENDERS:
            self.ids[slug] = self.dataconnect("add", slug)["id"]
            (proof,) = [each for each in self.dataconnect("show", slug)["steps"] if "isolation" in each["step"]]
            yield f"{slug} is {self.ids[slug]}; isolation {proof['result']['isolation'].rpartition(', ')[0]}"

    def send(self) -> Iterable[str]:
        """Send both lenders' loans, one request twice, and what must be refused."""
        service = Ingest.of(self.made.environment_of("ingest"))
        for slug, tenant in self.ids.items():
            loans = [{"id": f"{slug}-{number}", "record": _loan(number)} for number in range(LOANS[slug])]
            batches = [loans[at : at + A_REQUEST] for at in range(0, len(loans), A_REQUEST)]
            answers = [self._answer(service, request(batch, tenant=tenant)) for batch in (*batches, batches[0])]
            accepted = sum(each["accepted"] for _, each in answers)
            yield f"{slug}: {accepted} records accepted in {len(answers)} requests, one of them sent twice"
        acme = self.ids["acme"]
        wrong = {
            "no JSON": request(b"{not json", tenant=acme),
            "a field nobody knows": request({"id": "x1", "record": record(1, ssn="0")}, tenant=acme),
            "an id used again": request({"id": "acme-1", "record": record(1, status="funded")}, tenant=acme),
            "a tenant that nobody knows": request({"id": "x2", "record": record(1)}, tenant="tnobodynobody222"),
            "over 1 MiB": request(b" " * 2**21, tenant=acme),
        }
        for what, event in wrong.items():
            status, body = self._answer(service, event)
            yield f"refused with {status} ({body.get('reason') or body['results'][0]['reason']}): {what}"

    def _answer(self, service: Ingest, event: dict[str, Any]) -> tuple[int, Any]:
        output = StringIO()
        with redirect_stdout(output):
            answer = service.handle(event)
        self.reading.log("ingest", output.getvalue())
        return answer["statusCode"], json.loads(answer["body"] or "{}")

    def stream(self) -> Iterable[str]:
        """Hand the queue to the function that keeps the newest states."""
        service, failed, taken = Newest.of(self.made.environment_of("newest")), 0, 0
        for batch in self.made.messages("newest"):
            with redirect_stdout(StringIO()):
                told = service.handle({"Records": [as_record(each) for each in batch]})
            failed += len(told["batchItemFailures"])
            taken += len(batch)
        table = self.made.client("dynamodb").scan(TableName=self.made.outputs["tables"]["newest"]["name"])["Items"]
        found = {slug: sum(item["tenant"]["S"] == tenant for item in table) for slug, tenant in self.ids.items()}
        yield f"{taken} messages by topic and queue, {failed} failed; newest states: {_by(found)}"

    def send_one(self, tenant: str) -> str:
        """Send one more loan; its id."""
        told = record(LOANS["acme"] + 1, state="OH")
        status, _ = self._answer(
            Ingest.of(self.made.environment_of("ingest")), request({"id": "one-more", "record": told}, tenant=tenant)
        )
        if status != 202:
            raise SystemExit(f"one more record was answered with {status}")
        return told["loan_id"]

    def aggregate(self) -> Iterable[str]:
        """End the deliveries, and run the job for both."""
        service = Ingest.of(self.made.environment_of("ingest"))
        folder, damaged = f"tenant={self.ids['acme']}/dataset=loans/date={self.today}", b'{"id": "damaged", "tenant'
        self.made.client("s3").put_object(
            Bucket=self.made.outputs["lakeBuckets"]["raw"], Key=f"{folder}/damaged.json", Body=damaged
        )
        yield "a damaged object is laid among those of acme"
        for slug, tenant in self.ids.items():
            status, _ = self._answer(service, request(tenant=tenant, path=f"/ingest/loans/{self.today}/complete"))
            arguments, variables = self.made.job("aggregate", self.database, tenant=tenant, dataset="loans", dates=self.today)
            said = StringIO()
            with redirect_stdout(said):
                code = aggregate(arguments, variables)
            told = json.loads(said.getvalue().splitlines()[-1])
            if status != 202 or code:
                raise SystemExit(f"the aggregation of {slug} ended with {code}: {told}")
            parquet = [key for key in self.made.keys("curated", f"tenant={tenant}/") if key.endswith(".parquet")]
            counts = f"{told['accepted']} records accepted, {sum(told['rejected'].values())} set aside {told['rejected'] or ''}"
            yield f"{slug}: {counts.strip()}; {len(parquet)} Parquet file; dump of {told['dump']['bytes']} bytes"

    def look(self) -> Iterable[str]:
        """What each lender's user of the service search sees in the database, and what it is refused."""
        for slug, tenant in self.ids.items():
            (other,) = [each for each in self.ids.values() if each != tenant]
            user = f"{tenant}_search"
            (seen,) = self.database.psql("SELECT count(*), sum(amount_cents)::bigint / 100 FROM lending.loan", user=user)
            loans, dollars = seen.split("|")
            (others,) = self.database.psql(f"SELECT count(*) FROM lending.loan WHERE tenant = '{other}'", user=user)
            become = self.database.attempt(f"SET ROLE {other}_search", user=user).stderr.strip().partition("ERROR:")[2].strip()
            yield f"{slug} sees {loans} loans, {int(dollars):,} dollars; of the other {others} rows; SET ROLE: {become}"

    def isolate(self) -> Iterable[str]:
        """Hold the calls that were made, and those to the other's data, against the policies."""
        made = [*self.made.calls.requests.values()]
        logins = [self.judge.log_in("aggregate", tenant=tenant, user_of=tenant) for tenant in self.ids.values()]
        if refused := self.judge.refused([*made, *logins]):
            raise SystemExit(f"the stack's policies refuse what its own code did: {refused[:5]}")
        yield f"{len(made)} different calls of the code in tenants' sessions: the policies allow each"
        acme, zenith = self.ids.values()
        attempts = self.judge.try_isolation(acme, self.made.outputs["lakeBuckets"])
        across = [attempt for attempt in attempts if attempt.owner != attempt.session]
        across_named = [self.judge.log_in(each, tenant=acme, user_of=zenith) for each in ("aggregate", "search", "bi")]
        if leaks := [each for each in across if not each.refused] or len(self.judge.refused(across_named)) != len(across_named):
            raise SystemExit(f"tenants are not isolated: {leaks}")
        yield f"{len(across) + len(across_named)} calls for another's objects, items and database users: refused, each"

    def remove(self) -> Iterable[str]:
        """Remove one lender, and look at what is left of both."""
        zenith = self.ids["zenith"]
        told = self.dataconnect("remove", "zenith", "--yes", "zenith", "--no-export")
        self.dataconnect("verify", "zenith")
        yield f"zenith is removed, certificate {told['place']}"
        yield from (f"  | {line}" for line in markdown(told["certificate"]).splitlines())
        rest = [key for bucket in self.made.outputs["lakeBuckets"] for key in self.made.keys(bucket, f"tenant={zenith}/")]
        login = self.database.attempt("SELECT 1", user=f"{zenith}_search").stderr.strip().rpartition("FATAL:")[2].strip()
        (kept,) = self.database.psql("SELECT count(*) FROM lending.loan", user=f"{self.ids['acme']}_search")
        yield f"left of zenith: {len(rest)} objects; logging in: {login}; acme still sees {kept} loans"


@dataclass(frozen=True)
class LiveHere:
    """What `dataconnect` orders of the function `live`, called here."""

    reading: Reading

    def order(self, action: str, tenant: str) -> dict[str, Any]:
        """Do it."""
        return self.reading.order_live(action, tenant)


def _loan(number: int) -> dict[str, Any]:
    states, statuses = ("OH", "TX", "CA", "NY", "OH", "CA", "OH"), ("application", "approved", "funded")
    cents = 10_000_000 + 125_000 * (number % 240)
    return record(number, amount_cents=cents, state=states[number % 7], status=statuses[(0, 0, 0, 1, 0, 1, 2)[number % 7]])


def _by(counts: dict[str, int]) -> str:
    return ", ".join(f"{slug} {count}" for slug, count in counts.items())


def main() -> int:
    """Run it; exit code 0 when every step ended as it must."""
    began = time.monotonic()
    major = max(MAJORS)
    print("Planning the stack prod; starting PostgreSQL, OpenSearch and Valkey: all of it takes about two minutes.", flush=True)
    with (
        server(major) as database,
        aws(estate_of("prod"), database) as made,
        reading(made) as engines,
        tempfile.TemporaryDirectory() as folder,
    ):
        outputs = Path(folder) / "prod.json"
        outputs.write_text(json.dumps(made.outputs), encoding="utf-8")
        demo = Demo(made, database, outputs, engines)
        uses = Uses(engines, demo.ids, demo.today, demo.dataconnect, demo.send_one)
        logs, alerts, nights = Logs(made, engines, outputs, demo.ids), Alerts(made, outputs), Nights(Path(folder))
        for title, step in (
            ("The stack prod, planned", demo.deploy),
            ("Two lenders are onboarded (dataconnect tenant add)", demo.onboard),
            ("They send their loans (POST /ingest/loans)", demo.send),
            ("The stream keeps the newest state of each loan", demo.stream),
            ("The batch job: raw JSON, Parquet, PostgreSQL, dump", demo.aggregate),
            ("What each sees in PostgreSQL", demo.look),
            ("Search: an index each, and the user's own token (function index)", uses.search),
            ("Live: what came in today, as it comes (function live)", uses.watch),
            ("BI: each one's statements over its files; a scan cut off (function quota)", uses.ask),
            ("What IAM would have said", demo.isolate),
            ("A product, shared with an investor and revoked with proof", lambda: demo.sharing.share(demo.ids["acme"])),
            ("One lender leaves (dataconnect tenant remove)", demo.remove),
            ("Logs: shipped, through an outage, and found (dataconnect logs, slo)", logs.follow),
            ("Alarms: told, escalated, acknowledged, over (dataconnect alerts)", alerts.hear),
            ("A week of dev, which sleeps by night (dataconnect schedule)", nights.pass_by),
            ("An environment for an afternoon (dataconnect environment)", lambda: afternoon(Path(folder) / "afternoon")),
            ("A page of what each saw", lambda: uses.page(PAGE, [*demo.sharing.seen, *logs.seen, *alerts.seen, *nights.seen])),
        ):
            _tell(title, step())
    print("\nWhat was real, and what stood in for AWS")
    for line in columns([(what, told.format(major=major)) for what, told in STAND_INS]):
        print(f"  {line}")
    print(f"\nEverything went as it must, in {time.monotonic() - began:.0f} s.")
    return 0


def _tell(title: str, lines: Iterable[str]) -> None:
    began = time.monotonic()
    print(f"\n{title}", flush=True)
    for line in lines:
        print(f"  {line}", flush=True)
    print(f"  ({time.monotonic() - began:.1f} s)", flush=True)


if __name__ == "__main__":
    sys.exit(main())
