"""moto's DynamoDB for several processes at once: one process has it, the others ask it over HTTP, as they ask AWS."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

REGION = "us-east-2"


@contextmanager
def shared_table() -> Generator[tuple[str, Any]]:
    """Serve it; the address, and a client of it for when no other process asks."""
    with mock_aws():
        boto: Any = boto3
        client = boto.client("dynamodb", region_name=REGION)
        # As DynamoDB does: one item is changed by one request at a time.
        one = Lock()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                operation = self.headers["X-Amz-Target"].rpartition(".")[2]
                try:
                    with one:
                        told, code = client._make_api_call(operation, body), 200
                    told.pop("ResponseMetadata")
                except ClientError as error:
                    said = error.response["Error"]
                    told, code = {"__type": f"com.amazonaws.dynamodb.v20120810#{said['Code']}", "message": said["Message"]}, 400
                    if reasons := error.response.get("CancellationReasons"):
                        told["CancellationReasons"] = reasons
                answer = json.dumps(told, default=str).encode()
                self.send_response(code)
                self.send_header("Content-Type", "application/x-amz-json-1.0")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", client
        finally:
            server.shutdown()
            server.server_close()
