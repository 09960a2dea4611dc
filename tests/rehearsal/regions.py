"""Both regions as moto has them, with what the tests of the executor do without: images, certificates, secrets, a role, and the
rules by which buckets and images are copied."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

import boto3
import trustme

from functions.recovery.record import Record
from tests.functions.recovery.aws import REGIONS, TwoRegions, other
from tests.functions.recovery.built import ACCOUNT, PRIMARY, RECOVERY, TABLE
from tests.postgres import DATABASE, MASTER, PASSWORD
from tests.rehearsal.endpoint import Answer, Call
from tests.rehearsal.traffic import DOMAIN

FUNCTIONS: Final = ("recover", "heartbeat", "ready", "fence")
OPERATOR: Final = "recovery-operator"
ACCEPTED_SECONDS: Final = 30
_MANIFEST: Final = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"})
_REHEARSED_DAYS: Final = 20


def complete(regions: TwoRegions, authority: trustme.CA, databases: Mapping[str, Mapping[str, Any]], now: float) -> None:
    """Add to both regions what is missing, and to their descriptions where their databases are."""
    _client("iam", PRIMARY).create_role(RoleName=OPERATOR, AssumeRolePolicyDocument="{}")
    for region in REGIONS:
        site = regions.sites[region]
        secret = _client("secretsmanager", region).create_secret(
            Name="credentials", SecretString=json.dumps({"dbname": DATABASE, "username": MASTER, "password": PASSWORD})
        )["ARN"]
        (database,) = site["switches"]["database"]
        database |= {**databases[region], "credentials": secret}
        site |= {"loadBalancer": "localhost", "domain": DOMAIN, "acceptLossSeconds": ACCEPTED_SECONDS}
        _functions(region, site)
        _certificate(region, site, authority)
        _image(region, "web")
        site["reconcile"] = {**site["reconcile"], "taskDefinition": _image(region, "reconcile")}
        _client("ecs", region).update_service(cluster="main", service="web", taskDefinition="web")
    _copied(regions)
    regions.reset(PRIMARY)
    Record(regions.client("dynamodb", RECOVERY), TABLE).put_rehearsal(
        RECOVERY, "the-last-one", 2400, "done", now - _REHEARSED_DAYS * 86_400
    )


def outputs(site: Mapping[str, Any]) -> dict[str, Any]:
    """What Pulumi would tell of a region's stack, as far as `dataconnect recovery` reads it."""
    told = {"recover": site["recover"], "operator": f"arn:aws:iam::{ACCOUNT}:role/{OPERATOR}", "table": TABLE}
    names = {name: name for name in FUNCTIONS if name != "recover"}
    places = {"primaryRegion": PRIMARY, "recoveryRegion": RECOVERY, "acceptLossSeconds": ACCEPTED_SECONDS}
    return {"stack": site["stack"], "recovery": {**told, **names, **places}}


def table_of(call: Call) -> Answer:
    """DescribeTable of a global table: moto knows no replicas of this kind."""
    replicas = [{"RegionName": other(call.region), "ReplicaStatus": "ACTIVE"}]
    return _json({"Table": {"TableName": call.body["TableName"], "TableStatus": "ACTIVE", "Replicas": replicas}})


def quota_of(_: Call) -> Answer:
    """GetServiceQuota: moto has no quota of Fargate."""
    return _json({"Quota": {"Value": 100.0}})


def _json(told: Any) -> Answer:
    return 200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(told).encode()


def _functions(region: str, site: Mapping[str, Any]) -> None:
    awslambda = _client("lambda", region)
    for name in FUNCTIONS:
        awslambda.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=f"arn:aws:iam::{ACCOUNT}:role/any",
            Handler="handler.handle",
            Code={"ZipFile": b"not run from here"},
        )
    version = awslambda.publish_version(FunctionName="recover")["Version"]
    awslambda.create_alias(FunctionName="recover", Name=site["recover"].rpartition(":")[2], FunctionVersion=version)


def _certificate(region: str, site: Mapping[str, Any], authority: trustme.CA) -> None:
    made = authority.issue_cert(DOMAIN)
    certificate = _client("acm", region).import_certificate(
        Certificate=made.cert_chain_pems[0].bytes(),
        PrivateKey=made.private_key_pem.bytes(),
        CertificateChain=authority.cert_pem.bytes(),
    )["CertificateArn"]
    (latch,) = site["switches"]["latch"]
    listener = latch["rule"].replace(":listener-rule/", ":listener/").rpartition("/")[0]
    _client("elbv2", region).add_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": certificate}])


def _image(region: str, name: str) -> str:
    """Push an image, and register a task that runs it; the task definition's ARN."""
    ecr, ecs, repository = _client("ecr", region), _client("ecs", region), f"dataconnect/{name}"
    address = ecr.create_repository(repositoryName=repository)["repository"]["repositoryUri"]
    digest = f"sha256:{hashlib.sha256(_MANIFEST.encode()).hexdigest()}"
    ecr.put_image(repositoryName=repository, imageManifest=_MANIFEST, imageDigest=digest)
    return ecs.register_task_definition(
        family=name,
        containerDefinitions=[{"name": name, "image": f"{address}@{digest}", "cpu": 256, "memory": 512}],
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
    )["taskDefinition"]["taskDefinitionArn"]


def _copied(regions: TwoRegions) -> None:
    """The rules by which each region's buckets and images would be copied to the other; moto copies nothing."""
    buckets = {
        region: [store["arn"] for store in regions.sites[region]["replicated"] if store["arn"].startswith("arn:aws:s3:")]
        for region in REGIONS
    }
    for region in REGIONS:
        s3, role = _client("s3", region), f"arn:aws:iam::{ACCOUNT}:role/any"
        for here, there in zip(buckets[region], buckets[other(region)], strict=True):
            name, rule = here.rpartition(":")[2], {"Status": "Enabled", "Destination": {"Bucket": there}, "Prefix": ""}
            s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
            s3.put_bucket_replication(Bucket=name, ReplicationConfiguration={"Role": role, "Rules": [rule]})
        place = {"region": other(region), "registryId": ACCOUNT}
        _client("ecr", region).put_replication_configuration(replicationConfiguration={"rules": [{"destinations": [place]}]})


def _client(service: str, region: str) -> Any:
    make: Any = boto3.client
    return make(service, region_name=region)
