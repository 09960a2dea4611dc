"""What is left of an environment in AWS: what the services know, whatever the Tagging API still tells."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import get_session

from operations.environments import owners
from operations.environments.owners import known, living
from tests.operations.environments.world import ACCOUNT, REGION, World

TRUST = """{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}"""
TAGS = [{"Key": "Stack", "Value": "dev-x"}]


def arn(service: str, named: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{named}"


def tagged(kind: str, tags: Any = TAGS) -> Any:
    return [{"ResourceType": kind, "Tags": tags}]


def vpc_of(world: World) -> str:
    ec2 = world.aws.client("ec2")
    return ec2.create_vpc(CidrBlock="10.128.0.0/20", TagSpecifications=tagged("vpc"))["Vpc"]["VpcId"]


def test_a_network_that_ec2_knows_keeps_the_range(world: World) -> None:
    world.up()
    vpc = vpc_of(world)
    told = world.run("down", "x", "--yes", code=6)
    assert vpc in told["error"] and f"10.128.0.0/20 is not given back before {vpc} is deleted" in told["error"]
    found = world.get()
    assert found.state == "going-down" and vpc in found.why and found.lease is None
    assert world.registry.ranges() == {"10.128.0.0/20": "x"}
    world.aws.client("ec2").delete_vpc(VpcId=vpc)
    world.tagging.left["dev-x"] = [arn("ec2", f"vpc/{vpc}")]
    world.run("down", "x", "--yes")
    assert not world.registry.ranges() and not world.registry.all()


def test_each_part_of_a_network_keeps_the_range(world: World) -> None:
    ec2, leftovers = world.aws.client("ec2"), world.place().leftovers
    vpc = vpc_of(world)
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.128.0.0/24", TagSpecifications=tagged("subnet"))["Subnet"]["SubnetId"]
    made = ec2.create_network_interface(SubnetId=subnet, TagSpecifications=tagged("network-interface"))
    other = ec2.create_vpc(CidrBlock="10.10.0.0/16")["Vpc"]["VpcId"]
    peering = ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=other, TagSpecifications=tagged("vpc-peering-connection"))[
        "VpcPeeringConnection"
    ]["VpcPeeringConnectionId"]
    interface = made["NetworkInterface"]["NetworkInterfaceId"]
    assert leftovers.network("dev-x", "10.128.0.0/20") == [vpc, subnet, interface, peering]
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=peering)
    assert leftovers.network("dev-x", "10.128.0.0/20") == [vpc, subnet, interface]
    assert leftovers.network("dev-y", "10.128.16.0/20") == []


def test_what_else_is_left_is_told_until_it_is_gone_and_its_range_is_free(world: World) -> None:
    world.up()
    world.aws.client("s3").create_bucket(Bucket="left", CreateBucketConfiguration={"LocationConstraint": REGION})
    world.tagging.left["dev-x"] = ["arn:aws:s3:::left"]
    told = world.run("down", "x", "--yes", code=6)["error"]
    assert "arn:aws:s3:::left. Its range is given back; delete what is left, then run it again" in told
    assert not world.registry.ranges() and (world.get().state, world.get().range) == ("going-down", "")
    assert world.up("y")["range"] == "10.128.0.0/20"
    world.run("down", "x", "--yes", code=6)
    assert world.registry.ranges() == {"10.128.0.0/20": "y"}
    world.aws.client("s3").delete_bucket(Bucket="left")
    world.run("down", "x", "--yes")
    assert [each.name for each in world.registry.all()] == ["y"] and world.registry.ranges() == {"10.128.0.0/20": "y"}


def route_back(world: World, to: str) -> Callable[[], Any]:
    """A route of dev's to an environment; what deletes it."""
    ec2 = world.aws.client("ec2")
    there = {"RouteTableId": world.table, "DestinationCidrBlock": to}
    # A gateway stands for the peering, of which moto tells whatever its tags are.
    ec2.create_route(**there, GatewayId=ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"])
    return lambda: ec2.delete_route(**there)


def test_a_route_of_dev_s_to_its_range_keeps_that(world: World) -> None:
    world.up()
    delete = route_back(world, "10.128.4.0/22")
    told = world.run("down", "x", "--yes", code=6)["error"]
    assert f"10.128.0.0/20 is not given back before the route to 10.128.4.0/22 in {world.table} is deleted" in told
    assert world.registry.ranges() == {"10.128.0.0/20": "x"}
    delete()
    world.run("down", "x", "--yes")
    assert not world.registry.all() and not world.registry.ranges()


def test_the_janitor_gives_no_range_back_to_which_dev_has_a_route(world: World) -> None:
    world.up()
    delete = route_back(world, "10.128.4.0/22")
    world.aws.dynamodb.delete_item(TableName="environments", Key={"id": {"S": "environment"}, "item": {"S": "x"}})
    del world.backend.stacks["dev-x"]
    world.users.databases.clear()
    world.run("janitor", code=6)
    assert world.registry.ranges() == {"10.128.0.0/20": "x"}
    delete()
    world.run("janitor")
    assert not world.registry.ranges()


def test_routes_to_others_are_no_matter(world: World) -> None:
    world.up()
    route_back(world, "10.128.20.0/22")
    world.run("down", "x", "--yes")
    assert not world.registry.all()


def records(world: World, action: str, *names: str) -> None:
    changes = [
        {"Action": action, "ResourceRecordSet": {"Name": each, "Type": "TXT", "TTL": 1, "ResourceRecords": [{"Value": '"x"'}]}}
        for each in names
    ]
    world.aws.client("route53").change_resource_record_sets(HostedZoneId=world.zone, ChangeBatch={"Changes": changes})


def test_records_at_and_below_its_name_are_left_and_those_of_others_are_not(world: World) -> None:
    world.up()
    zone = "dev.dataconnect.example"
    own, others = (f"x.{zone}", f"_a.standby.x.{zone}"), (f"ax.{zone}", f"x.y.{zone}")
    records(world, "CREATE", *own, *others)
    told = world.run("down", "x", "--yes", code=6)["error"]
    assert all(f"the record TXT {each}. in {world.zone}" in told for each in own)
    assert not any(f" {each}. " in told for each in others) and "Its range is given back" in told
    records(world, "DELETE", *own)
    world.run("down", "x", "--yes")
    assert not world.registry.all()


def test_aliases_of_its_keys_are_left_and_those_of_others_are_not(world: World) -> None:
    world.up()
    kms = world.aws.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    for name in ("dev-x/tables", "dev-xy/tables", "dev/tables"):
        kms.create_alias(AliasName=f"alias/dataconnect/{name}", TargetKeyId=key)
    told = world.run("down", "x", "--yes", code=6)["error"]
    assert "alias/dataconnect/dev-x/tables. " in told and "dev-xy" not in told
    kms.delete_alias(AliasName="alias/dataconnect/dev-x/tables")
    world.run("down", "x", "--yes")
    assert not world.registry.all()


def test_dashboards_are_left_which_take_no_tag(world: World) -> None:
    world.up()
    cloudwatch = world.aws.client("cloudwatch")
    for name in ("on-call-dev-x", "on-call-dev-xy", "tenants-dev-y-dev-x"):
        cloudwatch.put_dashboard(DashboardName=name, DashboardBody="{}")
    told = world.run("down", "x", "--yes", code=6)["error"]
    assert "dashboard/on-call-dev-x. " in told and "dev-xy" not in told and "tenants" not in told
    cloudwatch.delete_dashboards(DashboardNames=["on-call-dev-x"])
    world.run("down", "x", "--yes")
    assert not world.registry.all()


def made_key(world: World) -> tuple[str, Callable[[], Any]]:
    kms = world.aws.client("kms")
    key = kms.create_key()["KeyMetadata"]
    return key["Arn"], lambda: kms.schedule_key_deletion(KeyId=key["KeyId"])


def made_secret(world: World) -> tuple[str, Callable[[], Any]]:
    secrets = world.aws.client("secretsmanager")
    secret = secrets.create_secret(Name="x", SecretString="x")["ARN"]
    return secret, lambda: secrets.delete_secret(SecretId=secret)


def made_cluster(world: World) -> tuple[str, Callable[[], Any]]:
    ecs = world.aws.client("ecs")
    cluster = ecs.create_cluster(clusterName="x")["cluster"]["clusterArn"]
    return cluster, lambda: ecs.delete_cluster(cluster=cluster)


def made_queue(world: World) -> tuple[str, Callable[[], Any]]:
    sqs = world.aws.client("sqs")
    url = sqs.create_queue(QueueName="x")["QueueUrl"]
    return arn("sqs", "x"), lambda: sqs.delete_queue(QueueUrl=url)


def made_table(world: World) -> tuple[str, Callable[[], Any]]:
    return arn("dynamodb", "table/environments"), lambda: world.aws.dynamodb.delete_table(TableName="environments")


def made_nat_gateway(world: World) -> tuple[str, Callable[[], Any]]:
    ec2 = world.aws.client("ec2")
    subnet = ec2.create_subnet(VpcId=vpc_of(world), CidrBlock="10.128.0.0/24")["Subnet"]["SubnetId"]
    gateway = ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")["NatGateway"]["NatGatewayId"]
    return arn("ec2", f"natgateway/{gateway}"), lambda: ec2.delete_nat_gateway(NatGatewayId=gateway)


def made_instance(world: World) -> tuple[str, Callable[[], Any]]:
    ec2 = world.aws.client("ec2")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    return arn("ec2", f"instance/{instance}"), lambda: ec2.terminate_instances(InstanceIds=[instance])


def made_volume(world: World) -> tuple[str, Callable[[], Any]]:
    ec2 = world.aws.client("ec2")
    volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"]
    return arn("ec2", f"volume/{volume}"), lambda: ec2.delete_volume(VolumeId=volume)


def made_group(world: World) -> tuple[str, Callable[[], Any]]:
    ec2 = world.aws.client("ec2")
    group = ec2.create_security_group(
        GroupName="x", Description="x", VpcId=vpc_of(world), TagSpecifications=tagged("security-group")
    )["GroupId"]
    return arn("ec2", f"security-group/{group}"), lambda: ec2.delete_security_group(GroupId=group)


def made_rule(world: World) -> tuple[str, Callable[[], Any]]:
    ec2 = world.aws.client("ec2")
    group = ec2.create_security_group(GroupName="x", Description="x", VpcId=vpc_of(world))["GroupId"]
    rule = ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=1, ToPort=1, CidrIp="10.0.0.0/8")[
        "SecurityGroupRules"
    ][0]["SecurityGroupRuleId"]
    told = {"GroupId": group, "SecurityGroupRuleIds": [rule]}
    return arn("ec2", f"security-group-rule/{rule}"), lambda: ec2.revoke_security_group_ingress(**told)


