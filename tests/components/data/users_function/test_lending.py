"""The function and the tables of tenants' data together, as a deployment and `dataconnect tenant` use them."""

import psycopg
import pytest

from components.data.users_function.groups import Access
from components.data.users_function.handler import Order, TenantOrder, fulfil, fulfil_for_tenant
from components.data.users_function.postgres_client import PostgresError
from components.data.users_function.tenants import Action, Tenant
from components.data.users_function.users import Changes
from stacks.parts.data import TENANTS_TABLES
from tests.components.data.users_function.test_users import login
from tests.postgres import DATABASE, MASTER, Server

SCHEMA = TENANTS_TABLES.read_text(encoding="utf-8")
ONE, OTHER = "taaaaaaaaaaaaaaa", "tbbbbbbbbbbbbbbb"
COLUMNS = "loan_id, product, amount_cents, rate_bp, state, status, applied_at, updated_at, message_id"
LOAN = f"INSERT INTO lending.loan ({COLUMNS}) VALUES ('l-1', 'fixed', 1, 1, 'OH', 'funded', now(), now(), 'm-1')"


SERVICES: dict[str, Access] = {"aggregate": "write", "bi": "read"}


def deploy(database: Server, schema: str, **services: Access) -> Changes:
    order = Order(
        host="localhost",
        port=database.tls_port,
        credentials="arn",
        users={**SERVICES, **services},
        connectionLimit=40,
        schema=schema,
    )
    return fulfil(order, read_secret=login, authorities=database.authorities)


def tenant(database: Server, who: str, action: Action, **services: Access) -> Tenant:
    order = TenantOrder(
        host="localhost",
        port=database.tls_port,
        credentials="arn",
        users={**SERVICES, **services},
        connectionLimit=5,
        tenant=who,
        action=action,
    )
    return fulfil_for_tenant(order, read_secret=login, authorities=database.authorities)


@pytest.fixture
def two(database: Server) -> Server:
    """The tables, and two tenants with a loan each."""
    deploy(database, SCHEMA)
    for who in (ONE, OTHER):
        tenant(database, who, "add")
        database.psql(LOAN, user=f"{who}_aggregate")
    return database


def test_a_deployment_makes_the_tables_and_tenants_are_apart_in_them(database: Server) -> None:
    for _ in range(2):
        deploy(database, SCHEMA)
    for who in (ONE, OTHER):
        tenant(database, who, "add")
        database.psql(LOAN, user=f"{who}_aggregate")
    # A deployment meets tenants that are there.
    deploy(database, SCHEMA)
    assert database.psql("SELECT tenant FROM lending.loan", user=f"{ONE}_bi") == [ONE]
    assert database.attempt("SELECT FROM lending.loan", user="bi").returncode != 0

    assert tenant(database, ONE, "remove")["erased"] == {"lending.loan": 1}
    assert tenant(database, ONE, "verify") == Tenant(users={}, changed=[], erased={}, left={}, complete=True)
    assert database.psql("SELECT tenant FROM lending.loan", user=f"{OTHER}_bi") == [OTHER]
    deploy(database, SCHEMA)


def test_tables_that_would_leak_end_the_deployment_and_change_nothing(database: Server) -> None:
    leak = "CREATE MATERIALIZED VIEW IF NOT EXISTS lending.everything AS SELECT * FROM lending.loan;"
    proof = SCHEMA.index("-- The proof")
    with pytest.raises(PostgresError, match=r"a tenant could see another: lending\.everything is a materialised view"):
        deploy(database, SCHEMA[:proof] + leak + SCHEMA[proof:])
    assert database.psql("SELECT count(*) FROM pg_namespace WHERE nspname IN ('lending', 'bi')") == ["0"]


TABLES = ("loan", "loan_daily", "delivery", "curated_part")
WRITES = (
    LOAN.replace("l-1", "l-2"),
    "UPDATE lending.loan SET rate_bp = 2",
    "DELETE FROM lending.loan",
    "SELECT FROM lending.loan FOR UPDATE",
)


def test_a_reader_reads_its_own_tenants_rows_and_writes_nothing(two: Server) -> None:
    reader = f"{ONE}_bi"
    assert two.psql("SELECT tenant FROM lending.loan", user=reader) == [ONE]
    for statement in (*WRITES, *(f"DELETE FROM lending.{table}" for table in TABLES)):
        assert "permission denied for table" in two.attempt(statement, user=reader).stderr, statement
    for become in ("lending_write", "lending_read", f"{ONE}_aggregate", f"{OTHER}_bi"):
        assert "permission denied" in two.attempt(f"SET ROLE {become}", user=reader).stderr, become
    assert "permission denied" in two.attempt(f"GRANT lending_write TO {reader}", user=reader).stderr
    assert two.psql("SELECT count(*) FROM lending.loan WHERE rate_bp = 1") == ["2"]


