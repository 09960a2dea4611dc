"""What the two regions of the tests consist of, made by the calls that make it on AWS."""

import os
from collections.abc import Callable
from typing import Any, Final

from moto.core.models import DEFAULT_ACCOUNT_ID

ACCOUNT: Final = os.environ.get("MOTO_ACCOUNT_ID", DEFAULT_ACCOUNT_ID)
"""The account whose things moto makes."""

PRIMARY: Final[str] = "us-east-2"
RECOVERY: Final[str] = "us-west-2"
TABLE: Final = "recovery"
OPEN_GROUP: Final = "sg-00000000000000001"
FENCE_GROUP: Final = "sg-00000000000000002"


def build(client: Callable[[str, str], Any], region: str) -> dict[str, Any]:
    """What a region consists of; its site.json."""
    stack = "prod" if region == PRIMARY else "prod-recovery"
    client("dynamodb", region).create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "item", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "item")],
    )
    client("rds", region).create_db_instance(
        DBInstanceIdentifier=f"main-{region}",
        Engine="postgres",
        EngineVersion="16.3",
        DBInstanceClass="db.m6g.large",
        MasterUsername="owner",
        MasterUserPassword="not-a-password",
        AllocatedStorage=20,
        BackupRetentionPeriod=14,
        VpcSecurityGroupIds=[OPEN_GROUP],
    )
    ec2 = client("ec2", region)
    network = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=network, CidrBlock=f"10.0.{place}.0/24", AvailabilityZone=f"{region}{zone}")["Subnet"][
            "SubnetId"
        ]
        for place, zone in enumerate("ab")
    ]
    rules, balancer = _listener(client, region, subnets)
    ecs = client("ecs", region)
    cluster = ecs.create_cluster(clusterName="main")["cluster"]["clusterArn"]
    container = {"name": "web", "image": "web", "cpu": 256, "memory": 512}
    definition = ecs.register_task_definition(
        family="web",
        containerDefinitions=[container],
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
    )["taskDefinition"]["taskDefinitionArn"]
    ecs.create_service(cluster="main", serviceName="web", taskDefinition=definition, desiredCount=0)
    client("application-autoscaling", region).register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId="service/main/web",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=2,
        MaxCapacity=10,
    )
    role = f"arn:aws:iam::{ACCOUNT}:role/any"
    if region == PRIMARY:
        client("iam", region).create_role(RoleName="any", AssumeRolePolicyDocument="{}")
    queue = client("sqs", region).create_queue(QueueName="ingest")["QueueUrl"]
    client("lambda", region).create_function(
        FunctionName="consume", Runtime="python3.13", Role=role, Handler="a.b", Code={"ZipFile": b"nothing"}
    )
    mapping = client("lambda", region).create_event_source_mapping(
        EventSourceArn=f"arn:aws:sqs:{region}:{ACCOUNT}:ingest", FunctionName="consume"
    )["UUID"]
    client("scheduler", region).create_schedule(
        Name="nightly",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": f"arn:aws:lambda:{region}:{ACCOUNT}:function:consume", "RoleArn": role},
    )
    client("events", region).put_rule(Name="delivered", EventPattern="{}")
    environment = client("batch", region).create_compute_environment(
        computeEnvironmentName="main", type="UNMANAGED", state="ENABLED", serviceRole=role
    )["computeEnvironmentArn"]
    jobs = client("batch", region).create_job_queue(
        jobQueueName="main",
        state="ENABLED",
        priority=1,
        computeEnvironmentOrder=[{"order": 1, "computeEnvironment": environment}],
    )["jobQueueArn"]
    alerts = client("sns", region).create_topic(Name="alerts")["TopicArn"]
    return {
        "stack": stack, "region": region, "account": ACCOUNT, "table": TABLE, "alerts": alerts,
        "domain": "app.example.com", "loadBalancer": balancer, "heartbeat": "heartbeat",
        "recover": f"arn:aws:lambda:{region}:{ACCOUNT}:function:recover:live",
        "primary": PRIMARY, "recovery": RECOVERY,
        "reconcile": {"cluster": "main", "taskDefinition": definition, "subnets": subnets, "securityGroups": [OPEN_GROUP]},
        "switches": {
            "service": [{"name": "web", "cluster": cluster, "service": "web", "min": 2, "max": 10, "healthPath": "/health",
                         "hosts": ["app.example.com"]}],
            "mapping": [{"name": "ingest", "uuid": mapping, "function": "consume"}],
            "schedule": [{"name": "nightly", "schedule": "nightly", "group": "default"}],
            "job-queue": [{"name": "main", "arn": jobs}],
            "database": [{"name": "main", "identifier": f"main-{region}", "groups": [OPEN_GROUP], "fence": FENCE_GROUP,
                          "credentials": "arn"}],
            "rule": [{"name": "delivered", "rule": "delivered"}],
            "gate": [{"name": "gate", "rule": rules["gate"], "open": "/closed", "closed": "/*"}],
            "latch": [{"name": "latch", "rule": rules["latch"], "open": "200", "closed": "404"}],
            "queue": [{"name": "ingest", "url": queue}],
        },
        "replicated": [
            {"name": "lake-raw", "arn": f"arn:aws:s3:::raw-{region}"},
            {"name": "sessions", "arn": f"arn:aws:dynamodb:{region}:{ACCOUNT}:table/sessions"},
        ],
    }  # fmt: skip


def _listener(client: Callable[[str, str], Any], region: str, subnets: list[str]) -> tuple[dict[str, str], str]:
    elb = client("elbv2", region)
    balancer = elb.create_load_balancer(Name="main", Subnets=subnets)["LoadBalancers"][0]
    listener = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=[fixed("404")]
    )["Listeners"][0]["ListenerArn"]
    rules: dict[str, str] = {}
    for priority, (name, path) in enumerate((("latch", "/active"), ("gate", "/closed")), 1):
        rules[name] = elb.create_rule(
            ListenerArn=listener,
            Priority=priority,
            Conditions=[{"Field": "path-pattern", "Values": [path]}],
            Actions=[fixed("503")],
        )["Rules"][0]["RuleArn"]
    return rules, balancer["DNSName"]


def fixed(status: str) -> dict[str, Any]:
    """An answer of a listener."""
    return {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": status, "ContentType": "text/plain"}}
