"""`python -m jobs.publish`: one tenant's shares are written anew; one line of JSON tells."""

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ..aggregate.failures import judge
from ..aggregate.lake import client, tenant_session
from .order import Order, read
from .run import Summary, publish


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run, print the summary, return the exit code: 0 done, 10 try again, 20 not before something is changed, 1 a defect."""
    began = time.monotonic()
    told: dict[str, Any] = {"job": "publish"}
    try:
        order = read(arguments, environment)
        told |= {"tenant": order.tenant, "dataset": order.dataset}
        summary = fulfil(order)
        told |= vars(summary)
        code = summary.exit_code
    except Exception as error:
        code, told["error"] = judge(error)
    print(json.dumps({**told, "exit_code": code, "seconds": round(time.monotonic() - began, 3)}), flush=True)
    return code


def fulfil(order: Order) -> Summary:
    """Do what the order says, in a session of its tenant."""
    session = tenant_session(role=order.role, tenant=order.tenant, region=order.region)
    clients = {name: client(session, name) for name in ("s3", "dynamodb")}
    return publish(order.at_its_place(clients["dynamodb"]), clients, datetime.now(UTC).date())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
