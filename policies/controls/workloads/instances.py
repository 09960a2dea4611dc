"""Instances hand out their role's credentials to themselves only, and no secret is written into their user data."""

import base64
import re
from collections.abc import Iterator
from typing import Final

from policies.kit.checks import one_of
from policies.kit.references import launch_templates, referrers
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.secrets import secret_in_text
from policies.kit.values import UNKNOWN, Value, as_number

rules: Final = Rules("workloads")

_LAUNCHED: Final = "ec2/instance ec2/launchTemplate ec2/launchConfiguration ec2/spotInstanceRequest"


def demands_tokens(launched: Resource) -> bool:
    """Whether an instance or template has IMDSv2 required, or no metadata service.

    Raises:
        UnknownValueError: if that is known only after deployment.
    """
    if launched.get("metadataOptions.httpEndpoint") == "disabled":
        return True
    return launched.get("metadataOptions.httpTokens") == "required"


def _from_template(launched: Resource) -> bool:
    return launched.kind != "ec2/launchTemplate" and launched.get("launchTemplate") is not None


@rules.rule("imds-token-required", "C138", _LAUNCHED, remediation_values={"metadataOptions.httpTokens": "required"})
def _token_required(launched: Resource) -> Answers:
    """The instance metadata service answers requests with a session token only (IMDSv2).

    Set metadataOptions.httpTokens: required.
    """
    tokens = launched.get("metadataOptions.httpTokens")
    if tokens is None and launched.get("metadataOptions.httpEndpoint") != "disabled" and _from_template(launched):
        if not launch_templates(launched):
            yield NOT_JUDGED  # a template of this stack is judged itself
    elif not demands_tokens(launched):
        yield Finding("metadataOptions.httpTokens", tokens, "required")


@rules.rule("imds-hop-limit", "C138", _LAUNCHED)
def _hop_limit(launched: Resource) -> Answers:
    """Answers of the metadata service do not leave the instance; on a container host they reach its containers.

    Set metadataOptions.httpPutResponseHopLimit: 1 (2 on a container host).
    """
    value = launched.get("metadataOptions.httpPutResponseHopLimit")
    if launched.get("metadataOptions.httpEndpoint") == "disabled" or value is None:
        return
    hops = as_number(value)
    if hops is None or hops > 2 or (hops > 1 and not _hosts_containers(launched)):
        yield Finding("metadataOptions.httpPutResponseHopLimit", value, "1, or 2 for containers")


_CONTAINER_HOST: Final = re.compile(
    r"ECS_CLUSTER|/etc/ecs|/etc/eks|nodeadm|node\.eks\.aws|bootstrap\.sh|kubelet|kubeadm|\bk3s\b|dockerd?\b|containerd|podman",
    re.IGNORECASE,
)
# Names of AWS's images for containers, and of the instance profiles that go with them.
_CONTAINER_NAME: Final = re.compile(r"(?:^|[/:_-])(?:ecs|eks|bottlerocket)", re.IGNORECASE)
_NAMES: Final = ("ami", "imageId", "iamInstanceProfile", "iamInstanceProfile.name", "iamInstanceProfile.arn")
_CONTAINER_HOSTS: Final = (
    ("batch/computeEnvironment", "computeResources.launchTemplate.launchTemplateId"),
    ("batch/computeEnvironment", "computeResources.launchTemplate.launchTemplateName"),
    ("eks/nodeGroup", "launchTemplate.id"),
    ("eks/nodeGroup", "launchTemplate.name"),
)
_GROUPS: Final = (
    ("ec2/launchTemplate", "launchTemplate.id"),
    ("ec2/launchTemplate", "launchTemplate.name"),
    ("ec2/launchTemplate", "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.launchTemplateId"),
    ("ec2/launchConfiguration", "launchConfiguration"),
)


def _hosts_containers(launched: Resource) -> bool:
    """Whether containers run on it: its user data or image brings an agent, or ECS, EKS or Batch launches from it."""
    if any(text is not UNKNOWN and _CONTAINER_HOST.search(_decoded(text)) for _, text in _scripts(launched)):
        return True
    if any(isinstance(name, str) and _CONTAINER_NAME.search(name) for name in map(launched.get, _NAMES)):
        return True
    if any(referrers(launched, kind, path) for kind, path in _CONTAINER_HOSTS):
        return True
    groups = [
        group for kind, path in _GROUPS if launched.kind == kind for group in referrers(launched, "autoscaling/group", path)
    ]
    capacity = ("ecs/capacityProvider", "autoScalingGroupProvider.autoScalingGroupArn")
    return any(referrers(group, *capacity) for group in groups)


rules.named("imds-account-default", "C138", "ec2/instanceMetadataDefaults").add(
    one_of("httpTokens", ("required", "no-preference"), default="no-preference"),
    description="The account does not tell new instances to answer without a session token.",
    remediation="Set httpTokens: required.",
    remediation_values={"httpTokens": "required"},
)


def _scripts(launched: Resource) -> Iterator[tuple[str, Value]]:
    for prop in ("userData", "userDataBase64"):
        value = launched.get(prop)
        if value is UNKNOWN or isinstance(value, str):
            yield prop, value


def _decoded(script: str) -> str:
    """User data as text; a launch template takes it in Base64."""
    try:
        return base64.b64decode(script, validate=True).decode()
    except ValueError:
        return script


@rules.rule("no-secret-in-user-data", "C141", _LAUNCHED)
def _no_secret_in_user_data(launched: Resource) -> Answers:
    """User data, which every process on the instance can read, holds no secret.

    Have the script read the secret from Secrets Manager with the instance's role.
    """
    for prop, text in _scripts(launched):
        if text is UNKNOWN:
            yield NOT_JUDGED
        elif what := secret_in_text(text):
            yield Finding(prop, what, "a script that reads secrets when it runs")
