"""Containers of ECS tasks and Batch jobs: one reader for JSON text, blocks and everything that is known later."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

from pulumi.runtime import rpc

from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding
from policies.kit.secrets import secret_in_variable
from policies.kit.values import UNKNOWN, UnknownValueError, Value, as_list, read

TASKS: Final = "ecs/taskDefinition ecs/daemonTaskDefinition"

_VARIABLES: Final = ("environment", "environments", "env", "envs")
_NEVER_PLAIN: Final = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ECS_ENGINE_AUTH_DATA"})


@dataclass(frozen=True)
class Container:
    """One container.

    Attributes:
        where: Its path in the resource, by its name where it has one: `containerDefinitions[web]`.
        name: Tells it from the resource's other containers; empty if it is the only one.
        fields: Its settings; keys are in lower case, as AWS's SDK reads them in any case.
        pod: Whether it is a Kubernetes container, whose settings have other names.
    """

    where: str
    name: str
    fields: Mapping[str, Value]
    pod: bool = False

    def get(self, path: str) -> Value:
        """The value at a dotted path, in any case; see `values.read`."""
        return read(self.fields, path.lower())

    def finding(self, path: str, value: Value, expected: str, detail: str = "") -> Finding:
        """Something wrong at `path` of this container."""
        return Finding(f"{self.where}.{path}", value, expected, detail=" ".join(filter(None, (self.name, detail))))


ContainerCheck = Callable[[Resource, Container], Answers]


def parsed(value: Value) -> Value:
    """A property that holds JSON text or the block itself; keys in lower case, unknown strings marked.

    Raises:
        UnknownValueError: if it is unknown or cannot be read.
    """
    if value is UNKNOWN:
        raise UnknownValueError
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise UnknownValueError from error
    return _folded(value)


def _folded(value: Value) -> Value:
    if isinstance(value, Mapping):
        return {str(key).lower(): _folded(inner) for key, inner in cast(Mapping[str, Value], value).items()}
    if isinstance(value, list):
        return [_folded(inner) for inner in cast(list[Value], value)]
    return UNKNOWN if isinstance(value, str) and value == rpc.UNKNOWN else value


def task_containers(task: Resource) -> Iterator[Container]:
    """The containers of an ECS task definition, a daemon task definition or an Express Gateway service."""
    if task.kind == "ecs/expressGatewayService":
        yield from _containers("primaryContainer", parsed(task.get("primaryContainer")), single=True)
    else:
        yield from _containers("containerDefinitions", parsed(task.get("containerDefinitions")))


def job_containers(job: Resource) -> Iterator[Container]:
    """The containers of a Batch job definition: of a single container, of tasks, of the nodes of a cluster, or of a pod."""
    yield from _containers("containerProperties", parsed(job.get("containerProperties")), single=True)
    yield from _task_properties("ecsProperties", parsed(job.get("ecsProperties")))
    yield from _pod_properties("eksProperties", parsed(job.get("eksProperties")))
    for index, node in enumerate(_elements(parsed(job.get("nodeProperties")), "noderangeproperties")):
        where = f"nodeProperties.nodeRangeProperties[{index}]"
        yield from _containers(f"{where}.container", node.get("container"), single=True)
        yield from _task_properties(f"{where}.ecsProperties", node.get("ecsproperties"))
        yield from _pod_properties(f"{where}.eksProperties", node.get("eksproperties"))


def job_roles(job: Resource) -> Iterator[tuple[str, Value, Value]]:
    """Path, role of the job's code and role that starts it, for each group of containers that has roles of its own."""
    holders = [("containerProperties", parsed(job.get("containerProperties")))]
    holders += _tasks("ecsProperties", parsed(job.get("ecsProperties")))
    for index, node in enumerate(_elements(parsed(job.get("nodeProperties")), "noderangeproperties")):
        where = f"nodeProperties.nodeRangeProperties[{index}]"
        holders += [(f"{where}.container", node.get("container")), *_tasks(f"{where}.ecsProperties", node.get("ecsproperties"))]
    for where, holder in holders:
        fields: Mapping[str, Value] = holder or {}
        yield where, fields.get("jobrolearn", fields.get("taskrolearn")), fields.get("executionrolearn")


def _elements(holder: Value, path: str) -> Iterator[Mapping[str, Value]]:
    """The blocks of a list at `path` of a block that may be absent."""
    for element in as_list(read(holder or {}, path)):
        if element is UNKNOWN:
            raise UnknownValueError
        if isinstance(element, Mapping):
            yield cast(Mapping[str, Value], element)


def _containers(where: str, value: Value, *, single: bool = False, pod: bool = False) -> Iterator[Container]:
    for index, fields in enumerate(_elements({"all": value}, "all")):
        named = fields.get("name")
        name = "" if single else named if isinstance(named, str) else str(index)
        yield Container(f"{where}[{name}]" if name else where, name, fields, pod)


def _tasks(where: str, properties: Value) -> list[tuple[str, Value]]:
    found = enumerate(_elements(properties, "taskproperties"))
    return [(f"{where}.taskProperties[{index}]", task) for index, task in found]


def _task_properties(where: str, properties: Value) -> Iterator[Container]:
    for inner, task in _tasks(where, properties):
        yield from _containers(f"{inner}.containers", task.get("containers"))


def _pod_properties(where: str, properties: Value) -> Iterator[Container]:
    for part in ("containers", "initContainers"):
        value = read(properties or {}, f"podproperties.{part.lower()}")
        yield from _containers(f"{where}.podProperties.{part}", value, pod=True)


def each_container(containers: Callable[[Resource], Iterator[Container]], *checks: ContainerCheck) -> Check:
    """`checks` on every container; what one does not tell yet leaves the others judged."""

    def walk(resource: Resource) -> Answers:
        for container in containers(resource):
            for check in checks:
                try:
                    yield from check(resource, container)
                except UnknownValueError:
                    yield NOT_JUDGED

    return walk


def no_secrets(_: Resource, container: Container) -> Answers:
    """No variable of the container holds a literal secret."""
    for part in _VARIABLES:
        value = container.get(part)
        if isinstance(value, Mapping):
            items = list(cast(Mapping[str, Value], value).items())
        else:
            items = [(block.get("name"), block.get("value")) for block in _elements({"all": value}, "all")]
        for name, held in items:
            if str(name).upper() in _NEVER_PLAIN and (held is UNKNOWN or held):
                yield container.finding(part, f"a value for {name}", "a role, or secrets with valueFrom", detail=str(name))
            elif held is UNKNOWN or name is UNKNOWN:
                yield NOT_JUDGED
            elif held is not None and (what := secret_in_variable(str(name), str(held))):
                yield container.finding(part, f"{what} in {name}", "secrets with valueFrom", detail=str(name))


def is_root(user: Value) -> bool:
    """Whether a container's `user` is root; so it is where nothing is said, unless the image says otherwise.

    Raises:
        UnknownValueError: if it is unknown.
    """
    if user is UNKNOWN:
        raise UnknownValueError
    return str("" if user is None else user).partition(":")[0].strip() in ("", "0", "root")
