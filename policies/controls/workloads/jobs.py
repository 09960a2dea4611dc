"""Batch jobs run without privilege, as somebody, with roles of their own, on instances in private subnets."""

from functools import partial
from typing import Final

from policies.controls.workloads.instances import demands_tokens
from policies.controls.workloads.roles import is_administrator, named_like_administrator, roles_of_stack, same_role
from policies.kit.containers import Container, each_container, is_root, job_containers, job_roles, no_secrets
from policies.kit.references import launch_templates, switched_on, targets
from policies.kit.resource import Resource
from policies.kit.routes import ways_out
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError, as_list, switch

rules: Final = Rules("workloads")

_JOB: Final = "batch/jobDefinition"
_JOB_PROPERTIES: Final = ("containerProperties", "ecsProperties", "nodeProperties")


@rules.rule("batch-not-privileged", "C154", _JOB, on=partial(each_container, job_containers))
def _unprivileged(_: Resource, job: Container) -> Answers:
    """No container of a job has the host's privileges.

    Remove privileged: true.
    """
    path = "securityContext.privileged" if job.pod else "privileged"
    if switch(job.get(path)):
        yield job.finding(path, True, "false")


@rules.rule("batch-not-root", "C154", _JOB, on=partial(each_container, job_containers))
def _not_root(_: Resource, job: Container) -> Answers:
    """Containers of jobs run as a user other than root.

    Set user to a number other than 0, e.g. 10001 (securityContext.runAsNonRoot: true in a pod).
    """
    # Where the job names no user, its image does, of which a plan says nothing.
    if job.pod:
        demanded, user = job.get("securityContext.runAsNonRoot"), job.get("securityContext.runAsUser")
        if demanded is None and user is None:
            yield NOT_JUDGED
        elif not switch(demanded) and is_root(user):
            yield job.finding("securityContext.runAsNonRoot", demanded, "true")
        return
    user = job.get("user")
    windows = str(job.get("runtimePlatform.operatingSystemFamily")).upper().startswith("WINDOWS")
    if user is None and not windows:
        yield NOT_JUDGED
    elif not windows and is_root(user):
        yield job.finding("user", user, "a user other than root")


rules.named("batch-no-plain-secrets", "C154", _JOB).add(
    each_container(job_containers, no_secrets),
    description="No environment variable of a job holds a literal secret.",
    remediation=(
        "Name the secret in the container's secrets with valueFrom: the ARN of a Secrets Manager secret or SSM parameter."
    ),
)


@rules.rule("batch-logs", "C154", _JOB, on=partial(each_container, job_containers))
def _logs_to_cloudwatch(_: Resource, job: Container) -> Answers:
    """Jobs log to CloudWatch Logs.

    Set logConfiguration.logDriver: awslogs, or leave logConfiguration out.
    """
    driver = None if job.pod else job.get("logConfiguration.logDriver")
    if driver not in (None, "awslogs"):  # absent is AWS's own log group
        yield job.finding("logConfiguration.logDriver", driver, "awslogs")


@rules.rule("batch-roles-differ", "C155", _JOB)
def _roles_differ(job: Resource) -> Answers:
    """The role of a job's code is not the role with which Batch starts it.

    Give jobRoleArn (taskRoleArn in ecsProperties) a role of its own with what the code needs.
    """
    for where, role, execution in job_roles(job):
        if same_role(role, execution):
            yield Finding(f"{where}.jobRoleArn", role, "a role other than executionRoleArn")


@rules.rule("batch-roles-not-admin", "C155", _JOB)
def _not_admin(job: Resource) -> Answers:
    """Neither the role of a job's code nor the one that starts it may do everything.

    Name a role whose policy lists the actions that the job needs, without AdministratorAccess.
    """
    known: list[tuple[str, str]] = []
    unknown = False
    try:
        named = [(where, value) for where, *roles in job_roles(job) for value in roles if value is not None]
    except UnknownValueError:
        named, unknown = [], True
    for where, value in named:
        if value is UNKNOWN:
            unknown = True
        elif named_like_administrator(value):
            yield Finding(where, value, "a role that is not an administrator", detail=str(value))
        else:
            known.append((where, str(value)))
    judged: set[str] = set()
    for prop in _JOB_PROPERTIES if known or unknown else ():
        for role in roles_of_stack(job, prop, [value for where, value in known if where.startswith(prop)]):
            judged.add(role.name)
            try:
                if is_administrator(role):
                    yield Finding(prop, role.name, "a role that is not an administrator", detail=role.name)
            except UnknownValueError:
                unknown = True
    if unknown or len(judged) < len({value for _, value in known}):
        yield NOT_JUDGED


@rules.rule("batch-private-subnets", "C156", "batch/computeEnvironment", needs_stack=True)
def _private_subnets(environment: Resource) -> Answers:
    """Compute environments are in private subnets.

    Set computeResources.subnets to subnets whose routes do not lead to an internet gateway.
    """
    listed = environment.get("computeResources.subnets")
    if listed is None:
        return
    found = targets(environment, "computeResources.subnets[]", "ec2/subnet")
    default = targets(environment, "computeResources.subnets[]", "ec2/defaultSubnet")
    for subnet in found:
        try:
            if switch(subnet.get("mapPublicIpOnLaunch")) or any(hop.to_internet_gateway is True for hop in ways_out(subnet)):
                yield Finding("computeResources.subnets", subnet.name, "a private subnet", detail=subnet.name)
        except UnknownValueError:
            yield NOT_JUDGED
    for subnet in default:
        yield Finding("computeResources.subnets", subnet.name, "a private subnet, not a default one", detail=subnet.name)
    if listed is UNKNOWN or len(found) + len(default) < len(as_list(listed)):
        yield NOT_JUDGED


@rules.rule("batch-launch-template", "C156", "batch/computeEnvironment")
def _launch_template(environment: Resource) -> Answers:
    """EC2 compute environments launch from a template that demands IMDSv2 and encrypts its EBS volumes.

    Set computeResources.launchTemplate to a template with metadataOptions.httpTokens: required and encrypted volumes.
    """
    kind = environment.get("computeResources.type")
    if kind in ("EC2", "SPOT"):
        template = environment.get("computeResources.launchTemplate")
        if template is None:
            yield Finding("computeResources.launchTemplate", None, "a launch template with IMDSv2 and encrypted volumes")
            return
        judged = launch_templates(environment, "computeResources.launchTemplate")
        for found in judged:
            if not demands_tokens(found):
                yield Finding("computeResources.launchTemplate", found.name, "one that demands IMDSv2", detail="imds")
            if not _encrypts(found):
                yield Finding("computeResources.launchTemplate", found.name, "one with encrypted volumes", detail="ebs")
        if not judged:
            yield NOT_JUDGED


def _encrypts(template: Resource) -> bool:
    """Whether every volume it declares is encrypted; one it leaves to the image only where the account encrypts by default."""
    volumes = [block for _, block in template.each("blockDeviceMappings[].ebs") if block is not None]
    by_default = switched_on(template, "ebs/encryptionByDefault")
    return all(switch(block.get("encrypted"), default=by_default) for block in volumes) if volumes else by_default
