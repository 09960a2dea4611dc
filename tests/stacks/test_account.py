"""The stack of an account: what bounds it, in every region that it uses."""

import pytest

from tests.stacks.estate import ACCOUNTS, estate_of


@pytest.mark.parametrize("name", ACCOUNTS)
def test_what_there_is_once_is_there_once_and_the_rest_in_every_region(name: str) -> None:
    estate = estate_of(name)
    for token in ("s3/accountPublicAccessBlock:AccountPublicAccessBlock", "iam/accountPasswordPolicy:AccountPasswordPolicy"):
        assert len(estate.of(token)) == 1
    for token in (
        "ebs/encryptionByDefault:EncryptionByDefault",
        "ebs/defaultKmsKey:DefaultKmsKey",
        "ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess",
        "ec2/imageBlockPublicAccess:ImageBlockPublicAccess",
        "ec2/instanceMetadataDefaults:InstanceMetadataDefaults",
    ):
        assert sorted(each.inputs["region"] for each in estate.of(token).values()) == sorted(estate.file["platforms"])


@pytest.mark.parametrize("name", ACCOUNTS)
def test_volumes_are_under_a_key_of_their_region(name: str) -> None:
    estate = estate_of(name)
    for each in estate.of("ebs/defaultKmsKey:DefaultKmsKey").values():
        assert each.inputs["keyArn"] == estate.key("account-volumes", each.inputs["region"])
