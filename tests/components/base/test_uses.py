import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.base.uses import LinkKind, Use, expected_instead, parse

KNOWN = {
    "database": LinkKind("database"),
    "table/sessions": LinkKind("table", ("read", "write")),
    "lake/raw": LinkKind("lake", ("read", "write"), paths=True),
    "queue/ingest": LinkKind("queue", ("send", "consume")),
}
SPELLED = "database, lake/raw:read|write, queue/ingest:send|consume, table/sessions:read|write"


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("database", Use("database", "", ())),
        ("table/user-logins:read", Use("table/user-logins", "", ("read",))),
        ("table/sessions:read+write", Use("table/sessions", "", ("read", "write"))),
        ("lake/curated/products/:write", Use("lake/curated", "products/", ("write",))),
        ("lake/curated/data-products/2026/:read", Use("lake/curated", "data-products/2026/", ("read",))),
    ],
)
def test_a_use_names_a_thing_a_part_of_it_and_what_is_done(text: str, use: Use) -> None:
    assert parse(text) == use


@pytest.mark.parametrize(
    "text",
    [
        *("", "Database", "1st", "database:", "database:Read", "database:read+", "database:+read", "table//sessions:read"),
        # A path is a folder: it ends in a slash, and no part of it is a wildcard.
        *("lake/raw/in:read", "lake/raw/*/:read", "lake/raw/a?/:read", "lake/raw/in//:read", "database read"),
    ],
)
def test_what_has_another_form_names_nothing(text: str) -> None:
    assert parse(text) is None


@given(st.from_regex(r"[a-z][a-z0-9-]{0,9}(/[a-z0-9-]{1,9})?", fullmatch=True), st.lists(st.sampled_from(["read", "write"])))
def test_what_is_spelled_is_read_back(name: str, verbs: list[str]) -> None:
    text = f"{name}:{'+'.join(verbs)}" if verbs else name
    assert parse(text) == Use(name, "", tuple(verbs))


@pytest.mark.parametrize(
    "text", ["database", "table/sessions:read", "table/sessions:write+read", "queue/ingest:consume", "lake/raw/in/:read"]
)
def test_what_is_known_can_be_used(text: str) -> None:
    assert expected_instead(text, KNOWN) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", f"one of {SPELLED}"),
        ("cache", f"one of {SPELLED}"),
        ("databse", f"database, which is nearest, or one of {SPELLED}"),
        ("table/session:read", f"table/sessions:read|write, which is nearest, or one of {SPELLED}"),
        ("Database", f"database, which is nearest, or one of {SPELLED}"),
        ("*", f"each thing by its name, no wildcard: {SPELLED}"),
        ("table/*:read+write", "each thing by its name, no wildcard: table/sessions:read|write"),
        ("table/sessions:*", "each thing by its name, no wildcard: table/sessions:read|write"),
        ("database:read", "database alone"),
        ("database/a/", "database alone"),
        ("table/sessions", "table/sessions: and one or more of read, write, joined by +"),
        ("table/sessions:scan", "table/sessions: and one or more of read, write, joined by +"),
        ("table/sessions:read+scan", "table/sessions: and one or more of read, write, joined by +"),
        ("queue/ingest:read", "queue/ingest: and one or more of send, consume, joined by +"),
        ("table/sessions/*/:read", "each thing by its name, no wildcard: table/sessions:read|write"),
        ("table/sessions/A:read", "table/sessions:read|write"),
        ("table/sessions/a/:read", "table/sessions without a path: only buckets have one"),
    ],
)
def test_what_is_unknown_is_told_with_what_there_is(text: str, expected: str) -> None:
    assert expected_instead(text, KNOWN) == expected
