"""Twenty mistakes that a preview without the pack accepts: red with the finding, and green once they are fixed."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

import pytest

from tests.engine import CLONE, Engine

PACK = str(CLONE / "policies" / "feasibility")

HEAD = """
import json
import pulumi
import pulumi_aws as aws

after = lambda *resources: pulumi.ResourceOptions(depends_on=list(resources))

def trust(service):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]})

def key_policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})

ROOT = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"}, "Action": "kms:*", "Resource": "*"}
LOGS = {"Effect": "Allow", "Principal": {"Service": "logs.us-east-2.amazonaws.com"}, "Resource": "*",
        "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]}
"""


@dataclass(frozen=True)
class Mistake:
    """A row of the catalogue, a program, and the edits that fix it."""

    row: str
    program: str
    edits: tuple[tuple[str, str], ...]

    @property
    def fixed(self) -> str:
        text = self.program
        for wrong, right in self.edits:
            assert wrong in text
            text = text.replace(wrong, right)
        return text


MISTAKES = {
    "a size that Fargate does not have": Mistake(
        "F058",
        """
aws.ecs.TaskDefinition("task", family="web", requires_compatibilities=["FARGATE"], network_mode="awsvpc", cpu="512",
    memory="512", container_definitions=json.dumps([{"name": "web", "image": "nginx", "essential": True}]))
""",
        (('memory="512"', 'memory="1024"'),),
    ),
    "a replica with a user name of its own": Mistake(
        "F008",
        """
source = aws.rds.Instance("source", engine="postgres", instance_class="db.t4g.medium", allocated_storage=50, username="owner",
    password=pulumi.Output.secret("not-a-secret-1"), backup_retention_period=7, skip_final_snapshot=True)
aws.rds.Instance("replica", replicate_source_db=source.identifier, instance_class="db.t4g.medium", username="owner",
    skip_final_snapshot=True)
""",
        (('"db.t4g.medium", username="owner",\n    skip', '"db.t4g.medium",\n    skip'),),
    ),
    "a source of a replica without backups": Mistake(
        "F007",
        """
source = aws.rds.Instance("plain", engine="postgres", instance_class="db.t4g.medium", allocated_storage=50, username="owner",
    password=pulumi.Output.secret("not-a-secret-1"), skip_final_snapshot=True)
aws.rds.Instance("copy", replicate_source_db=source.identifier, instance_class="db.t4g.medium", skip_final_snapshot=True)
""",
        (("skip_final_snapshot=True)\naws", "skip_final_snapshot=True, backup_retention_period=7)\naws"),),
    ),
    "iops below the size from which gp3 takes them": Mistake(
        "F014",
        """
aws.rds.Instance("small", engine="postgres", instance_class="db.r7g.large", allocated_storage=100, storage_type="gp3",
    iops=6000, username="owner", password=pulumi.Output.secret("not-a-secret-1"), skip_final_snapshot=True)
""",
        (("iops=6000", "max_allocated_storage=200"),),
    ),
    "a table with replicas and no stream": Mistake(
        "F027",
        """
aws.dynamodb.Table("global", attributes=[{"name": "pk", "type": "S"}], hash_key="pk", billing_mode="PAY_PER_REQUEST",
    replicas=[{"region_name": "us-west-2"}])
""",
        (("replicas=", 'stream_enabled=True, stream_view_type="NEW_AND_OLD_IMAGES",\n    replicas='),),
    ),
    "a replica without a key beside a table with one": Mistake(
        "F029",
        """
aws.dynamodb.Table("keyed", attributes=[{"name": "pk", "type": "S"}], hash_key="pk", billing_mode="PAY_PER_REQUEST",
    stream_enabled=True, stream_view_type="NEW_AND_OLD_IMAGES", server_side_encryption={"enabled": True,
    "kms_key_arn": "arn:aws:kms:us-east-2:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab"},
    replicas=[{"region_name": "us-west-2"}])
""",
        (
            (
                '"us-west-2"}',
                '"us-west-2", "kms_key_arn": "arn:aws:kms:us-west-2:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab"}',
            ),
        ),
    ),
    "objects that move to infrequent access too early": Mistake(
        "F051",
        """
bucket = aws.s3.Bucket("lake")
aws.s3.BucketLifecycleConfiguration("lake", bucket=bucket.id, rules=[{"id": "cold", "status": "Enabled",
    "filter": {"prefix": ""}, "transitions": [{"days": 7, "storage_class": "STANDARD_IA"}]}])
""",
        (('"days": 7', '"days": 30'),),
    ),
    "replication from a bucket that is not versioned": Mistake(
        "F043",
        """
source, copy = aws.s3.Bucket("source"), aws.s3.Bucket("copy", region="us-west-2")
role = aws.iam.Role("replicate", assume_role_policy=trust("s3.amazonaws.com"))
there = aws.s3.BucketVersioning("there", region="us-west-2", bucket=copy.id, versioning_configuration={"status": "Enabled"})
aws.s3.BucketReplicationConfig("links", bucket=source.id, role=role.arn, rules=[{"id": "all", "status": "Enabled",
    "priority": 1, "filter": {"prefix": ""}, "delete_marker_replication": {"status": "Enabled"},
    "destination": {"bucket": copy.arn}}], opts=after(there))
""",
        (
            (
                "aws.s3.BucketReplicationConfig",
                'here = aws.s3.BucketVersioning("here", bucket=source.id, versioning_configuration={"status": "Enabled"})\n'
                "aws.s3.BucketReplicationConfig",
            ),
            ("after(there)", "after(here, there)"),
        ),
    ),
    "rules of a group inline and apart": Mistake(
        "F080",
        """
group = aws.ec2.SecurityGroup("mixed", description="web", vpc_id="vpc-0a1b2c3d4e5f67890", ingress=[{"protocol": "tcp",
    "from_port": 443, "to_port": 443, "cidr_blocks": ["10.0.0.0/16"]}])
aws.vpc.SecurityGroupIngressRule("more", security_group_id=group.id, ip_protocol="tcp", from_port=80, to_port=80,
    cidr_ipv4="10.0.0.0/16")
""",
        ((', ingress=[{"protocol": "tcp",\n    "from_port": 443, "to_port": 443, "cidr_blocks": ["10.0.0.0/16"]}]', ""),),
    ),
    "a queue that shows a message again before its function is done": Mistake(
        "F095",
        """
queue = aws.sqs.Queue("work", visibility_timeout_seconds=30)
role = aws.iam.Role("worker", assume_role_policy=trust("lambda.amazonaws.com"))
allowed = aws.iam.RolePolicyAttachment("worker", role=role.name,
    policy_arn="arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole")
worker = aws.lambda_.Function("worker", role=role.arn, runtime="python3.13", handler="a.b", s3_bucket="code", s3_key="a.zip",
    timeout=60)
aws.lambda_.EventSourceMapping("work", event_source_arn=queue.arn, function_name=worker.arn, opts=after(allowed))
""",
        (("visibility_timeout_seconds=30", "visibility_timeout_seconds=360"),),
    ),
    "a function in a network without the right to join it": Mistake(
        "F096",
        """
role = aws.iam.Role("inside", assume_role_policy=trust("lambda.amazonaws.com"))
aws.lambda_.Function("inside", role=role.arn, runtime="python3.13", handler="a.b", s3_bucket="code", s3_key="a.zip",
    vpc_config={"subnet_ids": ["subnet-0a1b2c3d4e5f67890"], "security_group_ids": ["sg-0a1b2c3d4e5f67890"]})
""",
        (
            (
                "aws.lambda_.Function",
                'joined = aws.iam.RolePolicyAttachment("inside", role=role.name, policy_arn='
                '"arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole")\naws.lambda_.Function',
            ),
            ('"sg-0a1b2c3d4e5f67890"]})', '"sg-0a1b2c3d4e5f67890"]}, opts=after(joined))'),
        ),
    ),
    "a log group under a key that CloudWatch Logs may not use": Mistake(
        "F110",
        """
key = aws.kms.Key("logs", policy=key_policy(ROOT))
aws.cloudwatch.LogGroup("app", kms_key_id=key.arn)
""",
        (("key_policy(ROOT)", "key_policy(ROOT, LOGS)"),),
    ),
    "a key that nobody could change again": Mistake(
        "F114",
        """
aws.kms.Key("locked", policy=key_policy(LOGS))
""",
        (("key_policy(LOGS)", "key_policy(ROOT, LOGS)"),),
    ),
    "a replica of a key of one region": Mistake(
        "F117",
        """
primary = aws.kms.Key("primary")
aws.kms.ReplicaKey("there", region="us-west-2", primary_key_arn=primary.arn)
""",
        (('Key("primary")', 'Key("primary", multi_region=True)'),),
    ),
    "eleven policies on one role": Mistake(
        "F121",
        """
role = aws.iam.Role("laden", assume_role_policy=trust("ec2.amazonaws.com"))
for number in range(11):
    aws.iam.RolePolicyAttachment(f"laden-{number}", role=role.name,
        policy_arn=f"arn:aws:iam::111111111111:policy/part-{number}")
""",
        (("range(11)", "range(10)"),),
    ),
    "a firewall log under a name that WAF does not take": Mistake(
        "F132",
        """
acl = aws.wafv2.WebAcl("acl", scope="REGIONAL", default_action={"allow": {}}, visibility_config={
    "cloudwatch_metrics_enabled": True, "metric_name": "acl", "sampled_requests_enabled": True})
log = aws.cloudwatch.LogGroup("firewall", name="firewall-log")
aws.wafv2.WebAclLoggingConfiguration("log", resource_arn=acl.arn, log_destination_configs=[log.arn])
""",
        (('name="firewall-log"', 'name="aws-waf-logs-firewall"'),),
    ),
    "a function attached where addresses are wanted": Mistake(
        "F078",
        """
group = aws.lb.TargetGroup("addresses", port=80, protocol="HTTP", target_type="ip", vpc_id="vpc-0a1b2c3d4e5f67890")
aws.autoscaling.Group("fleet", min_size=1, max_size=2, vpc_zone_identifiers=["subnet-0a1b2c3d4e5f67890"],
    launch_template={"id": "lt-0a1b2c3d4e5f67890"}, target_group_arns=[group.arn])
""",
        (('target_type="ip"', 'target_type="instance"'),),
    ),
    "private names in a network that answers none": Mistake(
        "F086",
        """
vpc = aws.ec2.Vpc("quiet", cidr_block="10.0.0.0/16", enable_dns_hostnames=False)
aws.ec2.VpcEndpoint("logs", vpc_id=vpc.id, service_name="com.amazonaws.us-east-2.logs", vpc_endpoint_type="Interface",
    private_dns_enabled=True)
""",
        (("enable_dns_hostnames=False", "enable_dns_hostnames=True"),),
    ),
    "a FIFO queue by name only": Mistake(
        "F102",
        """
dead = aws.sqs.Queue("dead")
aws.sqs.Queue("ordered", fifo_queue=True, name="ordered.fifo",
    redrive_policy=dead.arn.apply(lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})))
