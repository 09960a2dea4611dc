"""Repositories, their policies and replication that Amazon ECR refuses, or that leave the copy without images."""

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Any, Final, cast

from policies.feasibility.data.failures import failures
from policies.feasibility.engine.relations import home
from policies.feasibility.engine.shapes import absent, blocks, given, of, parsed, requires, unless
from policies.kit.references import earlier, reference
from policies.kit.resource import Resource
from policies.kit.rows import Block
from policies.kit.rule import NOT_JUDGED, Answers, Finding, Rules
from policies.kit.values import UNKNOWN, as_list, as_number

rules: Final = Rules("feasibility", failures())

_REPLICATION: Final = "ecr/replicationConfiguration"
_DESTINATIONS: Final = "replicationConfiguration.rules[].destinations[]"


@rules.rule(
    "ecr-replica-repositories",
    "F158",
    _REPLICATION,
    needs_stack=True,
    description="The region that images are replicated to has repositories, or a template that makes them as they should be.",
    remediation="Declare the repositories (or ecr.RepositoryCreationTemplate) in the destination region before replication.",
)
def _replicas(replication: Resource) -> Answers:
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


@rules.rule(
    "ecr-replication-once",
    "F159",
    _REPLICATION,
    needs_stack=True,
    description="A registry has one replication configuration.",
    remediation="Keep one ReplicationConfiguration per account and region, with all rules.",
)
def _once(replication: Resource) -> Answers:
    for other in earlier(replication, "registries", (_REPLICATION,), home):
        yield Finding("", None, f"one replication configuration per registry; {other.name} is one already", detail=other.name)


@rules.rule(
    "ecr-replication-rules",
    "F389",
    _REPLICATION,
    description="Images are replicated to another registry, by ten rules at most and to 25 places.",
    remediation="Name another region or account as destination.",
)
def _rules(replication: Resource) -> Answers:
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


rules.add(
    "ecr-repository-settings",
    "F389",
    "ecr/repository ecr/repositoryCreationTemplate",
    of(
        unless(
            "imageTagMutability",
            ("IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION"),
            absent("imageTagMutabilityExclusionFilters", "without ..._WITH_EXCLUSION"),
        ),
    ),
    description="Exclusion filters go with a mutability that has exclusions.",
    remediation="Set imageTagMutability: IMMUTABLE_WITH_EXCLUSION, or remove the filters.",
)


@rules.rule(
    "ecr-repository-key",
    "F389",
    "ecr/repository ecr/repositoryCreationTemplate",
    description="A repository with a key is encrypted with KMS.",
    remediation="Set encryptionConfigurations[].encryptionType: KMS.",
)
def _key(repository: Resource) -> Answers:
    for where, block in blocks(repository, "encryptionConfigurations[]"):
        kind = block.get("encryptionType")
        if kind is UNKNOWN:
            yield NOT_JUDGED
        elif given(block.get("kmsKey")) and kind not in ("KMS", "KMS_DSSE"):
            answer = "InvalidParameterException: kmsKey can only be specified with the encryption type KMS"
            yield Finding(f"{where}.encryptionType", kind, "KMS, because kmsKey is set", answer=answer)


_LIFECYCLE: Final = "ecr/lifecyclePolicy"
_INVALID: Final = (
    "InvalidParameterException: Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy "
    "validation failure: {}'"
)


def _lifecycle_rules(policy: Resource) -> list[Block] | None:
    value = parsed(policy.get("policy"))
    found = cast(Mapping[str, Any], value).get("rules") if isinstance(value, Mapping) else None
    return [cast(Block, rule) for rule in found if isinstance(rule, Mapping)] if isinstance(found, list) else None  # pyright: ignore[reportUnknownVariableType]


@rules.rule(
    "ecr-lifecycle-policy",
    "F389",
    _LIFECYCLE,
    description="A lifecycle policy is JSON with rules that ECR can apply: priorities of their own, a selection, an action.",
    remediation=(
        "Give each rule its rulePriority, tags to tagged rules, countUnit to sinceImagePushed, and the last place to `any`."
    ),
)
def _lifecycle(policy: Resource) -> Answers:
    if policy.get("policy") is None:
        return
    try:
        found = _lifecycle_rules(policy)
    except ValueError:
        return  # another rule's finding
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


@rules.rule(
    "ecr-policy-without-resource",
    "F389",
    "ecr/repositoryPolicy",
    description="A repository's policy names no resource: it is about the repository that it is on.",
    remediation="Remove Resource from the statements.",
)
def _no_resource(policy: Resource) -> Answers:
    text = policy.get("policy")
    if text is None:
        return
    answer = "InvalidParameterException: Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'"  # noqa: E501
    try:
        value = parsed(text)
    except ValueError:
        return  # another rule's finding
    found = as_list(cast(Mapping[str, Any], value).get("Statement")) if isinstance(value, Mapping) else []
    for index, statement in enumerate(found):
        for name in ("Resource", "NotResource"):
            if isinstance(statement, Mapping) and name in statement:
                where = f"policy.Statement[{index}].{name}"
                yield Finding(where, statement[name], "no resource", detail=f"{index} {name}", answer=answer)


def _repository_key(resource: Resource) -> Hashable:
    return (resource.kind, reference(resource, "repository", "ecr/repository"))


@rules.rule(
    "ecr-policy-once",
    "F389",
    "ecr/repositoryPolicy ecr/lifecyclePolicy",
    needs_stack=True,
    description="A repository has one policy and one lifecycle policy.",
    remediation="Join the two into one.",
)
def _policy_once(policy: Resource) -> Answers:
    kinds = ("ecr/repositoryPolicy", "ecr/lifecyclePolicy")
    for other in earlier(policy, "repository policies", kinds, _repository_key):
        answer = "No error: the last one written wins, and they replace each other at every update"
        yield Finding("repository", policy.get("repository"), f"a repository that {other.name} does not set", answer=answer)


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


rules.add(
    "ecr-pull-through",
    "F389",
    "ecr/pullThroughCacheRule",
    of(_credential, requires("customRoleArn", "upstreamRegistryUrl")),
    description="A cache of a registry that wants a sign-in names the secret for it.",
    remediation="Set credentialArn to a secret whose name starts with ecr-pullthroughcache/.",
)
