from typing import Any

import pytest

from stacks.outputs import MissingOutputError, find_text

OUTPUTS: dict[str, Any] = {
    "databaseArn": "arn:aws:rds:us-east-2:111111111111:db:d",
    "tables": {"sessions": {"arn": "a"}},
    "none": None,
}


@pytest.mark.parametrize(("path", "text"), [(("databaseArn",), OUTPUTS["databaseArn"]), (("tables", "sessions", "arn"), "a")])
def test_an_output_is_found_by_its_path(path: tuple[str, ...], text: str) -> None:
    assert find_text("prod", OUTPUTS, path) == text


@pytest.mark.parametrize("path", [("absent",), ("none",), ("tables", "logins", "arn"), ("databaseArn", "deeper")])
def test_what_a_stack_lacks_is_told_apart_from_what_has_another_shape(path: tuple[str, ...]) -> None:
    with pytest.raises(MissingOutputError):
        find_text("prod", OUTPUTS, path)
    with pytest.raises(ValueError, match="expected a text") as error:
        find_text("prod", OUTPUTS, ("tables",))
    assert not isinstance(error.value, MissingOutputError)


@pytest.mark.parametrize("path", [("absent",), ("none",), ("tables", "logins", "arn"), ("databaseArn", "deeper"), ("tables",)])
def test_a_missing_output_is_named_with_the_stack_to_deploy(path: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=rf"stack prod has no output {'.'.join(path)} .*expected a text: deploy it first"):
        find_text("prod", OUTPUTS, path)
