"""Serves all packs of this folder to the Pulumi engine: `pulumi preview --policy-pack policies`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the folder that holds `policies`, from wherever the engine runs

from policies.kit.server import serve
from policies.pack import PACK

serve(PACK)
