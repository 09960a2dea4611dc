"""IAM Access Analyzer: what others can reach, and what roles may do and never did."""

from dataclasses import dataclass, field
from typing import Final

import pulumi
from pulumi_aws import accessanalyzer

from ..base.component import Component, tags
from ..base.here import Place
from .audit_spec import AdoptSpec

UNUSED_DAYS: Final = 90
"""After so many days without use a right is told: what is done at the end of a quarter is used once in so many."""


@dataclass(frozen=True, kw_only=True)
class AnalyzersArgs:
    """The analyzers of a region.

    Attributes:
        here: The account and region.
        is_home: Whether it is looked for unused rights, too: IAM has no region, so one does it, and is paid once.
        adopt: What there is already.
    """

    here: Place
    is_home: bool
    adopt: AdoptSpec = field(default_factory=AdoptSpec)


class Analyzers(Component):
    """An analyzer of access from outside the account, and at home one of unused access.

    Outputs: `external`, its name.
    """

    external: pulumi.Output[str]

    def __init__(self, name: str, args: AnalyzersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        region = args.here.region
        adopted = args.adopt.analyzer.get(region)
        external = f"{name}-external"
        analyzer = accessanalyzer.Analyzer(
            external,
            region=region,
            # Physical names: AWS asks for one, and archive rules name it.
            analyzer_name=adopted or external,
            type="ACCOUNT",
            tags=tags(external),
            opts=self.child(import_=adopted),
        )
        self.external = analyzer.analyzer_name
        if args.is_home:
            unused = f"{name}-unused"
            accessanalyzer.Analyzer(
                unused,
                region=region,
                analyzer_name=unused,
                type="ACCOUNT_UNUSED_ACCESS",
                configuration=accessanalyzer.AnalyzerConfigurationArgs(
                    unused_access=accessanalyzer.AnalyzerConfigurationUnusedAccessArgs(unused_access_age=UNUSED_DAYS)
                ),
                tags=tags(unused),
                opts=self.child(),
            )
        self.register_outputs({"external": self.external})
