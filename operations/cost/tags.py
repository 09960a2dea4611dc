"""Whether AWS's bill counts by the tags that this estate has: they must be active for cost allocation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from operations.environments.template import STACK_TAG

WANTED: Final = ("CostCenter", "Environment", "Project", "Tenant")
"""What costs are counted by; all stacks' resources bear them (settings/tags.py)."""
BESIDE: Final = (STACK_TAG,)
"""And where there are environments on demand: nothing else tells one of them from the stack that it is beside."""
ACTIVE: Final = "active"
INACTIVE: Final = "inactive"
UNSEEN: Final = "not seen yet"
"""AWS knows a tag up to a day after a resource bears it, and activates none before:
docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html"""


@dataclass(frozen=True, kw_only=True)
class CostTags:
    """The tags of an account.

    Attributes:
        costs: A client of Cost Explorer.
        wanted: What is to be counted by.
    """

    costs: Any
    wanted: Sequence[str] = WANTED

    def states(self) -> dict[str, str]:
        """Tag -> `ACTIVE`, `INACTIVE` or `UNSEEN`."""
        told = self.costs.list_cost_allocation_tags(TagKeys=[*self.wanted], Type="UserDefined")["CostAllocationTags"]
        known = {each["TagKey"]: each["Status"].lower() for each in told}
        return {tag: known.get(tag, UNSEEN) for tag in self.wanted}

    def activate(self, tags: Sequence[str]) -> dict[str, str]:
        """Activate them; tag -> why AWS did not."""
        wanted = [{"TagKey": tag, "Status": "Active"} for tag in tags]
        told = self.costs.update_cost_allocation_tags_status(CostAllocationTagsStatus=wanted)
        return {each["TagKey"]: f"{each['Code']}: {each['Message']}" for each in told.get("Errors", ())}
