"""A Python language host for engines that come without one: runs programs and policy packs on the sandbox's interpreter.

Run by the engine as `pulumi-language-python`. Programs run in this very process, on the SDK's own language server. A
project that names an environment of its own (`runtime.options.virtualenv` of its Pulumi.yaml) runs there, in a second host.
"""
# The engine's protocol fixes the names and the arguments of the methods, and documents them.
# ruff: noqa: ARG002, D102, N802

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Any, cast

import grpc
from google.protobuf import empty_pb2
from pulumi import RunError
from pulumi.automation import PulumiFn, _server
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2
from pulumi.runtime.stack import run_in_stack

# The SDK's own, which keeps them in another place in each of its versions.
_OPTIONS = [
    ("grpc.max_receive_message_length", 400 * 1024 * 1024),
    ("grpc.server_max_unrequested_time_in_server", 30 * 60),
]


class LanguageHost(_server.LanguageServer):
    """One program or any number of policy packs of one engine."""

    def __init__(self) -> None:
        super().__init__(lambda: None)

    def Handshake(self, request: Any, context: Any) -> Any:
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version="0.0.0")

    def InstallDependencies(self, request: Any, context: Any) -> Iterator[Any]:
        yield language_pb2.InstallDependenciesResponse(stdout=b"The sandbox's environment has the dependencies already.\n")

    def RuntimeOptionsPrompts(self, request: Any, context: Any) -> Any:
        return language_pb2.RuntimeOptionsResponse()

    def GetProgramDependencies(self, request: Any, context: Any) -> Any:
        return language_pb2.GetProgramDependenciesResponse()

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def Run(self, request: Any, context: Any) -> Any:
        folder = request.info.program_directory
        own = _own_environment(request.info)
        if own is not None:
            return _run_elsewhere(own, request)
        entry = Path(folder, request.info.entry_point)
        os.chdir(folder)
        sys.path.insert(0, folder)
        self.program = lambda: _run(entry / "__main__.py" if entry.is_dir() else entry)
        result = super().Run(request, context)
        # The error was logged where it happened; the engine need not say it again.
        return language_pb2.RunResponse(bail=True) if result.error else result

    def RunPlugin(self, request: Any, context: Any) -> Iterator[Any]:
        """A policy pack, in a process of its own; its output is passed on as it comes."""
        if request.kind != "analyzer":
            yield language_pb2.RunPluginResponse(stderr=f"the sandbox runs no {request.kind} plugins\n".encode(), exitcode=1)
            return
        folder = request.info.program_directory
        command = [sys.executable, "-u", "-m", "pulumi.policy", *request.args[:1], folder, *request.args[1:]]
        environment = dict(item.split("=", 1) for item in request.env) or None
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # noqa: S603
        context.add_callback(process.terminate)
        output: SimpleQueue[Any] = SimpleQueue()
        pumps = [
            threading.Thread(target=_pump, args=(name, stream, output), daemon=True)
            for name, stream in (("stdout", process.stdout), ("stderr", process.stderr))
        ]
        for pump in pumps:
            pump.start()
        for _ in pumps:
            while (piece := output.get()) is not None:
                yield piece
        yield language_pb2.RunPluginResponse(exitcode=process.wait())


def _own_environment(info: Any) -> Path | None:
    """The environment that another project names in its Pulumi.yaml; None where there is none, or it is the sandbox's own."""
    options = dict(info.options.items())
    if "virtualenv" not in options:
        return None
    folder = Path(info.root_directory, str(options["virtualenv"])).absolute()
    return None if folder.resolve() == Path(sys.prefix).resolve() else folder


def _run_elsewhere(environment: Path, request: Any) -> Any:
    """Let a language host in another environment run the program, and answer what it answers."""
    python = environment / "bin" / "python"
    if not python.exists():
        advice = "make it, with the program's packages in it"
        return language_pb2.RunResponse(error=f"Pulumi.yaml names the environment {environment}, which is not there: {advice}")
    environ = os.environ | {"VIRTUAL_ENV": str(environment), "PATH": f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    process = subprocess.Popen([str(python), "-P", "-u", __file__], env=environ, stdout=subprocess.PIPE)  # noqa: S603
    stdout = cast("IO[bytes]", process.stdout)
    output = threading.Thread(target=_copy, args=(stdout,), daemon=True)
    try:
        port = stdout.readline().strip()
        if not port.isdigit():
            return language_pb2.RunResponse(error=f"{python} cannot run Pulumi programs: is pulumi installed in it?")
        output.start()
        with grpc.insecure_channel(f"127.0.0.1:{int(port)}", options=_OPTIONS) as channel:
            return language_pb2_grpc.LanguageRuntimeStub(channel).Run(request)
    except grpc.RpcError as error:
        # The program ended its process, by os._exit or a crash.
        return language_pb2.RunResponse(error=f"the program did not come to its end: {cast('grpc.Call', error).details()}")
    finally:
        process.kill()
        process.wait()
        if output.is_alive():
            # What the program said is passed on before the engine ends this process; what it started may still hold the stream.
            output.join(timeout=2)


def _copy(stream: IO[bytes]) -> None:
    while piece := os.read(stream.fileno(), 65536):
        os.write(sys.stdout.fileno(), piece)


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


def _run(program: Path) -> None:
    runpy.run_path(str(program), run_name="__main__")


def _pump(name: str, stream: IO[bytes], output: SimpleQueue[Any]) -> None:
    while piece := os.read(stream.fileno(), 65536):
        output.put(
            language_pb2.RunPluginResponse(stdout=piece) if name == "stdout" else language_pb2.RunPluginResponse(stderr=piece)
        )
    output.put(None)


async def _run_readably(program: PulumiFn) -> None:
    """Run the program; an exception becomes a message with the lines of the user's code only."""
    try:
        await run_in_stack(program)
    except (RunError, grpc.RpcError):
        raise
    except SystemExit as error:
        if error.code:
            raise RunError(f"Program exited with {error.code}") from error
    except BaseException as error:
        # The SDK wraps what is raised once a value is known.
        if told := _told(error):
            raise told from error
        raise RunError(f"Program failed with an unhandled exception:\n{_trimmed(error)}") from error


def _told(error: BaseException | None) -> RunError | None:
    """The error behind `error` whose message says it all, if there is one."""
    while error is not None and not isinstance(error, RunError):
        error = error.__cause__
    return error


def _trimmed(error: BaseException) -> str:
    """The traceback from the first line that is neither this host's nor the SDK's."""
    ours = (__file__, str(Path(_server.__file__).parents[1]), "<frozen")
    trace: TracebackType | None = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(ours):
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace))


def main() -> None:
    """Serve until the engine ends the process."""
    # The engine ends a plugin by an interrupt; nothing here is worth finishing.
    signal.signal(signal.SIGINT, lambda _signal, _frame: os._exit(0))
    # An engine that is killed ends nothing.
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    setattr(_server, "run_in_stack", _run_readably)  # noqa: B010 (the language server has no other hook for errors)
    server = grpc.server(ThreadPoolExecutor(max_workers=16), options=_OPTIONS)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageHost(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)  # The engine reads the port from the first line.
    server.wait_for_termination()


if __name__ == "__main__":
    main()
