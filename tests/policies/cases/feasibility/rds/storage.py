"""Cases of policies/feasibility/rules/rds/storage.py."""

from typing import Any

from tests.policies.given.feasibility.rds import CLUSTER, RDS
from tests.policies.harness import KEY_ARN, UNKNOWN, planned
from tests.policies.table import Cases


def gp3(engine: str = "postgres", **settings: Any) -> dict[str, Any]:
    return {"engine": engine, "storageType": "gp3", **settings}


CASES: dict[str, Cases] = {
    "rds-gp3-performance": Cases(
        token=RDS,
        fails=[
            gp3(allocatedStorage=100, iops=3000),
            gp3(allocatedStorage=399, storageThroughput=500),
            gp3("oracle-se2", allocatedStorage=199, iops=12000),
            gp3(allocatedStorage=500, iops=6000),
            gp3("mysql", allocatedStorage=400, storageThroughput=200),
        ],
        passes=[
            gp3(allocatedStorage=100),
            gp3(allocatedStorage=400, iops=12000, storageThroughput=500),
            gp3("oracle-se2", allocatedStorage=200, iops=12000),
            gp3("sqlserver-se", allocatedStorage=20, iops=4000),
            {"engine": "postgres", "storageType": "io1", "allocatedStorage": 100, "iops": 1000},
        ],
        unknown=[gp3(allocatedStorage=UNKNOWN, iops=3000), {"engine": UNKNOWN, "storageType": "gp3", "iops": 3000}],
    ),
    "rds-storage-type-settings": Cases(
        token=RDS,
        fails=[
            {"engine": "postgres", "storageType": "gp2", "iops": 3000},
            {"engine": "postgres", "storageType": "standard", "iops": 1000},
            {"engine": "postgres", "storageType": "io1", "allocatedStorage": 100},
            {"engine": "postgres", "storageType": "io2", "allocatedStorage": 100, "iops": 1000, "storageThroughput": 500},
        ],
        passes=[
            {"storageType": "gp2"},
            {"storageType": "io1", "iops": UNKNOWN},
            {"storageType": "io1", "replicateSourceDb": "primary"},
            gp3(allocatedStorage=400, storageThroughput=500),
            {"iops": 1000},
        ],
        unknown=[{"storageType": UNKNOWN, "iops": 1000}],
    ),
    "rds-storage-size": Cases(
        token=RDS,
        fails=[
            gp3(allocatedStorage=10),
            {"engine": "mysql", "allocatedStorage": 4},
            {"engine": "oracle-se2", "storageType": "gp2", "allocatedStorage": 5},
            {"engine": "postgres", "storageType": "io1", "iops": 1000, "allocatedStorage": 50},
            {"engine": "sqlserver-ex", "storageType": "gp2", "allocatedStorage": 20000},
            {"engine": "postgres", "storageType": "standard", "allocatedStorage": 4000},
        ],
        passes=[
            gp3(allocatedStorage=20),
            {"engine": "postgres", "storageType": "standard", "allocatedStorage": 5},
            {"engine": "postgres", "allocatedStorage": 65536},
            {"engine": "mysql", "allocatedStorage": 10},
            {"engine": "mysql", "storageType": "gp2", "allocatedStorage": 5},
            {"snapshotIdentifier": "before", "engine": "postgres", "allocatedStorage": 5},
            {"engine": "postgres"},
        ],
        unknown=[gp3(allocatedStorage=UNKNOWN)],
    ),
    "rds-iops-ratio": Cases(
        token=RDS,
        fails=[
            {"engine": "postgres", "storageType": "io1", "allocatedStorage": 100, "iops": 6000},
            {"engine": "postgres", "storageType": "io2", "allocatedStorage": 4000, "iops": 1000},
            {"engine": "sqlserver-se", "storageType": "io1", "allocatedStorage": 2000, "iops": 1000},
            planned(CLUSTER, engine="mysql", allocatedStorage=100, iops=10000),
            *({"engine": "postgres", "allocatedStorage": 100, "iops": iops} for iops in (49, 5001)),
        ],
        passes=[
            {"engine": "postgres", "storageType": "io1", "allocatedStorage": 100, "iops": 5000},
            {"engine": "postgres", "storageType": "io1", "allocatedStorage": 100, "iops": 50},
            {"engine": "postgres", "storageType": "io2", "allocatedStorage": 100, "iops": 50000},
            gp3(allocatedStorage=400, iops=64000),
        ],
        unknown=[{"engine": "postgres", "storageType": "io1", "allocatedStorage": 100, "iops": UNKNOWN}],
    ),
    "rds-max-storage-below-size": Cases(
        token=RDS,
        fails=[{"allocatedStorage": 100, "maxAllocatedStorage": 50}],
        passes=[
            *({"allocatedStorage": 100, "maxAllocatedStorage": storage} for storage in (0, 100, 1000)),
            {"allocatedStorage": 100},
        ],
        unknown=[{"allocatedStorage": UNKNOWN, "maxAllocatedStorage": 50}],
    ),
    "rds-max-storage-headroom": Cases(
        token=RDS,
        fails=[{"allocatedStorage": 100, "maxAllocatedStorage": 105}],
        passes=[*({"allocatedStorage": 100, "maxAllocatedStorage": storage} for storage in (126, 110, 100, 0))],
        unknown=[{"allocatedStorage": 100, "maxAllocatedStorage": UNKNOWN}],
    ),
    "rds-class-encrypts": Cases(
        token=RDS,
        fails=[{"instanceClass": "db.t2.micro", "storageEncrypted": True}],
        passes=[{"instanceClass": "db.t2.micro"}, {"instanceClass": "db.t3.micro", "storageEncrypted": True}],
        unknown=[{"instanceClass": UNKNOWN, "storageEncrypted": True}],
    ),
    "rds-key-needs-encryption": Cases(
        token=RDS,
        fails=[
            {"kmsKeyId": KEY_ARN},
            {"kmsKeyId": KEY_ARN, "storageEncrypted": False},
            planned(CLUSTER, kmsKeyId=UNKNOWN),
            planned("aws:neptune/cluster:Cluster", kmsKeyArn=KEY_ARN),
        ],
        passes=[
            {"kmsKeyId": KEY_ARN, "storageEncrypted": True},
            {"kmsKeyId": KEY_ARN, "replicateSourceDb": UNKNOWN},
            {"kmsKeyId": KEY_ARN, "snapshotIdentifier": "before"},
            {},
        ],
        unknown=[{"kmsKeyId": KEY_ARN, "storageEncrypted": UNKNOWN}],
    ),
}
