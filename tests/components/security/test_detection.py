"""What looks for trouble in a region: detector, scanner, analyzers, Security Hub."""

from typing import Any

import botocore.session

from components.security.analyzers import Analyzers, AnalyzersArgs
from components.security.audit_spec import AdoptSpec
from components.security.detection_spec import Agents, DetectionSpec
from components.security.detector import AGENTS, FEATURES, RUNTIME, Detector, DetectorArgs
from components.security.posture import STANDARDS, Posture, PostureArgs, disabled
from components.security.scanner import Scanner, ScannerArgs
from tests.components.harness import ACCOUNT, Declaration, children_without_region, kms_key, resources_of
from tests.components.security.audit_examples import PLACE
from tests.found import some

FEATURE = "aws:guardduty/detectorFeature:DetectorFeature"
ANALYZER = "aws:accessanalyzer/analyzer:Analyzer"
ASSOCIATION = "aws:securityhub/standardsControlAssociation:StandardsControlAssociation"


def detector(**changes: Any) -> Declaration:
    args: dict[str, Any] = {
        "here": PLACE,
        "spec": DetectionSpec(),
        "bucket_arn": "arn:aws:s3:::account-records",
        "key_arn": kms_key(),
    }
    return resources_of(lambda: Detector("detector-us-east-2", DetectorArgs(**(args | changes))))


def posture(**changes: Any) -> Declaration:
    args: dict[str, Any] = {"here": PLACE, "spec": DetectionSpec()}
    return resources_of(lambda: Posture("posture-us-east-2", PostureArgs(**(args | changes))))


def analyzers(**changes: Any) -> Declaration:
    args: dict[str, Any] = {"here": PLACE, "is_home": True}
    return resources_of(lambda: Analyzers("analyzer-us-east-2", AnalyzersArgs(**(args | changes))))


def test_the_detector_s_protections_are_features_that_aws_knows_and_said_to_be_on_or_off() -> None:
    declared = detector()
    found = {each.inputs["name"]: each.inputs["status"] for each in declared.of(FEATURE)}
    assert found == {**FEATURES, RUNTIME: "ENABLED"}
    model: Any = botocore.session.get_session().get_service_model("guardduty")
    assert {*found} <= {*model.shape_for("DetectorFeature").enum}
    assert {*AGENTS} <= {*model.shape_for("FeatureAdditionalConfiguration").enum}
    assert [name for name, status in found.items() if status == "DISABLED"] == ["EKS_AUDIT_LOGS"]


def test_agents_are_put_where_the_stack_file_says_and_nowhere_else() -> None:
    def of(*agents: Agents) -> dict[str, str]:
        features = detector(spec=DetectionSpec(agents=agents)).of(FEATURE)
        (runtime,) = [each.inputs for each in features if each.inputs["name"] == RUNTIME]
        return {each["name"]: each["status"] for each in runtime["additionalConfigurations"]}

    assert {*of().values()} == {"DISABLED"}
    found = of("tasks")
    assert [name for name, status in found.items() if status == "ENABLED"] == ["ECS_FARGATE_AGENT_MANAGEMENT"]


def test_findings_are_kept_under_the_key() -> None:
    kept = detector().one("aws:guardduty/publishingDestination:PublishingDestination").inputs
    assert (kept["destinationArn"], kept["kmsKeyArn"]) == ("arn:aws:s3:::account-records", kms_key())


def test_a_detector_that_is_there_is_taken_over() -> None:
    adopt = AdoptSpec(detector={"us-east-2": "abc"})
    assert detector(adopt=adopt).one("aws:guardduty/detector:Detector").adopted == "abc"
    assert detector().one("aws:guardduty/detector:Detector").adopted == ""


def test_inspector_scans_all_that_there_is_in_the_account() -> None:
    declared = resources_of(lambda: Scanner("scanner-us-east-2", ScannerArgs(here=PLACE)))
    enabler = declared.one("aws:inspector2/enabler:Enabler").inputs
    assert enabler["accountIds"] == [ACCOUNT]
    assert {*enabler["resourceTypes"]} == {"EC2", "ECR", "LAMBDA", "LAMBDA_CODE"}
    assert children_without_region(declared, "us-east-2") == []


def test_access_from_outside_is_looked_for_everywhere_and_unused_access_at_home() -> None:
    assert {each.inputs["type"] for each in analyzers().of(ANALYZER)} == {"ACCOUNT", "ACCOUNT_UNUSED_ACCESS"}
    assert [each.inputs["type"] for each in analyzers(is_home=False).of(ANALYZER)] == ["ACCOUNT"]
    adopted = analyzers(adopt=AdoptSpec(analyzer={"us-east-2": "old"}), is_home=False).one(ANALYZER)
    assert adopted.inputs["analyzerName"] == adopted.adopted == "old"


def test_the_standards_are_subscribed_once_the_hub_is_on() -> None:
    declared = posture()
    hub = declared.one("aws:securityhub/account:Account")
    assert hub.inputs["enableDefaultStandards"] is False and hub.inputs["controlFindingGenerator"] == "SECURITY_CONTROL"
    subscriptions = declared.of("aws:securityhub/standardsSubscription:StandardsSubscription")
    assert {each.inputs["standardsArn"] for each in subscriptions} == {
        f"arn:aws:securityhub:us-east-2::standards/{standard}" for standard in STANDARDS
    }
    assert all(each.depends_on("posture-us-east-2") for each in subscriptions)


def test_a_control_is_off_for_a_reason_and_in_each_standard_that_has_it() -> None:
    declared = posture()
    found = {(each.inputs["securityControlId"], each.inputs["standardsArn"]): each for each in declared.of(ASSOCIATION)}
    expected = {
        (control, f"arn:aws:securityhub:us-east-2::standards/{standard}")
        for control, (_, standards) in disabled(DetectionSpec()).items()
        for standard in some(standards)
    }
    assert {*found} == expected
    for each in found.values():
        assert each.inputs["associationStatus"] == "DISABLED" and len(each.inputs["updatedReason"]) > 20
        assert each.dependencies, "a control of a standard that is not subscribed yet is refused"


def test_a_control_of_an_agent_that_is_there_is_on() -> None:
    assert {"GuardDuty.12", "GuardDuty.13"} <= {*disabled(DetectionSpec())}
    assert not {"GuardDuty.12", "GuardDuty.13"} & {*disabled(DetectionSpec(agents=("tasks", "instances")))}


def test_findings_of_other_regions_are_gathered_where_there_are_others() -> None:
    token = "aws:securityhub/findingAggregator:FindingAggregator"
    assert posture().of(token) == []
    gathered = posture(gathered=["us-west-2"]).one(token).inputs
    assert (gathered["linkingMode"], gathered["specifiedRegions"]) == ("SPECIFIED_REGIONS", ["us-west-2"])


def test_everything_is_in_the_region() -> None:
    for declared in (detector(), posture(gathered=["us-west-2"]), analyzers()):
        assert children_without_region(declared, "us-east-2") == []
