"""Repositories, their policies and replication that Amazon ECR refuses, or that leave the copy without images."""

from collections import Counter
from collections.abc import Mapping
from typing import Final, cast

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.faults import is_other, said, where_all
from policies.feasibility.engine.joins import REPLACE_EACH_OTHER, key, unique
from policies.feasibility.engine.relations import home
from policies.feasibility.engine.shapes import blocks, each_block, given, json_object, of, parsed, requires
from policies.kit.checks import all_of
from policies.kit.resource import Resource
from policies.kit.rows import Block
from policies.kit.rule import NOT_JUDGED, Answers, Check, Finding, Rules
from policies.kit.values import UNKNOWN, as_list, as_number, read

rules: Final = Rules("feasibility", failures())

_REPLICATION: Final = "ecr/replicationConfiguration"
_DESTINATIONS: Final = "replicationConfiguration.rules[].destinations[]"


@rules.rule("ecr-replica-repositories", "F158", _REPLICATION, needs_stack=True)
def _replicas(replication: Resource) -> Answers:
    """The region that images are replicated to has repositories, or a template that makes them as they should be.

    Declare the repositories (or ecr.RepositoryCreationTemplate) in the destination region before replication.
    """
    graph = replication.graph
    repositories = graph.of("ecr/repository")
    regions = {repository.region for repository in repositories}
    templates = {template.region for template in graph.of("ecr/repositoryCreationTemplate")}
    for _, destination in blocks(replication, _DESTINATIONS):
        region = destination.get("region")
        if region is UNKNOWN or not repositories:
            yield NOT_JUDGED  # the repositories are declared elsewhere
        elif region not in regions | templates:
            expected = f"repositories or a RepositoryCreationTemplate in {region}"
            yield Finding("replicationConfiguration", region, expected, detail=str(region))


rules.named("ecr-replication-once", "F159", _REPLICATION, needs_stack=True).add(
    unique(_REPLICATION, home, "", "one replication configuration per registry; {other} is one already"),
    description="A registry has one replication configuration.",
    remediation="Keep one ReplicationConfiguration per account and region, with all rules.",
)


@rules.rule("ecr-replication-rules", "F389", _REPLICATION)
def _rules(replication: Resource) -> Answers:
    """Images are replicated to another registry, by ten rules at most and to 25 places.

    Name another region or account as destination.
    """
    count = len(as_list(replication.get("replicationConfiguration.rules")))
    if count > 10:
        yield Finding("replicationConfiguration.rules", count, "at most ten rules", detail="rules")
    for where, destination in blocks(replication, _DESTINATIONS):
        region, account = destination.get("region"), destination.get("registryId")
        if region is UNKNOWN or account is UNKNOWN:
            yield NOT_JUDGED
        elif replication.region and replication.account and (region, account) == (replication.region, replication.account):
            answer = "InvalidParameterException: The replication configuration cannot replicate to its own registry"
            yield Finding(f"{where}.region", region, "another region or account", detail=str(region), answer=answer)


