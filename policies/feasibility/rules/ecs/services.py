"""Services that Amazon ECS refuses to create, or that cannot start tasks."""

from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most_items, choice, wanted
from policies.feasibility.engine.joins import target_then
from policies.feasibility.engine.relations import any_unknown
from policies.feasibility.engine.shapes import (
    absent,
    each_block,
    given,
    of,
    present,
    requires_one,
    when,
    where_given,
    where_missing,
)
from policies.feasibility.rules.ecs.definitions import containers
from policies.feasibility.rules.ecs.tasks import on_fargate
from policies.feasibility.rules.elb.links import forwarders
from policies.kit.checks import all_of
from policies.kit.facts import FARGATE
from policies.kit.references import target, targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, Value, as_list, as_number, read, switch

rules: Final = Rules("feasibility", failures())

_SERVICE: Final = "ecs/service"


def _wants_fargate(service: Resource) -> bool:
    """Whether the service itself asks for Fargate."""
    if launch := service.get("launchType"):
        return launch == "FARGATE"
    names = [value for _, value in service.each("capacityProviderStrategies[].capacityProvider")]
    return any(name in FARGATE for name in names)


@rules.rule("service-target-group-attached", "F056", _SERVICE, needs_stack=True)
def _attached(service: Resource) -> Answers:
    """A service is created after the listener or rule that sends traffic to its target group.

    Add the listener or listener rule to the service's dependsOn.
    """
    path = "loadBalancers[].targetGroupArn"
    groups = targets(service, path, "lb/targetGroup")
    if not groups and any_unknown(service, path):
        yield NOT_JUDGED
    for group in groups:
        users = forwarders(group)
        if not users:
            yield Finding(path, group.name, "a target group that a listener or rule forwards to", detail=group.name)
        elif not any(service.after(user) for user in users):
            expected = f"dependsOn {' or '.join(sorted(user.name for user in users))}, which attaches the group"
            yield Finding(path, group.name, expected, detail=group.name)


def _network(service: Resource) -> Answers:
    network = service.get("networkConfiguration")
    if given(network):
        return
    if _wants_fargate(service):
        yield Finding("networkConfiguration", network, "subnets and securityGroups, because Fargate tasks use awsvpc")
        return
    task = target(service, "taskDefinition", "ecs/taskDefinition")
    if task is not None and task.get("networkMode") == "awsvpc":
        yield Finding("networkConfiguration", network, f"subnets, because task {task.name} uses awsvpc")


_NO_PUBLIC: Final = wanted(
    "networkConfiguration.assignPublicIp",
    (False,),
    "false with the launch type EC2",
    default=False,
    answer="InvalidParameterException: Assign public IP is not supported for this launch type.",
)

rules.named("service-network-configuration", "F311", _SERVICE).add(
    all_of(of(when("launchType", ("EC2",), _NO_PUBLIC)), _network),
    description="A service of awsvpc tasks says which subnets they run in, and only such a service does.",
    remediation="Set networkConfiguration: {subnets, securityGroups}.",
)


@rules.rule("service-container-port", "F312", _SERVICE, needs_stack=True)
def _container_port(service: Resource) -> Answers:
    """The container and port that a load balancer sends traffic to are in the task definition.

    Set containerName and containerPort to a container of the task and one of its portMappings.
    """
    balancers = as_list(service.get("loadBalancers"))
    task = target(service, "taskDefinition", "ecs/taskDefinition") if balancers else None
    names = {} if task is None else {container.name: container for container in containers(task)}
    for balancer in balancers if names else ():
        name, port = read(balancer, "containerName"), read(balancer, "containerPort")
        if name is UNKNOWN or port is UNKNOWN:
            yield NOT_JUDGED
        elif name is not None and name not in names:
            answer = f"InvalidParameterException: The container {name} does not exist in the task definition."
            expected = " or ".join(names)
            yield Finding("loadBalancers[].containerName", name, expected, detail=str(name), answer=answer)
        elif name is not None and port is not None:
            mappings = names[name].blocks("portMappings")
            ports = [mapping.get("containerPort") for mapping in mappings]
            if str(port) not in map(str, ports) and not any(given(mapping.get("containerPortRange")) for mapping in mappings):
                answer = f"InvalidParameterException: The container {name} did not have a container port {port} defined."
                expected = f"a containerPort of its portMappings, {ports}"
                yield Finding("loadBalancers[].containerPort", port, expected, detail=str(name), answer=answer)


rules.named("service-platform-version", "F528", _SERVICE).add(
    of(when("launchType", ("EC2", "EXTERNAL"), absent("platformVersion", "because only Fargate has platform versions"))),
    description="Only services on Fargate name a platform version.",
    remediation="Remove platformVersion.",
)


@rules.rule("service-target-type", "F313", _SERVICE, needs_stack=True)
def _target_type(service: Resource) -> Answers:
    """Target groups of awsvpc tasks have the target type ip, those of other tasks instance.

    Set targetType of the target group: ip with awsvpc, instance with bridge and host.
    """
    groups = targets(service, "loadBalancers[].targetGroupArn", "lb/targetGroup")
    if not groups:
        return
    mode: Value = "awsvpc"
    if not _wants_fargate(service):
        task = target(service, "taskDefinition", "ecs/taskDefinition")
        if task is None:
            return
        mode = task.get("networkMode") or "bridge"
    wanted = "ip" if mode == "awsvpc" else "instance"
    for group in groups:
        kind = group.get("targetType") or "instance"
        if kind != wanted:
            answer = (
                f"InvalidParameterException: The provided target group has target type {kind}, which is incompatible with "
                f"the {mode} network mode specified in the task definition."
            )
            expected = f"a target group of type {wanted} (group {group.name} is {kind})"
            yield Finding("loadBalancers[].targetGroupArn", group.name, expected, detail=group.name, answer=answer)


