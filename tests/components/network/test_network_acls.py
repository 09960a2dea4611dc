"""Conversations through the declared network ACLs, there and back, as AWS evaluates them."""

from ipaddress import IPv4Address, IPv4Network
from typing import Any, Literal

import pytest

from components.network.network_acls import HIGH_FROM_INTERNET
from tests.components.harness import Declaration
from tests.components.network.test_network import SUBNET, network
from tests.found import some

INTERNET = "198.51.100.7"
CLIENT_PORT = 50000
ACL = "aws:ec2/networkAcl:NetworkAcl"


class Vpc:
    """The declared subnets and ACLs: lowest number first, the first match decides, no match is a refusal."""

    def __init__(self, declaration: Declaration) -> None:
        subnets = {f"{s.name}-id": s.inputs["cidrBlock"] for s in declaration.of(SUBNET)}
        self.acls = {subnets[subnet]: acl.inputs for acl in declaration.of(ACL) for subnet in acl.inputs["subnetIds"]}
        assert set(self.acls) == set(subnets.values()), "a subnet has no network ACL of its own"
        self.tiers = {f"{s.inputs['tags']['Tier']}-{s.inputs['availabilityZone'][-1]}": s for s in declaration.of(SUBNET)}

    def address(self, place: str) -> str:
        if place not in self.tiers:
            return place
        return str(IPv4Network(self.tiers[place].inputs["cidrBlock"])[20])

    def packet(self, source: str, target: str, port: int) -> bool:
        """Whether a packet leaves the subnet of `source` and enters that of `target`; within one subnet no ACL is asked."""
        leaves, enters = self._subnet(source), self._subnet(target)
        return leaves == enters or (
            self._passes(leaves, "egress", target, port) and self._passes(enters, "ingress", source, port)
        )

    def conversation(self, source: str, target: str, port: int, client_port: int = CLIENT_PORT) -> bool:
        source, target = self.address(source), self.address(target)
        return self.packet(source, target, port) and self.packet(target, source, client_port)

    def _subnet(self, address: str) -> str | None:
        return next((cidr for cidr in self.acls if IPv4Address(address) in IPv4Network(cidr)), None)

    def _passes(self, subnet: str | None, direction: Literal["ingress", "egress"], peer: str, port: int) -> bool:
        if subnet is None:
            return True
        for entry in sorted(self.acls[subnet][direction], key=lambda entry: entry["ruleNo"]):
            tcp = entry["protocol"] in ("tcp", "-1") and entry["fromPort"] <= port <= entry["toPort"]
            if tcp and IPv4Address(peer) in IPv4Network(entry["cidrBlock"]):
                return entry["action"] == "allow"
        return False


@pytest.fixture(scope="module")
def vpc() -> Vpc:
    return Vpc(network())


@pytest.mark.parametrize(
    ("source", "target", "port"),
    [
        (INTERNET, "public-a", 443),
        (INTERNET, "public-a", 80),
        ("public-a", "application-b", 8080),
        ("public-a", "application-b", 80),
        ("public-a", "application-b", 443),
        ("application-a", "application-b", 8080),
        ("application-a", "application-b", 443),
        ("application-a", "data-b", 5432),
        ("application-a", "data-b", 6379),
        ("application-a", "data-b", 443),
        ("data-a", "data-b", 5432),
        # The S3 and DynamoDB gateway endpoints keep the services' public addresses.
        ("application-a", INTERNET, 443),
    ],
)
def test_a_conversation_the_platform_needs_passes(vpc: Vpc, source: str, target: str, port: int) -> None:
    assert vpc.conversation(source, target, port)


@pytest.mark.parametrize("client_port", [1024, 32768, 60999, 65535])
def test_answers_reach_every_port_a_client_may_use(vpc: Vpc, client_port: int) -> None:
    assert vpc.conversation(INTERNET, "public-a", 443, client_port)
    assert vpc.conversation("public-a", "application-b", 8080, client_port)
    assert vpc.conversation("application-a", "data-b", 5432, client_port)


@pytest.mark.parametrize("nat_port", [1024, 3388, 3390, 65535])
def test_a_task_reaches_the_internet_through_nat_and_hears_the_answer(vpc: Vpc, nat_port: int) -> None:
    task, nat = vpc.address("application-a"), vpc.address("public-a")
    # The task addresses the internet; the packet enters and leaves the gateway's subnet under that address.
    assert vpc._passes(vpc._subnet(task), "egress", INTERNET, 443)
    assert vpc._passes(vpc._subnet(nat), "ingress", task, 443)
    assert vpc._passes(vpc._subnet(nat), "egress", INTERNET, 443)
    assert vpc._passes(vpc._subnet(nat), "ingress", INTERNET, nat_port)
    assert vpc._passes(vpc._subnet(nat), "egress", task, CLIENT_PORT)
    assert vpc._passes(vpc._subnet(task), "ingress", INTERNET, CLIENT_PORT)


@pytest.mark.parametrize(
    ("source", "target", "port"),
    [
        (INTERNET, "data-a", 5432),
        (INTERNET, "data-a", CLIENT_PORT),
        ("data-a", INTERNET, 443),
        ("data-a", INTERNET, CLIENT_PORT),
        ("public-a", "data-a", 5432),
        ("data-a", "public-a", 443),
        (INTERNET, "application-a", 443),
        (INTERNET, "application-a", 22),
        (INTERNET, "public-a", 22),
        ("public-a", "application-a", 22),
        ("application-a", INTERNET, 25),
    ],
)
def test_a_conversation_nobody_needs_is_refused(vpc: Vpc, source: str, target: str, port: int) -> None:
    source, target = vpc.address(source), vpc.address(target)
    assert not vpc.packet(source, target, port)


def entries(direction: Literal["ingress", "egress"]) -> list[dict[str, Any]]:
    return [entry for acl in network().of(ACL) for entry in acl.inputs[direction]]


def test_the_internet_has_no_entry_for_administration_or_for_all_ports() -> None:
    # C126, C127.
    internet = [entry for entry in entries("ingress") if entry["cidrBlock"] == "0.0.0.0/0" and entry["protocol"] != "icmp"]
    for entry in some(internet):
        assert entry["protocol"] == "tcp"
        assert not [port for port in (20, 21, 22, 3389) if entry["fromPort"] <= port <= entry["toPort"]]


def test_answers_from_the_internet_reach_all_high_ports_but_remote_desktop() -> None:
    open_ports = {port for low, high in HIGH_FROM_INTERNET for port in range(low, high + 1)}
    assert set(range(1024, 65536)) - open_ports == {3389}


def test_path_mtu_discovery_passes_where_the_internet_is_reached() -> None:
    for acl in some(network().of(ACL)):
        icmp = [entry for entry in (*acl.inputs["ingress"], *acl.inputs["egress"]) if entry["protocol"] == "icmp"]
        assert [(entry["icmpType"], entry["icmpCode"]) for entry in icmp] == [(3, 4)] * (0 if "data" in acl.name else 2)


def test_rule_numbers_are_unique_and_within_the_quota() -> None:
    for acl in some(network().of(ACL)):
        for direction in ("ingress", "egress"):
            numbers = [entry["ruleNo"] for entry in acl.inputs[direction]]
            assert len(set(numbers)) == len(numbers) <= 20


def test_a_zone_more_changes_no_rule() -> None:
    two = {
        acl.name: (acl.inputs["ingress"], acl.inputs["egress"]) for acl in network(zones=("us-east-2a", "us-east-2b")).of(ACL)
    }
    assert two == {acl.name: (acl.inputs["ingress"], acl.inputs["egress"]) for acl in network().of(ACL)}
