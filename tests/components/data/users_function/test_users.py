"""The function's work on a real PostgreSQL server, as the master user that RDS makes: no superuser."""

import json
from typing import cast

import pytest

from components.data.users_function.groups import Access
from components.data.users_function.handler import Order, fulfil
from components.data.users_function.names import mark
from components.data.users_function.postgres_client import Connection, PostgresError, Row, connect, literal
from components.data.users_function.users import SERVICES, Changes, keep_users
from tests.postgres import ADMINISTRATOR, DATABASE, MASTER, PASSWORD, Server

NOTHING = Changes(created=[], changed=[], locked=[], regrouped=[])


def order(database: Server, *users: str, limit: int = 40) -> Order:
    known: dict[str, Access] = dict.fromkeys(users, "write")
    return Order(host="localhost", port=database.tls_port, credentials="arn", users=known, connectionLimit=limit)


def login(_arn: str, _stage: str) -> str:
    return json.dumps({"engine": "postgres", "dbname": DATABASE, "username": MASTER, "password": PASSWORD})


def keep(database: Server, *users: str, limit: int = 40) -> Changes:
    return fulfil(order(database, *users, limit=limit), read_secret=login, authorities=database.authorities)


def master(database: Server) -> Connection:
    return connect(
        host="localhost",
        port=database.tls_port,
        database=DATABASE,
        user=MASTER,
        password=PASSWORD,
        authorities=database.authorities,
    )


# Users


def test_each_user_logs_in_and_fills_a_schema_of_its_own(database: Server) -> None:
    assert keep(database, "search", "data_products") == Changes(
        created=["search", "data_products"], changed=[], locked=[], regrouped=[]
    )
    for user in ("search", "data_products"):
        database.psql(f"CREATE TABLE facts (value text); INSERT INTO facts VALUES ('of {user}')", user=user)
        assert database.psql(f"SELECT value FROM {user}.facts", user=user) == [f"of {user}"]
        assert database.psql("SELECT current_schemas(false)", user=user) == [f"{{{user},public}}"]


BY_ANOTHER = (
    f"REVOKE rds_iam FROM {MASTER}; CREATE ROLE rds_superuser; GRANT rds_superuser TO {MASTER};"
    " GRANT rds_iam TO rds_superuser WITH ADMIN TRUE, INHERIT FALSE"
)
"""The master may grant rds_iam as a member of RDS's own role, and by no grant to itself."""


@pytest.mark.parametrize("prepare", ["SELECT 1", BY_ANOTHER], ids=["directly", "by another role"])
def test_a_run_that_would_take_the_master_its_password_is_undone(database: Server, prepare: str) -> None:
    """Where whoever makes a role inherits from it, the master would be of rds_iam with its first user."""
    database.psql(f"{prepare}; ALTER ROLE {MASTER} SET createrole_self_grant = 'inherit'")
    with pytest.raises(PostgresError, match="the master would become a member of rds_iam"):
        keep(database, "search")
    assert database.psql("SELECT count(*) FROM pg_roles WHERE rolname = 'search'") == ["0"]
    # A master that is no member stays none.
    database.psql(f"ALTER ROLE {MASTER} RESET createrole_self_grant")
    assert keep(database, "search") == Changes(created=["search"], changed=[], locked=[], regrouped=[])
    assert keep(database, "search") == NOTHING


class _GrantsAsRdsDoes:
    """A session in which the master grants rds_iam, and is a member of it by no grant."""

    environment = ""

    def __init__(self, real: Connection) -> None:
        self._real, self.name, self.master = real, real.name, self

    def run(self, statement: str) -> list[Row]:
        if statement.startswith("GRANT rds_iam TO "):
            return self._real.run(f"SELECT public.as_rds({literal(statement)})")
        return self._real.run(statement)


def test_who_made_a_user_may_administer_it_and_keeps_its_password(database: Server) -> None:
    """PostgreSQL 16 and later make whoever creates a role a member of it that inherits nothing."""
    database.psql(
        f"REVOKE rds_iam FROM {MASTER}; CREATE FUNCTION public.as_rds(statement text) RETURNS void LANGUAGE plpgsql"
        " SECURITY DEFINER AS 'BEGIN EXECUTE statement; END'"
    )
    with master(database) as session:
        made = keep_users(cast("Connection", _GrantsAsRdsDoes(session)), {"search": "write"}, connection_limit=40)
    assert made["created"] == ["search"]
    of = f"FROM pg_auth_members WHERE member = '{MASTER}'::regrole AND roleid::regrole::text IN ('search', 'rds_iam')"
    assert database.psql(f"SELECT roleid::regrole, admin_option, inherit_option {of}") == ["search|t|f"]


