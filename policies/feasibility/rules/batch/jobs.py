"""Compute environments, queues and jobs that AWS Batch refuses."""

import re
from collections.abc import Mapping
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.data.fargate import SIZES, sizes_text
from policies.feasibility.engine.bounds import at_most, between, choice, wanted
from policies.feasibility.engine.faults import is_one, where_all
from policies.feasibility.engine.joins import where_listed
from policies.feasibility.engine.order import after_role_policies
from policies.feasibility.engine.shapes import (
    absent,
    each_block,
    json_object,
    needs,
    of,
    only_one,
    parsed,
    present,
    saying,
    when,
)
from policies.kit.checks import all_of
from policies.kit.facts import FARGATE
from policies.kit.references import targets
from policies.kit.resource import Resource
from policies.kit.rows import Block, BlockCheck, row
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_list, as_number, read

rules: Final = Rules("feasibility", failures())

_ENVIRONMENT: Final = "batch/computeEnvironment"
_GRAVITON: Final = re.compile(r"a1|[a-z]+\d+g[a-z]*")
_NOT_ON_FARGATE: Final = (
    "allocationStrategy bidPercentage desiredVcpus ec2Configurations ec2KeyPair imageId instanceRole instanceTypes "
    "launchTemplate minVcpus placementGroup spotIamFleetRole tags"
)

rules.named("batch-compute-environment", "F377", _ENVIRONMENT).add(
    all_of(
        of(
            when("type", ("MANAGED",), present("computeResources", "because the environment is managed")),
            when("type", ("UNMANAGED",), absent("computeResources", "because the environment is unmanaged")),
        ),
        each_block(
            "computeResources",
            choice("type", ("EC2", "SPOT", *FARGATE)),
            present("maxVcpus subnets", "because Batch needs it"),
            when("type", FARGATE, absent(_NOT_ON_FARGATE, "because Fargate has no instances")),
            when("type", FARGATE, present("securityGroupIds", "because Fargate needs one at least")),
            when(
                "type",
                ("EC2", "SPOT"),
                present("instanceTypes instanceRole", "because the environment has instances"),
            ),
            when("type", ("EC2",), absent("bidPercentage spotIamFleetRole", "because the instances are not Spot")),
            between("maxVcpus", 1, 1000000),
            between("bidPercentage", 1, 100, unit="percent"),
            at_most("minVcpus", "maxVcpus"),
            at_most("desiredVcpus", "maxVcpus"),
            at_most("minVcpus", "desiredVcpus"),
        ),
    ),
    description="A compute environment has what its type needs and nothing of the other.",
    remediation="Remove instance settings from Fargate environments; give others instanceTypes and instanceRole.",
)

_ROLE: Final = needs("spotIamFleetRole", "a role, because the strategy is BEST_FIT (the default)", detail="role")
_NOT_SPOT: Final = wanted(
    "allocationStrategy", (None, "BEST_FIT", "BEST_FIT_PROGRESSIVE"), "BEST_FIT_PROGRESSIVE or BEST_FIT with type EC2"
)

rules.named("batch-allocation-strategy", "F377", _ENVIRONMENT).add(
    each_block(
        "computeResources",
        when("type", ("EC2",), _NOT_SPOT),
        when("type", ("SPOT",), when("allocationStrategy", ("BEST_FIT",), _ROLE, default="BEST_FIT")),
    ),
    description="An allocation strategy belongs to the environment's type.",
    remediation=(
        "Use BEST_FIT_PROGRESSIVE for EC2 and SPOT_PRICE_CAPACITY_OPTIMIZED for Spot; BEST_FIT Spot needs spotIamFleetRole."
    ),
)
rules.named("batch-after-role-policies", "F109", _ENVIRONMENT, needs_stack=True).add(
    after_role_policies("serviceRole"),
    description="A compute environment is created after, and so deleted before, the policies of its service role.",
    remediation="Name the role's policy attachments in the environment's dependsOn.",
)


@rules.rule("batch-optimal-on-arm", "F377", _ENVIRONMENT)
def _optimal(environment: Resource) -> Answers:
    """`optimal`, which stands for x86 types, is not beside ARM types.

    List the instance types instead of optimal, all of one processor architecture.
    """
    types = as_list(environment.get("computeResources.instanceTypes"))
    if "optimal" in types:
        arm = [name for name in types if isinstance(name, str) and _GRAVITON.fullmatch(name.partition(".")[0])]
        if arm:
            answer = "ClientException: The requested instance types must be of one architecture"
            yield Finding("computeResources.instanceTypes", types, "types of one architecture", detail=arm[0], answer=answer)
        elif any(name is UNKNOWN for name in types):
            yield NOT_JUDGED


