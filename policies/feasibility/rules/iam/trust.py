"""Who may be whom: roles that services are given, and principals in policies that must exist and be written right."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.leaves import pairs
from policies.feasibility.engine.relations import readable, trusts
from policies.feasibility.rules.iam.documents import RESOURCE
from policies.kit.document import Principal
from policies.kit.facts import KEYS
from policies.kit.references import arn_of, by_value, targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError

rules: Final = Rules("feasibility", failures())

_HANDED: Final = {
    "roleArn": pairs(
        """
        autoscaling/lifecycleHook=autoscaling cfg/recorder=config cloudwatch/eventTarget=events cloudwatch/logDestination=logs
        cloudwatch/logSubscriptionFilter=logs cloudwatch/metricStream=streams.metrics.cloudwatch
        codepipeline/pipeline=codepipeline eks/cluster=eks glue/job=glue pipes/pipe=pipes rds/clusterRoleAssociation=rds
        rds/proxy=rds rds/roleAssociation=rds sagemaker/notebookInstance=sagemaker sfn/stateMachine=states
        """
    ),
    "role": pairs("glue/crawler=glue iam/instanceProfile=ec2 lambda/function=lambda s3/bucketReplicationConfig=s3"),
    "iamRoleArn": pairs(
        "backup/restoreTestingSelection=backup backup/selection=backup dax/cluster=dax ec2/flowLog=vpc-flow-logs"
    ),
    "serviceRole": pairs("batch/computeEnvironment=batch codebuild/project=codebuild emr/cluster=elasticmapreduce"),
    "executionRoleArn": pairs(
        """
        budgets/budgetAction=budgets dlm/lifecyclePolicy=dlm ecs/taskDefinition=ecs-tasks mwaa/environment=airflow-env
        sagemaker/model=sagemaker synthetics/canary=lambda
        """
    ),
    "taskRoleArn": {"ecs/taskDefinition": "ecs-tasks"},
    "nodeRoleArn": {"eks/nodeGroup": "ec2"},
    "podExecutionRoleArn": {"eks/fargateProfile": "eks-fargate-pods"},
    "cloudwatchRoleArn": {"apigateway/account": "apigateway"},
    "cloudWatchLogsRoleArn": {"cloudtrail/trail": "cloudtrail"},
    "serviceRoleArn": {"appsync/dataSource": "appsync"},
    "serviceExecutionRoleArn": {"mskconnect/connector": "kafkaconnect"},
    "extendedS3Configuration.roleArn": {"kinesis/firehoseDeliveryStream": "firehose"},
    "cognitoOptions.roleArn": pairs("opensearch/domain=opensearchservice,es elasticsearch/domain=es,opensearchservice"),
    "iamRoles[]": {"redshift/cluster": "redshift"},
    "target.roleArn": {"scheduler/schedule": "scheduler"},
    "loggingRole": {"transfer/server": "transfer"},
}
"""Property that hands a role to a service -> kind -> that service (or several, of which one is enough)."""

ROLES: Final[Mapping[str, Sequence[tuple[str, str]]]] = {
    kind: [(path, services[kind]) for path, services in _HANDED.items() if kind in services]
    for kind in sorted({kind for services in _HANDED.values() for kind in services})
}
"""Kind -> the properties and services of `_HANDED`."""

_ANSWERS: Final = {
    "lambda": "InvalidParameterValueException: The role defined for the function cannot be assumed by Lambda.",
    "backup": "InvalidParameterValueException: IAM Role ... cannot be assumed by AWS Backup",
    "events": "ValidationException: Provided role cannot be assumed by principal 'events.amazonaws.com'.",
    "scheduler": "ValidationException: The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
    "states": "AccessDeniedException: Neither the global service principal states.amazonaws.com, nor the regional one is "
    "authorized to assume the provided role.",
    "codebuild": "InvalidInputException: CodeBuild is not authorized to perform: sts:AssumeRole on service role",
    "eks": "InvalidParameterException: Role with arn: could not be assumed because the trust relationship does not allow "
    "eks.amazonaws.com",
    "glue": "InvalidInputException: Service is unable to assume provided role. Please verify role's TrustPolicy",
    "ecs-tasks": "ClientException: ECS was unable to assume the role that was provided for this task. Please verify that the "
    "role being passed has the proper trust relationship",
    "firehose": "InvalidArgumentException: Firehose is unable to assume role. Please check the role provided.",
    "cloudtrail": "InvalidCloudWatchLogsRoleArnException: Access denied. Check the trust relationships for your role.",
}
_MEANT: Final = pairs(
    """
    ecs-task=ecs-tasks ecstasks=ecs-tasks event=events eventbridge=events cloudwatchevents=events log=logs cloudwatchlogs=logs
    cloudwatch-logs=logs stepfunctions=states step-functions=states sfn=states kinesis-firehose=firehose
    secretmanager=secretsmanager secrets-manager=secretsmanager api-gateway=apigateway code-build=codebuild
    code-pipeline=codepipeline rds-monitoring=monitoring.rds rds.monitoring=monitoring.rds flow-logs=vpc-flow-logs
    vpcflowlogs=vpc-flow-logs lambdas=lambda emr=elasticmapreduce aws-backup=backup budget=budgets cloud-trail=cloudtrail
    auto-scaling=autoscaling
    """
)
"""Names of services that are not their principals -> the principal."""


@rules.rule("role-trusts-its-service", "F221", " ".join(ROLES))
def _trusts(resource: Resource) -> Answers:
    """A role that is given to a service trusts that service.

    Allow sts:AssumeRole to the service's principal in the role's assumeRolePolicy.
    """
    for path, services in ROLES[resource.kind]:
        for role in targets(resource, path, "iam/role"):
            try:
                trusted = any(trusts(role, service) for service in services.split())
            except UnknownValueError:
                yield NOT_JUDGED
                continue
            if not trusted:
                name = services.split()[0]
                answer = _ANSWERS.get(name, f"the role cannot be assumed by {name}.amazonaws.com")
                yield Finding(path, role.name, f"a role that trusts {name}.amazonaws.com", f"{path} {role.name}", answer)
        if resource.get(path.removesuffix("[]")) is UNKNOWN and not targets(resource, path, "iam/role"):
            yield NOT_JUDGED


_POLICIES: Final = {"iam/role": "assumeRolePolicy", **RESOURCE}


def _principals(resource: Resource) -> Iterator[tuple[str, Principal]]:
    """The principals of a resource's own policy, each with the property that holds it."""
    path = _POLICIES[resource.kind]
    for _, value in resource.each(path):
        for statement in readable(value):
            yield from ((path, principal) for principal in (*statement.principals, *statement.not_principals))


