"""Who may open a connection to whom, and from where requests come."""

import json
from typing import Any, Final

import pytest

from tests.stacks.estate import COPIED, PLATFORMS, PRIMARIES, RECOVERIES, RUNNING, SWITCHED, Estate, Inputs, estate_of

INGRESS = "vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "vpc/securityGroupEgressRule:SecurityGroupEgressRule"
GROUP = "ec2/securityGroup:SecurityGroup"
TARGET_GROUP = "lb/targetGroup:TargetGroup"
HTTPS: Final = 443
ANYWHERE: Final = "0.0.0.0/0"
CONFIGURER: Final = "search-domain-configurer"

# Member of a security group or addresses, the group or addresses it may reach, the port.
Path = tuple[str, str, int]


def peer(estate: Estate, rule: dict[str, Any]) -> str:
    group = rule.get("referencedSecurityGroupId")
    return rule["cidrIpv4"] if group is None else named(estate, group)


def named(estate: Estate, group: str) -> str:
    return estate.named_by(GROUP, "id", group)


def port(rule: dict[str, Any]) -> int:
    assert rule["ipProtocol"] == "tcp"
    assert rule["fromPort"] == rule["toPort"]
    return int(rule["fromPort"])


def ways_in(estate: Estate) -> list[Path]:
    rules = [each.inputs for each in estate.of(INGRESS).values()]
    return [(peer(estate, rule), named(estate, rule["securityGroupId"]), port(rule)) for rule in rules]


def ways_out(estate: Estate) -> list[Path]:
    rules = [each.inputs for each in estate.of(EGRESS).values()]
    return [(named(estate, rule["securityGroupId"]), peer(estate, rule), port(rule)) for rule in rules]


def users_to_services(estate: Estate) -> set[Path]:
    """The load balancer's clients, and the load balancer's way to each service."""
    clients = estate.file["ingress"].get("allowedCidrs", [ANYWHERE])
    return {(cidr, "ingress", number) for cidr in clients for number in (80, HTTPS)}


def between_groups(estate: Estate) -> set[Path]:
    """What members of one group may open in another."""
    services = estate.services
    requests = {("ingress", f"{name}-tasks", service["port"]) for name, service in services.items()}
    users = [name for name in services if name in estate.database_verbs]
    jobs = any(job in estate.database_verbs for job in estate.jobs)
    number = estate.file["database"].get("port", 5432)
    functions = (
        estate.names("lambda/function:Function")
        - {
            CONFIGURER,
            *logging(estate),
            "products",
            "cache-passwords",
            "heartbeat",
            "fence",
            "notifier",
            "orders",
            "ready",
            "recover",
            "sleeper",
        }
        - {name for name in estate.functions if name not in estate.database_verbs}
    )
    instances = {f"{name}-instances" for name in estate.fleets if name in estate.database_verbs}
    connecting = {*(f"{name}-tasks" for name in users), *functions, *instances, *(["batch-jobs"] if jobs else [])}
    queries = {(name, database_group(estate), number) for name in connecting}
    # Recovery's fence shuts everybody out but the heartbeat, which is in the group of functions only.
    queries |= {("heartbeat", f"{database_group(estate)}-fence", number)} if estate.switches else set()
    inside = estate.file["network"]["interfaceEndpoints"]
    aws = {(name, "endpoints-interface", HTTPS) for name in everybody(estate) if inside}
    searching = {f"{name}-tasks" for name, wanted in services.items() if uses_search(wanted)}
    indexing = {name for name, wanted in estate.functions.items() if uses_search(wanted)}
    searches = {(name, "search-domain", HTTPS) for name in {*searching, *indexing, CONFIGURER}}
    searches |= {(name, "log-domain", HTTPS) for name in logging(estate)}
    return requests | queries | searches | commands(estate) | aws


def logging(estate: Estate) -> set[str]:
    """The functions of the log domain."""
    return {"log-domain-configurer", "log-domain-shipper"} if "search" in estate.file["logs"] else set()


def uses_search(wanted: Inputs) -> bool:
    return any(use.startswith("search:") for use in wanted["uses"])


def commands(estate: Estate) -> set[Path]:
    """To the cache: from who has a user there, and from what makes their passwords."""
    users = {f"{name}-tasks" if name in estate.services else name for name in estate.cache_users}
    return {(name, "cache", estate.file["cache"].get("port", 6380)) for name in {*users, "cache-passwords"}}


