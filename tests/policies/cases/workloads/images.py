"""Cases of policies/controls/workloads/images.py."""

from tests.policies.given.workloads.common import REPOSITORY
from tests.policies.harness import UNKNOWN, Planned
from tests.policies.table import Cases

LIFECYCLE = "aws:ecr/lifecyclePolicy:LifecyclePolicy"

CASES: dict[str, Cases] = {
    "ecr-scan-on-push": Cases(
        token=REPOSITORY,
        fails=[{}, {"imageScanningConfiguration": {"scanOnPush": False}}],
        passes=[{"imageScanningConfiguration": {"scanOnPush": True}}, {"imageScanningConfiguration": [{"scanOnPush": "true"}]}],
        unknown=[{"imageScanningConfiguration": UNKNOWN}],
    ),
    "ecr-immutable-tags": Cases(
        token=REPOSITORY,
        fails=[{}, {"imageTagMutability": "MUTABLE"}, {"imageTagMutability": "IMMUTABLE_WITH_EXCLUSION"}],
        passes=[{"imageTagMutability": "IMMUTABLE"}],
        unknown=[{"imageTagMutability": UNKNOWN}],
    ),
    "ecr-lifecycle": Cases(
        token=REPOSITORY,
        fails=[
            {},
            [
                Planned(token=REPOSITORY, inputs={"name": "app"}),
                Planned(token=LIFECYCLE, name="other", inputs={"repository": "other"}),
            ],
        ],
        passes=[
            [
                Planned(token=REPOSITORY),
                Planned(token=LIFECYCLE, name="clean", inputs={"repository": UNKNOWN}, refs={"repository": (REPOSITORY, "it")}),
            ],
            [
                Planned(token=REPOSITORY, inputs={"name": "app"}),
                Planned(token=LIFECYCLE, name="clean", inputs={"repository": "app"}),
            ],
        ],
        unknown=[[Planned(token=REPOSITORY), Planned(token=LIFECYCLE, name="clean", inputs={"repository": UNKNOWN})]],
    ),
}
