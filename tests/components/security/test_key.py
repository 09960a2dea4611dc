import json
from typing import Any, get_args

import pytest

from components.base.errors import InvalidArgumentError
from components.base.here import Place
from components.security.key import (
    ADMINISTRATION,
    CRYPTOGRAPHY,
    INSPECTION,
    PUBLISHING,
    USES,
    DataClass,
    Key,
    KeyArgs,
    administration,
)
from tests.components.harness import ACCOUNT, Declaration, children_without_region, resources_of, statements_of
from tests.found import some

KEY = "aws:kms/key:Key"
REPLICA = "aws:kms/replicaKey:ReplicaKey"
ALIAS = "aws:kms/alias:Alias"
ADMINISTRATOR = f"arn:aws:iam::{ACCOUNT}:role/deploy"
CLASSES: tuple[DataClass, ...] = get_args(DataClass)


def arguments(*, protect: bool = True, **changes: Any) -> KeyArgs:
    defaults: dict[str, Any] = {
        "here": Place(region="us-east-2", account_id=ACCOUNT, protect=protect),
        "data_class": "tables",
        "alias": "alias/dataconnect/prod/tables",
        "administrators": (ADMINISTRATOR,),
        "replica_region": "us-west-2",
    }
    return KeyArgs(**(defaults | changes))


def declare(**changes: Any) -> Declaration:
    return resources_of(lambda: Key("tables-key", arguments(**changes)))


def statements(data_class: DataClass, token: str = KEY) -> dict[str, dict[str, Any]]:
    declared = declare(data_class=data_class).one(token)
    return {statement["Sid"]: statement for statement in declared.document()["Statement"]}


def test_a_key_rotates_takes_30_days_to_delete_and_is_protected_with_its_replica() -> None:
    declared = declare()
    key, replica = declared.one(KEY), declared.one(REPLICA)
    assert key.inputs["enableKeyRotation"] and key.inputs["multiRegion"]
    assert key.inputs["deletionWindowInDays"] == replica.inputs["deletionWindowInDays"] == 30
    assert key.protect and replica.protect


def test_an_environment_that_may_go_protects_no_key() -> None:
    declared = declare(protect=False)
    assert not declared.one(KEY).protect and not declared.one(REPLICA).protect


def test_every_class_of_data_has_a_use() -> None:
    assert set(USES) == set(CLASSES)


@pytest.mark.parametrize("data_class", CLASSES)
def test_a_key_says_what_it_encrypts_and_of_which_stack(data_class: DataClass) -> None:
    declared = declare(data_class=data_class)
    descriptions = {declared.one(token).inputs["description"] for token in (KEY, REPLICA)}
    assert descriptions == {f"Encrypts {data_class} of test"}


def test_nothing_lands_outside_the_two_regions() -> None:
    assert not children_without_region(declare(), "us-east-2", "us-west-2")


def test_the_replica_lives_in_the_recovery_region_and_belongs_to_the_key() -> None:
    replica = declare().one(REPLICA)
    assert replica.inputs["region"] == "us-west-2"
    assert replica.inputs["primaryKeyArn"] == f"arn:aws:kms:us-east-2:{ACCOUNT}:tables-key"


def test_a_key_without_a_recovery_region_is_of_one_region() -> None:
    declared = declare(replica_region=None)
    assert declared.one(KEY).inputs["multiRegion"] is False
    assert not declared.of(REPLICA) and len(declared.of(ALIAS)) == 1


def test_people_find_both_keys_under_one_alias() -> None:
    aliases = declare().of(ALIAS)
    assert {alias.inputs["name"] for alias in aliases} == {"alias/dataconnect/prod/tables"}
    assert {alias.inputs["region"]: alias.depends_on("tables-key-replica") for alias in aliases} == {
        "us-east-2": False,
        "us-west-2": True,
    }


@pytest.mark.parametrize("data_class", CLASSES)
def test_the_replicas_policy_is_the_keys_with_the_regions_swapped(data_class: DataClass) -> None:
    def swapped(text: str) -> str:
        return text.replace("us-east-2", "there").replace("us-west-2", "us-east-2").replace("there", "us-west-2")

    assert json.loads(swapped(json.dumps(statements(data_class)))) == statements(data_class, REPLICA)


