# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations, a renewal and a change of the site while clients call all the time, each step killed once and run again.

The witnesses are the callers, whose TLS is Python's, and the request log of the sandbox. A caller that is valid is let
in at every moment: by its old files until the listener is switched, and by its new ones from when they are handed out.
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import dns.resolver
import pytest
from alicloud_sandbox.testing import Sandbox

from sandbox.tests import pca
from sandbox.tests.support import Sdk
from tests.e2e.scene import Run
from tests.integration.conftest import SEED, Command
from tests.unit.pki.make import make_client, revoke
from tests.witnesses.callers import Callers, Identity
from tests.witnesses.openssl import openssl
from tests.witnesses.processes import Killable, wait_for

ROTATE = "alicloud.mtls.rotate_ca"
HOST = "www.example.com"
SECRETS = {"pki_ca_passphrase": "passphrase-of-the-test", "pki_pkcs12_passphrase": "another-one-of-the-test"}
SITE: list[dict[str, Any]] = [
    {
        "hosts": "localhost",
        "gather_facts": False,
        "roles": [
            {"role": "alicloud.mtls.pki", "when": "mtls_ca_source is not defined"},
            {"role": "alicloud.mtls.pca", "when": "mtls_ca_source is defined"},
        ],
        "tasks": [
            {
                "ansible.builtin.include_role": {"name": "alicloud.mtls.pki", "tasks_from": "server_only"},
                "when": "mtls_ca_source is defined",
            },
            {
                "ansible.builtin.include_role": {"name": "alicloud.mtls.alb_mtls"},
                "vars": {
                    "alb_mtls_name": "shop",
                    "alb_mtls_vpc_id": "vpc-1",
                    "alb_mtls_zone_mappings": [
                        {"zone_id": "cn-hangzhou-h", "vswitch_id": "vsw-h"},
                        {"zone_id": "cn-hangzhou-i", "vswitch_id": "vsw-i"},
                    ],
                    "alb_mtls_backend_protocol": "http",
                    "alb_mtls_health_check": {"enabled": False},
                    "alb_mtls_servers": [{"server_id": "i-1", "port": "{{ backend_port }}"}],
                    "alb_mtls_server_certificate": "{{ pki_result.server.certificate }}",
                    "alb_mtls_server_private_key_path": "{{ pki_result.server.private_key_path }}",
                    "alb_mtls_ca_certificate": "{{ pki_result.ca.certificate | default('') }}",
                    "alb_mtls_ca_certificate_id": "{{ (pca_ca | default({})).ca_id | default('') }}",
                },
            },
            {
                "ansible.builtin.debug": {"msg": "served at {{ alb_mtls_result.load_balancer.dns_name }}"},
                "changed_when": False,
            },
        ],
    }
]


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


