"""`python -m docs.generate` writes the reference."""

from docs.generate.reference import reference
from docs.generate.source import ROOT

(ROOT / "docs/reference.md").write_text(reference(), encoding="utf-8")
