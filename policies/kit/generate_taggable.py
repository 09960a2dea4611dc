"""Derives `taggable.json` from the installed pulumi_aws: which resource types take `tags`.

Run `python -m policies.kit.generate_taggable` after an upgrade of pulumi-aws. The packs read the file instead of the SDK, whose
import takes seconds; a test compares the two.
"""

import json
import re
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

TAGGABLE: Final = Path(__file__).parent / "taggable.json"

_TOKEN: Final = re.compile(r"super\(\w+, __self__\)\.__init__\(\s*'(aws:[^']+)'")
_ARGUMENTS: Final = re.compile(r"def _internal_init\(__self__,(.*?)\):", re.DOTALL)
_TAGS: Final = re.compile(r"^\s*tags: (.*)$", re.MULTILINE)


def derive() -> dict[str, object]:
    """Version of the installed SDK and the tokens of its resource types whose arguments have a map or list of tags.

    Raises:
        SystemExit: where the SDK is not installed.
    """
    spec = find_spec("pulumi_aws")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("pulumi_aws is not installed; install the project's dependencies first")
    types: list[str] = []
    for file in sorted(Path(spec.submodule_search_locations[0]).rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        token, arguments = _TOKEN.search(text), _ARGUMENTS.search(text)
        tags = _TAGS.search(arguments[1]) if arguments else None
        if token and tags and ("Mapping[str" in tags[1] or "Sequence[" in tags[1]):
            types.append(token[1])
    return {"pulumi_aws": version("pulumi-aws"), "types": types}


if __name__ == "__main__":
    TAGGABLE.write_text(json.dumps(derive(), indent=0) + "\n", encoding="utf-8")
