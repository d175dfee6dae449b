# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of private CAs: ordered once, kept in files, renewed, revoked; openssl and the SDK are the witnesses."""

from __future__ import annotations

import json
import stat
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from alicloud_sandbox.testing import Sandbox
from ansible_collections.alicloud.mtls.plugins.module_utils._pca import crl

from sandbox.tests import pca
from sandbox.tests.support import Sdk
from tests.integration import in_process

Object = dict[str, Any]
CLIENTS = "Example clients"
ORDER = "CreateClientCertificateWithCsr"
CODES = {"code", "message", "name", "position"}


@pytest.fixture(scope="module")
def process() -> Iterator[Sandbox]:
    """One sandbox for all; each test empties it."""
    with Sandbox() as box:
        yield box


class World:
    """An account with a root and a sub CA, and the modules that work on it."""

    def __init__(self, box: Sandbox, directory: Path) -> None:
        box.reset()
        self.box, self.path = box, directory / "pki"
        self.sdk = Sdk(box)
        pca.buy(self.sdk)
        self.root, self.sub = pca.make_cas(self.sdk)

    def run(self, module: str, check: bool = False, **arguments: Any) -> Object:
        return in_process.run(self.box, module, check=check, **arguments)

    def clients(self, *clients: Object, check: bool = False, **options: Any) -> Object:
        """Run pca_client_certificate for these clients, with small keys."""
        given = {"ca_name": CLIENTS, "path": str(self.path), "key_size": 2048, **options}
        return self.run("pca_client_certificate", check=check, clients=list(clients) or [ONE], **given)

    def orders(self) -> int:
        """How many certificates the CA has issued."""
        found = self.sdk("pca", "DescribeCACertificate", Identifier=self.sub["Identifier"])["Certificate"]
        return int(found["CertIssuedCount"])

    def file(self, name: str) -> bytes:
        return (self.path / name).read_bytes()


ONE: Object = {"name": "one", "common_name": "client-1", "uris": ["spiffe://example.com/1"]}
TWO: Object = {"name": "two", "common_name": "client-2"}


@pytest.fixture
def world(process: Sandbox, tmp_path: Path) -> World:
    return World(process, tmp_path)


def openssl(*arguments: str) -> str:
    return pca.openssl(*arguments)


def test_a_client_gets_its_files(world: World) -> None:
    planned = world.clients(ONE, TWO, check=True, pkcs12_generate_passphrases=True)
    assert (planned["changed"], world.path.exists(), world.orders()) == (True, False, 0)
    assert planned["certificates"][0]["serial_number"] == "(known after apply)"
    made = world.clients(ONE, TWO, pkcs12_generate_passphrases=True)
    assert (made["changed"], made["failures"], world.orders()) == (True, [], 2)
    again = world.clients(ONE, TWO, pkcs12_generate_passphrases=True)
    assert (again["changed"], world.orders()) == (False, 2)
    same = ("certificate_id", "serial_number", "subject", "not_after", "uris")
    assert [[item[key] for key in same] for item in again["certificates"]] == [
        [item[key] for key in same] for item in made["certificates"]
    ]
    for key in ("subject", "uris", "issuer", "key", "private_key_path", "pkcs12_path"):
        assert planned["certificates"][0][key] == made["certificates"][0][key]
    chain = world.file("one.chain.crt").decode()
    leaf = world.file("one.crt").decode()
    assert chain.startswith(leaf)
    verified = pca.verify(world.path, leaf, chain.removeprefix(leaf), "-purpose", "sslclient")
    assert verified.endswith("OK\n")
    secrets = {"one.key", "one.p12", "one.p12.txt"}
    modes = {
        item.name: stat.S_IMODE(item.stat().st_mode) for item in world.path.iterdir() if item.name.startswith("one")
    }
    assert modes == {name: 0o600 if name in secrets else 0o644 for name in [*secrets, "one.crt", "one.chain.crt"]}


