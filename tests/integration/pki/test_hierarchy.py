# SPDX-License-Identifier: GPL-3.0-or-later
"""CAs below CAs and beside CAs: what OpenSSL verifies, and who is let in while a CA is rotated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._x509 import times
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests.unit.pki.make import PASSPHRASE, codes, entries, make_ca, make_client, make_server, revoke, snapshot
from tests.witnesses import strict_tls
from tests.witnesses.openssl import openssl

SHOP = {"common_name": "shop CA"}


def make_shop(root: Path, **options: Any) -> dict[str, Any]:
    return make_ca(root.parent / "shop", **{"subject": SHOP, "issuer": {"path": str(root)}, **options})


def verified(leaf: Path, root: Path, *more: str | Path) -> str:
    """``leaf`` by the root alone, with whatever the CA that signed it sends along."""
    chain = ("-untrusted", leaf.parent / "root.chain.crt")
    said = openssl("verify", "-x509_strict", "-CAfile", root / "root.crt", *chain, *more, leaf, check=False)
    return "good" if ": OK" in said else said


def text_of(path: Path) -> str:
    return openssl("x509", "-in", path, "-noout", "-text")


def test_a_subordinate_ca_signs_clients_and_servers(ca: Path) -> None:
    shop = ca.parent / "shop"
    before = snapshot(ca)
    assert make_shop(ca, write=False)["ca"]["issuer"]["common_name"] == "root"
    assert (snapshot(ca), shop.exists()) == (before, False)
    assert codes(make_shop(ca)) == ["missing"]
    assert codes(make_shop(ca)) == []
    make_client(shop)
    make_server(shop)
    assert "Extended Key Usage" not in text_of(shop / "root.crt")
    for name, purpose in (("client", "sslclient"), ("server", "sslserver")):
        assert verified(shop / f"{name}.crt", ca, "-purpose", purpose) == "good"
    above = (shop / "root.crt").read_text() + (ca / "root.crt").read_text()
    assert (shop / "root.chain.crt").read_text() == above
    assert (shop / "server.chain.crt").read_text() == (shop / "server.crt").read_text() + above
    opened = openssl("pkcs12", "-in", shop / "client.p12", "-passin", f"pass:{PASSPHRASE}", "-nokeys")
    assert opened.count("BEGIN CERTIFICATE") == 3
    assert make_client(shop)["changed"] is False
    assert [(each["profile"], each["file"]) for each in entries(ca)] == [
        ("root", str(ca / "root.crt")),
        ("subordinate", str(shop / "root.crt")),
    ]
    assert [each["profile"] for each in entries(shop)] == ["client", "server"]


def test_each_ca_of_a_chain_has_its_crl(ca: Path) -> None:
    shop = ca.parent / "shop"
    make_shop(ca)
    make_client(shop)
    for path in (ca, shop):
        revoke(path)
    both = ca.parent / "both.pem"

    def verdict() -> str:
        both.write_bytes(b"".join((path / "root.crl.pem").read_bytes() for path in (ca, shop)))
        return verified(shop / "client.crt", ca, "-crl_check_all", "-CRLfile", both)

    assert verdict() == "good"
    revoke(ca, {"path": str(shop / "root.crt"), "reason": "certificate_hold"})
    assert "error 23 at 1 depth" in verdict()
    revoke(ca, {"common_name": "shop CA", "reason": "remove_from_crl"})
    revoke(shop, {"name": "client"})
    assert "error 23 at 0 depth" in verdict()


def test_path_length(ca: Path) -> None:
    shop = ca.parent / "shop"
    make_shop(ca, path_length=0)
    assert "CA:TRUE, pathlen:0" in text_of(shop / "root.crt")
    make_client(shop)
    assert verified(shop / "client.crt", ca) == "good"
    with pytest.raises(CertificateError, match="path length 0") as refused:
        make_ca(ca.parent / "below", subject={"common_name": "below"}, issuer={"path": str(shop)})
    assert refused.value.code == "path_length"
    assert not (ca.parent / "below").exists()
    key = (shop / "root.key").read_bytes()
    assert codes(make_shop(ca, path_length=1)) == ["extensions_differ"]
    assert (shop / "root.key").read_bytes() == key
    make_ca(ca.parent / "below", subject={"common_name": "below"}, issuer={"path": str(shop)})
    make_client(ca.parent / "below")
    assert verified(ca.parent / "below" / "client.crt", ca) == "good"


CONSTRAINED: list[tuple[dict[str, Any], str]] = [
    ({"dns_names": ["www.shop.example.com"]}, "good"),
    ({"dns_names": ["shop.example.com"], "ip_addresses": ["192.0.2.7"]}, "good"),
    ({"dns_names": ["www.example.org"]}, "permitted subtree violation"),
    ({"dns_names": ["secret.shop.example.com"]}, "excluded subtree violation"),
    ({"dns_names": [], "ip_addresses": ["198.51.100.1"]}, "permitted subtree violation"),
]


def test_name_constraints(ca: Path) -> None:
    shop = ca.parent / "shop"
    constraints = {
        "permitted": ["DNS:shop.example.com", "IP:192.0.2.0/24", "email:shop.example.com", "URI:.example.com"],
        "excluded": ["DNS:secret.shop.example.com"],
    }
    make_shop(ca, name_constraints=constraints)
    assert "X509v3 Name Constraints: critical" in text_of(shop / "root.crt")
    assert codes(make_shop(ca, name_constraints=constraints)) == []
    for number, (names, wanted) in enumerate(CONSTRAINED):
        make_server(shop, name=f"s{number}", common_name=f"server {number}", **names)
        assert wanted in verified(shop / f"s{number}.crt", ca)
    for mail, wanted in (("a@shop.example.com", "good"), ("a@example.org", "permitted subtree violation")):
        make_client(shop, clients=[{"name": wanted[:4], "common_name": wanted, "email_address": mail}])
        assert wanted in verified(shop / f"{wanted[:4]}.crt", ca)
    reordered = {"permitted": constraints["permitted"][::-1], "excluded": constraints["excluded"]}
    assert codes(make_shop(ca, name_constraints=reordered)) == []
    assert codes(make_shop(ca)) == ["extensions_differ"]
    assert verified(shop / "s2.crt", ca) == "good"


NARROWED: list[dict[str, Any]] = [
    {"path_length": 0},
    {"path_length": None},
    {"name_constraints": {"permitted": ["DNS:example.com"]}},
    {"name_constraints": {"permitted": ["DNS:example.com", "DNS:example.org"], "excluded": ["DNS:b.example.com"]}},
    {"name_constraints": None},
]


@pytest.mark.parametrize("change", NARROWED, ids=str)
def test_limits_are_narrowed_only_on_the_users_word(ca: Path, change: dict[str, Any]) -> None:
    old = {"path_length": 1, "name_constraints": {"permitted": ["DNS:example.com", "DNS:example.org"]}}
    make_shop(ca, **old)
    new = {**old, **change}
    if None not in change.values():
        before = snapshot(ca.parent)
        with pytest.raises(CertificateError, match="replace=certificate") as refused:
            make_shop(ca, **new)
        assert refused.value.code == "limits_narrowed"
        assert snapshot(ca.parent) == before
        assert codes(make_shop(ca, replace="certificate", **new)) == ["limits_narrowed", "extensions_differ"]
    else:
        assert codes(make_shop(ca, **new)) == ["extensions_differ"], "what gets wider needs no word"
    assert codes(make_shop(ca, **new)) == []


def test_a_ca_has_its_own_key(ca: Path) -> None:
    before = snapshot(ca)
    for relation in ("issuer", "cross_sign"):
        for write in (False, True):
            with pytest.raises(CertificateError, match="private_key_name") as refused:
                make_ca(ca, write, certificate_name="sub.crt", subject=SHOP, **{relation: {"path": str(ca)}})
            assert refused.value.code == "shares_key"
    assert snapshot(ca) == before


@pytest.mark.parametrize("text", ["shop.example.com", "DNS:", "DNS:a b", "IP:192.0.2.1/24", "dirName:x", "IP:x"])
def test_what_is_no_constraint_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(CertificateError, match="not a name constraint"):
        make_ca(tmp_path / "ca", name_constraints={"excluded": [text]})
    assert not (tmp_path / "ca").exists()


def test_who_can_sign_and_who_cannot(ca: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused: list[tuple[dict[str, Any], str]] = [
        ({"issuer": {"path": str(ca / "none")}}, "ca_missing"),
        ({"subject": {"common_name": "root", "country_name": "cn"}}, "common_name_of_ca"),
        ({"issuer": {"path": str(ca.parent / "shop")}}, "signs_itself"),
        ({"path_length": -1}, "path_length"),
        ({"end_rotation": True}, "contradiction"),
    ]
    for options, code in refused:
        with pytest.raises(CertificateError) as said:
            make_shop(ca, **options)
        assert said.value.code == code
        assert not (ca.parent / "shop").exists()
    assert make_shop(ca, write=False, issuer={"path": str(ca / "none")})["changed"], "it may come later"
    earlier = times.now() - times.duration("1d", "earlier")
    monkeypatch.setattr(times, "now", lambda: earlier)
    with pytest.raises(CertificateError, match="Set the clock") as said:
        make_shop(ca)
    assert said.value.code == "ca_not_yet_valid"


def test_a_root_does_not_become_subordinate_without_a_word(ca: Path) -> None:
    shop = ca.parent / "shop"
    make_ca(shop, subject=SHOP)
    before = snapshot(shop)
    with pytest.raises(CertificateError) as refused:
        make_shop(ca)
    assert refused.value.code == "issuer_changed"
    assert snapshot(shop) == before
    make_shop(ca, replace="certificate")
    make_client(shop)
    assert verified(shop / "client.crt", ca) == "good"


def test_a_subordinate_ca_ends_with_its_issuer_and_is_renewed_with_it(
    ca: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert make_shop(ca, valid_for="20y")["ca"]["not_after"] == make_ca(ca)["ca"]["not_after"]
    later = times.now() + times.duration("3630d", "later")
    monkeypatch.setattr(times, "now", lambda: later)
    assert codes(make_shop(ca)) == [], "a new one would end no later"
    assert codes(make_ca(ca)) == ["expires_soon"]
    assert codes(make_shop(ca)) == ["expires_soon"]
    assert make_shop(ca)["ca"]["not_after"] == make_ca(ca)["ca"]["not_after"]
    assert (ca.parent / "shop" / "root.chain.crt").read_text().endswith((ca / "root.crt").read_text())


# Rotation: the only CA that the load balancer trusts is exchanged, and nobody is refused in between.


def make_new(old: Path, write: bool = True) -> dict[str, Any]:
    return make_ca(old.parent / "new", write, subject={"common_name": "root 2027"}, cross_sign={"path": str(old)})


def presented(directory: Path) -> Path:
    """What a client has after it has imported its PKCS#12 file: key, certificate, and what it sends along."""
    target = directory / "presented.pem"
    files = ("-in", directory / "client.p12", "-passin", f"pass:{PASSPHRASE}", "-out", target)
    openssl("pkcs12", *files, "-nodes")
    return target


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_rotation_refuses_nobody(ca: Path, tmp_path: Path, version: str) -> None:
    new, server = tmp_path / "new", tmp_path / "server"
    make_ca(server, subject={"common_name": "server CA"})
    make_server(server)
    make_client(ca, clients=[{"name": "client", "common_name": "old client"}])
    make_new(ca)
    make_client(new, clients=[{"name": "client", "common_name": "new client"}])
    make_ca(tmp_path / "foreign", subject={"common_name": "root 2027"})
    make_client(tmp_path / "foreign")
    alone = tmp_path / "alone.pem"
    alone.write_text((new / "client.key").read_text() + (new / "client.crt").read_text())
    clients = {
        "old": presented(ca),
        "new": presented(new),
        "new without cross-certificate": alone,
        "foreign": presented(tmp_path / "foreign"),
    }
    trusts = {"old": [ca], "both": [ca, new], "new": [new]}
    pairs = [(trust, name) for trust in trusts for name in clients]
    cases = [
        {
            "server_chain": str(server / "server.chain.crt"),
            "server_key": str(server / "server.key"),
            "server_ca": str(server / "root.crt"),
            "trusted": [str(each / "root.crt") for each in trusts[trust]],
            "client": str(clients[name]),
            "version": version,
        }
        for trust, name in pairs
    ]
    for who, verdicts in strict_tls.judge(cases).items():
        assert {pair for pair, well in zip(pairs, verdicts, strict=True) if well} == {
            ("old", "old"),
            ("old", "new"),
            ("both", "old"),
            ("both", "new"),
            ("both", "new without cross-certificate"),
            ("new", "new"),
            ("new", "new without cross-certificate"),
        }, who


