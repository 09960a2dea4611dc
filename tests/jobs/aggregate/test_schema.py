"""Row level security on real servers: each way in which it is known to leak, tried as a tenant's own role."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jobs.aggregate.platform import ACME, SCHEMA, ZENITH, set_up
from tests.postgres import ADMINISTRATOR, MAJORS, MASTER, Server, server

READER, WRITER = f"{ACME}_search", f"{ACME}_aggregate"
LOAN = "(loan_id, product, amount_cents, rate_bp, state, status, applied_at, updated_at, message_id)"
VALUES = "('loan', 'x', 1, 1, 'OH', 'funded', now(), now(), 'm')"
ALL_TABLES = ("loan", "loan_daily", "delivery", "curated_part")


@pytest.fixture(scope="module", params=MAJORS)
def running(request: pytest.FixtureRequest) -> Iterator[Server]:
    with server(request.param) as started:
        yield started


@pytest.fixture
def database(running: Server) -> Server:
    """With a row of each of two tenants in each table."""
    running.reset()
    set_up(running)
    for tenant in (ACME, ZENITH):
        user = f"{tenant}_aggregate"
        running.psql(f"INSERT INTO lending.loan {LOAN} VALUES {VALUES}", user=user)
        running.psql("INSERT INTO lending.loan_daily VALUES (DEFAULT, now(), 'x', 'OH', 'funded', 1, 1)", user=user)
        running.psql("INSERT INTO lending.delivery VALUES (DEFAULT, 'loans', 'm', 'date=x', 'accepted', NULL, NULL)", user=user)
        running.psql("INSERT INTO lending.curated_part VALUES (DEFAULT, 'loans', 'date=x', 0, 1, 1)", user=user)
    return running


def seen(database: Server, what: str, user: str) -> list[str]:
    return database.psql(f"SELECT DISTINCT tenant FROM {what}", user=user)


def refused(database: Server, statement: str, user: str) -> str:
    done = database.attempt(statement, user=user)
    assert done.returncode != 0, f"{user} may {statement}"
    return done.stderr


def test_a_tenant_sees_and_writes_its_own_rows_only(database: Server) -> None:
    for table in ALL_TABLES:
        assert seen(database, f"lending.{table}", WRITER) == [ACME]
        assert sorted(seen(database, f"lending.{table}", ADMINISTRATOR)) == [ACME, ZENITH]
    database.psql("UPDATE lending.loan SET rate_bp = 2; DELETE FROM lending.loan_daily", user=WRITER)
    assert database.psql("SELECT tenant, rate_bp FROM lending.loan ORDER BY 1") == [f"{ACME}|2", f"{ZENITH}|1"]
    assert seen(database, "lending.loan_daily", ADMINISTRATOR) == [ZENITH]
    for statement in (
        f"INSERT INTO lending.loan (tenant, {LOAN[1:]} VALUES ('{ZENITH}', {VALUES[1:]}",
        f"UPDATE lending.loan SET tenant = '{ZENITH}'",
    ):
        assert "violates row-level security policy" in refused(database, statement, WRITER)


def test_a_tenant_that_leaves_takes_its_own_rows_with_it_and_no_others(database: Server) -> None:
    for table in ALL_TABLES:
        database.psql(f"DELETE FROM lending.{table}", user=WRITER)
        assert seen(database, f"lending.{table}", ADMINISTRATOR) == [ZENITH]


def test_a_tenant_that_reads_writes_nothing_and_does_not_see_what_the_job_keeps(database: Server) -> None:
    assert seen(database, "lending.loan", READER) == seen(database, "lending.loan_daily", READER) == [ACME]
    for statement in (
        f"INSERT INTO lending.loan {LOAN} VALUES {VALUES}",
        "UPDATE lending.loan SET rate_bp = 2",
        "DELETE FROM lending.loan",
        "SELECT * FROM lending.delivery",
        "SELECT * FROM lending.curated_part",
    ):
        assert "permission denied" in refused(database, statement, READER)


# The five leaks


def test_leak_1_a_partition_cannot_be_asked_and_would_show_nothing_else_if_it_could(database: Server) -> None:
    partitions = database.psql("SELECT oid::regclass FROM pg_class WHERE relispartition AND relkind = 'r' ORDER BY 1")
    assert len(partitions) == 16
    for partition in partitions:
        for statement in (f"SELECT * FROM {partition}", f"DELETE FROM {partition}"):
            assert "permission denied for table" in refused(database, statement, WRITER)
        database.psql(f"GRANT SELECT ON {partition} TO lending_write", user=MASTER)
        assert seen(database, partition, WRITER) in ([], [ACME])
    # The leak, were the policy the table's alone.
    for partition in partitions:
        database.psql(f"ALTER TABLE {partition} DISABLE ROW LEVEL SECURITY", user=MASTER)
    assert sorted({row for partition in partitions for row in seen(database, partition, WRITER)}) == [ACME, ZENITH]


def test_leak_2_a_materialised_view_shows_everything_and_is_refused(database: Server) -> None:
    made = "CREATE MATERIALIZED VIEW lending.copy AS SELECT * FROM lending.loan; GRANT SELECT ON lending.copy TO lending_read"
    database.psql(made)
    assert sorted(seen(database, "lending.copy", READER)) == [ACME, ZENITH]
    assert "lending.copy is a materialised view" in refused(database, SCHEMA, MASTER)


def test_a_view_that_does_not_ask_as_the_caller_is_refused(database: Server) -> None:
    made = "CREATE VIEW lending.all_loans {} AS SELECT * FROM lending.loan; GRANT SELECT ON lending.all_loans TO lending_read"
    database.psql(made.format(""))
    # As the owner it asks, here one whom no policy binds.
    assert sorted(seen(database, "lending.all_loans", READER)) == [ACME, ZENITH]
    assert "the view lending.all_loans lacks security_invoker" in refused(database, SCHEMA, MASTER)
    database.psql("DROP VIEW lending.all_loans")
    database.psql(made.format("WITH (security_invoker = true)"))
    assert seen(database, "lending.all_loans", READER) == [ACME]
    database.psql(SCHEMA, user=MASTER)


def test_leak_3_the_owner_of_the_tables_is_bound_by_the_policies_and_no_tenant_owns_any(database: Server) -> None:
    for table in ALL_TABLES:
        assert seen(database, f"lending.{table}", MASTER) == []
    assert database.psql("SELECT DISTINCT relowner::regrole FROM pg_class WHERE relnamespace = 'lending'::regnamespace") == [
        MASTER
    ]
    # The leak, without FORCE.
    database.psql("ALTER TABLE lending.loan NO FORCE ROW LEVEL SECURITY", user=MASTER)
    assert sorted(seen(database, "lending.loan", MASTER)) == [ACME, ZENITH]
    database.psql(SCHEMA, user=MASTER)
    assert seen(database, "lending.loan", MASTER) == []


SETTINGS = (
    f"SET app.tenant = '{ZENITH}'",
    f"SELECT set_config('app.tenant', '{ZENITH}', false)",
    "SET search_path = pg_temp, lending; CREATE TEMP TABLE loan (tenant text); DROP TABLE pg_temp.loan",
    "CREATE FUNCTION pg_temp.split_part(text, text, integer) RETURNS text LANGUAGE sql"
    f" AS $$ SELECT '{ZENITH}' $$; SET search_path = pg_temp, pg_catalog",
)
ROLES = (f"{ZENITH}_aggregate", f"{ZENITH}_search", "lending_read", "lending_write", MASTER, ADMINISTRATOR)


def test_leak_4_nothing_that_a_login_role_sets_makes_it_another(database: Server) -> None:
    for role in ROLES:
        for statement in (f"SET ROLE {role}", f"SET SESSION AUTHORIZATION {role}", f"SET LOCAL ROLE {role}"):
            assert "permission denied to set" in refused(database, statement, WRITER)
    for setting in SETTINGS:
        done = database.attempt(f"{setting}; SELECT DISTINCT tenant FROM lending.loan", user=WRITER)
        assert done.stdout.splitlines()[-1:] == [ACME], setting
    assert "query would be affected by row-level security policy" in refused(
        database, "SET row_security = off; SELECT * FROM lending.loan", WRITER
    )
    for statement in (
        f"GRANT {ZENITH}_aggregate TO {WRITER}",
        "ALTER TABLE lending.loan DISABLE ROW LEVEL SECURITY",
        "DROP POLICY own_tenant ON lending.loan",
        f"ALTER ROLE {WRITER} RENAME TO {ZENITH}_x",
        f"ALTER ROLE {WRITER} BYPASSRLS",
    ):
        refused(database, statement, WRITER)


def test_leak_5_whoever_is_no_tenant_sees_nothing_and_leaves_nothing(database: Server) -> None:
    # There is no setting that could be empty; what comes near is a role whose name begins with nothing, or with no tenant.
    for role in ("_aggregate", "aggregate", f"{ACME[:-1]}_x", f"{ACME}a_x", "t_x"):
        database.psql(f"CREATE ROLE {role} LOGIN; GRANT lending_write TO {role} WITH INHERIT TRUE, SET FALSE", user=MASTER)
        for table in ALL_TABLES:
            assert seen(database, f"lending.{table}", role) == []
        assert 'violates check constraint "loan_tenant_check"' in refused(
            database, f"INSERT INTO lending.loan {LOAN} VALUES {VALUES}", role
        )


# Besides


def test_a_column_comes_to_the_table_that_is_there_as_the_recipe_says(database: Server) -> None:
    page = Path(__file__).parents[3].joinpath("docs", "changing.md").read_text(encoding="utf-8")
    (added,) = re.findall(r"^ *(ALTER TABLE lending\..*;)$", page, re.MULTILINE)
    for _ in range(2):
        database.psql(SCHEMA.replace("PARTITION BY HASH (tenant);", f"PARTITION BY HASH (tenant);\n{added}", 1), user=MASTER)
        assert seen(database, "lending.loan", READER) == [ACME]
        assert database.psql("SELECT channel FROM lending.loan", user=READER) == ["unknown"]


def test_what_the_policy_asks_is_found_by_the_index_in_one_partition(database: Server) -> None:
    """Row level security must not read every tenant's rows to show those of one."""
    for table, partitions in (("loan", 7), ("delivery", 7), ("loan_daily", 0), ("curated_part", 0)):
        query = f"SET enable_seqscan = off; SET enable_bitmapscan = off; EXPLAIN ANALYZE SELECT * FROM lending.{table}"
        plan = "\n".join(database.psql(query, user=WRITER))
        assert "Index Cond: (tenant = split_part((CURRENT_USER)::text, '_'::text, 1))" in plan, plan
        assert plan.count("Index Cond: ") == 1 and (not partitions or f"Subplans Removed: {partitions}" in plan), plan