def test_the_file_for_a_browser(world: World) -> None:
    made = world.clients(pkcs12_generate_passphrases=True)
    bundle, passphrase = (made["certificates"][0][f"pkcs12{which}_path"] for which in ("", "_passphrase"))
    opened = ("pkcs12", "-in", bundle, "-passin", f"file:{passphrase}", "-nodes")
    assert (
        openssl(*opened, "-nocerts").split("-----BEGIN")[1]
        == openssl("pkey", "-in", str(world.path / "one.key")).split("-----BEGIN")[1]
    )
    assert openssl(*opened, "-nokeys").count("BEGIN CERTIFICATE") == 3
    assert Path(passphrase).read_text().strip() not in made["output"]


def test_a_generated_passphrase_that_an_editor_has_saved_again(world: World) -> None:
    """With a byte order mark and CRLF, as on Windows."""
    file = Path(world.clients(pkcs12_generate_passphrases=True)["certificates"][0]["pkcs12_passphrase_path"])
    text = file.read_text().strip()
    file.write_bytes(f"{text}\r\n".encode("utf-16"))
    assert world.clients(pkcs12_generate_passphrases=True)["failures"] == []
    opened = openssl("pkcs12", "-in", str(world.path / "one.p12"), "-passin", f"pass:{text}", "-nodes")
    assert world.file("one.crt").decode() in opened
    assert world.clients(pkcs12_generate_passphrases=True)["changed"] is False


def test_no_secret_in_the_output(world: World) -> None:
    for source in ("controller", "service"):
        made = world.clients(path=str(world.path / source), key_source=source, pkcs12_passphrase="s3cret-word")
        assert made["failures"] == []
        key = (world.path / source / "one.key").read_text()
        assert key.startswith("-----BEGIN")
        assert not [line for line in key.splitlines()[1:-1] if line in made["output"]]
        assert "s3cret-word" not in made["output"]
    codes = [item["params"].get("EncryptedCode") for item in world.box.requests()]
    assert {code for code in codes if code} == {"(redacted)"}


@pytest.mark.parametrize("fault", ["lost_response", "late_error"])
@pytest.mark.parametrize("source", ["controller", "service"])
def test_a_lost_answer_costs_no_certificate(world: World, fault: str, source: str) -> None:
    operation = ORDER if source == "controller" else "CreateClientCertificate"
    world.box.fault(fault, action=operation)
    made = world.clients(key_source=source)
    assert (made["failures"], world.orders()) == ([], 1)
    assert world.clients(key_source=source)["changed"] is False


def test_a_run_that_was_killed_before_it_wrote_the_certificate(world: World) -> None:
    """The key is on the disk before the order goes out, so that the next run finds what was issued for it."""
    for times in (1, 2):
        world.box.fault("error", action="DescribeClientCertificate", code="Boom", times=1)
        failed = world.clients()
        assert failed["failures"][0]["code"] == "Boom"
        assert (world.path / "one.pending.key").exists()
        assert world.orders() == 1, times
    made = world.clients()
    assert (made["failures"], world.orders()) == ([], 1)
    assert not (world.path / "one.pending.key").exists()
    assert world.clients()["changed"] is False


@pytest.mark.parametrize("lost", [["one.crt"], ["one.crt", "one.chain.crt"], ["one.chain.crt"]])
def test_a_certificate_whose_file_is_lost_is_not_ordered_again(world: World, lost: list[str]) -> None:
    before = world.clients()["certificates"][0]
    for name in lost:
        (world.path / name).unlink()
    after = world.clients()
    assert (after["changed"], world.orders()) == (True, 1)
    assert after["certificates"][0]["certificate_id"] == before["certificate_id"]
    assert after["certificates"][0]["serial_number"] == before["serial_number"]


def test_a_lost_key_of_the_service_is_fetched_again(world: World) -> None:
    world.clients(key_source="service")
    key = world.file("one.key")
    (world.path / "one.key").unlink()
    (world.path / "one.crt").unlink()
    made = world.clients(key_source="service")
    assert (made["changed"], world.orders()) == (True, 1)
    assert openssl("pkey", "-in", str(world.path / "one.key")) == pca.openssl("pkey", data=key.decode())
    assert world.clients(key_source="service")["changed"] is False


