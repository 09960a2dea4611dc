"""AWS Backup and AWS Budgets: lifecycles, windows, locks, selections and who is notified."""

import re
from collections.abc import Iterator
from typing import Final

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.bounds import at_most_items
from policies.feasibility.engine.joins import each_matches
from policies.feasibility.engine.relations import any_so, documents, permits, region_of, unless_so
from policies.feasibility.engine.shapes import blocks, distinct, each_block, given, of, only_one, some_of
from policies.feasibility.rules.general.schedules import daily_window, meet_on_a_day, weekly_window
from policies.feasibility.rules.kms.keys import service_may
from policies.feasibility.rules.rds.families import text_of
from policies.kit.checks import all_of
from policies.kit.facts import KEYS
from policies.kit.references import arn_of, referrers, targets
from policies.kit.resource import Resource
from policies.kit.rows import Block
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, UnknownValueError, Value, as_list, as_number, read, switch

rules: Final = Rules("feasibility", failures())


def _lifecycles(plan: Resource) -> Iterator[tuple[str, str, Block, Block]]:
    """Path, name of the rule, the rule, and a lifecycle of it or of one of its copies."""
    for where, rule in blocks(plan, "rules[]"):
        name = str(rule.get("ruleName"))
        for path, holder in ((where, rule), *((f"{where}.copyActions", copy) for copy in as_list(rule.get("copyActions")))):
            lifecycle = read(holder, "lifecycle")
            if lifecycle is UNKNOWN:
                raise UnknownValueError
            for block in as_list(lifecycle):
                yield f"{path}.lifecycle", name, rule, block


@rules.rule("backup-lifecycle", "F161", "backup/plan")
def _lifecycle(plan: Resource) -> Answers:
    """Backups stay in cold storage for 90 days; continuous backups are kept for at most 35 days, and not in cold storage.

    Set deleteAfter to at least coldStorageAfter + 90; give continuous backups their own rule with deleteAfter up to 35.
    """
    for where, name, rule, lifecycle in _lifecycles(plan):
        cold, end = as_number(lifecycle.get("coldStorageAfter")), as_number(lifecycle.get("deleteAfter"))
        if cold is UNKNOWN or end is UNKNOWN:
            yield NOT_JUDGED
            continue
        if cold and end and end < cold + 90:
            yield Finding(f"{where}.deleteAfter", f"{end:g}", f"at least {cold + 90:g} days", f"{name} {where}")
        if switch(rule.get("enableContinuousBackup")) and "copyActions" not in where:
            if cold:
                expected = "nothing, because enableContinuousBackup is true"
                yield Finding(f"{where}.coldStorageAfter", f"{cold:g}", expected, f"{name} cold")
            if end and end > 35:
                answer = "InvalidParameterValueException: the retention of continuous backups must be between 1 and 35 days"
                yield Finding(f"{where}.deleteAfter", f"{end:g}", "at most 35 days", f"{name} continuous", answer)


@rules.rule("backup-windows", "F272", "backup/plan")
def _windows(plan: Resource) -> Answers:
    """A backup has an hour to start, and longer to complete; each rule has a name of its own.

    Set startWindow to at least 60 minutes, and completionWindow to an hour more.
    """
    yield from distinct(plan, "rules[].ruleName", "name")
    for where, rule in blocks(plan, "rules[]"):
        name = str(rule.get("ruleName"))
        start, end = as_number(rule.get("startWindow")), as_number(rule.get("completionWindow"))
        if start is UNKNOWN or end is UNKNOWN:
            yield NOT_JUDGED
        elif start is not None and start < 60:
            yield Finding(f"{where}.startWindow", f"{start:g}", "at least 60 minutes", f"{name} start")
        elif end is not None and end <= (start or 60):
            expected = f"more than startWindow, {start or 60:g} minutes"
            yield Finding(f"{where}.completionWindow", f"{end:g}", expected, f"{name} end")


