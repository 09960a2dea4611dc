"""What the mutation tool breaks, and what it leaves alone."""

import ast
from textwrap import dedent

import pytest

from tests.mutants.operators import VALUES, WIRING, Signatures, mutants_of


def changes(source: str, *operators: str) -> set[tuple[str, str]]:
    text = dedent(source).encode()
    signatures = Signatures.of([ast.parse(text)])
    return {(each.old, each.new) for each in mutants_of("f.py", text, signatures, operators or (*WIRING, *VALUES))}


def test_an_argument_that_has_a_default_is_left_out_and_one_that_has_none_is_not() -> None:
    source = """
        class Args:
            needed: int
            optional: int = 1

        Args(needed=a, optional=b)
        Unknown(anything=c)
        """
    assert changes(source, "argument") == {("optional=b", ""), ("anything=c", "")}


def test_subnets_of_one_tier_become_those_of_another() -> None:
    others = {("data_subnet_ids", "public_subnet_ids"), ("data_subnet_ids", "application_subnet_ids")}
    assert changes("network.data_subnet_ids", "attribute") == others


def test_a_key_becomes_that_of_another_class_of_data_in_the_same_file() -> None:
    source = 'a = keys["tables"]\nb = keys["logs"]\n'
    assert changes(source, "subscript") == {('"tables"', '"logs"'), ('"logs"', '"tables"')}


def test_an_output_of_another_stack_becomes_another_one() -> None:
    source = 'primary.text("databaseArn")\nprimary.text("zoneId")\n'
    assert changes(source, "lookup") == {('"databaseArn"', '"zoneId"'), ('"zoneId"', '"databaseArn"')}


@pytest.mark.parametrize(
    ("source", "operator", "change"),
    [
        ("a = [one, two]", "element", ("one,", "")),
        ("a = {**one, 'b': two}", "element", ("**one,", "")),
        ("f(*grants, other)", "element", ("*grants,", "")),
        ("a = [x for x in those]", "iterable", ("those", "[*those][1:]")),
        ("group.allow_from(other)", "statement", ("group.allow_from(other)", "pass")),
        ("a = True", "boolean", ("True", "False")),
        ("a = b if c else d", "negate", ("c", "(not (c))")),
        ("if c:\n    f()", "guard", ("c", "True")),
        ("a = b < c", "comparison", ("<", "<=")),
        ("a = b and c", "logic", ("and", "or")),
        ("a = 443", "number", ("443", "444")),
        ("a = 'database'", "text", ("'database'", "'databasex'")),
    ],
)
def test_each_operator_breaks_what_it_is_named_after(source: str, operator: str, change: tuple[str, str]) -> None:
    assert change in changes(source, operator)


@pytest.mark.parametrize(
    "source",
    [
        '"""What it is."""',
        "import one, two",
        "raise ValueError('no', 1)",
        "a: Mapping[str, Literal['x', 'y']]",
        "a = field(dict[str, int])",
        "def f(a: 'text') -> 'text': ...",
    ],
)
def test_docstrings_imports_errors_and_types_are_left_alone(source: str) -> None:
    assert not changes(source, *VALUES, "lookup")


def test_a_mutant_keeps_its_key_when_lines_move_and_has_one_of_its_own() -> None:
    def keys(source: str) -> list[str]:
        text = source.encode()
        return [each.key for each in mutants_of("f.py", text, Signatures({}), ("boolean",))]

    body = "def f():\n    return g(True), h(True)\n"
    assert keys(body) == keys(f"\n\n{body}") == ["f.py | f | boolean | True -> False", "f.py | f | boolean | True -> False #2"]