def test_a_lost_key_of_ours_costs_a_certificate(world: World) -> None:
    world.clients()
    (world.path / "one.key").unlink()
    made = world.clients()
    assert [item["code"] for item in made["certificates"][0]["reasons"]] == ["key_missing"]
    assert world.orders() == 2


@pytest.mark.parametrize("source", ["controller", "service"])
def test_renewal(world: World, source: str) -> None:
    """By the threshold, with a reason; a key of ours is kept, the service makes a new one with each certificate."""
    first = world.clients(key_source=source, valid_for="60d", renew_before="30d")["certificates"][0]
    key = world.file("one.key")
    assert world.clients(key_source=source, valid_for="90d", renew_before="59d")["changed"] is False
    due: Object = {"key_source": source, "valid_for": "90d", "renew_before": "70d"}
    planned = world.clients(check=True, **due)["certificates"][0]
    second = world.clients(**due)["certificates"][0]
    for item in (planned, second):
        assert [reason["code"] for reason in item["reasons"]] == ["expires_soon"]
    assert first["not_after"] < planned["not_after"] <= second["not_after"]
    assert first["serial_number"] != second["serial_number"]
    assert (world.file("one.key") == key) is (source == "controller")
    assert world.orders() == 2
    assert world.clients(**due)["changed"] is False


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"organization_name": "Other"}, "subject_differs"),
        ({"uris": ["spiffe://example.com/2"]}, "san_differs"),
        ({"key_size": 4096}, "key_type_differs"),
    ],
)
def test_what_is_wanted_otherwise(world: World, change: Object, code: str) -> None:
    world.clients()
    made = world.clients({**ONE, **change})
    assert code in [item["code"] for item in made["certificates"][0]["reasons"]]
    assert world.clients({**ONE, **change})["changed"] is False
    assert world.orders() == 2


def test_names_of_several_kinds(world: World) -> None:
    names = {"dns_names": ["device.example.com"], "email_addresses": ["a@example.com"], "uris": ["urn:device:7"]}
    made = world.clients({**ONE, **names})
    assert made["failures"] == []
    shown = openssl("x509", "-in", str(world.path / "one.crt"), "-noout", "-text")
    for word in ("DNS:device.example.com", "email:a@example.com", "URI:urn:device:7", "TLS Web Client Authentication"):
        assert word in shown
    assert world.clients({**ONE, **names})["changed"] is False
    refused = world.clients({**TWO, **names}, key_source="service")
    assert "key_source: controller" in refused["msg"]


def test_a_request_of_the_client(world: World, tmp_path: Path) -> None:
    client = {**TWO, "csr": pca.request(tmp_path, "whatever")}
    made = world.clients(client)
    assert (made["failures"], (world.path / "two.key").exists()) == ([], False)
    assert openssl("x509", "-in", str(world.path / "two.crt"), "-noout", "-pubkey") == openssl(
        "pkey", "-in", str(tmp_path / "whatever.key"), "-pubout"
    )
    assert world.clients(client)["changed"] is False


def test_a_certificate_of_the_console_is_taken_over(world: World) -> None:
    params = {"ParentIdentifier": world.sub["Identifier"], "CommonName": "partner", "Days": 20}
    made = world.sdk("pca", "CreateClientCertificate", **params, Algorithm="RSA_2048", SanType=6, SanValue="urn:x")
    client = {"name": "partner", "common_name": "partner", "certificate_id": made["Identifier"]}
    taken = world.clients(client, key_source="service")
    assert (taken["failures"], world.orders()) == ([], 1)
    assert openssl("x509", "-in", str(world.path / "partner.crt"), "-noout", "-pubkey") == openssl(
        "pkey", "-in", str(world.path / "partner.key"), "-pubout"
    )
    assert world.clients(client, key_source="service")["changed"] is False
    unknown = world.clients({**client, "name": "other", "certificate_id": "none"}, key_source="service")
    assert unknown["code"] == "not_listed"
    keyless = world.clients({**client, "name": "other"})
    assert keyless["code"] == "key_missing"


