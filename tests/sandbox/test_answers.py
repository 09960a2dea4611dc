"""What the stand-in answers, for every kind of resource, without the engine."""

import importlib.util
import re
from pathlib import Path

import pytest

from sandbox import tables
from sandbox.answers import UNKNOWN, Answer, Place, auto_name, name_property
from sandbox.schema import Schema, UnknownTypeError

SPEC = importlib.util.find_spec("pulumi_aws")
assert SPEC is not None
assert SPEC.origin is not None
PACKAGE = Path(SPEC.origin).parent
TYPES = re.findall(r'"(aws:[\w-]+/\w+:\w+)": "', (PACKAGE / "__init__.py").read_text())
PLACE = Place(region="us-west-2", account="222222222222")


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    return Schema(PACKAGE, tmp_path_factory.mktemp("schema"))


def answer(schema: Schema, type_: str, **inputs: object) -> Answer:
    kind = schema.resource_type(type_)
    urn = f"urn:pulumi:test::tiny::{type_}::thing"
    given = {prop: "example" for prop, required in kind.inputs.items() if required} | inputs
    named = name_property(kind)
    if named is not None:
        given.setdefault(named, auto_name(kind, urn, given))
    return Answer(kind=kind, urn=urn, place=PLACE, inputs=given)


@pytest.mark.parametrize("type_", TYPES[::25])
def test_any_type_of_the_sdk_has_an_answer(schema: Schema, type_: str) -> None:
    made = answer(schema, type_)
    outputs = made.outputs(preview=False)
    assert made.id()
    assert "{" not in made.id() + str(outputs.get("arn", ""))
    assert UNKNOWN not in outputs.values()
    preview = made.outputs(preview=True)
    computed = set(made.kind.always) - set(made.inputs) - {"region", "tagsAll"}
    assert computed == {prop for prop, value in preview.items() if value == UNKNOWN}


def test_the_tables_name_types_and_properties_that_the_sdk_has(schema: Schema) -> None:
    computed = {type_: set(values) for type_, values in tables.COMPUTED.items()}
    named = {type_: {prop} for type_, prop in tables.NAME_PROPERTY.items()}
    protected = {type_: {prop} for type_, (prop, _) in tables.DELETION_PROTECTION.items()}
    wrong: list[str] = []
    for table in (tables.REPLACE, computed, named, protected, tables.NAME_LIMIT, tables.ID_PREFIX, tables.ID, tables.ARN):
        for type_, value in table.items():
            properties = value if isinstance(value, set) else set[str]()
            wrong += [f"{type_}.{prop}" for prop in properties - schema.resource_type(type_).outputs.keys()]
    wrong += [type_ for type_ in tables.ID_IS_ARN if "arn" not in schema.resource_type(type_).outputs]
    assert wrong == []


@pytest.mark.parametrize(
    ("type_", "inputs", "arn"),
    [
        ("aws:iam/role:Role", {"name": "r"}, r"arn:aws:iam::222222222222:role/r"),
        ("aws:s3/bucket:Bucket", {"bucket": "b"}, r"arn:aws:s3:::b"),
        ("aws:cloudwatch/logGroup:LogGroup", {"name": "/x"}, r"arn:aws:logs:us-west-2:222222222222:log-group:/x"),
        ("aws:ec2/securityGroup:SecurityGroup", {}, r"arn:aws:ec2:us-west-2:222222222222:security-group/sg-[0-9a-f]{17}"),
        ("aws:sns/topic:Topic", {"name": "t", "region": "eu-west-1"}, r"arn:aws:sns:eu-west-1:222222222222:t"),
        ("aws:route53/zone:Zone", {}, r"arn:aws:route53:::hostedzone/Z[A-Z2-7]{20}"),
        ("aws:ecs/service:Service", {"cluster": "arn:aws:ecs:us-west-2:1:cluster/c", "name": "s"}, r"arn:.*:service/c/s"),
    ],
)
def test_an_arn_has_the_right_service_region_and_account(
    schema: Schema, type_: str, inputs: dict[str, object], arn: str
) -> None:
    assert re.fullmatch(arn, answer(schema, type_, **inputs).arn())


def test_a_new_content_is_a_new_revision_of_a_task_definition(schema: Schema) -> None:
    type_ = "aws:ecs/taskDefinition:TaskDefinition"
    one, other = (answer(schema, type_, containerDefinitions=text).arn() for text in ("[1]", "[2]"))
    assert one != other
    assert re.fullmatch(r"arn:aws:ecs:us-west-2:222222222222:task-definition/example:\d+", one)


def test_a_value_given_as_write_only_is_not_kept(schema: Schema) -> None:
    made = answer(schema, "aws:secretsmanager/secretVersion:SecretVersion", secretStringWo="x", secretStringWoVersion=1)
    assert "secretStringWo" not in made.outputs(preview=False)
    assert "secretStringWoVersion" in made.outputs(preview=False)


def test_a_type_is_read_again_from_what_was_remembered(tmp_path: Path) -> None:
    first = Schema(PACKAGE, tmp_path).resource_type("aws:ec2/vpc:Vpc")
    assert Schema(tmp_path / "nowhere", tmp_path).resource_type("aws:ec2/vpc:Vpc") == first
    for file in tmp_path.iterdir():
        file.write_text("half a fi")
    assert Schema(PACKAGE, tmp_path).resource_type("aws:ec2/vpc:Vpc") == first


def test_a_type_that_the_sdk_has_not_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnknownTypeError, match="aws:ec2/nothing:Nothing"):
        Schema(PACKAGE, tmp_path).resource_type("aws:ec2/nothing:Nothing")
