# SPDX-License-Identifier: GPL-3.0-or-later
"""CRLs that are not for everything that a CA has revoked: indirect ones, delta CRLs, parts by kind, reason and place.

None revokes a certificate of another CA, and none is taken for an answer about certificates that it does not cover.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._x509.errors import CertificateError
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from tests.integration.pki.chains import ask, make_chain
from tests.unit.pki.make import entries, make_ca, make_client, revoke
from tests.witnesses.crls import (
    DAY,
    NOW,
    PEM,
    Chain,
    client,
    crl,
    load,
    load_key,
    openssl_verifies,
    write,
)

Crls = list[x509.CertificateRevocationList]
Name = x509.Name
OTHER = Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "other")])
SHARDS = [x509.UniformResourceIdentifier(f"http://crl.example/{number}.crl") for number in (1, 2)]
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
KEY_ONLY = frozenset({x509.ReasonFlags.key_compromise})


def scope(
    *names: x509.GeneralName,
    users: bool = False,
    cas: bool = False,
    reasons: frozenset[x509.ReasonFlags] | None = None,
    indirect: bool = False,
    attributes: bool = False,
) -> x509.IssuingDistributionPoint:
    """Return the extension by which a CRL says for what it is."""
    return x509.IssuingDistributionPoint(list(names) or None, None, users, cas, reasons, indirect, attributes)


def point(
    *names: x509.GeneralName, reasons: frozenset[x509.ReasonFlags] | None = None, issuer: Name | None = None
) -> x509.DistributionPoint:
    """Return a place where a certificate says that its CRL is."""
    return x509.DistributionPoint(list(names) or None, None, reasons, [x509.DirectoryName(issuer)] if issuer else None)


def with_points(chain: Chain, *points: x509.DistributionPoint) -> None:
    """Give the client a certificate of the same CA, with these distribution points."""
    old, ca = load(client(chain)), load(chain["sub"] / "root.crt")
    builder = x509.CertificateBuilder(ca.subject, old.subject, old.public_key(), old.serial_number)
    builder = builder.not_valid_before(old.not_valid_before_utc).not_valid_after(old.not_valid_after_utc)
    for extension in old.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    made = builder.add_extension(x509.CRLDistributionPoints(points), critical=False)
    client(chain).write_bytes(made.sign(load_key(chain["sub"] / "root.key"), hashes.SHA256()).public_bytes(PEM))


def only(extension: x509.ExtensionType) -> Callable[[Chain], Crls]:
    """Return a maker of a silent CRL of the client's CA with this extension."""
    return lambda chain: [crl(chain["sub"], extensions=[extension])]


def silent(*points: x509.DistributionPoint, shard: int | None = None) -> Callable[[Chain], Crls]:
    """Return a maker of a CRL without entries, whole or one of two places, for a client with these points."""

    def make(chain: Chain) -> Crls:
        if points:
            with_points(chain, *points)
        return [crl(chain["sub"], extensions=[] if shard is None else [scope(SHARDS[shard])])]

    return make


def relative(chain: Chain) -> Crls:
    """Return a CRL whose place is relative to the name of its CA, for a client that names the place in full."""
    part = x509.NameAttribute(x509.NameOID.COMMON_NAME, "list 7")
    ca = load(chain["sub"] / "root.crt").subject
    with_points(chain, point(x509.DirectoryName(Name([*ca, part]))))
    named = x509.IssuingDistributionPoint(
        None, x509.RelativeDistinguishedName([part]), False, False, None, False, False
    )
    return [crl(chain["sub"], extensions=[named])]


def odd_entry(chain: Chain) -> Crls:
    """Return a CRL whose only entry, of a certificate that nobody has, says something that nobody knows."""
    entry = x509.RevokedCertificateBuilder().serial_number(7).revocation_date(NOW - DAY).add_extension(UNKNOWN, True)
    builder = x509.CertificateRevocationListBuilder().issuer_name(load(chain["sub"] / "root.crt").subject)
    builder = builder.last_update(NOW - DAY).next_update(NOW + DAY).add_revoked_certificate(entry.build())
    return [builder.sign(load_key(chain["sub"] / "root.key"), hashes.SHA256())]


