# SPDX-License-Identifier: GPL-3.0-or-later
"""A Python interpreter for Ansible's modules that has Ansible's code, the SDK and cryptography imported already.

A module of the cloud takes half a second of computing to start, nearly all of it for imports, and the integration
tests start thousands. Here one process imports, and forks for each module. What a module imports of the collection
itself comes from its own archive, as always, but a source that is the same as in an earlier archive is not compiled
again, so that tracebacks name the earlier archive. A module that has ended is not taken down object by object. All
modules of a test session have the same hash seed, and the filters for warnings that the imported packages add. Molecule
and the end-to-end tests use the plain interpreter.

A module has the resource limits of the process that starts it, and with them the mark of its run
(tests/witnesses/processes.py): who kills the run kills the module.

    python preloaded.py SOCKET COMPILED     listens until its standard input ends; keeps compiled sources in COMPILED
"""

from __future__ import annotations

import ast
import atexit
import contextlib
import gc
import hashlib
import importlib
import marshal
import os
import resource
import runpy
import select
import signal
import socket
import sys
import threading
import time
import types
import typing as t
import zipimport
from pathlib import Path

# arguments, environment, directory, umask, resource limits
Asked = tuple[list[str], dict[str, str], str, int, dict[int, tuple[int, int]]]

PACKAGES = (
    "alibabacloud_alb20200616.client",
    "alibabacloud_alb20200616.models",
    "alibabacloud_alidns20150109.client",
    "alibabacloud_alidns20150109.models",
    "alibabacloud_cas20200407.client",
    "alibabacloud_cas20200407.models",
    "alibabacloud_cas20200630.client",
    "alibabacloud_cas20200630.models",
    "alibabacloud_credentials.client",
    "alibabacloud_ecs20140526.client",
    "alibabacloud_ecs20140526.models",
    "ansible.module_utils._internal._ansiballz._loader",
    "ansible.module_utils.common.arg_spec",
    "ansible.module_utils.common.file",
    "ansible.module_utils.urls",
    "cryptography.hazmat.primitives.serialization.pkcs12",
    "cryptography.x509",
    "dns.resolver",
)

# The interpreter as Ansible starts it: hands arguments, environment and open files over, and ends as the module ends.
# The first line has the options -I and -S: it imports nothing that it does not need.
CLIENT = """#!{python} -IS
import os, resource, socket, sys
arguments = sys.argv[1:]
if arguments and arguments[0].startswith("-"):
    os.execv("{python}", ["{python}", *arguments])
with socket.socket(socket.AF_UNIX) as server:
    server.connect("{socket}")
    mask = os.umask(0)
    limits = {{each: resource.getrlimit(each) for name, each in vars(resource).items() if name.startswith("RLIMIT_")}}
    said = repr((arguments, dict(os.environ), os.getcwd(), mask, limits)).encode()
    socket.send_fds(server, [len(said).to_bytes(4, "big")], [0, 1, 2])
    server.sendall(said)
    status = server.recv(1)
os._exit(status[0] if status else 255)
"""


def write_client(path: Path, listening: Path) -> None:
    """Write the interpreter that asks the process at ``listening``."""
    path.write_text(CLIENT.format(python=sys.executable, socket=listening))
    path.chmod(0o755)


def serve(listening: str) -> Asked:
    """Listen until standard input ends. Return in every process that is to run a module: what it was asked for."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the processes that watch over the modules
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(listening)
        server.listen(64)
        print("ready", flush=True)
        while True:
            if sys.stdin in select.select([server, sys.stdin], [], [])[0]:
                os._exit(0)
            client = server.accept()[0]
            if not os.fork():
                server.close()
                return _module(client)
            client.close()


def _module(client: socket.socket) -> Asked:
    """Fork once more: return in the child; the parent tells the client how it ended, or ends it with the client."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # What Python has buffered of its own standard files is nothing: from here on they are those of the client.
    length, files, _flags, _address = socket.recv_fds(client, 4, 3)
    said = b""
    while len(said) < int.from_bytes(length, "big"):
        said += client.recv(1 << 20)
    child = os.fork()
    if not child:
        for number, each in enumerate(files):
            os.dup2(each, number)
            os.close(each)
        client.close()
        asked: Asked = ast.literal_eval(said.decode())
        return asked
    for each in (0, 1, 2, *files):
        os.close(each)
    over = os.pidfd_open(child)
    if over not in select.select([over, client.fileno()], [], [])[0]:
        os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with contextlib.suppress(OSError):
        client.sendall(bytes([status if status >= 0 else 128 - status]))
    os._exit(0)


def keep_compiled(folder: Path) -> None:
    """Have zipimport keep in ``folder`` what it compiles, and look there first: Ansible's archives have no bytecode."""
    compile_source = vars(zipimport)["_compile_source"]

    def compiled(path: str, source: bytes) -> types.CodeType:
        kept = folder / hashlib.sha256(source).hexdigest()
        with contextlib.suppress(FileNotFoundError):
            return t.cast(types.CodeType, marshal.loads(kept.read_bytes()))
        code: types.CodeType = compile_source(path, source)
        part = kept.with_suffix(f".{os.getpid()}")
        part.write_bytes(marshal.dumps(code))
        part.rename(kept)
        return code

    vars(zipimport)["_compile_source"] = compiled


def run(arguments: list[str]) -> int | str | None:
    """Run the script that is the first of ``arguments``, or comes from standard input. Return what it exits with."""
    sys.argv = arguments or [""]
    sys.path[0] = os.path.dirname(sys.argv[0])
    try:
        if arguments:
            runpy.run_path(arguments[0], run_name="__main__")
        else:
            main = sys.modules["__main__"] = types.ModuleType("__main__")
            vars(main)["__file__"] = "<stdin>"
            exec(compile(sys.stdin.buffer.read(), "<stdin>", "exec"), vars(main))
    except SystemExit as ended:
        return ended.code
    except Exception:
        sys.excepthook(*t.cast(tuple[type[BaseException], BaseException, types.TracebackType], sys.exc_info()))
        return 1
    return 0


def end(code: int | str | None) -> t.NoReturn:
    """End as the interpreter would, without freeing the imported packages, which would copy their memory before."""
    if isinstance(code, str):
        print(code, file=sys.stderr)
        code = 1
    vars(threading)["_shutdown"]()
    vars(atexit)["_run_exitfuncs"]()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


if __name__ == "__main__":
    for package in PACKAGES:
        importlib.import_module(package)
    keep_compiled(Path(sys.argv[2]))
    gc.freeze()  # what is there stays shared with every process
    arguments, environment, directory, mask, limits = serve(sys.argv[1])
    for limit, values in limits.items():
        resource.setrlimit(limit, values)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(directory)
    os.umask(mask)
    end(run(arguments))