def _form(resource: Resource) -> Answers:
    """Principals are written as IAM writes them."""
    for path, principal in _principals(resource):
        value = principal.value
        if value is UNKNOWN:
            yield NOT_JUDGED
        elif isinstance(value, str) and value != "*" and (expected := _wrong(principal.type, value)):
            answer = f'MalformedPolicyDocument: Invalid principal in policy: "{principal.type.upper()}":"{value}"'
            yield Finding(path, value, expected, f"{path} {value}", answer)


def _wrong(kind: str, value: str) -> str:
    """What would be right in place of a principal; empty if it is written right."""
    if kind == "Service":
        if not re.search(r"\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal|aws\.a2z\.com|aws\.dev)$", value):
            return "a service principal, such as lambda.amazonaws.com"
        name = value.removesuffix(".cn").removesuffix(".amazonaws.com")
        return f"{_MEANT[name]}.amazonaws.com" if name in _MEANT else ""
    if kind == "AWS":
        arn = arn_of(value)
        if arn is None:
            return "" if re.fullmatch(r"\d{12}|A[A-Z0-9]{15,}", value) else "an account id, an ARN, or *"
        if arn.service == "iam" and "*" in arn.resource:
            return "a whole ARN, or the account with a condition on aws:PrincipalArn"
        if arn.service == "iam" and arn.resource.startswith(("group/", "policy/", "instance-profile/")):
            return "a role, a user or an account: groups and policies are no principals"
        return "" if arn.service in ("iam", "sts") else "an ARN of IAM or STS"
    if kind == "Federated":
        return "" if arn_of(value) or re.fullmatch(r"[a-z0-9.-]+(/.*)?", value) else "the ARN of an identity provider"
    return "" if kind in ("CanonicalUser", "*") else "a principal with its type (AWS, Service, Federated)"


for _policy, _name, _kinds in (
    ("Trust", "trust-policy-principals", "iam/role"),
    ("Resource", "resource-policy-principals", " ".join(RESOURCE)),
):
    rules.named(_name, "F259", _kinds).add(
        _form,
        description=f"{_policy} policies name principals as IAM writes them.",
        remediation="Use the service's own principal, whole ARNs without wildcards, or account ids.",
    )


@rules.rule("trust-policy-action-of-principal", "F259", "iam/role")
def _action(role: Resource) -> Answers:
    """Federated principals assume a role with their own action, others with sts:AssumeRole.

    Use sts:AssumeRoleWithWebIdentity for OIDC, sts:AssumeRoleWithSAML for SAML, sts:AssumeRole for the rest.
    """
    for statement in readable(role.get("assumeRolePolicy")):
        if not statement.allow or statement.not_actions:
            continue
        for principal in statement.principals:
            if principal.value is UNKNOWN:
                yield NOT_JUDGED
                continue
            wanted = "sts:AssumeRole"
            if principal.type == "Federated":
                saml = ":saml-provider/" in str(principal.value)
                wanted = "sts:AssumeRoleWithSAML" if saml else "sts:AssumeRoleWithWebIdentity"
            if not statement.covers(wanted) and any(re.search("assume", action, re.IGNORECASE) for action in statement.actions):
                answer = "No error: the role can never be assumed (AccessDenied on the call)"
                yield Finding("assumeRolePolicy", ", ".join(statement.actions), wanted, f"{principal.value}", answer)


def _exist(resource: Resource) -> Answers:
    """Principals that this stack makes come before the policy that names them by text."""
    for path, principal in _principals(resource):
        arn = arn_of(principal.value) if principal.type == "AWS" and principal.value is not UNKNOWN else None
        if arn is None or arn.service != "iam":
            continue
        kind = {"role": "iam/role", "user": "iam/user"}.get(arn.resource.partition("/")[0])
        for maker in by_value(resource.graph, kind, "name").get(arn.name, ()) if kind else ():
            if maker is not resource and maker.account in (None, arn.account) and not resource.after(maker):
                expected = f"the arn of {maker.name}, or dependsOn it: this stack makes it"
                yield Finding(path, principal.value, expected, maker.name)


rules.named("kms-policy-principals-exist", "F115", " ".join((*KEYS, "kms/keyPolicy"))).add(
    _exist,
    description="Roles and users that a key policy names exist when the key is made.",
    remediation="Take the ARN from the role's output; or allow the account, with a condition on aws:PrincipalArn.",
)
rules.named("policy-principals-exist", "F258", " ".join(kind for kind in _POLICIES if not kind.startswith("kms/"))).add(
    _exist,
    description="Roles and users that a policy names exist when the policy is put.",
    remediation="Take the ARN from the role's output.",
)