@pytest.mark.parametrize("data_class", CLASSES)
def test_who_administers_a_key_cannot_use_it_by_that_and_who_uses_it_cannot_administer_it(data_class: DataClass) -> None:
    use = {*CRYPTOGRAPHY, "kms:CreateGrant", "kms:RetireGrant"}
    for sid, statement in some(statements(data_class)).items():
        actions = set(statement["Action"])
        expected = {
            "AdministratorsManage": set(ADMINISTRATION),
            "AccountInspects": set(INSPECTION),
            "ReplicasStayAlike": {"kms:SynchronizeMultiRegionKey"},
            "AutoScalingLaunches": {*CRYPTOGRAPHY, "kms:DescribeKey"},
        }.get(sid, actions & use)
        assert actions == expected, sid
    assert not use & {*ADMINISTRATION, *INSPECTION}


@pytest.mark.parametrize("data_class", CLASSES)
def test_the_account_uses_a_key_only_through_the_services_of_its_class(data_class: DataClass) -> None:
    services = USES[data_class].via
    through = [f"{service}.{region}.amazonaws.com" for service in services for region in ("us-east-2", "us-west-2")]
    for sid, statement in some(statements(data_class)).items():
        if sid in ("AccountUsesThroughServices", "ServicesHoldGrants", "ServicesRetireGrants"):
            assert statement["Condition"]["StringEquals"] == {"kms:CallerAccount": ACCOUNT, "kms:ViaService": through}
    assert ("AccountUsesThroughServices" in statements(data_class)) == bool(services)


@pytest.mark.parametrize("data_class", CLASSES)
def test_only_aws_services_hold_grants_and_only_for_their_own_resources(data_class: DataClass) -> None:
    granting = [s for s in statements(data_class).values() if "kms:CreateGrant" in s["Action"]]
    assert len(granting) == USES[data_class].grants + USES[data_class].launched
    assert all(s["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"} for s in granting)