def everybody(estate: Estate) -> set[str]:
    """The groups of what runs code of ours: services, functions, fleets, all batch jobs together, and `up` after a failover."""
    tasks, instances = (f"{name}-tasks" for name in estate.services), (f"{name}-instances" for name in estate.fleets)
    own = {"reconcile-task"} if "reconcile" in estate.file else set[str]()
    # Not in the VPC: they work when a network does not.
    functions = estate.names("lambda/function:Function") - {"fence", "notifier", "orders", "ready", "recover", "sleeper"}
    return {*tasks, *instances, *functions, "batch-jobs", *own}


def database_group(estate: Estate) -> str:
    group, *_ = estate.inputs("rds/instance:Instance")["vpcSecurityGroupIds"]
    return named(estate, group)


@pytest.mark.parametrize("name", PLATFORMS)
def test_nothing_is_reached_but_by_whom_it_is_for(name: str) -> None:
    estate = estate_of(name)
    found = ways_in(estate)
    assert set(found) == users_to_services(estate) | between_groups(estate)
    assert len(found) == len(set(found))


@pytest.mark.parametrize("name", PLATFORMS)
def test_nothing_reaches_out_but_to_what_lets_it_in_and_by_https_what_calls_aws_or_fetches_keys(name: str) -> None:
    estate = estate_of(name)
    # The load balancer fetches the keys of whose tokens it believes.
    fetching = {"ingress"} if "tokens" in estate.file["ingress"] else set[str]()
    internet = {(name, ANYWHERE, HTTPS) for name in everybody(estate) | fetching}
    found = ways_out(estate)
    assert set(found) == between_groups(estate) | internet
    assert len(found) == len(set(found))


@pytest.mark.parametrize("name", PLATFORMS)
def test_each_group_protects_what_it_is_named_after(name: str) -> None:
    estate = estate_of(name)
    (balancer,) = estate.inputs("lb/loadBalancer:LoadBalancer")["securityGroups"]
    assert named(estate, balancer) == "ingress"
    assert estate.inputs("elasticache/replicationGroup:ReplicationGroup")["securityGroupIds"] == [estate.id(GROUP, "cache")]
    fences = {f"{database_group(estate)}-fence"} if name in SWITCHED else set[str]()
    domains = {"search-domain", *(["log-domain"] if logging(estate) else [])}
    groups = {"ingress", "cache", database_group(estate), *domains, *fences, *everybody(estate)}
    assert estate.inputs("opensearch/domain:Domain", "search-domain")["vpcOptions"] == {
        "securityGroupIds": [estate.id(GROUP, "search-domain")],
        "subnetIds": estate.subnets("data")[: estate.file["search"]["zones"]],
    }
    interfaces = estate.where("ec2/vpcEndpoint:VpcEndpoint", vpcEndpointType="Interface")
    assert {group for each in interfaces for group in each.inputs["securityGroupIds"]} == {
        estate.id(GROUP, name) for name in estate.names(GROUP) - groups
    }
    assert all(each.inputs["vpcId"] == estate.id("ec2/vpc:Vpc") for each in estate.of(GROUP).values())


@pytest.mark.parametrize("name", PLATFORMS)
def test_aws_services_are_reached_inside_the_vpc_as_the_stack_file_says(name: str) -> None:
    estate = estate_of(name)
    endpoints = [each.inputs for each in estate.of("ec2/vpcEndpoint:VpcEndpoint").values()]
    prefix = f"com.amazonaws.{estate.region}."
    found = {(each["serviceName"].removeprefix(prefix), each["vpcEndpointType"]) for each in endpoints}
    interfaces = {(service, "Interface") for service in estate.file["network"]["interfaceEndpoints"]}
    assert found == {("s3", "Gateway"), ("dynamodb", "Gateway")} | interfaces
    assert all(each["vpcId"] == estate.id("ec2/vpc:Vpc") for each in endpoints)
    for endpoint in endpoints:
        own = json.loads(endpoint["policy"])["Statement"][0]["Condition"]["StringEquals"]
        assert set(own.values()) == {estate.account}


@pytest.mark.parametrize("name", PLATFORMS)
def test_requests_come_to_a_service_by_its_priority_paths_and_hosts(name: str) -> None:
    estate = estate_of(name)
    https = estate.only("lb/listener:Listener", port=HTTPS)
    for service, wanted in estate.services.items():
        rule = estate.inputs("lb/listenerRule:ListenerRule", service)
        assert rule["listenerArn"] == estate.arn("lb/listener:Listener", https.name)
        assert rule["priority"] == wanted["priority"]
        hosts = [{"hostHeader": {"values": wanted["hosts"]}}] if "hosts" in wanted else []
        assert rule["conditions"] == [{"pathPattern": {"values": wanted["paths"]}}, *hosts]
        assert [action["targetGroupArn"] for action in rule["actions"]] == [estate.arn(TARGET_GROUP, service)]
    answering = {function for function, wanted in estate.functions.items() if "http" in wanted}
    switches = {"ingress-active", "ingress-closed"} if fails_over(estate) else set[str]()
    orders = {"orders"} if "orders" in estate.file else set[str]()
    assert estate.names("lb/listenerRule:ListenerRule") == {*estate.services, *answering, *switches, *orders}


