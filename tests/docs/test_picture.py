"""The picture shows what the stacks are."""

import json
from xml.etree import ElementTree

import pytest

from docs.generate.estate import FOUNDATION, INTERNET, LANE_OF, Arrow, UnlistedClassError, arrows, read
from docs.generate.layout import place
from docs.generate.picture import draw
from tests.docs import states

STATES = tuple(build().state for build in (states.primary, states.recovery, states.replication))


@pytest.fixture(scope="module")
def found() -> list[Arrow]:
    return arrows(STATES)


def test_a_component_counts_the_resources_of_its_children_too() -> None:
    resources = {component.name: component.resources for component in read(STATES[0]).components}
    assert resources["network"] == 2
    assert "network-flow-log" not in resources


def test_a_class_without_a_place_in_the_picture_is_an_error_and_no_lost_arrow() -> None:
    state = states.StateBuilder("prod", "us-east-2")
    state.component("Stream", "clicks")
    with pytest.raises(UnlistedClassError, match="component class Stream has no lane; add it to LANE_OF or FOUNDATION"):
        read(state.state)


def test_a_queue_is_drawn_with_the_services_that_send_to_it_and_consume_it() -> None:
    state = states.StateBuilder("prod", "us-east-2")
    state.thing("Queue")
    state.policy(state.component("Service", "search"), states.arn("Queue"))
    assert arrows([state.state]) == [Arrow(("prod", "Service"), ("prod", "Queue"), "access")]


def test_a_topic_delivers_to_what_is_subscribed_whoever_declares_the_subscription() -> None:
    state = states.StateBuilder("prod", "us-east-2")
    state.thing("Topic")
    for kind in ("Queue", "DeliveryStream"):
        subscription = {"topic": states.arn("Topic"), "endpoint": states.arn(kind)}
        state.aws(state.thing(kind), "aws:sns/topicSubscription:TopicSubscription", kind, subscription)
    assert arrows([state.state]) == [
        Arrow(("prod", "Topic"), ("prod", "DeliveryStream"), "delivery"),
        Arrow(("prod", "Topic"), ("prod", "Queue"), "delivery"),
    ]


def test_a_delivery_stream_delivers_to_its_bucket_and_needs_no_second_arrow_for_its_permission() -> None:
    state = states.StateBuilder("prod", "us-east-2")
    state.thing("Bucket")
    stream = state.component("DeliveryStream", "loans")
    settings = {"extendedS3Configuration": {"bucketArn": states.arn("Bucket")}}
    type_ = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
    state.aws(stream, type_, "loans", settings, arn=states.arn("DeliveryStream"))
    state.policy(stream, states.arn("Bucket"))
    assert arrows([state.state]) == [Arrow(("prod", "DeliveryStream"), ("prod", "Bucket"), "delivery")]


@pytest.mark.parametrize(
    ("actions", "access"), [(("sqs:ReceiveMessage", "sqs:DeleteMessage"), []), (("sqs:SendMessage",), ["access"])]
)
def test_a_queue_delivers_to_its_function_and_only_a_permission_to_send_is_access(
    actions: tuple[str], access: list[str]
) -> None:
    state = states.StateBuilder("prod", "us-east-2")
    state.thing("Queue")
    function = state.thing("Function")
    mapping = {"eventSourceArn": states.arn("Queue"), "functionName": states.arn("Function")}
    state.aws(function, "aws:lambda/eventSourceMapping:EventSourceMapping", "newest", mapping)
    state.policy(function, states.arn("Queue"), actions=actions)
    assert arrows([state.state]) == [
        *(Arrow(("prod", "Function"), ("prod", "Queue"), "access") for _ in access),
        Arrow(("prod", "Queue"), ("prod", "Function"), "delivery"),
    ]


