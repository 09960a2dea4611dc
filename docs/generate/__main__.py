"""Writes the reference, the packs' pages, those of a failover and of costs; of exported production states, the picture, too."""

import json
import sys
from pathlib import Path

from docs.generate import costs, failover, recovery, times
from docs.generate.packs import packs, page, readme
from docs.generate.picture import draw
from docs.generate.reference import reference
from docs.generate.source import ROOT
from tests.stacks.estate import estate_of

(ROOT / "docs/reference.md").write_text(reference(), encoding="utf-8")
(ROOT / "docs/recovery-classes.md").write_text(recovery.page(estate_of("prod").stores), encoding="utf-8")
costs.FILE.write_text(costs.page(costs.FILE.read_text(encoding="utf-8")), encoding="utf-8")
failover.FILE.write_text(failover.page(failover.FILE.read_text(encoding="utf-8")), encoding="utf-8")
(ROOT / "docs/failover-times.md").write_text(times.page(), encoding="utf-8")
(ROOT / "docs/failover-times.svg").write_text(times.picture(), encoding="utf-8")
for pack in packs():
    file = readme(pack)
    file.write_text(page(pack, file.read_text(encoding="utf-8")), encoding="utf-8")
if sys.argv[1:]:
    primary, recovery, replication = (json.loads(Path(file).read_text(encoding="utf-8")) for file in sys.argv[1:])
    (ROOT / "docs/platform.svg").write_text(draw(primary, recovery, replication), encoding="utf-8")
