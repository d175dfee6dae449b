# SPDX-License-Identifier: GPL-3.0-or-later
"""What certificate_info calls verified, CRLs of every kind considered, is what OpenSSL verifies with all CRLs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests.integration.pki.chains import ask
from tests.unit.pki.make import make_ca, new_key, revoke, run
from tests.witnesses.crls import DAY, NOW, PEM, Chain, client, crl, openssl_verifies, write
from tests.witnesses.openssl import openssl

CASES: dict[str, tuple[Callable[[Chain], list[x509.CertificateRevocationList]], str, str]] = {
    "both current, without a number": (lambda c: [crl(c["sub"]), crl(c["root"])], "current", ""),
    "that of the client's CA expired": (
        lambda c: [crl(c["sub"], end=NOW - DAY), crl(c["root"])],
        "expired",
        "CRL of the CA CN=sub expired at",
    ),
    "that of the upper CA expired": (
        lambda c: [crl(c["sub"]), crl(c["root"], end=NOW - DAY)],
        "current",
        "CRL of the CA CN=root expired at",
    ),
    "that of the client's CA missing": (lambda c: [crl(c["root"])], "missing", "CRL of the CA CN=sub is missing"),
    "that of the upper CA missing": (lambda c: [crl(c["sub"])], "current", "CRL of the CA CN=root is missing"),
    "not valid yet": (
        lambda c: [crl(c["sub"], start=NOW + DAY / 2), crl(c["root"])],
        "not_yet_valid",
        "is not valid yet",
    ),
    "signed by another key": (
        lambda c: [crl(c["sub"], key=c["root"] / "root.key"), crl(c["root"])],
        "unsigned",
        "is not signed by this CA",
    ),
    "revoked": (lambda c: [crl(c["sub"], [client(c)]), crl(c["root"])], "current", "CN=client-alb-user was revoked"),
    "revoked in an expired CRL": (
        lambda c: [crl(c["sub"], [client(c)], end=NOW - DAY), crl(c["root"])],
        "expired",
        "CN=client-alb-user was revoked",
    ),
    "the intermediate CA revoked": (
        lambda c: [crl(c["sub"]), crl(c["root"], [c["sub"] / "root.crt"])],
        "current",
        "CN=sub was revoked",
    ),
    "only for certificates of CAs": (
        lambda c: [
            crl(
                c["sub"],
                extensions=[x509.IssuingDistributionPoint(None, None, False, True, None, False, False)],
            ),
            crl(c["root"]),
        ],
        "partial",
        "lists only some",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_openssl_agrees(chain: Chain, case: str) -> None:
    make, status, problem = CASES[case]
    bundle = write(chain, "bundle.crl.pem", *make(chain))
    found = ask(chain, bundle)
    assert found["crl"]["status"] == status
    assert found["verified"] is openssl_verifies(chain, bundle) is not bool(problem)
    assert problem in (found["problem"] or "")


def test_revoked_in_one_crl_is_revoked_although_a_newer_one_is_silent(chain: Chain) -> None:
    silent = crl(chain["sub"], start=NOW - DAY)
    found = ask(chain, write(chain, "a.pem", crl(chain["sub"], [client(chain)]), silent, crl(chain["root"])))
    assert (found["verified"], found["crl"]["status"]) == (False, "current")
    assert "was revoked" in found["problem"]
    forged = crl(chain["sub"], [client(chain)], key=chain["root"] / "root.key")
    found = ask(chain, write(chain, "a.pem", silent, forged, crl(chain["root"])))
    assert (found["verified"], found["revocation"]) == (False, None)
    assert "listed in a CRL in the name of CN=sub that none of the known CAs has signed" in found["problem"]


def test_the_end_of_a_hold_in_a_delta_crl_is_no_revocation_and_a_delta_alone_is_no_answer(chain: Chain) -> None:
    number = x509.CRLNumber(2)
    delta = crl(
        chain["sub"],
        [client(chain)],
        extensions=[number, x509.DeltaCRLIndicator(1)],
        reason=x509.ReasonFlags.remove_from_crl,
    )
    found = ask(chain, write(chain, "delta.pem", delta, crl(chain["root"])))
    assert (found["verified"], found["revocation"], found["crl"]["status"]) == (False, None, "partial")
    found = ask(chain, write(chain, "delta.pem", delta, crl(chain["sub"]), crl(chain["root"])))
    assert (found["verified"], found["crl"]["status"]) == (True, "current")


@pytest.mark.parametrize("form", ["crl", "crl.der", "crl.pem", "bundle"])
def test_a_crl_among_the_files_is_found_in_every_form(chain: Chain, form: str) -> None:
    made = crl(chain["sub"], [client(chain)])
    if form == "bundle":
        # OpenSSL and Nginx read every CRL of a file, and so does the module; this one is the second.
        path = write(chain, "bundle.pem", crl(chain["root"]), made)
    else:
        path = chain["crls"] / f"list.{form}"
        path.write_bytes(made.public_bytes(PEM if form == "crl.pem" else serialization.Encoding.DER))
    found = ask(chain, path, given=False)
    assert (found["verified"], found["revocation"]["reason"]) == (False, "key_compromise")


def test_without_crl_paths_a_crl_is_expected_only_of_a_ca_that_has_one(chain: Chain) -> None:
    found = ask(chain, given=False)
    assert (found["verified"], found["crl"]["status"]) == (True, "missing")
    assert ask(chain, write(chain, "sub.crl.pem", crl(chain["sub"])), given=False)["verified"] is True
    expired = write(chain, "sub.crl.pem", crl(chain["sub"], end=NOW - DAY))
    found = ask(chain, expired, given=False)
    assert (found["verified"], "expired at" in found["problem"]) == (False, True)


@pytest.mark.parametrize("name", ["sub.crl.pem", "crl.pem"])
@pytest.mark.parametrize("content", [b"", b"rubbish", b"-----BEGIN X509 CRL-----\nAAAA", None])
def test_an_unreadable_crl_may_list_the_certificate(chain: Chain, name: str, content: bytes | None) -> None:
    whole = crl(chain["sub"], [client(chain)]).public_bytes(PEM)
    path = chain["crls"] / name
    path.write_bytes(whole[:-40] if content is None else content)
    found = ask(chain, path, given=False)
    assert (found["verified"], found["crl"]["status"]) == (False, "unreadable")
    assert str(path) in found["problem"]
    others = [write(chain, "others.pem", crl(chain["sub"]), crl(chain["root"]))]
    assert ask(chain, path, *others, given=False)["verified"] is True, "every CA has another CRL"


def test_a_ca_that_may_not_sign_crls(tmp_path: Path) -> None:
    """OpenSSL says so too, and the revocation is told all the same."""
    extensions = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9", "-subj", "/CN=odd")
    added = [word for item in extensions for word in ("-addext", item)]
    openssl("req", "-x509", *curve, "-keyout", "root.key", "-out", "root.crt", *added, directory=tmp_path)
    new_key(tmp_path / "client.key")
    openssl("req", "-new", "-key", "client.key", "-subj", "/CN=c", "-out", "client.csr", directory=tmp_path)
    ca = ("-CA", "root.crt", "-CAkey", "root.key", "-CAcreateserial")
    openssl("x509", "-req", "-in", "client.csr", *ca, "-out", "client.crt", directory=tmp_path)
    path = tmp_path / "list.crl.pem"
    path.write_bytes(crl(tmp_path).public_bytes(PEM))
    trust = {"trusted_paths": [str(tmp_path / "root.crt")], "crl_paths": [str(path)]}
    found = run("info", paths=[str(tmp_path / "client.crt")], **trust)["certificates"][0]
    assert (found["verified"], found["crl"]["status"]) == (False, "unsigned")
    checked = ("verify", "-crl_check", "-CRLfile", path, "-CAfile", tmp_path / "root.crt", tmp_path / "client.crt")
    assert "key usage does not include CRL signing" in openssl(*checked, check=False)


def test_the_crl_of_another_ca_with_the_same_name_does_not_count(chain: Chain, tmp_path: Path) -> None:
    make_ca(tmp_path / "twin", subject={"common_name": "sub"}, issuer={"path": str(chain["root"])})
    others = write(chain, "crls.pem", crl(tmp_path / "twin"), crl(chain["root"]))
    files = [chain["sub"] / "client.crt", chain["sub"] / "root.crt", tmp_path / "twin" / "root.crt"]
    options = {"trusted_paths": [str(chain["root"] / "root.crt")], "crl_paths": [str(others)]}
    found = run("info", paths=list(map(str, files)), **options)["certificates"][0]
    assert (found["verified"], found["crl"]["status"]) == (False, "unsigned")
    assert not openssl_verifies(chain, others)
    own = write(chain, "all.pem", crl(tmp_path / "twin"), crl(chain["sub"]), crl(chain["root"]))
    options["crl_paths"] = [str(own)]
    assert run("info", paths=list(map(str, files)), **options)["certificates"][0]["verified"] is True


def test_a_ca_with_the_same_name_revokes_no_certificate_of_this_one(chain: Chain, tmp_path: Path) -> None:
    """Serial numbers of small CAs are 1, 2, 3, so that a CA and its successor may have issued the same ones."""
    make_ca(tmp_path / "twin", subject={"common_name": "sub"}, issuer={"path": str(chain["root"])})
    twin = x509.load_pem_x509_certificate((tmp_path / "twin/root.crt").read_bytes())
    named = x509.AuthorityKeyIdentifier.from_issuer_public_key(twin.public_key())  # type: ignore[arg-type]
    listing = crl(tmp_path / "twin", [client(chain)], extensions=[named])
    bundle = write(chain, "crls.pem", listing, crl(chain["sub"]), crl(chain["root"]))
    files = [chain["sub"] / "client.crt", chain["sub"] / "root.crt", tmp_path / "twin" / "root.crt"]
    options = {"trusted_paths": [str(chain["root"] / "root.crt")], "crl_paths": [str(bundle)]}
    found = run("info", paths=list(map(str, files)), **options)["certificates"][0]
    assert found["verified"] is openssl_verifies(chain, bundle) is True
    assert (found["revocation"], found["crl"]["status"]) == (None, "current")
    own = crl(chain["sub"], [client(chain)], extensions=[named])
    found = ask(chain, write(chain, "crls.pem", own, crl(chain["root"])))
    assert (found["verified"], found["revocation"]["reason"]) == (False, "key_compromise"), "signed by this CA"


def test_the_crl_of_the_collection_itself(chain: Chain) -> None:
    revoke(chain["sub"])
    revoke(chain["root"])
    crls = [chain["sub"] / "root.crl.pem", chain["root"] / "root.crl.pem"]
    assert ask(chain, *crls)["verified"] is openssl_verifies(chain, *crls) is True
    revoke(chain["sub"], {"name": "client"})
    assert ask(chain, *crls)["verified"] is openssl_verifies(chain, *crls) is False
    listed = openssl("crl", "-in", crls[0], "-noout", "-text")
    assert ask(chain, *crls)["serial_number"].upper() in listed
