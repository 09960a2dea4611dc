"""What is planned in several cases of the feasibility pack: cdn."""

from tests.policies.harness import UNKNOWN, Planned

CERTIFICATE = "aws:acm/certificate:Certificate"
VALIDATION = "aws:acm/certificateValidation:CertificateValidation"
ARN = "arn:aws:acm:us-east-1:111111111111:certificate/1234abcd-12ab-34cd-56ef-1234567890ab"


def validated(region: str, there: str) -> list[Planned]:
    ref = (CERTIFICATE, "cert")
    return [
        Planned(token=CERTIFICATE, name="cert", inputs={"domainName": "example.com"}, provider={"region": there}),
        Planned(
            token=VALIDATION, inputs={"certificateArn": UNKNOWN}, refs={"certificateArn": ref}, provider={"region": region}
        ),
    ]