@rules.rule("batch-environment-name", "F541", _ENVIRONMENT)
def _fixed_name(environment: Resource) -> Answers:
    """A compute environment has no fixed name, so that a new one can stand beside the old while the queue goes over.

    Remove name; Pulumi makes one of the logical name, and replaces the environment the other way round.
    """
    name = environment.get("name")
    if name is UNKNOWN:
        yield NOT_JUDGED
    elif isinstance(name, str) and not re.fullmatch(rf"{re.escape(environment.name)}-[0-9a-f]{{7,}}", name):
        yield Finding("name", name, "no name of its own")


rules.named("batch-template-version", "F543", _ENVIRONMENT).add(
    each_block(
        "computeResources.launchTemplate",
        where_all(is_one("version", "$Latest")).wrong("a number, e.g. the template's latestVersion"),
    ),
    description="A compute environment names the version of its launch template: $Latest is looked up once only.",
    remediation="Set version to the launch template's latestVersion; a new one is then a change of the environment.",
)

_QUEUE: Final = "batch/jobQueue"

rules.named("batch-queue-time-limit", "F545", _QUEUE).add(
    of(present("jobStateTimeLimitActions", "or a job that nothing can place blocks the queue")),
    description="A job queue cancels jobs that nothing can place.",
    remediation="Add jobStateTimeLimitActions for the state RUNNABLE, an entry for each reason.",
)


@rules.rule("batch-queue-environments", "F378", _QUEUE, needs_stack=True)
def _queue(queue: Resource) -> Answers:
    """A job queue has one to three environments, of one kind, in an order.

    Name up to three environments, either Fargate or EC2, each with its own order.
    """
    old = queue.get("computeEnvironments")
    entries = as_list(queue.get("computeEnvironmentOrders"))
    count = len(entries) or len(as_list(old))
    if count > 3 or (count == 0 and queue.get("jobQueueType") is None):
        yield Finding("computeEnvironmentOrders", count, "one to three compute environments", detail="count")
    orders = [read(entry, "order") for entry in entries if entry is not UNKNOWN]
    if any(order is UNKNOWN for order in orders):
        yield NOT_JUDGED
    elif len(set(orders)) < len(orders):
        yield Finding("computeEnvironmentOrders[].order", orders, "a number of its own for each", detail="order")
    found = targets(queue, "computeEnvironmentOrders[].computeEnvironment", _ENVIRONMENT)
    found += targets(queue, "computeEnvironments[]", _ENVIRONMENT)
    kinds = [environment.get("computeResources.type") for environment in found]
    if len({kind in FARGATE for kind in kinds if kind is not None}) > 1:
        answer = "ClientException: Fargate and EC2 compute environments can't be mixed in a job queue"
        yield Finding("computeEnvironmentOrders", kinds, "either Fargate or EC2 and Spot", detail="mix", answer=answer)


_JOB: Final = "batch/jobDefinition"

rules.named("batch-job-settings", "F379", _JOB).add(
    all_of(
        of(
            when(
                "type",
                ("multinode",),
                present("nodeProperties", "because the job has several nodes"),
                absent("containerProperties eksProperties ecsProperties", "because the job has several nodes"),
            ),
            when("type", ("container",), absent("nodeProperties", "because the job is a container")),
            only_one("containerProperties ecsProperties eksProperties nodeProperties"),
        ),
        each_block("retryStrategy", between("attempts", 1, 10)),
        each_block("timeout", between("attemptDurationSeconds", 60, 31536000, unit="seconds")),
    ),
    description="A job definition has the properties of its type, up to 10 attempts and at least a minute.",
    remediation="Set containerProperties for type container, nodeProperties for multinode.",
)


@rules.rule("batch-retries-end", "F379", _JOB)
def _retries_end(job: Resource) -> Answers:
    """A job that says when it is repeated also says that it is not otherwise.

    End evaluateOnExits with {onReason: "*", action: EXIT}: what no entry matches is repeated.
    """
    path = "retryStrategy.evaluateOnExits"
    entries = as_list(job.get(path))
    if not entries or any(entry is not UNKNOWN and _ends_all(entry) for entry in entries):
        return
    if any(entry is UNKNOWN or read(entry, "action") is UNKNOWN for entry in entries):
        yield NOT_JUDGED
        return
    answer = "No error: an attempt that no entry matches is repeated until the attempts are used up"
    yield Finding(path, len(entries), 'an entry {onReason: "*", action: EXIT}', answer=answer)


