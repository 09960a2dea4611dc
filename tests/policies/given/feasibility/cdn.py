"""What is planned in several cases of the feasibility pack: cdn."""

from tests.policies.harness import Planned, planned, ref

CERTIFICATE = "aws:acm/certificate:Certificate"
VALIDATION = "aws:acm/certificateValidation:CertificateValidation"
ARN = "arn:aws:acm:us-east-1:111111111111:certificate/1234abcd-12ab-34cd-56ef-1234567890ab"


def validated(region: str, there: str) -> list[Planned]:
    return [
        planned(CERTIFICATE, "cert", domainName="example.com").with_provider({"region": there}),
        planned(VALIDATION, certificateArn=ref(CERTIFICATE, "cert")).with_provider({"region": region}),
    ]
