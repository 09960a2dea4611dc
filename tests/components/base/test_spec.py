"""What a spec is to a stack file and to a program: one class, one set of bounds, one error."""

from typing import Annotated, Any

import pytest
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator

from components.base.errors import InvalidArgumentError
from components.base.problems import LONGEST, Problem, between, fail_on, lines
from components.base.spec import (
    AccountId,
    DomainName,
    Email,
    HttpsUrl,
    NumberAsText,
    OtherRegion,
    PartName,
    Region,
    RetentionDays,
    Spec,
    StackContext,
    UrlPath,
    Whole,
    context,
    yaml_key,
)


class Disk(Spec):
    """A part of a part."""

    size_gib: Annotated[Whole, between(1, 10, "GiB")] = Field(default=1, description="size, GiB; 1 by default")


class Machine(Spec):
    """A spec with a part, a list and a mapping of them."""

    host_name: str = Field(description="name of the machine")
    root_disk: Disk = Field(default_factory=Disk, description="what it starts from")
    data_disks: tuple[Disk, ...] = Field(default=(), description="further disks")
    named_disks: dict[str, Disk] = Field(default_factory=dict[str, Disk], description="disks by name")
    token: SecretStr | None = Field(default=None, description="a secret")

    @field_validator("host_name")
    @classmethod
    def _in_domain(cls, host_name: str, info: ValidationInfo) -> str:
        domain = context(info).domain
        if domain and not host_name.endswith(f".{domain}"):
            fail_on([Problem(value=host_name, expected=f"a name in {domain}")])
        return host_name


def refused(**values: Any) -> InvalidArgumentError:
    with pytest.raises(InvalidArgumentError) as caught:
        Machine(**values)
    return caught.value


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("name", "name"),
        ("max_storage_gib", "maxStorageGiB"),
        ("memory_mib", "memoryMiB"),
        ("cpu_target_percent", "cpuTargetPercent"),
        ("gib", "gib"),
    ],
)
def test_a_stack_file_spells_a_field_in_camel_case(name: str, key: str) -> None:
    assert yaml_key(name) == key


def test_a_stack_file_and_a_program_make_the_same() -> None:
    from_file = {"hostName": "a", "rootDisk": {"sizeGiB": 2}, "dataDisks": [{"sizeGiB": 3}], "namedDisks": {"x": {}}}
    by_program = Machine(
        host_name="a", root_disk=Disk(size_gib=2), data_disks=(Disk(size_gib=3),), named_disks={"x": Disk(size_gib=1)}
    )
    assert Machine.model_validate(from_file) == by_program


def test_a_spec_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Disk().size_gib = 2  # pyright: ignore[reportAttributeAccessIssue]


def test_a_program_is_told_everything_at_once_under_its_own_names() -> None:
    error = refused(
        root_disk={"sizeGiB": 0}, data_disks=[{}, {"size_gib": 11}], named_disks={"x": {"sizeGiB": "big"}}, hostNam=1
    )
    assert str(error).splitlines() == [
        "Machine.host_name is missing; expected name of the machine",
        "Machine.root_disk.size_gib is 0; expected 1 to 10 GiB",
        "Machine.data_disks[1].size_gib is 11; expected 1 to 10 GiB",
        "Machine.named_disks.x.size_gib is 'big'; expected a whole number: size, GiB; 1 by default",
        "Machine.hostNam is an unknown key; did you mean host_name?",
    ]


def test_an_error_says_field_value_and_what_would_be_right() -> None:
    error = refused(host_name="a", root_disk={"sizeGiB": 0})
    assert (error.field, error.value, error.expected) == ("root_disk.size_gib", 0, "1 to 10 GiB")
    assert isinstance(error, ValueError)


def test_an_error_of_one_class_is_raised_however_deep_the_fault_lies() -> None:
    with pytest.raises(InvalidArgumentError, match=r"^Disk\.size_gib is 11; expected 1 to 10 GiB$"):
        Machine(host_name="a", root_disk=Disk(size_gib=11))
    with pytest.raises(ValidationError):
        Machine.model_validate({"hostName": "a", "rootDisk": {"sizeGiB": 11}})


def test_a_stack_file_s_reader_is_told_its_own_keys() -> None:
    with pytest.raises(ValidationError) as caught:
        Machine.model_validate({"hostName": "a", "rootDisk": {"sizeGiB": 0}}, by_alias=True, by_name=False)
    assert [str(line) for line in lines(caught.value, Machine)] == ["rootDisk.sizeGiB is 0; expected 1 to 10 GiB"]


