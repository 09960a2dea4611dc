from collections.abc import Callable

import pytest

from components.base.links import Link, Links, Opening, variable
from components.base.statements import Statement
from components.base.uses import LinkKind
from components.network.security_group import SecurityGroup, SecurityGroupArgs
from tests.components.harness import here, resources_of

TABLE = LinkKind("table", ("read", "write"))
DATABASE = LinkKind("database")


def statement(sid: str) -> Statement:
    return Statement(sid=sid, actions=("dynamodb:GetItem",), resources=("arn:aws:dynamodb:us-east-2:111111111111:table/a",))


def table(name: str) -> Callable[[str, str, str], Link]:
    """A thing that says in its link how it was used."""

    def link(verb: str, path: str, _workload: str) -> Link:
        sid = f"{name}{verb}{path.replace('/', '')}".replace("-", "")
        return Link(statements=(statement(sid),), environment={variable(name, "table"): name})

    return link


def links() -> Links:
    offered = Links()
    offered.offer(TABLE, table("sessions"), "sessions")
    offered.offer(LinkKind("lake", ("read",), paths=True), table("raw"), "raw")
    offered.offer(DATABASE, table("database"))
    return offered


def sids(link: Link) -> list[str]:
    return [each.sid for each in link.statements]


def test_a_workload_gets_what_it_names_in_that_order_and_nothing_else() -> None:
    link = links().of(["database", "table/sessions:read"], workload="search")
    assert sids(link) == ["database", "sessionsread"]
    assert link.environment == {"DATABASE_TABLE": "database", "SESSIONS_TABLE": "sessions"}


def test_each_verb_is_a_link_of_its_own() -> None:
    assert sids(links().of(["table/sessions:write+read"], workload="search")) == ["sessionswrite", "sessionsread"]


def test_a_path_is_handed_on() -> None:
    assert sids(links().of(["lake/raw/in/:read"], workload="search")) == ["rawreadin"]


def test_who_uses_a_thing_is_told_to_what_knows_its_users_apart() -> None:
    offered = Links()
    offered.offer(DATABASE, lambda _verb, _path, workload: Link(environment={"DATABASE_USER": workload}))
    assert offered.of(["database"], workload="search").environment == {"DATABASE_USER": "search"}
    assert offered.of(["database"], workload="bi").environment == {"DATABASE_USER": "bi"}


def test_a_workload_that_uses_nothing_gets_nothing() -> None:
    assert links().of([], workload="search") == Link()


def test_secrets_come_with_what_reading_them_takes() -> None:
    offered = Links()
    arn = "arn:aws:secretsmanager:us-east-2:111111111111:secret:database-AbCdEf"
    offered.offer(DATABASE, lambda *_: Link(secrets={"DATABASE": arn}, start_statements=(statement("ReadSecret"),)))
    link = offered.of(["database"], workload="search")
    assert link.secrets == {"DATABASE": arn}
    assert [each.sid for each in link.start_statements] == ["ReadSecret"] and not link.statements


def test_every_workload_gets_the_ways_to_aws_first_and_a_port_once() -> None:
    def program() -> None:
        group = SecurityGroup("endpoints", SecurityGroupArgs(here=here(), vpc_id="vpc-1", description="Endpoints"))
        opening = Opening(security_group=group, port=443, what="AWS inside the VPC")
        database = Opening(security_group=group, port=5432, what="PostgreSQL for {workload}")
        offered = Links(always=Link(openings=(opening,)))
        offered.offer(DATABASE, lambda *_: Link(openings=(database, opening)))
        offered.offer(LinkKind("replica"), lambda *_: Link(openings=(database,)))
        assert offered.of([], workload="search").openings == (opening,)
        assert offered.of(["database", "replica"], workload="search").openings == (opening, database)

    resources_of(program)


def test_a_name_is_offered_once() -> None:
    offered = links()
    with pytest.raises(ValueError, match=r"link table/sessions is offered twice; expected a name of its own"):
        offered.offer(TABLE, table("other"), "sessions")


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        ("table/session:read", r"table/sessions:read\|write, which is nearest, or one of database, lake"),
        ("table/sessions", r"table/sessions: and one or more of read, write, joined by \+"),
        ("database:read", "database alone"),
    ],
)
def test_what_nobody_offers_is_told_with_what_there_is(use: str, expected: str) -> None:
    with pytest.raises(ValueError, match=rf"uses has '{use}'; expected {expected}"):
        links().of([use], workload="search")


@pytest.mark.parametrize(
    ("what", "description"),
    [("PostgreSQL for {workload}", "PostgreSQL for search"), ("AWS inside the VPC", "AWS inside the VPC")],
)
def test_the_rules_of_an_opening_may_say_who_connects(what: str, description: str) -> None:
    def program() -> None:
        group = SecurityGroup("database", SecurityGroupArgs(here=here(), vpc_id="vpc-1", description="Database"))
        assert Opening(security_group=group, port=5432, what=what).described_for("search") == description

    resources_of(program)


def test_a_variable_s_name_is_in_capitals_without_hyphens() -> None:
    assert variable("user-logins", "table") == "USER_LOGINS_TABLE"


def test_two_things_cannot_tell_different_values_by_one_variable() -> None:
    offered = Links()
    for name, value in (("table/lake", "a"), ("lake/table", "b"), ("table/same", "a")):
        offered.offer(LinkKind(name), lambda *_, value=value: Link(environment={"LAKE_TABLE": value}))
    assert offered.of(["table/lake", "table/same"], workload="search").environment == {"LAKE_TABLE": "a"}
    with pytest.raises(ValueError, match="variable LAKE_TABLE would tell two things; rename one of what is used"):
        offered.of(["table/lake", "lake/table"], workload="search")
