# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of revoked clients for servers: which certificates are on it, and what keeps it from being written."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._nginx import client_lists
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from tests.unit.pki.make import make_ca, make_client, revoke, run, snapshot
from tests.witnesses.crls import crl, load, load_key

CLIENTS = [{"name": name, "common_name": name} for name in ("client", "leaver", "other")]


@pytest.fixture
def pki(tmp_path: Path) -> Path:
    make_ca(tmp_path / "pki")
    make_client(tmp_path / "pki", clients=CLIENTS)
    return tmp_path / "pki"


def fingerprints(certificate: Path) -> set[str]:
    der = x509.load_pem_x509_certificate(certificate.read_bytes()).public_bytes(Encoding.DER)
    return {hashlib.sha1(der, usedforsecurity=False).hexdigest(), hashlib.sha256(der).hexdigest()}


def listed(pki: Path, **options: Any) -> set[str]:
    """The fingerprints that a server reads in the list."""
    done = run("deny_list", path=pki / "revoked.json", **options)
    text = (pki / "revoked.json").read_text()
    found = client_lists.read_revoked(text, "revoked")
    assert len(json.loads(text)["clients"]) == done["count"]
    return set(found)


def test_revoked_and_held_clients_are_listed_until_released(pki: Path) -> None:
    ours = {"ca_paths": [str(pki)]}
    planned = run("deny_list", False, path=pki / "revoked.json", **ours)
    assert planned["changed"]
    assert not (pki / "revoked.json").exists()
    assert listed(pki, **ours) == set()
    revoke(pki, {"name": "leaver"}, {"name": "other", "reason": "certificate_hold"})
    assert listed(pki, **ours) == fingerprints(pki / "leaver.crt") | fingerprints(pki / "other.crt")
    before = snapshot(pki)
    assert run("deny_list", path=pki / "revoked.json", **ours)["changed"] is False
    assert snapshot(pki) == before
    revoke(pki, {"name": "other", "reason": "remove_from_crl"})
    assert listed(pki, **ours) == fingerprints(pki / "leaver.crt")


def test_a_certificate_that_was_renewed_is_listed_although_its_file_is_gone(pki: Path) -> None:
    old = fingerprints(pki / "leaver.crt")
    make_client(pki, clients=[{**CLIENTS[1], "email_address": "new@example.com"}])
    new = fingerprints(pki / "leaver.crt")
    assert not old & new
    revoke(pki, {"name": "leaver"})
    assert listed(pki, ca_paths=[str(pki)]) == old | new


def test_what_has_no_fingerprint_is_named_and_keeps_the_list_as_it_is(pki: Path) -> None:
    """A database of a version before this one, and a certificate that was renewed since."""
    make_client(pki, clients=[{**CLIENTS[1], "email_address": "new@example.com"}])
    with sqlite3.connect(pki / "root.index.db") as database:
        database.execute("DROP TABLE sha1")
    database.close()
    revoke(pki, {"name": "other"})
    ours: dict[str, Any] = {"ca_paths": [str(pki)]}
    before = listed(pki, **ours)
    assert before == fingerprints(pki / "other.crt"), "from its file"
    revoke(pki, {"name": "leaver"})
    with pytest.raises(CertificateError, match="1 revoked certificates cannot be told by their fingerprints") as error:
        listed(pki, **ours)
    assert error.value.code == "unmatched"
    assert set(client_lists.read_revoked((pki / "revoked.json").read_text(), "")) == before
    done = run("deny_list", path=pki / "revoked.json", allow_unmatched=True, **ours)
    assert len(done["unmatched"]) == 1
    assert done["warnings"]


def test_a_crl_and_certificates_are_enough(pki: Path, tmp_path: Path) -> None:
    revoke(pki, {"name": "leaver"})
    own = {"crl_paths": [str(pki / "root.crl.pem")]}
    with pytest.raises(CertificateError, match="cannot be told by their fingerprints"):
        listed(pki, **own)
    assert listed(pki, **own, certificate_paths=[str(pki)]) == fingerprints(pki / "leaver.crt")
    texts = [(pki / "leaver.crt").read_text(), (pki / "client.crt").read_text()]
    der = {"crl_paths": [str(pki / "root.crl.der")]}
    assert listed(pki, **der, certificates=texts) == fingerprints(pki / "leaver.crt")
    (tmp_path / "broken.pem").write_text("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n")
    with pytest.raises(CertificateError, match=r"broken.pem cannot be read"):
        listed(pki, crl_paths=[str(tmp_path / "broken.pem")])
    make_ca(tmp_path / "impostor")
    make_client(tmp_path / "impostor")
    revoke(tmp_path / "impostor", {"name": "client"})
    forged = {"crl_paths": [str(tmp_path / "impostor/root.crl.pem")], "certificate_paths": [str(pki)]}
    with pytest.raises(CertificateError, match="is not signed by its CA"):
        listed(pki, **forged)


@pytest.mark.parametrize("delegated", [True, False])
def test_an_entry_of_an_indirect_crl_counts_for_the_ca_that_it_names(tmp_path: Path, delegated: bool) -> None:
    """And only for certificates that name the issuer of the CRL. Numbers of that issuer's own clients do not count."""
    make_ca(tmp_path / "pki")
    make_ca(tmp_path / "lister", subject={"common_name": "lister"})
    ca, lister = (load(tmp_path / name / "root.crt") for name in ("pki", "lister"))
    now, number = ca.not_valid_before_utc, 4711
    names = [x509.DirectoryName(lister.subject)]
    clients = []
    for issuer, extension in (
        (ca, [x509.CRLDistributionPoints([x509.DistributionPoint(None, None, None, names)])] if delegated else []),
        (lister, []),
    ):
        builder = x509.CertificateBuilder(issuer.subject, x509.Name([]), ca.public_key(), number)
        builder = builder.not_valid_before(now).not_valid_after(ca.not_valid_after_utc)
        for each in extension:
            builder = builder.add_extension(each, critical=False)
        clients.append(builder.sign(load_key(tmp_path / "pki/root.key"), hashes.SHA256()).public_bytes(Encoding.PEM))
        (tmp_path / f"{len(clients)}.crt").write_bytes(clients[-1])
    scope = x509.IssuingDistributionPoint(None, None, False, False, None, True, False)
    made = crl(tmp_path / "lister", [tmp_path / "1.crt"], of=ca.subject, extensions=[scope])
    (tmp_path / "list.crl").write_bytes(made.public_bytes(Encoding.PEM))
    found = listed(
        tmp_path, crl_paths=[str(tmp_path / "list.crl")], certificates=[client.decode() for client in clients]
    )
    assert found == (fingerprints(tmp_path / "1.crt") if delegated else set())


def test_sources_that_do_not_exist_are_refused(pki: Path, tmp_path: Path) -> None:
    missing = [str(tmp_path / "no")]
    for options in ({"ca_paths": missing}, {"crl_paths": missing}):
        with pytest.raises(CertificateError):
            listed(pki, **options)
