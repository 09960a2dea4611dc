"""An update in place behind which AWS builds a search domain anew is told, wherever a verdict is."""

import json
from pathlib import Path
from typing import Any

import pytest

from policies.evidence import plan as plans
from policies.evidence.changes import rebuilds, step
from policies.evidence.closing import main
from policies.evidence.markdown import as_markdown
from policies.evidence.page import as_page
from policies.evidence.rebuilds import rebuilt_by
from policies.evidence.verdicts import judge
from policies.kit.pack import Judge
from policies.pack import NOT_COVERED, PACK

DOMAIN = "aws:opensearch/domain:Domain"
URN = f"urn:pulumi:prod::dataconnect::{DOMAIN}::search"
MASTERS = {"dedicatedMasterEnabled": True, "dedicatedMasterCount": 3}
AUDITED = [{"logType": "AUDIT_LOGS", "cloudwatchLogGroupArn": "arn"}]


def cluster(**values: Any) -> dict[str, Any]:
    return {"clusterConfig": {**MASTERS, "instanceType": "r7g.large.search", "instanceCount": 3, **values}}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (cluster(), cluster(instanceType="r7g.xlarge.search"), ["clusterConfig.instanceType"]),
        (cluster(), cluster(instanceCount=6), []),
        (
            cluster(dedicatedMasterEnabled=False),
            cluster(dedicatedMasterEnabled=False, instanceCount=6),
            ["clusterConfig.instanceCount"],
        ),
        (cluster(dedicatedMasterCount=2), cluster(), ["clusterConfig.dedicatedMasterCount"]),
        (cluster(), cluster(dedicatedMasterCount=5), []),
        ({"engineVersion": "OpenSearch_3.3"}, {"engineVersion": "OpenSearch_3.5"}, ["engineVersion"]),
        ({"ebsOptions": {"volumeSize": 100}}, {"ebsOptions": {"volumeSize": 200}}, []),
        ({"ebsOptions": {"volumeSize": 200}}, {"ebsOptions": {"volumeSize": 100}}, ["ebsOptions.volumeSize"]),
        ({"ebsOptions": {"volumeType": "gp2"}}, {"ebsOptions": {"volumeType": "gp3"}}, ["ebsOptions.volumeType"]),
        ({"vpcOptions": {"subnetIds": ["a", "b"]}}, {"vpcOptions": {"subnetIds": ["b", "a"]}}, []),
        ({"vpcOptions": {"subnetIds": ["a"]}}, {"vpcOptions": {"subnetIds": ["a", "b"]}}, ["vpcOptions.subnetIds"]),
        ({"vpcOptions": {"subnetIds": ["a"]}}, {}, ["vpcOptions.subnetIds"]),
        ({}, {"advancedOptions": {"indices.query.bool.max_clause_count": "2048"}}, ["advancedOptions"]),
        ({}, {"nodeToNodeEncryption": {"enabled": True}}, ["nodeToNodeEncryption.enabled"]),
        ({"nodeToNodeEncryption": {"enabled": True}}, {}, []),
        ({}, {"logPublishingOptions": AUDITED}, ["logPublishingOptions"]),
        ({"logPublishingOptions": AUDITED}, {"logPublishingOptions": [*AUDITED, {"logType": "SEARCH_SLOW_LOGS"}]}, []),
        ({"accessPolicies": "{}"}, {"accessPolicies": "{ }"}, []),
    ],
)
def test_what_makes_aws_build_a_domain_anew_is_named(old: dict[str, Any], new: dict[str, Any], told: list[str]) -> None:
    assert list(rebuilt_by(DOMAIN, old, new)) == told


def test_another_kind_and_another_operation_are_not_meant() -> None:
    old, new = cluster(), cluster(instanceType="r7g.xlarge.search")
    assert not rebuilt_by("aws:sqs/queue:Queue", old, new)
    assert not rebuilds([step("create", URN, None, {"inputs": new}), step("replace", URN, {"inputs": old}, {"inputs": new})])


def test_the_verdict_tells_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed = {
        "op": "update",
        "urn": URN,
        "old": {"inputs": cluster()},
        "new": {"inputs": cluster(instanceType="r7g.2xlarge.search")},
    }
    events: list[dict[str, Any]] = [
        {"resourcePreEvent": {"metadata": changed}},
        {"policyAnalyzeStackSummaryEvent": {"policyPackName": "dataconnect"}},
        {"summaryEvent": {"isPreview": True, "result": "succeeded", "resourceChanges": {"update": 1}}},
    ]
    (tmp_path / "events.json").write_text("".join(f"{json.dumps(event)}\n" for event in events))
    assert main([str(tmp_path / "events.json"), "--code", "0", "--more", "make evidence"]) == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "rebuilds" in line]
    assert line.startswith(f"  rebuilds search ({DOMAIN}) for clusterConfig.instanceType: AWS builds all its nodes anew")


def test_the_evidence_tells_it_on_its_page_and_in_the_comment(tmp_path: Path) -> None:
    old, new = (
        {"urn": URN, "type": DOMAIN, "inputs": inputs} for inputs in (cluster(), cluster(instanceType="r7g.2xlarge.search"))
    )
    steps = [{"op": "update", "urn": URN, "oldState": old, "newState": new}]
    (tmp_path / "plan.json").write_text(json.dumps({"config": {}, "steps": steps, "changeSummary": {"update": 1}}))
    evidence = judge(plans.load(tmp_path / "plan.json"), Judge(PACK, exemptions_file=None), NOT_COVERED)
    told = f"rebuilds search ({DOMAIN}) for clusterConfig.instanceType"
    assert told in as_page(evidence)
    assert told in as_markdown(evidence).replace("\\", "")