# The CRLs of the client's CA, none of which lists it, and whether they answer that it is not revoked.
SILENT: dict[str, tuple[Callable[[Chain], Crls], str]] = {
    "of end entities": (only(scope(users=True)), "current"),
    "of CAs": (only(scope(cas=True)), "partial"),
    "of attribute certificates": (only(scope(attributes=True)), "partial"),
    "for some reasons": (only(scope(reasons=KEY_ONLY)), "partial"),
    "indirect": (only(scope(indirect=True)), "unsupported"),
    "with an unknown critical extension": (only(UNKNOWN), "unsupported"),
    "with an unknown critical extension of an entry": (odd_entry, "unsupported"),
    "of its own place": (silent(point(SHARDS[0]), shard=0), "current"),
    "of another place": (silent(point(SHARDS[1]), shard=0), "partial"),
    "of a place, for a client without one": (silent(shard=0), "partial"),
    "of one of two places": (silent(point(SHARDS[1]), point(SHARDS[0]), shard=0), "current"),
    "whole, for a client with a place": (silent(point(SHARDS[0])), "current"),
    "whole, for a client whose place has some reasons": (silent(point(SHARDS[0], reasons=KEY_ONLY)), "partial"),
    "whole, for a client that names another issuer": (silent(point(SHARDS[0], issuer=OTHER)), "current"),
    "of the place of another issuer": (silent(point(SHARDS[0], issuer=OTHER), shard=0), "partial"),
    "of a relative place": (relative, "current"),
}


@pytest.mark.parametrize("case", SILENT)
def test_a_crl_answers_for_the_certificates_that_it_covers(chain: Chain, case: str) -> None:
    make, status = SILENT[case]
    crls = write(chain, "all.pem", *make(chain), crl(chain["root"]))
    found = ask(chain, crls)
    assert (found["crl"]["status"], found["revocation"]) == (status, None)
    assert found["verified"] is openssl_verifies(chain, crls) is (status == "current")


def listing(chain: Chain, of: Name | None, kind: x509.ExtensionType | None) -> x509.CertificateRevocationList:
    """Return a CRL of the client's CA that lists the serial number of the client, as one of the CA ``of``."""
    return crl(chain["sub"], [client(chain)], of=of, extensions=[kind] if kind else [])


@pytest.mark.parametrize(
    ("of", "kind", "revoked"),
    [
        pytest.param(OTHER, scope(indirect=True), False, id="of another CA, indirect"),
        pytest.param(None, scope(indirect=True), True, id="of this CA, indirect"),
        pytest.param(OTHER, None, False, id="of another CA, not said to be indirect"),
        pytest.param(None, scope(attributes=True), False, id="an attribute certificate"),
        pytest.param(None, scope(cas=True), True, id="among CAs"),
        pytest.param(None, scope(users=True), True, id="among end entities"),
    ],
)
def test_an_entry_counts_for_the_certificate_that_it_names(
    chain: Chain, of: Name | None, kind: x509.IssuingDistributionPoint | None, revoked: bool
) -> None:
    """OpenSSL is asked with indirect CRLs. That the CRL beside it is silent changes nothing of a revocation."""
    whole = crl(chain["sub"])
    both = write(chain, "all.pem", listing(chain, of, kind), whole, crl(chain["root"]))
    found = ask(chain, both)
    assert bool(found["revocation"]) is revoked
    assert found["verified"] is not revoked
    if kind and kind.indirect_crl:
        alone = write(chain, "alone.pem", listing(chain, of, kind), crl(chain["root"]))
        assert openssl_verifies(chain, alone, extended=True) is not revoked


def test_an_issuer_that_an_entry_names_holds_for_those_that_follow(chain: Chain) -> None:
    make_client(chain["sub"], clients=[{"name": "second", "common_name": "second"}])
    second = chain["sub"] / "second.crt"
    indirect = crl(chain["sub"], [second, client(chain)], of=OTHER, extensions=[scope(indirect=True)])
    assert ask(chain, write(chain, "all.pem", indirect, crl(chain["sub"]), crl(chain["root"])))["verified"] is True
    only = write(chain, "only.pem", indirect, crl(chain["root"]))
    assert openssl_verifies(chain, only, extended=True)


