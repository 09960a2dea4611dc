"""ECS tasks keep to themselves: their own network, no privilege, nothing writable, no secrets in plain sight."""

import re
from functools import partial
from typing import Final

from policies.controls.workloads.roles import same_role
from policies.kit.checks import is_not
from policies.kit.containers import TASKS, Container, each_container, is_root, no_secrets, task_containers
from policies.kit.references import by_value
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError, Value, as_list, switch

rules: Final = Rules("workloads")


@rules.rule("ecs-network-mode", "C082", "ecs/taskDefinition")
def _network_mode(task: Resource) -> Answers:
    """Tasks have a network interface of their own (awsvpc); none shares the host's network with a root user.

    Set networkMode: awsvpc.
    """
    mode = task.get("networkMode")
    if as_list(task.get("requiresCompatibilities")) == ["EXTERNAL"]:  # awsvpc does not exist outside AWS
        if mode == "host":
            yield from each_container(task_containers, _no_root_on_host)(task)
    elif mode != "awsvpc":
        yield Finding("networkMode", mode, "awsvpc")


def _no_root_on_host(_: Resource, container: Container) -> Answers:
    if switch(container.get("privileged")):
        yield container.finding("privileged", True, "false in host network mode")
    elif is_root(container.get("user")):
        yield container.finding("user", container.get("user"), "a user other than root in host network mode")


@rules.rule("ecs-not-privileged", "C083", TASKS, on=partial(each_container, task_containers))
def _unprivileged(_: Resource, container: Container) -> Answers:
    """No container has the host's privileges.

    Remove privileged: true; grant single capabilities in linuxParameters if one is needed.
    """
    if switch(container.get("privileged")):
        yield container.finding("privileged", True, "false")


@rules.rule("ecs-read-only-root", "C084", TASKS, on=partial(each_container, task_containers))
def _read_only_root(task: Resource, container: Container) -> Answers:
    """Containers cannot write to their root file system.

    Set readonlyRootFilesystem: true; mount a volume where the program must write.
    """
    family, value = task.get("runtimePlatform.operatingSystemFamily"), container.get("readonlyRootFilesystem")
    windows = family is not UNKNOWN and str(family or "").upper().startswith("WINDOWS")  # has no such switch
    if not windows and not switch(value):
        yield container.finding("readonlyRootFilesystem", value, "true")


def _own_namespace(_: Resource, container: Container) -> Answers:
    for prop in ("pidMode", "ipcMode"):
        if container.get(prop) == "host":
            yield container.finding(prop, "host", "nothing", detail=prop)


@rules.rule("ecs-own-namespaces", "C085", "ecs/taskDefinition")
def _own_namespaces(task: Resource) -> Answers:
    """Tasks see neither the host's processes nor its shared memory.

    Remove pidMode: host and ipcMode: host.
    """
    for prop in ("pidMode", "ipcMode"):
        yield from is_not(prop, "host", "task, or nothing")(task)
    yield from each_container(task_containers, _own_namespace)(task)


rules.named("ecs-no-plain-secrets", "C086", f"{TASKS} ecs/expressGatewayService").add(
    each_container(task_containers, no_secrets),
    description="No environment variable of a container holds a literal secret.",
    remediation=(
        "Name the secret in the container's secrets with valueFrom: the ARN of a Secrets Manager secret or SSM parameter."
    ),
)


@rules.rule("ecs-roles-differ", "C092", f"{TASKS} ecs/expressGatewayService")
def _roles_differ(task: Resource) -> Answers:
    """The role of a task's code is not the role with which ECS starts it.

    Give taskRoleArn a role of its own with what the code needs.
    """
    role, execution = task.get("taskRoleArn"), task.get("executionRoleArn")
    if same_role(role, execution, (task.origins("taskRoleArn"), task.origins("executionRoleArn"))):
        yield Finding("taskRoleArn", role, "a role other than executionRoleArn")


_REGISTRY: Final = (
    r"\d{12}\.dkr[.-]ecr(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com(?:\.cn)?|on\.(?:aws|amazonwebservices\.com\.cn))"
)
_IMAGE: Final = re.compile(rf"{_REGISTRY}/(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?:@sha256:(?P<digest>[0-9a-f]{{64}}))?")
_MOVING_TAG: Final = re.compile(
    r"(?:.*[-_.])?(?:latest|stable|edge|nightly|current|main|master|head|dev|develop|development|test|staging|stage|prod|production)"
)


@rules.rule("ecs-image-pinned", "C094", f"{TASKS} ecs/expressGatewayService", on=partial(each_container, task_containers))
def _pinned(task: Resource, container: Container) -> Answers:
    """Containers run an image of a private ECR repository, by digest or by a tag that cannot move.

    Name the image as <account>.dkr.ecr.<region>.amazonaws.com/<repository>@sha256:<digest>.
    """
    image = container.get("image")
    if image is UNKNOWN:
        raise UnknownValueError
    if image is None:
        return
    found = _IMAGE.fullmatch(str(image))
    if not found:
        yield container.finding("image", image, "an image of a private ECR repository, by digest or immutable tag")
    elif found["digest"]:
        return
    elif not found["tag"] or _MOVING_TAG.fullmatch(found["tag"].lower()):
        yield container.finding("image", image, "a digest (@sha256:...) or a tag that never moves")
    else:
        yield from _immutable(task, container, image, found["repository"])


def _immutable(task: Resource, container: Container, image: Value, repository: str) -> Answers:
    """Whether the tags of the repository never move; only a repository of this stack tells."""
    named = by_value(task.graph, "ecr/repository", "name").get(repository, ())
    if not named:
        yield NOT_JUDGED
    for other in named:
        mutability = other.get("imageTagMutability")
        if mutability is UNKNOWN:
            yield NOT_JUDGED
        elif not str(mutability or "").startswith("IMMUTABLE"):
            yield container.finding("image", image, f"a digest (@sha256:...), as tags of {repository} can move")