@pytest.mark.parametrize("name", [*COPIED, *RECOVERIES])
def test_no_rule_stands_before_those_by_which_recovery_opens_and_closes_the_region(name: str) -> None:
    rules = estate_of(name).of("lb/listenerRule:ListenerRule")
    first, second, *_ = sorted(rules.values(), key=lambda rule: rule.inputs["priority"])
    assert (first.name, second.name) == ("ingress-active", "ingress-closed")
    paths = second.inputs["conditions"][0]["pathPattern"]["values"]
    assert paths == (["/closed"] if name in RUNNING else ["/*"])


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_service_is_asked_for_its_health_on_its_own_port_and_path(name: str) -> None:
    estate = estate_of(name)
    for service, wanted in estate.services.items():
        group = estate.inputs(TARGET_GROUP, service)
        assert (group["port"], group["healthCheck"]["path"]) == (wanted["port"], wanted["healthPath"])
        assert (group["vpcId"], group["targetType"]) == (estate.id("ec2/vpc:Vpc"), "ip")


@pytest.mark.parametrize("name", RUNNING)
def test_the_load_balancer_finds_the_tasks_of_a_service_on_its_port(name: str) -> None:
    estate = estate_of(name)
    for service, wanted in estate.services.items():
        (target,) = estate.inputs("ecs/service:Service", service)["loadBalancers"]
        assert target == {
            "targetGroupArn": estate.arn(TARGET_GROUP, service),
            "containerName": service,
            "containerPort": wanted["port"],
        }


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_load_balancer_faces_the_internet_behind_its_firewall_with_the_domains_certificate(name: str) -> None:
    estate = estate_of(name)
    balancer = estate.state("lb/loadBalancer:LoadBalancer")
    assert (balancer["internal"], balancer["enableDeletionProtection"]) == (False, estate.protect)
    assert balancer["accessLogs"] == {
        "enabled": True,
        "bucket": estate.state("s3/bucket:Bucket", "access-logs")["bucket"],
        "prefix": "ingress",
    }
    association = estate.inputs("wafv2/webAclAssociation:WebAclAssociation")
    assert association["resourceArn"] == balancer["arn"]
    assert association["webAclArn"] == estate.arn("wafv2/webAcl:WebAcl")
    (destination,) = estate.inputs("wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration")["logDestinationConfigs"]
    assert destination == estate.arn("cloudwatch/logGroup:LogGroup", "ingress-firewall-log")
    for listener in estate.of("lb/listener:Listener").values():
        assert listener.inputs["loadBalancerArn"] == balancer["arn"]
    https = estate.only("lb/listener:Listener", port=HTTPS).inputs
    assert https["certificateArn"] == estate.arn("acm/certificate:Certificate")


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_certificate_covers_every_name_that_the_region_answers(name: str) -> None:
    estate = estate_of(name)
    domain = estate.file["ingress"]["domain"]
    hosts = {host for service in estate.services.values() for host in service.get("hosts", [])} - {domain}
    certificate = estate.inputs("acm/certificate:Certificate")
    assert certificate["domainName"] == domain
    # Where Route 53 always finds the other region; the name has to be the same in both.
    assert certificate["subjectAlternativeNames"] == [f"standby.{domain}", *sorted(hosts)]


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_primary_alone_proves_that_it_owns_the_names(name: str) -> None:
    estate = estate_of(name)
    records = {each.inputs["name"]: each.inputs for each in estate.of("route53/record:Record").values()}
    proofs = {record: inputs for record, inputs in records.items() if inputs["type"] == "CNAME"}
    if estate.file["role"] == "recovery":
        assert not proofs
        return
    certificate = estate.inputs("acm/certificate:Certificate")
    names = [certificate["domainName"], *certificate["subjectAlternativeNames"]]
    assert set(proofs) == {f"_validate.{each}" for each in names}
    assert {inputs["zoneId"] for inputs in proofs.values()} == {estate.state("route53/zone:Zone")["zoneId"]}


def fails_over(estate: Estate) -> bool:
    return estate.file["role"] == "recovery" or "recoveryRegion" in estate.file


