"""The function as Lambda calls it: its own package, the credentials from Secrets Manager, the authorities of RDS."""

import json
import os
import socket
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import trustme

from components.base import limits
from components.data.database_users import source
from components.data.postgres import CA_CERTIFICATE
from components.data.users_function.handler import AUTHORITIES, Order, handle
from tests.postgres import listening, tls

ARN = "arn:aws:secretsmanager:us-east-2:111111111111:secret:database-credentials-AbCdEf"


def test_the_package_runs_without_the_rest_of_this_project(tmp_path: Path) -> None:
    for name, text in source().items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    program = "import users_function.handler as handler; print(handler.__file__, handler.AUTHORITIES.is_file())"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True, text=True, env={})
    assert done.stdout.split() == [str(tmp_path / "users_function" / "handler.py"), "True"]


def test_the_authorities_are_those_of_rds_in_every_region_of_the_estate() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(AUTHORITIES)
    assert CA_CERTIFICATE == "rds-ca-rsa2048-g1"
    roots: list[dict[str, Any]] = context.get_ca_certs()
    names = [dict(pair for (pair,) in each["subject"])["commonName"] for each in roots]
    assert sorted(names) == [f"Amazon RDS {region} Root CA RSA2048 G1" for region in sorted(limits.REGION_ZONES)]
    assert all(each["notAfter"].endswith("2061 GMT") for each in roots)


def test_the_credentials_are_read_by_their_arn_and_shown_to_no_server_but_one_of_rds(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = {"dbname": "dataconnect", "username": "dataconnect_owner", "password": "s3cret" * 5}
    asked: list[bytes] = []
    heard: list[bytes] = []

    def secrets_manager(client: socket.socket) -> None:
        request = client.recv(65536)
        while b"}" not in request.partition(b"\r\n\r\n")[2]:
            request += client.recv(65536)
        asked.append(request)
        body = json.dumps({"SecretString": json.dumps(secret)})
        client.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())

    certificate = trustme.CA().issue_cert("localhost")
    with (
        listening(secrets_manager) as secrets_port,
        listening(lambda client: heard.append(client.recv(65536))) as database,
        tls(database, certificate) as port,
    ):
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", f"http://127.0.0.1:{secrets_port}")
        monkeypatch.setenv("AWS_REGION", "us-east-2")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-2")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-nobody")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-nobody")
        order = Order(host="localhost", port=port, credentials=ARN, users={"search": "write"}, connectionLimit=40)
        with pytest.raises(ssl.SSLCertVerificationError) as refused:
            handle(order, None)
    current = {"SecretId": ARN, "VersionStage": "AWSCURRENT"}
    assert [json.loads(request.partition(b"\r\n\r\n")[2]) for request in asked] == [current]
    assert secret["password"] not in str(refused.value)
    assert b"".join(heard) == b""
