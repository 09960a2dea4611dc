import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.overrides import IDENTITY, OverridesError, parse


def problems(text: str) -> str:
    with pytest.raises(OverridesError) as caught:
        parse(text)
    return str(caught.value)


def test_no_text_is_no_override() -> None:
    assert parse("") == []


def test_each_line_is_one_override_in_the_order_given() -> None:
    text = "# for the load test\r\n\r\n dataconnect:services.data-products.cpu = 2048 \r\ndataconnect:active=true\r\n"
    assert parse(text) == ["dataconnect:services.data-products.cpu=2048", "dataconnect:active=true"]


def test_a_value_may_hold_what_a_shell_or_pulumi_would_read() -> None:
    value = "$(id); `id` --yes 'a' \"b\" x=y, ~ ${HOME}"
    assert parse(f"dataconnect:ingress.healthPath={value}") == [f"dataconnect:ingress.healthPath={value}"]


@pytest.mark.parametrize("line", ["dataconnect:active", "dataconnect:active=", "--yes"])
def test_a_line_without_a_value_says_what_a_line_looks_like(line: str) -> None:
    assert problems(line) == "line 1: expected key=value, as in dataconnect:database.instanceClass=db.r7g.large"


@pytest.mark.parametrize(
    "key",
    [
        "aws:allowedAccountIds",
        "aws:assumeRole.roleArn",
        "pulumi:tags",
        "active",
        "--secret dataconnect:active",
        "dataconnect:a..b",
        "dataconnect:services[-1]",
        "dataconnect:services[0",
        'dataconnect:["role"]',
        "dataconnect:a b",
        "dataconnect:aé",
    ],
)
def test_only_paths_below_the_project_are_keys(key: str) -> None:
    assert "is not a key" in problems(f"{key}=1")


@pytest.mark.parametrize("name", sorted(IDENTITY))
@pytest.mark.parametrize("path", ["", "[0]", ".x"])
def test_what_says_which_stack_it_is_cannot_be_overridden(name: str, path: str) -> None:
    assert problems(f"dataconnect:{name}{path}=x") == (
        f"line 1: dataconnect:{name}{path} says which stack this is: change it in the stack file"
    )


def test_a_key_given_twice_is_refused() -> None:
    assert problems("dataconnect:active=true\ndataconnect:active=false") == "line 2: dataconnect:active is given twice"


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\r", "\u2028", "\u202e"])
def test_a_character_that_hides_from_the_approver_is_refused(character: str) -> None:
    assert (
        problems(f"dataconnect:x=a{character}b") == "line 1: the value of dataconnect:x has a character that cannot be printed"
    )


def test_every_problem_is_reported_at_once() -> None:
    assert problems("aws:region=x\ndataconnect:active=true\nnonsense").count("line ") == 2


@given(
    st.text()
    | st.lists(st.tuples(st.sampled_from(["dataconnect:a", "aws:b", "-c"]), st.text())).map(
        lambda x: "\n".join("=".join(i) for i in x)
    )
)
def test_whatever_is_typed_nothing_but_settings_of_the_project_comes_out(text: str) -> None:
    try:
        overrides = parse(text)
    except OverridesError:
        return
    assert all(override.startswith("dataconnect:") and override.isprintable() for override in overrides)