_DAEMON: Final = "because a daemon runs once on every instance"
_FARGATE: Final = "because Fargate places tasks itself"

rules.named("service-options", "F314", _SERVICE).add(
    all_of(
        of(
            when("schedulingStrategy", ("DAEMON",), absent("orderedPlacementStrategies", _DAEMON)),
            when("launchType", ("FARGATE",), absent("orderedPlacementStrategies placementConstraints", _FARGATE)),
            when(
                "deploymentController.type",
                ("CODE_DEPLOY", "EXTERNAL"),
                absent("deploymentCircuitBreaker.enable", "because only rolling deployments have a circuit breaker"),
            ),
            at_most_items("serviceRegistries", 1, "registry"),
            at_most_items("loadBalancers", 5, "load balancers"),
            at_most_items("placementConstraints", 10, "constraints"),
            at_most_items("orderedPlacementStrategies", 5, "strategies"),
        ),
        each_block(
            "placementConstraints[]",
            when("type", ("distinctInstance",), absent("expression", "because distinctInstance takes none")),
            when("type", ("memberOf",), present("expression", "because memberOf needs one")),
        ),
        each_block(
            "orderedPlacementStrategies[]",
            when("type", ("random",), absent("field", "because random takes none")),
            when("type", ("binpack",), choice("field", ("cpu", "memory", "CPU", "MEMORY"))),
        ),
    ),
    description="A service's options go together.",
    remediation="Remove the one that the other excludes.",
)


@rules.rule("service-daemon", "F314", _SERVICE)
def _daemon(service: Resource) -> Answers:
    """Only rolling deployments on instances run daemons.

    Set schedulingStrategy: REPLICA, or run the service on EC2 capacity with the ECS deployment controller.
    """
    if service.get("schedulingStrategy") != "DAEMON":
        return
    controller = service.get("deploymentController.type")
    if controller in ("CODE_DEPLOY", "EXTERNAL") or _wants_fargate(service):
        yield Finding("schedulingStrategy", "DAEMON", "REPLICA on Fargate and with the controllers CODE_DEPLOY and EXTERNAL")


@rules.rule("service-deployment-percents", "F315", _SERVICE)
def _percents(service: Resource) -> Answers:
    """A deployment has room to start or to stop a task.

    Raise deploymentMaximumPercent above deploymentMinimumHealthyPercent.
    """
    if service.get("deploymentController.type") in ("CODE_DEPLOY", "EXTERNAL"):
        return
    daemon = service.get("schedulingStrategy") == "DAEMON"
    low, high = service.get("deploymentMinimumHealthyPercent"), service.get("deploymentMaximumPercent")
    least = as_number((0 if daemon else 100) if low is None else low)
    most = as_number((100 if daemon else 200) if high is None else high)
    if least is not None and most is not None and (most < least or most == least == 100):
        yield Finding("deploymentMaximumPercent", high, f"more than deploymentMinimumHealthyPercent, which is {least:g}")


rules.named("service-grace-period", "F316", _SERVICE).add(
    of(requires_one("healthCheckGracePeriodSeconds", "loadBalancers vpcLatticeConfigurations")),
    description="A service with a grace period for health checks has a load balancer that checks.",
    remediation="Remove healthCheckGracePeriodSeconds.",
)
rules.named("service-role", "F317", _SERVICE).add(
    of(
        where_missing("loadBalancers", absent("iamRole", "because the service has no load balancer", detail="")),
        where_given(
            "loadBalancers",
            where_given(
                "networkConfiguration",
                absent("iamRole", "because tasks with awsvpc use the service-linked role", detail=""),
            ),
        ),
    ),
    description="iamRole is set only where ECS calls a load balancer for tasks without awsvpc.",
    remediation="Remove iamRole: ECS then uses its service-linked role.",
)


def _fits_task(service: Resource, prop: str, task: Resource) -> Answers:
    if _wants_fargate(service) and not on_fargate(task):
        answer = "InvalidParameterException: Task definition does not support launch_type FARGATE."
        if (mode := task.get("networkMode")) is not UNKNOWN and mode != "awsvpc":
            yield Finding(prop, task.name, f"a task with networkMode awsvpc, not {mode}", detail="mode", answer=answer)
        elif not given(task.get("cpu")) or not given(task.get("memory")):
            yield Finding(prop, task.name, "a task with cpu and memory", detail="size", answer=answer)
    if switch(service.get("enableExecuteCommand")) and not given(task.get("taskRoleArn")):
        answer = (
            "InvalidParameterException: The service couldn't be created because a valid taskRoleArn is not being used. "
            "Specify a valid task role in your task definition and try again."
        )
        yield Finding("enableExecuteCommand", True, f"taskRoleArn on task {task.name}", detail="exec", answer=answer)
    wanted = [value for _, value in service.each("serviceConnectConfiguration.services[].portName")]
    named = {
        mapping.get("name")
        for container in (containers(task) if wanted else [])
        for mapping in container.blocks("portMappings")
    }
    for name in wanted:
        if name is UNKNOWN:
            yield NOT_JUDGED
        elif name is not None and name not in named:
            expected = f"the name of a port mapping of task {task.name}"
            yield Finding("serviceConnectConfiguration.services[].portName", name, expected, detail=str(name))


rules.named("service-fits-task", "F318", _SERVICE, needs_stack=True).add(
    target_then("taskDefinition", "ecs/taskDefinition", _fits_task),
    description="The task definition has what the service asks of it.",
    remediation="Give the task definition the setting that is named.",
)
