"""State machines that AWS Step Functions refuses to create."""

from collections.abc import Iterator, Mapping
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import between
from policies.feasibility.engine.relations import may, unless_so
from policies.feasibility.engine.shapes import as_block, each_block, parsed, present, unless, when
from policies.feasibility.rules.general.json_texts import transitions
from policies.kit.checks import all_of
from policies.kit.references import arn_of, target
from policies.kit.resource import Resource
from policies.kit.rows import Block
from policies.kit.rule import Answers, Finding, Rules

rules: Final = Rules("feasibility", failures())

_MACHINE: Final = "sfn/stateMachine"
_ENDS: Final = ("Succeed", "Fail")
_WAITS: Final = ("Seconds", "SecondsPath", "Timestamp", "TimestampPath")
_INVALID: Final = "InvalidDefinition: Invalid State Machine Definition: '{}: {}'"


def _mistakes(machine: Block, path: str) -> Iterator[tuple[str, str, str]]:
    """Code, path and text of each thing that is wrong with a machine or with a branch of one."""
    states, start = as_block(machine.get("States")), machine.get("StartAt")
    reached = {start} if isinstance(start, str) else set[str]()
    for name, value in states.items():
        state, where = as_block(value), f"{path}/States/{name}"
        yield from _state(state, where)
        reached.update(name for name in transitions(state) if isinstance(name, str))
        for index, branch in enumerate(state.get("Branches") or []):
            yield from _mistakes(as_block(branch), f"{where}/Branches[{index}]")
        inner = state.get("ItemProcessor") or state.get("Iterator")
        if inner:
            yield from _mistakes(as_block(inner), f"{where}/ItemProcessor")
    for name in states:
        if name not in reached:
            expected = "a transition that leads here: the state is not reachable"
            yield "MISSING_TRANSITION_TARGET", f"{path}/States/{name}", expected


def _state(state: Block, where: str) -> Iterator[tuple[str, str, str]]:
    kind = state.get("Type")
    schema = "SCHEMA_VALIDATION_FAILED"
    moves = ("Next" in state) + (state.get("End") is True)
    if kind in _ENDS:
        if moves:
            yield schema, where, f"neither Next nor End in a {kind} state"
    elif kind == "Choice":
        if not state.get("Choices"):
            yield schema, f"{where}/Choices", "at least one choice"
        if moves:
            yield schema, where, "neither Next nor End in a Choice state"
        for choice in state.get("Choices") or []:
            if not isinstance(as_block(choice).get("Next"), str):
                yield schema, f"{where}/Choices", "Next in each choice"
    needs = {"Task": "Resource", "Parallel": "Branches"}.get(str(kind))
    if needs and not state.get(needs):
        yield schema, f"{where}/{needs}", f"{needs} in a {kind} state"
    if kind == "Map" and not (state.get("ItemProcessor") or state.get("Iterator")):
        yield schema, f"{where}/ItemProcessor", "ItemProcessor in a Map state"
    if kind == "Wait" and sum(name in state for name in _WAITS) != 1:
        yield schema, where, f"one of {', '.join(_WAITS)}"
    for name in ("Retry", "Catch"):
        entries = [as_block(entry) for entry in state.get(name) or []]
        for index, entry in enumerate(entries):
            errors = entry.get("ErrorEquals")
            if not errors:
                yield schema, f"{where}/{name}[{index}]", "ErrorEquals"
            elif "States.ALL" in errors and (len(errors) > 1 or index < len(entries) - 1):
                yield schema, f"{where}/{name}[{index}]", "States.ALL alone, in the last entry"
            if name == "Catch" and not isinstance(entry.get("Next"), str):
                yield schema, f"{where}/Catch[{index}]", "Next"


@rules.rule("state-machine-states", "F392", _MACHINE)
def _definition(machine: Resource) -> Answers:
    """Every state can be reached and has what its type needs.

    Remove what cannot be reached, and give each state what its Type needs.
    """
    text, value = machine.get("definition"), None
    if text is None:
        return
    reason = ""
    try:
        value = parsed(text)
    except ValueError as error:
        reason = str(error)
    if not isinstance(value, Mapping):
        expected = f"JSON text ({reason})" if reason else "a JSON object"
        yield Finding("definition", text, expected, "json", _INVALID.format("INVALID_JSON_DESCRIPTION", reason))
        return
    for code, path, expected in _mistakes(as_block(value), ""):
        yield Finding(f"definition{path}", None, expected, detail=path, answer=_INVALID.format(code, f"{expected} at {path}"))
    for name in (".sync", ".waitForTaskToken") if machine.get("type") == "EXPRESS" else ():
        if name in str(text):
            wrong = f"Express state machine does not support '{name}' service integration"
            answer = _INVALID.format("SCHEMA_VALIDATION_FAILED", wrong)
            yield Finding("definition", name, f"no {name} in an express machine", detail=name, answer=answer)


rules.named("state-machine-settings", "F392", _MACHINE).add(
    all_of(
        each_block(
            "loggingConfiguration",
            unless("level", ("OFF",), present("logDestination", "because the level is not OFF"), default="OFF"),
        ),
        each_block(
            "encryptionConfiguration",
            when("type", ("CUSTOMER_MANAGED_KMS_KEY",), present("kmsKeyId", "because the key is the customer's own")),
            between("kmsDataKeyReusePeriodSeconds", 60, 900, unit="seconds"),
        ),
    ),
    description="A machine that logs names the log group, one with its own key names the key.",
    remediation="Set loggingConfiguration.logDestination to the log group's ARN with :* at its end.",
)


@rules.rule("state-machine-log-destination", "F393", _MACHINE, needs_stack=True)
def _logs(machine: Resource) -> Answers:
    """The log group's ARN ends in :*, and the machine's role may set up log delivery.

    Append :* to the log group's ARN, and allow logs:CreateLogDelivery and the like to the role.
    """
    if machine.get("loggingConfiguration.level") in (None, "OFF"):
        return
    destination = machine.get("loggingConfiguration.logDestination")
    arn = arn_of(destination)
    if arn is not None and not arn.resource.endswith(":*"):
        answer = "InvalidLoggingConfiguration: Invalid Logging Configuration: Log Destination is not valid."
        yield Finding("loggingConfiguration.logDestination", destination, "an ARN that ends in :*", "arn", answer)
    role = target(machine, "roleArn", "iam/role")
    if role is not None:
        refused = Finding("roleArn", role.name, "a role that allows logs:CreateLogDelivery on *", detail="role")
        yield from unless_so(may(role, "logs:CreateLogDelivery"), refused)
