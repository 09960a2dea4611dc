"""Network ACLs: what they let in from everywhere, and that the subnets which need one have one."""

from collections.abc import Callable, Iterator
from typing import Final

from policies.controls.network.places import tier
from policies.controls.network.traffic import ACL_KINDS, Traffic, traffic
from policies.kit.checks import named_by, only_where
from policies.kit.references import referrers, targets
from policies.kit.resource import Resource
from policies.kit.routes import every, everyone
from policies.kit.rule import NOT_JUDGED, Answers, Finding, NotJudged, Rules
from policies.kit.values import UNKNOWN, Value

rules: Final = Rules("network")

_ACLS: Final = ("ec2/networkAcl", "ec2/defaultNetworkAcl")
_ASSOCIATED: Final = ("ec2/networkAclAssociation", "networkAclId")
_ADMIN_PORTS: Final = (20, 21, 22, 3389)

Subject = Callable[[Traffic], Value]
"""Whether an entry is about the traffic in question."""


def _lets_in(entries: list[Traffic], about: Subject) -> Iterator[tuple[Traffic, str, Value] | NotJudged]:
    """The entries that let such traffic in from everywhere: per address family the first match in order decides."""
    ordered = sorted(entries, key=lambda entry: entry.number)
    for version in (4, 6):
        unsure = False
        ends = [(each, *end) for each in ordered for end in each.ranges if _family(*end) == version]
        for entry, where, cidr in ends:
            matches = every(entry.ingress, about(entry), everyone(cidr))
            if matches is False:
                continue
            if matches is UNKNOWN or entry.allow is UNKNOWN:
                unsure = True
                continue
            if entry.allow:
                yield NOT_JUDGED if unsure else (entry, where, cidr)
            unsure = False
            break
        if unsure:
            yield NOT_JUDGED


def _family(where: str, cidr: Value) -> int:
    return 6 if "ipv6" in where.lower() or (isinstance(cidr, str) and ":" in cidr) else 4


def _judge(resource: Resource, about: Subject) -> Iterator[tuple[Traffic, str, Value] | NotJudged]:
    """The same for one resource: an entry that is a resource of its own stands in the order of its ACL's entries."""
    own = list(traffic(resource))
    alone = list(_lets_in(own, about))
    if resource.kind in _ACLS or not alone:
        yield from alone
        return
    acls = [acl for kind in _ACLS for acl in targets(resource, "networkAclId", kind)]
    siblings = {
        rule.urn: rule for acl in acls for rule in referrers(acl, "ec2/networkAclRule", "networkAclId") if rule is not resource
    }
    others = [entry for holder in (*acls, *siblings.values()) for entry in traffic(holder)]
    for answer in _lets_in([*own, *others], about):
        if isinstance(answer, NotJudged) or answer[0] is own[0]:
            yield answer


@rules.rule("network-acl-admin-ports", "C126", ACL_KINDS)
def _admin_ports(resource: Resource) -> Answers:
    """No network ACL lets everyone reach FTP, SSH or Remote Desktop.

    Split the range around 20, 21, 22 and 3389, or name the addresses that need them.
    """
    open_ports: dict[tuple[str, str, str], list[int]] = {}
    for port in _ADMIN_PORTS:
        for answer in _judge(resource, lambda entry, port=port: entry.reaches(port)):
            if isinstance(answer, NotJudged):
                yield answer
            else:
                entry, where, cidr = answer
                open_ports.setdefault((where, entry.label, str(cidr)), []).append(port)
    for (where, label, cidr), ports in open_ports.items():
        named = ", ".join(map(str, ports))
        yield Finding(where, cidr, f"fewer addresses, for it lets in {label} and with it port {named}", f"{label} {cidr}")


@rules.rule("network-acl-all-ports", "C127", ACL_KINDS)
def _all_ports(resource: Resource) -> Answers:
    """No network ACL lets everyone reach every port.

    Name protocol and ports (TCP 443; 1024-65535 for answers, without 3389).
    """
    for answer in _judge(resource, lambda entry: entry.all_ports):
        if isinstance(answer, NotJudged):
            yield answer
        else:
            entry, where, cidr = answer
            yield Finding(where, cidr, f"not {entry.label} from everywhere", f"{entry.label} {cidr}")


rules.named("network-acl-attached", "C128", "ec2/networkAcl", needs_stack=True).add(
    only_where("subnetIds", named_by("the subnets it is for", _ASSOCIATED, path="subnetIds"), values=(None, [])),
    description="Every network ACL is attached to a subnet.",
    remediation="Name its subnets in subnetIds, or remove it.",
)


@rules.rule("data-subnet-network-acl", "C128", "ec2/subnet", needs_stack=True)
def _data_subnet(subnet: Resource) -> Answers:
    """Subnets of a data tier have a network ACL of their own, not the VPC's default one.

    Name the subnet in the subnetIds of a NetworkAcl.
    """
    if tier(subnet) == "data":
        links = (("ec2/networkAcl", "subnetIds[]"), ("ec2/networkAclAssociation", "subnetId"))
        yield from named_by("a NetworkAcl that names it", *links)(subnet)
