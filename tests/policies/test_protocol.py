"""The packs as the engine meets them: what they say of themselves, of unknowns, of secrets, of wrong configuration."""

import json
import subprocess
import sys
from collections import Counter
from importlib.metadata import version
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime.proto import analyzer_pb2 as proto
from pulumi.runtime.proto import analyzer_pb2_grpc

from policies.controls.encryption.pack import PACK as ENCRYPTION
from policies.controls.least_privilege.pack import PACK as LEAST_PRIVILEGE
from policies.controls.resilience.pack import PACK as RESILIENCE
from policies.controls.tagging.pack import PACK as TAGGING
from policies.feasibility.data.failures import failures
from policies.kit.catalogue import SEVERITIES, controls
from policies.kit.generate_taggable import TAGGABLE, derive
from policies.kit.messages import advice, summary
from policies.kit.options import KEYWORDS, wrong_option
from policies.kit.pack import ADVICE, FULL_REPORTS, OWN_POLICIES, UNKNOWN_VERDICTS, Pack, is_production
from policies.kit.references import referrers, targets
from policies.kit.resource import Graph, Resource, kind_of
from policies.kit.rule import NOT_APPLICABLE, NOT_JUDGED, Answers, Finding, Options, Rules, texts
from policies.pack import PACK as ALL
from policies.pack import PACKS, folder
from tests.found import some
from tests.policies.harness import KEY, TAGS, UNKNOWN, Engine, Planned, RefusedError, only, secret, struct, verdict

RDS = "aws:rds/instance:Instance"
QUEUE = "aws:sqs/queue:Queue"


def names(diagnostics: list[Any]) -> set[str]:
    return {diagnostic.policyName for diagnostic in diagnostics}


# Unknowns


def test_an_unknown_in_one_resource_does_not_hide_a_failure_of_another() -> None:
    unclear = Planned(token=RDS, name="unclear", inputs={"storageEncrypted": UNKNOWN})
    wrong = Planned(token=RDS, name="wrong", inputs={"storageEncrypted": False})
    for order in ([unclear, wrong], [wrong, unclear]):
        found = [d for d in only(ENCRYPTION, "rds-storage-encrypted").preview(order) if d.policyName != UNKNOWN_VERDICTS]
        assert [d.urn for d in found] == [wrong.urn]
        assert found[0].enforcementLevel == proto.MANDATORY


def test_an_unknown_property_does_not_hide_a_failure_of_its_neighbour() -> None:
    table = Planned(
        token="aws:dynamodb/table:Table",
        inputs={"serverSideEncryption": {"enabled": False, "kmsKeyArn": UNKNOWN}, "name": UNKNOWN},
    )
    assert verdict(only(ENCRYPTION, "dynamodb-customer-key").preview([table])) == "fail"


def test_a_key_of_the_same_plan_counts_only_once_the_dependencies_are_known() -> None:
    engine = only(ENCRYPTION, "sqs-customer-key")
    queue = Planned(token=QUEUE, inputs={"kmsMasterKeyId": KEY})
    assert engine.register(queue) == []
    assert engine.complete([queue]) == []


def test_unknowns_are_counted_once_and_only_as_advice() -> None:
    queues = [Planned(token=QUEUE, name=f"q{number}", inputs={"kmsMasterKeyId": UNKNOWN}) for number in range(3)]
    engine = only(ENCRYPTION, "sqs-customer-key")
    assert [found for queue in queues for found in engine.register(queue)] == []
    [summary] = engine.complete(queues)
    assert summary.policyName == UNKNOWN_VERDICTS
    assert summary.enforcementLevel == proto.ADVISORY
    assert "3 of 3 checks" in summary.message


def test_a_finding_is_told_once_though_the_rule_is_asked_twice() -> None:
    queue = Planned(token=QUEUE, inputs={})
    assert len(only(ENCRYPTION, "sqs-customer-key").preview([queue])) == 1


def test_the_stack_is_judged_by_outputs_where_a_resource_was_never_registered() -> None:
    found = only(ENCRYPTION, "sqs-customer-key").complete([Planned(token=QUEUE, inputs={})])
    assert verdict(found) == "fail"


