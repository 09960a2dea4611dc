"""`python -m aggregate`: one tenant's dataset from raw objects to Parquet, PostgreSQL and a dump; one line of JSON tells."""

import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

from .failures import DONE, TransientError, judge
from .lake import client, tenant_session
from .order import Order, read
from .run import Summary, run_for
from .tables import open_tables


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run, print the summary, return the exit code: 0 done, 10 try again, 20 not before something is changed, 1 a defect."""
    began = time.monotonic()
    told: dict[str, Any] = {"job": "aggregate"}
    try:
        order = read(arguments, environment)
        told |= {"tenant": order.tenant, "dataset": order.dataset}
        told |= vars(fulfil(order))
        code = DONE
    except Exception as error:
        code, told["error"] = judge(error)
    print(json.dumps({**told, "exit_code": code, "seconds": round(time.monotonic() - began, 3)}), flush=True)
    return code


def fulfil(order: Order) -> Summary:
    """Do what the order says."""
    session = tenant_session(role=order.role, tenant=order.tenant, region=order.region)
    order = order.at_its_place(client(session, "dynamodb"))
    # Made here without a call; it opens a session for 15 minutes, as this login role of this tenant only.
    token = session.client("rds").generate_db_auth_token(
        DBHostname=order.host, Port=order.port, DBUsername=order.login, Region=order.region
    )
    with open_tables(order, token) as tables:
        run = run_for(order, tables, client(session, "s3"))
        run.aggregate(order.dates)
        if order.dump:
            run.dump(datetime.now(UTC).date())
    return run.summary


def _told_to_stop(*_: object) -> NoReturn:
    """Spot takes its instance back within two minutes: the chunk at hand is given up, the next attempt goes on there."""
    raise TransientError("told to stop")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _told_to_stop)
    sys.exit(main(sys.argv[1:], os.environ))
