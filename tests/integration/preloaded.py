# SPDX-License-Identifier: GPL-3.0-or-later
"""A Python interpreter for Ansible's modules that has Ansible's code, the SDK and cryptography imported already.

A module of the cloud takes half a second of computing to start, nearly all of it for imports, and the integration
tests start thousands. Here one process imports, and forks for each module. What a module imports of the collection
itself comes from its own archive, as always. All modules of a test session have the same hash seed, and the filters
for warnings that the imported packages add. Runs that are killed, molecule and the end-to-end tests use the plain
interpreter.

    python preloaded.py SOCKET     listens until its standard input ends
"""

from __future__ import annotations

import ast
import contextlib
import gc
import importlib
import os
import runpy
import select
import signal
import socket
import sys
import time
from pathlib import Path

Asked = tuple[list[str], dict[str, str], str, int]  # arguments, environment, directory, umask

PACKAGES = (
    "alibabacloud_alb20200616.client",
    "alibabacloud_alb20200616.models",
    "alibabacloud_alidns20150109.client",
    "alibabacloud_alidns20150109.models",
    "alibabacloud_cas20200407.client",
    "alibabacloud_cas20200407.models",
    "alibabacloud_credentials.client",
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
import os, socket, sys
arguments = sys.argv[1:]
if arguments[:1] == [] or arguments[0].startswith("-"):
    os.execv("{python}", ["{python}", *arguments])
with socket.socket(socket.AF_UNIX) as server:
    server.connect("{socket}")
    mask = os.umask(0)
    said = repr((arguments, dict(os.environ), os.getcwd(), mask)).encode()
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


if __name__ == "__main__":
    for package in PACKAGES:
        importlib.import_module(package)
    gc.freeze()  # what is there stays shared with every process
    arguments, environment, directory, mask = serve(sys.argv[1])
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(directory)
    os.umask(mask)
    sys.argv = arguments
    sys.path[0] = os.path.dirname(arguments[0])
    runpy.run_path(arguments[0], run_name="__main__")