def broken(*severities: str) -> Pack:
    """A pack with a rule for each severity that fails by an error, and an option without effect."""
    rules = Rules("broken")
    for severity in severities:
        options = {"names": texts("Names.")}

        @rules.configurable(
            f"{severity}-rule", "C007", "*", description="d", remediation="m", severity=severity, options=options
        )
        def _breaks(_resource: Resource, options: Options) -> Answers:
            raise ValueError(f"no {options['names']}")
            yield NOT_JUDGED

    return Pack("broken", "d", rules.list)


def levels(found: list[Any]) -> dict[str, int]:
    return {each.policyName: each.enforcementLevel for each in found}


def test_a_rule_that_breaks_counts_as_a_finding_for_nothing_was_judged() -> None:
    found = levels(Engine(broken("high", "low")).preview([Planned(token=RDS)]))
    assert found == {"high-rule": proto.MANDATORY, "low-rule": proto.ADVISORY, UNKNOWN_VERDICTS: proto.ADVISORY}


def test_a_rule_that_its_configuration_breaks_stops_the_run_at_any_level() -> None:
    engine = Engine(broken("low"), levels={"low-rule": "advisory"}, options={"low-rule": {"names": ["x"]}}, brief=True)
    [told] = [each for each in engine.preview([Planned(token=RDS)]) if each.policyName == "low-rule"]
    assert told.enforcementLevel == proto.MANDATORY
    assert "it failed with ValueError: no ['x']. What it judges is not known here. Correct its options" in told.message


def test_a_rule_that_breaks_says_so_and_the_others_go_on() -> None:
    rules = Rules("broken")

    @rules.rule("breaks", "C007", "rds/instance", description="d", remediation="m")
    def _breaks(_: object) -> Answers:
        yield Finding("a", 1, "2")
        raise KeyError("surprise")

    @rules.rule("works", "C007", "rds/instance", description="d", remediation="m")
    def _works(_: object) -> Answers:
        yield Finding("b", 1, "2")

    found = Engine(Pack("broken", "d", rules.list)).preview([Planned(token=RDS)])
    assert names(found) == {"breaks", "works", UNKNOWN_VERDICTS}
    assert "breaks failed on it: KeyError: 'surprise'" in found[-1].message


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 99) | st.sampled_from(["", "x", "*", UNKNOWN, "alias/aws/x", "true", "{"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["enabled", "rule", "key", "a"]), inner, max_size=3)
    ),
    max_leaves=6,
)
_PATHS = sorted(
    {"tags", "policy", "assumeRolePolicy", "kmsKeyId", "rules", "parameters", "volumes", "defaultActions", "replicas"}
)


@given(inputs=st.dictionaries(st.sampled_from(_PATHS), _JSON, max_size=4), rule=st.sampled_from(ALL.rules))
def test_inputs_of_any_shape_end_no_call(inputs: dict[str, Any], rule: Any) -> None:
    tokens = [f"aws:{kind}:X" for kind in rule.kinds if "/" in kind] or [QUEUE]
    found = Engine(ALL).preview([Planned(token=tokens[0], inputs=inputs)])
    assert [each.policyName for each in found if not each.message] == []


# Messages


def test_a_finding_names_property_value_right_value_id_and_controls() -> None:
    [found] = only(ENCRYPTION, "kms-deletion-window").preview(
        [Planned(token="aws:kms/key:Key", inputs={"deletionWindowInDays": 7})]
    )
    assert "deletionWindowInDays is 7; expected at least 30 days" in found.message
    assert "[encryption/kms-deletion-window C071]" in found.message
    assert found.urn.endswith("::it")


def test_findings_of_one_rule_are_told_apart_by_a_stable_id() -> None:
    policy = json.dumps({"Statement": [{"Effect": "Allow", "Action": ["s3:*", "sqs:*"], "Resource": "arn:aws:s3:::a"}]})
    found = only(LEAST_PRIVILEGE, "wildcard-action").preview(
        [Planned(token="aws:iam/policy:Policy", inputs={"policy": policy})]
    )
    assert ["[least_privilege/wildcard-action[s3:*] C180]" in d.message for d in found] == [True, False]
    assert "wildcard-action[sqs:*]" in found[1].message


