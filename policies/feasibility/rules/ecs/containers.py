"""Container definitions that Amazon ECS refuses, or that the provider cannot read."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, cast

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most, between, choice
from policies.feasibility.engine.joins import where_listed
from policies.feasibility.engine.shapes import given, inside, needs, parsed, saying, unless, where_given
from policies.feasibility.rules.ecs.definitions import Container, containers, each_container
from policies.feasibility.rules.ecs.tasks import on_fargate
from policies.kit.checks import all_of
from policies.kit.resource import Resource
from policies.kit.rows import Block
from policies.kit.rule import Answers, Finding, Rules
from policies.kit.values import Value, as_list, as_number, each, read

rules: Final = Rules("feasibility", failures())

_TASK: Final = "ecs/taskDefinition"
_PORTS: Final = ("portMappings[].containerPort", "portMappings[].hostPort")
_NUMBERS: Final = ("cpu", "memory", "memoryReservation", "startTimeout", "stopTimeout", *_PORTS)
_SWITCHES: Final = ("essential", "privileged", "readonlyRootFilesystem", "interactive", "pseudoTerminal")
_TEXT_LISTS: Final = ("command", "entryPoint", "links", "dnsServers", "dnsSearchDomains", "dockerSecurityOptions")


def _is_list(task: Resource) -> Answers:
    text = task.get("containerDefinitions")
    try:
        value = parsed(text)
    except ValueError:
        return  # another rule's finding
    if not isinstance(value, list) or not value:
        yield Finding("containerDefinitions", text, "a JSON list of at least one container")


def _types(where: str, container: Block) -> Answers:
    def wrong(path: str, value: Value, expected: str, kind: str) -> Finding:
        was = "number" if isinstance(value, (int, float)) else "string" if isinstance(value, str) else "object"
        answer = (
            "ECS Task Definition container_definitions is invalid: Error decoding JSON: json: cannot unmarshal "
            f"{was} into Go struct field {path} of type {kind}"
        )
        return Finding(f"{where}{path}", value, expected, answer=answer)

    for path in _NUMBERS:
        for _, value in each(container, path):
            if isinstance(value, str):
                yield wrong(path.replace("[]", ""), value, "a number without quotes", "int32")
    for name in _SWITCHES:
        if isinstance(container.get(name), str):
            yield wrong(name, container.get(name), "true or false without quotes", "bool")
    for name in _TEXT_LISTS:
        value = container.get(name)
        if value is not None and not isinstance(value, list):
            yield wrong(name, value, "a list of texts", "[]string")
    if isinstance(container.get("environment"), Mapping):
        yield wrong("environment", container.get("environment"), "a list of {name, value}", "[]KeyValuePair")
    for pair in as_list(container.get("environment")):
        value = read(pair, "value")
        if value is not None and not isinstance(value, str):
            yield wrong("environment.value", value, f'"{value}" as text, for {pair.get("name")}', "string")
    for option, value in cast(Block, read(container, "logConfiguration.options") or {}).items():
        if not isinstance(value, str):
            yield wrong(f"logConfiguration.options.{option}", value, f'"{value}" as text', "string")


rules.named("task-container-json", "F305", _TASK).add(
    all_of(_is_list, each_container(_types)),
    description="containerDefinitions is a JSON list whose numbers are numbers and whose texts are texts.",
    remediation="Write cpu, memory and ports as numbers, and values of environment as text.",
)


@rules.rule("task-containers", "F306", _TASK)
def _consistent(task: Resource) -> Answers:
    """Containers have names of their own, at least one is essential, and what they refer to is in the task.

    Correct the name, or declare the container, volume or health check that is referred to.
    """
    found = containers(task)
    if not found:
        return
    names = Counter(str(container.get("name")) for container in found)
    for container in found:
        for required in ("name", "image"):
            if not given(container.get(required)):
                answer = f"ClientException: Container.{required} should not be null or empty."
                yield container.finding(required, "a value", answer=answer)
    for name, times in names.items():
        if times > 1 and name != "None":
            expected = f"a name of its own for each container; {times} have this one"
            yield Finding("containerDefinitions", name, expected, detail=name)
    if all(container.get("essential") is False for container in found):
        yield Finding("containerDefinitions[].essential", False, "true for at least one container", detail="essential")
    by_name = {container.name: container for container in found}
    for container in found:
        yield from _dependencies(container, by_name)
        for mount in container.blocks("mountPoints"):
            source = mount.get("sourceVolume")
            if source is not None and source not in [block.get("name") for block in as_list(task.get("volumes"))]:
                answer = f"ClientException: Unknown volume '{source}'."
                yield container.finding("mountPoints.sourceVolume", "a volume of the task", value=source, answer=answer)
        for other in container.blocks("volumesFrom"):
            source = other.get("sourceContainer")
            if source not in by_name:
                yield container.finding("volumesFrom.sourceContainer", "a container of the task", value=source)
        if task.get("memory") is None and not given(container.get("memory")) and not given(container.get("memoryReservation")):
            answer = (
                f"ClientException: Invalid setting for container '{container.name}'. At least one of 'memory' or "
                "'memoryReservation' must be specified."
            )
            yield container.finding("memory", "a size, because the task itself has none", answer=answer)


def _dependencies(container: Container, by_name: Mapping[str, Container]) -> Iterator[Finding]:
    for need in container.blocks("dependsOn"):
        name, condition = need.get("containerName"), need.get("condition")
        other = by_name.get(str(name))
        if other is None or other is container:
            yield container.finding("dependsOn.containerName", "another container of the task", value=name)
        elif condition == "HEALTHY" and not given(other.get("healthCheck")):
            yield container.finding("dependsOn.condition", f"START, or a healthCheck on {name}", value=condition)
        elif condition in ("COMPLETE", "SUCCESS") and other.get("essential") is not False:
            yield container.finding("dependsOn.condition", f"START or HEALTHY, or essential: false on {name}", value=condition)
        elif condition not in ("START", "HEALTHY", "COMPLETE", "SUCCESS"):
            yield container.finding("dependsOn.condition", "START, COMPLETE, SUCCESS or HEALTHY", value=condition)
        elif any(back.get("containerName") == container.name for back in other.blocks("dependsOn")):
            yield container.finding("dependsOn.containerName", f"no circle: {name} waits for this one, too", value=name)


def _ports_once(where: str, container: Block) -> Answers:
    seen: set[tuple[Value, ...]] = set()
    for mapping in as_list(container.get("portMappings")):
        port = read(mapping, "containerPort")
        key = (port, read(mapping, "protocol") or "tcp", read(mapping, "hostPort") or port, read(mapping, "name"))
        if port is not None and key in seen:
            yield Finding(f"{where}portMappings.containerPort", port, "each port once")
        seen.add(key)


def _memory(where: str, container: Block) -> Answers:
    for name in ("memory", "memoryReservation"):
        value = container.get(name)
        if as_number(value) in (1, 2, 3):
            yield Finding(f"{where}{name}", value, "at least 6 MiB")


_STOPS_IN_TIME: Final = saying("", between("stopTimeout", 0, 120), expected="at most 120 seconds on Fargate")

rules.named("task-container-ranges", "F307", _TASK).add(
    all_of(
        each_container(
            between("healthCheck.interval", 5, 300),
            between("healthCheck.timeout", 2, 60),
            between("healthCheck.retries", 1, 10),
            between("healthCheck.startPeriod", 0, 300),
            where_given("healthCheck", needs("healthCheck.command", "a command, as in [CMD-SHELL, ...]")),
            _memory,
            unless("memory", (0,), at_most("memoryReservation", "memory")),
            inside("portMappings", between("containerPort", 1, 65535), choice("protocol", ("tcp", "udp"))),
            _ports_once,
        ),
        where_listed("requiresCompatibilities", "FARGATE", each_container(_STOPS_IN_TIME)),
    ),
    description="Times, ports and memory of a container are within what ECS takes.",
    remediation="Set a value in the range.",
)


@rules.rule("task-environment", "F308", _TASK)
def _environment(task: Resource) -> Answers:
    """A variable comes from environment or from secrets, once.

    Remove one of the two.
    """
    for container in containers(task):
        plain = [pair.get("name") for pair in container.blocks("environment")]
        secret = [pair.get("name") for pair in container.blocks("secrets")]
        for name, times in Counter([*plain, *secret]).items():
            if name in secret and times > 1:
                answer = (
                    "ClientException: The secret name must be unique and not shared with any new or existing environment "
                    f"variables set on the container, such as '{name}'."
                )
                expected = f"a name that is nowhere else in container {container.name}"
                yield container.finding("secrets.name", expected, value=name, answer=answer)
        for pair in container.blocks("secrets"):
            if not given(pair.get("valueFrom")):
                yield container.finding("secrets.valueFrom", f"an ARN or parameter name, for {pair.get('name')}")


@rules.rule("task-logs", "F309", _TASK)
def _logs(task: Resource) -> Answers:
    """A container's log driver has the options that it needs.

    For awslogs set awslogs-group, awslogs-region and awslogs-stream-prefix; for awsfirelens add the log router.
    """
    found = containers(task)
    fargate = on_fargate(task)
    routers = [container for container in found if given(container.get("firelensConfiguration"))]
    routed = [container for container in found if container.get("logConfiguration.logDriver") == "awsfirelens"]
    if routers and not routed:
        answer = (
            "ClientException: When a firelensConfiguration object is specified, at least one container has to be configured "
            "with the awsfirelens log driver."
        )
        yield routers[0].finding("firelensConfiguration", "a container whose logDriver is awsfirelens", answer=answer)
    if routed and not routers:
        yield routed[0].finding("logConfiguration.logDriver", "another driver, or a container with firelensConfiguration")
    for container in found:
        if container.get("logConfiguration.logDriver") == "awslogs":
            options = cast(Block, container.get("logConfiguration.options") or {})
            needed = ("awslogs-group", "awslogs-region", *(("awslogs-stream-prefix",) if fargate else ()))
            missing = [name for name in needed if not given(options.get(name))]
            if missing:
                yield container.finding("logConfiguration.options", f"also {' and '.join(missing)}", value=sorted(options))
