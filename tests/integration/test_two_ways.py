# SPDX-License-Identifier: GPL-3.0-or-later
"""site.yml with a CA that it does not make: a private CA (way 1 of the scenario), and one that is uploaded already.

The witnesses are curl and openssl, and the request log of the sandbox.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import ssl
import subprocess
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
from tests.integration.conftest import SEED, SHOP, Command
from tests.integration.test_probe_servers import blank, given, plan, probe
from tests.unit.pki.make import snapshot
from tests.witnesses.openssl import new_certificate, openssl
from tests.witnesses.servers import join, nginx, s_server

Play = Callable[..., Run]
SITE = "alicloud.mtls.site"
PRIVATE = {"mtls_ca_source": "private_ca"}
SERVERS = {"ecs1": ("i-1", "127.0.0.1"), "ecs2": ("i-3", "127.0.0.3")}


def text(done: Run) -> str:
    return " ".join(done.output.split())


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A sandbox whose load balancers and names can be connected to."""
    with Sandbox(dns=True, data_plane="nginx") as box:
        box.seed(**SEED)
        yield box


@pytest.fixture
def play(ansible: Command, preloaded_python: str, tmp_path: Path, box: Sandbox) -> Play:
    """Run a playbook, with the variables of its inventory; the request log holds its requests alone."""

    def run(playbook: str, *options: str, port: int = 443, **site: Any) -> Run:
        variables = {
            "ansible_python_interpreter": preloaded_python,
            "pki_path": str(tmp_path / "pki"),
            "pki_key_type": "ecdsa",
            "pca_key_size": 2048,
            **SHOP,
            "mtls_region": "cn-hangzhou",
            "mtls_endpoint": box.endpoint,
            "mtls_verify_resolver": box.dns,
            "nginx_https_port": port,
            **site,
        }
        hosts = {name: {"alicloud_instance_id": instance} for name, (instance, _address) in SERVERS.items()}
        everything = {
            "hosts": {"localhost": {"ansible_connection": "local"}},
            "vars": variables,
            "children": {"ecs": {"hosts": hosts}},
        }
        (tmp_path / "inventory.json").write_text(json.dumps({"all": everything}))
        (command, *_rest), environment = ansible([], {}, box)
        box.clear_requests()
        done = subprocess.run(
            [command, "-i", str(tmp_path / "inventory.json"), *options, playbook],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        return Run(done.returncode, done.stdout + done.stderr)

    return run


@contextlib.contextmanager
def servers(directory: Path) -> Iterator[int]:
    """HTTPS servers that say their names, on the addresses of the ECS instances and one port, which is yielded."""
    directory.mkdir()
    new_certificate(directory, "server", "/CN=server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "server.crt", directory / "server.key")
    with contextlib.ExitStack() as stack:
        port = 0
        for name, (_instance, address) in SERVERS.items():
            server = ThreadingHTTPServer((address, port), handler(name.upper()))
            stack.callback(server.server_close)
            port = server.server_port
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
        yield port


def handler(name: str) -> type[BaseHTTPRequestHandler]:
    class Greeting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"Hello World ! This is {name}.\n".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_HEAD(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            pass

    return Greeting


def address_of(box: Sandbox, name: str) -> str:
    resolver = dns.resolver.Resolver(configure=False)
    assert box.dns
    host, port = box.dns.split(":")
    resolver.nameservers, resolver.port = [host], int(port)
    return str(resolver.resolve(name, "A")[0])


def curl(box: Sandbox, directory: Path, *identity: str) -> str:
    """The status that a client gets, by curl, which verifies the server."""
    resolve = ("--resolve", f"www.example.com:443:{address_of(box, 'www.example.com')}")
    trust = ("--cacert", str(directory / "pki/server-ca/root.crt"))
    known = ("--silent", "--output", "/dev/null", "--write-out", "%{http_code}", *resolve, *trust)
    done = subprocess.run(
        ["curl", *known, *identity, "https://www.example.com/"], capture_output=True, text=True, check=False
    )
    return done.stdout


def test_a_private_ca_from_nothing_to_the_verdict(play: Play, box: Sandbox, tmp_path: Path) -> None:
    sdk = Sdk(box)
    pca.buy(sdk)
    _root, sub = pca.make_cas(sdk)
    with servers(tmp_path / "servers") as port:
        options: dict[str, Any] = {
            **PRIVATE,
            "port": port,
            "pca_clients": [
                {"name": "client", "common_name": "client-alb-user"},
                {"name": "leaver", "common_name": "client-leaver"},
            ],
        }
        planned = play(SITE, "--check", "--skip-tags", "nginx", **options)
        assert planned.returncode == 0, planned.output
        assert box.requests(writes=True) == []
        assert not (tmp_path / "pki").exists()

        made = play(SITE, "--skip-tags", "nginx", **options)
        assert made.returncode == 0, made.output
        assert {"CreateClientCertificateWithCsr", "CreateListener"} <= {item["action"] for item in box.requests()}
        assert not {"UploadPCACert", "CreateWarehouse"} & {item["action"] for item in box.requests()}
        assert "valid certificate" in made.output
        assert "PRIVATE KEY" not in made.output

        before = snapshot(tmp_path / "pki")
        again = play(SITE, "--skip-tags", "nginx", **options)
        assert (again.returncode, again.changed) == (0, {}), again.output
        assert box.requests(writes=True) == []
        assert snapshot(tmp_path / "pki") == before

        private = tmp_path / "pki/private-ca"
        bundle = f"{private}/client.p12:{(private / 'client.p12.txt').read_text().strip()}"
        assert curl(box, tmp_path, "--cert-type", "P12", "--cert", bundle) == "200"
        assert curl(box, tmp_path) == "400"
        other = other_sub_ca(sdk, sub)
        assert curl(box, tmp_path, *foreign_client(sdk, other, tmp_path)) == "400"

        several = play(SITE, "--skip-tags", "nginx", **options)
        assert several.returncode != 0
        assert "The account has 2 sub CAs that may be meant" in text(several)
        assert "Give the id of one in pca_ca_id" in text(several)
        assert other in text(several)
        assert box.requests(writes=True) == []
        revoke(play, box, tmp_path, {**options, "mtls_ca_id": sub["Identifier"]})

        other_cas_are_refused(play, box, tmp_path, {**options, "mtls_ca_id": other})


def other_sub_ca(sdk: Sdk, sub: dict[str, Any]) -> str:
    """Return the identifier of another sub CA, under the root of ``sub``."""
    sdk.sandbox.seed(pca_instances=[{"instance_id": pca.PURCHASE, "sub_cas": 2, "certificates": 20}])
    found = sdk("pca", "DescribeCACertificate", Identifier=sub["Identifier"])["Certificate"]
    made = sdk(
        "pca",
        "CreateSubCACertificate",
        CommonName="Other clients",
        Years=5,
        Algorithm="RSA_2048",
        ExtendedKeyUsages=["clientAuth"],
        ParentIdentifier=found["ParentIdentifier"],
        **pca.WHO,
    )
    sdk("pca", "AssignCertificateCount", CaIdentifier=made["Identifier"], CertTotalCount=5)
    return str(made["Identifier"])


def foreign_client(sdk: Sdk, ca_id: str, directory: Path) -> tuple[str, ...]:
    """Return arguments of curl for a client that this CA has issued."""
    params = {"Csr": pca.request(directory, "foreign"), "ParentIdentifier": ca_id, "Days": 9, "Immediately": 2}
    made = sdk("pca", "CreateClientCertificateWithCsr", **params)
    (directory / "foreign.crt").write_text(made["X509Certificate"] + "\n" + made["CertificateChain"])
    return ("--cert", str(directory / "foreign.crt"), "--key", str(directory / "foreign.key"))


def other_cas_are_refused(play: Play, box: Sandbox, tmp_path: Path, options: dict[str, Any]) -> None:
    """Another CA would lock every client out."""
    switched = play(SITE, "--skip-tags", "nginx", **options, pca_path=str(tmp_path / "o"))
    assert switched.returncode != 0
    assert "consent to it with mtls_new_ca=true" in text(switched)
    assert box.requests(writes=True) == []
    assert not (tmp_path / "o").exists()
    back = play(SITE, "--skip-tags", "nginx", port=options["port"])
    assert back.returncode != 0
    assert "There is no CA in pki_path" in text(back)
    assert "CN=Example clients" in text(back)
    assert box.requests(writes=True) == []


def revoke(play: Play, box: Sandbox, tmp_path: Path, options: dict[str, Any]) -> None:
    """The playbook revoke_client, and what openssl says with the CRL that it leaves."""
    name = ("-e", "revoke_client_name=leaver")
    planned = play("alicloud.mtls.revoke_client", "--check", *name, **options)
    assert planned.returncode == 0, planned.output
    assert box.requests(writes=True) == []
    held = play("alicloud.mtls.revoke_client", *name, "-e", "revoke_client_reason=certificate_hold", **options)
    assert held.returncode != 0
    assert "revoke_client_reason is certificate_hold, and a private CA takes no reason" in text(held)
    assert box.requests(writes=True) == []
    done = play("alicloud.mtls.revoke_client", *name, **options)
    assert done.returncode == 0, done.output
    assert "ALB" in done.output
    assert [item["action"] for item in box.requests(writes=True)] == ["CreateRevokeClientCertificate"]
    again = play("alicloud.mtls.revoke_client", *name, **options)
    assert (again.returncode, again.changed) == (0, {}), again.output
    unknown = play("alicloud.mtls.revoke_client", "-e", "revoke_client_name=nobody", **options)
    assert unknown.returncode != 0
    assert "nobody" in text(unknown)
    private = tmp_path / "pki/private-ca"
    for client, verdict in (("client", "OK"), ("leaver", "certificate revoked")):
        crl = ("-crl_check", "-CRLfile", private / "ca.crl.pem", "-partial_chain", "-trusted", private / "ca.crt")
        assert verdict in openssl("verify", *crl, private / f"{client}.crt", check=False)
    where_a_crl_is_enforced(tmp_path)
    rotated = play("alicloud.mtls.rotate_ca", **options)
    assert rotated.returncode != 0
    assert "mtls_ca_source is private_ca" in text(rotated)


def where_a_crl_is_enforced(tmp_path: Path) -> None:
    """What the probe says of a server with the CRL that the role has fetched: of OpenSSL, which checks clients alone.

    Nginx asks for a CRL of the root CA as well, of which the service has none, and refuses everybody without it.
    """
    private, server_ca, pki = tmp_path / "pki/private-ca", tmp_path / "pki/server-ca", tmp_path / "enforcing"
    pki.mkdir()
    for name, source in (
        *(("root.crt", private / "ca.crt"), ("root.crl", private / "ca.crl.pem")),
        *(("leaf.crt", server_ca / "server.crt"), ("leaf.key", server_ca / "server.key")),
        ("server-root.crt", server_ca / "root.crt"),
    ):
        shutil.copy(source, pki / name)
    clients = [
        blank(name=name, certificate_path=f"{private}/{name}.chain.crt", private_key_path=f"{private}/{name}.key")
        for name in ("client", "leaver")
    ]
    for crl, verdicts in ((True, ["accepted", "refused_handshake"]), (False, ["accepted", "accepted"])):
        with s_server(pki, pki, "127.0.0.1", "1.3", crl=crl) as port:
            found = probe(given(pki, blank(name="none"), *clients, made_by=None), plan(port, requests=1), tmp_path)
        assert [found[item["name"]]["verdict"] for item in clients] == verdicts, found
        assert found["none"]["verdict"] == "refused_handshake"
    join(pki, "chain.crt", "leaf.crt", "server-root.crt")
    for crl, verdicts in ((True, ["refused_http", "refused_http"]), (False, ["accepted", "accepted"])):
        (pki / f"nginx-{crl}").mkdir()
        with nginx(pki, pki / f"nginx-{crl}", "127.0.0.1", "1.3", crl=crl, answer="return 200") as port:
            found = probe(given(pki, *clients, made_by=None), plan(port, requests=1), tmp_path)
        assert [found[item["name"]]["verdict"] for item in clients] == verdicts, found


def test_what_is_missing_is_refused_before_anything_is_written(play: Play, box: Sandbox, tmp_path: Path) -> None:
    sdk = Sdk(box)

    def refused(words: str, **site: Any) -> None:
        done = play(SITE, "--skip-tags", "nginx", **{**PRIVATE, **site})
        assert done.returncode != 0, done.output
        assert words in text(done), done.output
        assert box.requests(writes=True) == []
        assert not (tmp_path / "pki").exists()

    refused("The account has no enabled sub CA in this region")
    pca.buy(sdk, certificates=0)
    root, _sub = pca.make_cas(sdk)
    refused("has 0 certificates left, and 1 are needed")
    refused("pca_ca_name Nobody: the account has no such enabled sub CA", mtls_ca_name="Nobody")
    refused("is a root CA, and only sub CAs issue certificates", mtls_ca_id=root["Identifier"])
    refused("mtls_ca_source is bought. Give self_signed, private_ca or uploaded", mtls_ca_source="bought")
    refused("give either mtls_ca_id", mtls_ca_source="uploaded")
    refused("no CA certificate with the identifier none", mtls_ca_source="uploaded", mtls_ca_id="none")
    refused("has no CA certificate with the common name x", mtls_ca_source="uploaded", mtls_ca_name="x")


def test_an_uploaded_ca_is_found_by_its_name(play: Play, box: Sandbox, tmp_path: Path) -> None:
    new_certificate(tmp_path, "ours", "/CN=our root")
    client = ("basicConstraints=CA:false", "extendedKeyUsage=clientAuth")
    new_certificate(tmp_path, "client", "/CN=client", *client, ca="ours")
    sdk = Sdk(box)
    made = sdk("cas", "CreateWarehouse", Name="company", Type="uploadedAuthorityCertificate")
    assert made
    found = sdk("cas", "ListCertWarehouse")["CertWarehouseList"]
    sdk("cas", "UploadPCACert", Name="theirs", Cert=(tmp_path / "ours.crt").read_text(), WarehouseId=found[0]["WhId"])
    options: dict[str, Any] = {
        "mtls_ca_source": "uploaded",
        "mtls_ca_name": "our root",
        "mtls_ca_repository": "company",
        "mtls_verify_client_certificate": str(tmp_path / "client.crt"),
        "mtls_verify_client_private_key": str(tmp_path / "client.key"),
    }
    with servers(tmp_path / "servers") as port:
        made_by_site = play(SITE, "--skip-tags", "nginx", port=port, **options)
        assert made_by_site.returncode == 0, made_by_site.output
        assert not (tmp_path / "pki/root.crt").exists()
        again = play(SITE, "--skip-tags", "nginx", port=port, **options)
        assert (again.returncode, again.changed) == (0, {}), again.output
        several_uploaded_cas(play, box, tmp_path, {**options, "port": port})
    gone = play("alicloud.mtls.teardown", **options)
    assert gone.returncode == 0, gone.output
    assert "DeletePCACert" not in [item["action"] for item in box.requests()]


def several_uploaded_cas(play: Play, box: Sandbox, tmp_path: Path, options: dict[str, Any]) -> None:
    """A name that two CAs have names neither, and an identifier names one of them, also in another repository."""
    sdk = Sdk(box)
    (ours,) = (item["WhId"] for item in sdk("cas", "ListCertWarehouse")["CertWarehouseList"])
    sdk("cas", "CreateWarehouse", Name="elsewhere", Type="uploadedAuthorityCertificate")
    (other,) = {item["WhId"] for item in sdk("cas", "ListCertWarehouse")["CertWarehouseList"]} - {ours}
    (known,) = (item["Identifier"] for item in sdk("cas", "ListCert", WarehouseId=ours)["CertList"])
    by_id = {name: value for name, value in options.items() if name not in ("mtls_ca_name", "mtls_ca_repository")}
    new_certificate(tmp_path, "twin", "/CN=our root")
    twin = {"Name": "twin", "Cert": (tmp_path / "twin.crt").read_text()}
    away = sdk("cas", "UploadPCACert", **twin, WarehouseId=other)["Identifier"]
    here = sdk("cas", "UploadPCACert", **{**twin, "Name": "here"}, WarehouseId=ours)["Identifier"]

    several = play(SITE, "--check", "--tags", "alb", **options)
    assert several.returncode != 0
    assert "2 CA certificates with the common name our root are in the repository company" in text(several)
    assert known in text(several)
    assert here in text(several)
    one = play(SITE, "--skip-tags", "nginx,verify", **by_id, mtls_ca_id=known)
    assert (one.returncode, one.changed) == (0, {}), one.output
    assert box.requests(writes=True) == []
    wrong = play(SITE, "--check", "--tags", "alb", **by_id, mtls_ca_id=away)
    assert wrong.returncode != 0
    assert f"trusts the CA {known}, and mtls_ca_source uploaded wants {away}" in text(wrong)
    for identifier in (away, here):
        sdk("cas", "DeletePCACert", Identifier=identifier)
