"""Writes the reference and the packs' pages; given the exported states of the production stacks, draws the picture, too."""

import json
import sys
from pathlib import Path

from docs.generate.packs import packs, page, readme
from docs.generate.picture import draw
from docs.generate.reference import reference
from docs.generate.source import ROOT

(ROOT / "docs/reference.md").write_text(reference(), encoding="utf-8")
for pack in packs():
    file = readme(pack)
    file.write_text(page(pack, file.read_text(encoding="utf-8")), encoding="utf-8")
if sys.argv[1:]:
    primary, recovery, replication = (json.loads(Path(file).read_text(encoding="utf-8")) for file in sys.argv[1:])
    (ROOT / "docs/platform.svg").write_text(draw(primary, recovery, replication), encoding="utf-8")
