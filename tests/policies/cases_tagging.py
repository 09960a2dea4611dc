from tests.policies.cases import Cases
CASES: dict[str, Cases] = {}
