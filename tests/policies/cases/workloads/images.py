"""Cases of policies/controls/workloads/images.py."""

from tests.policies.given.workloads.common import REPOSITORY
from tests.policies.harness import UNKNOWN, planned, ref
from tests.policies.table import ABSENT, Cases, about

LIFECYCLE = "aws:ecr/lifecyclePolicy:LifecyclePolicy"

CASES: dict[str, Cases] = {
    "ecr-scan-on-push": Cases(
        token=REPOSITORY,
        fails=[{}, {"imageScanningConfiguration": {"scanOnPush": False}}],
        passes=[{"imageScanningConfiguration": {"scanOnPush": True}}, {"imageScanningConfiguration": [{"scanOnPush": "true"}]}],
        unknown=[{"imageScanningConfiguration": UNKNOWN}],
    ),
    "ecr-immutable-tags": about(
        REPOSITORY, "imageTagMutability", fails=[ABSENT, "MUTABLE", "IMMUTABLE_WITH_EXCLUSION"], passes=["IMMUTABLE"]
    ),
    "ecr-lifecycle": Cases(
        token=REPOSITORY,
        fails=[{}, [planned(REPOSITORY, name="app"), planned(LIFECYCLE, "other", repository="other")]],
        passes=[
            [planned(REPOSITORY), planned(LIFECYCLE, "clean", repository=ref(REPOSITORY, "it"))],
            [planned(REPOSITORY, name="app"), planned(LIFECYCLE, "clean", repository="app")],
        ],
        unknown=[[planned(REPOSITORY), planned(LIFECYCLE, "clean", repository=UNKNOWN)]],
    ),
}