def test_a_bucket_delivers_to_the_job_that_its_objects_start() -> None:
    state = states.StateBuilder("prod", "us-east-2")
    state.aws(state.component("Bucket", "lake"), "aws:s3/bucket:Bucket", "lake", bucket="lake-raw-1234")
    pattern = json.dumps({"source": ["aws.s3"], "detail": {"bucket": {"name": ["lake-raw-1234"]}}})
    state.aws(state.component("Job", "aggregate"), "aws:cloudwatch/eventRule:EventRule", "objects", {"eventPattern": pattern})
    assert arrows([state.state]) == [Arrow(("prod", "Bucket"), ("prod", "Job"), "delivery")]


def test_an_ingress_opens_connections_to_the_function_behind_its_listener_rule() -> None:
    state = states.StateBuilder("prod", "us-east-2")
    state.thing("Ingress")
    state.aws(state.thing("Function"), "aws:lb/listenerRule:ListenerRule", "ingest", {"listenerArn": states.arn("Ingress")})
    assert arrows([state.state]) == [Arrow(("prod", "Ingress"), ("prod", "Function"), "traffic")]


def test_what_computes_in_the_other_region_is_no_copy_of_what_it_uses() -> None:
    primary, recovery = states.StateBuilder("prod", "us-east-2"), states.StateBuilder("prod-recovery", "us-west-2")
    primary.thing("GlobalTable")
    variables = {"environment": {"variables": {"TENANTS_TABLE": states.arn("GlobalTable")}}}
    recovery.aws(recovery.component("Function", "ingest"), "aws:lambda/function:Function", "ingest", variables)
    assert arrows([primary.state, recovery.state]) == []


def test_no_class_is_both_foundation_and_in_a_lane() -> None:
    assert not FOUNDATION & LANE_OF.keys()


def test_a_stack_knows_its_region_and_account() -> None:
    recovery = read(STATES[1])
    assert (recovery.name, recovery.region, recovery.account) == ("prod-recovery", "us-west-2", "222222222222")


def test_a_component_names_the_regions_it_reaches_into() -> None:
    reaching = {component.name: component.regions for component in read(STATES[0]).components if component.regions}
    assert reaching == {"storage-key": ("us-west-2",)}


def test_a_service_is_staged_while_it_has_no_task() -> None:
    state = states.StateBuilder("prod-recovery", "us-west-2")
    for name, tasks in (("bi", 0), ("search", 2)):
        state.aws(state.component("Service", name), "aws:ecs/service:Service", name, {"desiredCount": tasks})
    assert [component.name for component in read(state.state).components if component.staged] == ["bi"]


def test_recovery_has_arrows_to_what_it_reads_and_starts_and_none_to_each_switch() -> None:
    state = states.StateBuilder("prod", "us-east-2")
    for kind in ("Queue", "GlobalTable", "Reconcile"):
        state.thing(kind)
    state.policy(state.component("Recovery", "recovery"), *map(states.arn, ("Queue", "GlobalTable", "Reconcile")))
    found = {arrow.target[1] for arrow in arrows([state.state]) if arrow.source == ("prod", "Recovery")}
    assert found == {"GlobalTable", "Reconcile"}


def test_a_service_that_nothing_runs_is_staged() -> None:
    assert [component.name for component in read(STATES[0]).components if component.staged] == ["bi"]
    assert [component.name for component in read(STATES[1]).components if component.staged] == ["bi", "search"]


@pytest.mark.parametrize("stack", ["prod", "prod-recovery"])
def test_traffic_follows_security_groups_and_dns_names(found: list[Arrow], stack: str) -> None:
    assert Arrow(INTERNET, (stack, "Ingress"), "traffic") in found
    assert Arrow((stack, "AliasRecord"), (stack, "Ingress"), "traffic") in found
    assert Arrow((stack, "Ingress"), (stack, "Service"), "traffic") in found


def test_a_private_range_is_not_the_internet() -> None:
    state = states.StateBuilder("prod", "us-east-2")
    ingress = state.component("Ingress", "ingress")
    state.security_group(ingress, "sg-ingress")
    state.allow(ingress, "sg-ingress", cidrIpv4="10.20.0.0/16")
    assert arrows([state.state]) == []