def _ends_all(entry: Value) -> bool:
    conditions = [read(entry, name) for name in ("onReason", "onStatusReason", "onExitCode")]
    return str(read(entry, "action")).upper() == "EXIT" and [each for each in conditions if each is not None] == ["*"]


@row
def in_container(*checks: BlockCheck, path: str = "containerProperties") -> Check:
    """The checks on the container in a job's JSON text, if it is an object; its keys start with a small letter here."""

    def check(job: Resource) -> Answers:
        found = json_object(job.get(path))
        container = None if found is None else {f"{key[:1].lower()}{key[1:]}": value for key, value in found.items()}
        for part in checks if container is not None else ():
            yield from part(f"{path}.", container or {})

    return check


def _is_object(job: Resource) -> Answers:
    text = job.get("containerProperties")
    try:
        if not isinstance(parsed(text), Mapping) and text is not None:
            yield Finding("containerProperties", parsed(text), "a JSON object")
    except ValueError as error:
        yield Finding("containerProperties", text, f"JSON text ({error})")


def _texts(where: str, container: Block) -> Answers:
    answer = "json: cannot unmarshal number into Go struct field {}.value of type string"
    for kind, value in _asked(container):
        if not isinstance(value, str):
            path, told = f"{where}resourceRequirements[{kind}].value", answer.format("ResourceRequirement")
            yield Finding(path, value, f'"{value}" as text', detail=kind, answer=told)
    command = container.get("command")
    if command is not None and not isinstance(command, list):
        yield Finding(f"{where}command", command, "a list of texts", detail="command")
    for pair in as_list(container.get("environment")):
        if not isinstance(read(pair, "value") or "", str):
            name, told = read(pair, "name"), answer.format("KeyValuePair")
            yield Finding(f"{where}environment", name, "a text as value", detail=str(name), answer=told)


def _asked(container: Block) -> list[tuple[str, Value]]:
    return [(str(read(need, "type")), read(need, "value")) for need in as_list(container.get("resourceRequirements"))]


rules.named("batch-job-container", "F379", _JOB).add(
    all_of(_is_object, in_container(needs("image", "an image", detail="image"), _texts)),
    description="containerProperties is a JSON object with an image, and its values have the types that Batch takes.",
    remediation='Write vcpus and memory as resourceRequirements with text values: {"type": "VCPU", "value": "1"}.',
)


def _fargate_size(where: str, container: Block) -> Answers:
    path, asked = f"{where}resourceRequirements", dict(_asked(container))
    if "GPU" in asked:
        yield Finding(path, "GPU", "no GPU on Fargate", detail="GPU")
    for name in ("VCPU", "MEMORY"):
        if name not in asked:
            yield Finding(path, sorted(asked), f"also {name}", detail=name)
    cores, memory = as_number(asked.get("VCPU")), as_number(asked.get("MEMORY"))
    if cores is None or memory is None:
        return
    units = round(cores * 1024)
    if units not in SIZES:
        expected = " or ".join(f"{size / 1024:g}" for size in SIZES)
        yield Finding(f"{path}[VCPU].value", asked["VCPU"], expected, detail="VCPU size")
    elif memory not in SIZES[units]:
        expected = f"{sizes_text(SIZES[units])} MiB with {cores:g} vCPU"
        yield Finding(f"{path}[MEMORY].value", asked["MEMORY"], expected, detail="MEMORY size")


_EXECUTION_ROLE: Final = needs(
    "executionRoleArn",
    "a role, because the job runs on Fargate",
    answer="ClientException: Error executing request, Exception : executionRoleArn should be set for Fargate jobs",
    detail="role",
)

rules.named("batch-job-fargate", "F379", _JOB).add(
    where_listed(
        "platformCapabilities",
        "FARGATE",
        in_container(
            _EXECUTION_ROLE,
            saying("", absent("privileged ulimits instanceType vcpus memory", ""), expected="nothing on Fargate"),
            between("ephemeralStorage.sizeInGiB", 21, 200, unit="GiB", detail="storage"),
            _fargate_size,
        ),
    ),
    description="A Fargate job has an execution role and a size that Fargate offers.",
    remediation="Set executionRoleArn, and VCPU and MEMORY in resourceRequirements to a pair from Fargate's table.",
)
