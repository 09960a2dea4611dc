"""Turns a preview or an exported state into evidence: what each control found, for people and for CI."""
