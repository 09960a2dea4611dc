"""Cases of policies/controls/least_privilege/abroad.py."""

import json
from collections.abc import Mapping
from typing import Any

from tests.policies.given.least_privilege.access import admits, known_account
from tests.policies.given.least_privilege.common import OTHER, OWN, ROLE, ROLE_ARN, UNKNOWN_POLICY, document
from tests.policies.harness import UNKNOWN, planned, ref
from tests.policies.table import Case, Cases

BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"
TABLE_POLICY = "aws:dynamodb/resourcePolicy:ResourcePolicy"
TABLE = f"arn:aws:dynamodb:us-east-2:{OWN}:table/sessions"
ORGANISATION = "o-a1b2c3d4e5"
OF_ORGANISATION = {"StringEquals": {"aws:PrincipalOrgID": ORGANISATION}}
ORGANISATION_ARN = f"arn:aws:organizations::{OTHER}:organization/{ORGANISATION}"
THEIR_ROLE = f"arn:aws:iam::{OTHER}:role/reader"
CANONICAL = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"


def equal(key: str, value: Any) -> dict[str, Any]:
    return {"StringEquals": {key: value}}


# Whom a statement names, and on which condition: none of these is at home.
STRANGERS: tuple[tuple[Any, Any], ...] = (
    ({"AWS": f"arn:aws:iam::{OTHER}:root"}, None),
    ({"AWS": [ROLE_ARN, OTHER]}, None),
    ({"AWS": f"arn:aws:quicksight:us-east-2:{OTHER}:user/default/x"}, None),
    ({"AWS": OTHER}, equal("sts:ExternalId", "abc123")),
    ({"AWS": OTHER}, equal("s3:DataAccessPointAccount", OWN)),  # the caller is abroad, whosever the access point is
    ({"AWS": OTHER}, OF_ORGANISATION),
    ({"AWS": "AROAEXAMPLEID12345678"}, None),
    ({"CanonicalUser": CANONICAL}, None),
    ({"Federated": f"arn:aws:iam::{OTHER}:saml-provider/x"}, None),
    ({"Service": "datazone.amazonaws.com"}, equal("aws:SourceAccount", OTHER)),
    ({"Service": "s3.amazonaws.com"}, {"StringEqualsIfExists": {"aws:SourceAccount": OTHER}}),
    ("*", equal("aws:PrincipalAccount", OTHER)),
    ("*", equal("aws:PrincipalAccount", [OWN, OTHER])),
    ("*", equal("kms:CallerAccount", OTHER)),
    ("*", {"StringEquals": {"kms:CallerAccount": OTHER, "kms:ViaService": "s3.us-east-2.amazonaws.com"}}),
    ("*", equal("aws:SourceAccount", OTHER)),
    ("*", equal("s3:DataAccessPointAccount", OTHER)),
    ("*", equal("aws:PrincipalOrgPaths", f"{ORGANISATION}/r-ab12/ou-ab12-11111111/")),
    ("*", equal("aws:userid", "AROAEXAMPLEID12345678:*")),
    ("*", OF_ORGANISATION),
    ("*", {"StringEquals": {"aws:SourceAccount": OWN, "aws:PrincipalAccount": OTHER}}),
    ({"AWS": "*"}, {"ArnLike": {"aws:PrincipalArn": [ROLE_ARN, THEIR_ROLE]}}),
    ({"AWS": "*"}, {"ArnLike": {"aws:SourceArn": f"arn:aws:sns:us-east-2:{OTHER}:alerts"}}),
)
AT_HOME: tuple[tuple[Any, Any], ...] = (
    ({"AWS": ROLE_ARN}, None),
    ({"AWS": OWN}, None),
    ({"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}, None),
    ({"AWS": OTHER}, equal("aws:PrincipalAccount", OWN)),
    ({"Federated": "cognito-identity.amazonaws.com"}, None),
    ({"Service": "events.amazonaws.com"}, None),
    ({"Service": "events.amazonaws.com"}, {"ArnLike": {"aws:SourceArn": f"arn:aws:events:us-east-2:{OWN}:rule/*"}}),
    ({"Service": "events.amazonaws.com"}, {"StringNotEquals": {"aws:SourceAccount": OTHER}}),
    ({"Service": "logging.s3.amazonaws.com"}, {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::lake"}}),
    ({"AWS": "*"}, equal("AWS:SourceOwner", OWN)),
    ("*", equal("aws:PrincipalAccount", OWN)),
    ("*", equal("s3:DataAccessPointAccount", OWN)),
    ("*", {"StringEquals": {"aws:PrincipalAccount": OWN, "aws:PrincipalOrgID": ORGANISATION}}),
    ("*", {"StringEquals": {"aws:SourceVpce": "vpce-123abc456def7890g"}}),
    ("*", None),  # is for the rules on what is public
)


def held(prop: str, *arguments: Any, **more: Any) -> dict[str, Any]:
    """A policy in the property of a kind."""
    return {prop: admits(*arguments, **more)["policy"]}


def foreign(token: str, arn: str = "") -> Cases:
    """Cases of a rule that wants nobody from abroad in a policy; `arn`, where policies hold one, is of the own account."""
    told: list[Case] = [admits({"AWS": OTHER}, resource=arn), {**admits({"AWS": OTHER}), "arn": arn, "resourceArn": arn}]
    return Cases(
        token=token,
        fails=[*(known_account(token, admits(*each)) for each in STRANGERS), *(told if arn else [])],
        passes=[
            *(known_account(token, admits(*each)) for each in AT_HOME),
            *[admits({"AWS": ROLE_ARN}, resource=each) for each in [arn] if each],
            known_account(token, admits({"AWS": OTHER}, effect="Deny")),
        ],
        unknown=[
            *UNKNOWN_POLICY,
            admits({"AWS": OTHER}),  # nobody says which account is the own one
            known_account(token, {"policy": json.loads(admits({"AWS": [ROLE_ARN, UNKNOWN]})["policy"])}),
        ],
    )


# Where the document is in kinds other than the table's.
DOCUMENTS: Mapping[str, str] = {
    "aws:backup/vaultPolicy:VaultPolicy": "policy",
    "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy": "accessPolicy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:glue/resourcePolicy:ResourcePolicy": "policy",
    "aws:iam/role:Role": "assumeRolePolicy",
    "aws:kinesis/resourcePolicy:ResourcePolicy": "policy",
    "aws:kms/key:Key": "policy",
    "aws:kms/keyPolicy:KeyPolicy": "policy",
    "aws:opensearch/domainPolicy:DomainPolicy": "accessPolicies",
    "aws:s3control/accessPointPolicy:AccessPointPolicy": "policy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
    "aws:sqs/queuePolicy:QueuePolicy": "policy",
}
BUCKETS = foreign(BUCKET_POLICY)

# Type -> inputs that name somebody abroad.
NAMED: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("aws:athena/dataCatalog:DataCatalog", {"parameters": {"function": f"arn:aws:lambda:us-east-2:{OTHER}:function:x"}}),
    (
        "aws:backup/plan:Plan",
        {"rules": [{"copyActions": [{"destinationVaultArn": f"arn:aws:backup:us-east-2:{OTHER}:backup-vault:x"}]}]},
    ),
    ("aws:cloudwatch/eventPermission:EventPermission", {"principal": OTHER}),
    (
        "aws:cloudwatch/eventPermission:EventPermission",
        {"principal": "*", "condition": {"type": "StringEquals", "key": "aws:PrincipalOrgID", "value": ORGANISATION}},
    ),
    ("aws:cloudwatch/eventTarget:EventTarget", {"arn": f"arn:aws:events:us-east-2:{OTHER}:event-bus/default"}),
    (
        "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
        {"destinationArn": f"arn:aws:logs:us-east-2:{OTHER}:destination:x"},
    ),
    ("aws:dynamodb/tableExport:TableExport", {"s3Bucket": "theirs", "s3BucketOwner": OTHER}),
    ("aws:ec2/amiLaunchPermission:AmiLaunchPermission", {"accountId": OTHER}),
    ("aws:ec2/amiLaunchPermission:AmiLaunchPermission", {"organizationArn": ORGANISATION_ARN}),
    ("aws:ec2/amiLaunchPermission:AmiLaunchPermission", {"group": "all"}),
    ("aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission", {"accountId": OTHER}),
    (
        "aws:glue/catalogDatabase:CatalogDatabase",
        {"createTableDefaultPermissions": [{"principal": {"dataLakePrincipalIdentifier": OTHER}}]},
    ),
    ("aws:kms/grant:Grant", {"granteePrincipal": THEIR_ROLE, "constraints": [{"encryptionContextSubset": {"tenant": "a"}}]}),
    ("aws:lakeformation/dataLakeSettings:DataLakeSettings", {"createTableDefaultPermissions": [{"principal": OTHER}]}),
    ("aws:lakeformation/dataLakeSettings:DataLakeSettings", {"externalDataFilteringAllowLists": [OTHER]}),
    ("aws:lakeformation/identityCenterConfiguration:IdentityCenterConfiguration", {"shareRecipients": [OTHER]}),
    ("aws:lambda/permission:Permission", {"principal": OTHER}),
    ("aws:lambda/permission:Permission", {"principal": "*", "principalOrgId": ORGANISATION}),
    ("aws:opensearch/authorizeVpcEndpointAccess:AuthorizeVpcEndpointAccess", {"account": OTHER}),
    ("aws:ram/principalAssociation:PrincipalAssociation", {"principal": OTHER}),
    ("aws:ram/principalAssociation:PrincipalAssociation", {"principal": ORGANISATION_ARN}),
    ("aws:ram/principalAssociation:PrincipalAssociation", {"principal": ORGANISATION_ARN.replace(OTHER, OWN)}),
    ("aws:rds/snapshot:Snapshot", {"sharedAccounts": [OWN, OTHER]}),
    ("aws:redshift/dataShareAuthorization:DataShareAuthorization", {"consumerIdentifier": OTHER}),
    ("aws:redshift/endpointAuthorization:EndpointAuthorization", {"account": OTHER}),
    ("aws:s3/bucketReplicationConfig:BucketReplicationConfig", {"rules": [{"destination": {"account": OTHER}}]}),
    ("aws:s3/objectCopy:ObjectCopy", {"grants": [{"type": "CanonicalUser", "id": CANONICAL, "permissions": ["READ"]}]}),
    ("aws:s3control/accessGrant:AccessGrant", {"grantee": {"granteeType": "IAM", "granteeIdentifier": THEIR_ROLE}}),
    ("aws:sns/topicSubscription:TopicSubscription", {"endpoint": f"arn:aws:sqs:us-east-2:{OTHER}:theirs"}),
    ("aws:sqs/redrivePolicy:RedrivePolicy", {"queueUrl": f"https://sqs.us-east-2.amazonaws.com/{OTHER}/theirs"}),
    ("aws:ssm/document:Document", {"permissions": {"account_ids": f"{OWN}, {OTHER}"}}),
    # A policy in a kind that no table of policies has: as text, as an object, in a list.
    ("aws:apigateway/restApi:RestApi", admits({"AWS": OTHER})),
    ("aws:vpclattice/authPolicy:AuthPolicy", {"policy": json.loads(admits("*", OF_ORGANISATION)["policy"])}),
    ("aws:example/thing:Thing", {"parts": [{"policy": admits({"AWS": ROLE_ARN})["policy"]}, admits({"AWS": OTHER})]}),
)
UNNAMED: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("aws:sns/topicSubscription:TopicSubscription", {"endpoint": f"arn:aws:sqs:us-west-2:{OWN}:ours"}),
    ("aws:s3/bucketReplicationConfig:BucketReplicationConfig", {"rules": [{"destination": {"account": OWN}}]}),
    ("aws:lambda/permission:Permission", {"principal": "events.amazonaws.com", "sourceAccount": OWN}),
    ("aws:lambda/function:Function", {"layers": [f"arn:aws:lambda:us-east-2:{OTHER}:layer:insights:1"]}),
    ("aws:lambda/function:Function", {"environment": {"variables": {"PARTNER": OTHER}}}),
    ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {"policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
    ("aws:iam/policy:Policy", {"policy": document({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": THEIR_ROLE})}),
    ("aws:sqs/queue:Queue", {"name": "queue", "tags": {"Partner": OTHER}}),
    ("aws:ssm/parameter:Parameter", {"value": OTHER}),
    ("aws:lakeformation/permissions:Permissions", {"principal": OTHER}),  # is for lake-grant-products-only
    ("aws:kms/grant:Grant", {"granteePrincipal": ref(ROLE, "reader")}),
    ("aws:glue/catalogTable:CatalogTable", {"targetTable": {"catalogId": OTHER, "databaseName": "theirs", "name": "rates"}}),
    (BUCKET_POLICY, admits({"AWS": OTHER})),  # is for policy-shares-nothing-abroad
    ("aws:apigateway/restApi:RestApi", admits("*", equal("aws:PrincipalAccount", OWN))),
)
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"

CASES: dict[str, Cases] = {
    "sns-policy-own-account": foreign(TOPIC_POLICY, f"arn:aws:sns:us-east-2:{OWN}:alerts"),
    "dynamodb-policy-own-account": foreign(TABLE_POLICY, TABLE),
    "policy-shares-nothing-abroad": Cases(
        token=BUCKET_POLICY,
        fails=[
            *BUCKETS.fails,
            *(known_account(token, held(prop, {"AWS": OTHER})) for token, prop in DOCUMENTS.items()),
            known_account(
                "aws:s3control/multiRegionAccessPointPolicy:MultiRegionAccessPointPolicy",
                {"details": {"name": "m", **admits({"AWS": OTHER})}},
            ),
        ],
        passes=[
            *BUCKETS.passes,
            *(known_account(token, held(prop, {"AWS": ROLE_ARN})) for token, prop in DOCUMENTS.items()),
        ],
        unknown=BUCKETS.unknown,
    ),
    "input-names-nobody-abroad": Cases(
        token=SUBSCRIPTION,
        fails=[known_account(token, dict(inputs)) for token, inputs in NAMED],
        passes=[{"endpoint": "x@example.com"}, *(known_account(token, dict(inputs)) for token, inputs in UNNAMED)],
        unknown=[
            planned("aws:kms/grant:Grant", granteePrincipal=UNKNOWN),
            {"endpoint": f"arn:aws:sqs:us-west-2:{OWN}:ours"},  # of whose account nobody says
        ],
    ),
}