@rules.rule("backup-vault-lock-range", "F273", "backup/vaultLockConfiguration backup/logicallyAirGappedVault")
def _lock(lock: Resource) -> Answers:
    """A vault's lock has a range of days, and three days to think.

    Set minRetentionDays at most maxRetentionDays, and changeableForDays to at least 3.
    """
    low, high, days = (as_number(lock.get(name)) for name in ("minRetentionDays", "maxRetentionDays", "changeableForDays"))
    if low and high and low > high:
        answer = "InvalidParameterValueException: min retention days must not exceed max retention days"
        yield Finding("minRetentionDays", f"{low:g}", f"at most maxRetentionDays, {high:g}", "range", answer)
    if days is not None and not 3 <= days <= 36500:
        answer = "InvalidParameterValueException: ChangeableForDays must be 3 or greater"
        yield Finding("changeableForDays", f"{days:g}", "3 to 36500 days", "days", answer)


@rules.rule("backup-retention-fits-vault", "F273", "backup/plan")
def _fits(plan: Resource) -> Answers:
    """Backups are kept for a time that the lock of their vault allows.

    Set lifecycle.deleteAfter inside minRetentionDays and maxRetentionDays of the vault.
    """
    for where, rule in blocks(plan, "rules[]"):
        name = str(rule.get("ruleName"))
        end = as_number(read(rule, "lifecycle.deleteAfter"))
        for lock in _locks(plan, rule):
            low, high = as_number(lock.get("minRetentionDays")), as_number(lock.get("maxRetentionDays"))
            if end is UNKNOWN or low is UNKNOWN or high is UNKNOWN:
                yield NOT_JUDGED
            elif (end and low and end < low) or (high and not (end and end <= high)):
                found = f"{end:g} days" if end else "for ever"
                expected = f"{low or 1:g} to {high:g} days" if high else f"at least {low:g} days"
                expected = f"{expected}, as {lock.name} demands"
                yield Finding(f"{where}.lifecycle.deleteAfter", found, expected, f"{name} {lock.name}")


def _locks(plan: Resource, rule: Block) -> list[Resource]:
    vaults = targets(plan, "rules[].targetVaultName", "backup/vault")
    wanted = rule.get("targetVaultName")
    if isinstance(wanted, str):
        vaults = [vault for vault in vaults if wanted in (vault.get("name"), vault.outputs.get("name"))]
    elif len(vaults) > 1:
        raise UnknownValueError
    return [lock for vault in vaults for lock in referrers(vault, "backup/vaultLockConfiguration", "backupVaultName")]


@rules.rule("backup-copy-of-default-key", "F163", "backup/plan")
def _copied(plan: Resource) -> Answers:
    """What is copied to another region is encrypted under a customer managed key.

    Encrypt the database under a key of your own: backups under aws/rds cannot leave their account, and copies may fail.
    """
    path, own = "rules[].copyActions[].destinationVaultArn", region_of(plan)
    regions = [region_of(vault) for vault in targets(plan, path, "backup/vault")]
    regions += [arn.region for _, value in plan.each(path) if (arn := arn_of(value)) is not None]
    if own is None or not {*regions} - {None, own}:
        return
    for selection in referrers(plan, "backup/selection", "planId"):
        for database in targets(selection, "resources[]", "rds/instance", "rds/cluster"):
            if switch(database.get("storageEncrypted")) and not given(database.get("kmsKeyId")):
                yield Finding("rules", f"copies {database.name}", "a database with kmsKeyId of its own", database.name)


_AT: Final = re.compile(r"cron\((\d+) (\d+(?:,\d+)*) (\S+) \S+ (\S+) \S+\)")
"""A schedule of some hours, with its day of the month and of the week."""
_BEFORE: Final = 60 + 1
"""Minutes before a window opens in which no backup may start; the start itself counts."""


