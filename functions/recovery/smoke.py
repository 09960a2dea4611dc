"""Asks a service for its health as a visitor would: through the load balancer, with the name and certificate of the domain."""

import http.client
import socket
import ssl
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field

from .site import Site


@dataclass(frozen=True, kw_only=True)
class Smoke:
    """How the load balancer is asked.

    Attributes:
        context: Checks its certificate; the default one trusts what public authorities signed.
        port: Of HTTPS.
        seconds: How long a connection, and each answer, may take.
    """

    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    port: int = 443
    seconds: float = 5.0

    def __call__(self, site: Site) -> dict[str, str]:
        """What is wrong, by service; empty is: every service is well."""
        troubles: dict[str, str] = {}
        for switch in site.of("service"):
            hosts: Iterable[str] = switch.facts["hosts"] or ([site.domain] if switch.facts["healthPath"] else [])
            for host in hosts:
                try:
                    status = self._status(site.load_balancer, host.replace("*", "smoke"), switch.facts["healthPath"])
                except (OSError, http.client.HTTPException) as error:
                    troubles[switch.name] = f"{host}: {type(error).__name__}: {error}"[:300]
                else:
                    if not 200 <= status < 300:
                        troubles[switch.name] = f"{host}: {status}"
        return troubles

    def _status(self, address: str, host: str, path: str) -> int:
        raw = socket.create_connection((address, self.port), timeout=self.seconds)
        with closing(raw), self.context.wrap_socket(raw, server_hostname=host) as channel:
            connection = http.client.HTTPConnection(host, timeout=self.seconds)
            connection.sock = channel
            connection.request("GET", path, headers={"Host": host, "User-Agent": "dataconnect-recovery"})
            return connection.getresponse().status
