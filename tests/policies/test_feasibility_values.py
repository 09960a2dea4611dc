"""The tables behind the value checks: derived from the installed versions, true of the installed SDK, and fast."""

import re
from typing import Any

import pytest

from policies.feasibility.engine import generate_values
from policies.feasibility.engine.generate_values import DOCUMENTS, VALUES, match, stem, tables
from policies.feasibility.engine.java_patterns import translate
from policies.feasibility.engine.sdk_types import Type, module_of, properties_of, resource_types
from policies.feasibility.engine.value_tests import pattern_test
from policies.feasibility.rules.general import names, values
from policies.kit.resource import kind_of
from tests.found import some


@pytest.fixture(scope="module")
def derived() -> dict[str, Any]:
    return generate_values.derive()


def test_the_file_is_what_the_installed_service_models_and_sdk_give(derived: dict[str, Any]) -> None:
    assert VALUES.read_text(encoding="utf-8") == generate_values.text(derived), (
        "run python -m policies.feasibility.engine.generate_values"
    )


def test_most_mappings_give_constraints(derived: dict[str, Any]) -> None:
    kinds = {kind_of(f"aws:{name}") for name in tables().sources}
    assert len(kinds - derived["kinds"].keys()) < len(kinds) / 4


@pytest.mark.parametrize(
    ("name", "members", "noun", "wanted"),
    [
        ("billingMode", ("BillingMode",), "table", "BillingMode"),
        ("name", ("FunctionName", "Role"), "function", "FunctionName"),
        ("name", ("AlarmName", "MetricName"), "metricalarm", "AlarmName"),
        ("name", ("filterName", "logGroupName"), "metricfilter", "filterName"),
        ("identifier", ("DBInstanceIdentifier",), "dbinstance", "DBInstanceIdentifier"),
        ("layers", ("Layers",), "function", "Layers"),
        ("policies", ("Policy",), "role", "Policy"),
        ("addresses", ("Address",), "ipset", "Address"),
        ("fixedResponse", ("FixedResponseConfig",), "action", "FixedResponseConfig"),
        ("loggingConfig", ("Logging",), "distribution", "Logging"),
        ("kmsKeyId", ("KmsKeyArn",), "function", None),
        ("type", ("Name", "Owner"), "thing", None),
    ],
)
def test_a_property_finds_its_member_by_name(name: str, members: tuple[str, ...], noun: str, wanted: str | None) -> None:
    assert match(name, {member: {"shape": "String"} for member in members}, noun) == wanted


@pytest.mark.parametrize(
    ("plural", "singular"),
    [("Policies", "policy"), ("Addresses", "address"), ("Boxes", "box"), ("Class", "class"), ("Tags", "tag")],
)
def test_a_plural_name_has_a_stem(plural: str, singular: str) -> None:
    assert stem(plural) == singular


@pytest.mark.parametrize(
    ("java", "python", "why"),
    [
        (r"[a-z]+\/[0-9]", r"[a-z]+\/[0-9]", ""),
        (r"\p{Print}+", r"[\x20-\x7E]+", ""),
        (r"[\p{Alnum}_-]*", r"[a-zA-Z0-9_-]*", ""),
        (r"[\u0020-\uD7FF\uD800\uDC00-\uDBFF\uDFFF]{2}", r"[\u0020-\uD7FF\U00010000-\U0010FFFF]{2}", ""),
        (r"[\p{L}\p{Z}]*", None, "with character properties"),
        (r"arn:aws:iam::.*", None, "for some partitions only"),
        (r".*", None, "that says nothing"),
        (r"([a-z]+)*", None, "with nested repetition"),
        (r"[a-z&&[^b]]", None, "in another syntax"),
        (r"(?<name>a)", None, "in another syntax"),
    ],
)
def test_a_pattern_is_taken_over_exactly_or_left_out(java: str, python: str | None, why: str) -> None:
    assert translate(java) == (python, why)


def test_no_pattern_hangs_on_text_that_nearly_matches() -> None:
    """A pattern that backtracks without end would not come back here at all; how fast they are is `make bench`'s to say."""
    tests = [pattern_test(pattern) for pattern in some(values.model()["patterns"])]
    for unit in ("a", "a-", "a:", "a.b", "/a", "1", "-"):
        for text in (unit * (256 // len(unit)), f"arn:aws:{unit * 100}!", unit * 5000):
            for test in tests:
                test(text)


def _type_at(kind: str, path: str) -> Type | None:
    file = resource_types()[kind]
    properties, blocks = properties_of(file), module_of(file.parent).blocks
    found: Type | None = None
    for step in re.findall(r"[^.\[\]{}]+", path):
        if step not in properties:
            return None
        found = properties[step]
        inner = found
        while inner.of is not None:
            inner = inner.of
        properties = blocks.get(inner.block, {})
    return found


def test_every_hand_written_row_names_a_property_of_the_sdk() -> None:
    types = resource_types()
    rows = {(kind, row["property"]) for kind, found in values.extras().items() for row in found}
    rows |= {
        (kind, path) for kind, found in names.names().items() for name in found for path in (name.path, name.prefix) if path
    }
    rows |= set(DOCUMENTS)
    assert not sorted((kind, path) for kind, path in rows if kind not in types or _type_at(kind, path) is None)


def test_no_name_is_judged_twice() -> None:
    for kind, found in some(names.names()).items():
        inside = values.tree(kind).inside
        for name in found:
            tests = {rule for rule, _ in inside[name.path].tests} if name.path in inside else set[str]()
            assert "length" not in tests, (kind, name.path)