def made_target_group(world: World) -> tuple[str, Callable[[], Any]]:
    elb = world.aws.client("elbv2")
    group = elb.create_target_group(Name="x", Protocol="HTTP", Port=80, VpcId=vpc_of(world))["TargetGroups"][0][
        "TargetGroupArn"
    ]
    return group, lambda: elb.delete_target_group(TargetGroupArn=group)


@pytest.mark.parametrize(
    "make",
    [
        *(
            made_key,
            made_secret,
            made_cluster,
            made_queue,
            made_table,
            made_nat_gateway,
            made_instance,
            made_volume,
            made_group,
        ),
        *(made_rule, made_target_group),
    ],
    ids=lambda make: make.__name__,
)
def test_what_its_service_does_not_know_any_more_or_is_deleting_is_not_left(
    world: World, make: Callable[[World], tuple[str, Callable[[], Any]]]
) -> None:
    made, delete = make(world)
    assert known(world.aws.client, made)
    delete()
    assert not known(world.aws.client, made)


@pytest.mark.parametrize(
    ("named", "operation"), [("listener/app/x/1/2", "describe_listeners"), ("listener-rule/app/x/1/2/3", "describe_rules")]
)
def test_a_listener_that_is_gone_is_not_left(named: str, operation: str) -> None:
    def gone(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": "ListenerNotFound", "Message": "gone"}}, operation)

    assert not known(lambda _: SimpleNamespace(**{operation: gone}), arn("elasticloadbalancing", named))


def test_what_aws_lists_for_days_is_not_left_and_nobody_is_asked() -> None:
    def nobody(_: str) -> Any:
        raise AssertionError

    assert not known(nobody, arn("ecs", "task/apps-0a1b2c3/0123456789abcdef0123456789abcdef"))
    assert not known(nobody, arn("ecs", "task-definition/bi:1"))
    assert not known(nobody, arn("batch", "job-definition/aggregate:1"))


def test_a_service_that_may_not_be_asked_is_an_error_and_not_an_answer() -> None:
    def denied(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "ListTags")

    with pytest.raises(ClientError):
        known(lambda _: SimpleNamespace(list_tags=denied), arn("lambda", "function:x"))


def test_what_no_row_is_for_is_taken_to_be_there() -> None:
    assert known(lambda _: SimpleNamespace(), arn("unheardof", "thing/x"))


def test_roles_and_policies_of_the_stack_are_found_and_older_ones_are_not_asked_for_their_tags(world: World) -> None:
    iam = world.aws.client("iam")
    for name, tags in (("of-x", TAGS), ("of-dev", [])):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, Tags=tags)
    document = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}'
    iam.create_policy(PolicyName="of-x", PolicyDocument=document, Tags=TAGS)
    prefix = f"arn:aws:iam::{ACCOUNT}"
    leftovers = world.place().leftovers
    assert leftovers.of("dev-x", 0, "").others == [f"{prefix}:role/of-x", f"{prefix}:policy/of-x"]
    assert not leftovers.of("dev-x", world.now + 10**9, "")


def test_every_row_is_an_operation_of_the_service_with_that_argument_and_those_states() -> None:
    session: Any = get_session()

    def model(service: str, operation: str) -> Any:
        client = session.get_service_model(service)
        names = {name.lower(): name for name in client.operation_names}
        return client.operation_model(names[operation.replace("_", "")])

    for service, operation, argument in (*owners._BY_ARN.values(), *owners._BY_NAME.values()):
        assert model(service, operation).input_shape.required_members == [argument]
    for service, operation, argument, _, path in owners._BY_STATE.values():
        found = model(service, operation)
        assert found.input_shape.members[argument].type_name == "list"
        shape = found.output_shape
        for step in path:
            shape = (shape.member if shape.type_name == "list" else shape).members[step]
        assert shape.type_name == "string"


def test_a_state_is_found_in_lists_and_missing_is_not_living() -> None:
    assert living({"a": [{"s": "deleted"}, {"s": "available"}]}, ("a", "s"))
    assert not living({"a": [{"s": "Deleted"}]}, ("a", "s")) and not living({}, ("a", "s"))
