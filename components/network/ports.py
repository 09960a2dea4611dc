"""The ports that firewalls, load balancers and endpoints speak of, and where anybody comes from."""

from typing import Final

HTTP: Final = 80
HTTPS: Final = 443

# docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html: NAT gateways, load balancers and Lambda get answers from
# here to HIGHEST; a process that is not root listens here, too.
UNPRIVILEGED: Final = 1024
HIGHEST: Final = 65535
REMOTE_DESKTOP: Final = 3389

ANYWHERE: Final = "0.0.0.0/0"
"""Every IPv4 address."""