def test_a_revoked_certificate_is_never_used_again(world: World) -> None:
    world.clients()
    refused = world.clients(state="revoked")
    assert "revoke: true" in refused["msg"]
    assert world.clients(state="revoked", revoke=True, check=True)["changed"] is True
    done = world.clients(state="revoked", revoke=True)
    assert (done["changed"], len(done["certificates"][0]["revoked"])) == (True, 1)
    assert world.clients(state="revoked", revoke=True)["changed"] is False
    assert world.clients()["code"] == "revoked"
    for item in world.path.glob("one.*"):
        item.unlink()
    assert world.clients()["code"] == "revoked"  # also when its files are gone
    key = world.clients(replace_revoked=True)
    assert (key["failures"], world.orders()) == ([], 2)
    assert world.clients()["changed"] is False


def test_a_replacement_has_a_new_key(world: World, tmp_path: Path) -> None:
    world.clients(ONE, {**TWO, "csr": (csr := pca.request(tmp_path))})
    key = world.file("one.key")
    world.clients(ONE, {**TWO, "csr": csr}, state="revoked", revoke=True)
    made = world.clients(ONE, {**TWO, "csr": csr}, replace_revoked=True)
    assert [(item["name"], item["code"]) for item in made["failures"]] == [("two", "revoked")]
    assert "request for a new key" in made["msg"]
    assert world.file("one.key") != key
    assert not list(world.path.glob("*replaced*"))


def test_removal(world: World) -> None:
    """What others have ordered for the same name stays."""
    params = {"ParentIdentifier": world.sub["Identifier"], "CommonName": "client-1", "Days": 20}
    other = world.sdk("pca", "CreateClientCertificate", **params, Algorithm="RSA_2048")["Identifier"]
    world.clients(ONE, TWO)
    assert world.clients(state="absent", revoke=True)["changed"] is True
    left = world.sdk("pca", "ListCert", ParentIdentifier=world.sub["Identifier"])["List"]
    assert {(item["CommonName"], item["Status"]) for item in left} == {("client-1", "ISSUE"), ("client-2", "ISSUE")}
    assert other in [item["Identifier"] for item in left]
    assert world.clients()["code"] == "not_listed"  # its file is still there, and is not taken for a valid one
    assert world.clients(state="absent", revoke=True)["changed"] is False


def test_a_lost_answer_to_a_revocation(world: World) -> None:
    world.clients()
    for operation in ("CreateRevokeClientCertificate", "DeleteClientCertificate"):
        world.box.fault("lost_response", action=operation)
    done = world.clients(state="absent", revoke=True)
    assert done["changed"] is True
    assert world.sdk("pca", "ListCert", ParentIdentifier=world.sub["Identifier"])["TotalCount"] == 0


def test_too_few_certificates_left(world: World) -> None:
    world.sdk("pca", "AssignCertificateCount", CaIdentifier=world.sub["Identifier"], CertTotalCount=1)
    for check in (True, False):
        refused = world.clients(ONE, TWO, check=check)
        assert "has 1 certificates left, and 2 are needed" in refused["msg"]
        assert refused["hint"].startswith("Assign more certificates")
    assert (world.orders(), world.path.exists()) == (0, False)


def test_cas_that_cannot_issue(world: World) -> None:
    wrong = world.clients(ca_name=None, ca_id=world.root["Identifier"])
    assert "is a root CA" in wrong["msg"]
    assert "no such private CA" in world.clients(ca_name="Nobody")["msg"]
    pca.buy(world.sdk, expires="2026-01-01T00:00:00Z")
    assert "The subscription of the private CA" in world.clients()["msg"]
    pca.buy(world.sdk)
    world.sdk("pca", "UpdateCACertificateStatus", Identifier=world.sub["Identifier"], Status="REVOKE")
    assert "has the status REVOKE" in world.clients()["msg"]
    assert not world.path.exists()


def test_another_kind_of_key_than_that_of_the_ca(world: World) -> None:
    failed = world.clients(key_type="ecdsa")
    assert (failed["code"], "Choose rsa" in failed["msg"]) == ("invalid_key", True)