@pytest.mark.parametrize("value", [secret("hunter2"), {"inner": secret("hunter2")}])
def test_a_secret_value_is_never_shown(value: Any) -> None:
    rules = Rules("leaky")

    @rules.rule("leaks", "C007", "rds/instance", description="d", remediation="m")
    def _leaks(resource: Any) -> Answers:
        yield Finding("password", resource.get("password"), "something else")

    [found] = Engine(Pack("leaky", "d", rules.list)).register(Planned(token=RDS, inputs={"password": value}))
    assert "hunter2" not in found.message
    assert "[secret]" in found.message


# What a pack says of itself


@pytest.mark.parametrize("pack", [*PACKS, ALL], ids=lambda pack: pack.name)
def test_every_policy_carries_severity_controls_frameworks_and_a_mend(pack: Pack) -> None:
    info = Engine(pack).info
    assert [policy.name for policy in info.policies] == [*(rule.name for rule in pack.rules), *OWN_POLICIES]
    for policy in list(info.policies)[: len(pack.rules)]:
        assert policy.severity != proto.POLICY_SEVERITY_UNSPECIFIED
        assert set(policy.framework.reference.split()) <= set(controls().entries) | set(failures().entries)
        assert set(policy.framework.reference.split()) <= set(policy.tags)
        assert policy.remediation_steps
        assert policy.description
    assert any("NIST 800-53 r5" in policy.framework.specification for policy in Engine(ENCRYPTION).info.policies)


@pytest.mark.parametrize(
    ("stack", "medium"), [("prod", proto.MANDATORY), ("prod-recovery", proto.MANDATORY), ("dev", proto.ADVISORY)]
)
def test_severity_decides_the_level_and_medium_depends_on_the_environment(stack: str, medium: int) -> None:
    levels = {policy.name: policy.enforcementLevel for policy in Engine(ENCRYPTION, stack=stack).info.policies}
    for rule in some(ENCRYPTION.rules):
        expected = {"low": proto.ADVISORY, "medium": medium, "high": proto.MANDATORY, "critical": proto.MANDATORY}
        assert levels[rule.name] == expected[rule.severity]


@pytest.mark.parametrize(
    ("stack", "tag", "production"),
    [
        ("prod", "", True),
        ("dev", "", False),
        ("eu-staging-2", "", False),
        ("devices", "", True),
        ("unheard-of", "", True),
        ("prod", "dev", False),
        ("dev", "prod", True),
    ],
)
def test_a_stack_is_production_unless_its_environment_tag_or_name_says_otherwise(
    stack: str, tag: str, *, production: bool
) -> None:
    assert is_production(stack, tag) is production
    config = {"aws:defaultTags": json.dumps({"tags": {"Environment": tag}})} if tag else {}
    assert Engine(RESILIENCE, stack=stack, config=config).analyzer.judge.production is production


def test_medium_is_mandatory_in_production_and_advice_elsewhere() -> None:
    for stack, level in (("prod", proto.MANDATORY), ("dev", proto.ADVISORY)):
        [found] = only(RESILIENCE, "rds-deletion-protection", stack=stack).preview([Planned(token=RDS)])
        assert found.enforcementLevel == level


def test_the_engine_protects_production_only() -> None:
    assert verdict(only(RESILIENCE, "stateful-protected", stack="prod").preview([Planned(token=RDS)])) == "fail"
    assert verdict(only(RESILIENCE, "stateful-protected", stack="dev").preview([Planned(token=RDS)])) == "pass"


def test_the_gravest_control_gives_the_severity() -> None:
    assert controls().gravest(("C003", "C005", "C001")) == "high"
    assert {control.severity for control in controls().entries.values()} == set(SEVERITIES)


# Configuration


def test_configuration_can_switch_off_what_is_advice() -> None:
    rule = next(rule for rule in ENCRYPTION.rules if rule.severity == "low")
    assert rule.name in {r.name for r in Engine(ENCRYPTION).analyzer.judge.pack.rules}
    queue = [Planned(token=QUEUE, inputs={})]
    dev = Engine(ENCRYPTION, stack="dev", levels={"sqs-tls-only": "disabled"})
    assert "sqs-tls-only" in names(Engine(ENCRYPTION, stack="dev").preview(queue))
    assert "sqs-tls-only" not in names(dev.preview(queue))


