"""What is planned in several cases of the workloads pack: hosts."""

from typing import Any

from tests.policies.harness import planned
from tests.policies.table import Case


def on(token: str, *cases: dict[str, Any]) -> list[Case]:
    return [[planned(token, **case)] for case in cases]
