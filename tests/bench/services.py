"""A platform of as many services as BENCH_SERVICES says: a network, a cluster, and a load balancer for every 90 of them."""

import gc
import os

from components.base.alarms import AlarmTarget
from components.base.here import Here
from components.base.statements import Statement
from components.compute.cluster import Cluster, ClusterArgs
from components.compute.repository import pull_login
from components.compute.service import Service, ServiceArgs
from components.compute.service_spec import ServiceSpec
from components.edge.ingress import Ingress, IngressArgs
from components.edge.ingress_spec import IngressSpec
from components.network.network import Network, NetworkArgs
from components.network.network_spec import NetworkSpec

gc.disable()  # as the project's own program does

REGION, ACCOUNT = "us-east-2", "111111111111"
SERVICES = int(os.environ["BENCH_SERVICES"])
PER_INGRESS = 90  # of the 100 target groups that a load balancer takes
HERE = Here(
    region=REGION,
    account_id=ACCOUNT,
    alarms=AlarmTarget(topic_arn=f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts", runbook_url="https://runbooks.dataconnect.example"),
    log_key_arn=f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-1111-1111-1111-111111111111",
    log_retention_days=30,
)
REPOSITORY = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/dataconnect/search"
DIGEST = f"sha256:{'0' * 64}"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/dataconnect/search@{DIGEST}"
PULL = Statement(sid="Pull", actions=("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"), resources=(REPOSITORY,))

network = Network(
    "network",
    NetworkArgs(
        here=HERE,
        spec=NetworkSpec(cidr="10.40.0.0/16", zones=("us-east-2a", "us-east-2b"), nat="single", interface_endpoints=()),
    ),
)
cluster = Cluster("cluster", ClusterArgs(here=HERE))
ingresses = [
    Ingress(
        f"ingress-{number}",
        IngressArgs(
            here=HERE,
            spec=IngressSpec(domain="app.dataconnect.example"),
            vpc_id=network.vpc_id,
            subnet_ids=network.public_subnet_ids,
            certificate_arn=f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/{number}",
            access_log_bucket="access-logs",
        ),
    )
    for number in range(-(-SERVICES // PER_INGRESS))
]
for number in range(SERVICES):
    spec = ServiceSpec(
        repository="dataconnect/search",
        digest=DIGEST,
        cpu=256,
        memory=512,
        port=8080,
        priority=number % PER_INGRESS + 1,
        paths=(f"/service-{number}/*",),
        health_path="/healthz",
        min_tasks=2,
        max_tasks=4,
    )
    Service(
        f"service-{number}",
        ServiceArgs(
            here=HERE,
            spec=spec,
            image=IMAGE,
            pull=[pull_login(), PULL],
            vpc_id=network.vpc_id,
            subnet_ids=network.application_subnet_ids,
            cluster_arn=cluster.arn,
            listener=ingresses[number // PER_INGRESS].listener,
        ),
    )