@rules.rule("backup-apart-from-windows", "F539", "backup/plan", needs_stack=True)
def _apart(plan: Resource) -> Answers:
    """No backup starts during a window of its database, for backups or maintenance, or within an hour before.

    Move the schedule, or backupWindow and maintenanceWindow of the database, more than an hour apart.
    """
    databases = [
        database
        for selection in referrers(plan, "backup/selection", "planId")
        for database in targets(selection, "resources[]", "rds/instance")
    ]
    for where, rule in blocks(plan, "rules[]") if databases else ():
        schedule, zone = rule.get("schedule"), rule.get("scheduleExpressionTimezone")
        if schedule is UNKNOWN or (given(zone) and text_of(zone) not in ("UTC", "Etc/UTC")):
            yield NOT_JUDGED
        elif found := _AT.fullmatch(text_of(schedule)):
            starts = [int(hour) * 60 + int(found[1]) for hour in found[2].split(",")]
            every_day = {found[3], found[4]} <= {"*", "?"}
            for database in databases:
                yield from _busy(f"{where}.schedule", str(schedule), starts, database, every_day=every_day)


def _busy(where: str, schedule: str, starts: list[int], database: Resource, *, every_day: bool) -> Answers:
    # Which day of the week a rarer schedule falls on is not counted out: of its maintenance nothing is said then.
    for prop, window in (("backupWindow", daily_window), *((("maintenanceWindow", weekly_window),) if every_day else ())):
        text = database.get(prop)
        times = window(text)
        if text is UNKNOWN:
            yield NOT_JUDGED
        elif times and any(meet_on_a_day((start, _BEFORE), times) for start in starts):
            expected = f"a start more than an hour before {prop} of {database.name}, {text}, or after it"
            yield Finding(where, schedule, expected, f"{where} {database.name} {prop}")


@rules.rule("backup-of-replica", "F540", "backup/selection", needs_stack=True)
def _replica(selection: Resource) -> Answers:
    """A read replica is selected for backups once it is promoted, so that none is running when it must be promoted.

    Select the source; select the replica when replicateSourceDb has gone.
    """
    for database in targets(selection, "resources[]", "rds/instance"):
        if given(database.get("replicateSourceDb")):
            yield Finding("resources", database.name, "a database that follows no other", database.name)


rules.named("backup-selection-not-empty", "F274", "backup/selection").add(
    of(some_of("resources selectionTags conditions notResources")),
    description="A selection says what is backed up.",
    remediation="Set resources or selectionTags.",
)


_STAR_AT_END: Final = r"(?!arn:([^:]*:){4}.*\*[^*]).*"
_STAR: Final = "InvalidParameterValueException: Invalid ARN pattern: the asterisk must appear at the end"
rules.named("backup-selection-patterns", "F274", "backup/selection").add(
    all_of(
        *(
            each_matches(path, _STAR_AT_END, "a pattern with * at the end only", answer=_STAR)
            for path in ("resources[]", "notResources[]")
        )
    ),
    description="Patterns of a selection have their wildcard at the end.",
    remediation="Select by prefix (arn:aws:s3:::name-*) or by tag.",
)


def _publishes(topic: Resource, path: str, service: str, detail: str) -> Answers:
    """A topic that is named at `path` lets a service publish."""
    policies = documents(topic, "policy", ("sns/topicPolicy", "arn", "policy"))
    allows = any_so(permits(document, service, "sns:Publish") for _, _, document in policies)
    expected = f"a topic that lets {service} publish"
    yield from unless_so(allows, Finding(path, topic.name, expected, detail, "No error: no notification arrives"))


@rules.rule("backup-notifications-topic", "F299", "backup/vaultNotifications")
def _backup_topic(notifications: Resource) -> Answers:
    """The topic of a vault's notifications lets AWS Backup publish.

    Allow sns:Publish to backup.amazonaws.com in the topic's policy.
    """
    for topic in targets(notifications, "snsTopicArn", "sns/topic"):
        yield from _publishes(topic, "snsTopicArn", "backup.amazonaws.com", "")