def writes(database: Server, who: str) -> bool:
    """Whether a user writes; it reads in any case, and only its tenant's rows."""
    assert database.psql("SELECT DISTINCT tenant FROM lending.loan", user=who) == [who.partition("_")[0]]
    done = database.attempt("UPDATE lending.loan SET rate_bp = rate_bp + 1", user=who)
    assert not done.returncode or "permission denied for table loan" in done.stderr
    return not done.returncode


def groups(database: Server, who: str) -> list[str]:
    return sorted(database.psql(f"SELECT roleid::regrole FROM pg_auth_members WHERE member = '{who}'::regrole"))


def test_a_deployment_that_changes_a_link_changes_what_the_users_of_every_tenant_may(two: Server) -> None:
    readers = (f"{ONE}_bi", f"{OTHER}_bi")
    for access in ("write", "read", "write"):
        assert deploy(two, SCHEMA, bi=access)["regrouped"] == ["bi"]
        assert [writes(two, who) for who in readers] == [access == "write"] * 2
        assert all(groups(two, who) == sorted([f"lending_{access}", "rds_iam"]) for who in readers)
        assert writes(two, f"{ONE}_aggregate")
        assert deploy(two, SCHEMA, bi=access)["regrouped"] == []


def test_onboarding_again_changes_what_one_tenants_users_may(two: Server) -> None:
    for access in ("write", "read"):
        assert tenant(two, ONE, "add", bi=access)["changed"] == ["bi"]
        assert tenant(two, ONE, "verify", bi=access)["users"]["bi"]["access"] == access
        assert (writes(two, f"{ONE}_bi"), writes(two, f"{OTHER}_bi")) == (access == "write", False)
        assert tenant(two, ONE, "add", bi=access)["changed"] == []


def test_a_session_that_is_open_loses_to_write_with_the_deployment(two: Server) -> None:
    deploy(two, SCHEMA, bi="write")
    where = f"host=127.0.0.1 port={two.port} user={ONE}_bi dbname={DATABASE}"
    with psycopg.connect(where, autocommit=True) as session:
        session.execute("UPDATE lending.loan SET rate_bp = 7")
        deploy(two, SCHEMA, bi="read")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("UPDATE lending.loan SET rate_bp = 8")
        assert session.execute("SELECT rate_bp FROM lending.loan").fetchall() == [(7,)]


def test_tenants_of_an_older_release_come_under_readers_with_the_deployment(two: Server) -> None:
    # All wrote then, and lending_read was there without a member.
    two.psql(f"REVOKE lending_read FROM {ONE}_bi; GRANT lending_write TO {ONE}_bi WITH INHERIT TRUE, SET FALSE", user=MASTER)
    assert writes(two, f"{ONE}_bi")
    assert deploy(two, SCHEMA)["regrouped"] == ["bi"]
    assert not writes(two, f"{ONE}_bi")


def test_users_of_a_service_that_the_deployment_does_not_name_stay(two: Server) -> None:
    tenant(two, ONE, "add", search="write")
    assert deploy(two, SCHEMA)["regrouped"] == []
    assert groups(two, f"{ONE}_search") == ["lending_write", "rds_iam"]


def test_who_would_go_on_writing_by_somebody_elses_grant_ends_the_deployment(two: Server) -> None:
    two.psql(f"GRANT lending_write TO {ONE}_bi")
    with pytest.raises(PostgresError, match=f"{ONE}_bi is in lending_write by another's grant than the master's"):
        deploy(two, SCHEMA)


def test_what_the_master_makes_later_is_read_by_readers_and_written_by_writers(two: Server) -> None:
    two.psql("CREATE TABLE lending.note (tenant text PRIMARY KEY)", user=MASTER)
    assert two.psql("SELECT count(*) FROM lending.note", user=f"{ONE}_bi") == ["0"]
    assert "permission denied for table note" in two.attempt("DELETE FROM lending.note", user=f"{ONE}_bi").stderr
    two.psql("DELETE FROM lending.note", user=f"{ONE}_aggregate")


def test_a_service_fills_its_own_schema_also_where_it_only_reads_tenants_rows(two: Server) -> None:
    two.psql("CREATE TABLE facts (value text); INSERT INTO facts VALUES ('x')", user="bi")
    assert two.attempt("SELECT FROM lending.loan", user="bi").returncode != 0