def public_pem(certificate: x509.Certificate) -> bytes:
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return certificate.public_key().public_bytes(*form)


def test_a_cross_certificate_is_the_new_ca_signed_by_the_old_one(ca: Path) -> None:
    new = ca.parent / "new"
    make_ca(new, subject={"common_name": "root 2027"})
    make_client(new)
    first = make_ca(ca.parent / "not yet", write=False, subject={"common_name": "a"}, cross_sign={"path": str(ca)})
    keys_of_both = {
        public_pem(x509.load_pem_x509_certificate(first[which]["certificate"].encode()))
        for which in ("ca", "cross_certificate")
    }
    assert len(keys_of_both) == 1, "before the first run as well, both are for one key"
    would = make_new(ca, write=False)
    assert would["cross_certificate"]["issuer"]["common_name"] == "root"
    assert not (new / "root.cross.crt").exists()
    own = (new / "root.crt").read_bytes()
    assert codes(make_new(ca)) == ["missing"]
    assert codes(make_new(ca)) == []
    assert (new / "root.crt").read_bytes() == own, "the new CA itself stays as it is"
    for what in ("-subject", "-pubkey"):
        shown = [openssl("x509", "-in", new / f"root{kind}.crt", "-noout", what) for kind in ("", ".cross")]
        assert shown[0] == shown[1]
    assert "OK" in openssl("verify", "-x509_strict", "-CAfile", ca / "root.crt", new / "root.cross.crt")
    assert [each["profile"] for each in entries(ca)] == ["root", "cross"]
    # Who was there before gets the new chain with the next run, and keeps certificate and key.
    certificate = (new / "client.crt").read_bytes()
    assert codes(make_client(new)) == ["chain_differs", "pkcs12_differs"]
    assert (new / "client.crt").read_bytes() == certificate
    assert verified(new / "client.crt", ca) == "good"
    # The rotation is over.
    ended = {"subject": {"common_name": "root 2027"}, "end_rotation": True}
    before = snapshot(new)
    assert codes(make_ca(new, write=False, **ended)) == ["rotation_ended"]
    assert snapshot(new) == before
    assert codes(make_ca(new, **ended)) == ["rotation_ended"]
    assert {*before} - {*snapshot(new)} == {"root.cross.crt", "root.chain.crt"}
    assert make_ca(new, **ended)["changed"] is False
    assert codes(make_client(new)) == ["chain_differs", "pkcs12_differs"]
    assert make_ca(new, subject={"common_name": "root 2027"})["changed"] is False


def test_a_rotation_that_outlives_the_old_ca_says_how_to_end_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "old"
    make_ca(old, valid_for="10d", renew_before="1d")
    make_new(old)
    later = times.now() + times.duration("11d", "later")
    monkeypatch.setattr(times, "now", lambda: later)
    with pytest.raises(CertificateError, match="leave cross_sign out") as refused:
        make_new(old)
    assert refused.value.code == "ca_expired"
    assert codes(make_ca(tmp_path / "new", subject={"common_name": "root 2027"}, end_rotation=True)) == [
        "rotation_ended"
    ]


def test_an_unreadable_chain_is_made_again(ca: Path) -> None:
    new = ca.parent / "new"
    make_new(ca)
    (new / "root.chain.crt").write_text("rubbish")
    with pytest.raises(CertificateError, match=r"root\.chain\.crt .* makes the file again"):
        make_client(new)
    assert codes(make_new(ca)) == ["chain_differs"]
    make_client(new)
    assert verified(new / "client.crt", ca) == "good"
