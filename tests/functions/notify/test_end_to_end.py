"""From a metric that breaches to what Slack receives: CloudWatch, SNS and SQS of the emulator, and the function."""

import json
from datetime import UTC, datetime
from typing import Any

import boto3

from tests.functions.notify.desks import CALLS, REGION, RUNBOOKS, World


def as_aws_sends(cloudwatch: Any, name: str) -> dict[str, Any]:
    """The message of an alarm's state: moto evaluates no alarm and runs no action of one, so this says what AWS would.

    docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
    """
    (found,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return {
        "AlarmName": found["AlarmName"],
        "AlarmDescription": found["AlarmDescription"],
        "NewStateValue": found["StateValue"],
        "NewStateReason": found["StateReason"],
        "StateChangeTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000",
        "AlarmArn": found["AlarmArn"],
        "Trigger": {
            "MetricName": found["MetricName"],
            "Namespace": found["Namespace"],
            "Dimensions": [{"name": each["Name"], "value": each["Value"]} for each in found["Dimensions"]],
            "Period": found["Period"],
            "EvaluationPeriods": found["EvaluationPeriods"],
            "ComparisonOperator": found["ComparisonOperator"],
            "Threshold": found["Threshold"],
        },
    }


def evaluate(cloudwatch: Any, name: str) -> None:
    """What CloudWatch does each period: the newest datapoint against the threshold."""
    (found,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    now = datetime.now(UTC)
    told = cloudwatch.get_metric_statistics(
        Namespace=found["Namespace"],
        MetricName=found["MetricName"],
        Dimensions=found["Dimensions"],
        Period=60,
        Statistics=[found["Statistic"]],
        StartTime=now.timestamp() - 600,
        EndTime=now.timestamp() + 60,
    )["Datapoints"]
    newest = max(told, key=lambda each: each["Timestamp"])[found["Statistic"]]
    state = "ALARM" if newest > found["Threshold"] else "OK"
    reason = f"Threshold Crossed: 1 datapoint was {newest}; the threshold is {found['Threshold']}."
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason=reason)


def test_a_metric_that_breaches_is_a_message_in_slack_and_one_that_recovers_edits_it(desk: World) -> None:
    cloudwatch, sns = boto3.client("cloudwatch", region_name=REGION), boto3.client("sns", region_name=REGION)
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    queue = desk.sqs.create_queue(QueueName="notices")["QueueUrl"]
    arn = desk.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    dimensions = [{"Name": "DBInstanceIdentifier", "Value": "dataconnect-prod"}]
    cloudwatch.put_metric_alarm(
        AlarmName="database-database-cpu",
        AlarmDescription=f"The CPU is busy. Severity: critical. Runbook: {RUNBOOKS}/database/cpu",
        Namespace="Test/RDS",
        MetricName="CPUUtilization",
        Dimensions=dimensions,
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanThreshold",
        Threshold=90.0,
        AlarmActions=[topic],
        OKActions=[topic],
    )
    desk.now = datetime.now(UTC)
    desk.table.put_item(Item={"kind": "report", "id": "none"})
    for value, header in ((97.5, "🔴 CRITICAL: database-database-cpu"), (12.0, "🟢 RESOLVED: database-database-cpu")):
        metric = {"MetricName": "CPUUtilization", "Dimensions": dimensions, "Value": value, "Timestamp": datetime.now(UTC)}
        cloudwatch.put_metric_data(Namespace="Test/RDS", MetricData=[metric])
        if value < 90:
            # moto keeps all datapoints of a minute, and the alarm looks at the greatest.
            cloudwatch.set_alarm_state(AlarmName="database-database-cpu", StateValue="OK", StateReason="It recovered.")
        else:
            evaluate(cloudwatch, "database-database-cpu")
        subject = f'{value}: "database-database-cpu" in US East (Ohio)'
        sns.publish(TopicArn=topic, Subject=subject, Message=json.dumps(as_aws_sends(cloudwatch, "database-database-cpu")))
        (message,) = desk.sqs.receive_message(QueueUrl=queue)["Messages"]
        desk.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        assert desk.take(message["Body"]) == []
        assert desk.services.headers(CALLS) == [header]
    (shown,) = desk.services.shown(CALLS)
    assert "the threshold is 90.0" in str(shown) and "DBInstanceIdentifier dataconnect-prod" in str(shown)