def test_nobody_is_locked_out_and_no_role_has_to_exist_first() -> None:
    manage = statements("tables")["AdministratorsManage"]
    assert manage["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert manage["Condition"] == {"ArnLike": {"aws:PrincipalArn": [f"arn:aws:iam::{ACCOUNT}:root", ADMINISTRATOR]}}
    assert {"kms:PutKeyPolicy", "kms:ReplicateKey", "kms:UpdatePrimaryRegion"} <= set(manage["Action"])


@pytest.mark.parametrize(("token", "region"), [(KEY, "us-east-2"), (REPLICA, "us-west-2")])
def test_log_groups_of_this_account_are_encrypted_in_either_region(token: str, region: str) -> None:
    groups = statements("logs", token)["LogGroupsOfThisAccount"]
    assert groups["Principal"] == {"Service": f"logs.{region}.amazonaws.com"}
    context = {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:{ACCOUNT}:log-group:*"}
    assert groups["Condition"] == {"ArnLike": context}


def test_alarms_events_and_rds_events_reach_the_encrypted_topic() -> None:
    policy = statements("alerts")
    publishers = policy["PublishersToTopicsOfThisAccount"]
    assert publishers["Principal"] == {
        "Service": [
            *("cloudwatch.amazonaws.com", "events.amazonaws.com", "events.rds.amazonaws.com"),
            *("budgets.amazonaws.com", "costalerts.amazonaws.com"),
        ]
    }
    # No source condition: EventBridge would drop every notification. SNS names the topic whoever publishes.
    topics = {"kms:EncryptionContext:aws:sns:topicArn": f"arn:aws:sns:us-east-2:{ACCOUNT}:*"}
    assert publishers["Condition"] == {"ArnLike": topics}


def test_what_publishes_by_itself_can_make_a_data_key_and_check_it() -> None:
    publishers = statements("alerts")["PublishersToTopicsOfThisAccount"]
    assert publishers["Action"] == list(PUBLISHING) == ["kms:Decrypt", "kms:GenerateDataKey"]


@pytest.mark.parametrize("data_class", CLASSES)
def test_no_service_uses_the_key_of_another_class(data_class: DataClass) -> None:
    sids = {sid for sid, statement in statements(data_class).items() if "Service" in statement["Principal"]}
    expected = {
        "logs": {"LogGroupsOfThisAccount"},
        "tenant": {"LogGroupsOfThisAccount"},
        "alerts": {"PublishersToTopicsOfThisAccount"},
        "messages": {"SendersToQueuesOfThisAccount", "TopicsToQueuesOfThisAccount"},
    }
    assert sids == expected.get(data_class, set[str]())


@pytest.mark.parametrize("data_class", CLASSES)
def test_everybody_named_in_a_policy_is_under_a_condition(data_class: DataClass) -> None:
    for sid, statement in some(statements(data_class)).items():
        named = statement["Principal"] != "*" or "aws:PrincipalArn" in statement["Condition"].get("ArnEquals", {})
        assert statement["Condition"] and named, sid
        assert (statement["Effect"], statement["Resource"]) == ("Allow", ["*"])


def test_event_rules_reach_the_encrypted_dead_letters() -> None:
    senders = statements("messages")["SendersToQueuesOfThisAccount"]
    assert senders["Principal"] == {"Service": ["events.amazonaws.com", "s3.amazonaws.com"]}
    queues = {"kms:EncryptionContext:aws:sqs:arn": f"arn:aws:sqs:us-east-2:{ACCOUNT}:*"}
    assert (senders["Action"], senders["Condition"]) == (list(PUBLISHING), {"ArnLike": queues})


@pytest.mark.parametrize(("token", "region"), [(KEY, "us-east-2"), (REPLICA, "us-west-2")])
def test_topics_of_this_account_reach_its_encrypted_queues(token: str, region: str) -> None:
    topics = statements("messages", token)["TopicsToQueuesOfThisAccount"]
    assert topics["Principal"] == {"Service": "sns.amazonaws.com"}
    sources = {
        "aws:SourceArn": f"arn:aws:sns:{region}:{ACCOUNT}:*",
        "kms:EncryptionContext:aws:sqs:arn": f"arn:aws:sqs:{region}:{ACCOUNT}:*",
    }
    assert (topics["Action"], topics["Condition"]) == (list(PUBLISHING), {"ArnLike": sources})


def test_auto_scaling_launches_instances_with_encrypted_volumes_and_nobody_else_does_so_by_that() -> None:
    policy = statements("volumes")
    roles = ("autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling", "spot.amazonaws.com/AWSServiceRoleForEC2Spot")
    launchers = [f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{role}" for role in roles]
    for sid in ("AutoScalingLaunches", "AutoScalingHoldsGrants"):
        assert policy[sid]["Condition"]["ArnEquals"] == {"aws:PrincipalArn": launchers}
        assert policy[sid]["Condition"]["StringEquals"] == {"kms:CallerAccount": ACCOUNT}
    assert {*CRYPTOGRAPHY, "kms:DescribeKey"} == set(policy["AutoScalingLaunches"]["Action"])


def test_another_kind_of_key_is_administered_alike() -> None:
    manage, inspect = statements_of(lambda: administration(ACCOUNT, (ADMINISTRATOR,)))
    assert [manage["Sid"], inspect["Sid"]] == list(statements("tables"))[:2]
    assert [manage, inspect] == list(statements("tables").values())[:2]


def test_kms_may_keep_replicas_like_their_key_and_nobody_else_may() -> None:
    alike = statements("tables")["ReplicasStayAlike"]
    assert alike["Action"] == ["kms:SynchronizeMultiRegionKey"]
    [role] = alike["Condition"]["ArnEquals"].values()
    assert role.startswith(f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/mrk.kms.amazonaws.com/")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("data_class", "videos"),
        ("alias", "dataconnect/tables"),
        ("alias", "alias/aws/dynamodb"),
        ("alias", "alias/data connect"),
        ("administrators", ()),
        ("administrators", ("arn:aws:iam::999999999999:role/deploy",)),
        ("administrators", (f"arn:aws:iam::{ACCOUNT}:role/*",)),
        ("administrators", (f"arn:aws:iam::{ACCOUNT}:user/ann",)),
        ("replica_region", "us-east-2"),
        ("replica_region", "us-moon-1"),
        ("alias", f"alias/{'a' * 251}"),
    ],
)
def test_arguments_that_aws_would_refuse_are_named(field: str, value: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=rf"KeyArgs\.{field} is .*; expected "):
        arguments(**{field: value})


def test_an_sso_role_may_be_matched_by_pattern() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_PlatformAdmin_*"
    assert arguments(administrators=(arn,)).administrators == (arn,)


def test_an_alias_is_as_long_as_kms_takes() -> None:
    assert len(arguments(alias=f"alias/{'a' * 250}").alias) == 256


def test_without_a_replica_there_is_nothing_to_keep_alike() -> None:
    policy = declare(replica_region=None).one(KEY).document()
    assert "ReplicasStayAlike" not in {statement["Sid"] for statement in policy["Statement"]}
