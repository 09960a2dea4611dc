"""The environment's public hosted zone."""

from pydantic import Field

from ..base.spec import DomainName, Spec


class DnsSpec(Spec):
    """The environment's public hosted zone, created by the primary stack; the parent zone delegates to its name servers."""

    zone: DomainName = Field(description="hosted zone, e.g. prod.dataconnect.example")
