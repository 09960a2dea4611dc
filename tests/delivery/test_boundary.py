"""The boundary that docs/delivery.md gives the accounts lets every role do what the stacks grant it."""

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from tests.stacks.estate import ALL, estate_of

PAGE = Path(__file__).parents[2] / "docs" / "delivery.md"


def boundary() -> list[dict[str, Any]]:
    found = re.search(r"cat > boundary\.json <<'EOF'\n(.*?)EOF", PAGE.read_text(), re.DOTALL)
    assert found is not None
    return json.loads(found[1])["Statement"]


def covered(action: str, effect: str) -> bool:
    known = [each for each in boundary() if each["Effect"] == effect and (effect == "Allow" or "Condition" not in each)]
    patterns = [pattern for statement in known for pattern in statement["Action"]]
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


@pytest.mark.parametrize("name", ALL)
def test_the_boundary_allows_what_the_roles_of_a_stack_are_granted(name: str) -> None:
    policies = estate_of(name).of("iam/rolePolicy:RolePolicy").values()
    actions = {action for policy in policies for each in policy.document()["Statement"] for action in each["Action"]}
    assert actions
    assert {action for action in actions if not covered(action, "Allow") or covered(action, "Deny")} == set()
