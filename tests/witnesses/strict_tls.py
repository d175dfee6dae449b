# SPDX-License-Identifier: GPL-3.0-or-later
"""A TLS server that asks for a client certificate, as Python 3.13's default context judges it.

Python 3.13 turned on two flags: certificates have to keep to RFC 5280 in all points, and any certificate that is
trusted ends a chain. Here they are set by name, so that the verdict does not depend on the interpreter. Run as a
program, this file takes the defaults of the one that runs it; only the standard library, because that one has no more.
"""

from __future__ import annotations

import contextlib
import functools
import glob
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from typing import Any

STRICT = ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN


def let_in(case: dict[str, Any], flags: int = STRICT) -> bool:
    """Whether the handshake is completed and an answer arrives.

    ``case``: server_chain, server_key and server_ca of the server; trusted, the files with the CAs of the clients;
    client, the file that the client presents (key, certificate, chain); version, ``TLSv1_2`` or ``TLSv1_3``.
    ``flags`` are added to those of the default contexts.
    """
    answering = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    answering.load_cert_chain(case["server_chain"], case["server_key"])
    answering.verify_mode = ssl.CERT_REQUIRED
    for path in case["trusted"]:
        answering.load_verify_locations(path)
    asking = ssl.create_default_context(cafile=case["server_ca"])
    asking.minimum_version = asking.maximum_version = ssl.TLSVersion[case["version"]]
    asking.load_cert_chain(case["client"])
    for context in (answering, asking):
        context.verify_flags |= flags
    here, there = socket.socketpair()
    for end in (here, there):
        end.settimeout(120)

    def answer() -> None:
        with contextlib.suppress(OSError), answering.wrap_socket(there, server_side=True) as stream:
            stream.sendall(b"welcome")

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        with asking.wrap_socket(here, server_hostname="www.example.com") as stream:
            return stream.recv(7) == b"welcome"
    except OSError:
        return False
    finally:
        here.close()
        thread.join(120)


@functools.cache
def python_313() -> str | None:
    """An interpreter of version 3.13 or later, if there is one on this machine."""
    candidates = ["python3.13", "python3.14", "/usr/bin/python3"]
    for name in [*candidates, *sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/3.1[3-9]*/bin/python3")))]:
        path = shutil.which(name)
        probe = "import ssl, sys; sys.exit(sys.version_info < (3, 13))"
        # A shim of pyenv is on the path and yet starts nothing.
        if path and subprocess.run([path, "-c", probe], capture_output=True, check=False).returncode == 0:
            return path
    return None


def judge(cases: list[dict[str, Any]]) -> dict[str, list[bool]]:
    """The verdicts on ``cases``: of this interpreter with the flags set, and of a real 3.13 if there is one."""
    verdicts = {"flags": [let_in(case) for case in cases]}
    other = python_313()
    if other:
        done = subprocess.run(
            [other, __file__], input=json.dumps(cases), capture_output=True, text=True, check=True, timeout=300
        )
        verdicts[other] = json.loads(done.stdout)
    return verdicts


if __name__ == "__main__":
    default = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).verify_flags
    assert default & STRICT == STRICT, f"{sys.version} has other defaults"
    print(json.dumps([let_in(each, 0) for each in json.load(sys.stdin)]))
