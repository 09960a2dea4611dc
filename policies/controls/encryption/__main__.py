"""Serves this pack to the Pulumi engine: `pulumi preview --policy-pack policies/controls/encryption`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))  # the folder that holds `policies`, from wherever the engine runs

from policies.controls.encryption.pack import PACK
from policies.kit.server import serve

serve(PACK)
