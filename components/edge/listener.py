"""What a service needs of a load balancer to be reached through it."""

from dataclasses import dataclass

import pulumi

from ..network.security_group import SecurityGroup


@dataclass(frozen=True, kw_only=True)
class Listener:
    """An HTTPS listener, `Ingress.listener`; which of its requests a service answers is said by the service's spec.

    Attributes:
        arn: Its ARN.
        security_group: The load balancer's; a service opens its port to this group.
        load_balancer_suffix: The end of the load balancer's ARN, by which CloudWatch knows it (`app/<name>/<id>`).
    """

    arn: pulumi.Input[str]
    security_group: SecurityGroup
    load_balancer_suffix: pulumi.Input[str]