def test_access_follows_iam_policies_but_not_to_the_foundation(found: list[Arrow]) -> None:
    access = [(arrow.source, arrow.target) for arrow in found if arrow.relation == "access"]
    assert access == [((stack, "Service"), (stack, "Bucket")) for stack in ("prod", "prod-recovery")]


def test_replication_runs_from_the_source_through_its_link_to_the_destination(found: list[Arrow]) -> None:
    assert [(arrow.source, arrow.target) for arrow in found if arrow.relation == "replication"] == [
        (("prod", "Bucket"), ("prod-replication", "BucketReplication")),
        (("prod", "Database"), ("prod-recovery", "DatabaseReplica")),
        (("prod", "Repository"), ("prod-replication", "ImageReplication")),
        (("prod-replication", "BucketReplication"), ("prod-recovery", "Bucket")),
        (("prod-replication", "ImageReplication"), ("prod-recovery", "Repository")),
    ]


def test_the_same_states_give_the_same_picture_whatever_the_order_of_their_resources() -> None:
    shuffled = [{"deployment": {"resources": state["deployment"]["resources"][::-1]}} for state in STATES]
    assert draw(*shuffled) == draw(*STATES)


def backed_up(*boxes: tuple[str, str, str]) -> states.StateBuilder:
    """A stack whose backup selects a thing of each class: class, type, name."""
    state = states.StateBuilder("prod", "us-east-2")
    arns: list[str] = []
    for kind, type_, name in boxes:
        arns.append(f"arn:aws:x:us-east-2:222222222222:{name}")
        state.aws(state.component(kind, name), type_, name, arn=arns[-1])
    state.aws(state.component("Backup", "backup"), "aws:backup/selection:Selection", "backup", {"resources": arns})
    return state


DATABASE, TABLE = ("Database", "aws:rds/instance:Instance", "database"), ("GlobalTable", "aws:dynamodb/table:Table", "sessions")


def test_what_a_backup_selects_is_backed_up_by_it_and_not_copied_to_it() -> None:
    assert arrows([backed_up(DATABASE, TABLE).state]) == [
        Arrow(("prod", "Database"), ("prod", "Backup"), "backup"),
        Arrow(("prod", "GlobalTable"), ("prod", "Backup"), "backup"),
    ]


def test_the_picture_names_every_component_and_what_an_arrow_means() -> None:
    svg = ElementTree.fromstring(draw(*STATES))
    texts = {element.text for element in svg.iter("{http://www.w3.org/2000/svg}text")}
    for state in STATES:
        assert {component.name for component in read(state).components} <= texts
    titles = {element.text for element in svg.iter("{http://www.w3.org/2000/svg}title")}
    assert "prod database is copied to prod-recovery database" in titles
    assert "prod lake-raw is copied to prod-replication lake-raw-replication" in titles


def test_the_text_of_every_box_stays_inside() -> None:
    state = states.StateBuilder("prod", "us-east-2")
    for name in ("one", "two"):
        key = state.component("Key", f"{name}-of-a-long-name-key")
        for region in ("us-east-1", "us-west-2", "us-east-2"):
            state.aws(key, "aws:kms/key:Key", f"{name}-{region}", region=region)
    others = (
        states.StateBuilder("prod-recovery", "us-west-2").state,
        states.StateBuilder("prod-replication", "us-east-2").state,
    )
    (box,) = place(*(read(each) for each in (state.state, *others))).boxes.values()
    texts = ElementTree.fromstring(draw(state.state, *others)).iter("{http://www.w3.org/2000/svg}text")
    inside = [each for each in texts if box.x < float(each.get("x", 0)) < box.x + box.width]
    inside = [each for each in inside if box.y < float(each.get("y", 0)) < box.bottom]
    assert {"+ us-east-1", "+ us-west-2"} <= {each.text for each in inside}
    assert len({each.get("y") for each in inside if (each.text or "").startswith("+")}) == 2
    for each in inside:
        if each.get("text-anchor") == "start":
            # The widest of the fonts, see docs/generate/picture.py.
            assert float(each.get("x", 0)) + len(each.text or "") * float(each.get("font-size", 0)) * 0.55 <= box.x + box.width