def test_configuration_can_lower_a_level_but_its_findings_still_show() -> None:
    queue = [Planned(token=QUEUE, inputs={"tags": {}})]
    [found] = [
        d
        for d in Engine(ENCRYPTION, levels={"sqs-customer-key": "advisory"}).preview(queue)
        if d.policyName == "sqs-customer-key"
    ]
    assert found.enforcementLevel == proto.ADVISORY


def test_configuration_can_change_an_option() -> None:
    queue = [Planned(token=QUEUE, inputs={"tags": {"Team": "a"}})]
    options = {"mandatory-tags": {"mandatory": ["Team"]}}
    assert "mandatory-tags" in names(Engine(TAGGING).preview(queue))
    assert "mandatory-tags" not in names(Engine(TAGGING, options=options).preview(queue))


@pytest.mark.parametrize(
    ("levels", "options", "message"),
    [
        (
            {"sqs-customer-key": "disabled"},
            {},
            "sqs-customer-key is 'disabled' .* mandatory in this stack; expected 'advisory'",
        ),
        ({"sqs-customer-key": "remediate"}, {}, "sqs-customer-key is 'remediate' .* no safe remediation; expected 'mandatory'"),
        ({"exemptions": "disabled"}, {}, "exemptions is 'disabled' .* always 'mandatory'"),
        ({}, {"exemptions": {"file": 3}}, "policy exemptions: file is 3.0; expected string"),
        ({}, {"exemptions": {"path": "a.yaml"}}, "policy exemptions has no option 'path'"),
        ({"sqs-costumer-key": "disabled"}, {}, "no policy 'sqs-costumer-key'; did you mean 'sqs-customer-key'"),
        ({}, {"sqs-customer-key": {"allow": True}}, "policy sqs-customer-key has no option 'allow'"),
    ],
)
def test_configuration_that_names_what_does_not_exist_or_would_silence_a_rule_is_refused(
    levels: dict[str, str], options: dict[str, dict[str, Any]], message: str
) -> None:
    with pytest.raises(RefusedError, match=message):
        Engine(ENCRYPTION, levels=levels, options=options)


SCHEMA: dict[str, Any] = {
    "names": {"type": "array", "items": {"type": "string", "minLength": 1}},
    "accounts": {"type": "array", "items": {"type": "string", "pattern": "^[0-9]{12}$"}},
    "patterns": {"type": "object", "additionalProperties": {"type": "string", "format": "regex"}},
    "days": {"type": "integer"},
    "on": {"type": "boolean"},
}


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("names", "Owner", "names is 'Owner'; expected array"),
        ("names", ["Owner", 1], "names[1] is 1; expected string"),
        ("names", [""], "names[0] is ''; expected at least 1 character"),
        ("names", ["Owner"], ""),
        ("accounts", ["1"], "accounts[0] is '1'; expected text like ^[0-9]{12}$"),
        ("patterns", {"A": "["}, "patterns.A is '['; expected a regular expression (unterminated character set at position 0)"),
        ("patterns", {"A": 5}, "patterns.A is 5; expected string"),
        ("days", 1.5, "days is 1.5; expected integer"),
        ("days", True, "days is True; expected integer"),
        ("days", 7.0, ""),
        ("on", 1, "on is 1; expected boolean"),
    ],
)
def test_the_value_of_an_option_is_checked_against_its_schema(option: str, value: object, says: str) -> None:
    assert wrong_option(SCHEMA[option], value, option) == says


def test_a_schema_says_nothing_that_is_not_checked() -> None:
    def keywords(schema: Any) -> set[str]:
        inner = [schema[key] for key in ("items", "additionalProperties") if key in schema]
        return {*schema, *(word for each in inner for word in keywords(each))}

    for rule in some([rule for rule in ALL.rules if rule.options]):
        for option, schema in rule.options.items():
            assert keywords(schema) <= KEYWORDS, f"{rule.id} {option}"
            assert wrong_option(schema, schema["default"], option) == ""


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two rules named sqs-customer-key"):
        Pack("twice", "d", [*ENCRYPTION.rules, next(rule for rule in ENCRYPTION.rules if rule.name == "sqs-customer-key")])


# What does not apply


