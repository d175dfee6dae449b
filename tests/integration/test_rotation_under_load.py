# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations, a renewal and a change of the site while clients call all the time, each step killed once and run again.

The witnesses are the callers, whose TLS is Python's, and the request log of the sandbox. A caller that is valid is let
in at every moment: by its old files until the listener is switched, and by its new ones from when they are handed out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.tests import pca
from sandbox.tests.support import Sdk
from tests.integration.conftest import Command
from tests.integration.stage import HOST, SECRETS, Stage, staged
from tests.unit.pki.make import make_client, revoke
from tests.witnesses.callers import Callers, Identity
from tests.witnesses.openssl import openssl

ROTATE = "alicloud.mtls.rotate_ca"


@pytest.fixture
def stage(ansible: Command, preloaded_python: str, tmp_path: Path) -> Iterator[Stage]:
    with staged(ansible, preloaded_python, tmp_path) as stage:
        yield stage


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