@rules.rule("budget-notifications", "F164", "budgets/budget")
def _budget(budget: Resource) -> Answers:
    """A budget has at most five notifications, each to 10 addresses and one topic, that lets AWS Budgets publish.

    Allow sns:Publish to budgets.amazonaws.com in the topic's policy, and its use of the key if the topic has one.
    """
    count = len(as_list(budget.get("notifications")))
    if count > 5:
        yield Finding("notifications", count, "at most five", "number")
    for where, notification in blocks(budget, "notifications[]"):
        if not given(notification.get("subscriberEmailAddresses")) and not given(notification.get("subscriberSnsTopicArns")):
            answer = "InvalidParameterException: a notification has 1 to 11 subscribers"
            yield Finding(f"{where}.subscriberEmailAddresses", None, "a subscriber", f"{where} subscriber", answer)
        for name, most in (("subscriberEmailAddresses", 10), ("subscriberSnsTopicArns", 1)):
            value = notification.get(name)
            if value is not UNKNOWN and len(as_list(value)) > most:
                yield Finding(f"{where}.{name}", len(as_list(value)), f"at most {most}", f"{where} {name}")
    for topic in targets(budget, "notifications[].subscriberSnsTopicArns", "sns/topic"):
        yield from _publishes(topic, "notifications", "budgets.amazonaws.com", topic.name)
        for key in targets(topic, "kmsMasterKeyId", *KEYS):
            if not service_may(key, "budgets.amazonaws.com", "kms:GenerateDataKey", "kms:GenerateDataKey*"):
                answer = "No error: no notification arrives (KMS access denied)"
                expected = "a topic key whose policy lets budgets.amazonaws.com in"
                yield Finding("notifications", f"{topic.name} ({key.name})", expected, f"{topic.name} key", answer)


rules.named("budget-limit", "F275", "budgets/budget").add(
    all_of(
        of(only_one("limitAmount plannedLimits autoAdjustData"), only_one("costFilters filterExpression")),
        each_block("costTypes", only_one("useBlended useAmortized")),
    ),
    description="A budget has one kind of limit, of filter and of cost.",
    remediation="Remove one of limitAmount, plannedLimits and autoAdjustData; one of useBlended and useAmortized.",
)


@rules.rule("budget-form", "F275", "budgets/budget")
def _form(budget: Resource) -> Answers:
    """A budget's notifications and costs fit its type and period.

    Take ACTUAL in daily budgets, no costTypes in USAGE budgets, and each notification once.
    """
    kind, unit = text_of(budget.get("budgetType")), text_of(budget.get("timeUnit"))
    if kind == "USAGE" and given(budget.get("costTypes")):
        yield Finding("costTypes", "set", f"nothing in a budget of type {kind}", "costTypes")
    if kind.startswith(("RI_", "SAVINGS_PLANS_")) and as_number(budget.get("limitAmount")) not in (None, 100.0):
        yield Finding("limitAmount", budget.get("limitAmount"), "100 for utilization and coverage", "limit")
    name = budget.get("name")
    if isinstance(name, str) and (":" in name or "\\" in name or "/action/" in name):
        yield Finding("name", name, "a name without : and \\ and /action/", "name")
    seen: set[Value] = set()
    for where, notification in blocks(budget, "notifications[]"):
        parts = tuple(
            notification.get(part) for part in ("notificationType", "comparisonOperator", "threshold", "thresholdType")
        )
        if any(part is UNKNOWN for part in parts):
            yield NOT_JUDGED
            continue
        if unit == "DAILY" and parts[0] == "FORECASTED":
            answer = "InvalidParameterException: daily budgets do not support forecasted notifications"
            yield Finding(f"{where}.notificationType", "FORECASTED", "ACTUAL in a daily budget", f"{where} forecast", answer)
        if parts in seen:
            answer = "DuplicateRecordException: the notification already exists"
            yield Finding(where, " ".join(map(str, parts)), "a notification once", " ".join(map(str, parts)), answer)
        seen.add(parts)


rules.named("budget-action-definition", "F275", "budgets/budgetAction").add(
    each_block("definition", only_one("iamActionDefinition scpActionDefinition ssmActionDefinition")),
    description="An action of a budget has one definition.",
    remediation="Set the definition of the actionType.",
)
rules.named("budget-action-subscribers", "F275", "budgets/budgetAction").add(
    of(at_most_items("subscribers", 11, "subscribers")),
    description="An action of a budget has at most 11 subscribers.",
    remediation="Send to a topic.",
)
