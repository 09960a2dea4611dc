"""`dataconnect recovery lost`: lenders deliver to a region, it is lost with what S3 had not copied, and just that is listed.

The function `ingest` writes the ledger, and the command reads what arrived of ledger and objects in the other region of moto.
"""

import json
from collections.abc import Collection, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import EndpointConnectionError
from typer.testing import CliRunner, Result

from operations.command import app
from operations.errors import Code
from operations.tenants.registry import Registry, Status, Tenant, Tier
from tests.functions.requests import request, sent
from tests.functions.world import ACME, ADMINISTRATOR, LEDGER, MORNING, QUIET, RAW, REGION, ZENITH, silo_of, world
from tests.functions.world import World as Lake

HERE: Final = "us-west-2"
ACCOUNT: Final = "123456789012"  # moto's
COPIES: Final = {RAW: "raw-west", silo_of(ZENITH): "silo-west"}
OUTPUTS: Final[dict[str, Any]] = {
    "stack": "prod-recovery",
    "alertTopicArn": f"arn:aws:sns:{HERE}:{ACCOUNT}:alerts",
    "lakeBuckets": {"raw": COPIES[RAW]},
    "silos": {ZENITH: {"buckets": {"raw": COPIES[silo_of(ZENITH)]}}},
    "recovery": {"primaryRegion": REGION, "recoveryRegion": HERE, "deliveries": LEDGER, "tenants": "registry", "cell": "prod"},
}
TENANTS: Final[dict[str, tuple[str, Tier]]] = {
    ACME: ("acme-home-loans", "pool"),
    QUIET: ("quiet-lender", "pool"),
    ZENITH: ("zenith-mortgage", "silo"),
}


class Estate:
    """Two regions: lenders deliver to the one, the command looks in the other."""

    def __init__(self, lake: Lake, folder: Path, patch: pytest.MonkeyPatch) -> None:
        patch.setenv("AWS_ACCESS_KEY_ID", ADMINISTRATOR)
        patch.setenv("AWS_SECRET_ACCESS_KEY", "x")
        make: Any = boto3.client
        self.lake, self.patch = lake, patch
        self.s3, self.dynamodb = (make(name, region_name=HERE) for name in ("s3", "dynamodb"))
        for bucket in COPIES.values():
            self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": HERE})
        self._create(LEDGER, "tenant", "entry")
        self._create("registry", "tenant", "item", index="cell")
        self.registry = Registry(self.dynamodb, "registry")
        for tenant, (slug, tier) in TENANTS.items():
            self.enter(tenant, slug, tier=tier)
            lake.register(tenant, tier=tier)
        lake.settle(ZENITH)
        self.file = folder / "outputs.json"
        self.tell(OUTPUTS)

    def enter(self, tenant: str, slug: str, *, tier: Tier = "pool", status: Status = "active") -> None:
        told: Any = {"name": slug, "cell": "prod", "created_at": "2026-01-01T00:00:00.000Z"}
        self.registry.claim(Tenant(id=tenant, slug=slug, tier=tier, status=status, **told))

    def _create(self, table: str, *keys: str, index: str = "") -> None:
        def schema(*names: str) -> list[dict[str, str]]:
            return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=True)]

        more = [{"IndexName": f"by-{index}", "KeySchema": schema(index, keys[0]), "Projection": {"ProjectionType": "ALL"}}]
        self.dynamodb.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=schema(*keys),
            AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in (*keys, index) if each],
            **({"GlobalSecondaryIndexes": more} if index else {}),
        )

    def tell(self, outputs: dict[str, Any]) -> None:
        self.file.write_text(json.dumps(outputs))

    def deliver(self, tenant: str, *numbers: int, path: str = "", minutes: int = 0) -> None:
        """A lender sends records, or what `path` asks for, so many minutes after nine in the morning."""
        self.lake.now = MORNING + timedelta(minutes=minutes)
        body: Any = "" if path else [sent(number) for number in numbers]
        answer = self.lake.ingest().handle(request(body, tenant=tenant, path=path or "/ingest/loans"))
        assert answer["statusCode"] in (200, 202)

    def lose(self, *names: str) -> None:
        """The region is lost: all has been copied but the objects of these names; what would ask the region finds nobody."""
        for bucket, copy in COPIES.items():
            for key, told in self.lake.objects(bucket).items():
                if key.rpartition("/")[2] not in names:
                    self.s3.put_object(Bucket=copy, Key=key, Body=json.dumps(told).encode())
        for item in self.lake.dynamodb.scan(TableName=LEDGER)["Items"]:
            self.dynamodb.put_item(TableName=LEDGER, Item=item)
        real = BaseClient._make_api_call

        def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
            if client.meta.region_name != HERE:
                raise EndpointConnectionError(endpoint_url=client.meta.endpoint_url)
            return real(client, operation, parameters)

        self.patch.setattr(BaseClient, "_make_api_call", call)

    def run(self, *words: str, code: int = 0) -> Result:
        command = ["recovery", "lost", *words, "--stack", "prod-recovery", "--outputs", str(self.file)]
        done = CliRunner().invoke(app, command, catch_exceptions=False)
        assert done.exit_code == code, done.output
        return done

    def lost(self, *words: str) -> dict[str, tuple[int, list[str | None]]]:
        """Of each tenant how much arrived, and the ids of what is missing."""
        told = json.loads(self.run(*words, "--json").stdout)
        return {each["slug"]: (each["arrived"], ids(each["missing"])) for each in told["tenants"]}