def zone_of(estate: Estate) -> str:
    owner = estate if estate.file["role"] == "primary" else estate.others[0]
    return owner.state("route53/zone:Zone")["zoneId"]


@pytest.mark.parametrize("name", PLATFORMS)
def test_the_domain_leads_to_the_load_balancer_and_over_to_the_other_region(name: str) -> None:
    estate = estate_of(name)
    domain = estate.file["ingress"]["domain"]
    record = estate.only("route53/record:Record", name=domain).inputs
    balancer = estate.state("lb/loadBalancer:LoadBalancer")
    (alias,) = record["aliases"]
    assert (alias["name"], alias["zoneId"]) == (balancer["dnsName"], balancer["zoneId"])
    assert record["zoneId"] == zone_of(estate)
    if not fails_over(estate):
        assert not {"failoverRoutingPolicies", "healthCheckId", "setIdentifier"} & set(record)
        assert not estate.of("route53/healthCheck:HealthCheck")
        return
    part = "PRIMARY" if estate.file["role"] == "primary" else "SECONDARY"
    assert (record["failoverRoutingPolicies"], record["setIdentifier"]) == ([{"type": part}], part.lower())


@pytest.mark.parametrize("name", [*COPIED, *RECOVERIES])
def test_the_latches_of_both_regions_decide_and_no_service_does(name: str) -> None:
    estate = estate_of(name)
    ingress = estate.file["ingress"]
    checks = estate.of("route53/healthCheck:HealthCheck")
    asked = {each.inputs["fqdn"]: each.inputs for each in checks.values() if each.inputs["type"] == "HTTPS"}
    own, standby = estate.state("lb/loadBalancer:LoadBalancer")["dnsName"], f"standby.{ingress['domain']}"
    home = estate.file["role"] == "primary"
    other = standby if home else estate.others[0].state("lb/loadBalancer:LoadBalancer")["dnsName"]
    assert (asked[own]["invertHealthcheck"], asked[other]["invertHealthcheck"]) == (False, True) and len(asked) == 2
    assert {inputs["resourcePath"] for inputs in asked.values()} == {"/active"}
    decides = estate.only("route53/record:Record", name=ingress["domain"]).inputs["healthCheckId"]
    deciding = estate.only("route53/healthCheck:HealthCheck", type="CALCULATED")
    assert decides == estate.id("route53/healthCheck:HealthCheck", deciding.name)
    parts = {estate.named_by("route53/healthCheck:HealthCheck", "id", each) for each in deciding.inputs["childHealthchecks"]}
    assert parts == {each.name for each in checks.values()} - {deciding.name}
    if not home:
        (alias,) = estate.only("route53/record:Record", name=standby).inputs["aliases"]
        assert alias["name"] == own


@pytest.mark.parametrize("name", PRIMARIES)
def test_the_zone_is_the_stack_files_and_guarded_where_data_is_kept(name: str) -> None:
    estate = estate_of(name)
    zone = estate.state("route53/zone:Zone", "zone")
    assert zone["name"] == estate.file["dns"]["zone"]
    assert (zone["forceDestroy"], estate.one("route53/zone:Zone").protect) == (not estate.protect, estate.protect)
    if not estate.protect:
        assert not estate.of("route53/queryLog:QueryLog")
        assert not estate.of("route53/hostedZoneDnsSec:HostedZoneDnsSec")
        return
    queries = estate.inputs("route53/queryLog:QueryLog")
    group = estate.named_by("cloudwatch/logGroup:LogGroup", "arn", queries["cloudwatchLogGroupArn"])
    assert queries["zoneId"] == zone["zoneId"]
    assert estate.state("cloudwatch/logGroup:LogGroup", group)["name"] == f"/aws/route53/{estate.file['dns']['zone']}"
    assert estate.inputs("route53/hostedZoneDnsSec:HostedZoneDnsSec")["hostedZoneId"] == zone["zoneId"]
    signing = estate.inputs("route53/keySigningKey:KeySigningKey")
    assert signing["hostedZoneId"] == zone["zoneId"]
    assert signing["keyManagementServiceArn"].split(":")[3] == "us-east-1"  # Route 53 takes no other region's


@pytest.mark.parametrize("name", PRIMARIES)
def test_the_zone_of_a_stack_that_fails_over_can_be_changed_while_us_east_1_is_down(name: str) -> None:
    estate = estate_of(name)
    zone = estate.inputs("route53/zone:Zone")
    assert zone["enableAcceleratedRecovery"] is ("recoveryRegion" in estate.file)
