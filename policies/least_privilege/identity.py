"""What roles, users and groups may do: no administrator, no whole service, no data of everybody, no role passed to anything."""

from collections.abc import Mapping, Sequence
from typing import Final

from policies.kit.document import Statement, covers_everything, glob
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Options, Rules
from policies.kit.values import UNKNOWN, as_list
from policies.least_privilege.documents import ATTACHED, IDENTITY, TRUST, each_statement, readable

rules: Final = Rules("least_privilege")

_IDENTITY_KINDS: Final = " ".join(IDENTITY)
_ALL_KINDS: Final = " ".join(dict.fromkeys((*IDENTITY, *ATTACHED)))

rules.add(
    "policy-document-readable",
    "C189",
    _ALL_KINDS,
    readable(IDENTITY, ATTACHED, TRUST),
    description="Policy documents are valid: JSON, statements with an effect and an action.",
    mend="Correct the document; an unreadable one is judged by no other rule.",
)


def _administrator(_: Resource, where: str, statement: Statement) -> Answers:
    everything = [action for action in statement.actions if action.strip("*:") == ""]
    if statement.allow and everything and covers_everything(statement.resources):
        yield Finding(f"{where}.Action", everything[0], "the actions the workload needs, on the ARNs it needs")


rules.add(
    "administrator-statement",
    "C179",
    _IDENTITY_KINDS,
    each_statement(IDENTITY, _administrator),
    description="No statement allows every action on every resource.",
    mend="Name actions and ARNs.",
)


def _wildcard_action(_: Resource, where: str, statement: Statement) -> Answers:
    for action in statement.actions if statement.allow else ():
        if action.partition(":")[2].strip("*") == "":
            yield Finding(f"{where}.Action", action, "named actions of the service", detail=action)


rules.add(
    "wildcard-action",
    "C180",
    _IDENTITY_KINDS,
    each_statement(IDENTITY, _wildcard_action),
    description="No statement allows a whole service.",
    mend="Name the actions; a prefix such as kms:GenerateDataKey* may stand.",
)

