"""A tenant's users and rows on a real PostgreSQL server, kept by the function as the master user that RDS makes."""

import json
import subprocess
import time
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from components.data.users_function.groups import GROUPS, SCHEMA, Access
from components.data.users_function.handler import Order, TenantOrder, fulfil, fulfil_for_tenant
from components.data.users_function.postgres_client import PostgresError, connect
from components.data.users_function.tenants import LIMITS, Action, Tenant, User, keep_tenant
from tests.postgres import DATABASE, MASTER, PASSWORD, Server

WRITERS = GROUPS["write"]
ONE, OTHER = "t" + 15 * "a", "t" + 15 * "b"
POLICY = "USING (tenant = split_part(current_user, '_', 1))"
TABLES = f"""
CREATE TABLE {SCHEMA}.loans (tenant text NOT NULL DEFAULT split_part(current_user, '_', 1), loan_id text,
    PRIMARY KEY (tenant, loan_id)) PARTITION BY HASH (tenant);
CREATE TABLE {SCHEMA}.loans_0 PARTITION OF {SCHEMA}.loans FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE {SCHEMA}.loans_1 PARTITION OF {SCHEMA}.loans FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE {SCHEMA}.events (tenant text NOT NULL DEFAULT split_part(current_user, '_', 1), loan_id text,
    FOREIGN KEY (tenant, loan_id) REFERENCES {SCHEMA}.loans);
CREATE TABLE {SCHEMA}.products (product text);
ALTER TABLE {SCHEMA}.loans ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON {SCHEMA}.loans {POLICY};
ALTER TABLE {SCHEMA}.events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON {SCHEMA}.events {POLICY};
REVOKE ALL ON {SCHEMA}.loans_0, {SCHEMA}.loans_1 FROM {GROUPS["read"]}, {GROUPS["write"]};
"""


def run(
    database: Server, action: Action, *users: str, tenant: str = ONE, limit: int = 5, reads: tuple[str, ...] = ()
) -> Tenant:
    """Run for a tenant whose `users` write, but for those that it is said of that they only read."""
    order = TenantOrder(
        host="localhost",
        port=database.tls_port,
        credentials="arn",
        users=accesses(users, reads),
        connectionLimit=limit,
        tenant=tenant,
        action=action,
    )
    return fulfil_for_tenant(order, read_secret=login, authorities=database.authorities)


def accesses(users: Sequence[str], reads: Sequence[str]) -> dict[str, Access]:
    return {user: "read" if user in reads else "write" for user in users}


def login(_arn: str, _stage: str) -> str:
    return json.dumps({"dbname": DATABASE, "username": MASTER, "password": PASSWORD})


def keep_services(database: Server, *users: str, reads: tuple[str, ...] = ()) -> Any:
    known = accesses(users, reads)
    order = Order(host="localhost", port=database.tls_port, credentials="arn", users=known, connectionLimit=40)
    return fulfil(order, read_secret=login, authorities=database.authorities)


def fill(database: Server, *tenants: str, loans: int = 3) -> None:
    for tenant in tenants:
        rows = f"SELECT 'loan' || n FROM generate_series(1, {loans}) AS n"
        for table in ("loans", "events"):
            database.psql(f"INSERT INTO {SCHEMA}.{table} (loan_id) {rows}", user=f"{tenant}_search")


@pytest.fixture
def two(database: Server) -> Server:
    """Two tenants with rows."""
    for tenant in (ONE, OTHER):
        run(database, "add", "search", "bi", tenant=tenant)
    database.psql(TABLES, user=MASTER)
    fill(database, ONE, OTHER)
    return database


def count(database: Server, tenant: str, table: str = "loans") -> int:
    return int(database.psql(f"SELECT count(*) FROM {SCHEMA}.{table} WHERE tenant = '{tenant}'")[0])


def everything(database: Server) -> list[str]:
    catalogues = ("pg_authid", "pg_auth_members", "pg_shdescription", "pg_namespace", "pg_class", "pg_policy", "pg_default_acl")
    return [row for catalogue in catalogues for row in database.psql(f"SELECT t FROM {catalogue} t ORDER BY t::text")]


# Users


def test_a_tenants_users_work_on_the_tenants_rows(two: Server) -> None:
    assert two.psql(f"SELECT count(*) FROM {SCHEMA}.loans", user=f"{ONE}_bi") == ["3"]
    two.psql(f"DELETE FROM {SCHEMA}.events; UPDATE {SCHEMA}.loans SET loan_id = 'new'||loan_id", user=f"{ONE}_bi")
    assert count(two, ONE, "events") == 0 and count(two, OTHER, "events") == 3


