"""Cases of policies/feasibility/rules/directory/directories.py."""

from tests.policies.given.feasibility.account import BUCKET, CHANNEL, EAST, HERE, RECORDER, ROLE_ARN, two
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases

STATUS = "aws:cfg/recorderStatus:RecorderStatus"
DIRECTORY = "aws:directoryservice/directory:Directory"
PERMISSIONS = "aws:ssoadmin/permissionSet:PermissionSet"
TRAIL = "aws:cloudtrail/trail:Trail"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
SSO = "arn:aws:sso:::instance/ssoins-1111111111111111"
GROUP_ARN = "arn:aws:logs:us-east-2:111111111111:log-group:trail:*"


def configured(*depends: tuple[str, str], token: str = CHANNEL) -> list[Planned]:
    earlier = RECORDER if token == CHANNEL else CHANNEL
    return [planned(earlier, "first"), planned(token).after(*depends)]


def trailed(*, policy: bool, after: bool = False) -> list[Planned]:
    made = planned(BUCKET_POLICY, "policy", bucket=ref(BUCKET, "log"), policy="{}")
    depends = [(BUCKET_POLICY, "policy")] if after else []
    trail = planned(TRAIL, s3BucketName=ref(BUCKET, "log")).after(*depends)
    return [planned(BUCKET, "log"), *([made] if policy else []), trail]


MICROSOFT = {"type": "MicrosoftAD", "vpcSettings": {}}

CASES: dict[str, Cases] = {
    "directory-password": Cases(
        token=DIRECTORY,
        fails=[{"password": text} for text in ("onlyletters", "Sh0rt!", "Correc7", "Correct7" * 8 + "!", "Administrator-1")],
        passes=[{"password": text} for text in ("Correct-Horse-7", "Correct7", "Correct7" * 8)],
        unknown=[{"password": UNKNOWN}],
    ),
    "directory-type": Cases(
        token=DIRECTORY,
        fails=[
            {"name": "corp", **MICROSOFT},
            {"name": "corp.example.com", "shortName": "a.b", **MICROSOFT},
            {"name": "corp.example.com", "type": "MicrosoftAD"},
            {"name": "corp.example.com", "size": "Small", **MICROSOFT},
            {"name": "corp.example.com", "type": "SimpleAD", "vpcSettings": {}, "size": "Small", "edition": "Standard"},
            {"name": "corp.example.com", "type": "ADConnector", "size": "Small"},
            {"name": "corp.example.com", "enableSso": True, "type": "MicrosoftAD", "vpcSettings": {"vpcId": "vpc-1"}},
        ],
        passes=[
            {"name": "corp.example.com", "shortName": "CORP", "type": "MicrosoftAD", "vpcSettings": {"vpcId": "vpc-1"}},
            {"name": "corp.example.com", "size": "Small", "vpcSettings": {"vpcId": "vpc-1"}},
            {"name": "corp.example.com", "type": "ADConnector", "size": "Small", "connectSettings": {"vpcId": "vpc-1"}},
        ],
        unknown=[{"name": UNKNOWN, "type": "MicrosoftAD", "vpcSettings": {"vpcId": "vpc-1"}}],
    ),
    "identity-center-one-region": Cases(
        token=PERMISSIONS,
        fails=[
            [
                planned(PERMISSIONS, "a", instanceArn=SSO).with_provider(HERE),
                planned(PERMISSIONS, "b", instanceArn=SSO).with_provider(HERE),
                planned("aws:ssoadmin/accountAssignment:AccountAssignment", instanceArn=SSO).with_provider(EAST),
            ]
        ],
        passes=[two(PERMISSIONS, {"instanceArn": SSO}, {"instanceArn": SSO})],
        unknown=[{"instanceArn": UNKNOWN}],
    ),
    "permission-set-session": Cases(
        token=PERMISSIONS,
        fails=[{"sessionDuration": value} for value in ("PT13H", "PT12H1M", "PT59M", "PT30M", "2h")],
        passes=[{}, *({"sessionDuration": value} for value in ("PT1H", "PT8H", "PT12H", "PT1H30M"))],
        unknown=[{"sessionDuration": UNKNOWN}],
    ),
    "trail-log-group": Cases(
        token=TRAIL,
        fails=[
            {"cloudWatchLogsGroupArn": GROUP_ARN.removesuffix(":*"), "cloudWatchLogsRoleArn": ROLE_ARN},
            {"cloudWatchLogsGroupArn": GROUP_ARN},
            {"cloudWatchLogsRoleArn": ROLE_ARN},
        ],
        passes=[{}, {"cloudWatchLogsGroupArn": GROUP_ARN, "cloudWatchLogsRoleArn": ROLE_ARN}],
        unknown=[{"cloudWatchLogsGroupArn": UNKNOWN, "cloudWatchLogsRoleArn": UNKNOWN}],
    ),
    "trail-bucket-policy": Cases(
        token=TRAIL,
        fails=[trailed(policy=False), trailed(policy=True)],
        passes=[trailed(policy=True, after=True), {"s3BucketName": "logs-of-another-stack"}],
        unknown=[{"s3BucketName": UNKNOWN}],
    ),
    "config-order": Cases(
        token=CHANNEL,
        fails=[configured(), configured(token=STATUS)],
        passes=[configured((RECORDER, "first")), configured((CHANNEL, "first"), token=STATUS), {}],
        never_unknown=True,
    ),
}
