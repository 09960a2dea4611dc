"""`python -m delivery.reconcile`, without arguments: what the task `reconcile` runs after a failover.

Variables: STACK, AWS_REGION, RECOVERY_TABLE and ALERT_TOPIC; PULUMI_GIT_HEAD, which is the image's own; PATIENCE_SECONDS, an
hour by default; PROJECT, the folder of the project, by default the code's.

Exit codes: 0 done, 1 failed, 2 wrong variables, 3 refused, 4 somebody else is at work.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from delivery.deploy import DeliveryError
from functions.recovery.record import Record

from .course import real_clock, reconcile
from .engine import Engine
from .order import Order, OrderError, order_of
from .outcome import EXIT, Outcome


def main() -> int:
    """Run it, tell it, and answer the exit code."""
    if sys.argv[1:]:
        # Who may start the task may give it arguments, too.
        sys.stderr.write("reconcile takes no arguments\n")
        return 2
    try:
        order = order_of(os.environ)
    except OrderError as error:
        sys.stderr.write(f"reconcile: {error}\n")
        return 2
    project = os.environ.get("PROJECT")
    try:
        engine = Engine(order.stack, Path(project) if project else None, os.environ)
    except DeliveryError as error:
        sys.stderr.write(f"reconcile: {error}\n")
        return 2
    boto: Any = boto3
    record = Record(boto.client("dynamodb", region_name=order.region), order.table)
    try:
        outcome = reconcile(order, engine, record, real_clock(time.sleep))
    except (BotoCoreError, ClientError) as error:
        sys.stderr.write(f"reconcile: the table {order.table} in {order.region}: {error}\n")
        return 1
    _tell(order, outcome, boto)
    return EXIT[outcome.state]


def _tell(order: Order, outcome: Outcome, boto: Any) -> None:
    text = outcome.text(order.stack, "dataconnect:active: true, or at home dataconnect:standby: false,")
    print(text, flush=True)
    try:
        boto.client("sns", region_name=order.region).publish(
            # AWS takes 100 characters: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
            TopicArn=order.topic,
            Subject=f"Recovery, up of {order.stack}: {outcome.state}"[:100],
            Message=text,
        )
    except (BotoCoreError, ClientError) as error:
        # The journal has it.
        sys.stderr.write(f"reconcile: nobody could be told by {order.topic}: {error}\n")


if __name__ == "__main__":
    sys.exit(main())