def test_a_second_run_changes_nothing(two: Server) -> None:
    before = everything(two)
    assert run(two, "add", "search", "bi")["changed"] == []
    assert everything(two) == before


def test_a_user_has_iam_its_limit_the_group_and_nothing_besides(two: Server) -> None:
    flags = "rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolcanlogin, rolconnlimit"
    assert two.psql(f"SELECT {flags} FROM pg_roles WHERE rolname = '{ONE}_search'") == ["f|f|f|f|f|t|5"]
    assert two.psql(f"SELECT rolpassword IS NULL FROM pg_authid WHERE rolname = '{ONE}_search'") == ["t"]
    of = f"SELECT roleid::regrole FROM pg_auth_members WHERE member = '{ONE}_search'::regrole ORDER BY roleid::regrole::text"
    assert two.psql(of) == [GROUPS["write"], "rds_iam"]


MINE_ONLY = (
    f"SELECT count(*) FROM {SCHEMA}.loans WHERE tenant = '{OTHER}'",
    f"WITH gone AS (DELETE FROM {SCHEMA}.loans WHERE tenant = '{OTHER}' RETURNING 1) SELECT count(*) FROM gone",
    f"WITH new AS (UPDATE {SCHEMA}.events SET loan_id = NULL WHERE tenant = '{OTHER}' RETURNING 1) SELECT count(*) FROM new",
)
REFUSED = (
    f"SET ROLE {WRITERS}",
    f"SET SESSION AUTHORIZATION {WRITERS}",
    f"SET ROLE {OTHER}_search",
    f"SET ROLE {MASTER}",
    f"INSERT INTO {SCHEMA}.loans VALUES ('{OTHER}', 'x')",
    f"UPDATE {SCHEMA}.events SET tenant = '{OTHER}'",
    f"SELECT FROM {SCHEMA}.loans_0",
    f"SELECT FROM {SCHEMA}.loans_1",
    f"TRUNCATE {SCHEMA}.events",
    f"CREATE TABLE {SCHEMA}.mine (value text)",
    f"CREATE VIEW {SCHEMA}.mine AS SELECT 1",
    f"ALTER TABLE {SCHEMA}.events DISABLE ROW LEVEL SECURITY",
    f"DROP POLICY own ON {SCHEMA}.events",
    f"GRANT {WRITERS} TO {ONE}_bi",
)


@pytest.mark.parametrize("become", ["", f"SET search_path = {SCHEMA}; ", "SET row_security = on; "])
def test_membership_of_the_group_shows_nothing_of_another_tenant(two: Server, become: str) -> None:
    for statement in MINE_ONLY:
        assert two.psql(become + statement, user=f"{ONE}_search") == ["0"], statement
    assert count(two, OTHER) == 3
    for statement in REFUSED:
        assert two.attempt(become + statement, user=f"{ONE}_search").returncode, statement


@pytest.mark.parametrize("mistake", ["DISABLE ROW LEVEL SECURITY", "ADD POLICY"])
def test_rows_that_nothing_keeps_apart_show(two: Server, mistake: str) -> None:
    add = f"CREATE POLICY wide ON {SCHEMA}.loans USING (true)"
    two.psql(add if mistake == "ADD POLICY" else f"ALTER TABLE {SCHEMA}.loans {mistake}", user=MASTER)
    assert two.psql(MINE_ONLY[0], user=f"{ONE}_search") == ["3"]


def test_the_group_cannot_log_in_and_would_see_no_tenant(two: Server) -> None:
    assert "is not permitted to log in" in two.attempt("SELECT 1", user=WRITERS).stderr
    assert two.psql(f"SET ROLE {WRITERS}; SELECT count(*) FROM {SCHEMA}.loans") == ["0"]


def test_the_services_function_leaves_the_tenants_users_alone_and_the_other_way_round(two: Server) -> None:
    assert keep_services(two, "search")["locked"] == []
    run(two, "remove")
    assert keep_services(two, "search") == {"created": [], "changed": [], "locked": [], "regrouped": []}
    assert run(two, "verify", tenant=OTHER)["users"]["search"] == User(login=True, sessions=0, access="write")


def test_a_role_that_is_no_tenants_is_refused_and_stays(database: Server) -> None:
    keep_services(database, f"{ONE}_search")
    for action in ("add", "lock", "remove"):
        with pytest.raises(PostgresError, match=f"the role {ONE}_search is not a tenant's"):
            run(database, action, "search")
    assert database.psql(f"SELECT rolcanlogin FROM pg_roles WHERE rolname = '{ONE}_search'") == ["t"]


def test_a_service_that_no_longer_works_on_tenants_data_loses_its_users(two: Server) -> None:
    assert run(two, "add", "search")["changed"] == ["bi"]
    assert run(two, "verify")["users"] == {
        "bi": User(login=False, sessions=0, access="write"),
        "search": User(login=True, sessions=0, access="write"),
    }