def test_a_rule_whose_question_does_not_arise_gives_no_verdict() -> None:
    rules = Rules("apart")

    @rules.rule("asked", "C007", "rds/instance", description="d", remediation="m")
    def _asked(resource: Resource) -> Answers:
        yield NOT_APPLICABLE if resource.get("engine") == "none" else NOT_JUDGED

    engine = Engine(Pack("apart", "d", rules.list))
    [summary] = engine.preview([Planned(token=RDS, inputs={"engine": "none"}, name="a"), Planned(token=RDS, name="b")])
    assert "1 of 1 checks" in summary.message


# Many findings


def test_a_preview_tells_many_findings_of_one_rule_together_and_names_each() -> None:
    queues = [Planned(token=QUEUE, name=f"q{number}") for number in range(30)]
    pack = only(ENCRYPTION, "sqs-customer-key").analyzer.judge.pack
    *single, together = Engine(pack, dry_run=True).preview(queues)
    assert [found.urn for found in single] == [queue.urn for queue in queues[:FULL_REPORTS]]
    assert together.enforcementLevel == proto.MANDATORY
    assert f"and {30 - FULL_REPORTS} more: q{FULL_REPORTS}, q{FULL_REPORTS + 1}, " in together.message
    assert pack.rules[0].remediation in together.message
    assert all(f" {queue.name}" in together.message for queue in queues[FULL_REPORTS:])


def test_what_many_findings_share_is_said_once() -> None:
    queues = [Planned(token=QUEUE, name=f"q{number}", inputs={"tags": {}}) for number in range(30)]
    pack = only(TAGGING, "mandatory-tags").analyzer.judge.pack
    *_, together = Engine(pack, dry_run=True).preview(
        [*queues, Planned(token=QUEUE, name="other", inputs={"tags": {"Owner": "x"}})]
    )
    rest = ", ".join(f"q{number}" for number in range(FULL_REPORTS, 30))
    assert (
        f"and 28 more: [CostCenter,DataClassification,Environment,Owner,Project,Tenant] on {rest}; "
        "[CostCenter,DataClassification,Environment,Project,Tenant] on other. "
    ) in together.message


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_is_advice_is_one_line_with_a_count(*, dry_run: bool) -> None:
    queues = [Planned(token=QUEUE, name=f"q{number}") for number in range(30)]
    pack = Pack("two", "d", [rule for rule in ENCRYPTION.rules if rule.name in ("sqs-customer-key", "sqs-tls-only")])
    lowered = {"sqs-customer-key": "advisory", "sqs-tls-only": "advisory"}
    [line] = Engine(pack, dry_run=dry_run, levels=lowered, brief=True).preview(queues)
    assert (line.policyName, line.enforcementLevel) == (ADVICE, proto.ADVISORY)
    assert "60 findings of 2 rules advise and stop nothing: sqs-customer-key 30, sqs-tls-only 30." in line.message


def test_the_lines_that_count_name_three_rules_at_most() -> None:
    """They stand in every preview; the evidence names all."""
    said = advice(Counter({"a": 1, "b": 7, "c": 5, "d": 3, "e": 2}))
    assert "18 findings of 5 rules advise and stop nothing: b 7, c 5, d 3 and 2 more rules. " in said
    unknown = {f"pack/rule-{number}": ["urn"] * (9 - number) for number in range(4)}
    assert "(rule-0 9, rule-1 8, rule-2 7 and 1 more rule)." in summary(unknown, 99, [], preview=False)
    assert "rule-" not in summary(unknown, 99, [], preview=True)


@pytest.mark.parametrize(("dry_run", "says"), [(True, "before deployment"), (False, "could not be judged")])
def test_only_a_preview_speaks_of_what_is_before_deployment(*, dry_run: bool, says: str) -> None:
    queue = Planned(token=QUEUE, inputs={"kmsMasterKeyId": UNKNOWN})
    pack = only(ENCRYPTION, "sqs-customer-key").analyzer.judge.pack
    [line] = Engine(pack, dry_run=dry_run).preview([queue])
    assert says in line.message
    assert ("before deployment" in line.message) is dry_run


def test_an_update_tells_every_finding_before_its_resource_is_created() -> None:
    engine = only(ENCRYPTION, "sqs-customer-key")
    for number in range(2 * FULL_REPORTS):
        [found] = engine.register(Planned(token=QUEUE, name=f"q{number}"))
        assert found.enforcementLevel == proto.MANDATORY


