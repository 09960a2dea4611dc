"""A verdict on a stack does not hang on the order in which its resources are registered."""

import pytest

from policies.kit.pack import Pack
from policies.pack import PACKS
from tests.policies.harness import only, verdict
from tests.policies.test_rules import cases_of


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.name)
def test_resources_in_reverse_order_are_judged_alike(pack: Pack) -> None:
    different = [
        f"{name}: {[resource.token for resource in case]}"
        for name, cases in cases_of(pack).items()
        for wanted in ("fail", "pass", "unknown")
        for case in cases.of(wanted)
        if len(case) > 1 and verdict(only(pack, name).preview([*reversed(case)])) != wanted
    ]
    assert different == []
