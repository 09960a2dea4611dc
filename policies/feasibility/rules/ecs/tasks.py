"""Task definitions that Amazon ECS refuses to register."""

from collections.abc import Callable, Iterator
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.data.fargate import SIZES, WINDOWS, cpu_units, memory_mib, sizes_text
from policies.feasibility.engine.bounds import between
from policies.feasibility.engine.relations import grants
from policies.feasibility.engine.shapes import absent, given, inside
from policies.feasibility.rules.ecs.definitions import Container, containers
from policies.kit.references import target
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError, Value, as_list, as_number

rules: Final = Rules("feasibility", failures())

_TASK: Final = "ecs/taskDefinition"


def on_fargate(task: Resource) -> bool:
    """Whether the task definition is to be registered for Fargate.

    Raises:
        UnknownValueError: if the plan does not say.
    """
    wanted = as_list(task.get("requiresCompatibilities"))
    if any(value is UNKNOWN for value in wanted):
        raise UnknownValueError
    return "FARGATE" in wanted


@rules.rule(
    "fargate-task-size",
    "F058",
    _TASK,
    description="A Fargate task has a CPU and memory size that Fargate offers, and its containers fit in it.",
    remediation="Set cpu and memory of the task to a pair from Fargate's table.",
)
def _size(task: Resource) -> Answers:
    if not on_fargate(task):
        return
    cpu, memory = task.get("cpu"), task.get("memory")
    for name, value in (("cpu", cpu), ("memory", memory)):
        if value is None:
            answer = f"ClientException: Fargate requires that '{name}' be defined at the task level."
            yield Finding(name, value, "a size at the level of the task", detail=name, answer=answer)
    if cpu is None or memory is None:
        return
    if cpu is UNKNOWN:
        yield NOT_JUDGED
        return
    units = cpu_units(cpu)
    if units not in SIZES:
        yield Finding("cpu", cpu, f"one of {', '.join(map(str, SIZES))}", detail="cpu")
        return
    family = task.get("runtimePlatform.operatingSystemFamily")
    if family is UNKNOWN:
        yield NOT_JUDGED
    elif str(family or "").startswith("WINDOWS") and units not in WINDOWS:
        yield Finding("cpu", cpu, f"{' or '.join(map(str, WINDOWS))} for Windows", detail="cpu")
    if memory is UNKNOWN:
        yield NOT_JUDGED
        return
    mib = memory_mib(memory)
    if mib is None or mib not in SIZES[units]:
        yield Finding("memory", memory, f"{sizes_text(SIZES[units])} MiB with {units} CPU units", detail="memory")
        return
    yield from _fits(task, "memory", mib, _memory_of)
    yield from _fits(task, "cpu", units, lambda container: container.get("cpu"))


def _memory_of(container: Container) -> Value:
    reservation = container.get("memoryReservation")
    return container.get("memory") if reservation is None else reservation


def _fits(task: Resource, what: str, size: int, needs: Callable[[Container], Value]) -> Iterator[Finding]:
    total = sum(as_number(needs(container)) or 0 for container in containers(task))
    if total > size:
        yield Finding(f"containerDefinitions[].{what}", f"{total:g} in all", f"at most the task's {size}", detail="sum")


@rules.rule(
    "fargate-network-mode",
    "F301",
    _TASK,
    description="A Fargate task uses the network mode awsvpc.",
    remediation="Set networkMode: awsvpc.",
)
def _network_mode(task: Resource) -> Answers:
    mode = task.get("networkMode")
    if not on_fargate(task) or mode == "awsvpc":
        return
    yield Finding("networkMode", mode, "awsvpc (absent means bridge)")


_UNSUPPORTED: Final = ("privileged", "links", "dockerSecurityOptions", "disableNetworking", "dnsServers", "dnsSearchDomains")
_UNSUPPORTED_LINUX: Final = ("devices", "sharedMemorySize", "tmpfs", "maxSwap", "swappiness")
_FARGATE_LOG_DRIVERS: Final = ("awslogs", "splunk", "awsfirelens")


@rules.rule(
    "fargate-unsupported-settings",
    "F302",
    _TASK,
    description="A Fargate task asks for nothing that only a host of its own could give.",
    remediation="Remove the setting, or run the task on EC2 capacity.",
)
def _unsupported(task: Resource) -> Answers:
    if not on_fargate(task):
        return
    because = "because Fargate tasks have no host of their own"
    yield from absent("placementConstraints ipcMode inferenceAccelerators", because)("", task.properties)
    if given(mode := task.get("pidMode")) and mode != "task":
        yield Finding("pidMode", mode, "task or nothing")
    volumes = inside("volumes", absent("hostPath dockerVolumeConfiguration fsxWindowsFileServerVolumeConfiguration", because))
    yield from volumes("", task.properties)
    yield from between("ephemeralStorage.sizeInGib", 21, 200, unit="GiB")("", task.properties)
    for container in containers(task):
        for name in _UNSUPPORTED:
            if given(container.get(name)):
                yield container.finding(name, f"nothing, {because}")
        for name in _UNSUPPORTED_LINUX:
            if given(container.get(f"linuxParameters.{name}")):
                yield container.finding(f"linuxParameters.{name}", f"nothing, {because}")
        added = as_list(container.get("linuxParameters.capabilities.add"))
        if any(capability != "SYS_PTRACE" for capability in added):
            yield container.finding("linuxParameters.capabilities.add", "SYS_PTRACE only")
        if any(limit.get("name") != "nofile" for limit in container.blocks("ulimits")):
            yield container.finding("ulimits", "nofile only")
        if any(need.get("type") == "GPU" for need in container.blocks("resourceRequirements")):
            yield container.finding("resourceRequirements", "no GPU")
        driver = container.get("logConfiguration.logDriver")
        if driver is not None and driver not in _FARGATE_LOG_DRIVERS:
            yield container.finding("logConfiguration.logDriver", " or ".join(_FARGATE_LOG_DRIVERS))