""",
        (('aws.sqs.Queue("dead")', 'aws.sqs.Queue("dead", fifo_queue=True, name="dead.fifo")'),),
    ),
    "a name that the service does not take": Mistake(
        "F411",
        """
role = aws.iam.Role("named", assume_role_policy=trust("lambda.amazonaws.com"))
aws.lambda_.Function("named", name="my function!", role=role.arn, runtime="python3.13", handler="a.b", s3_bucket="code",
    s3_key="a.zip")
""",
        (("my function!", "my-function"),),
    ),
}


@pytest.fixture
def preview(tmp_path: Path) -> Callable[[str], tuple[int, str]]:
    def run(program: str) -> tuple[int, str]:
        folder = tmp_path / "project"
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text("name: mistakes\nruntime: python\n")
        (folder / "Pulumi.dev.yaml").write_text(json.dumps({"config": {"aws:region": "us-east-2"}}))
        (folder / "__main__.py").write_text(HEAD + program)
        done = Engine(tmp_path / "sandbox", folder).run("preview", "-s", "dev", "--policy-pack", PACK)
        return done.code, done.output

    return run


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_previews_red_with_what_aws_would_answer(preview: Callable[[str], tuple[int, str]], name: str) -> None:
    mistake = MISTAKES[name]
    code, output = preview(mistake.program)
    assert code != 0, output
    [found] = [line for line in output.splitlines() if f" {mistake.row}]" in line or f" {mistake.row} " in line][:1]
    assert "AWS: " in found
    assert "https://" in found


def test_the_same_programs_preview_green_once_they_are_fixed(preview: Callable[[str], tuple[int, str]]) -> None:
    functions = (
        f"def part_{n}():\n{indent(mistake.fixed, '    ')}\npart_{n}()\n" for n, mistake in enumerate(MISTAKES.values())
    )
    code, output = preview("\n".join(functions))
    assert code == 0, output


def test_there_are_twenty() -> None:
    assert len(MISTAKES) >= 20
