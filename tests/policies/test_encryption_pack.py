"""What the case tables of the encryption pack cannot say: environments other than production."""

from policies.controls.encryption.pack import PACK
from tests.policies.harness import KEY_ARN, Planned, only, verdict

VAULT = [Planned(token="aws:backup/vault:Vault", inputs={"kmsKeyArn": KEY_ARN})]


def test_a_vault_needs_its_lock_in_production_only() -> None:
    assert verdict(only(PACK, "backup-vault-locked").preview(VAULT)) == "fail"
    assert verdict(only(PACK, "backup-vault-locked", stack="dev").preview(VAULT)) == "pass"


def test_a_vault_needs_its_key_everywhere() -> None:
    bare = [Planned(token="aws:backup/vault:Vault")]
    assert verdict(only(PACK, "backup-vault-customer-key", stack="dev").preview(bare)) == "fail"
