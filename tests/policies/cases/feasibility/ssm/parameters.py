"""Cases of policies/feasibility/rules/ssm/parameters.py."""

from typing import Any

from tests.policies.harness import UNKNOWN
from tests.policies.table import Cases


def parameters(name: object, method: object = None, family: object = "postgres16") -> dict[str, Any]:
    block = {"name": name, "value": "1", **({} if method is None else {"applyMethod": method})}
    return {"family": family, "parameters": [block]}


CASES: dict[str, Cases] = {
    "ssm-parameter-size": Cases(
        token="aws:ssm/parameter:Parameter",
        fails=[
            {"value": "x" * 4097},
            {"value": "x" * 4097, "tier": "Standard"},
            {"insecureValue": "x" * 8193, "tier": "Advanced"},
            {"value": "x" * 8193, "tier": UNKNOWN},
        ],
        passes=[
            {"value": "x" * 4096},
            {"value": "x" * 4096, "tier": UNKNOWN},
            {"value": "x" * 8192, "tier": "Advanced"},
            {"value": "x" * 5000, "tier": "Intelligent-Tiering"},
        ],
        unknown=[{"value": UNKNOWN}, *({"value": "x" * size, "tier": UNKNOWN} for size in (4097, 8192))],
    ),
    "rds-static-parameter": Cases(
        token="aws:rds/parameterGroup:ParameterGroup",
        fails=[
            parameters("shared_preload_libraries"),
            parameters("max_connections", "immediate", "aurora-postgresql16"),
            parameters("performance_schema", "immediate", "mysql8.0"),
        ],
        passes=[
            parameters("shared_preload_libraries", "pending-reboot"),
            parameters("log_statement", "immediate"),
            parameters("max_connections", "immediate", "mysql8.0"),
            {"family": "postgres16"},
        ],
        unknown=[parameters("max_connections", UNKNOWN), parameters("max_connections", "immediate", UNKNOWN)],
    ),
}
