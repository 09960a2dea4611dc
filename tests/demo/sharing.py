"""The demonstration's third part: a product of one lender, shared with another organisation, and ended with proof."""

import io
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError
from pyarrow import parquet

from components.data.governance_function import governance, handler
from jobs.publish.__main__ import main as publish
from operations.shares.clients import Clients
from operations.shares.shares import Shares
from operations.stack import Stack
from operations.tenants.registry import Registry
from operations.tenants.workspace import Workspace
from tests.demo.aws import Aws
from tests.demo.page import Chart, Refusal, Seen
from tests.deny_all import DOCUMENT, know_deny_all
from tests.isolation.simulator import Policies, Request, allowed
from tests.postgres import Server
from tests.stacks.estate import Estate, run

NAME: Final = "to-investor"
SUBSCRIBER: Final = "333333333333"
ROLE: Final = f"share-{NAME}-access"
DENIED: Final = {"AccessDenied", "KMS.DisabledException"}


@dataclass
class Subscriber:
    """S3 for the credentials that Lake Formation hands to the subscriber.

    The policies of role, bucket and key decide, those of role and key as they lie in moto at that moment, then the key's state.

    Attributes:
        made: AWS's things.
        estate: The plan with the share.
        role: Name of the role in AWS.
        key: ARN of the share's key in moto; the plan's policies know it by the ARN that the plan gives it.
    """

    made: Aws
    estate: Estate
    role: str
    key: str

    def get_object(self, *, Bucket: str, Key: str) -> Any:  # noqa: N803 - as boto3 names them
        """Read an object."""
        via = {"kms:ViaService": f"s3.{self.estate.region}.amazonaws.com", "kms:CallerAccount": self.estate.account}
        planned = self.estate.arn("kms/key:Key", f"share-{NAME}-key")
        self._judge(
            self._request("s3:GetObject", f"arn:aws:s3:::{Bucket}/{Key}", Bucket),
            self._request("kms:Decrypt", planned, self.key, **via),
        )
        if self.made.client("kms").describe_key(KeyId=self.key)["KeyMetadata"]["KeyState"] != "Enabled":
            raise ClientError({"Error": {"Code": "KMS.DisabledException"}}, "GetObject")
        return self.made.client("s3").get_object(Bucket=Bucket, Key=Key)

    def list_objects_v2(self, *, Bucket: str, Prefix: str) -> Any:  # noqa: N803
        """List a folder."""
        self._judge(self._request("s3:ListBucket", f"arn:aws:s3:::{Bucket}", Bucket, **{"s3:prefix": Prefix}))
        return self.made.client("s3").list_objects_v2(Bucket=Bucket, Prefix=Prefix)

    def _request(self, action: str, resource: str, policy: str, **context: str) -> Request:
        told = {
            "aws:CurrentTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "aws:PrincipalArn": self.estate.arn("iam/role:Role", ROLE),
            "aws:SecureTransport": "true",
        }
        return Request(ROLE, action, resource, {**told, **context}, policy=policy)

    def _judge(self, *requests: Request) -> None:
        iam = self.made.client("iam")
        names = iam.list_role_policies(RoleName=self.role)["PolicyNames"]
        documents = [iam.get_role_policy(RoleName=self.role, PolicyName=name)["PolicyDocument"] for name in names]
        closed = iam.list_attached_role_policies(RoleName=self.role)["AttachedPolicies"]
        documents += [DOCUMENT] if closed else []
        resources = {str(each.policy): self._policy(str(each.policy)) for each in requests}
        known = Policies(account=self.estate.account, roles={ROLE: documents}, resources=resources)
        if not all(allowed(known, requests)):
            raise ClientError({"Error": {"Code": "AccessDenied"}}, requests[0].action.partition(":")[2])

    def _policy(self, of: str) -> Any:
        """The policy of the share's key, or the planned one of a bucket: moto would refuse by it and ask no condition."""
        if of == self.key:
            return json.loads(self.made.client("kms").get_key_policy(KeyId=of, PolicyName="default")["Policy"])
        (policy,) = self.estate.where("s3/bucketPolicy:BucketPolicy", bucket=of)
        return policy.document()


