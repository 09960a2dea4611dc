"""A platform of as many services as BENCH_SERVICES says: a network, a cluster, and a load balancer for every 90 of them."""

import gc
import os

from components.alarms import AlarmTarget
from components.cluster import Cluster, ClusterArgs
from components.ingress import Ingress, IngressArgs
from components.network import Network, NetworkArgs
from components.permissions import Statement
from components.repository import pull_login
from components.service import Service, ServiceArgs

gc.disable()  # as the project's own program does

REGION, ACCOUNT = "us-east-2", "111111111111"
SERVICES = int(os.environ["BENCH_SERVICES"])
PER_INGRESS = 90  # of the 100 target groups that a load balancer takes
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-1111-1111-1111-111111111111"
ALARMS = AlarmTarget(topic_arn=f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts", runbook_url="https://runbooks.dataconnect.example")
REPOSITORY = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/dataconnect/search"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/dataconnect/search@sha256:{'0' * 64}"
PULL = Statement(sid="Pull", actions=("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"), resources=(REPOSITORY,))

network = Network(
    "network",
    NetworkArgs(
        region=REGION,
        account_id=ACCOUNT,
        cidr="10.40.0.0/16",
        zones=("us-east-2a", "us-east-2b"),
        nat="single",
        flow_log_key_arn=KEY,
        flow_log_retention_days=30,
        alarms=ALARMS,
    ),
)
cluster = Cluster("cluster", ClusterArgs(region=REGION, log_key_arn=KEY, log_retention_days=30, alarms=ALARMS))
ingresses = [
    Ingress(
        f"ingress-{number}",
        IngressArgs(
            region=REGION,
            vpc_id=network.vpc_id,
            subnet_ids=network.public_subnet_ids,
            certificate_arn=f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/{number}",
            access_log_bucket="access-logs",
            log_key_arn=KEY,
            log_retention_days=30,
            alarms=ALARMS,
        ),
    )
    for number in range(-(-SERVICES // PER_INGRESS))
]
for number in range(SERVICES):
    Service(
        f"service-{number}",
        ServiceArgs(
            region=REGION,
            account_id=ACCOUNT,
            vpc_id=network.vpc_id,
            subnet_ids=network.application_subnet_ids,
            cluster_arn=cluster.arn,
            route=ingresses[number // PER_INGRESS].route(priority=number % PER_INGRESS + 1, paths=[f"/service-{number}/*"]),
            image=IMAGE,
            cpu=256,
            memory=512,
            port=8080,
            health_path="/healthz",
            execution_grants=[pull_login(), PULL],
            log_key_arn=KEY,
            log_retention_days=30,
            min_tasks=2,
            max_tasks=4,
            alarms=ALARMS,
        ),
    )