@rules.rule(
    "task-execution-role",
    "F303",
    _TASK,
    description="A task whose agent pulls from ECR, writes logs or reads secrets names the execution role for that.",
    remediation="Set executionRoleArn to a role that ecs-tasks.amazonaws.com may take on.",
)
def _execution_role(task: Resource) -> Answers:
    if given(task.get("executionRoleArn")):
        return
    fargate = on_fargate(task)
    for container in containers(task):
        if given(container.get("secrets")) or given(container.get("logConfiguration.secretOptions")):
            answer = "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
            yield _no_role("secrets", container, f"ClientException: {answer}")
        elif given(container.get("repositoryCredentials")):
            yield _no_role("repositoryCredentials", container)
        elif fargate and container.get("logConfiguration.logDriver") == "awslogs":
            answer = (
                "ClientException: Fargate requires task definition to have execution role ARN to support log driver awslogs."
            )
            yield _no_role("the log driver awslogs", container, answer)
        elif fargate and ".dkr.ecr." in str(container.get("image")):
            yield _no_role("an image of Amazon ECR", container)


def _no_role(why: str, container: Container, answer: str = "") -> Finding:
    expected = f"a role, because container {container.name} uses {why}"
    return Finding("executionRoleArn", None, expected, detail=container.name, answer=answer)


@rules.rule(
    "task-host-ports",
    "F304",
    _TASK,
    description="In the network modes awsvpc and host, a container's port is the same port on the host.",
    remediation="Remove hostPort from portMappings, or set it to containerPort.",
)
def _host_ports(task: Resource) -> Answers:
    mode = task.get("networkMode")
    if mode is UNKNOWN:
        yield NOT_JUDGED
    elif mode in ("awsvpc", "host"):
        answer = f"ClientException: When networkMode={mode}, the host ports and container ports in port mappings must match."
        for container in containers(task):
            for mapping in container.blocks("portMappings"):
                host, own = mapping.get("hostPort"), mapping.get("containerPort")
                if host and own and str(host) != str(own):
                    yield container.finding("portMappings.hostPort", f"{own}, its containerPort", value=host, answer=answer)
            if mode == "awsvpc" and given(container.get("links")):
                answer_links = "ClientException: Links are not supported when networkMode=awsvpc."
                yield container.finding("links", "nothing in the network mode awsvpc", answer=answer_links)


@rules.rule(
    "task-efs-volume-encrypted",
    "F310",
    _TASK,
    description="EFS volumes that use IAM or an access point encrypt traffic.",
    remediation="Set transitEncryption: ENABLED.",
)
def _efs(task: Resource) -> Answers:
    for where, volume in task.each("volumes[].efsVolumeConfiguration"):
        if volume is UNKNOWN:
            yield NOT_JUDGED
        for block in [] if volume is UNKNOWN else as_list(volume):
            access = as_list(block.get("authorizationConfig"))
            if not access:
                continue
            point, iam = access[0].get("accessPointId"), access[0].get("iam")
            encryption = block.get("transitEncryption")
            if encryption is UNKNOWN or iam is UNKNOWN:
                yield NOT_JUDGED
            elif (given(point) or iam == "ENABLED") and encryption != "ENABLED":
                yield Finding(f"{where}.transitEncryption", encryption, "ENABLED")


@rules.rule(
    "task-secrets-readable",
    "F069",
    _TASK,
    needs_stack=True,
    description="The execution role may read the secrets and parameters that containers are given.",
    remediation=(
        "Allow secretsmanager:GetSecretValue or ssm:GetParameters (and kms:Decrypt on their key) to the execution role."
    ),
)
def _secrets(task: Resource) -> Answers:
    named = [
        (container, str(secret.get("valueFrom"))) for container in containers(task) for secret in container.blocks("secrets")
    ]
    role = target(task, "executionRoleArn", "iam/role") if named else None
    if role is None:
        return
    for container, source in named:
        action = "secretsmanager:GetSecretValue" if ":secretsmanager:" in source else "ssm:GetParameters"
        answers = [grant.allows for grant in grants(role, action)]
        if True not in answers:
            if None in answers:
                yield NOT_JUDGED
            else:
                expected = f"a role whose policies allow {action}, for container {container.name}"
                yield Finding("executionRoleArn", role.name, expected, detail=container.name)
