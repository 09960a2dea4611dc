"""Cases of policies/feasibility/rules/backup/plans.py."""

from typing import Any

from tests.policies.given.feasibility.parts import grant
from tests.policies.harness import UNKNOWN, Planned, planned, ref
from tests.policies.table import Cases, Fails

PLAN = "aws:backup/plan:Plan"
VAULT = "aws:backup/vault:Vault"
LOCK = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
SELECTION = "aws:backup/selection:Selection"
NOTIFY = "aws:backup/vaultNotifications:VaultNotifications"
BUDGET = "aws:budgets/budget:Budget"
ACTION = "aws:budgets/budgetAction:BudgetAction"
TOPIC = "aws:sns/topic:Topic"
KEY = "aws:kms/key:Key"
RDS = "aws:rds/instance:Instance"


def plan(**rule: Any) -> dict[str, Any]:
    return {"rules": [{"ruleName": "daily", "targetVaultName": "main", **rule}]}


def kept(**lifecycle: Any) -> dict[str, Any]:
    return plan(lifecycle=lifecycle)


def locked(lifecycle: Any, *, vault: Any = "main", **lock: Any) -> list[Planned]:
    return [
        planned(VAULT, "vault", name="main"),
        planned(LOCK, "lock", backupVaultName=ref(VAULT, "vault", "main"), **lock),
        planned(PLAN, **plan(lifecycle=lifecycle, targetVaultName=ref(VAULT, "vault", vault))),
    ]


def copied(to: str = "us-west-2", **database: Any) -> list[Planned]:
    vault = f"arn:aws:backup:{to}:111111111111:backup-vault:copy"
    return [
        planned(RDS, "db", **database),
        planned(PLAN, "plan", region="us-east-2", **plan(copyActions=[{"destinationVaultArn": vault}])),
        planned(SELECTION, planId=ref(PLAN, "plan"), resources=[ref(RDS, "db")]),
    ]


def scheduled(schedule: Any, *, zone: Any = None, selected: bool = True, **database: Any) -> list[Planned]:
    return [
        planned(RDS, "db", **{"backupWindow": "07:00-08:00", "maintenanceWindow": "sun:11:00-sun:12:00", **database}),
        *([planned(SELECTION, planId=ref(PLAN, "plan"), resources=[ref(RDS, "db")])] if selected else []),
        planned(PLAN, "plan", **plan(schedule=schedule, scheduleExpressionTimezone=zone)),
    ]


def selected(**database: Any) -> list[Planned]:
    return [planned(RDS, "db", **database), planned(SELECTION, resources=[ref(RDS, "db")])]


def topic(service: str | None, *, policy: Any = None, **inputs: Any) -> list[Planned]:
    made = planned(TOPIC, "alerts", **inputs)
    text = grant(service, "sns:Publish") if service else policy
    attached = planned("aws:sns/topicPolicy:TopicPolicy", "policy", arn=ref(TOPIC, "alerts"), policy=text)
    return [made, attached] if text else [made]


def notified(*others: Planned) -> list[Planned]:
    return [*others, planned(NOTIFY, snsTopicArn=ref(TOPIC, "alerts"))]


def budgeted(*others: Planned) -> list[Planned]:
    notification = {"notificationType": "ACTUAL", "subscriberSnsTopicArns": [ref(TOPIC, "alerts")]}
    return [*others, planned(BUDGET, notifications=[notification])]


def alarm(kind: Any = "ACTUAL", threshold: Any = 80, **more: Any) -> dict[str, Any]:
    parts = {"notificationType": kind, "comparisonOperator": "GREATER_THAN", "thresholdType": "PERCENTAGE"}
    return {**parts, "threshold": threshold, **more}


def mailed(count: int) -> list[dict[str, Any]]:
    return [alarm(threshold=number, subscriberEmailAddresses=["a@example.com"]) for number in range(count)]


