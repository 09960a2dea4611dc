"""What was real in the demonstration, and what stood in for AWS: it tells so at its end."""

from typing import Final

STAND_INS: Final = (
    ("PostgreSQL", "real, version {major}, over TLS; passwords of the master, and trust where RDS checks IAM tokens"),
    ("S3, DynamoDB, SNS, SQS, IAM, STS", "moto, in this process: it keeps things and evaluates no policy"),
    ("IAM's decisions", "a simulator (iam-simulate), asked with the policies of the planned stack and those operations added"),
    ("load balancer, Lambda, Batch", "their parts are called directly; nobody verifies the token, nobody starts the container"),
    ("OpenSearch", "real, with its security plugin, behind a front of ours that checks signatures and the access policy"),
    (
        "its two domains",
        "one node: so that of the search lets a body name its indexes, too; no Dashboards, and nothing deletes old logs",
    ),
    ("Valkey", "real, with the access strings of the planned stack; without TLS, passwords of this program"),
    (
        "Athena",
        "DuckDB runs the prepared statements; a stand-in keeps workgroups and stops queries; 1.5 GiB of the scans are made up",
    ),
    ("KMS", "moto keeps the share's key, its planned policy and state; it encrypts nothing: a front of S3 asks both"),
    ("Lake Formation, Glue", "moto keeps grants and tables; the deployment's function is called with the planned orders"),
    ("RAM", "a resource share is there while a grant is; nobody accepts an invitation"),
    (
        "the subscriber",
        "reads by that front: the simulator judges the policies of role, bucket and key, Lake Formation nothing",
    ),
    (
        "services search, bi, realtime",
        "not here: what they would ask is asked with a user's token, in a tenant's session, as their user of the cache",
    ),
    (
        "Step Functions, Firehose",
        "not here: this program starts the job, and writes the copies of logs; no hot Parquet",
    ),
    ("CloudWatch", "a small judge of planned alarms, and what it would tell SNS; Insights adds up what this program keeps"),
    ("Slack, mail", "a server here that refuses what Slack's documentation says it does; queues in place of mailboxes"),
    ("what sleeps of dev", "a model of one database, service and batch queue, on a simulated clock; costs are an estimate"),
    ("environments on demand", "the real engine on two resources; AWS is the sandbox's stand-in, the table moto's"),
)
"""What -> what there was of it; `{major}` is PostgreSQL's version."""
