# SPDX-License-Identifier: GPL-3.0-or-later
"""The CA's key is the one thing that cannot be made again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._x509 import times
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit.pki.make import (
    PASSPHRASE,
    bare_certificate,
    codes,
    make_ca,
    make_client,
    make_server,
    new_key,
    revoke,
    snapshot,
)

Change = Callable[[Path], object]


def foreign_key(path: Path) -> None:
    new_key(path / "root.key")


def gone(*names: str) -> Change:
    """Moved away from a CA that has issued and revoked."""

    def change(path: Path) -> None:
        make_client(path, clients=[{"name": "issued", "common_name": "issued"}])
        revoke(path)
        for name in names:
            (path / name).unlink()

    return change


def signed_by_another(path: Path) -> None:
    make_ca(path / "other", subject={"common_name": "another"})
    key = serialization.load_pem_private_key((path / "root.key").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    subject = x509.Name.from_rfc4514_string("CN=root,C=cn")
    request = x509.CertificateSigningRequestBuilder(subject).sign(key, hashes.SHA256())
    (path / "root.crt").write_bytes(bare_certificate(path / "other", request))


REFUSED: list[tuple[str, Change, dict[str, Any], str, str]] = [
    # name, what happened, options, error, the consent that it takes
    ("key gone", lambda path: (path / "root.key").unlink(), {}, "key_missing", "key"),
    ("key is rubbish", lambda path: (path / "root.key").write_text("rubbish"), {}, "key_unreadable", "key"),
    ("key is empty", lambda path: (path / "root.key").write_text(""), {}, "key_unreadable", "key"),
    ("key of another", foreign_key, {}, "key_mismatch", "certificate"),
    ("other kind of key", lambda path: None, {"key_type": "ed25519"}, "key_type_differs", "key"),
    ("other subject", lambda path: None, {"subject": {"common_name": "new"}}, "subject_differs", "certificate"),
    ("certificate is rubbish", lambda path: (path / "root.crt").write_text("x"), {}, "unreadable", "certificate"),
    ("key and certificate gone", gone("root.key", "root.crt"), {}, "ca_lost", "key"),
    ("only the CRL is left", gone("root.key", "root.crt", "root.index.db"), {}, "ca_lost", "key"),
    ("certificate gone", gone("root.crt"), {}, "ca_lost", "certificate"),
    ("signed by another", signed_by_another, {}, "issuer_changed", "certificate"),
]


@pytest.mark.parametrize(
    ("change", "options", "code", "consent"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED]
)
def test_refused_without_a_word_and_done_with_it(
    ca: Path, change: Change, options: dict[str, Any], code: str, consent: str
) -> None:
    change(ca)
    before = snapshot(ca)
    for word in ("never", "certificate") if consent == "key" else ("never",):
        for write in (False, True):
            with pytest.raises(CertificateError) as refused:
                make_ca(ca, write=write, replace=word, **options)
            assert refused.value.code == code
            assert f"replace={consent}" in str(refused.value)
    assert snapshot(ca) == before

    make_ca(ca, replace=consent, **options)
    assert codes(make_ca(ca, **options)) == []
    kept = {content for name, (content, mode) in snapshot(ca).items() if ".replaced-" in name}
    old = {content for name, (content, mode) in before.items() if name in ("root.key", "root.crt")}
    new = {content for name, (content, mode) in snapshot(ca).items() if name in ("root.key", "root.crt")}
    assert old - new <= kept, "what was replaced is kept aside"


@pytest.mark.parametrize("given", [None, "wrong"])
def test_wrong_passphrase(tmp_path: Path, given: str | None) -> None:
    make_ca(tmp_path, passphrase=PASSPHRASE)
    before = snapshot(tmp_path)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: make_ca(tmp_path, passphrase=given),
        lambda: make_client(tmp_path, ca_passphrase=given),
        lambda: make_server(tmp_path, ca_passphrase=given, write=False),
    )
    for attempt in attempts:
        with pytest.raises(CertificateError, match="passphrase") as refused:
            attempt()
        assert refused.value.code == "key_unreadable"
    assert snapshot(tmp_path) == before
    make_client(tmp_path, ca_passphrase=PASSPHRASE)


def test_a_ca_that_has_issued_nothing_is_lost_without_its_key_only(ca: Path) -> None:
    (ca / "root.crt").unlink()
    assert codes(make_ca(ca)) == ["missing"], "as after a run that was interrupted"
    for name in ("root.key", "root.crt"):
        (ca / name).unlink()
    with pytest.raises(CertificateError, match="mount what holds them") as refused:
        make_ca(ca)
    assert refused.value.code == "ca_lost"


NO_EMAIL = (
    "",
    "no-at",
    "@example.com",
    "a@",
    "a@b c",
    "a b@example.com",
    "a\0@example.com",
    "ü@example.com",
    "a@*.com",
)


def client(**options: Any) -> dict[str, Any]:
    return {"clients": [{"name": "a", "common_name": "a", **options}]}


GUARDS: list[tuple[str, Change, dict[str, Any], str]] = [
    ("no CA", lambda path: (path / "root.crt").unlink(), {}, "ca_missing"),
    ("CA is rubbish", lambda path: (path / "root.crt").write_text("x"), {}, "ca_unreadable"),
    ("CA key gone", lambda path: (path / "root.key").unlink(), {}, "key_missing"),
    ("CA key of another", foreign_key, {}, "key_mismatch"),
    ("name of the CA", lambda path: None, {"clients": [{"name": "a", "common_name": "root"}]}, "common_name_of_ca"),
    ("files of the CA", lambda path: None, {"clients": [{"name": "root", "common_name": "a"}]}, "name_of_ca"),
    ("two of a name", lambda path: None, {"clients": [{"name": n, "common_name": "a"} for n in "ab"]}, "duplicate"),
    ("two of a file", lambda path: None, {"clients": [{"name": "a", "common_name": n} for n in "ab"]}, "duplicate"),
    ("out of the path", lambda path: None, {"clients": [{"name": "../a", "common_name": "a"}]}, "invalid_name"),
    ("hidden file", lambda path: None, {"clients": [{"name": ".a", "common_name": "a"}]}, "invalid_name"),
    ("long country", lambda path: None, {"subject": {"country_name": "China"}}, "invalid_subject"),
    ("long name", lambda path: None, {"clients": [{"name": "a", "common_name": "a" * 65}]}, "invalid_subject"),
    ("no name", lambda path: None, {"clients": [{"name": "a", "common_name": ""}]}, "invalid_subject"),
    ("blank name", lambda path: None, {"clients": [{"name": "a", "common_name": " "}]}, "invalid_subject"),
    ("no-break space", lambda path: None, client(common_name="\u00a0"), "invalid_subject"),
    ("blank country", lambda path: None, {"subject": {"country_name": "  "}}, "invalid_subject"),
    ("small key", lambda path: None, {"key_type": "rsa", "key_size": 1024}, "invalid_key"),
    ("large key", lambda path: None, {"key_type": "rsa", "key_size": 8193}, "invalid_key"),
    ("Ed25519", lambda path: None, {"key_type": "ed25519", "accept_ed25519": False}, "ed25519_not_accepted"),
    ("reserved", lambda path: None, {"reserved_common_names": ["client-alb-user"]}, "common_name_reserved"),
    ("no UTF-8 in a name", lambda path: None, client(common_name="\udc80"), "invalid_subject"),
    ("no UTF-8 in a file name", lambda path: None, client(name="\udc80"), "invalid_name"),
    ("no UTF-8 in a request", lambda path: None, client(csr="\udc80"), "csr_unreadable"),
    ("no UTF-8 in a passphrase", lambda path: None, {"pkcs12_passphrase": "\udc80"}, "invalid_passphrase"),
    ("NUL in a passphrase", lambda path: None, {"pkcs12_passphrase": "a\0b"}, "invalid_passphrase"),
    ("endless passphrase", lambda path: None, {"pkcs12_passphrase": "x" * 1024}, "invalid_passphrase"),
    ("endless CA passphrase", lambda path: None, {"ca_passphrase": "x" * 1024}, "invalid_passphrase"),
    ("NUL in a path", lambda path: None, {"path": "/srv/\0"}, "invalid_path"),
    ("wildcard of a client", lambda path: None, client(dns_names=["*.example.com"]), "invalid_dns_name"),
    *((f"address {text!r}", lambda path: None, client(email_addresses=[text]), "invalid_email") for text in NO_EMAIL),
    ("no address in the subject", lambda path: None, client(email_address="no-at"), "invalid_email"),
    ("no unit", lambda path: None, {"valid_for": "3650"}, "invalid_duration"),
    ("for ever", lambda path: None, {"valid_for": "9000y"}, "invalid_duration"),
    ("always renewed", lambda path: None, {"valid_for": "10d", "renew_before": "10d"}, "invalid_duration"),
    ("no such user", lambda path: None, {"owner": "no-such-user"}, "unknown_owner"),
    ("plain key protected", lambda path: (path / "client.key").write_text("mine"), {}, "key_unreadable"),
]


@pytest.mark.parametrize(("change", "options", "code"), [c[1:] for c in GUARDS], ids=[c[0] for c in GUARDS])
def test_refused_before_the_first_write(ca: Path, change: Change, options: dict[str, Any], code: str) -> None:
    change(ca)
    before = snapshot(ca)
    with pytest.raises(CertificateError) as refused:
        make_client(ca, **options)
    assert refused.value.code == code
    assert snapshot(ca) == before


SERVER_GUARDS: list[tuple[dict[str, Any], str]] = [
    ({"common_name": "root", "dns_names": ["www.example.com"]}, "common_name_of_ca"),
    ({"dns_names": ["not a host"]}, "invalid_dns_name"),
    ({"dns_names": ["a.*.example.com"]}, "invalid_dns_name"),
    ({"dns_names": ["https://www.example.com"]}, "invalid_dns_name"),
    ({"ip_addresses": ["192.0.2.256"]}, "invalid_ip_address"),
    ({"dns_names": ["192.0.2.7"]}, "invalid_dns_name"),
    ({"subject": {"email_address": "no-at"}}, "invalid_email"),
    ({"common_name": "Our Server"}, "no_names"),
    ({"name": "root"}, "name_of_ca"),
]


@pytest.mark.parametrize(("options", "code"), SERVER_GUARDS)
def test_server_refused_before_the_first_write(ca: Path, options: dict[str, Any], code: str) -> None:
    before = snapshot(ca)
    with pytest.raises(CertificateError) as refused:
        make_server(ca, **options)
    assert refused.value.code == code
    assert snapshot(ca) == before


def test_expired_ca_issues_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_ca(tmp_path, valid_for="10d", renew_before="1d")
    later = times.now() + times.duration("11d", "later")
    monkeypatch.setattr(times, "now", lambda: later)
    with pytest.raises(CertificateError, match="has expired"):
        make_client(tmp_path)


def test_common_name_of_another_client_is_taken_until_its_certificate_is_gone(ca: Path) -> None:
    make_client(ca)
    twin = {"clients": [{"name": "twin", "common_name": "client-alb-user"}]}
    with pytest.raises(CertificateError, match=r"already belongs to .*client\.crt"):
        make_client(ca, **twin)
    (ca / "client.crt").unlink()
    make_client(ca, **twin)


def test_nothing_to_sign_needs_no_ca_key(ca: Path) -> None:
    make_client(ca)
    (ca / "root.key").rename(ca / "offline")
    assert make_client(ca)["changed"] is False


NAMES: list[tuple[dict[str, str], str]] = [
    ({"private_key_name": "ca.pem", "certificate_name": "ca.pem"}, "name_of_ca"),
    ({"private_key_name": "root.index.db"}, "name_of_ca"),
    ({"private_key_name": "root.crl.pem"}, "name_of_ca"),
    ({"private_key_name": "root.cross.crt"}, "name_of_ca"),
    ({"certificate_name": "root"}, "invalid_name"),
]


@pytest.mark.parametrize(("names", "code"), NAMES)
def test_no_file_of_a_ca_takes_the_place_of_another(ca: Path, names: dict[str, str], code: str) -> None:
    before = snapshot(ca)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: make_ca(ca, **names),
        lambda: make_ca(ca.parent / "empty", **names),
        lambda: make_client(ca, **{f"ca_{name}": text for name, text in names.items()}),
    )
    for attempt in attempts:
        with pytest.raises(CertificateError) as refused:
            attempt()
        assert refused.value.code == code
    assert snapshot(ca) == before
    assert not (ca.parent / "empty").exists()


def test_the_name_of_no_ca_of_the_chain_is_that_of_a_leaf(ca: Path) -> None:
    shop = ca.parent / "shop"
    make_ca(shop, subject={"common_name": "shop"}, issuer={"path": str(ca)})
    for name in ("shop", "root"):
        with pytest.raises(CertificateError) as refused:
            make_client(shop, clients=[{"name": "a", "common_name": name}])
        assert refused.value.code == "common_name_of_ca"


BEYOND: list[Callable[[Path, bool], object]] = [
    lambda path, write: make_ca(path, write, valid_for="9000y"),
    lambda path, write: make_ca(path, write, valid_for="9000y", issuer={"path": str(path / "none")}),
    lambda path, write: make_client(path, write, valid_for="9000y"),
    lambda path, write: make_server(path, write, valid_for="9000y"),
    lambda path, write: revoke(path, write=write, valid_for="9000y"),
    lambda path, write: make_ca(path, write, valid_for="999999999y"),
]


@pytest.mark.parametrize("attempt", BEYOND, ids=range(len(BEYOND)))
def test_nothing_is_valid_beyond_the_years_there_are(
    ca: Path, tmp_path: Path, attempt: Callable[[Path, bool], object]
) -> None:
    before = snapshot(ca)
    for path, write in ((ca, True), (ca, False), (tmp_path / "none", False)):
        with pytest.raises(CertificateError) as refused:
            attempt(path, write)
        assert refused.value.code in ("invalid_duration", "ca_missing")
    assert snapshot(ca) == before