# Actions on one named thing each; the common ones of the services in use. All of them take a resource ARN.
_NAMED_RESOURCE_ACTIONS: Final = (
    *("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "s3:PutBucketPolicy", "s3:DeleteBucket"),
    *("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:Query", "dynamodb:Scan"),
    *("dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:DeleteTable"),
    *("secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue", "secretsmanager:DeleteSecret"),
    *("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath", "ssm:PutParameter", "ssm:StartSession"),
    *("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"),
    *("sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:PurgeQueue", "sns:Publish"),
    *("lambda:InvokeFunction", "lambda:UpdateFunctionCode", "lambda:DeleteFunction"),
    *("iam:PassRole", "iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:CreatePolicyVersion", "iam:UpdateAssumeRolePolicy"),
    *("iam:CreateAccessKey", "iam:DeleteRole", "sts:AssumeRole"),
    *("rds:DeleteDBInstance", "rds:ModifyDBInstance", "rds-db:connect", "rds:CreateDBSnapshot"),
    *("ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage", "ecr:PutImage"),
    *("logs:CreateLogStream", "logs:PutLogEvents", "logs:DeleteLogGroup"),
    *("ecs:UpdateService", "ecs:RunTask", "ecs:ExecuteCommand", "ecs:StopTask"),
    *("kinesis:PutRecord", "kinesis:GetRecords", "firehose:PutRecord", "firehose:PutRecordBatch"),
    *("es:ESHttpGet", "es:ESHttpPost", "es:ESHttpPut", "states:StartExecution", "events:PutEvents"),
    *("ec2:TerminateInstances", "ec2:StopInstances", "ec2:AuthorizeSecurityGroupIngress"),
)
_RESOURCE_CONDITIONS: Final = (
    "aws:resourcetag/*",
    "*:resourcetag/*",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "kms:viaservice",
    "kms:encryptioncontext:*",
    "kms:resourcealiases",
    "dynamodb:leadingkeys",
    "ecs:cluster",
    "s3:dataaccesspointaccount",
)


def _wildcard_resource(_: Resource, where: str, statement: Statement) -> Answers:
    wide = [name for name in statement.resources if covers_everything([name]) or _whole_service(name)]
    if not statement.allow or not wide or statement.condition_values(*_RESOURCE_CONDITIONS):
        return
    for action in statement.actions:
        covered = next((known for known in _NAMED_RESOURCE_ACTIONS if glob(action).fullmatch(known)), None)
        if covered:
            yield Finding(f"{where}.Resource", wide[0], f"the ARNs that {action} is for", detail=action)


def _whole_service(arn: str) -> bool:
    """Whether an ARN names every thing of a service (`arn:aws:s3:::*`, `arn:aws:sqs:*:*:*`)."""
    parts = arn.split(":", 5)
    return len(parts) == 6 and parts[5].strip("*/") == ""


rules.add(
    "wildcard-resource",
    "C181",
    _IDENTITY_KINDS,
    each_statement(IDENTITY, _wildcard_resource),
    description="Actions that work on one named thing are not allowed on every resource.",
    mend="Name the ARNs the workload was handed, or bind the statement by a resource condition.",
)


def _decrypt_everything(_: Resource, where: str, statement: Statement) -> Answers:
    if statement.condition_values("kms:viaservice", "kms:encryptioncontext:*", "kms:resourcealiases", "aws:resourcetag/*"):
        return
    for action in ("kms:Decrypt", "kms:ReEncryptFrom"):
        for name in statement.resources if statement.allows(action) else ():
            if covers_everything([name]) or name.endswith((":key/*", ":*")):
                yield Finding(f"{where}.Resource", name, f"the keys that {action} is for", detail=action)


rules.add(
    "decrypt-any-key",
    "C075",
    _IDENTITY_KINDS,
    each_statement(IDENTITY, _decrypt_everything),
    description="No policy allows decryption under every key.",
    mend="Name the key ARNs, or bind the statement by kms:ViaService and an encryption context.",
)


def _pass_role(_: Resource, where: str, statement: Statement) -> Answers:
    if not statement.allows("iam:PassRole"):
        return
    for name in statement.resources:
        if covers_everything([name]) or name.endswith((":*", "role/*")):
            yield Finding(f"{where}.Resource", name, "the ARNs of the roles it may pass", detail="resource")
    if not statement.condition_values("iam:passedtoservice"):
        yield Finding(f"{where}.Condition", None, "iam:PassedToService with the service that gets the role", detail="condition")


rules.add(
    "pass-role",
    "C187",
    _IDENTITY_KINDS,
    each_statement(IDENTITY, _pass_role),
    description="iam:PassRole names the roles and the service they are passed to.",
    mend="Name the role ARNs and add the condition iam:PassedToService.",
)


def _inverted(_: Resource, where: str, statement: Statement) -> Answers:
    if statement.allow:
        for element, values in (
            ("NotAction", statement.not_actions),
            ("NotResource", statement.not_resources),
            ("NotPrincipal", statement.not_principals),
        ):
            if values:
                yield Finding(
                    f"{where}.{element}", [str(value) for value in values], f"{element[3:]} in an Allow", detail=element
                )


def _inverted_anywhere(resource: Resource) -> Answers:
    for table in (IDENTITY, ATTACHED, TRUST):
        if resource.kind in table:
            yield from each_statement(table, _inverted)(resource)


rules.add(
    "inverted-allow",
    "C188",
    _ALL_KINDS,
    _inverted_anywhere,
    description="No Allow statement says what it is not (NotAction, NotResource, NotPrincipal).",
    mend="List what is allowed.",
)

_ATTACHMENTS: Final = {
    "iam/rolePolicyAttachment": "policyArn",
    "iam/userPolicyAttachment": "policyArn",
    "iam/groupPolicyAttachment": "policyArn",
    "iam/policyAttachment": "policyArn",
    "iam/role": "managedPolicyArns[]",
    "iam/rolePolicyAttachmentsExclusive": "policyArns[]",
    "ssoadmin/managedPolicyAttachment": "managedPolicyArn",
}
_ADMINISTRATORS: Final = ("AdministratorAccess", "IAMFullAccess", "PowerUserAccess")


def _aws_policies(resource: Resource) -> Sequence[tuple[str, str | None]]:
    """Path and name of each AWS managed policy the resource attaches; the name is None while the ARN is unknown."""
    found: list[tuple[str, str | None]] = []
    for where, arn in resource.each(_ATTACHMENTS[resource.kind]):
        if arn is UNKNOWN:
            from_stack = resource.sources(where)
            if not from_stack or "iam/policy" not in from_stack:
                found.append((where, None))
        elif isinstance(arn, str) and ":iam::aws:policy/" in arn:
            found.append((where, arn.partition(":iam::aws:policy/")[2]))
    return found


@rules.rule(
    "administrator-attached",
    "C193",
    " ".join(_ATTACHMENTS),
    description="AdministratorAccess, IAMFullAccess and PowerUserAccess are attached to nothing.",
    mend="Attach a policy of the project that names what is needed.",
)
def _administrator_attached(resource: Resource) -> Answers:
    for where, name in _aws_policies(resource):
        if name is None:
            yield NOT_JUDGED
        elif name.rpartition("/")[2] in _ADMINISTRATORS:
            yield Finding(where, name, "a policy with the actions that are needed", detail=name)


@rules.configurable(
    "aws-managed-policy",
    "C194",
    " ".join(_ATTACHMENTS),
    description="AWS managed policies come only from the list of those that were reviewed.",
    mend="Write the statements that are needed, or add the policy to the list in the pack's configuration.",
    options={
        "allowed": {
            "type": "array",
            "items": {"type": "string"},
            "default": [
                "service-role/AmazonECSTaskExecutionRolePolicy",
                "service-role/AmazonRDSEnhancedMonitoringRole",
                "service-role/AWSLambdaBasicExecutionRole",
                "service-role/AWSLambdaVPCAccessExecutionRole",
                "service-role/AWSBackupServiceRolePolicyForBackup",
                "service-role/AWSBackupServiceRolePolicyForRestores",
                "service-role/AWS_ConfigRole",
                "service-role/AWSBatchServiceRole",
                "AmazonSSMManagedInstanceCore",
            ],
            "description": "Names of AWS managed policies, as they follow `policy/` in the ARN.",
        }
    },
)
def _aws_managed_policy(resource: Resource, options: Options) -> Answers:
    for where, name in _aws_policies(resource):
        if name is None:
            yield NOT_JUDGED
        elif name not in options["allowed"] and name.rpartition("/")[2] not in _ADMINISTRATORS:
            yield Finding(where, name, "one of the reviewed policies", detail=name)


_USER_KINDS: Final[Mapping[str, str]] = {
    "iam/user": "people sign in through SSO and workloads through roles",
    "iam/userPolicy": "the policy on a group or role",
    "iam/userPolicyAttachment": "the policy on a group or role",
}


@rules.rule(
    "no-users",
    "C195",
    f"{' '.join(_USER_KINDS)} iam/policyAttachment",
    description="There are no IAM users, and no policies on users.",
    mend="Use SSO for people and roles for workloads.",
)
def _no_users(resource: Resource) -> Answers:
    if resource.kind in _USER_KINDS:
        yield Finding("", None, _USER_KINDS[resource.kind])
    elif as_list(resource.get("users")):
        yield Finding("users", resource.get("users"), "groups or roles")


@rules.rule(
    "no-stray-inline-policy",
    "C196",
    "iam/rolePolicy iam/userPolicy iam/groupPolicy",
    needs_stack=True,
    description="Inline policies exist only inside the component that owns the role.",
    mend="Make it a Policy with an attachment, or a child of the component that owns the role.",
)
def _no_stray_inline_policy(policy: Resource) -> Answers:
    if policy.kind != "iam/rolePolicy":
        yield Finding("policy", "inline", "a managed policy on a group or role")
        return
    owners = policy.graph.referred(policy, "role", "iam/role")
    component = policy.parent and "pulumi:pulumi:Stack" not in policy.parent.rpartition("::")[0]
    if not owners and policy.get("role") is UNKNOWN:
        yield NOT_JUDGED
    elif not (component and owners and all(policy.parent in (role.parent, role.urn) for role in owners)):
        yield Finding("policy", "inline", "a managed policy, or an inline one in the component that owns the role")


@rules.rule(
    "one-owner-of-role-policies",
    "C197",
    "iam/role",
    needs_stack=True,
    description="A role's policies are owned either by the role itself or by attachment resources, not by both.",
    mend="Remove managedPolicyArns and inlinePolicies from the role and attach each policy by a resource.",
)
def _one_owner(role: Resource) -> Answers:
    for prop, kind in (("managedPolicyArns", "iam/rolePolicyAttachment"), ("inlinePolicies", "iam/rolePolicy")):
        if role.get(prop) is not None:
            attached = role.graph.referring(role, kind, "role")
            if attached:
                yield Finding(prop, f"set, and {attached[0].name} attaches another", "one of the two", detail=prop)