@pytest.mark.parametrize("delegated", [True, False])
def test_an_indirect_crl_of_another_ca(chain: Chain, tmp_path: Path, delegated: bool) -> None:
    """It revokes what names its CA as the issuer of its CRL, and leaves nothing verified that it lists."""
    make_ca(tmp_path / "lists", subject={"common_name": "lists"}, issuer={"path": str(chain["root"])})
    lister, ca = load(tmp_path / "lists/root.crt").subject, load(chain["sub"] / "root.crt").subject
    if delegated:
        with_points(chain, point(issuer=lister))
    other = crl(tmp_path / "lists", [client(chain)], of=ca, extensions=[scope(indirect=True)])
    also = [tmp_path / "lists/root.crt"]
    found = ask(chain, write(chain, "all.pem", other, crl(chain["sub"]), crl(chain["root"])), also=also)
    assert (found["verified"], bool(found["revocation"])) == (False, delegated)
    assert ("was revoked at" if delegated else "the indirect CRL of CN=lists") in found["problem"]
    unsigned = crl(
        tmp_path / "lists", [client(chain)], of=ca, extensions=[scope(indirect=True)], key=chain["root"] / "root.key"
    )
    found = ask(chain, write(chain, "all.pem", unsigned, crl(chain["sub"]), crl(chain["root"])), also=also)
    assert (found["verified"], found["revocation"]) == (False, None)
    assert "none of the known CAs has signed" in found["problem"]
    of_others = crl(tmp_path / "lists", [client(chain)], extensions=[scope(indirect=True)])
    found = ask(chain, write(chain, "all.pem", of_others, crl(chain["sub"]), crl(chain["root"])), also=also)
    assert (found["verified"], found["revocation"]) == (True, None), "a number of the other CA"


def test_import_takes_what_the_ca_has_revoked_and_nothing_else(tmp_path: Path) -> None:
    chain = make_chain(tmp_path)
    make_client(chain["sub"], clients=[{"name": name, "common_name": name} for name in "abcdef"])
    a, b, c, d, e, f = (chain["sub"] / f"{name}.crt" for name in "abcdef")
    hold, ends = x509.ReasonFlags.certificate_hold, x509.ReasonFlags.remove_from_crl
    delta = x509.DeltaCRLIndicator(1)
    crls = write(
        chain,
        "history.pem",
        crl(chain["sub"], [a], extensions=[scope(indirect=True)]),
        crl(chain["sub"], [b], of=OTHER, extensions=[scope(indirect=True)]),
        crl(chain["sub"], [c], extensions=[scope(attributes=True)]),
        crl(chain["sub"], [d], extensions=[scope(reasons=KEY_ONLY)]),
        crl(chain["sub"], [e, f], reason=hold, start=NOW - 2 * DAY),
        crl(chain["sub"], [e], reason=ends, start=NOW - DAY, extensions=[delta]),
        crl(chain["sub"], [f], reason=ends, start=NOW - 3 * DAY, extensions=[delta]),
    )
    done = make_ca(
        chain["sub"],
        subject={"common_name": "sub"},
        issuer={"path": str(chain["root"])},
        import_paths=[str(crls)],
    )
    assert done["imported"]["revocations"] == 3
    known = {Path(item["file"]).stem: item["reason"] for item in entries(chain["sub"]) if item["file"]}
    assert {name: known[name] for name in "abcdef"} == {
        "a": "key_compromise",
        "b": None,
        "c": None,
        "d": "key_compromise",
        "e": None,
        "f": "certificate_hold",
    }


@pytest.mark.parametrize(
    ("extension", "kind"),
    [
        (x509.DeltaCRLIndicator(1), "a delta CRL"),
        (scope(indirect=True), "an indirect CRL"),
        (scope(attributes=True), "a CRL of attribute certificates"),
        (scope(cas=True), "a CRL of CAs alone"),
        (scope(users=True), "a CRL of end entities alone"),
        (scope(reasons=KEY_ONLY), "a CRL for some reasons alone"),
        (scope(SHARDS[0]), ""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_part_of_the_crl_does_not_stand_for_the_database(
    chain: Chain, extension: x509.ExtensionType, kind: str
) -> None:
    """In the place of the CA's CRL, and with the database lost; with the database, it is replaced."""
    made = crl(chain["sub"], [client(chain)], extensions=[x509.CRLNumber(1), extension])
    path = chain["sub"] / "root.crl.pem"
    revoke(chain["sub"], {"name": "client", "reason": "key_compromise"})
    path.write_bytes(made.public_bytes(PEM))
    planned = [reason["code"] for reason in revoke(chain["sub"], write=False)["reasons"]]
    assert ("partial" in planned) is bool(kind)
    (chain["sub"] / "root.index.db").unlink()
    if kind:
        with pytest.raises(CertificateError, match=kind) as refused:
            revoke(chain["sub"])
        assert refused.value.code == "crl_partial"
    else:
        assert revoke(chain["sub"])["crl"]["revoked"], "a whole one, as far as anyone can tell"