def ids(missing: Collection[dict[str, Any]]) -> list[str | None]:
    return [each["id"] for each in missing]


@pytest.fixture
def estate(tmp_path: Path) -> Iterator[Estate]:
    # Undone before the guard of that world, which it wraps.
    with world() as lake, pytest.MonkeyPatch.context() as patch:
        yield Estate(lake, tmp_path, patch)


def test_what_was_accepted_and_not_copied_is_listed_by_lender_from_the_region_that_is_left(estate: Estate) -> None:
    estate.deliver(ACME, 1, 2)
    estate.deliver(ACME, 3, minutes=1)
    estate.deliver(ZENITH, 4, 5, minutes=2)
    estate.deliver(QUIET, 6, minutes=3)
    estate.lose("m2.json", "m3.json", "m5.json")
    told = json.loads(estate.run("--json").stdout)
    assert (told["from"], told["to"], told["since"], told["last"]) == (
        *(REGION, HERE),
        *("2026-11-28T08:00:00.000Z", "2026-11-28T09:03:00.000Z"),
    )
    acme, quiet, zenith = told["tenants"]
    assert acme == {
        "tenant": ACME,
        "slug": "acme-home-loans",
        "arrived": 1,
        "missing": [
            {"received_at": "2026-11-28T09:00:00.000Z", "dataset": "loans", "day": "2026-11-28", "id": "m2"},
            {"received_at": "2026-11-28T09:01:00.000Z", "dataset": "loans", "day": "2026-11-28", "id": "m3"},
        ],
    }
    assert (quiet["arrived"], quiet["missing"]) == (1, [])
    # A silo's records are looked for in its own bucket.
    assert (zenith["arrived"], ids(zenith["missing"])) == (1, ["m5"])


def test_people_are_told_what_to_do_about_it(estate: Estate) -> None:
    estate.deliver(ACME, 1, 2)
    estate.deliver(ACME, path="/ingest/loans/2026-11-27/complete", minutes=1)
    estate.lose("m2.json", "_SUCCESS")
    shown = estate.run().stdout
    assert "1 arrived in us-west-2, 2 are missing there" in shown
    assert "acme-home-loans  loans    2026-11-28  2026-11-28T09:00:00.000Z  m2\n" in shown
    assert "acme-home-loans  loans    2026-11-27  2026-11-28T09:01:00.000Z  (end of the delivery)\n" in shown
    assert "its lender sends it again" in shown and "may lack it until it is sent again" in shown


def test_where_s3_went_first_it_is_looked_further_back_until_nothing_is_missing_for_an_hour(estate: Estate) -> None:
    """That a request came says nothing of S3: each of these was entered, and only the first was copied."""
    estate.deliver(ACME, 1)
    for id, minutes in ((2, 70), (3, 120), (4, 170)):
        estate.deliver(QUIET, id, minutes=minutes)
    estate.lose("m2.json", "m3.json", "m4.json")
    assert estate.lost() == {"quiet-lender": (0, ["m2", "m3", "m4"])}
    assert json.loads(estate.run("--json").stdout)["since"] == "2026-11-28T09:10:00.000Z"


