# SPDX-License-Identifier: GPL-3.0-or-later
"""Names in other scripts mean the same host to curl, to Node, to a certificate and to the probe."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from alicloud_sandbox.testing import free_port
from ansible_collections.alicloud.mtls.plugins.module_utils._probe import module
from cryptography import x509

from tests.unit.pki.make import make_ca, make_server
from tests.witnesses.servers import process

NAMES = [
    "faß.example",
    "Straße.EXAMPLE",
    "βόλος.example",
    "نامه\u200cای.example",
    "www。bücher．example",
    "_sip.bücher.example",
]
ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8"}


@pytest.mark.parametrize("name", NAMES)
def test_node_makes_the_same_name(name: str, tmp_path: Path) -> None:
    script = "process.stdout.write(require('url').domainToASCII(process.argv[1]))"
    found = subprocess.run(["node", "-e", script, name], check=True, capture_output=True, text=True).stdout
    make_ca(tmp_path)
    make_server(tmp_path, common_name="server", dns_names=[name])
    certificate = x509.load_pem_x509_certificate((tmp_path / "server.crt").read_bytes())
    alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert alternative.get_values_for_type(x509.DNSName) == [found] == [module._ascii(name)]


@pytest.mark.parametrize("name", ["faß.example", "βόλος.example", "www。bücher．example"])
def test_curl_reaches_a_server_by_the_name_in_its_certificate(name: str, tmp_path: Path) -> None:
    """The mapping of IDNA 2003, to another domain, would fail: curl verifies the name that it made itself."""
    make_ca(tmp_path)
    make_server(tmp_path, common_name="server", dns_names=[name])
    port = free_port()
    server = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", "server.crt", "-key", "server.key"]
    with process([*server, "-www", "-quiet"], tmp_path, "127.0.0.1", port):
        resolved = ["--resolve", f"{module._ascii(name)}:{port}:127.0.0.1", "--noproxy", "*"]
        done = subprocess.run(
            ["curl", "-sS", "--cacert", tmp_path / "root.crt", *resolved, f"https://{name}:{port}/"],
            check=False,
            capture_output=True,
            text=True,
            env=ENVIRONMENT,
        )
    assert done.returncode == 0, done.stderr
