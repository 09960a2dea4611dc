"""The lines that tell what is wrong, beyond what the settings' tests show."""

from collections.abc import Mapping
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, SecretStr, ValidationError

from components.base.problems import Line, Problem, between, checked, duplicates, fail_on, keys, lines, matching


class Inner(BaseModel):
    """A section."""

    model_config = {"extra": "forbid"}

    number: Annotated[int, between(1, 5)] = Field(default=1, alias="theNumber", description="a number")


class Outer(BaseModel):
    """A stack file."""

    model_config = {"extra": "forbid"}

    inner: Inner = Field(default_factory=Inner, alias="dataconnect:inner", description="a section")
    named: dict[Annotated[str, matching(r"[a-z]+", "lower-case letters")], Inner] = Field(
        default_factory=dict[str, Inner], alias="dataconnect:named", description="sections by name"
    )
    listed: tuple[Inner, ...] = Field(default=(), alias="dataconnect:listed", description="sections")
    switch: bool = Field(default=False, alias="dataconnect:switch", description="a switch")
    text: Annotated[str, matching(r"[a-z]+", "lower-case letters")] = Field(
        default="a", alias="dataconnect:text", description="text"
    )
    secret: SecretStr | None = Field(default=None, alias="dataconnect:secret", description="a secret")


def told(values: object, secrets: frozenset[str] = frozenset(), others: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(values)
    return [str(line) for line in lines(caught.value, Outer, secrets, others)]


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"dataconnect:text": "A"}, "dataconnect:text is 'A'; expected lower-case letters"),
        ({"dataconnect:text": 7}, "dataconnect:text is 7; expected text, in quotes: text"),
        ({"dataconnect:text": []}, "dataconnect:text is []; expected text: text"),
        ({"dataconnect:text": None}, "dataconnect:text is empty; expected text: text"),
        ({"dataconnect:switch": "maybe"}, "dataconnect:switch is 'maybe'; expected true or false"),
        ({"dataconnect:inner": 7}, "dataconnect:inner is 7; expected an object with the keys theNumber"),
        ({"dataconnect:named": []}, "dataconnect:named is []; expected an object"),
        ({"dataconnect:listed": {}}, "dataconnect:listed is {}; expected a list"),
        ({"dataconnect:inner": {"theNumber": 6}}, "dataconnect:inner.theNumber is 6; expected 1 to 5"),
        ({"dataconnect:named": {"a": {"theNumber": 0}}}, "dataconnect:named.a.theNumber is 0; expected 1 to 5"),
        ({"dataconnect:named": {"A": {}}}, "dataconnect:named.A is 'A'; expected lower-case letters"),
        ({"dataconnect:listed": [{}, {"theNumber": 9}]}, "dataconnect:listed[1].theNumber is 9; expected 1 to 5"),
        (
            {"dataconnect:named": {"a": {"teNumber": 1}}},
            "dataconnect:named.a.teNumber is an unknown key; did you mean theNumber?",
        ),
        ({"dataconnect:listed": [{"zzz": 1}]}, "dataconnect:listed[0].zzz is an unknown key; expected one of theNumber"),
        ({"dataconnect:txet": "a"}, "dataconnect:txet is an unknown key; did you mean dataconnect:text?"),
    ],
)
def test_a_wrong_value_is_told_with_its_key_and_what_would_be_right(values: object, line: str) -> None:
    assert told(values) == [line]


def test_a_key_of_another_role_is_told_as_such() -> None:
    line = "dataconnect:active is an unknown key; it belongs to stacks whose dataconnect:role is recovery"
    assert told({"dataconnect:active": True}, others={"dataconnect:active": "recovery"}) == [line]


@pytest.mark.parametrize(
    ("values", "secrets"),
    [
        ({"dataconnect:text": "HUNTER2"}, frozenset({"dataconnect:text"})),
        ({"dataconnect:secret": {"HUNTER2": 1}}, frozenset({"dataconnect:secret"})),
        ({"dataconnect:text": "https://HUNTER2:HUNTER2@a.example"}, frozenset[str]()),
    ],
)
def test_a_secret_is_hidden_and_its_key_told(values: dict[str, object], secrets: frozenset[str]) -> None:
    (line,) = told(values, secrets)
    assert "HUNTER2" not in line and line.startswith(f"{next(iter(values))} is [hidden]; expected ")


def test_a_value_that_is_a_secret_is_hidden_wherever_it_stands() -> None:
    class Hidden(BaseModel):
        secret: Annotated[SecretStr, checked(lambda _: "another one")]

    with pytest.raises(ValidationError) as caught:
        Hidden.model_validate({"secret": "hunter2"})
    assert [str(line) for line in lines(caught.value, Hidden)] == ["secret is [hidden]; expected another one"]


def test_several_problems_of_one_field_are_told_one_by_one() -> None:
    def check(value: list[int]) -> list[int]:
        fail_on(Problem(value=each, expected="an even number", path=(index,)) for index, each in enumerate(value) if each % 2)
        return value

    class Numbers(BaseModel):
        numbers: Annotated[list[int], checked(lambda _: None)] = Field(description="numbers")

    assert check([2, 4]) == [2, 4]
    with pytest.raises(Exception, match="see the problems") as caught:
        check([1, 2, 3])
    found: Any = getattr(caught.value, "context", None)
    assert [(problem.value, problem.path) for problem in found["problems"]] == [(1, (0,)), (3, (2,))]
    assert Numbers(numbers=[1]).numbers == [1]


def test_no_problem_is_no_error() -> None:
    fail_on([])


def test_every_repetition_of_a_value_is_a_problem() -> None:
    found = list(duplicates(["a", "b", "a", "a"], what="a name", path=("name",)))
    assert [(problem.value, problem.path) for problem in found] == [("a", (2, "name")), ("a", (3, "name"))]
    assert {problem.expected for problem in found} == {"a name not listed before"}
    assert not list(duplicates(["a", "b"], what="a name"))


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (("dataconnect:network",), "dataconnect:network"),
        (("dataconnect:network", "zones", 1), "dataconnect:network.zones[1]"),
        (("dataconnect:services", "search", "uses", 0), "dataconnect:services.search.uses[0]"),
    ],
)
def test_a_key_is_written_as_a_reader_writes_it(path: tuple[str | int, ...], key: str) -> None:
    assert Line(path=path, says="is x", advice="expected y").key == key


def test_a_program_has_the_fields_under_their_own_names() -> None:
    line = Line(path=("dataconnect:named", "a", "theNumber"), says="is 0", advice="expected 1 to 5", value=0)
    assert str(line.in_python(Outer)) == "named.a.number is 0; expected 1 to 5"
    listed = Line(path=("dataconnect:listed", 0, "zzz"), says="is an unknown key", advice="expected one of theNumber")
    assert listed.in_python(Outer).key == "listed[0].zzz"


def test_keys_come_with_their_descriptions() -> None:
    assert keys(Inner) == {"theNumber": "a number"}
