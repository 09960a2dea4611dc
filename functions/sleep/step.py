"""One step of one thing towards what it is to be: looked at, remembered, then asked of AWS; a run may end after any call.

What sleep takes away is written down before the first call, and stays written until a later run has found it back. Each change
of that memory is bound to the one that was read: of two runs at once the second one does nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from .targets import Call, Found, Settings, Target

State = Literal["awake", "asleep", "moving"]
Wanted = Literal["awake", "asleep"]


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What is known of a thing from before.

    Attributes:
        settings: What it had, and shall have again; None before anything was put down.
        declared: What the program declared then.
        restored: Whether it has them back.
    """

    settings: Settings | None = None
    declared: Settings = field(default_factory=dict[str, Any])
    restored: bool = True


@dataclass(frozen=True, kw_only=True)
class Step:
    """What is to be done of a thing, and how it is.

    Attributes:
        state: How it was found.
        calls: What AWS is asked to do, in this order.
        memory: What must be written before the first of them; as it was where nothing is.
        says: What AWS calls its state, or why it is left alone.
        refused: Whether it is left alone for good.
    """

    state: State
    calls: tuple[Call, ...] = ()
    memory: Memory
    says: str = ""
    refused: bool = False


Save = Callable[[Memory], None]
Act = Callable[[Call], None]


def state_of(found: Found) -> State:
    """How a thing is, whatever it is to be."""
    if found.marked:
        return "asleep" if found.quiet else "moving"
    return "awake" if found.ready else "moving"


def step_of(target: Target, found: Found, memory: Memory, wanted: Wanted) -> Step:
    """The next step of a thing. It asks nobody."""
    told = Step(state=state_of(found), memory=memory, says=found.refused or found.says)
    if found.refused:
        return replace(told, refused=True)
    return _to_sleep(target, found, told) if wanted == "asleep" else _to_wake(target, found, told)


def take(step: Step, memory: Memory, save: Save, act: Act) -> None:
    """Take a step: the memory first, whatever follows. Raises what `save` and `act` do."""
    if step.calls or step.memory != memory:
        save(step.memory)
    for call in step.calls:
        act(call)


def _to_sleep(target: Target, found: Found, told: Step) -> Step:
    memory = told.memory
    # One that is not back yet still is what was before; so is one whose thing is half asleep.
    if not found.marked and memory.settings is None:
        memory = Memory(settings=target.fitted(found.settings), declared=target.declared, restored=False)
    elif not found.marked and memory.restored and target.is_whole(found.settings):
        memory = Memory(settings=found.settings, declared=target.declared, restored=False)
    elif not found.marked and memory.restored:
        memory = replace(memory, restored=False)
    return replace(told, calls=tuple(target.to_sleep(found)), memory=memory)


def _to_wake(target: Target, found: Found, told: Step) -> Step:
    memory = told.memory
    # What nobody knows yet has the declared bounds: whatever wrote others before, e.g. another schedule, does no more.
    known = memory.settings if memory.settings is not None else target.fitted({} if found.marked else found.settings)
    changed = memory.settings is not None and memory.declared != target.declared
    awake = not found.marked and target.is_whole(found.settings)
    if memory.restored and memory.settings is not None and awake and not changed:
        return told
    settings = target.fitted(found.settings if memory.restored and awake else known) if changed else known
    if not found.marked and target.has(found, settings):
        return replace(told, memory=Memory(settings=settings, declared=target.declared))
    calls = tuple(target.to_wake(found, settings))
    return replace(told, calls=calls, memory=Memory(settings=settings, declared=target.declared, restored=False))
