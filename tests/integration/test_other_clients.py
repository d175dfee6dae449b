# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook of the guide to clients of other kinds, run as it is printed; curl is the clients."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.integration.conftest import ROOT, Command
from tests.integration.stage import HOST, Stage, staged
from tests.witnesses.openssl import new_certificate

GUIDES = [ROOT / "docs/guides" / f"other-clients{ending}" for ending in (".md", ".zh-CN.md")]
CLIENT = ("basicConstraints=CA:false", "extendedKeyUsage=clientAuth")


def printed(guide: Path) -> str:
    """Return the playbook in a guide without its comments."""
    found = re.findall(r"```yaml\n(.*?)```", guide.read_text(), re.DOTALL)
    assert len(found) == 1
    return re.sub(r"^ *#.*\n", "", str(found[0]), flags=re.MULTILINE)


def test_the_languages_print_the_same_playbook() -> None:
    assert printed(GUIDES[0]) == printed(GUIDES[1])


@pytest.fixture
def partner(tmp_path: Path) -> Path:
    """The CA of a partner, and a client of it."""
    directory = tmp_path / "partner"
    directory.mkdir()
    new_certificate(directory, "ca", "/CN=partner root")
    new_certificate(directory, "client", "/CN=partner client", *CLIENT, ca="ca")
    return directory


def test_the_playbook_of_the_guide(ansible: Command, preloaded_python: str, partner: Path, tmp_path: Path) -> None:
    with staged(ansible, preloaded_python, tmp_path) as stage:
        check(stage, partner, tmp_path)


def check(stage: Stage, partner: Path, tmp_path: Path) -> None:
    """Run the playbook on a site, and call every listener as every client."""
    text = printed(GUIDES[0])
    for old, new in (
        ("/srv/pki/server-ca", str(tmp_path / "server-ca")),
        ("/srv/partner", str(partner)),
        ("port: 443}]", f"port: {stage.variables['backend_port']}}}]"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    stage.variables |= {"alb_mtls_backend_protocol": "http", "alb_mtls_health_check": {"enabled": False}}
    address = stage.address(stage.play("site.json"))
    (tmp_path / "guide.yml").write_text(text)
    stage.play("guide.yml")
    assert "changed=0 " in stage.play("guide.yml")

    def status(port: int, path: str = "/", host: str = HOST, client: Path | None = None) -> str:
        """Return the status that a client gets, by curl, which verifies the server."""
        identity = ("--cert", f"{client}.crt", "--key", f"{client}.key") if client else ()
        known = ("--resolve", f"{host}:{port}:{address}", "--cacert", str(tmp_path / "server-ca/root.crt"))
        shown = ("--silent", "--output", "/dev/null", "--write-out", "%{http_code}")
        command = ["curl", *shown, *known, *identity, f"https://{host}:{port}{path}"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    ours, theirs = stage.old / "alice", partner / "client"
    assert [status(port, client=ours) for port in (443, 8443)] == ["200", "400"]
    assert [status(port, client=theirs) for port in (443, 8443)] == ["400", "200"]
    assert [status(port) for port in (443, 8443)] == ["400", "400"]
    assert [status(9443, path) for path in ("/public/page", "/", "/private")] == ["200", "503", "503"]
    assert status(443, host="api.example.com", client=ours) == "200"
    assert status(443, host="unknown.example.com", client=ours) == "000", "no certificate has this name"