class Stage:
    """A site behind a sandbox, and the runs of its playbooks."""

    def __init__(self, box: Sandbox, directory: Path, ansible: Command, python: str, variables: dict[str, Any]) -> None:
        self.box, self.directory, self._python, self.variables = box, directory, python, variables
        self.old, self.new = directory / "old", directory / "new"
        (self._command, *_rest), self._environment = ansible([], {}, box)
        (directory / "site.json").write_text(json.dumps(SITE))

    def _arguments(self, playbook: str, options: tuple[str, ...], python: str, given: dict[str, Any]) -> dict[str, Any]:
        local = {"ansible_connection": "local", "ansible_python_interpreter": python}
        everything = {"all": {"hosts": {"localhost": local}, "vars": self.variables}}
        inventory = self.directory / f"inventory-{Path(python).name}.json"
        inventory.write_text(json.dumps(everything))
        self.box.clear_requests()
        command = [self._command, "-i", str(inventory), playbook, *options, "-e", json.dumps(given)]
        return {"command": command, "env": self._environment, "cwd": self.directory}

    def play(self, playbook: str, *options: str, fails: bool = False, **given: Any) -> str:
        """Run to the end, and return the output in one line."""
        options_of = self._arguments(playbook, options, self._python, given)
        done = subprocess.run(options_of.pop("command"), capture_output=True, text=True, check=False, **options_of)
        run = Run(done.returncode, done.stdout + done.stderr)
        assert (run.returncode != 0) == fails, run.output
        assert not [secret for secret in SECRETS.values() if secret in run.output]
        return " ".join(run.output.split())

    def kill(self, playbook: str, when: Callable[[], bool], **given: Any) -> None:
        """Run with Python's plain interpreter, and end every process of the run as soon as ``when`` holds."""
        options_of = self._arguments(playbook, (), sys.executable, given)
        with (self.directory / "killed.log").open("ab") as log:
            run: Killable[bytes] = Killable(options_of.pop("command"), stdout=log, stderr=log, **options_of)
        try:
            assert wait_for(when, run), (self.directory / "killed.log").read_text()
        finally:
            run.kill()
        assert run.returncode == -9, "it was over before"

    def asked(self, action: str) -> Callable[[], bool]:
        """Return a condition: the cloud has been asked for ``action`` in the run that goes on."""
        return lambda: action in [item["action"] for item in self.box.requests()]

    def address(self, said: str) -> str:
        """Return the address of the load balancer that a run of the site has named."""
        resolver = dns.resolver.Resolver(configure=False)
        assert self.box.dns
        server, port = self.box.dns.split(":")
        resolver.nameservers, resolver.port = [server], int(port)
        found = re.search(r"served at ([\w.-]+)", said)
        assert found, said
        return str(resolver.resolve(found[1], "A")[0])


