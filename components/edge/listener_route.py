"""Which requests of a load balancer go to a service."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from ..base import checks
from ..base.errors import InvalidArgumentError
from ..network.security_group import SecurityGroup
from . import edge_checks


@dataclass(frozen=True, kw_only=True)
class ListenerRoute:
    """A place among the rules of an HTTPS listener; `Ingress.route` makes one.

    Attributes:
        listener_arn: The HTTPS listener.
        security_group: The load balancer's; its service opens its port to this group.
        load_balancer_suffix: The end of the load balancer's ARN, by which CloudWatch knows it (`app/<name>/<id>`).
        priority: 1 to 50,000, unique on the listener; the lowest number is tried first.
        paths: Path patterns, e.g. `/search/*`; one or more.
        hosts: Host names; empty answers any host. A path that Route 53 checks must answer any host: the check calls the load
            balancer by its own name. Paths and hosts are at most five together.

    Raises:
        InvalidArgumentError: on what the listener would refuse.
    """

    listener_arn: pulumi.Input[str]
    security_group: SecurityGroup
    load_balancer_suffix: pulumi.Input[str]
    priority: int
    paths: Sequence[str]
    hosts: Sequence[str] = ()

    def __post_init__(self) -> None:
        if expected := edge_checks.listener_priority(self.priority):
            raise InvalidArgumentError(self, "priority", self.priority, expected)
        if expected := checks.condition_values(self.paths, self.hosts):
            raise InvalidArgumentError(self, "paths", self.paths, expected)
        for path in self.paths:
            if expected := checks.path_pattern(path):
                raise InvalidArgumentError(self, "paths", path, expected)
        for host in self.hosts:
            if expected := checks.domain_name(host):
                raise InvalidArgumentError(self, "hosts", host, expected)
