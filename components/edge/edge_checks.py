"""Checks of what Route 53, certificates and load balancers accept: each answers what was expected, or None."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final

from ..base import checks, limits

# docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html: DomainName, the certificate's common name
COMMON_NAME_LENGTH: Final = 64
# docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html: Priority
LAST_PRIORITY: Final = 50_000

LATCH_PATH: Final = "/active"
"""What Route 53 asks each of two regions: whether it was opened (docs/decisions/failover-dns.md)."""
LATCH_OPEN: Final = "200"
# Not 5xx: the checkers ask all day, and an alarm on the load balancer's own errors would never end. Anything but 2xx and 3xx
# is unhealthy: docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
LATCH_CLOSED: Final = "404"
GATE_OPEN: Final = "/closed"
"""The path that the gate answers while it is open: nobody's."""
GATE_CLOSED: Final = "/*"
LATCH_PRIORITY: Final = 1
GATE_PRIORITY: Final = 2


def standby_name(domain_name: str) -> str:
    """The name under which the SECONDARY of `domain_name` is always reachable; no service may have it."""
    return f"standby.{domain_name}"


def certificate_name(text: str) -> str | None:
    """A name that a certificate may bear; `*.` may stand in front."""
    return checks.domain_name(text.removeprefix("*."))


def common_name(text: str) -> str | None:
    """A name short enough to be a certificate's first."""
    fits = len(text) <= COMMON_NAME_LENGTH
    return None if fits else f"up to {COMMON_NAME_LENGTH} characters: it is the certificate's common name"


def certificate_names(names: Sequence[str]) -> str | None:
    """As many names as a certificate may bear."""
    most = limits.NAMES_PER_CERTIFICATE
    return None if len(set(names)) <= most else f"at most {most} names in one certificate (ACM's quota)"


def ranges_let_in(cidrs: Sequence[str]) -> str | None:
    """As many ranges as the rules of a load balancer's security group can name, each once for HTTPS and once for HTTP."""
    most = limits.RULES_PER_SECURITY_GROUP // 2
    return None if len(cidrs) <= most else f"at most {most} ranges: each takes two of a security group's inbound rules"


def covers(pattern: str, other: str) -> bool:
    """Whether the path pattern `pattern` takes every path that `other` does."""
    return all(fnmatchcase(re.sub(r"\*", any_text, other.replace("?", "\0")), pattern) for any_text in ("", "\0\0\0"))


def listener_priority(number: int) -> str | None:
    """A place among the rules of a listener."""
    return checks.between(number, 1, LAST_PRIORITY)