rules.named("ecr-repository-settings", "F389", "ecr/repository ecr/repositoryCreationTemplate").add(
    of(
        where_all(
            is_other("imageTagMutability", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION"),
            said("imageTagMutabilityExclusionFilters"),
        ).wrong("nothing, without ..._WITH_EXCLUSION", "imageTagMutabilityExclusionFilters")
    ),
    description="Exclusion filters go with a mutability that has exclusions.",
    remediation="Set imageTagMutability: IMMUTABLE_WITH_EXCLUSION, or remove the filters.",
)
rules.named("ecr-repository-key", "F389", "ecr/repository ecr/repositoryCreationTemplate").add(
    each_block(
        "encryptionConfigurations[]",
        where_all(said("kmsKey"), is_other("encryptionType", "KMS", "KMS_DSSE"))
        .wrong("KMS, because kmsKey is set")
        .says("InvalidParameterException: kmsKey can only be specified with the encryption type KMS"),
    ),
    description="A repository with a key is encrypted with KMS.",
    remediation="Set encryptionConfigurations[].encryptionType: KMS.",
)


_LIFECYCLE: Final = "ecr/lifecyclePolicy"
_INVALID: Final = (
    "InvalidParameterException: Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy "
    "validation failure: {}'"
)


@rules.rule("ecr-lifecycle-policy", "F389", _LIFECYCLE)
def _lifecycle(policy: Resource) -> Answers:
    """A lifecycle policy is JSON with rules that ECR can apply: priorities of their own, a selection, an action.

    Give each rule its rulePriority, tags to tagged rules, countUnit to sinceImagePushed, and the last place to `any`.
    """
    if policy.get("policy") is None:
        return
    try:
        value = read({"policy": parsed(policy.get("policy"))}, "policy.rules")
    except ValueError:
        return  # another rule's finding
    found = [cast(Block, rule) for rule in as_list(value) if isinstance(value, list) and isinstance(rule, Mapping)]
    if not found:
        yield Finding("policy", policy.get("policy"), 'a JSON object {"rules": [...]}', answer=_INVALID.format("no rules"))
        return
    priorities = [rule.get("rulePriority") for rule in found]
    for priority, times in Counter(map(str, priorities)).items():
        if times > 1 or as_number(priority) is None:
            yield _wrong("rulePriority", priority, "a number of its own for each rule", priority)
    highest = max((as_number(priority) or 0 for priority in priorities), default=0)
    for rule in found:
        yield from _lifecycle_rule(rule, highest)


def _wrong(path: str, value: object, expected: str, rule: object) -> Finding:
    return Finding(f"policy.rules[].{path}", value, expected, detail=f"{path} {rule}", answer=_INVALID.format(expected))


def _lifecycle_rule(rule: Block, highest: float) -> Answers:
    number = rule.get("rulePriority")
    selection = cast(Block, rule.get("selection") or {})
    action = cast(Block, rule.get("action") or {})
    status, kind = selection.get("tagStatus"), selection.get("countType")
    lists = [name for name in ("tagPrefixList", "tagPatternList") if given(selection.get(name))]
    if status not in ("tagged", "untagged", "any"):
        yield _wrong("selection.tagStatus", status, "tagged, untagged or any", number)
    elif (status == "tagged") != (len(lists) == 1):
        expected = "one of tagPrefixList and tagPatternList" if status == "tagged" else f"no list of tags with {status}"
        yield _wrong("selection.tagPrefixList", lists, expected, number)
    if status == "any" and (as_number(number) or 0) < highest:
        yield _wrong("rulePriority", number, "the highest number of all, because the rule is for any image", number)
    if kind not in ("imageCountMoreThan", "sinceImagePushed", "sinceImagePulled", "sinceImageTransitioned"):
        yield _wrong("selection.countType", kind, "imageCountMoreThan or sinceImagePushed", number)
    elif (kind == "imageCountMoreThan") == given(selection.get("countUnit")):
        expected = "nothing with imageCountMoreThan" if kind == "imageCountMoreThan" else f"days with {kind}"
        yield _wrong("selection.countUnit", selection.get("countUnit"), expected, number)
    count = selection.get("countNumber")
    if isinstance(count, str) or (as_number(count) or 0) < 1:
        yield _wrong("selection.countNumber", count, "a number of at least 1", number)
    if action.get("type") not in ("expire", "transition"):
        yield _wrong("action.type", action.get("type"), "expire", number)


@rules.rule("ecr-policy-without-resource", "F389", "ecr/repositoryPolicy")
def _no_resource(policy: Resource) -> Answers:
    """A repository's policy names no resource: it is about the repository that it is on.

    Remove Resource from the statements.
    """
    answer = "InvalidParameterException: Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'"  # noqa: E501
    for index, statement in enumerate(as_list((json_object(policy.get("policy")) or {}).get("Statement"))):
        for name in ("Resource", "NotResource"):
            if isinstance(statement, Mapping) and name in statement:
                where = f"policy.Statement[{index}].{name}"
                yield Finding(where, statement[name], "no resource", detail=f"{index} {name}", answer=answer)


def _only_policy(kind: str) -> Check:
    expected = "a repository that {other} does not set"
    return unique(kind, key("repository:ecr/repository"), "repository", expected, answer=REPLACE_EACH_OTHER, detail=False)


rules.named("ecr-policy-once", "F389", "ecr/repositoryPolicy ecr/lifecyclePolicy", needs_stack=True).add(
    all_of(_only_policy("ecr/repositoryPolicy"), _only_policy("ecr/lifecyclePolicy")),
    description="A repository has one policy and one lifecycle policy.",
    remediation="Join the two into one.",
)


_SIGN_IN: Final = ("registry-1.docker.io", "registry.gitlab.com", "ghcr.io")


def _credential(where: str, block: Block) -> Answers:
    upstream, secret = block.get("upstreamRegistryUrl"), block.get("credentialArn")
    if upstream is UNKNOWN:
        yield NOT_JUDGED
    elif not given(secret) and (upstream in _SIGN_IN or str(upstream).endswith(".azurecr.io")):
        answer = "InvalidParameterException: credentialArn is required for the upstream registry"
        yield Finding(f"{where}credentialArn", secret, f"a secret for {upstream}", answer=answer)
    elif isinstance(secret, str) and ":secret:" in secret and ":secret:ecr-pullthroughcache/" not in secret:
        yield Finding(f"{where}credentialArn", secret, "a secret whose name starts with ecr-pullthroughcache/", detail="name")


rules.named("ecr-pull-through", "F389", "ecr/pullThroughCacheRule").add(
    of(_credential, requires("customRoleArn", "upstreamRegistryUrl")),
    description="A cache of a registry that wants a sign-in names the secret for it.",
    remediation="Set credentialArn to a secret whose name starts with ecr-pullthroughcache/.",
)