FORBIDDEN = (
    "SELECT value FROM search.facts",
    "INSERT INTO search.facts VALUES ('x')",
    "CREATE TABLE search.more (value text)",
    "CREATE TABLE public.more (value text)",
    "CREATE SCHEMA more",
    "CREATE ROLE more",
    "ALTER ROLE search NOLOGIN",
    "GRANT search TO bi",
    "SET ROLE search",
    f"SET ROLE {MASTER}",
    "DROP TABLE search.facts",
    "DROP SCHEMA bi",
    "GRANT USAGE ON SCHEMA bi TO search",
)


def test_a_user_reaches_nothing_of_another_and_makes_nothing_elsewhere(database: Server) -> None:
    keep(database, "bi", "search")
    database.psql("CREATE TABLE facts (value text)", user="search")
    for statement in FORBIDDEN:
        done = database.attempt(statement, user="bi")
        assert done.returncode or "no privileges were granted" in done.stderr, done
    assert database.psql("SELECT has_schema_privilege('search', 'bi', 'USAGE')") == ["f"]


def test_a_user_has_iam_a_limit_of_sessions_and_nothing_besides(database: Server) -> None:
    keep(database, "search", limit=7)
    flags = "rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolcanlogin, rolconnlimit"
    assert database.psql(f"SELECT {flags} FROM pg_roles WHERE rolname = 'search'") == ["f|f|f|f|f|t|7"]
    assert database.psql("SELECT rolpassword IS NULL FROM pg_authid WHERE rolname = 'search'") == ["t"]
    of = "SELECT roleid::regrole FROM pg_auth_members WHERE member = 'search'::regrole"
    assert database.psql(of) == ["rds_iam"]


def test_the_master_may_not_become_a_user_for_it_would_have_to_log_in_as_one(database: Server) -> None:
    keep(database, "search")
    for way in ("SET", "USAGE"):
        assert database.psql(f"SELECT pg_has_role('{MASTER}', 'search', '{way}')") == ["f"]


def test_nobody_may_create_in_the_schema_public_though_an_older_major_let_everybody(database: Server) -> None:
    database.psql("GRANT CREATE ON SCHEMA public TO PUBLIC", user=MASTER)
    keep(database, "search")
    assert database.psql("SELECT has_schema_privilege('search', 'public', 'CREATE')") == ["f"]


# Again


def everything(database: Server) -> list[str]:
    """All that a run could change."""
    catalogues = ("pg_authid", "pg_auth_members", "pg_shdescription", "pg_database", "pg_namespace")
    return [row for catalogue in catalogues for row in database.psql(f"SELECT t FROM {catalogue} t ORDER BY t::text")]


def test_a_second_run_changes_nothing(database: Server) -> None:
    keep(database, "search", "bi")
    before = everything(database)
    assert keep(database, "search", "bi") == NOTHING
    assert everything(database) == before


def test_a_user_whose_service_is_gone_cannot_log_in_and_its_data_stays(database: Server) -> None:
    keep(database, "search", "bi")
    database.psql("CREATE TABLE facts (value text); INSERT INTO facts VALUES ('kept')", user="search")
    assert keep(database, "bi") == Changes(created=[], changed=[], locked=["search"], regrouped=[])
    done = database.attempt("SELECT 1", user="search")
    assert done.returncode != 0 and 'role "search" is not permitted to log in' in done.stderr
    assert database.psql("SELECT value FROM search.facts") == ["kept"]
    assert keep(database, "bi") == NOTHING


def test_a_service_that_comes_back_finds_its_data(database: Server) -> None:
    keep(database, "search")
    database.psql("CREATE TABLE facts (value text); INSERT INTO facts VALUES ('kept')", user="search")
    keep(database)
    assert keep(database, "search") == Changes(created=[], changed=["search"], locked=[], regrouped=[])
    assert database.psql("SELECT value FROM facts", user="search") == ["kept"]


def test_another_limit_is_taken_over(database: Server) -> None:
    keep(database, "search", limit=7)
    assert keep(database, "search", limit=9) == Changes(created=[], changed=["search"], locked=[], regrouped=[])
    assert database.psql("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'search'") == ["9"]