def test_what_is_older_is_not_asked_for_unless_somebody_says_since_when(estate: Estate) -> None:
    estate.deliver(ACME, 1)
    estate.deliver(ACME, 2, minutes=90)
    estate.lose("m1.json")
    assert estate.lost() == {"acme-home-loans": (1, [])}
    assert estate.lost("--since", "2026-11-28T10:00:00+01:00") == {"acme-home-loans": (1, ["m1"])}
    assert estate.lost("--since", "2026-11-28T10:30:00Z") == {"acme-home-loans": (1, [])}


def test_an_item_that_is_no_entry_is_named(estate: Estate) -> None:
    estate.deliver(ACME, 1)
    estate.lose("m1.json")
    (item,) = estate.dynamodb.scan(TableName=LEDGER)["Items"]
    bad = {"tenant": item["tenant"], "entry": item["entry"], "objects": {"S": "m1"}}
    estate.dynamodb.put_item(TableName=LEDGER, Item=bad)
    told = estate.run(code=1)
    assert f"has an item that is no entry: tenant {ACME}, entry '{item['entry']['S']}'" in told.stderr


def test_what_is_sent_again_is_missing_no_more_and_what_came_to_this_region_is_not_asked_for(estate: Estate) -> None:
    estate.deliver(ACME, 1, 2)
    estate.lose("m1.json", "m2.json")
    assert estate.lost() == {"acme-home-loans": (0, ["m1", "m2"])}
    (item,) = estate.dynamodb.scan(TableName=LEDGER)["Items"]
    again = item["entry"]["S"].replace(REGION, HERE)
    estate.dynamodb.put_item(TableName=LEDGER, Item=item | {"entry": {"S": again}, "objects": {"SS": ["m1.json", "m9.json"]}})
    estate.s3.put_object(Bucket=COPIES[RAW], Key=f"tenant={ACME}/dataset=loans/date=2026-11-28/m1.json", Body=b"{}")
    assert estate.lost() == {"acme-home-loans": (1, ["m2"])}


def test_a_tenant_that_is_gone_is_not_asked_about(estate: Estate) -> None:
    estate.deliver(ACME, 1)
    estate.deliver(QUIET, 2)
    estate.lose("m1.json", "m2.json")
    estate.registry.change(QUIET, ("active",), status="removing")
    assert estate.lost() == {"acme-home-loans": (0, ["m1"])}


def test_an_empty_ledger_is_told(estate: Estate) -> None:
    estate.lose()
    assert estate.run().stdout == f"the ledger knows of no delivery to {REGION}; it keeps a week\n"
    assert estate.lost() == {}


def test_a_long_list_is_read_in_pages(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "3")
    estate.deliver(ACME, *range(20))
    estate.lose("m0.json", "m7.json", "m19.json")
    assert estate.lost() == {"acme-home-loans": (17, ["m0", "m19", "m7"])}


def test_a_silo_whose_bucket_the_outputs_lack_is_named(estate: Estate) -> None:
    estate.deliver(ZENITH, 1)
    estate.lose()
    estate.tell({**OUTPUTS, "silos": {}})
    told = estate.run(code=Code.USAGE).stderr
    assert f"output silos.{ZENITH} of stack prod-recovery is missing, and zenith-mortgage is a silo; expected its" in told


@pytest.mark.parametrize(
    ("outputs", "words", "told"),
    [
        ({"recovery": None}, (), "prod-recovery has no recovery; expected a stack of one of two regions"),
        ({"recovery": {**OUTPUTS["recovery"], "deliveries": None}}, (), "output recovery.deliveries is missing"),
        ({"lakeBuckets": {}}, (), "output lakeBuckets.raw is missing"),
        ({}, ("--since", "yesterday"), "--since is 'yesterday'; expected a time with its zone"),
        ({}, ("--since", "2026-11-28T09:00:00"), "--since is '2026-11-28T09:00:00'; expected a time with its zone"),
    ],
)
def test_what_is_wrong_is_named(estate: Estate, outputs: dict[str, Any], words: tuple[str, ...], told: str) -> None:
    estate.tell({**OUTPUTS, **outputs})
    assert told in estate.run(*words, code=Code.USAGE).stderr
