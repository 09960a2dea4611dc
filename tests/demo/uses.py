"""The demonstration's second half: what each lender finds, asks and watches, and what it is refused."""

import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, Final

from operations.tenants.counts import messages_told
from tests.demo.page import Chart, Part, Refusal, Seen, Table, as_page
from tests.demo.reading import Reading, RefusedError, download, hits, said
from tests.functions.live_reader import Browser
from tests.functions.world import as_record

FROM_THE_FIRST: Final = "2000-01-01"
IN_OHIO: Final = {"query": {"term": {"state": "OH"}}, "sort": [{"amount_cents": "desc"}], "size": 5}
WORDS: Final = {"size": 0, "suggest": {"word": {"text": "fixd", "term": {"field": "product.words", "suggest_mode": "always"}}}}
ABOUT: Final = (
    "Made by make demo on one machine: the program's own code, OpenSearch, Valkey and DuckDB are real, AWS is stood in for. "
    "The charts are the demonstration's own; OpenSearch Dashboards is not to be had from a package registry."
)


@dataclass
class Uses:
    """What lenders' people do.

    Attributes:
        reading: The engines.
        ids: Slug -> tenant.
        today: The day under which records lie.
        dataconnect: Runs a command on tenants, and returns what it says.
        send: Sends one record of a tenant; its loan's id.
    """

    reading: Reading
    ids: Mapping[str, str]
    today: str
    dataconnect: Callable[..., Any]
    send: Callable[[str], str]
    _parts: dict[str, list[Part]] = field(default_factory=dict[str, list[Part]])
    _refusals: dict[str, list[Refusal]] = field(default_factory=dict[str, list[Refusal]])

    def search(self) -> Iterable[str]:
        """The queue `ingest` fills the indexes; each lender searches its own, and reaches for the other's."""
        yield f"indexed: {_told(self._take('ingest'))} (one request of each was sent twice)"
        for slug, tenant in self.ids.items():
            self._refresh(tenant)
            _, found = self.reading.search.as_user(tenant, "POST", f"/{tenant}-loans/_search", IN_OHIO)
            yield f"{slug} finds {found['hits']['total']['value']} loans in Ohio in its index"
            rows = [(each["loan_id"], each["product"], each["status"], _dollars(each["amount_cents"])) for each in hits(found)]
            head, source = ("loan", "product", "status", "dollars"), "Search: OpenSearch, with the user's token"
            self._show(slug, Table(title="Largest loans in Ohio", source=source, head=head, rows=rows))
        acme, zenith = self.ids.values()
        for slug, own, other in (("acme", acme, zenith), ("zenith", zenith, acme)):
            asked = (
                ("search in the other's index", "POST", f"/{other}-loans/_search", IN_OHIO),
                ("count it", "GET", f"/{other}-loans/_count", None),
                ("have its words suggested", "POST", f"/{other}-loans/_search", WORDS),
                ("look its loans up from the own index", "POST", f"/{own}-loans/_search", _looks_up(other)),
            )
            for what, method, path, body in asked:
                status, answer = self.reading.search.as_user(own, method, path, body)
                if status != 403:
                    raise SystemExit(f"OpenSearch let {slug} {what}: {status} {answer}")
                self._refuse(slug, Refusal(what=what, by="OpenSearch", said=said(answer)))
            yield f"refused with 403: {slug} would {', '.join(what for what, *_ in asked)}"

    def watch(self) -> Iterable[str]:
        """The queue `live` makes the day's counts; somebody watches while a record comes in."""
        yield f"counted: {_told(self._take('live'))}"
        for slug, tenant in self.ids.items():
            (snapshot,) = self.reading.reader(tenant, self.today).begin()
            by_status = {
                name.split(":")[1]: count
                for name, count in sorted(snapshot.counts.items())
                if name.startswith("status:") and name.endswith(":count")
            }
            yield f"{slug} sees {sum(by_status.values())} loans of today: {_told(by_status)}"
            title = "Came in today, by status, when the page was opened"
            self._show(slug, Chart(title=title, source="Live: Valkey", rows=by_status, unit="loans"))
        tenant = self.ids["acme"]
        browser, reader = Browser(), self.reading.reader(tenant, self.today)
        for event in reader.begin():
            browser.take(event)
        before, began = browser.counts["all:count"], time.monotonic()
        loan = self.send(tenant)
        self._take("live")
        for event in reader.follow():
            browser.take(event)
        seen = time.monotonic() - began
        self._take("ingest")
        while not self._finds(tenant, loan):
            time.sleep(0.05)
        found = time.monotonic() - began
        if browser.counts["all:count"] != before + 1:
            raise SystemExit(f"the browser sees {browser.counts['all:count']} loans; expected {before + 1}")
        after = f"{seen * 1000:.0f} ms after it was sent"
        yield f"one more of acme: a reader as docs/realtime.md says has it {after}, a search finds it after {found:.1f} s"
        yield "(an index shows what is new every 5 s; functions are called at once here, on AWS Lambda asks the queue first)"

    def ask(self) -> Iterable[str]:
        """The queries of BI, on the files that the job wrote; one lender scans more than it may."""
        with tempfile.TemporaryDirectory() as folder:
            lake = Path(folder)
            download(self.reading.made, lake)
            for slug, tenant in self.ids.items():
                pipeline = self.reading.ask(lake, tenant, "pipeline_by_status", FROM_THE_FIRST)
                volume = self.reading.ask(lake, tenant, "volume_by_month_and_state", FROM_THE_FIRST)
                by_state: dict[str, int] = {}
                for _, state, _, cents in volume:
                    by_state[state] = by_state.get(state, 0) + int(cents) // 100
                yield f"{slug}: {sum(row[1] for row in pipeline)} loans in {len(pipeline)} states of the pipeline"
                source = "BI: Athena's statement, on DuckDB"
                self._show(
                    slug, Chart(title="Pipeline", source=source, rows={row[0]: row[1] for row in pipeline}, unit="loans")
                )
                self._show(slug, Chart(title="Volume by state", source=source, rows=by_state, unit="dollars"))
            yield from self._scan_too_much_at_once(lake)
            yield from self._scan_too_much(lake)

    def _scan_too_much_at_once(self, lake: Path) -> Iterator[str]:
        acme = self.ids["acme"]
        before = self.reading.limit(acme, 1_000)
        try:
            self.reading.ask(lake, acme, "pipeline_by_status", FROM_THE_FIRST)
        except RefusedError as refused:
            yield f"a query of acme that may scan 1,000 bytes, in place of {before // 1024**3} GiB: {refused}"
            self._refuse("acme", Refusal(what="a query over more than one may scan", by="Athena", said=str(refused)))
        else:
            raise SystemExit("a query ran that scans more than one may")
        self.reading.limit(acme, before)
        (limit,) = [each for each in self.dataconnect("limits", "acme")["limits"] if each["name"] == "GiB a query scans"]
        yield f"dataconnect tenant limits acme: {limit['value']} GiB a query; {limit['did']}"

    def _scan_too_much(self, lake: Path) -> Iterator[str]:
        acme = self.ids["acme"]
        self.dataconnect("limits", "acme", "--limit", "scanned_gib_per_month=1")
        self.reading.scan(acme, 1.5)
        if self._quota()["cut_off"] != [acme]:
            raise SystemExit("nobody was cut off")
        try:
            self.reading.ask(lake, acme, "pipeline_by_status", FROM_THE_FIRST)
        except RefusedError as refused:
            yield f"acme may scan 1 GiB a month, and 1.5 GiB are on its account: cut off. {refused}"
            self._refuse("acme", Refusal(what="one more query this month", by="Athena", said=str(refused)))
        else:
            raise SystemExit("a disabled workgroup ran a query")
        (limit,) = [each for each in self.dataconnect("limits", "acme")["limits"] if each["name"] == "scanned_gib_per_month"]
        yield f"dataconnect tenant limits acme: {limit['value']} GiB a month; {limit['did']}"
        self.dataconnect("limits", "acme", "--limit", "scanned_gib_per_month=10")
        self._quota()
        rows = self.reading.ask(lake, acme, "pipeline_by_status", FROM_THE_FIRST)
        yield f"its limit is raised to 10: within the hour it is let in again, {sum(row[1] for row in rows)} loans"
        usage = self.dataconnect("usage", "acme")
        yield f"dataconnect tenant usage acme: {_usage(usage)}"
        for slug in self.ids:
            rows = [
                (str(each["name"]), str(each["value"]), str(each["did"])) for each in self.dataconnect("limits", slug)["limits"]
            ]
            source = "dataconnect tenant limits: an operator's, for now"
            self._show(slug, Table(title="Limits, and what they did", source=source, head=("limit", "value", "did"), rows=rows))

    def page(self, file: Path, others: Sequence[Seen]) -> Iterable[str]:
        """What each saw, and what `others` did, as a page."""
        views = [
            Seen(who=slug, id=tenant, parts=self._parts.get(slug, []), refusals=self._refusals.get(slug, []))
            for slug, tenant in self.ids.items()
        ]
        views += others
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(as_page("DataConnect: what lenders see, and who runs it", ABOUT, views), encoding="utf-8")
        yield f"what each lender saw and was refused: {file}"

    def _take(self, queue: str) -> Mapping[str, int]:
        """Hand a queue to its function until nothing waits; how many messages became what."""
        function = "index" if queue == "ingest" else "live"
        service = self.reading.index() if queue == "ingest" else self.reading.live()
        told: dict[str, int] = {}
        for batch in self.reading.made.messages(queue):
            output = StringIO()
            with redirect_stdout(output):
                answer = service.handle({"Records": [as_record(each) for each in batch]})
            if answer["batchItemFailures"]:
                raise SystemExit(f"the queue {queue}: {output.getvalue()}")
            self.reading.log(function, output.getvalue())
            for line in map(json.loads, output.getvalue().splitlines()):
                told[line["result"]] = told.get(line["result"], 0) + line["requests"]
        return told

    def _quota(self) -> Mapping[str, Any]:
        with redirect_stdout(StringIO()):
            return self.reading.quota()

    def _refresh(self, tenant: str) -> None:
        self.reading.search.server.master("POST", f"/{tenant}-loans/_refresh")

    def _finds(self, tenant: str, loan: str) -> bool:
        body = {"query": {"term": {"loan_id": loan}}}
        return any(hits(self.reading.search.as_user(tenant, "POST", f"/{tenant}-loans/_search", body)[1]))

    def _show(self, slug: str, part: Part) -> None:
        self._parts.setdefault(slug, []).append(part)

    def _refuse(self, slug: str, refusal: Refusal) -> None:
        self._refusals.setdefault(slug, []).append(refusal)


def _looks_up(other: str) -> dict[str, Any]:
    return {"query": {"terms": {"loan_id": {"index": f"{other}-loans", "id": "L-000001", "path": "loan_id"}}}}


def _dollars(cents: int) -> str:
    return f"{cents // 100:,}"


def _told(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "nothing"


def _usage(usage: Mapping[str, Any]) -> str:
    stored = sum(sums["bytes"] for classes in usage["stored"].values() for sums in classes.values())
    scanned, cancelled = usage["scanned"]["bytes"], usage["scanned"]["cancelled"]
    rows, messages = sum(usage["rows"].values()), messages_told(usage["queued"])
    return (
        f"{stored:,} bytes and {rows} rows stored, {scanned:,} bytes scanned, {cancelled} query cancelled, messages:"
        f" {messages}; {usage['cost']['dollars']} dollars of what is priced"
    )
