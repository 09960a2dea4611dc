"""The AWS stand-in: a provider plugin for every pulumi_aws resource type, which answers as AWS would and calls nobody.

Run by the engine as `pulumi-resource-aws`. It handles the engine's messages in their raw form: at hundreds of resources the
conversion to the provider kit's own value classes would cost more than everything else here.
"""
# The engine's protocol fixes the names and the arguments of the methods, and documents them.
# ruff: noqa: ARG002, D102, N802

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import grpc
import grpc.aio
from google.protobuf import empty_pb2, struct_pb2
from pulumi.provider.experimental.provider import Provider
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2 as proto
from pulumi.runtime.proto import provider_pb2_grpc

from sandbox import tables
from sandbox.answers import Answer, Place, auto_name, name_property, plain, without_digits
from sandbox.schema import ResourceType, Schema, UnknownTypeError

EXAMPLE_ACCOUNT = "111111111111"
"""The account where the stack file names none in `aws:allowedAccountIds`."""

_Context = grpc.aio.ServicerContext[Any, Any]
_Reply = TypeVar("_Reply")


class RefusedError(Exception):
    """The call fails, with AWS's words."""


class StandIn(ProviderServicer):
    """Answers the engine.

    `refused_region` is a region whose every API refuses connections, as in a disaster. `changed` is what somebody else changed
    since the engine wrote its state: id of a resource -> its properties as they are now, None for one that is gone. `hangs` is
    what is never created: `<type>::<logical name>`.
    """

    def __init__(
        self,
        schema: Schema,
        engine_address: str,
        version: str,
        refused_region: str | None,
        changed: Mapping[str, Mapping[str, Any]] | None = None,
        hangs: str | None = None,
    ) -> None:
        super().__init__([], version, Provider(), engine_address)
        self._schema = schema
        self._refused_region = refused_region
        self._changed = changed or {}
        self._hangs = hangs
        self._place = Place(region="us-east-1", account=EXAMPLE_ACCOUNT)
        self._default_tags: dict[str, Any] = {}

    async def CheckConfig(self, request: proto.CheckRequest, context: _Context) -> proto.CheckResponse:
        return proto.CheckResponse(inputs=request.news)

    async def DiffConfig(self, request: proto.DiffRequest, context: _Context) -> proto.DiffResponse:
        # Without an answer the engine may go on with a provider that it configured from its state, and its tags of then.
        same = _to_dict(request.old_inputs) == _to_dict(request.news)
        return proto.DiffResponse(changes=proto.DiffResponse.DIFF_NONE if same else proto.DiffResponse.DIFF_SOME)

    async def Configure(self, request: proto.ConfigureRequest, context: _Context) -> proto.ConfigureResponse:
        config = _to_dict(request.args)
        accounts = _from_json(config.get("allowedAccountIds")) or [EXAMPLE_ACCOUNT]
        self._place = Place(region=plain(config.get("region")) or "us-east-1", account=accounts[0])
        self._default_tags = (_from_json(config.get("defaultTags")) or {}).get("tags") or {}
        return proto.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=False, acceptOutputs=False)

    async def Invoke(self, request: proto.InvokeRequest, context: _Context) -> proto.InvokeResponse:
        return await _refusing(context, lambda: self._invoke(request.tok))

    async def Check(self, request: proto.CheckRequest, context: _Context) -> proto.CheckResponse:
        return await _refusing(context, lambda: self._check(request))

    async def Diff(self, request: proto.DiffRequest, context: _Context) -> proto.DiffResponse:
        return await _refusing(context, lambda: self._diff(request))

    async def Create(self, request: proto.CreateRequest, context: _Context) -> proto.CreateResponse:
        while self._hangs and not request.preview and _named(request.urn) == self._hangs:
            await asyncio.sleep(1)
        return await _refusing(context, lambda: self._create(request))

    async def Update(self, request: proto.UpdateRequest, context: _Context) -> proto.UpdateResponse:
        return await _refusing(context, lambda: self._update(request))

    async def Read(self, request: proto.ReadRequest, context: _Context) -> proto.ReadResponse:
        return await _refusing(context, lambda: self._read(request))

    async def Delete(self, request: proto.DeleteRequest, context: _Context) -> empty_pb2.Empty:
        return await _refusing(context, lambda: self._delete(request))

    def _invoke(self, token: str) -> proto.InvokeResponse:
        raise RefusedError(
            f"{token} is a data source: it would ask AWS while the program runs, and a preview here needs no credentials; "
            "make the value a setting, or take it from the resource that has it"
        )

    def _check(self, request: proto.CheckRequest) -> proto.CheckResponse:
        kind = self._kind(request.urn)
        inputs = _to_dict(request.news)
        self._connect(kind, inputs)
        failures = [
            proto.CheckFailure(property=prop, reason=f"{kind.type} has no argument {prop!r}")
            for prop in inputs
            if prop not in kind.inputs and not prop.startswith("__")
        ]
        failures += [
            proto.CheckFailure(property=prop, reason=f"{kind.type} needs the argument {prop!r}")
            for prop, required in kind.inputs.items()
            if required and prop not in inputs
        ]
        named = name_property(kind)
        if named is not None and named not in inputs:
            try:
                # A resource that was renamed in the program (an alias) keeps the name it got in AWS.
                fresh, kept = auto_name(kind, request.urn, inputs), plain(_to_dict(request.olds).get(named))
                inputs[named] = kept if isinstance(kept, str) and without_digits(kept) == without_digits(fresh) else fresh
            except ValueError as error:
                failures.append(proto.CheckFailure(property=named, reason=str(error)))
        if kind.has_default_tags and self._default_tags:
            tags = inputs.get("tags") or {}
            if isinstance(plain(tags), dict):
                merged = self._default_tags | plain(tags)
                inputs["tags"] = merged if plain(tags) is tags else tags | {"value": merged}
        return proto.CheckResponse(inputs=_to_struct(inputs), failures=failures)

    def _diff(self, request: proto.DiffRequest) -> proto.DiffResponse:
        kind = self._kind(request.urn)
        old, new = _to_dict(request.old_inputs), _to_dict(request.news)
        self._connect(kind, new)
        changed = [prop for prop in dict.fromkeys((*old, *new)) if old.get(prop) != new.get(prop)]
        named = name_property(kind)
        own_name = tables.NAME_PROPERTY.get(kind.type, "name")
        replacing = {"region", own_name, *tables.ID_OF_PARENT} | tables.REPLACE.get(kind.type, set())
        replacing -= tables.UPDATE_IN_PLACE.get((kind.type, plain(new.get("lifecycleScope"))), set())
        replaces = [prop for prop in changed if prop in replacing]
        detailed: dict[str, proto.PropertyDiff] = {}
        for prop in changed:
            name = "ADD" if prop not in old else "DELETE" if prop not in new else "UPDATE"
            detailed[prop] = proto.PropertyDiff(
                kind=proto.PropertyDiff.Kind.Value(f"{name}_REPLACE" if prop in replaces else name), inputDiff=True
            )
        # Two objects cannot have one name at once, so a name chosen by the program forces the old one out first.
        keeps_name = named is not None and old.get(named) == new.get(named) and not _is_auto_name(kind, request.urn, new, named)
        return proto.DiffResponse(
            changes=proto.DiffResponse.DIFF_SOME if changed else proto.DiffResponse.DIFF_NONE,
            diffs=changed,
            replaces=replaces,
            deleteBeforeReplace=bool(replaces) and keeps_name,
            detailedDiff=detailed,
            hasDetailedDiff=True,
        )

    def _create(self, request: proto.CreateRequest) -> proto.CreateResponse:
        answer = self._answer(request.urn, _to_dict(request.properties))
        outputs = _to_struct(answer.outputs(preview=request.preview))
        return proto.CreateResponse(id="" if request.preview else answer.id(), properties=outputs)

    def _update(self, request: proto.UpdateRequest) -> proto.UpdateResponse:
        before = self._answer(request.urn, _to_dict(request.old_inputs)).outputs(preview=False)
        answer = self._answer(request.urn, _to_dict(request.news))
        outputs = answer.outputs(preview=False)
        # What AWS computed stays as the state has it, unless this very change moves it.
        for prop, value in _to_dict(request.olds).items():
            if prop in answer.kind.always and prop not in answer.inputs and outputs.get(prop) == before.get(prop):
                outputs[prop] = value
        # The provider reads the resource after it has updated it.
        old = _to_dict(request.old_inputs)
        for prop, value in self._changed.get(request.id, {}).items():
            if old.get(prop) == answer.inputs.get(prop):
                _put(outputs, prop, value)
        return proto.UpdateResponse(properties=_to_struct(outputs))

    def _read(self, request: proto.ReadRequest) -> proto.ReadResponse:
        kind = self._kind(request.urn)
        if not request.properties.fields:
            raise RefusedError(f"the sandbox has no {kind.type} with id {request.id!r}: it knows only what its own stacks made")
        properties, inputs = _to_dict(request.properties), _to_dict(request.inputs)
        self._connect(kind, properties)
        for prop, value in self._changed.get(request.id, {}).items():
            _put(properties, prop, value)
            # As the provider's bridge does: what the program said follows, what it did not say is not added.
            # github.com/pulumi/pulumi-terraform-bridge, pkg/tfbridge/schema.go: extractInputsObject
            if prop in inputs:
                _put(inputs, prop, value)
        return proto.ReadResponse(id=request.id, properties=_to_struct(properties), inputs=_to_struct(inputs))

    def _delete(self, request: proto.DeleteRequest) -> empty_pb2.Empty:
        kind = self._kind(request.urn)
        state = _to_dict(request.properties)
        self._connect(kind, state)
        prop, words = tables.DELETION_PROTECTION.get(kind.type, ("", ""))
        if plain(state.get(prop)) is True:
            raise RefusedError(f"deleting {kind.type} {request.id}: {words} ({prop} is true)")
        return empty_pb2.Empty()

    def _answer(self, urn: str, inputs: dict[str, Any]) -> Answer:
        kind = self._kind(urn)
        self._connect(kind, inputs)
        return Answer(kind=kind, urn=urn, place=self._place, inputs=inputs)

    def _kind(self, urn: str) -> ResourceType:
        return self._schema.resource_type(urn.split("::")[2].rpartition("$")[2])

    def _connect(self, kind: ResourceType, properties: dict[str, Any]) -> None:
        """Fail as a dead region does. A DynamoDB replica is made, changed and read through its table's own region."""
        if self._refused_region is None or "region" not in kind.outputs:
            return
        service = kind.type.removeprefix("aws:").partition("/")[0]
        regions = {plain(properties.get("region")) or self._place.region}
        if kind.type == "aws:dynamodb/tableReplica:TableReplica":
            regions.add(str(plain(properties.get("globalTableArn"))).partition(":dynamodb:")[2].partition(":")[0])
        if self._refused_region in regions:
            endpoint = f"{tables.SERVICE.get(service, service)}.{self._refused_region}.amazonaws.com"
            raise RefusedError(f"{kind.type}: connection refused: {endpoint}")


