"""Task definitions that Amazon ECS refuses to register."""

from collections.abc import Callable, Iterator
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.data.fargate import SIZES, WINDOWS, cpu_units, memory_mib, sizes_text
from policies.feasibility.engine.bounds import between, choice, wanted
from policies.feasibility.engine.joins import where_listed
from policies.feasibility.engine.relations import may, unless_so
from policies.feasibility.engine.shapes import absent, each_block, given, inside, needs, of, when, where_given, where_missing
from policies.feasibility.rules.ecs.definitions import Container, containers, each_container
from policies.kit.references import target
from policies.kit.resource import Resource
from policies.kit.rows import Block, BlockCheck
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError, Value, as_list, as_number, read

rules: Final = Rules("feasibility", failures())

_TASK: Final = "ecs/taskDefinition"
_LISTED: Final = "requiresCompatibilities"


def on_fargate(task: Resource) -> bool:
    """Whether the task definition is to be registered for Fargate.

    Raises:
        UnknownValueError: if the plan does not say.
    """
    return "FARGATE" in as_list(task.get(_LISTED))


def _size(task: Resource) -> Answers:
    cpu, memory = task.get("cpu"), task.get("memory")
    if cpu is None or memory is None:
        return
    if cpu is UNKNOWN:
        raise UnknownValueError
    units = cpu_units(cpu)
    if units is None or units not in SIZES:
        yield Finding("cpu", cpu, f"one of {', '.join(map(str, SIZES))}", detail="cpu")
        return
    family = task.get("runtimePlatform.operatingSystemFamily")
    if family is UNKNOWN:
        yield NOT_JUDGED
    elif str(family or "").startswith("WINDOWS") and units not in WINDOWS:
        yield Finding("cpu", cpu, f"{' or '.join(map(str, WINDOWS))} for Windows", detail="cpu")
    if memory is UNKNOWN:
        raise UnknownValueError
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


def _stated(name: str) -> BlockCheck:
    answer = f"ClientException: Fargate requires that '{name}' be defined at the task level."
    return needs(name, "a size at the level of the task", detail=name, answer=answer)


rules.named("fargate-task-size", "F058", _TASK).add(
    where_listed(_LISTED, "FARGATE", of(_stated("cpu"), _stated("memory")), _size),
    description="A Fargate task has a CPU and memory size that Fargate offers, and its containers fit in it.",
    remediation="Set cpu and memory of the task to a pair from Fargate's table.",
)
rules.named("fargate-network-mode", "F301", _TASK).add(
    where_listed(_LISTED, "FARGATE", of(wanted("networkMode", ("awsvpc",), "awsvpc (absent means bridge)"))),
    description="A Fargate task uses the network mode awsvpc.",
    remediation="Set networkMode: awsvpc.",
)

_NO_HOST: Final = "because Fargate tasks have no host of their own"


def _without_host(where: str, container: Block) -> Answers:
    """Of what a container may ask of its host, the part that Fargate gives."""
    added = read(container, "linuxParameters.capabilities.add")
    if any(capability != "SYS_PTRACE" for capability in as_list(added)):
        yield Finding(f"{where}linuxParameters.capabilities.add", added, "SYS_PTRACE only")
    for name, part, right, expected in (
        ("ulimits", "name", lambda value: value == "nofile", "nofile only"),
        ("resourceRequirements", "type", lambda value: value != "GPU", "no GPU"),
    ):
        if not all(right(read(block, part)) for block in as_list(container.get(name))):
            yield Finding(f"{where}{name}", container.get(name), expected)


rules.named("fargate-unsupported-settings", "F302", _TASK).add(
    where_listed(
        _LISTED,
        "FARGATE",
        of(
            absent("placementConstraints ipcMode inferenceAccelerators", _NO_HOST),
            wanted("pidMode", (None, "", "task"), "task or nothing"),
            inside("volumes", absent("hostPath dockerVolumeConfiguration fsxWindowsFileServerVolumeConfiguration", _NO_HOST)),
            between("ephemeralStorage.sizeInGib", 21, 200, unit="GiB"),
        ),
        each_container(
            absent("privileged links dockerSecurityOptions disableNetworking dnsServers dnsSearchDomains", _NO_HOST),
            *(absent(f"linuxParameters.{name}", _NO_HOST) for name in ("devices", "sharedMemorySize", "tmpfs")),
            *(absent(f"linuxParameters.{name}", _NO_HOST) for name in ("maxSwap", "swappiness")),
            _without_host,
            choice("logConfiguration.logDriver", ("awslogs", "splunk", "awsfirelens")),
        ),
    ),
    description="A Fargate task asks for nothing that only a host of its own could give.",
    remediation="Remove the setting, or run the task on EC2 capacity.",
)


@rules.rule("task-execution-role", "F303", _TASK)
def _execution_role(task: Resource) -> Answers:
    """A task whose agent pulls from ECR, writes logs or reads secrets names the execution role for that.

    Set executionRoleArn to a role that ecs-tasks.amazonaws.com may take on.
    """
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


@rules.rule("task-host-ports", "F304", _TASK)
def _host_ports(task: Resource) -> Answers:
    """In the network modes awsvpc and host, a container's port is the same port on the host.

    Remove hostPort from portMappings, or set it to containerPort.
    """
    mode = task.get("networkMode")
    if mode in ("awsvpc", "host"):
        answer = f"ClientException: When networkMode={mode}, the host ports and container ports in port mappings must match."
        for container in containers(task):
            for mapping in container.blocks("portMappings"):
                host, own = mapping.get("hostPort"), mapping.get("containerPort")
                if host and own and str(host) != str(own):
                    yield container.finding("portMappings.hostPort", f"{own}, its containerPort", value=host, answer=answer)
            if mode == "awsvpc" and given(container.get("links")):
                answer_links = "ClientException: Links are not supported when networkMode=awsvpc."
                yield container.finding("links", "nothing in the network mode awsvpc", answer=answer_links)


_ENCRYPTED: Final = wanted("transitEncryption", ("ENABLED",), "ENABLED")
_POINT: Final = "authorizationConfig.accessPointId"

rules.named("task-efs-volume-encrypted", "F310", _TASK).add(
    each_block(
        "volumes[].efsVolumeConfiguration",
        where_given(_POINT, _ENCRYPTED),
        where_missing(_POINT, when("authorizationConfig.iam", ("ENABLED",), _ENCRYPTED)),
    ),
    description="EFS volumes that use IAM or an access point encrypt traffic.",
    remediation="Set transitEncryption: ENABLED.",
)


@rules.rule("task-secrets-readable", "F069", _TASK, needs_stack=True)
def _secrets(task: Resource) -> Answers:
    """The execution role may read the secrets and parameters that containers are given.

    Allow secretsmanager:GetSecretValue or ssm:GetParameters (and kms:Decrypt on their key) to the execution role.
    """
    named = [
        (container, str(secret.get("valueFrom"))) for container in containers(task) for secret in container.blocks("secrets")
    ]
    role = target(task, "executionRoleArn", "iam/role") if named else None
    if role is None:
        return
    for container, source in named:
        action = "secretsmanager:GetSecretValue" if ":secretsmanager:" in source else "ssm:GetParameters"
        expected = f"a role whose policies allow {action}, for container {container.name}"
        yield from unless_so(may(role, action), Finding("executionRoleArn", role.name, expected, detail=container.name))
