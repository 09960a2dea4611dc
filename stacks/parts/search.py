"""The search of a region: its domain, what configures it, and what tenants' indexes are like."""

from typing import Any

from jobs.aggregate.records import SCHEMAS, Field


def indexes() -> dict[str, dict[str, Any]]:
    """Dataset -> the index that each tenant has of it: its fields as OpenSearch takes them, from the schemas of records."""
    return {dataset: {"mapping": {each.name: _type(each) for each in schema.fields}} for dataset, schema in SCHEMAS.items()}


def _type(field: Field) -> dict[str, Any]:
    if field.name.endswith("_at"):
        return {"type": "date"}
    if field.read(1) is not None:
        return {"type": "long"}
    # Whole for filters and counts; word by word where it may hold words.
    words = {"fields": {"words": {"type": "text"}}} if field.read("two words") is not None else {}
    return {"type": "keyword", **words}