def test_another_limit_is_taken_over(two: Server) -> None:
    assert run(two, "add", "search", "bi", limit=9)["changed"] == ["bi", "search"]
    assert two.psql(f"SELECT rolconnlimit FROM pg_roles WHERE rolname = '{ONE}_bi'") == ["9"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"tenant": "acme"}, "tenant is 'acme'; expected t and 15 of a-z and 2-7"),
        ({"tenant": "t" + 15 * "%"}, "tenant is 't%%%"),
        ({"tenant": ""}, "tenant is ''"),
        ({"action": "drop"}, "action is 'drop'; expected add, count, lock, remove or verify"),
        ({"users": {}}, "users is empty; expected one or more to add"),
        ({"users": {"Search": "read"}}, "user is 'Search'; expected up to 46 lower-case letters"),
        ({"users": {"x" * 47: "read"}}, "expected up to 46"),
        ({"users": {"search": "admin"}}, "access of user search is 'admin'; expected read or write"),
        ({"users": ["search"]}, "users is ['search']; expected user -> read or write, from a program of this release"),
        ({"connection_limit": LIMITS[-1] + 1}, "connectionLimit is 101; expected 1 to 100"),
    ],
)
def test_what_is_no_order_is_refused_before_the_database_is_asked(changes: dict[str, Any], told: str) -> None:
    arguments: dict[str, Any] = {"tenant": ONE, "action": "add", "users": {"search": "write"}} | changes
    with pytest.raises(ValueError) as refused:
        keep_tenant(cast(Any, SimpleNamespace(environment="")), **arguments)
    assert told in str(refused.value)


# Lock


