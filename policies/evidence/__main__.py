"""`python -m policies.evidence plan.json --out evidence`: judges a preview or a state, and writes what was found."""

import argparse
import gc
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, cast

from policies.evidence import plan as plans
from policies.evidence.machine import as_json, as_junit, as_sarif
from policies.evidence.markdown import as_markdown
from policies.evidence.page import as_page
from policies.evidence.place import HTML, JSON, JUNIT, MARKDOWN, PLAN, SARIF, InvalidPlaceError, fill, forget
from policies.evidence.text import rule_text, text
from policies.evidence.verdicts import Evidence, judge
from policies.kit.exemptions import InvalidExemptionsError
from policies.kit.messages import hint
from policies.kit.pack import EXEMPTIONS, InvalidConfigurationError, Judge, Pack
from policies.pack import NOT_COVERED, PACK, PACKS

FORMATS: Final[dict[str, tuple[str, Callable[[Evidence], str]]]] = {
    "html": (HTML, as_page),
    "json": (JSON, as_json),
    "junit": (JUNIT, as_junit),
    "markdown": (MARKDOWN, as_markdown),
    "sarif": (SARIF, as_sarif),
}


def main(arguments: Sequence[str]) -> int:
    """0 if the plan may be deployed, 1 if a finding or an exemption stops it, 2 if an input is not usable."""
    parser = argparse.ArgumentParser(prog="python -m policies.evidence", description=__doc__)
    parser.add_argument("plan", type=Path, help="what `pulumi preview --json --show-sames` or `pulumi stack export` printed")
    parser.add_argument("--out", type=Path, help="the folder for the files; it is made")
    parser.add_argument("--keep-plan", action="store_true", help="put the plan beside the files, too, as plan.json")
    parser.add_argument("--formats", default=",".join(FORMATS), help="which files, by default all: %(default)s")
    parser.add_argument("--packs", default="", help="which packs, by default all")
    parser.add_argument("--policy-pack-config", type=Path, help="the same file as for `pulumi preview`")
    parser.add_argument("--exemptions", type=Path, help="the file of exemptions, by default exemptions.yaml beside the packs")
    parser.add_argument("--rule", default="", help="print every finding of this rule (its name or id) in full")
    parser.add_argument("--more", default="--rule NAME", help="how a reader asks for --rule, by default: %(default)s")
    chosen = parser.parse_args(arguments)
    gc.disable()  # what is made lives to the end; looking for garbage among a million verdicts takes longer than they do
    try:
        if chosen.out:
            forget(chosen.out, keep=chosen.plan)
        formats = _chosen("--formats", chosen.formats, list(FORMATS))
        pack = _pack(_chosen("--packs", chosen.packs, [pack.name for pack in PACKS]))
        rule = rule_name(chosen.rule, pack) if chosen.rule else ""
        plan = plans.load(chosen.plan)
        judge_ = Judge(pack, production=plan.production, exemptions_file=chosen.exemptions)
        if chosen.policy_pack_config:
            _configure(judge_, chosen.policy_pack_config)
        evidence = judge(plan, judge_, NOT_COVERED)
        if chosen.out:
            files = {file: write(evidence) for file, write in (FORMATS[name] for name in formats)}
            fill(chosen.out, {**({PLAN: chosen.plan} if chosen.keep_plan else {}), **files})
    except (plans.InvalidPlanError, InvalidConfigurationError, InvalidExemptionsError, InvalidPlaceError) as error:
        sys.stderr.write(f"evidence: {error}\n")
        return 2
    columns = shutil.get_terminal_size((120, 50)).columns
    files = _files(chosen.out, kept=chosen.keep_plan) if chosen.out else ""
    told = f"{rule_text(evidence, rule)}\n" if rule else text(evidence, width=max(columns, 80), more=chosen.more, files=files)
    sys.stdout.write(told)
    return 1 if evidence.stops else 0


def rule_name(name: str, pack: Pack = PACK) -> str:
    """The name of the rule that has this name or id.

    Raises:
        InvalidConfigurationError: if there is none.
    """
    for rule in pack.rules:
        if name in (rule.name, rule.id):
            return rule.name
    raise InvalidConfigurationError(f"there is no rule {name!r}{hint(name, [rule.name for rule in pack.rules])}")


def _files(out: Path, *, kept: bool) -> str:
    plan = f"; {PLAN} is the preview that was judged" if kept else ""
    return f"Every verdict, as a page and for CI: {out}{plan}"


def _chosen(option: str, text_: str, known: Sequence[str]) -> list[str]:
    names = [name for name in text_.split(",") if name]
    for name in names:
        if name not in known:
            raise InvalidConfigurationError(f"{option} names {name!r}; expected one or more of {', '.join(known)}")
    return names


def _pack(names: Sequence[str]) -> Pack:
    if not names:
        return PACK
    rules = [rule for pack in PACKS if pack.name in names for rule in pack.rules]
    return Pack(",".join(names), "The chosen packs.", rules)


def _configure(judge_: Judge, file: Path) -> None:
    """Configures the pack as the engine would: policy -> level, or policy -> `enforcementLevel` and options."""
    try:
        found: Any = json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=_once)
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidConfigurationError(f"{file} is not readable JSON: {error}") from error
    if not isinstance(found, dict):
        raise InvalidConfigurationError(f"{file} holds {type(found).__name__}; expected an object of policies")
    rules = {rule.name: rule for rule in judge_.pack.rules}
    for name, value in cast(dict[str, Any], found).items():
        options: dict[str, Any] = dict(value) if isinstance(value, dict) else {}
        default = judge_.default_level(rules[name]) if name in rules else "mandatory" if name == EXEMPTIONS else "advisory"
        level = options.pop("enforcementLevel", default) if isinstance(value, dict) else value
        if level not in ("advisory", "mandatory", "disabled", "remediate"):
            raise InvalidConfigurationError(
                f"policy {name} has the level {level!r}; expected advisory, mandatory, remediate or disabled"
            )
        for each in rules if name == "all" else (name,):
            judge_.configure(each, level, options)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON; a key that it has twice is refused, as one of its values would be lost."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise InvalidConfigurationError(f"the configuration has the key {key!r} twice; expected it once")
        found[key] = value
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
