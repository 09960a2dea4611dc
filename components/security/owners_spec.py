"""Who declares what there is once in an account, or once in a region of it: this program, or a landing zone."""

from typing import Literal

from pydantic import Field

from ..base.spec import Spec

Owner = Literal["here", "landing-zone"]
_OWNED = "here by default; landing-zone where the organisation declares it"


class OwnersSpec(Spec):
    """Of each thing that there is once. What a landing zone owns is not declared, changed or deleted here."""

    storage_access: Owner = Field(default="here", description=f"S3's block of public access of the whole account; {_OWNED}")
    passwords: Owner = Field(default="here", description=f"the password policy of IAM users; {_OWNED}")
    volumes: Owner = Field(default="here", description=f"encryption of EBS volumes by default, and its key; {_OWNED}")
    sharing: Owner = Field(default="here", description=f"the block of public snapshots and images; {_OWNED}")
    metadata: Owner = Field(default="here", description=f"the instance metadata defaults; {_OWNED}")
    contacts: Owner = Field(default="here", description=f"the account's alternate contacts; {_OWNED}")
    trail: Owner = Field(default="here", description=f"the audit trail of all regions, with its alarms; {_OWNED}")
    recorder: Owner = Field(default="here", description=f"AWS Config's recorders and rules; {_OWNED}")
    analyzers: Owner = Field(default="here", description=f"IAM Access Analyzer; {_OWNED}")
    threats: Owner = Field(default="here", description=f"GuardDuty's detectors; {_OWNED}")
    vulnerabilities: Owner = Field(default="here", description=f"Inspector's scans; {_OWNED}")
    posture: Owner = Field(default="here", description=f"Security Hub and its standards; {_OWNED}")