def test_a_certificate_ends_with_its_ca(process: Sandbox, world: World) -> None:
    made = world.clients(valid_for="20y")
    assert [warning for warning in made["warned"] if warning.endswith(" lets them be valid no longer.")]
    end = world.run("pca_ca_info", ca_ids=[world.sub["Identifier"]])["cas"][0]["not_after"]
    assert made["certificates"][0]["not_after"] == end
    assert world.clients(valid_for="20y")["changed"] is False


def test_one_wrong_client_does_not_stop_the_others(world: World) -> None:
    made = world.clients(ONE, {**TWO, "dns_names": ["*.example.com"]}, {"name": "three", "common_name": "client-1"})
    assert [(item["name"], item["code"]) for item in made["failures"]] == [
        ("one", "duplicate"),
        ("two", "invalid_dns_name"),
        ("three", "duplicate"),
    ]
    assert set(made["failures"][0]) == CODES
    made = world.clients(ONE, {**TWO, "dns_names": ["*.example.com"]})
    assert ([item["name"] for item in made["certificates"]], world.orders()) == (["one"], 1)


def test_names_that_differ_only_in_form(world: World) -> None:
    """In one list, beside a file, beside a certificate at the CA, and in a revocation."""
    upper, accents = {"name": "ONE", "common_name": "x"}, {"name": "jose", "common_name": "Jose\u0301"}
    failed = world.clients(ONE, upper, TWO)
    assert {item["name"]: item["code"] for item in failed["failures"]} == dict.fromkeys(("one", "ONE"), "similar_name")
    assert world.clients(ONE, {"name": "jose", "common_name": "Jos\u00e9"})["changed"] is True
    for client in (upper, {"name": "other", "common_name": ONE["common_name"].upper()}, {**accents, "name": "joseph"}):
        (failure,) = world.clients(client)["failures"]
        assert (failure["code"], "differ only in form" in failure["message"]) == ("similar_name", True)
    before = world.orders()
    (failure,) = world.clients({**accents, "name": "joseph"}, state="revoked", revoke=True)["failures"]
    assert failure["code"] == "unknown_certificate"
    assert r"'Jose\u0301'" in failure["message"]
    assert world.orders() == before
    assert world.clients({**accents, "common_name": "Jos\u00e9"}, state="revoked", revoke=True)["changed"] is True


def test_files_of_others_are_left_alone(world: World) -> None:
    world.path.mkdir(mode=0o700)
    (world.path / "one.key").write_text("no key")
    (world.path / "two.crt").write_text("no certificate")
    failed = world.clients(ONE, TWO)
    assert [item["code"] for item in failed["failures"]] == ["key_unreadable", "unreadable"]
    assert (world.file("one.key"), world.orders()) == (b"no key", 0)


def test_ca_info(world: World) -> None:
    found = world.run("pca_ca_info", name=CLIENTS)["cas"]
    assert [(item["ca_id"], item["type"], item["status"], item["certificates_left"]) for item in found] == [
        (world.sub["Identifier"], "sub", "issue", 10)
    ]
    assert found[0]["chain"] == world.sub["Certificate"] + world.root["Certificate"]
    assert found[0]["crl_url"].startswith("http://127.0.0.1:")
    assert found[0]["instance_status"] == "used"
    assert [item["type"] for item in world.run("pca_ca_info", type="root")["cas"]] == ["root"]


def test_certificate_info(world: World) -> None:
    world.clients(ONE, TWO)
    world.clients(TWO, state="revoked", revoke=True)
    found = world.run("pca_certificate_info", ca_name=CLIENTS, content=True)["certificates"]
    assert {(item["common_name"], item["revoked"], item["type"]) for item in found} == {
        ("client-1", False, "client"),
        ("client-2", True, "client"),
    }
    assert world.file("one.crt").decode() in [item["certificate"] for item in found]
    ending = world.run("pca_certificate_info", ca_name=CLIENTS, expires_within_days=400)["certificates"]
    assert [item["common_name"] for item in ending] == ["client-1"]
    assert world.run("pca_certificate_info", ca_name=CLIENTS, expires_within_days=30)["certificates"] == []


