"""Policies of topics, queues and repositories: actions of the service itself."""

from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.relations import readable
from policies.kit.resource import Resource
from policies.kit.rule import Answers, Finding, Rules

rules: Final = Rules("feasibility", failures())

_SERVICES: Final = {
    "sns/topic": ("sns", "InvalidParameter: Invalid parameter: Policy statement action out of service scope!"),
    "sns/topicPolicy": ("sns", "InvalidParameter: Invalid parameter: Policy statement action out of service scope!"),
    "sqs/queue": ("sqs", "InvalidAttributeValue: Invalid value for the parameter Policy."),
    "sqs/queuePolicy": ("sqs", "InvalidAttributeValue: Invalid value for the parameter Policy."),
    "ecr/repositoryPolicy": ("ecr", "InvalidParameterException: Invalid repository policy provided"),
}


@rules.rule(
    "resource-policy-service",
    "F526",
    " ".join(_SERVICES),
    description="A topic's, queue's or repository's policy speaks of actions of its own service.",
    remediation="Allow sns: actions on topics, sqs: actions on queues and ecr: actions on repositories.",
)
def _service(resource: Resource) -> Answers:
    document = resource.get("policy")
    if document is None:
        return
    service, answer = _SERVICES[resource.kind]
    for statement in readable(document):
        for action in (*statement.actions, *statement.not_actions):
            prefix, colon, _ = action.partition(":")
            if colon and "*" not in prefix and prefix.lower() != service:
                yield Finding("policy", action, f"an action of {service}", detail=f"{statement.index} {action}", answer=answer)
