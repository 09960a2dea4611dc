"""Whether a failover to a region would succeed now: one check for each thing that it would stand or fall with."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from .aws import Aws, code_of
from .loss import largest, loss_of, number_of
from .record import SITE_SECONDS, Record
from .region import Region
from .replicated import Finding, buckets_found, registry_found, tables_found
from .site import Site, SiteError, site_of
from .switches import service_of

Verdict = Literal["ready", "not ready", "unknown", "not asked"]
"""not asked: it says nothing of a region that is the active one."""

HEARTBEAT_SECONDS: Final = 30
"""So old the other region's last number may be; it comes each second, and a table's replica follows within a second or two."""
CERTIFICATE_DAYS: Final = 30
"""So long a certificate must be valid still; ACM renews 60 days before:
https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html"""
REHEARSAL_DAYS: Final = 92
"""So long ago the last rehearsal may be."""
_TWINS: Final = ("database", "service")
"""What each region has if the other has it; jobs may be the primary's alone."""
_CONSUMERS: Final = ("mapping", "schedule", "rule", "job-queue")
FARGATE_VCPUS: Final = ("fargate", "L-3032A538")
"""Service and code of the quota of on-demand vCPUs: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html"""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: Of the check.
        verdict: What came of it; unknown is not ready either.
        found: What there is, for people.
        expected: What would be right.
    """

    name: str
    verdict: Verdict
    found: str
    expected: str

    def facts(self) -> dict[str, str]:
        """As JSON."""
        return {"name": self.name, "verdict": self.verdict, "found": self.found, "expected": self.expected}


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """A region that is to take over.

    Attributes:
        site: What it consists of.
        record: The table, in this region.
        aws: Makes clients.
        accepted: Seconds of loss that the stack accepts.
        now: The time, Unix seconds.
    """

    site: Site
    record: Record
    aws: Aws
    accepted: int
    now: Callable[[], float]

    def look(self) -> list[Check]:
        """Every check, whatever comes of the others."""
        is_active = self.record.active(self.site.primary).region == self.site.region
        return [*self._checks(is_active=is_active)]

    def _checks(self, *, is_active: bool) -> Iterator[Check]:
        here = self._here
        standby: Mapping[str, tuple[str, Callable[[], Finding]]] = {
            "loss": (f"a known loss of {self.accepted} s or less", self._loss),
            "databases": ("each available, a replica, and of its source's version", self._databases),
            "latch": ("closed, and the gate, too", lambda: _all(here.states("latch", "gate"), {"latch": "off", "gate": "off"})),
            "services": ("each at no tasks, with its image in this region, the one that runs in the other", self._services),
            "consumers": (
                "queues' consumers, schedules and the job queue off",
                lambda: _all(here.states(*_CONSUMERS), dict.fromkeys(_CONSUMERS, "off")),
            ),
            "capacity": ("what each service needed in the last day", self._capacity),
            "quota": ("as many vCPUs of Fargate as the other region's last day needs", self._quota),
            "twins": ("the same databases and services in both regions", self._twins),
            "buckets": (
                f"what is written in {self.site.other} is copied here",
                lambda: buckets_found(self.site, self._there()),
            ),
            "registry": (
                f"images that are pushed in {self.site.other} are copied here",
                lambda: registry_found(self.site, self._there()),
            ),
            "reconcile": ("its image in this region", self._reconcile),
            "rehearsal": (f"one within {REHEARSAL_DAYS} days", self._rehearsal),
        }
        always: Mapping[str, tuple[str, Callable[[], Finding]]] = {
            "certificate": (f"issued, and valid for {CERTIFICATE_DAYS} days or more", self._certificate),
            "credentials": ("can be read in this region", self._credentials),
            "executor": ("active, and without a failed update", self._executor),
            "lock": ("no run that works here", self._lock),
            "tables": ("each active, with a replica there", lambda: tables_found(here)),
            "descriptions": (f"younger than {SITE_SECONDS} s", lambda: self._descriptions(is_active=is_active)),
        }
        for name, (expected, finding) in standby.items():
            if is_active:
                yield Check(name=name, verdict="not asked", found="this region is the active one", expected=expected)
            else:
                yield _check(name, expected, finding)
        for name, (expected, finding) in always.items():
            yield _check(name, expected, finding)

    @property
    def _here(self) -> Region:
        return Region(site=self.site, aws=self.aws)

    def _there(self) -> Region:
        return Region(site=site_of(self.record.site(self.site.other) or ""), aws=self.aws, hurried=True)

    def _loss(self) -> Finding:
        told = self._here.ask("look")
        there = (told.get("table") or {}).get(self.site.other) or {}
        number, now = number_of(there.get("number")), self.now()
        if number is None or now - number > HEARTBEAT_SECONDS:
            return (
                False,
                f"the last number of {self.site.other} is {'missing' if number is None else f'{int(now - number)} s old'}",
            )
        losses = {name: loss_of(number, number_of(each.get("number")), now) for name, each in told["databases"].items()}
        worst = largest(losses)
        if worst.known is None:
            return False, f"unknown: {', '.join(name for name, loss in losses.items() if loss.known is None)} told no number"
        return worst.known <= self.accepted, f"{worst.known} s"

    def _databases(self) -> Finding:
        here, there = self._here.replicas(), self._there().replicas()
        wrong = {
            name: each
            for name, each in here.items()
            if not each["replica"]
            or each["status"] not in ("available", "backing-up")
            or each["version"] != there.get(name, each)["version"]
        }
        told = wrong or here
        return not wrong, "; ".join(
            f"{name}: {each['status']}, {'a replica' if each['replica'] else 'no replica'}, {each['version']}"
            for name, each in told.items()
        )

    def _services(self) -> Finding:
        here, there = self._images(self._here), self._images(self._there())
        troubles: list[str] = []
        for name, (image, desired) in here.items():
            if desired:
                troubles.append(f"{name}: {desired} tasks")
            if name in there and _digest(image) != _digest(there[name][0]):
                troubles.append(f"{name}: {_digest(image)}, and {_digest(there[name][0])} in {self.site.other}")
            elif missing := self._missing_image(image):
                troubles.append(f"{name}: {missing}")
        return not troubles, "; ".join(troubles) or f"{len(here)} services"

    def _images(self, region: Region) -> dict[str, tuple[str, int]]:
        """Service -> its image, and how many tasks are wanted."""
        ecs, found = region.client("ecs"), dict[str, tuple[str, int]]()
        for switch in region.site.of("service"):
            told = service_of(region.client, switch.facts)
            tasks = ecs.describe_task_definition(taskDefinition=told["taskDefinition"])["taskDefinition"]
            found[switch.name] = (tasks["containerDefinitions"][0]["image"], told["desiredCount"])
        return found

    def _missing_image(self, image: str) -> str:
        registry, _, rest = image.partition("/")
        repository, _, digest = rest.partition("@")
        ecr = self.aws.client("ecr", self.site.region)
        try:
            ecr.describe_images(
                registryId=registry.partition(".")[0], repositoryName=repository, imageIds=[{"imageDigest": digest}]
            )
        except Exception as error:
            if code_of(error) in ("ImageNotFoundException", "RepositoryNotFoundException"):
                return f"{repository} has no {digest} in {self.site.region}"
            raise
        return ""

    def _wanted(self) -> dict[str, int]:
        most = self.record.capacity(self.site.other, self.now())
        return {each.name: max(most.get(each.name, 0), each.facts["min"]) for each in self.site.of("service")}

    def _capacity(self) -> Finding:
        known = self.record.capacity(self.site.other, self.now())
        missing = [each.name for each in self.site.of("service") if each.name not in known]
        told = ", ".join(f"{name} {count}" for name, count in sorted(known.items()))
        return not missing, f"nothing is known of {', '.join(missing)}" if missing else told

    def _quota(self) -> Finding:
        ecs, needed = self.aws.client("ecs", self.site.region), 0.0
        wanted = self._wanted()
        for switch in self.site.of("service"):
            name = service_of(self._here.client, switch.facts)["taskDefinition"]
            needed += (
                int(ecs.describe_task_definition(taskDefinition=name)["taskDefinition"]["cpu"]) / 1024 * wanted[switch.name]
            )
        service, code = FARGATE_VCPUS
        quotas = self.aws.client("service-quotas", self.site.region)
        allowed = quotas.get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]["Value"]
        return needed <= allowed, f"{needed:g} of {allowed:g} vCPUs"

    def _rehearsal(self) -> Finding:
        told = self.record.rehearsal(self.site.region)
        if not told:
            return False, "there never was one"
        days = (self.now() - _unix(told["at"])) / 86_400
        return days <= REHEARSAL_DAYS and told["result"] == "done", f"{told['run']}, {days:.0f} days ago: {told['result']}"

    def _certificate(self) -> Finding:
        (latch, *_), elbv2 = self.site.of("latch"), self.aws.client("elbv2", self.site.region)
        # A rule's ARN is its listener's and an id: https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/load-balancer-authentication-access-control.html
        listener = latch.facts["rule"].replace(":listener-rule/", ":listener/").rpartition("/")[0]
        acm, troubles = self.aws.client("acm", self.site.region), list[str]()
        for each in elbv2.describe_listener_certificates(ListenerArn=listener)["Certificates"]:
            told = acm.describe_certificate(CertificateArn=each["CertificateArn"])["Certificate"]
            days = (told["NotAfter"].timestamp() - self.now()) / 86_400 if "NotAfter" in told else 0
            if told["Status"] != "ISSUED" or days < CERTIFICATE_DAYS:
                troubles.append(f"{told['DomainName']}: {told['Status']}, {days:.0f} days left")
        return not troubles, "; ".join(troubles) or "issued"

    def _credentials(self) -> Finding:
        secrets, troubles = self.aws.client("secretsmanager", self.site.region), list[str]()
        for switch in self.site.of("database"):
            told = secrets.describe_secret(SecretId=switch.facts["credentials"])
            if "DeletedDate" in told:
                troubles.append(f"{switch.name}: is being deleted")
        return not troubles, "; ".join(troubles) or "there"

    def _executor(self) -> Finding:
        told = self.aws.client("lambda", self.site.region).get_function_configuration(FunctionName=self.site.recover)
        state, update = told.get("State", "Active"), told.get("LastUpdateStatus", "Successful")
        return (state, update) == ("Active", "Successful"), f"version {told['Version']}: {state}, {update}"

    def _lock(self) -> Finding:
        lock = self.record.locked(self.site.region)
        if lock is None or lock.until < self.now():
            return True, "free"
        return False, f"run {lock.run} has it"

    def _reconcile(self) -> Finding:
        if self.site.reconcile is None:
            return True, "there is none: people run it"
        told = self._here.client("ecs").describe_task_definition(taskDefinition=self.site.reconcile["taskDefinition"])
        missing = self._missing_image(told["taskDefinition"]["containerDefinitions"][0]["image"])
        return not missing, missing or "there"

    def _twins(self) -> Finding:
        here, there = ({each.label for each in site.of(*_TWINS)} for site in (self.site, self._there().site))
        lacks = {self.site.region: there - here, self.site.other: here - there}
        troubles = [f"not in {region}: {', '.join(sorted(labels))}" for region, labels in lacks.items() if labels]
        return not troubles, "; ".join(troubles) or ", ".join(sorted(here))

    def _descriptions(self, *, is_active: bool) -> Finding:
        # The region at rest asks for that of the active one, too; a cold one has none to tell.
        troubles, regions = list[str](), [self.site.region, *([] if is_active else [self.site.other])]
        for region in regions:
            document, at = self.record.described(region)
            try:
                site_of(document or "")
            except SiteError as error:
                troubles.append(f"{region}: {error}")
                continue
            age = int(self.now() - _unix(at))
            if age > SITE_SECONDS:
                troubles.append(f"{region}: {age} s old")
        return not troubles, "; ".join(troubles) or " and ".join(regions)


def _check(name: str, expected: str, finding: Callable[[], Finding]) -> Check:
    try:
        is_right, found = finding()
    except Exception as error:
        return Check(name=name, verdict="unknown", found=f"{code_of(error)}: {error}"[:300], expected=expected)
    return Check(name=name, verdict="ready" if is_right else "not ready", found=found[:1000], expected=expected)


def _all(states: Mapping[str, Any], wanted: Mapping[str, str]) -> Finding:
    wrong = {label: state for label, state in states.items() if state != wanted[label.partition(" ")[0]]}
    return not wrong, "; ".join(f"{label} {state}" for label, state in wrong.items()) or "so"


def _digest(image: str) -> str:
    return image.partition("@")[2] or image.rpartition(":")[2]


def _unix(text: str) -> float:
    return datetime.fromisoformat(text).astimezone(UTC).timestamp()