def _put(properties: dict[str, Any], prop: str, value: Any) -> None:
    if value is None:
        properties.pop(prop, None)
    else:
        properties[prop] = value


async def _refusing(context: _Context, work: Callable[[], _Reply]) -> _Reply:
    try:
        return work()
    except (RefusedError, UnknownTypeError) as error:
        await context.abort(grpc.StatusCode.UNKNOWN, str(error))
        raise


def _named(urn: str) -> str:
    """Type and logical name: `<type>::<name>`."""
    _, _, kind, name = urn.split("::", 3)
    return f"{kind.rpartition('$')[2]}::{name}"


def _is_auto_name(kind: ResourceType, urn: str, inputs: dict[str, Any], named: str) -> bool:
    try:
        return without_digits(str(plain(inputs.get(named)))) == without_digits(auto_name(kind, urn, inputs))
    except ValueError:
        return False


def _from_json(value: Any) -> Any:
    """Provider configuration holds lists and objects as JSON text."""
    value = plain(value)
    return json.loads(value) if isinstance(value, str) and value[:1] in "[{" and value else value


def _to_dict(struct: struct_pb2.Struct) -> dict[str, Any]:
    return {key: _to_value(value) for key, value in struct.fields.items()}


def _to_value(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "number_value":
            return value.number_value
        case "struct_value":
            return _to_dict(value.struct_value)
        case "list_value":
            return [_to_value(item) for item in value.list_value.values]
        case _:
            return None


def _to_struct(values: dict[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


async def _serve(servicer: StandIn) -> None:
    server = grpc.aio.server(options=_GRPC_CHANNEL_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)  # The engine reads the port from the first line.
    await server.wait_for_termination()


def main() -> None:
    """Serve until the engine ends the process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sdk", type=Path, required=True, help="folder of the pulumi_aws whose resource types are known")
    parser.add_argument("engine", nargs="?", default="", help="address of the engine")
    given, _ = parser.parse_known_args()
    package: Path = given.sdk
    version = json.loads((package / "pulumi-plugin.json").read_text())["version"]
    schema = Schema(package, Path(os.environ["DATACONNECT_SANDBOX_CACHE"]) / f"schema-{version}")
    environ = os.environ
    file = environ.get("DATACONNECT_SANDBOX_CHANGED")
    changed = json.loads(Path(file).read_text()) if file else None
    refused, hangs = (environ.get(f"DATACONNECT_SANDBOX_{name}") or None for name in ("REFUSE_REGION", "HANGS"))
    servicer = StandIn(schema, given.engine, version, refused, changed, hangs)
    # The engine ends a plugin by an interrupt; nothing here is worth finishing.
    signal.signal(signal.SIGINT, lambda _signal, _frame: os._exit(0))
    asyncio.run(_serve(servicer))


if __name__ == "__main__":
    main()
