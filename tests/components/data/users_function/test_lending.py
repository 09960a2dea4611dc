"""The function and the tables of tenants' data together, as a deployment and `dataconnect tenant` use them."""

from collections.abc import Iterator

import pytest

from components.data.users_function.handler import Order, TenantOrder, fulfil, fulfil_for_tenant
from components.data.users_function.postgres_client import PostgresError
from components.data.users_function.tenants import Action, Tenant
from stacks.parts.data import TENANTS_TABLES
from tests.components.data.users_function.test_users import login
from tests.postgres import MAJORS, Server, server

ONE, OTHER = "taaaaaaaaaaaaaaa", "tbbbbbbbbbbbbbbb"
COLUMNS = "loan_id, product, amount_cents, rate_bp, state, status, applied_at, updated_at, message_id"
LOAN = f"INSERT INTO lending.loan ({COLUMNS}) VALUES ('l-1', 'fixed', 1, 1, 'OH', 'funded', now(), now(), 'm-1')"


@pytest.fixture(params=MAJORS)
def database(request: pytest.FixtureRequest) -> Iterator[Server]:
    with server(request.param) as running:
        yield running


def deploy(database: Server, schema: str) -> None:
    order = Order(host="localhost", port=database.tls_port, credentials="arn", users=["bi"], connectionLimit=40, schema=schema)
    fulfil(order, read_secret=login, authorities=database.authorities)


def tenant(database: Server, who: str, action: Action) -> Tenant:
    order = TenantOrder(
        host="localhost",
        port=database.tls_port,
        credentials="arn",
        users=["aggregate", "bi"],
        connectionLimit=5,
        tenant=who,
        action=action,
    )
    return fulfil_for_tenant(order, read_secret=login, authorities=database.authorities)


def test_a_deployment_makes_the_tables_and_tenants_are_apart_in_them(database: Server) -> None:
    schema = TENANTS_TABLES.read_text(encoding="utf-8")
    for _ in range(2):
        deploy(database, schema)
    for who in (ONE, OTHER):
        tenant(database, who, "add")
        database.psql(LOAN, user=f"{who}_aggregate")
    # A deployment meets tenants that are there.
    deploy(database, schema)
    assert database.psql("SELECT tenant FROM lending.loan", user=f"{ONE}_bi") == [ONE]
    assert database.attempt("SELECT FROM lending.loan", user="bi").returncode != 0

    assert tenant(database, ONE, "remove")["erased"] == {"lending.loan": 1}
    assert tenant(database, ONE, "verify") == Tenant(users={}, changed=[], erased={}, left={}, complete=True)
    assert database.psql("SELECT tenant FROM lending.loan", user=f"{OTHER}_bi") == [OTHER]
    deploy(database, schema)


def test_tables_that_would_leak_end_the_deployment_and_change_nothing(database: Server) -> None:
    schema = TENANTS_TABLES.read_text(encoding="utf-8")
    leak = "CREATE MATERIALIZED VIEW IF NOT EXISTS lending.everything AS SELECT * FROM lending.loan;"
    proof = schema.index("-- The proof")
    with pytest.raises(PostgresError, match=r"a tenant could see another: lending\.everything is a materialised view"):
        deploy(database, schema[:proof] + leak + schema[proof:])
    assert database.psql("SELECT count(*) FROM pg_namespace WHERE nspname IN ('lending', 'bi')") == ["0"]
