"""The key and the buckets of what is recorded: who writes, who reads, and that nobody deletes."""

from typing import Any

from components.security.audit_bucket import DELETING
from components.security.key import CRYPTOGRAPHY
from tests.components.harness import ACCOUNT, Declaration, children_without_region
from tests.components.security.audit_examples import ADMINISTRATOR, OTHER, READER, bucket, key
from tests.found import some

ARN = f"arn:aws:s3:us-east-2:{ACCOUNT}:account-trail"


def statements(declared: Declaration, token: str) -> dict[str, dict[str, Any]]:
    return {each["Sid"]: each for each in declared.one(token).document()["Statement"]}


def of_key(**changes: Any) -> dict[str, dict[str, Any]]:
    return statements(key(**changes), "aws:kms/key:Key")


def of_bucket(**changes: Any) -> dict[str, dict[str, Any]]:
    return statements(bucket(**changes), "aws:s3/bucketPolicy:BucketPolicy")


def test_each_service_encrypts_for_the_accounts_that_are_named_and_for_no_other() -> None:
    found = of_key()
    for sid, service in (("TrailsEncrypt", "cloudtrail"), ("RecordersEncrypt", "config"), ("DetectorsEncrypt", "guardduty")):
        assert found[sid]["Principal"] == {"Service": f"{service}.amazonaws.com"}
        assert "kms:GenerateDataKey" in {action.rstrip("*") for action in found[sid]["Action"]}
    assert found["TrailsEncrypt"]["Condition"]["StringEquals"]["aws:SourceArn"] == [
        f"arn:aws:cloudtrail:us-east-2:{each}:trail/dataconnect" for each in (ACCOUNT, OTHER)
    ]
    for sid in ("RecordersEncrypt", "DetectorsEncrypt"):
        assert found[sid]["Condition"]["StringEquals"] == {"aws:SourceAccount": [ACCOUNT, OTHER]}


def test_readers_decrypt_through_s3_and_administrators_never() -> None:
    found = of_key()
    reading = found["ReadersDecrypt"]
    assert reading["Action"] == ["kms:Decrypt"]
    assert reading["Condition"] == {
        "StringEquals": {"kms:ViaService": "s3.us-east-2.amazonaws.com"},
        "ArnLike": {"aws:PrincipalArn": [READER]},
    }
    people = [each for each in found.values() if "AWS" in (each["Principal"] if isinstance(each["Principal"], dict) else {})]
    cryptographic = [each["Sid"] for each in some(people) if {*each["Action"]} & {*CRYPTOGRAPHY}]
    assert cryptographic == ["ReadersDecrypt"]
    assert READER not in str(found["AdministratorsManage"])


def test_without_readers_no_person_decrypts() -> None:
    found = of_key(readers=())
    assert "ReadersDecrypt" not in found
    assert not any({*each["Action"]} & {*CRYPTOGRAPHY} for each in found.values() if "Service" not in each["Principal"])


def test_a_trail_s_file_has_a_lock_that_nobody_passes() -> None:
    lock = bucket().one("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
    assert lock.inputs["rule"]["defaultRetention"] == {"mode": "COMPLIANCE", "days": 365}


def test_records_have_no_lock_for_config_would_not_deliver() -> None:
    assert not bucket(holds="records").of("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")


def test_nobody_deletes_and_only_services_write() -> None:
    for holds in ("trail", "records"):
        found = of_bucket(holds=holds)
        deleting = found["NobodyDeletes"]
        assert (deleting["Effect"], deleting["Principal"], deleting.get("Condition")) == ("Deny", "*", None)
        assert {*DELETING} <= {*deleting["Action"]} and deleting["Resource"] == [f"{ARN}/*"]
        writing = found["OnlyServicesWrite"]
        assert (writing["Effect"], writing["Action"]) == ("Deny", ["s3:PutObject"])
        assert writing["Condition"] == {"Bool": {"aws:PrincipalIsAWSService": "false"}}


def test_only_administrators_change_what_keeps_it() -> None:
    changing = of_bucket()["OnlyAdministratorsChange"]
    assert changing["Effect"] == "Deny" and changing["Condition"] == {"ArnNotLike": {"aws:PrincipalArn": [ADMINISTRATOR]}}
    for action in ("s3:PutLifecycleConfiguration", "s3:PutBucketPolicy", "s3:PutBucketVersioning", "s3:DeleteBucket"):
        assert action in changing["Action"]


def test_each_account_writes_under_its_own_prefix() -> None:
    trail = of_bucket()["TrailsWrite"]
    assert trail["Resource"] == [f"{ARN}/AWSLogs/{ACCOUNT}/*", f"{ARN}/AWSLogs/{OTHER}/*"]
    records = of_bucket(holds="records")
    assert records["RecordersWrite"]["Resource"] == [f"{ARN}/AWSLogs/{each}/Config/*" for each in (ACCOUNT, OTHER)]
    assert records["DetectorsWrite"]["Resource"] == [f"{ARN}/AWSLogs/{each}/GuardDuty/*" for each in (ACCOUNT, OTHER)]
    assert "TrailsWrite" not in records and "RecordersWrite" not in of_bucket()


def test_every_service_is_bound_to_who_it_writes_for() -> None:
    for holds in ("trail", "records"):
        for each in of_bucket(holds=holds).values():
            if each["Effect"] == "Allow":
                assert {"aws:SourceArn", "aws:SourceAccount"} & {*each["Condition"]["StringEquals"]}, each["Sid"]


def test_reads_of_the_bucket_itself_are_logged_elsewhere() -> None:
    logging = bucket().one("aws:s3/bucketLogging:BucketLogging").inputs
    assert (logging["targetBucket"], logging["targetPrefix"]) == ("access-logs", "buckets/account-trail/")


def test_everything_is_in_the_region() -> None:
    assert children_without_region(bucket(), "us-east-2") == [] == children_without_region(key(), "us-east-2")
    assert bucket().one("aws:s3/bucket:Bucket").protect
