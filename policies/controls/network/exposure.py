"""What runs code has no public address; what faces the internet says so and is guarded."""

from typing import Final

from policies.feasibility.engine.networks import zone_of
from policies.kit.checks import is_not, named_by, only_where
from policies.kit.conditions import unless
from policies.kit.references import targets
from policies.kit.resource import Resource
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Options, Rules, texts
from policies.kit.values import UNKNOWN, as_bool, as_list, given, switch

rules: Final = Rules("network")

rules.named("ecs-public-ip", "C088", "ecs/service ecs/taskSet").add(
    is_not("networkConfiguration.assignPublicIp", True, "false"),
    description="Tasks have no public address.",
    remediation="Set networkConfiguration.assignPublicIp: false; tasks reach out by NAT or VPC endpoints.",
    remediation_values={"networkConfiguration.assignPublicIp": False},
)


@rules.rule(
    "instance-public-ip",
    "C139",
    "ec2/instance ec2/spotInstanceRequest ec2/launchTemplate ec2/launchConfiguration ec2/eip ec2/eipAssociation",
)
def _instance_public_ip(resource: Resource) -> Answers:
    """Instances have no public address.

    Set associatePublicIpAddress: false and stand in a private subnet; what serves users stands behind a load balancer.
    """
    if resource.kind in ("ec2/eip", "ec2/eipAssociation"):
        prop = "instance" if resource.kind == "ec2/eip" else "instanceId"
        instance = resource.get(prop)
        if given(instance):
            yield Finding(prop, instance, "no address on an instance")
        return
    path = (
        "networkInterfaces[].associatePublicIpAddress" if resource.kind == "ec2/launchTemplate" else "associatePublicIpAddress"
    )
    for where, value in resource.each(path):
        if value is UNKNOWN:
            yield NOT_JUDGED
        elif as_bool(value) is True:
            yield Finding(where, value, "false", where if resource.kind == "ec2/launchTemplate" else "")
        elif value is None and resource.get("subnetId") is not None:
            for subnet in targets(resource, "subnetId", "ec2/subnet"):
                if switch(subnet.get("mapPublicIpOnLaunch")):
                    yield Finding(where, value, f"false, for {subnet.name} gives a public address")


# WAF Classic guards, too, as long as AWS runs it.
_FIREWALLS: Final = (("wafv2/webAclAssociation", "resourceArn"), ("wafregional/webAclAssociation", "resourceArn"))
rules.named("alb-firewall", "C108", "lb/loadBalancer", needs_stack=True).add(
    only_where(
        "loadBalancerType",
        unless("internal", (True,), named_by("a WebAclAssociation with its ARN", *_FIREWALLS)),
        values=("application",),
        default="application",
    ),
    description="Internet-facing application load balancers are behind a WAFv2 web ACL.",
    remediation="Add a wafv2 WebAclAssociation with resourceArn: the load balancer's ARN.",
)


@rules.configurable(
    "load-balancer-internal",
    "C111",
    "lb/loadBalancer elb/loadBalancer",
    options={"public": texts("Load balancers that face the internet, by logical or AWS name.")},
)
def _internal(load_balancer: Resource, options: Options) -> Answers:
    """Load balancers are internal, unless this policy's option lists them as public.

    Set internal: true, or list it in this policy's option public, or exempt it.
    """
    internal = as_bool(load_balancer.get("internal"))
    if internal is True or load_balancer.get("loadBalancerType") == "gateway":
        return
    if load_balancer.name in options["public"] or load_balancer.get("name") in options["public"]:
        return
    public = Finding("internal", internal, "true, or the load balancer listed as public")
    yield NOT_JUDGED if internal is UNKNOWN else public


rules.named("function-url-auth", "C143", "lambda/functionUrl").add(
    is_not("authorizationType", "NONE", "AWS_IAM"),
    description="Function URLs ask for AWS credentials.",
    remediation="Set authorizationType: AWS_IAM.",
)


@rules.rule("function-url-cors", "C143", "lambda/functionUrl")
def _function_url_cors(url: Resource) -> Answers:
    """Function URLs name the web sites whose pages may call them.

    Set cors.allowOrigins to the sites' origins.
    """
    for origin in as_list(url.get("cors.allowOrigins")):
        if origin is UNKNOWN:
            yield NOT_JUDGED
        elif origin == "*":
            yield Finding("cors.allowOrigins", origin, "the origins that call it")


@rules.rule("function-in-vpc", "C145", "lambda/function")
def _function_in_vpc(function: Resource) -> Answers:
    """Functions run in a VPC, in subnets of two availability zones.

    Set vpcConfig: {subnetIds, securityGroupIds} with private subnets in two zones.
    """
    config, subnets = function.get("vpcConfig"), function.get("vpcConfig.subnetIds")
    if config is not UNKNOWN and subnets is not UNKNOWN and len(as_list(subnets)) < 2:
        yield Finding("vpcConfig.subnetIds", subnets, "private subnets in two zones")
        return
    known = targets(function, "vpcConfig.subnetIds[]", "ec2/subnet")
    zones = {zone_of(subnet) for subnet in known}
    if len(zones - {None}) >= 2:
        return
    if config is UNKNOWN or subnets is UNKNOWN:
        yield NOT_JUDGED
    elif known and None not in zones and len(known) == len(as_list(subnets)):
        yield Finding("vpcConfig.subnetIds", subnets, f"a second zone, for all are in {', '.join(map(str, zones))}")