def test_a_key_that_another_tenant_has_is_free(database: Server) -> None:
    statement = f"INSERT INTO lending.loan {LOAN} VALUES {VALUES.replace('loan', 'its-own')}"
    database.psql(statement, user=f"{ZENITH}_aggregate")
    database.psql(statement, user=WRITER)


def test_nobody_may_empty_a_table_for_that_asks_no_policy(database: Server) -> None:
    for table in ALL_TABLES:
        assert "permission denied" in refused(database, f"TRUNCATE lending.{table}", WRITER)


def test_the_schema_can_be_applied_again_and_changes_nothing(database: Server) -> None:
    def everything() -> list[str]:
        tables = "SELECT relname, relacl, relrowsecurity, relforcerowsecurity FROM pg_class"
        queries = [f"{tables} WHERE relnamespace = 'lending'::regnamespace ORDER BY 1"]
        queries += [f"SELECT t FROM {name} t ORDER BY t::text" for name in ("pg_policy", "pg_auth_members", "pg_constraint")]
        return [row for query in queries for row in database.psql(query)]

    before = everything()
    database.psql(SCHEMA, user=MASTER)
    assert everything() == before


LEAKS = {
    "a second policy": (
        "CREATE POLICY support ON lending.loan USING (true)",
        "lending.loan has other policies than own_tenant",
    ),
    "a policy that was changed": (
        "ALTER POLICY own_tenant ON lending.loan_3 USING (tenant = current_setting('app.tenant', true))",
        "lending.loan_3 has other policies than own_tenant",
    ),
    "a table whose key tells": (
        "CREATE TABLE lending.note (tenant text, id text PRIMARY KEY)",
        "the primary key of lending.note does not begin with tenant",
    ),
    "a table whose key serves no policy": (
        "CREATE TABLE lending.note (tenant text, id text, PRIMARY KEY (tenant, id))",
        'the primary key of lending.note does not begin with tenant of collation "C"',
    ),
    "a right to empty a table": (
        "GRANT TRUNCATE ON lending.loan TO lending_write",
        "lending_write may TRUNCATE lending.loan",
    ),
    "a tenant's right to a partition": (
        f"GRANT SELECT ON lending.loan_0 TO {READER}",
        f"{READER} may SELECT lending.loan_0",
    ),
    "everybody's right to a table": (
        "GRANT SELECT ON lending.loan TO PUBLIC",
        "everybody may SELECT lending.loan",
    ),
    "a function that runs as its owner": (
        "CREATE FUNCTION lending.f() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM lending.loan'",
        "the function lending.f() runs as its owner",
    ),
}