CASES: dict[str, Cases] = {
    "backup-lifecycle": Cases(
        token=PLAN,
        fails=[
            kept(coldStorageAfter=30, deleteAfter=100),
            plan(copyActions=[{"destinationVaultArn": UNKNOWN, "lifecycle": {"coldStorageAfter": 30, "deleteAfter": 60}}]),
            plan(enableContinuousBackup=True, lifecycle={"deleteAfter": 90}),
            plan(enableContinuousBackup=True, lifecycle={"coldStorageAfter": 1}),
        ],
        passes=[
            kept(coldStorageAfter=30, deleteAfter=120),
            kept(deleteAfter=7),
            kept(coldStorageAfter=30),
            plan(enableContinuousBackup=True, lifecycle={"deleteAfter": 35}),
            plan(),
        ],
        unknown=[kept(coldStorageAfter=30, deleteAfter=UNKNOWN), plan(lifecycle=UNKNOWN)],
    ),
    "backup-windows": Cases(
        token=PLAN,
        fails=[
            plan(startWindow=30),
            plan(startWindow=120, completionWindow=90),
            plan(startWindow=120, completionWindow=120),
            plan(completionWindow=60),
            {"rules": [{"ruleName": "a"}, {"ruleName": "a"}]},
        ],
        passes=[
            plan(),
            plan(startWindow=60, completionWindow=180),
            plan(completionWindow=61),
            {"rules": [{"ruleName": "a"}, {"ruleName": "b"}]},
        ],
        unknown=[plan(startWindow=UNKNOWN), {"rules": UNKNOWN}],
    ),
    "backup-vault-lock-range": Cases(
        token=LOCK,
        fails=[{"minRetentionDays": 30, "maxRetentionDays": 7}, *({"changeableForDays": days} for days in (1, 2, 36501))],
        passes=[
            {"minRetentionDays": 7, "maxRetentionDays": 30, "changeableForDays": 3},
            {"minRetentionDays": 7, "maxRetentionDays": 7, "changeableForDays": 36500},
            {},
        ],
        unknown=[{"minRetentionDays": UNKNOWN}],
    ),
    "backup-retention-fits-vault": Cases(
        token=PLAN,
        fails=[
            locked({"deleteAfter": 7}, minRetentionDays=30),
            locked({"deleteAfter": 400}, maxRetentionDays=365),
            locked({"deleteAfter": 7}, vault=UNKNOWN, minRetentionDays=30),
            locked(None, maxRetentionDays=365),
        ],
        passes=[
            *(locked({"deleteAfter": days}, minRetentionDays=30, maxRetentionDays=365) for days in (35, 30, 365)),
            locked(None, minRetentionDays=7),
            plan(),
        ],
        unknown=[locked({"deleteAfter": UNKNOWN}, minRetentionDays=30), {"rules": UNKNOWN}],
    ),
    "backup-copy-of-default-key": Cases(
        token=PLAN,
        fails=[copied(storageEncrypted=True)],
        passes=[copied(storageEncrypted=True, kmsKeyId=UNKNOWN), copied("us-east-2", storageEncrypted=True), copied(), plan()],
        unknown=[copied(storageEncrypted=UNKNOWN)],
    ),
    "backup-apart-from-windows": Cases(
        token=PLAN,
        fails=[
            scheduled("cron(0 6 * * ? *)"),
            scheduled("cron(59 7 * * ? *)"),
            scheduled("cron(0 10 * * ? *)"),
            scheduled("cron(0 4,11 * * ? *)", zone="UTC"),
            scheduled("cron(30 7 1 * ? *)"),
            scheduled("cron(30 23 * * ? *)", backupWindow="00:00-01:00"),
            scheduled("cron(30 23 * * ? *)", maintenanceWindow="sun:00:00-sun:01:00"),
        ],
        passes=[
            scheduled("cron(59 5 * * ? *)"),
            scheduled("cron(0 8 * * ? *)"),
            scheduled("cron(0 12 * * ? *)"),
            scheduled("cron(0 10 1 * ? *)"),
            scheduled("cron(0/30 * * * ? *)"),
            scheduled("cron(30 7 * * ? *)", backupWindow=None),
            scheduled("cron(30 7 * * ? *)", selected=False),
            plan(),
        ],
        unknown=[
            scheduled(UNKNOWN),
            scheduled("cron(30 7 * * ? *)", zone="America/New_York"),
            scheduled("cron(30 4 * * ? *)", backupWindow=UNKNOWN),
        ],
    ),
    "backup-of-replica": Cases(
        token=SELECTION,
        fails=[selected(replicateSourceDb="arn:aws:rds:us-east-2:111111111111:db:main"), selected(replicateSourceDb=UNKNOWN)],
        passes=[selected(), {"resources": ["arn:aws:rds:us-east-2:111111111111:db:main"]}],
        never_unknown=True,
    ),
    "backup-selection-not-empty": Cases(
        token=SELECTION,
        fails=[{"iamRoleArn": "arn:aws:iam::111111111111:role/backup"}, {"resources": []}],
        passes=[{"resources": [UNKNOWN]}, {"selectionTags": [{"type": "STRINGEQUALS", "key": "a", "value": "b"}]}],
        never_unknown=True,
    ),
    "backup-selection-patterns": Cases(
        token=SELECTION,
        fails=[
            {"resources": ["arn:aws:s3:::*-logs"]},
            {"notResources": ["arn:aws:dynamodb:us-east-2:111111111111:table/*-tmp"]},
        ],
        passes=[{"resources": ["arn:aws:s3:::logs-*", "*"]}, {"resources": ["arn:aws:rds:*:*:db:*"]}],
        unknown=[{"resources": [UNKNOWN]}],
    ),
    "backup-notifications-topic": Cases(
        token=NOTIFY,
        fails=[notified(*topic(None)), notified(*topic("budgets.amazonaws.com"))],
        passes=[notified(*topic("backup.amazonaws.com")), {"snsTopicArn": "arn:aws:sns:us-east-2:111111111111:a"}],
        unknown=[notified(*topic(None, policy=UNKNOWN))],
    ),
    "budget-notifications": Cases(
        token=BUDGET,
        fails=[
            {"notifications": [alarm(threshold=number) for number in range(6)]},
            {"notifications": [alarm()]},
            Fails({"notifications": mailed(6)}, "notifications"),
            {"notifications": [alarm(subscriberEmailAddresses=[f"a{number}@example.com" for number in range(11)])]},
            {"notifications": [alarm(subscriberSnsTopicArns=[UNKNOWN, UNKNOWN])]},
            budgeted(*topic(None)),
            budgeted(planned(KEY, "key"), *topic("budgets.amazonaws.com", kmsMasterKeyId=ref(KEY, "key"))),
        ],
        passes=[
            budgeted(*topic("budgets.amazonaws.com")),
            budgeted(
                planned(KEY, "key", policy=grant("budgets.amazonaws.com", "kms:*")),
                *topic("budgets.amazonaws.com", kmsMasterKeyId=ref(KEY, "key")),
            ),
            {"notifications": [alarm(subscriberEmailAddresses=["a@example.com"])]},
            {"notifications": mailed(5)},
            {"notifications": [alarm(subscriberEmailAddresses=[f"a{number}@example.com" for number in range(10)])]},
            {},
        ],
        unknown=[budgeted(*topic(None, policy=UNKNOWN)), {"notifications": UNKNOWN}],
    ),
    "budget-limit": Cases(
        token=BUDGET,
        fails=[
            {"limitAmount": "100", "autoAdjustData": {"autoAdjustType": "FORECAST"}},
            {"limitAmount": "100", "costFilters": [{"name": "Service"}], "filterExpression": {"not": {}}},
            {"costTypes": {"useBlended": True, "useAmortized": True}},
        ],
        passes=[{"limitAmount": "100", "costTypes": {"useBlended": False, "useAmortized": True}}, {}],
        unknown=[{"costTypes": UNKNOWN}],
    ),
    "budget-form": Cases(
        token=BUDGET,
        fails=[
            {"budgetType": "USAGE", "costTypes": {"includeTax": False}},
            {"budgetType": "RI_UTILIZATION", "limitAmount": "90"},
            {"name": "prod:monthly"},
            {"timeUnit": "DAILY", "notifications": [alarm("FORECASTED")]},
            {"timeUnit": "MONTHLY", "notifications": [alarm(), alarm()]},
        ],
        passes=[
            {"budgetType": "COST", "costTypes": {"includeTax": False}, "name": "prod-monthly"},
            {"timeUnit": "MONTHLY", "notifications": [alarm("FORECASTED"), alarm()]},
            {"budgetType": "RI_UTILIZATION", "limitAmount": "100.0", "costTypes": {"includeTax": False}},
        ],
        unknown=[{"notifications": [alarm(threshold=UNKNOWN)]}, {"budgetType": UNKNOWN}],
    ),
    "budget-action-definition": Cases(
        token=ACTION,
        fails=[{"definition": {"iamActionDefinition": {"policyArn": "a"}, "ssmActionDefinition": {"region": "us-east-2"}}}],
        passes=[{"definition": {"iamActionDefinition": {"policyArn": "a"}}}],
        unknown=[{"definition": UNKNOWN}],
    ),
    "budget-action-subscribers": Cases(
        token=ACTION,
        fails=[{"subscribers": [{"address": f"a{number}@example.com"} for number in range(12)]}],
        passes=[{"subscribers": [{"address": "a@example.com"}]}],
        unknown=[{"subscribers": UNKNOWN}],
    ),
}