def open_session(database: Server, user: str) -> subprocess.Popen[str]:
    where = ["-h", "127.0.0.1", "-p", str(database.port), "-U", user, "-d", DATABASE]
    process = subprocess.Popen(
        [str(database.binaries / "psql"), *where, "-X", "-c", "SELECT pg_sleep(600)"], text=True, stderr=subprocess.PIPE
    )
    while database.psql(f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{user}'") != ["1"]:
        time.sleep(0.05)
    return process


def test_lock_ends_the_sessions_of_this_tenant_only(two: Server) -> None:
    mine, others = open_session(two, f"{ONE}_search"), open_session(two, f"{OTHER}_search")
    try:
        assert run(two, "verify")["users"]["search"] == User(login=True, sessions=1, access="write")
        done = run(two, "lock")
        assert done["changed"] == ["bi", "search"]
        assert done["users"] == {user: User(login=False, sessions=0, access="write") for user in ("bi", "search")}
        assert mine.wait() != 0 and "terminating connection" in cast(Any, mine.stderr).read()
        assert others.poll() is None
        assert "is not permitted to log in" in two.attempt("SELECT 1", user=f"{ONE}_bi").stderr
        assert run(two, "lock")["changed"] == []
    finally:
        for session in (mine, others):
            session.kill()
            session.wait()
            cast(Any, session.stderr).close()


def test_a_locked_tenant_comes_back_to_its_rows(two: Server) -> None:
    run(two, "lock")
    assert run(two, "add", "search", "bi")["changed"] == ["bi", "search"]
    assert two.psql(f"SELECT count(*) FROM {SCHEMA}.loans", user=f"{ONE}_bi") == ["3"]


def test_count_tells_the_tenants_rows_and_an_estimate_of_all_tenants(two: Server) -> None:
    assert dict(run(two, "count"))["of_all"] is None
    # As autovacuum does it: the partitions, and never the table that they are of.
    for table in ("loans_0", "loans_1", "events"):
        two.psql(f"ANALYZE {SCHEMA}.{table}")
    told = run(two, "count")
    assert (told["left"], told.get("of_all")) == ({f"{SCHEMA}.loans": 3, f"{SCHEMA}.events": 3}, 12)
    assert run(two, "count", tenant="t" + 15 * "x").get("of_all") == 12
    assert "of_all" not in run(two, "verify")


# Remove


def test_remove_erases_the_rows_of_this_tenant_and_drops_its_users(two: Server) -> None:
    done = run(two, "remove")
    assert done["erased"] == {f"{SCHEMA}.loans": 3, f"{SCHEMA}.events": 3}
    assert (done["users"], done["left"], done["complete"]) == ({}, {}, True)
    assert (count(two, ONE), count(two, ONE, "events")) == (0, 0)
    assert (count(two, OTHER), count(two, OTHER, "events")) == (3, 3)
    assert two.psql(f"SELECT count(*) FROM pg_roles WHERE rolname LIKE '{ONE}%'") == ["0"]
    assert two.psql("SELECT polname FROM pg_policy") == ["own", "own"]
    assert run(two, "remove") == Tenant(users={}, changed=[], erased={}, left={}, complete=True)


def test_an_erasure_that_runs_out_of_time_goes_on_where_it_stopped(two: Server) -> None:
    master = {"host": "localhost", "port": two.tls_port, "database": DATABASE, "user": MASTER, "password": PASSWORD}
    with connect(**cast(Any, master), authorities=two.authorities) as session:
        done = keep_tenant(session, ONE, "remove", {}, seconds=0)
    assert not done["complete"] and done["users"].keys() == {"bi", "search"} and count(two, ONE) == 3
    # Meanwhile the owner sees no more than this tenant, and others only themselves.
    assert two.psql(f"SELECT DISTINCT tenant FROM {SCHEMA}.loans", user=MASTER) == [ONE]
    assert two.psql(f"SELECT DISTINCT tenant FROM {SCHEMA}.loans", user=f"{OTHER}_search") == [OTHER]
    assert run(two, "remove")["complete"]
    assert two.psql("SELECT polname FROM pg_policy") == ["own", "own"]


def test_an_erasure_that_broke_off_for_another_tenant_shows_the_owner_nothing_of_it(two: Server) -> None:
    two.psql(f"CREATE POLICY erasure ON {SCHEMA}.loans TO CURRENT_USER USING (tenant = '{OTHER}')", user=MASTER)
    run(two, "remove")
    assert (count(two, ONE), count(two, OTHER)) == (0, 3)


def test_what_a_materialised_view_keeps_is_told(two: Server) -> None:
    # Its owner reads a forced table as itself: the view is made by somebody who sees all.
    two.psql(f"CREATE MATERIALIZED VIEW {SCHEMA}.totals AS SELECT tenant, count(*) FROM {SCHEMA}.loans GROUP BY tenant")
    two.psql(f"GRANT SELECT ON {SCHEMA}.totals TO {MASTER}")
    done = run(two, "remove")
    assert (done["left"], done["complete"]) == ({f"{SCHEMA}.totals": 1}, False)
    two.psql(f"REFRESH MATERIALIZED VIEW {SCHEMA}.totals")
    assert run(two, "verify")["complete"]


def test_verify_counts_rows_of_a_tenant_without_users_and_leaves_no_trace(two: Server) -> None:
    run(two, "remove")
    two.psql(f"INSERT INTO {SCHEMA}.loans VALUES ('{ONE}', 'late')")
    before = everything(two)
    assert run(two, "verify")["left"] == {f"{SCHEMA}.loans": 1}
    assert everything(two) == before


def test_rows_are_counted_as_the_tenants_user_sees_them_while_others_work_and_no_trace_is_left(two: Server) -> None:
    before = everything(two)
    where = ("-h", "127.0.0.1", "-p", str(two.port), "-U", f"{OTHER}_search", "-d", DATABASE)
    busy = f"BEGIN; INSERT INTO {SCHEMA}.loans (loan_id) VALUES ('open'); SELECT pg_sleep(30)"
    with subprocess.Popen([str(two.binaries / "psql"), *where, "-c", busy], stderr=subprocess.DEVNULL):
        sleeping = "FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
        while not two.psql(f"SELECT 1 {sleeping}"):
            time.sleep(0.05)
        began = time.monotonic()
        told = run(two, "count", "search", "bi")
        # A policy made for it would wait for the other's transaction.
        assert time.monotonic() - began < 10
        two.psql(f"SELECT pg_terminate_backend(pid) {sleeping}")
    assert told["left"] == {f"{SCHEMA}.events": 3, f"{SCHEMA}.loans": 3} and sorted(told["users"]) == ["bi", "search"]
    run(two, "lock", "search", "bi")
    assert run(two, "count", "search", "bi")["left"] == {f"{SCHEMA}.events": 3, f"{SCHEMA}.loans": 3}
    run(two, "add", "search", "bi")
    assert everything(two) == before
    assert run(two, "count", "search", tenant="t" + 15 * "z")["left"] == {}


def test_privileges_of_each_user_would_not_fit_for_a_thousand_tenants(database: Server) -> None:
    database.psql(f"CREATE SCHEMA {SCHEMA}; CREATE TABLE {SCHEMA}.loans (tenant text)", user=MASTER)
    database.psql("DO $$ BEGIN FOR n IN 1..3000 LOOP EXECUTE 'CREATE ROLE r' || n; END LOOP; END $$")
    names = ", ".join(f"r{n}" for n in range(1, 3001))
    assert "row is too big" in database.attempt(f"GRANT SELECT, INSERT ON {SCHEMA}.loans TO {names}", user=MASTER).stderr
