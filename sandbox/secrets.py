"""Puts something of the right form where a stack file has a secret that only a key in AWS opens. Standard library only."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from sandbox.places import CLONE, PYTHON, SetupError, sandbox_dir, say, write
from sandbox.project import SALT


class Secrets:
    """Encrypts with the sandbox's passphrase, by the engine, what the specs have as examples; each value once.

    engine: the engine.
    environ: its environment, which holds the passphrase.
    """

    def __init__(self, engine: Path, environ: dict[str, str]) -> None:
        self._engine = engine
        self._environ = environ

    def replaced(self, file: str, text: str) -> str:
        """`text` of a stack file called `file` with all its encrypted values replaced.

        Raises:
            SetupError: the engine does not encrypt.
        """
        found = subprocess.run(  # noqa: S603
            [PYTHON, "-P", "-m", "sandbox.stand_ins"],
            env={**self._environ, "PYTHONPATH": str(CLONE)},
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        if found.returncode:
            raise SetupError(f"cannot read the settings' specs: {found.stderr.strip().rpartition(chr(10))[2]}")
        places = json.loads(found.stdout)
        for place in places:
            if not place["known"]:
                say(f"{file}: {place['key']} is a secret that only its key in AWS opens; here it is the word {place['value']}")
        encrypted = self._encrypted([place["value"] for place in places])
        for place in reversed(places):
            text = text[: place["start"]] + encrypted[place["value"]] + text[place["end"] :]
        return text

    def _encrypted(self, values: list[str]) -> dict[str, str]:
        cache = sandbox_dir() / "cache" / "secrets.json"
        try:
            known = dict[str, str](json.loads(cache.read_text()))
        except (OSError, ValueError, TypeError):
            known = {}
        new = [value for value in dict.fromkeys(values) if value not in known]
        if new:
            known |= self._encrypt(new)
            write(cache, json.dumps(known))
        return known

    def _encrypt(self, values: list[str]) -> dict[str, str]:
        folder = sandbox_dir() / "secrets"
        (folder / "state").mkdir(parents=True, exist_ok=True)
        write(folder / "Pulumi.yaml", "name: secrets\nruntime: python\n")
        write(folder / "Pulumi.values.yaml", f"encryptionsalt: {SALT}\n")
        environ = {**self._environ, "PULUMI_BACKEND_URL": (folder / "state").as_uri()}
        flags = [part for index, value in enumerate(values) for part in ("--secret", f"value{index}={value}")]
        options: dict[str, Any] = {"cwd": folder, "env": environ, "capture_output": True, "text": True, "check": False}
        # It fails where the stack is there already.
        subprocess.run([self._engine, "stack", "init", "values", "--no-select"], **options)  # noqa: S603
        done = subprocess.run([self._engine, "config", "set-all", "--stack", "values", *flags], **options)  # noqa: S603
        if done.returncode:
            raise SetupError(f"the engine {self._engine} does not encrypt: {done.stderr.strip()}")
        found = re.findall(r"value(\d+):\n\s+secure: (\S+)", (folder / "Pulumi.values.yaml").read_text())
        return {values[int(index)]: encrypted for index, encrypted in found}