def test_many_clients_are_found_over_several_pages(world: World) -> None:
    """60 certificates are more than a page of ListCert."""
    pca.buy(world.sdk, certificates=70)
    world.sdk("pca", "AssignCertificateCount", CaIdentifier=world.sub["Identifier"], CertTotalCount=70)
    many = [{"name": f"c{number}", "common_name": f"client-{number}"} for number in range(60)]
    made = world.clients(*many, key_source="service")
    assert (made["failures"], world.orders()) == ([], 60)
    for item in world.path.glob("*.crt"):
        item.unlink()
    assert world.clients(*many, key_source="service")["failures"] == []
    assert world.orders() == 60
    assert world.clients(*many, key_source="service")["changed"] is False


def test_the_modules_in_a_playbook(world: World, tmp_path: Path) -> None:
    """The group of module defaults holds them, and ansible-doc shows them."""
    names = [
        f"pca_{name}" for name in ("ca_info", "certificate_info", "client_certificate", "crl", "server_certificate")
    ]
    full = [f"alicloud.mtls.{name}" for name in names]
    done = subprocess.run(["ansible-doc", "--json", *full], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert set(json.loads(done.stdout)) == set(full)


SERVER: Object = {"ca_name": CLIENTS, "common_name": "www.example.com", "key_size": 2048}


def test_a_server_gets_its_files(world: World) -> None:
    wanted = {**SERVER, "path": str(world.path), "ip_addresses": ["192.0.2.7"], "dns_names": ["www.example.com"]}
    made = world.run("pca_server_certificate", **wanted)
    assert made["changed"] is True
    leaf, chain = (world.file(f"server{ending}").decode() for ending in (".crt", ".chain.crt"))
    assert pca.verify(world.path, leaf, chain.removeprefix(leaf), "-purpose", "sslserver").endswith("OK\n")
    assert (made["certificate"]["dns_names"], made["certificate"]["ip_addresses"]) == (
        ["www.example.com"],
        ["192.0.2.7"],
    )
    assert world.run("pca_server_certificate", **wanted)["changed"] is False
    assert world.orders() == 1
    refused = world.run("pca_server_certificate", **wanted, certificate_centre=True)
    assert "alicloud.mtls.cas_certificate" in refused["msg"]


def test_a_refused_order_for_a_server_names_the_request(world: World) -> None:
    world.box.fault("error", action="CreateServerCertificateWithCsr", code="Boom")
    failed = world.run("pca_server_certificate", **SERVER, path=str(world.path))
    assert (failed["code"], failed["http_status"]) == ("Boom", 400)
    request = next(item for item in world.box.requests() if item["code"] == "Boom")
    assert failed["request_id"] == request["request_id"]


def test_a_server_certificate_in_the_certificate_centre(world: World) -> None:
    wanted = {**SERVER, "path": str(world.path), "key_source": "service", "certificate_centre": True}
    planned = world.run("pca_server_certificate", check=True, **wanted)
    assert planned["stored_certificate"]["certificate_id"] == "(known after apply)"
    world.box.fault("lost_response", action="UploadPcaCertToCas")
    made = world.run("pca_server_certificate", **wanted)
    orders = world.sdk("cas", "ListUserCertificateOrder", OrderType="UPLOAD")["CertificateOrderList"]
    assert [f"{item['CertificateId']}-cn-hangzhou" for item in orders] == [made["stored_certificate"]["certificate_id"]]
    again = world.run("pca_server_certificate", **wanted)
    assert (again["changed"], again["stored_certificate"]) == (False, made["stored_certificate"])
    orders = world.sdk("cas", "ListUserCertificateOrder", OrderType="UPLOAD")["CertificateOrderList"]
    assert len(orders) == 1


def test_crl(world: World) -> None:
    """openssl is the witness: with the file it refuses the revoked client, and nobody else."""
    file = world.path / "clients.crl"
    wanted: Object = {"ca_name": CLIENTS, "path": str(file)}
    world.clients(ONE, TWO)
    assert world.run("pca_crl", check=True, **wanted)["changed"] is True
    assert not file.exists()
    first = world.run("pca_crl", **wanted)
    assert (first["changed"], first["crl"]["revoked"]) == (True, [])
    assert world.run("pca_crl", **wanted)["changed"] is False
    world.clients(TWO, state="revoked", revoke=True)
    second = world.run("pca_crl", **wanted)
    assert (second["changed"], second["crl"]["number"]) == (True, first["crl"]["number"] + 1)
    assert (second["diff"]["before"], second["diff"]["after"]) == (first["crl"], second["crl"])
    check = ("-crl_check", "-CRLfile", str(file))
    verdicts = {}
    for name in ("one", "two"):
        leaf, chain = (world.file(f"{name}{ending}").decode() for ending in (".crt", ".chain.crt"))
        verdicts[name] = pca.verify(world.path, leaf, chain.removeprefix(leaf), *check)
    assert verdicts["one"].endswith("OK\n")
    assert "certificate revoked" in verdicts["two"]
    assert world.run("pca_crl", **wanted, form="der")["changed"] is True
    assert openssl("crl", "-inform", "DER", "-in", str(file), "-noout", "-issuer")


def test_a_crl_that_cannot_be_had(world: World) -> None:
    file = world.path / "clients.crl"
    found = world.run("pca_crl", ca_id=world.root["Identifier"], path=str(file))
    assert "has no CRL" in found["msg"]
    assert not file.exists()


def fetching(patch: pytest.MonkeyPatch, content: bytes) -> None:
    """Have the address of the CRL answer with ``content``, as a cache or a proxy would."""
    patch.setattr(crl, "_fetch", lambda _url: content)


def test_an_older_crl_does_not_replace_a_newer_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    file = world.path / "clients.crl"
    world.run("pca_crl", ca_name=CLIENTS, path=str(file))
    older = file.read_bytes()
    world.clients(TWO)
    world.clients(TWO, state="revoked", revoke=True)
    world.run("pca_crl", ca_name=CLIENTS, path=str(file))
    newer = file.read_bytes()
    fetching(monkeypatch, older)
    refused = world.run("pca_crl", ca_name=CLIENTS, path=str(file))
    assert "(number 1, of " in refused["msg"]
    assert "(number 2, of " in refused["msg"]
    assert file.read_bytes() == newer != older


def test_crls_that_are_refused(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No CRL, one that openssl has made with another CA, and one that has run out."""
    (tmp_path / "index.txt").touch()
    (tmp_path / "ca.cnf").write_text(
        "[ca]\ndefault_ca = own\n[own]\ndatabase = index.txt\ndefault_md = sha256\ncrlnumber = number\n"
    )
    (tmp_path / "number").write_text("01\n")
    files = ("-keyout", f"{tmp_path}/ca.key", "-out", f"{tmp_path}/ca.crt")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", *files, "-subj", "/CN=other")
    sign = ["-gencrl", "-config", "ca.cnf", "-keyfile", "ca.key", "-cert", "ca.crt", "-crldays", "1"]
    subprocess.run(["openssl", "ca", *sign, "-out", "other.crl"], cwd=tmp_path, check=True, capture_output=True)
    file = world.path / "clients.crl"
    for content, words in (
        (b"<html>", "is no CRL"),
        ((tmp_path / "other.crl").read_bytes(), "is not signed by the private CA"),
    ):
        fetching(monkeypatch, content)
        assert words in world.run("pca_crl", ca_name=CLIENTS, path=str(file))["msg"]
    monkeypatch.undo()
    monkeypatch.setattr(crl, "datetime", SimpleNamespace(datetime=Later, UTC=UTC, timedelta=timedelta))
    assert "expired at" in world.run("pca_crl", ca_name=CLIENTS, path=str(file))["msg"]
    assert not file.exists()


class Later(datetime):
    """A clock that is ten years ahead."""

    @classmethod
    def now(cls, tz: Any = None) -> Later:
        return cls.fromtimestamp(time.time() + 10 * 365 * 86400, tz)


SUBJECT: Object = {
    "organization_name": "Shop",
    "organizational_unit_name": "IT",
    "locality_name": "Hangzhou",
    "state_or_province_name": "Zhejiang",
}
NEW_ROOT: Object = {**SUBJECT, "name": "Shop root", "type": "root", "years": 10}
NEW_SUB: Object = {
    **SUBJECT,
    "name": "Shop clients",
    "type": "sub",
    "root_name": "Shop root",
    "years": 5,
    "algorithm": "RSA_2048",
    "extended_key_usages": ["clientAuth"],
    "crl": True,
    "crl_days": 7,
    "certificates": 4,
}


@pytest.mark.parametrize("fault", ["", "lost_response", "late_error"])
def test_a_ca_is_enabled(world: World, fault: str) -> None:
    """From the purchase to the first client; a lost answer enables nothing twice."""
    assert "bought first" in world.run("pca_ca", **NEW_ROOT)["msg"]
    world.sdk.sandbox.seed(pca_instances=[{"instance_id": "cas_deposit-cn-2"}])
    for wanted, operation in ((NEW_ROOT, "CreateRootCACertificate"), (NEW_SUB, "CreateSubCACertificate")):
        planned = world.run("pca_ca", check=True, **wanted)
        if fault:
            world.box.fault(fault, action=operation)
        made = world.run("pca_ca", **wanted)
        assert (made["changed"], made["actions"]) == (True, planned["actions"])
        assert planned["ca"]["ca_id"] == "(known after apply)"
        again = world.run("pca_ca", **wanted)
        assert (again["changed"], again["ca"]) == (False, made["ca"])
    assert (made["ca"]["certificates_left"], made["ca"]["crl_enabled"], made["ca"]["crl_days"]) == (4, True, 7)
    assert made["ca"] == world.run("pca_ca_info", name="Shop clients")["cas"][0]
    assert world.clients(ca_name="Shop clients")["failures"] == []
    more = world.run("pca_ca", **{**NEW_SUB, "certificates": 6})
    assert (more["actions"], more["ca"]["certificates_left"]) == (["assign_certificate_count"], 5)
    assert "issued already" in world.run("pca_ca", **{**NEW_SUB, "certificates": 0})["msg"]


def test_a_ca_that_cannot_be_as_wanted(world: World) -> None:
    name: Object = {"name": CLIENTS, "type": "sub"}
    assert world.run("pca_ca", **name)["changed"] is False
    assert "cannot be changed" in world.run("pca_ca", **name, organization_name="Other", algorithm="RSA_4096")["msg"]
    assert "a new one needs organization_name" in world.run("pca_ca", name="New", type="sub")["msg"]
    long = world.run("pca_ca", **{**NEW_SUB, "root_name": "Example root", "years": 11})
    assert "no sub CA can outlive it" in long["msg"]
    unknown = {**NEW_SUB, "root_name": None, "root_id": "(known after apply)"}
    assert world.run("pca_ca", check=True, **unknown)["changed"] is True
    assert "is a placeholder from check mode" in world.run("pca_ca", **unknown)["msg"]
    used = world.run("pca_ca", **NEW_ROOT, instance_id=pca.PURCHASE)
    assert "has the status USED" in used["msg"]
    assert "has no instance" in world.run("pca_ca", **NEW_ROOT, instance_id="cas_deposit-cn-9")["msg"]
    assert [item["action"] for item in world.box.requests(writes=True) if item["code"]] == []


def test_a_ca_is_revoked_with_consent_alone(world: World) -> None:
    wanted: Object = {"name": CLIENTS, "type": "sub", "state": "revoked"}
    assert "revoke: true" in world.run("pca_ca", **wanted)["msg"]
    done = world.run("pca_ca", **wanted, revoke=True)
    assert (done["changed"], done["ca"]["status"]) == (True, "revoke")
    assert world.run("pca_ca", **wanted, revoke=True)["changed"] is False
    assert world.run("pca_ca", **{**wanted, "name": "Nobody"}, revoke=True)["ca"] is None