def test_a_secret_is_not_shown() -> None:
    assert "hunter2" not in repr(Machine(host_name="a", token=SecretStr("hunter2")))
    assert "hunter2" not in str(refused(token="hunter2"))


# What is known of the stack


def test_what_is_not_known_is_not_checked() -> None:
    machine = Machine(host_name="a.example")
    assert machine.within(StackContext()) is machine


def test_what_fits_the_stack_is_returned_as_it_is() -> None:
    machine = Machine(host_name="a.example", root_disk=Disk(size_gib=2))
    assert machine.within(StackContext(domain="example")) is machine


def test_what_does_not_fit_the_stack_is_refused() -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        Machine(host_name="a.other").within(StackContext(domain="example"))
    assert str(caught.value) == "Machine.host_name is 'a.other'; expected a name in example"


# The kinds of values


class Values(Spec):
    """A field of each kind."""

    whole: Whole = Field(default=1, description="a number")
    text: NumberAsText = Field(default="", description="text")
    region: Region = Field(default="us-east-2", description="a region")
    other_region: OtherRegion = Field(default="us-west-2", description="another region")
    domain: DomainName = Field(default="a.example", description="a domain")
    email: Email = Field(default="a@a.example", description="an address")
    url: HttpsUrl = Field(default="https://a.example", description="an address")
    days: RetentionDays = Field(default=1, description="days")
    path: UrlPath = Field(default="/", description="a path")
    account: AccountId = Field(default="1" * 12, description="an account")
    part: PartName = Field(default="raw", description="a name")


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("whole", "7", 7),
        ("text", 17, "17"),
        ("text", 17.5, "17.5"),
        ("account", "022222222222", "022222222222"),
        ("path", "/a/b?c=~", "/a/b?c=~"),
        ("path", f"/{'a' * 1023}", f"/{'a' * 1023}"),
        ("part", "abc", "abc"),
        ("part", f"a{'-b' * 9}c", f"a{'-b' * 9}c"),
        ("url", "https://a.example/b", "https://a.example/b"),
    ],
)
def test_values_are_read(field: str, value: object, read: object) -> None:
    assert getattr(Values.model_validate({field: value}), field) == read


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("whole", True, "a whole number: a number"),
        ("whole", 1.5, "a whole number: a number"),
        *(
            ("whole", text, "a whole number: a number")
            for text in (7.0, " 7 ", "07", "+7", "7_0", "7.0", "0x7", "\u0667", float("inf"))
        ),
        ("account", 222222222222, "text, in quotes: an account"),
        ("whole", "many", "a whole number: a number"),
        ("text", True, "text, in quotes: text"),
        ("text", [], "text: text"),
        ("region", "us-moon-1", "one of ca-central-1, us-east-1, us-east-2, us-west-1, us-west-2"),
        ("domain", "A.example", "a lower-case domain name without a final dot, e.g. app.prod.dataconnect.example"),
        ("email", "a", "an e-mail address, e.g. data-platform@dataconnect.example"),
        ("url", "https://a.example/", "an https:// address without user, query or final slash"),
        ("account", "1234", "a 12-digit account id in quotes"),
        ("path", "a", "a path that starts with / and has no spaces"),
        ("path", "/a b", "a path that starts with / and has no spaces"),
        ("path", f"/{'a' * 1024}", "a path that starts with / and has no spaces"),
        ("part", "ab", "3 to 20 lower-case letters, digits and hyphens"),
        ("part", "a" * 21, "3 to 20 lower-case letters, digits and hyphens"),
        ("part", "1ab", "3 to 20 lower-case letters, digits and hyphens"),
        ("part", "ab-", "3 to 20 lower-case letters, digits and hyphens"),
    ],
)
def test_values_of_another_kind_are_refused(field: str, value: object, expected: str) -> None:
    values: dict[str, Any] = {field: value}
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    with pytest.raises(InvalidArgumentError) as caught:
        Values(**values)
    shown = shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}..."
    assert str(caught.value) == f"Values.{field} is {shown}; expected {expected}"


def test_days_are_those_that_cloudwatch_offers() -> None:
    with pytest.raises(InvalidArgumentError, match=r"Values\.days is 2; expected one of 1, 3, 5, .* days"):
        Values(days=2)


def test_a_value_must_differ_from_the_stacks_own() -> None:
    values = Values()
    with pytest.raises(
        InvalidArgumentError, match=r"Values\.other_region is 'us-west-2'; expected another region than aws:region"
    ):
        values.within(StackContext(region="us-west-2"))
    assert values.within(StackContext(region="us-east-2")) is values