@pytest.mark.parametrize("what", LEAKS)
def test_what_would_leak_is_refused_when_the_schema_is_applied(database: Server, what: str) -> None:
    statement, told = LEAKS[what]
    database.psql(statement, user=MASTER)
    assert told in refused(database, SCHEMA, MASTER)


def test_a_table_that_is_added_is_secured_when_the_schema_is_applied(database: Server) -> None:
    database.psql(
        "CREATE TABLE lending.note"
        " (tenant text COLLATE \"C\" DEFAULT split_part(current_user, '_', 1), id text, PRIMARY KEY (tenant, id));"
        f"INSERT INTO lending.note VALUES ('{ZENITH}', 'x'); GRANT SELECT ON lending.note TO lending_read",
        user=MASTER,
    )
    database.psql(SCHEMA, user=MASTER)
    assert seen(database, "lending.note", READER) == []


def test_the_privileges_of_a_table_hold_no_role_per_tenant(database: Server) -> None:
    # A table has room for some 2,400 roles: a thousand tenants with three services would not fit.
    grantees = "SELECT DISTINCT grantee::regrole FROM pg_class, aclexplode(relacl) WHERE relnamespace = 'lending'::regnamespace"
    assert sorted(database.psql(grantees)) == [MASTER, "lending_read", "lending_write"]
