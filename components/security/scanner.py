"""Inspector in one region."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import inspector2

from ..base.component import Component
from ..base.here import Place

SCANNED: Final = ("EC2", "ECR", "LAMBDA", "LAMBDA_CODE")
"""Instances, images, functions and their code."""


@dataclass(frozen=True, kw_only=True)
class ScannerArgs:
    """The scanner of a region.

    Attributes:
        here: The account and region.
    """

    here: Place


class Scanner(Component):
    """Inspector for all that it scans here. No outputs.

    What is on already stays on: to switch on is to be asked again, so that nothing needs to be adopted.
    """

    def __init__(self, name: str, args: ScannerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        inspector2.Enabler(
            name,
            region=args.here.region,
            account_ids=[args.here.account_id],
            resource_types=list(SCANNED),
            opts=self.child(),
        )
        self.register_outputs({})
