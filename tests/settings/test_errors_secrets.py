"""What holds a credential or a secret is refused, and never shown."""

from pathlib import Path

import pytest

from settings import SettingsError, parse
from tests.settings.cases import one
from tests.settings.stack_files import OWN, refused

CREDENTIAL = "is [hidden]; expected no secret in plain text: this looks like"
TAG = "aws:defaultTags.tags"
ACCESS_KEY = "AKIA" + "ABCDEFGHIJKLMNOP"
PASSWORD = "u:" + "p@host.example"
CREDENTIALS = [
    (f"{TAG}.Tenant", ACCESS_KEY, "an AWS access key"),
    (f"{TAG}.Ticket", "-----BEGIN RSA " + "PRIVATE KEY-----", "a private key"),
    ("runbookUrl", f"https://{PASSWORD}", "an address with a password"),
    ("services.search.healthPath", f"postgres://{PASSWORD}/db", "an address with a password"),
    ("alerts.webhook", "https://hooks." + "slack.com/services/T0/B0/x", "a webhook's address"),
    ("alerts.teams.platform.slack", "xoxb-" + "1234567890", "a Slack token"),
    ("aws:profile", "ghp_" + "a" * 36, "a GitHub token"),
]
SECRETS = [
    *(
        one("prod", key, value, f"{key if ':' in key else f'dataconnect:{key}'} {CREDENTIAL} {what}")
        for key, value, what in CREDENTIALS
    ),
    one(
        *("prod", "alerts.webhook", "https://events.pager.example/x"),
        "dataconnect:alerts.webhook is [hidden]; expected a secret; set it with "
        "`pulumi config set --secret --path dataconnect:alerts.webhook`",
    ),
    one(
        *("prod", "aws:secretKey", "x"),
        "aws:secretKey is [hidden]; expected no credentials in a stack file: "
        "they come from the shell's AWS profile or the job's role",
    ),
]


@pytest.mark.parametrize(("stack", "edits", "line"), [*SECRETS])
def test_a_wrong_value_is_refused_with_its_key_and_what_would_be_right(stack: str, edits: dict[str, object], line: str) -> None:
    assert refused(stack, edits) == [line]


def test_a_list_that_holds_a_credential_is_not_shown_either() -> None:
    assert refused("prod", {"network.zones": [ACCESS_KEY]}) == [
        f"dataconnect:network.zones[0] {CREDENTIAL} an AWS access key",
        "dataconnect:network.zones is [hidden]; expected two zones or more: RDS and load balancers refuse one",
    ]


def test_no_value_of_a_secret_key_is_ever_shown() -> None:
    edits: dict[str, object] = {"alerts.webhook": "http://pager.example/hunter2", "alerts.emails": ["hunter2"]}
    lines = refused("prod", edits, secrets=frozenset({"dataconnect:alerts"}))
    assert lines == [
        "dataconnect:alerts.emails[0] is [hidden]; expected an e-mail address, e.g. data-platform@dataconnect.example",
        "dataconnect:alerts.webhook is [hidden]; expected an https:// address without user, query or final slash",
    ]


def test_a_secret_shows_neither_as_role_nor_in_what_others_expect() -> None:
    told = refused("prod", {"role": "hunter2"}, secrets=frozenset({"dataconnect:role"}))
    assert told[0] == "dataconnect:role is [hidden]; expected one of primary, recovery, replication"
    told = refused(
        "prod", {"queues": {"hunter2": {}}, "services.bi.uses": ["nothing"]}, secrets=frozenset({"dataconnect:queues"})
    )
    assert not [line for line in told if "hunter2" in line]


@pytest.mark.parametrize("file", ["settings/defaults/all.yaml", "settings/defaults/prod.yaml"])
def test_a_webhook_is_in_no_file_that_cannot_keep_it(project: Path, file: str) -> None:
    section = "dataconnect:alerts:\n"
    edited = (project / file).read_text().replace(section, f"{section}  webhook: https://events.pager.example/x\n")
    (project / file).write_text(edited)
    for secrets in (frozenset[str](), frozenset({"dataconnect:alerts"})):
        with pytest.raises(SettingsError) as caught:
            parse(OWN["prod"], stack="prod", secrets=secrets)
        assert str(caught.value) == (
            f"{file}: dataconnect:alerts.webhook is [hidden]; expected it in Pulumi.prod.yaml, as a secret: "
            "`pulumi config set --secret --path dataconnect:alerts.webhook`"
        )


def test_a_secret_of_the_stack_file_hides_no_credential_of_another_file(project: Path) -> None:
    file = project / "settings/defaults/all.yaml"
    file.write_text(file.read_text().replace("  owner: platform\n", f"  owner: platform\n  emails: [{ACCESS_KEY}]\n"))
    prod = project / "settings/defaults/prod.yaml"
    prod.write_text(prod.read_text().replace("  emails: [data-platform-oncall@dataconnect.example]\n", ""))
    with pytest.raises(SettingsError) as caught:
        parse(OWN["prod"], stack="prod", secrets=frozenset({"dataconnect:alerts"}))
    assert str(caught.value).startswith(
        f"settings/defaults/all.yaml: dataconnect:alerts.emails[0] {CREDENTIAL} an AWS access key"
    )