@dataclass
class Ram:
    """RAM as Lake Formation uses it: a resource share for as long as something is granted to the subscriber."""

    made: Aws

    def get_paginator(self, operation: str) -> "Ram":
        """The only question that is asked."""
        assert operation == "list_resources"
        return self

    def paginate(self, *, resourceOwner: str, principal: str, resourceArns: list[str]) -> Iterator[dict[str, Any]]:  # noqa: ARG002, N803
        """The resource shares that the principal has a part in."""
        (arn,) = resourceArns
        _, database, name = arn.rpartition(":")[2].split("/")
        resource = {"Table": {"CatalogId": self.made.estate.account, "DatabaseName": database, "Name": name}}
        lakeformation = self.made.client("lakeformation")
        granted = lakeformation.list_permissions(CatalogId=self.made.estate.account, Resource=resource)[
            "PrincipalResourcePermissions"
        ]
        there = any(each["Principal"]["DataLakePrincipalIdentifier"] == principal for each in granted)
        yield {"resources": [{"arn": arn, "resourceShareArn": "a resource share"}] if there else []}


@dataclass
class Operator:
    """STS as an operator of tenants asks it, whom the deployment has made an administrator of Lake Formation."""

    made: Aws

    def get_caller_identity(self) -> dict[str, str]:
        """Who asks."""
        account, _, name = self.made.estate.file["tenantOperators"][0].removeprefix("arn:aws:iam::").partition(":role/")
        return {"Arn": f"arn:aws:sts::{account}:assumed-role/{name}/demonstration"}

    def assume_role(self, **told: Any) -> Any:
        """A session of a role."""
        return self.made.client("sts").assume_role(**told)