def test_a_run_that_fails_half_way_leaves_nothing_and_can_be_repeated(database: Server) -> None:
    database.psql("CREATE SCHEMA search AUTHORIZATION rdsadmin")
    with pytest.raises(PostgresError, match="the schema search belongs to rdsadmin"):
        keep(database, "bi", "search")
    assert database.psql("SELECT count(*) FROM pg_roles WHERE rolname IN ('bi', 'search')") == ["0"]
    database.psql("DROP SCHEMA search")
    assert keep(database, "bi", "search")["created"] == ["bi", "search"]


def test_two_runs_at_once_end_as_one(database: Server) -> None:
    with master(database) as first:
        first.run("BEGIN")
        first.run("SELECT pg_advisory_xact_lock(7234118001)")
        with master(database) as second:
            assert second.run("SELECT pg_try_advisory_xact_lock(7234118001)") == [("f",)]
        first.run("COMMIT")
    assert keep(database, "search")["created"] == ["search"]


# What must not be touched


def test_roles_that_are_no_services_are_never_taken_over_nor_locked(database: Server) -> None:
    database.psql("CREATE ROLE analyst LOGIN; CREATE ROLE reporting LOGIN IN ROLE rds_iam", user=MASTER)
    keep(database, "search")
    assert database.psql("SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname IN ('analyst', 'reporting')") == [
        "analyst",
        "reporting",
    ]
    with pytest.raises(PostgresError, match="the role analyst is not a service's"):
        keep(database, "search", "analyst")


def test_names_that_others_have_are_refused(database: Server) -> None:
    for user in (MASTER, ADMINISTRATOR, "rds_iam", "pg_monitor", "public", "none", "information_schema"):
        with pytest.raises(PostgresError):
            keep(database, "search", user)
    marked = f"shobj_description(oid, 'pg_authid') = '{mark(SERVICES)}'"
    assert database.psql(f"SELECT count(*) FROM pg_roles WHERE {marked}") == ["0"]


def test_no_service_gets_the_schema_of_tenants_rows_for_its_own(database: Server) -> None:
    with pytest.raises(ValueError, match="user is 'lending'; expected another name"):
        keep(database, "search", "lending")
    assert database.psql("SELECT count(*) FROM pg_roles WHERE rolname IN ('lending', 'search')") == ["0"]


def test_names_that_are_none_are_refused_before_anything_is_changed(database: Server) -> None:
    for user in ("", "Search", "data-products", 'x"; DROP SCHEMA public; --', "x'; --", "x\0", "1st", "x" * 64, "größe"):
        with pytest.raises(ValueError, match="expected up to 63 lower-case letters"):
            keep(database, "search", user)
    assert database.psql("SELECT count(*) FROM pg_roles WHERE rolname = 'search'") == ["0"]


def test_words_of_sql_are_names_like_others(database: Server) -> None:
    words = ("user", "select", "table", "order")
    keep(database, *words)
    for word in words:
        assert database.psql("CREATE TABLE facts (value text); SELECT current_schema()", user=word) == [word]


# Secrets


def test_the_password_is_in_no_log_and_no_error(database: Server) -> None:
    before = len(database.log.read_text())
    keep(database, "search")
    with pytest.raises(PostgresError) as refused:
        keep(database, "rds_iam")
    wrong = json.dumps(json.loads(login("", "")) | {"password": "not the one"})
    with pytest.raises(PostgresError, match="password authentication failed") as denied:
        fulfil(order(database), read_secret=lambda _arn, _stage: wrong, authorities=database.authorities)
    told = database.log.read_text()[before:] + str(refused.value) + str(denied.value)
    assert "CREATE ROLE" in told
    assert PASSWORD not in told and "not the one" not in told


@pytest.mark.parametrize("stage", ["AWSPENDING", "AWSPREVIOUS"])
def test_while_the_password_is_being_changed_the_version_that_opens_is_used(database: Server, stage: str) -> None:
    """It is in force before it is the current one; and after a failover it may be the one before."""
    right = login("", "")
    wrong = json.dumps(json.loads(right) | {"password": "not the one"})

    def read(_arn: str, asked: str) -> str | None:
        return {"AWSCURRENT": wrong, stage: right}.get(asked)

    fulfil(order(database, "search"), read_secret=read, authorities=database.authorities)
    assert database.psql("SELECT rolname FROM pg_roles WHERE rolname = 'search'") == ["search"]


def test_a_secret_that_holds_nothing_is_named(database: Server) -> None:
    with pytest.raises(ValueError, match="the secret .* holds nothing; expected credentials"):
        fulfil(order(database, "search"), read_secret=lambda _arn, _stage: None, authorities=database.authorities)
