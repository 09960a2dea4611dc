"""Runs the entry point as the image does, in a process of its own, with AWS's stand-in for the table and the topic.

    python -m tests.delivery.reconcile.driver FOLDER

FOLDER/table.json has the items of the table `recovery`, before and after; FOLDER/told.json what was published.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import boto3
from moto import mock_aws

from delivery.reconcile.__main__ import main

REGION = "us-west-2"


def run(folder: Path) -> int:
    file = folder / "table.json"
    boto: Any = boto3
    dynamodb, sns, sqs = (boto.client(name, region_name=REGION) for name in ("dynamodb", "sns", "sqs"))
    dynamodb.create_table(
        TableName="recovery",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "item", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "item")],
    )
    for item in json.loads(file.read_text()):
        dynamodb.put_item(TableName="recovery", Item=item)
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    queue = sqs.create_queue(QueueName="people")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:123456789012:people")
    os.environ.update({"RECOVERY_TABLE": "recovery", "ALERT_TOPIC": topic})
    sys.argv = ["reconcile"]
    code = main()
    file.write_text(json.dumps(dynamodb.scan(TableName="recovery")["Items"]))
    received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    (folder / "told.json").write_text(json.dumps([json.loads(each["Body"]) for each in received]))
    return code


if __name__ == "__main__":
    with mock_aws():
        sys.exit(run(Path(sys.argv[1])))