@dataclass
class Sharing:
    """A share of one lender's loan book.

    Attributes:
        made: AWS's things.
        database: For the variables of the job; it asks nothing of it.
        outputs: File with the stack's outputs.
        dataconnect: Runs a command, and returns what it says.
    """

    made: Aws
    database: Server
    outputs: Path
    dataconnect: Callable[..., Any]
    seen: list[Seen] = field(default_factory=list[Seen])
    _subscriber: Subscriber | None = None

    def open(self, space: Workspace, stack: Stack) -> Workspace:
        """The things that commands work with, those of shares among them."""
        made = self.made
        clients = Clients(
            s3=made.client("s3"),
            iam=made.client("iam"),
            sts=Operator(made),
            kms=made.client("kms"),
            lakeformation=made.client("lakeformation"),
            ram=Ram(made),
            session=lambda _: self._subscriber,
        )
        object.__setattr__(space, "shares", Shares(stack, clients, Registry(made.client("dynamodb"), space.registry.table)))
        return space

    def share(self, tenant: str) -> Iterable[str]:
        """Deploy the entry, publish, read as the subscriber, revoke, and try again."""
        self._deploy(tenant)
        yield f"planned: loan-book of acme for account {SUBSCRIBER}; a key, a role and a table of its own"
        arguments, variables = self.made.job("publish", self.database, tenant=tenant, dataset="loans")
        told = StringIO()
        with redirect_stdout(told):
            code = publish(arguments, variables)
        if code:
            raise SystemExit(f"the job publish ended with {code}: {told.getvalue()}")
        rows = json.loads(told.getvalue())["published"][NAME]["rows"]
        yield f"published: {rows} loans, without what names one"
        table = self._read()
        columns = ", ".join(table.schema.names)
        yield f"the investor reads {table.num_rows} loans: {columns}"
        by_status: dict[str, int] = {}
        for status in sorted(table["status"].to_pylist()):
            by_status[status] = by_status.get(status, 0) + 1
        certificate = self.dataconnect("revoke", NAME, "--yes", NAME, group="share")["certificate"]
        attempts = certificate["proof"]["attempts"]
        for each in attempts:
            yield f"revoked; {each['what'].partition(' ')[0]}: {each['answer']}"
        proof = certificate["proof"]
        yield f"key {proof['key']}, {len(proof['grants'])} grants left; the certificate lies in the bucket config"
        try:
            self._read()
        except ClientError as error:
            if (answer := error.response.get("Error", {}).get("Code", "")) not in DENIED:
                raise
        else:
            raise SystemExit("the investor still reads the share")
        self.dataconnect("verify", NAME, group="share")
        chart = Chart(title="Loan book of acme, by status", source="What it read: Parquet", rows=by_status, unit="loans")
        refused = [Refusal(what=each["what"], by="after the revocation", said=each["answer"]) for each in attempts]
        refused.append(Refusal(what="read once more", by="after the certificate", said=answer))
        self.seen.append(Seen(who="investor", id=f"account {SUBSCRIBER}", parts=[chart], refusals=refused))

    def _read(self) -> Any:
        assert self._subscriber
        told = json.loads(self.outputs.read_text(encoding="utf-8"))
        key = f"{told['shares'][NAME]['prefix']}data.parquet"
        body = self._subscriber.get_object(Bucket=told["products"]["bucket"], Key=key)["Body"].read()
        return parquet.read_table(io.BytesIO(body))

    def _deploy(self, tenant: str) -> None:
        """Plan the stack with the share, and make what of it moto knows: with the plan's policies, by the plan's orders."""
        today = date.today()
        entry = {"product": "loan-book", "tenant": tenant, "account": SUBSCRIBER, "since": f"{today}"}
        estate = run("prod", {"shares": {NAME: {**entry, "until": f"{today + timedelta(days=90)}"}}})
        made, told = self.made, json.loads(self.outputs.read_text(encoding="utf-8"))
        self._make_bucket(estate, estate.outputs["products"]["bucket"])
        policy = json.dumps(estate.one("kms/key:Key", f"share-{NAME}-key").document())
        key = made.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
        share = {**estate.outputs["shares"][NAME], "keyArn": key}
        role = self._make_role(estate, share["roleArn"])
        item = json.loads(estate.inputs("dynamodb/tableItem:TableItem", f"share-{NAME}-item")["item"])
        item["key_arn"] = {"S": key}
        made.client("dynamodb").put_item(TableName=made.outputs["tables"]["tenants"]["name"], Item=item)
        self._grant(estate)
        self._subscriber = Subscriber(made, estate, role, key)
        self.outputs.write_text(json.dumps({**told, "shares": {NAME: share}}), encoding="utf-8")

    def _make_bucket(self, estate: Estate, bucket: str) -> None:
        s3 = self.made.client("s3")
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": estate.region})
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

    def _grant(self, estate: Estate) -> None:
        """What the function does that governs the database and grants: its own code, with the orders of the plan."""
        clients = governance.Clients(*map(self.made.client, ("lakeformation", "glue", "dynamodb")))
        database, table = estate.outputs["products"]["database"], estate.outputs["shares"][NAME]["table"]
        clients.glue.create_database(DatabaseInput={"Name": database})
        clients.glue.create_table(DatabaseName=database, TableInput={"Name": table})
        for name in ("products-governed", f"share-{NAME}-grant"):
            handler.fulfil(json.loads(estate.inputs("lambda/invocation:Invocation", name)["input"]), clients)

    def _make_role(self, estate: Estate, arn: str) -> str:
        know_deny_all(estate.region)
        iam, name = self.made.client("iam"), arn.rpartition("/")[2]
        trust = estate.one("iam/role:Role", ROLE).document("assumeRolePolicy")
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        for policy in estate.where("iam/rolePolicy:RolePolicy", role=name):
            iam.put_role_policy(RoleName=name, PolicyName=policy.name, PolicyDocument=json.dumps(policy.document()))
        return name
