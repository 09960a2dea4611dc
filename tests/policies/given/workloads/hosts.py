"""What is planned in several cases of the workloads pack: hosts."""

from typing import Any

from tests.policies.harness import Planned
from tests.policies.table import Case


def on(token: str, *cases: dict[str, Any]) -> list[Case]:
    return [[Planned(token=token, inputs=case)] for case in cases]
