"""An OpenSearch server of a test run, with its security plugin set up as AWS sets one up; on loopback, and gone afterwards.

Who is who comes from two places, as on AWS. A token of the identity provider is checked by the server itself, with the keys
that the provider publishes. What IAM would say of a signed request, the front says (`front.py`), in headers.
"""

import http.client
import json
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import trustme

from .distribution import home, java

MASTER: Final = "arn:aws:iam::111111111111:role/search-configurer"
"""The role of the function that configures the domain: the master user."""
HEAP_MB: Final = 768
AUDIT: Final = "audit"
"""What lines of the audit log begin with, after their time and level."""

_FRONT: Final = {"user_header": "x-front-user", "roles_header": "x-front-roles"}


def _domain(order: int, kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    authenticator = {"type": kind, "challenge": False, "config": dict(config)}
    backend = {"type": "noop"}
    return {"http_enabled": True, "order": order, "http_authenticator": authenticator, "authentication_backend": backend}


def _security(jwks_url: str) -> dict[str, dict[str, Any]]:
    """The files that the security index is made of."""
    tokens = {"jwks_uri": jwks_url, "subject_key": "sub", "roles_key": "tenant", "jwt_header": "Authorization"}
    http_settings = {"anonymous_auth_enabled": False, "xff": {"enabled": True, "internalProxies": r"127\.0\.0\.1"}}
    # The order is AWS's own business; here a request has either a token or the front's word.
    domains = {"front": _domain(0, "proxy", _FRONT), "tokens": _domain(1, "jwt", tokens)}
    everything = {"reserved": True, "backend_roles": [MASTER]}
    return {
        "config": {"config": {"dynamic": {"http": http_settings, "authc": domains, "authz": {}}}},
        "internal_users": {},
        "roles": {},
        "roles_mapping": {"all_access": everything, "security_manager": everything},
        "action_groups": {},
        "tenants": {},
        "nodes_dn": {},
        "allowlist": {"config": {"enabled": False, "requests": {}}},
        "audit": {"config": {"enabled": False}},
    }


_TYPES: Final = {"internal_users": "internalusers", "roles_mapping": "rolesmapping", "action_groups": "actiongroups"}
_TYPES_ALSO: Final = {"nodes_dn": "nodesdn"}


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        port: Where it listens.
        log: File with what it says.
        pid: Of its process.
    """

    port: int
    log: Path
    pid: int

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        user: str | None = None,
    ) -> tuple[int, Any]:
        """Status and answer; as `user` (an ARN) where one is named, as IAM would know it."""
        told = dict(headers or {})
        if user:
            told |= {"x-forwarded-for": "127.0.0.1", "x-front-user": user, "x-front-roles": user}
        data = body if isinstance(body, str | None) else json.dumps(body)
        if data is not None:
            told.setdefault("content-type", "application/x-ndjson" if data.endswith("\n") else "application/json")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, data.encode() if data is not None else None, told)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text

    def master(self, method: str, path: str, body: object = None) -> Any:
        """The answer to the master; what is refused fails the test."""
        status, answer = self.ask(method, path, body, user=MASTER)
        assert status < 300, (method, path, status, answer)
        return answer

    def said(self, what: str) -> list[str]:
        """The lines of its log that hold a text."""
        return [line for line in self.log.read_text().splitlines() if what in line]

    def reset(self) -> None:
        """Bring the server back to what it was: no index, template, role, mapping or setting but the first ones."""
        self.master("PUT", "/_cluster/settings", {"persistent": {"action.*": None, "search.*": None}})
        self.master("PUT", "/_plugins/_security/api/audit/config", {"enabled": False, "audit": {}, "compliance": {}})
        mine = [each["index"] for each in self.master("GET", "/_cat/indices?format=json") if not each["index"].startswith(".")]
        for index in mine:
            self.master("DELETE", f"/{index}")
        for each in self.master("GET", "/_index_template")["index_templates"]:
            self.master("DELETE", f"/_index_template/{each['name']}")
        for kind in ("rolesmapping", "roles"):
            found = self.master("GET", f"/_plugins/_security/api/{kind}")
            names = [name for name, each in found.items() if not (each.get("reserved") or each.get("static"))]
            if names:
                self.master(
                    "PATCH", f"/_plugins/_security/api/{kind}", [{"op": "remove", "path": f"/{name}"} for name in names]
                )


@contextmanager
def server(*, jwks_url: str, secured: bool = True, heap_mb: int = HEAP_MB, explicit_index: bool = False) -> Generator[Server]:
    """Run a server until the end of the `with`; without the security plugin's work, where it is not `secured`.

    A request in bulk may name an index in its body with `explicit_index`, as in the domain of logs.
    """
    # Not pytest's folder: only root may look into that one where tests run as root, and the server must not be root.
    folder = Path(tempfile.mkdtemp(prefix="opensearch-"))
    log = folder / "log"
    user = "nobody" if os.getuid() == 0 else None
    _write_settings(folder, jwks_url, secured=secured, explicit_index=explicit_index)
    if user:
        owner = pwd.getpwnam(user)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    with log.open("w") as output:
        process = subprocess.Popen(
            _command(folder, heap_mb), user=user, cwd=folder, stdout=output, stderr=output, env=_environment()
        )
    try:
        yield _ready(process, log, secured=secured)
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def _environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}


def _command(folder: Path, heap_mb: int) -> list[str]:
    options = {
        "opensearch.path.home": home(),
        "opensearch.path.conf": folder / "config",
        "opensearch.networkaddress.cache.ttl": 60,
        "log4j2.disable.jmx": "true",
        "java.io.tmpdir": folder / "tmp",
    }
    words = [f"-D{name}={value}" for name, value in options.items()]
    memory = [f"-Xms{heap_mb}m", f"-Xmx{heap_mb}m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    return [str(java()), *memory, *words, "-cp", f"{home()}/lib/*", "org.opensearch.bootstrap.OpenSearch"]


def _write_settings(folder: Path, jwks_url: str, *, secured: bool, explicit_index: bool) -> None:
    config = folder / "config" / "opensearch-security"
    config.mkdir(parents=True)
    for name in ("tmp", "data", "logs"):
        (folder / name).mkdir()
    settings: dict[str, Any] = {
        "cluster.name": "tests",
        "discovery.type": "single-node",
        "network.host": "127.0.0.1",
        "http.port": 0,
        "transport.port": 0,
        "path.data": str(folder / "data"),
        "path.logs": str(folder / "logs"),
        # A full disk of this machine is not what is tested.
        "cluster.routing.allocation.disk.threshold_enabled": False,
        # What the domain sets, too (components/analytics/search_domain.py).
        "rest.action.multi.allow_explicit_index": explicit_index,
    }
    if secured:
        authority = trustme.CA()
        certificate = authority.issue_cert("localhost", common_name="localhost")
        authority.cert_pem.write_to_path(str(folder / "config" / "authority.pem"))
        certificate.private_key_pem.write_to_path(str(folder / "config" / "key.pem"))
        (folder / "config" / "node.pem").write_bytes(b"".join(each.bytes() for each in certificate.cert_chain_pems))
        transport = {"pemcert": "node.pem", "pemkey": "key.pem", "pemtrustedcas": "authority.pem"}
        settings |= {f"plugins.security.ssl.transport.{name}_filepath": file for name, file in transport.items()}
        settings |= {
            "plugins.security.ssl.transport.enforce_hostname_verification": False,
            "plugins.security.nodes_dn": ["CN=localhost*"],
            "plugins.security.allow_default_init_securityindex": True,
            "plugins.security.restapi.roles_enabled": ["all_access", "security_manager"],
            "plugins.security.system_indices.enabled": True,
            # AWS writes it to CloudWatch; here it is in the server's log.
            "plugins.security.audit.type": "log4j",
            "plugins.security.audit.config.log4j.logger_name": AUDIT,
            "plugins.security.audit.config.log4j.level": "INFO",
        }
        for name, content in _security(jwks_url).items():
            kind = (_TYPES | _TYPES_ALSO).get(name, name)
            (config / f"{name}.yml").write_text(json.dumps({"_meta": {"type": kind, "config_version": 2}, **content}))
    else:
        settings["plugins.security.disabled"] = True
    (folder / "config" / "opensearch.yml").write_text(
        "".join(f"{key}: {json.dumps(value)}\n" for key, value in settings.items())
    )
    (folder / "config" / "log4j2.properties").write_text(
        "status = error\nappender.out.type = Console\nappender.out.name = out\nappender.out.layout.type = PatternLayout\n"
        "appender.out.layout.pattern = %d %p %c{1.} %m%n\nrootLogger.level = info\nrootLogger.appenderRef.out.ref = out\n"
    )


def _ready(process: subprocess.Popen[bytes], log: Path, *, secured: bool) -> Server:
    while True:
        assert process.poll() is None, log.read_text()[-8000:]
        said = log.read_text()
        assert "NoClassDefFoundError" not in said, said[-8000:]
        assert "Cannot apply default config" not in said, said[-8000:]
        found = [line for line in said.splitlines() if "publish_address" in line and "HttpServerTransport" in line]
        if found:
            port = int(found[0].rpartition("}")[0].rpartition("publish_address {")[2].partition("}")[0].rpartition(":")[2])
            running = Server(port=port, log=log, pid=process.pid)
            user = MASTER if secured else None
            try:
                if running.ask("GET", "/_cluster/health?wait_for_status=yellow", user=user)[0] == 200:
                    return running
            except (TimeoutError, OSError):
                pass
        time.sleep(0.1)