# The SDK and the process


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        ("aws:rds/instance:Instance", "rds/instance"),
        ("aws:alb/listener:Listener", "lb/listener"),
        ("aws:elasticloadbalancingv2/listener:Listener", "lb/listener"),
        ("aws:applicationloadbalancing/loadBalancer:LoadBalancer", "lb/loadBalancer"),
        ("aws:elasticloadbalancing/loadBalancer:LoadBalancer", "elb/loadBalancer"),
        ("aws:s3/bucketV2:BucketV2", "s3/bucket"),
        ("aws:s3/bucketAclV2:BucketAclV2", "s3/bucketAcl"),
        ("aws:securityhub/accountV2:AccountV2", "securityhub/accountV2"),
        ("random:index/randomId:RandomId", "random:index/randomId:RandomId"),
    ],
)
def test_old_and_new_names_of_a_thing_are_one_kind(token: str, kind: str) -> None:
    assert kind_of(token) == kind


def test_what_is_taggable_is_what_the_installed_sdk_says() -> None:
    recorded = json.loads(TAGGABLE.read_text())
    assert recorded["pulumi_aws"] == version("pulumi-aws")
    assert recorded == derive(), "run python -m policies.kit.generate_taggable"


@pytest.mark.parametrize("name", [*(pack.name for pack in PACKS), "."])
def test_a_pack_serves_the_protocol_as_the_process_the_engine_starts(name: str) -> None:
    served = str(folder(name))
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", served]
    process = subprocess.Popen(command, cwd=served, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = analyzer_pb2_grpc.AnalyzerStub(channel)
            stub.Handshake(proto.AnalyzerHandshakeRequest())
            assert stub.GetPluginInfo(empty_pb2.Empty()).version
            info = stub.GetAnalyzerInfo(empty_pb2.Empty())
            assert info.name == ("dataconnect" if name == "." else name)
            request = proto.AnalyzeRequest(urn="urn:pulumi:prod::p::aws:sqs/queue:Queue::q", type=QUEUE, name="q")
            stub.Analyze(request)
            assert list(stub.Remediate(request).remediations) == []
            stub.AnalyzeStack(proto.AnalyzeStackRequest())
            with pytest.raises(grpc.RpcError, match="no policy 'nonsense'"):
                stub.Configure(proto.ConfigureAnalyzerRequest(policyConfig={"nonsense": proto.PolicyConfig()}))
            stub.Cancel(empty_pb2.Empty())
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def test_no_pack_imports_the_aws_sdk() -> None:
    code = "import sys, policies.pack, policies.kit.server; print([m for m in sys.modules if m.startswith('pulumi_aws')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_all_holds_every_rule_of_every_pack_under_the_pack_s_own_ids() -> None:
    assert [rule.name for rule in ALL.rules] == [rule.name for pack in PACKS for rule in pack.rules]
    [found] = only(ALL, "mandatory-tags").preview([Planned(token=QUEUE, inputs={"tags": {**TAGS, "Owner": ""}})])
    assert "[tagging/mandatory-tags[Owner] C001]" in found.message


def test_the_graph_finds_both_ends_of_a_reference_by_dependency_and_by_name() -> None:
    role = "aws:iam/role:Role"
    owner = Planned(token=role, name="app", inputs={"name": "app-role"})
    for inputs, refs in (({"role": UNKNOWN}, {"role": (role, "app")}), ({"role": "app-role"}, {})):
        user = Planned(token="aws:iam/rolePolicy:RolePolicy", name="policy", inputs=inputs, refs=refs)
        stray = Planned(token="aws:iam/rolePolicy:RolePolicy", name="stray", inputs={"role": "other"})
        graph = Graph(
            Resource(
                urn=planned.urn,
                token=planned.token,
                message=struct(planned.inputs),
                property_dependencies={key: list(value.urns) for key, value in planned.dependencies().items()},
            )
            for planned in (owner, user, stray)
        )
        for resource in graph.resources.values():
            resource.stack = graph
        [found] = referrers(graph.of("iam/role")[0], "iam/rolePolicy", "role")
        assert found.name == "policy"
        assert [target.name for target in targets(found, "role", "iam/role")] == ["app"]
        assert targets(graph.resources[stray.urn], "role", "iam/role") == []
