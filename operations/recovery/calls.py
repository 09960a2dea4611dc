"""What a step of the plan may call, as the dry run and the report tell it."""

from collections.abc import Mapping

from functions.recovery import plan


def may_call(step: str, mode: str, regions: Mapping[plan.Where, str]) -> list[str]:
    """`service:operation in region` of each operation that a step may call in a mode, but for those on the journal, which every
    step makes; none where the plan has no such step."""
    found = next((each for each in plan.PLAN if each.name == step), None)
    if found is None:
        return []
    called = {call for call in found.calls if mode in call.modes} - set(plan.JOURNAL)
    return sorted(f"{call.service}:{call.operation} in {regions[call.where]}" for call in called)