@contextlib.contextmanager
def backend() -> Iterator[int]:
    """A server that answers every request with 200; its port is yielded."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def stage(ansible: Command, preloaded_python: str, tmp_path: Path) -> Iterator[Stage]:
    with Sandbox(dns=True, data_plane="nginx") as box, backend() as port:
        box.seed(**SEED)
        variables = {
            **SECRETS,
            "pki_path": str(tmp_path / "old"),
            "pki_key_type": "ecdsa",
            "pki_clients": [{"name": "alice", "common_name": "alice"}],
            "pki_server_common_name": HOST,
            "pki_server_ca_path": str(tmp_path / "server-ca"),
            "pca_key_size": 2048,
            "mtls_name": "shop",
            "backend_port": port,
        }
        yield Stage(box, tmp_path, ansible, preloaded_python, variables)


def make_fleet(old: Path) -> None:
    """Clients that the inventory does not know: one of a list, one that keeps its key, and one that is revoked."""
    passphrase = {"ca_passphrase": SECRETS["pki_ca_passphrase"]}
    request = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x")
    openssl("req", "-new", *request, "-keyout", old / "partner.key", "-out", old / "partner.submitted")
    clients: list[dict[str, Any]] = [
        {"name": "scanner", "common_name": "scanner-01", "dns_names": ["scanner.example.com"], "valid_for": "90d"},
        {"name": "partner", "common_name": "partner", "csr": (old / "partner.submitted").read_text()},
        {"name": "leaver", "common_name": "leaver"},
    ]
    make_client(old, clients=clients, pkcs12_passphrase=None, **passphrase)
    revoke(old, {"name": "leaver"}, **passphrase)


def label(names: tuple[str, ...], directory: Path, prefix: str) -> dict[str, Identity]:
    return {f"{prefix}_{name}": Identity.of(directory, name) for name in names}


def test_the_ca_of_a_fleet_is_replaced_while_it_calls(stage: Stage, tmp_path: Path) -> None:
    new, names = stage.new, ("alice", "scanner", "partner")
    said = stage.play("site.json")
    make_fleet(stage.old)
    # The paths come from the command line, as -e @variables.yml has them; they override what the playbook sets.
    given: dict[str, Any] = {
        "rotate_ca_path": str(new),
        "rotate_ca_common_name": "root 2027",
        "pki_path": str(stage.old),
    }
    with Callers(HOST, stage.address(said), tmp_path / "server-ca/root.crt") as callers:
        callers.begin(**label(names, stage.old, "old"))
        prepare(stage, given)
        (new / "partner.key").write_bytes((stage.old / "partner.key").read_bytes())
        callers.begin(**label(names, new, "new"))

        early = stage.play(ROTATE, fails=True, **given, rotate_ca_step="finish")
        assert "Run the step switch first" in early
        stage.play(ROTATE, "--check", **given, rotate_ca_step="switch")
        assert stage.box.requests(writes=True) == []
        callers.end(*label(names, stage.old, "old"))
        stage.kill(ROTATE, stage.asked("UpdateListenerAttribute"), **given, rotate_ca_step="switch")
        stage.play(ROTATE, **given, rotate_ca_step="switch")

        stage.kill(ROTATE, lambda: not (new / "root.cross.crt").exists(), **given, rotate_ca_step="finish")
        stage.play(ROTATE, **given, rotate_ca_step="finish")
        assert "changed=0 " in stage.play(ROTATE, **given, rotate_ca_step="finish")
        change_the_site(stage)

        callers.begin(refused_alice=Identity.of(stage.old, "alice"))
        callers.end("refused_alice")
        assert set(callers.counts.pop("refused_alice")) == {"refused"}
    assert not (new / "leaver.crt").exists()
    assert_let_in(callers, [f"{when}_{name}" for when in ("old", "new") for name in names])


def prepare(stage: Stage, given: dict[str, Any]) -> None:
    """The first step: killed when the CA is made, without the request of the partner, and with it."""
    stage.play(ROTATE, "--check", **given)
    assert not stage.new.exists()
    stage.kill(ROTATE, (stage.new / "root.cross.crt").exists, **given)
    made = stage.play(ROTATE, "-vvv", "--diff", **given)
    assert "Put it into the directory of requests_path as partner.csr" in made
    early = stage.play(ROTATE, fails=True, **given, rotate_ca_step="switch")
    assert "partner would be refused" in early
    assert stage.box.requests(writes=True) == []
    (stage.directory / "requests").mkdir()
    (stage.directory / "requests/partner.csr").write_text((stage.old / "partner.submitted").read_text())
    made = stage.play(ROTATE, **given, rotate_ca_requests_path=str(stage.directory / "requests"))
    assert "1 new, 0 renewed, 2 unchanged, 0 failed" in made
    names = openssl("x509", "-in", stage.new / "scanner.crt", "-noout", "-subject", "-ext", "subjectAltName")
    assert "scanner-01" in names
    assert "DNS:scanner.example.com" in names


def change_the_site(stage: Stage) -> None:
    """The site with the new CA in its variables is as it is to be; then it gets another server certificate."""
    fields = {"country_name": "cn", "state_or_province_name": "bj", "locality_name": "bj"}
    subject = {**fields, "organization_name": "alibaba", "organizational_unit_name": "test", "common_name": "root 2027"}
    stage.variables |= {"pki_path": str(stage.new), "pki_ca_subject": subject}
    assert "changed=0 " in stage.play("site.json")
    renewed: dict[str, Any] = {"pki_server_dns_names": [HOST, "api.example.com"], "alb_mtls_scheduler": "wlc"}
    stage.kill("site.json", stage.asked("UploadUserCertificate"), **renewed)
    stage.play("site.json", **renewed)
    assert "changed=0 " in stage.play("site.json", **renewed)


def assert_let_in(callers: Callers, labels: list[str]) -> None:
    """Every request of these callers was let in; the figures go into the output of the test."""
    made = sum(callers.counts[name].total() for name in labels)
    refused, failed = (sum(callers.counts[name][outcome] for name in labels) for outcome in ("refused", "failed"))
    print(f"requests made: {made}, refused: {refused}, failed: {failed}")
    assert (refused, failed) == (0, 0), (callers.counts, callers.failures)
    assert all(callers.counts[name] for name in labels)


def test_a_private_ca_is_replaced_through_the_root_above_both(stage: Stage, tmp_path: Path) -> None:
    sdk = Sdk(stage.box)
    pca.buy(sdk)
    root, sub = pca.make_cas(sdk)
    pca.buy(sdk, sub_cas=2, certificates=20)  # more of them, for the other sub CA
    other = sdk("pca", "CreateSubCACertificate", **other_ca(root))
    sdk("pca", "AssignCertificateCount", CaIdentifier=other["Identifier"], CertTotalCount=5)
    clients = [{"name": name, "common_name": f"client-{name}"} for name in ("alice", "leaver", "scanner")]
    stage.variables |= {
        "mtls_ca_source": "private_ca",
        "mtls_ca_id": sub["Identifier"],
        "pca_path": str(stage.old),
        "pca_clients": clients,
    }
    said = stage.play("site.json")
    revoke_at_the_service(sdk, sub, "client-leaver")
    csr = {"Csr": pca.request(tmp_path, "partner"), "ParentIdentifier": sub["Identifier"], "Days": 9, "Immediately": 2}
    sdk("pca", "CreateClientCertificateWithCsr", **csr)
    stage.variables["pca_clients"] = clients[:2]
    given: dict[str, Any] = {"rotate_ca_path": str(stage.new), "rotate_ca_id": other["Identifier"]}
    names = ("alice", "scanner")
    with Callers(HOST, stage.address(said), tmp_path / "server-ca/root.crt") as callers:
        callers.begin(**label(names, stage.old, "old"))
        refused = stage.play(ROTATE, fails=True, **given)
        assert "consent with rotate_ca_through_root=true" in refused
        assert stage.box.requests(writes=True) == []
        given["rotate_ca_through_root"] = "true"
        stage.kill(ROTATE, stage.asked("CreateClientCertificateWithCsr"), **given)
        made = stage.play(ROTATE, **given)
        assert "Skipped: leaver: the old CA has revoked its last certificate" in made
        assert "Skipped: partner: its private key is with its owner" in made
        callers.begin(**label(names, stage.new, "new"))

        early = stage.play(ROTATE, fails=True, **given, rotate_ca_step="switch")
        assert "partner would be refused" in early
        assert stage.box.requests(writes=True) == []
        callers.end(*label(names, stage.old, "old"))
        switch = {**given, "rotate_ca_step": "switch", "rotate_ca_refused": ["partner"]}
        stage.kill(ROTATE, stage.asked("UpdateListenerAttribute"), **switch)
        stage.play(ROTATE, **switch)
        stage.play(ROTATE, **given, rotate_ca_step="finish")
        assert "changed=0 " in stage.play(ROTATE, **given, rotate_ca_step="finish")
        callers.begin(refused_alice=Identity.of(stage.old, "alice"))
        callers.end("refused_alice")
        assert set(callers.counts.pop("refused_alice")) == {"refused"}
    assert not (stage.new / "leaver.crt").exists()
    assert sdk("cas", "ListCertWarehouse")["CertWarehouseList"] == []
    assert_let_in(callers, [f"{when}_{name}" for when in ("old", "new") for name in names])


def other_ca(root: dict[str, Any]) -> dict[str, Any]:
    """Return parameters of another sub CA below the same root."""
    params = {"CommonName": "Clients 2027", "Years": 5, "Algorithm": "RSA_2048", "ExtendedKeyUsages": ["clientAuth"]}
    return {**params, "ParentIdentifier": root["Identifier"], **pca.WHO}


def revoke_at_the_service(sdk: Sdk, ca: dict[str, Any], common_name: str) -> None:
    listed = sdk("pca", "ListCert", ParentIdentifier=ca["Identifier"])["List"]
    identifier = next(item["Identifier"] for item in listed if item["CommonName"] == common_name)
    sdk("pca", "CreateRevokeClientCertificate", Identifier=identifier)
