# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why something has to be made again: an ordered chain of small predicates, each with a name.

Pure: what is there, what is wanted and the time go in, reasons come out. No reason means that nothing is done.
Private to this collection.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import functools
import hashlib
import typing as t

from .._x509 import build as issue
from .._x509 import keys, parse, profiles
from .._x509 import names as values
from .._x509.errors import UnreadableError
from . import scopes
from .storage import database as index
from .storage.files import ANYBODY, Owner

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509

if t.TYPE_CHECKING:
    from . import unchanged as records

# The files of a certificate, in the order in which they are made, and how their names end.
ENDINGS = {
    "key": ".key",
    "csr": ".csr",
    "certificate": ".crt",
    "chain": ".chain.crt",
    "passphrase": ".p12.txt",
    "pkcs12": ".p12",
}
# After these the key is somebody else's as well.
COMPROMISED = ("key_compromise", "ca_compromise", "aa_compromise")
# What follows when the first of each is made again.
KEY = frozenset({"key", "csr", "certificate", "chain", "pkcs12"})
CERTIFICATE = frozenset({"certificate", "chain", "pkcs12"})


@dataclasses.dataclass(frozen=True)
class Desired:
    """``paths``: where each of key, csr, certificate, chain, passphrase (of pkcs12) and pkcs12 is to be.

    What is not named is not made.
    """

    profile: profiles.Profile
    subject: x509.Name
    names: tuple[x509.GeneralName, ...]
    key: keys.KeySpec
    lifetime: datetime.timedelta
    renew_before: datetime.timedelta
    paths: dict[str, str]
    # Other files of it that are to have its owner, and nobody else to read them.
    beside: tuple[str, ...] = ()
    # What the user calls it, and the request of one who keeps the private key to himself: there is no file of it then.
    name: str = ""
    request: x509.CertificateSigningRequest | None = None
    passphrase: bytes | None = dataclasses.field(default=None, repr=False)
    pkcs12: issue.Pkcs12Spec | None = None
    owner: Owner = ANYBODY
    # Whether it may be valid longer than its CA, and whether a new one may follow one that was revoked.
    outlive: bool = False
    replace_revoked: bool = False


@dataclasses.dataclass(frozen=True)
class Current:
    """What the files hold. A text in an ``…_error`` field says why a file that is there could not be understood."""

    key: keys.PrivateKey | None = None
    key_error: str | None = None
    key_encrypted: bool = False
    csr: x509.CertificateSigningRequest | None = None
    csr_error: str | None = None
    certificate: x509.Certificate | None = None
    certificate_error: str | None = None
    raw: dict[str, bytes] = dataclasses.field(default_factory=dict, repr=False)
    rights: str | None = None


@dataclasses.dataclass(frozen=True)
class Case:
    """``issuer`` None: the certificate signs itself. ``until``: how long a certificate made now would be valid."""

    desired: Desired
    current: Current
    issuer: x509.Certificate | None
    until: datetime.datetime
    now: datetime.datetime
    ledger: records.Ledger | None = None
    # What follows the certificate in a chain when that is not just its issuer.
    above: tuple[x509.Certificate, ...] | None = None

    @property
    def certificate(self) -> x509.Certificate:
        """To be asked by a policy that needs it; the same goes for ``key``."""
        return t.cast("x509.Certificate", self.current.certificate)

    @property
    def key(self) -> keys.PrivateKey:
        return t.cast("keys.PrivateKey", self.current.key)

    @functools.cached_property
    def bundle(self) -> t.Any:
        """What the PKCS#12 file holds; None when there is none that opens with the passphrase."""
        data, spec = self.current.raw.get("pkcs12"), self.desired.pkcs12
        with contextlib.suppress(UnreadableError):
            return parse.pkcs12(data, spec.passphrase) if data and spec else None
        return None

    @property
    def public_key(self) -> t.Any:
        """Of the request, or of the private key; None when there is neither."""
        source = self.desired.request or self.current.key
        return source.public_key() if source else None

    @property
    def signer(self) -> x509.Certificate:
        return self.issuer or self.certificate

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        if self.above is not None:
            return self.above
        return (self.issuer,) if self.issuer else ()


@dataclasses.dataclass(frozen=True)
class Reason:
    code: str
    message: str
    remakes: frozenset[str]


@dataclasses.dataclass(frozen=True)
class Policy:
    """``needs``: attributes of Current without which the question makes no sense. ``file``: only when it is wanted.

    ``derived``: not worth a word when the file is made again anyway.
    """

    code: str
    remakes: frozenset[str]
    check: t.Callable[[Case], str | None]
    needs: tuple[str, ...] = ()
    file: str = "certificate"
    derived: bool = False


def evaluate(case: Case) -> list[Reason]:
    reasons: list[Reason] = []
    for policy in CHAIN:
        if policy.file not in case.desired.paths or any(getattr(case.current, n) is None for n in policy.needs):
            continue
        if policy.derived and any(policy.remakes <= reason.remakes for reason in reasons):
            continue
        message = policy.check(case)
        if message is not None:
            reasons.append(Reason(policy.code, message, policy.remakes))
    return reasons


def alternative_names(holder: x509.Certificate | x509.CertificateSigningRequest) -> list[x509.GeneralName]:
    try:
        return list(holder.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return []


def _missing(case: Case) -> str | None:
    if case.current.certificate or case.current.certificate_error:
        return None
    return f"There is no certificate at {case.desired.paths['certificate']}."


def _key_missing(case: Case) -> str | None:
    """Without a certificate as well there is simply nothing yet, which ``missing`` says."""
    if case.current.key or case.current.key_error or "certificate" not in case.current.raw:
        return None
    return f"There is no private key at {case.desired.paths['key']}."


def _key_unreadable(case: Case) -> str | None:
    return f"The private key {case.desired.paths['key']} cannot be used: {case.current.key_error}."


def _key_not_encrypted(case: Case) -> str | None:
    if case.desired.passphrase is None or case.current.key_encrypted:
        return None
    return f"The private key {case.desired.paths['key']} is not encrypted with the passphrase yet."


def _key_type_differs(case: Case) -> str | None:
    found = keys.spec_of(case.key.public_key())
    return None if str(found) == str(case.desired.key) else f"The private key is {found}, wanted is {case.desired.key}."


def _unreadable(case: Case) -> str | None:
    return f"The certificate {case.desired.paths['certificate']} cannot be read: {case.current.certificate_error}."


def _key_mismatch(case: Case) -> str | None:
    wanted = case.public_key
    if wanted is None or keys.fingerprint(wanted) == keys.fingerprint(case.certificate.public_key()):
        return None
    paths = case.desired.paths
    holder = "the request" if case.desired.request else f"the private key {paths['key']}"
    return f"The certificate {paths['certificate']} is not for {holder}."


def interrupted(case: Case) -> bool:
    """Whether the index has a certificate for this key that never came to its file: the run was killed in between."""
    if case.ledger is None or case.current.key is None:
        return False
    issued = case.ledger.entries_of_file(case.desired.paths["certificate"])
    return bool(issued) and issued[-1]["public_key"] == index.public_key(case.key.public_key())


def _revoked(case: Case) -> str | None:
    """One that is on hold may be released: that is left alone."""
    moment, reason = (case.ledger and case.ledger.state(index.serial(case.certificate))) or (None, None)
    if not moment or reason == index.HOLD:
        return None
    return f"{case.desired.paths['certificate']} was revoked at {moment} ({reason})."


def _key_compromised(case: Case) -> str | None:
    if case.ledger is None or case.public_key is None:
        return None
    for each in case.ledger.entries_of_key(index.public_key(case.public_key)):
        if each["revoked"] and each["reason"] in COMPROMISED:
            return f"The key was given up at {each['revoked']} ({each['reason']}, certificate {each['serial_number']})."
    return None


def _subject_differs(case: Case) -> str | None:
    found, wanted = case.certificate.subject, case.desired.subject
    return None if found == wanted else f"The subject is {found.rfc4514_string()}, wanted is {wanted.rfc4514_string()}."


def _san_differs(case: Case) -> str | None:
    found, wanted = ({shown(n) for n in names} for names in (alternative_names(case.certificate), case.desired.names))
    if found == wanted:
        return None
    return f"The alternative names are {sorted(found)}, wanted are {sorted(wanted)}."


def shown(name: x509.GeneralName) -> str:
    kind = {
        x509.DNSName: "DNS",
        x509.IPAddress: "IP",
        x509.RFC822Name: "email",
        x509.UniformResourceIdentifier: "URI",
    }.get(type(name), type(name).__name__)
    return f"{kind}:{getattr(name, 'value', name)}"


def _issuer_changed(case: Case) -> str | None:
    if case.certificate.issuer != case.signer.subject:
        found, wanted = case.certificate.issuer.rfc4514_string(), case.signer.subject.rfc4514_string()
        return f"The certificate was issued by {found}, the CA is {wanted}."
    try:
        found_key = case.certificate.extensions.get_extension_for_class(
            x509.AuthorityKeyIdentifier
        ).value.key_identifier
    except x509.ExtensionNotFound:
        return None
    if found_key and found_key != (profiles.key_identifier(case.signer) or found_key):
        return "The CA has another key than the one that signed the certificate."
    return None


def _signature_invalid(case: Case) -> str | None:
    same_name = case.certificate.issuer == case.signer.subject
    if not same_name or issue.signed_by(case.certificate, case.signer):
        return None
    return "The certificate's signature is not the CA's."


def _expired(case: Case) -> str | None:
    end = case.certificate.not_valid_after_utc
    return f"The certificate expired at {values.iso(end)}." if end <= case.now else None


def _not_yet_valid(case: Case) -> str | None:
    """Made while the clock was ahead: nobody would accept it until then."""
    start = case.certificate.not_valid_before_utc
    if start <= case.now:
        return None
    path = case.desired.paths["certificate"]
    return f"{path} is valid from {values.iso(start)} on, but here it is {values.iso(case.now)}."


def _expires_soon(case: Case) -> str | None:
    """Only when a new one would be valid longer: it cannot be when the CA itself is about to expire."""
    end = case.certificate.not_valid_after_utc
    if not case.now < end < min(case.now + case.desired.renew_before, case.until):
        return None
    return f"The certificate expires at {values.iso(end)}, within the time set for renewal."


def _csr_missing(case: Case) -> str | None:
    return None if "csr" in case.current.raw or case.public_key is None else "There is no certificate request."


def _csr_unreadable(case: Case) -> str | None:
    return f"The certificate request {case.desired.paths['csr']} cannot be read: {case.current.csr_error}."


def _csr_differs(case: Case) -> str | None:
    csr, wanted = case.current.csr, case.public_key
    if wanted is None or "csr" not in case.current.raw:
        return None
    if csr is None:
        return None  # which is another question
    if case.desired.request:
        return None if csr == case.desired.request else "The certificate request is not the one that was handed in."
    same = csr.subject == case.desired.subject and set(alternative_names(csr)) == set(case.desired.names)
    if same and keys.fingerprint(csr.public_key()) == keys.fingerprint(wanted):
        return None
    return "The certificate request is for another subject or another private key."


def _chain_missing(case: Case) -> str | None:
    return None if "chain" in case.current.raw else "There is no file with the certificate and its CA."


def _chain_differs(case: Case) -> str | None:
    wanted = issue.pem(case.certificate, *case.chain)
    return None if case.current.raw.get("chain", wanted) == wanted else "The chain file holds other certificates."


def _passphrase_missing(case: Case) -> str | None:
    found, spec = case.current.raw.get("passphrase"), case.desired.pkcs12
    if spec is None or found == issue.passphrase_file(spec):
        return None
    return f"There is no passphrase of the PKCS#12 file at {case.desired.paths['passphrase']}."


def _pkcs12_missing(case: Case) -> str | None:
    return None if "pkcs12" in case.current.raw else "There is no PKCS#12 file."


def _pkcs12_unreadable(case: Case) -> str | None:
    """A file that was written here and now has another passphrase is made again. This is some other file."""
    data = case.current.raw.get("pkcs12")
    if data is None or case.desired.pkcs12 is None or case.bundle:
        return None
    record = case.ledger and case.ledger.record(case.desired.paths["certificate"])
    if record and record.pkcs12 == hashlib.sha256(data).hexdigest():
        return None
    return f"{case.desired.paths['pkcs12']} cannot be opened with the passphrase, and is not the file that was made."


def _pkcs12_differs(case: Case) -> str | None:
    data, spec = case.current.raw.get("pkcs12"), case.desired.pkcs12
    if data is None or spec is None:
        return None
    difference = issue.pkcs12_difference(spec, data, case.bundle, case.key, case.certificate, case.chain)
    return difference and f"The PKCS#12 file is not as wanted: {difference}."


def _rights_differ(case: Case) -> str | None:
    return case.current.rights and f"{case.current.rights}."


CHAIN: tuple[Policy, ...] = (
    Policy("missing", CERTIFICATE, _missing),
    Policy("unreadable", CERTIFICATE, _unreadable, ("certificate_error",)),
    Policy("profile_differs", CERTIFICATE, scopes.profile_differs, ("certificate",)),
    Policy("revoked", CERTIFICATE, _revoked, ("certificate",)),
    Policy("key_missing", KEY, _key_missing, file="key"),
    Policy("key_unreadable", KEY, _key_unreadable, ("key_error",), file="key"),
    Policy("key_compromised", KEY, _key_compromised),
    Policy("key_type_differs", KEY, _key_type_differs, ("key",)),
    Policy("key_not_encrypted", frozenset({"encryption"}), _key_not_encrypted, ("key",)),
    Policy("key_mismatch", CERTIFICATE, _key_mismatch, ("certificate",)),
    Policy("subject_differs", CERTIFICATE, _subject_differs, ("certificate",)),
    Policy("san_differs", CERTIFICATE, _san_differs, ("certificate",)),
    Policy("limits_narrowed", CERTIFICATE, scopes.limits_narrowed, ("certificate",)),
    Policy("extensions_differ", CERTIFICATE, scopes.extensions_differ, ("certificate",)),
    Policy("issuer_changed", CERTIFICATE, _issuer_changed, ("certificate",)),
    Policy("signature_invalid", CERTIFICATE, _signature_invalid, ("certificate",), derived=True),
    Policy("not_yet_valid", CERTIFICATE, _not_yet_valid, ("certificate",)),
    Policy("expired", CERTIFICATE, _expired, ("certificate",)),
    Policy("expires_soon", CERTIFICATE, _expires_soon, ("certificate",)),
    Policy("csr_missing", frozenset({"csr"}), _csr_missing, file="csr", derived=True),
    Policy("csr_unreadable", frozenset({"csr"}), _csr_unreadable, ("csr_error",), file="csr"),
    Policy("csr_differs", frozenset({"csr"}), _csr_differs, file="csr", derived=True),
    Policy("chain_missing", frozenset({"chain"}), _chain_missing, ("certificate",), file="chain", derived=True),
    Policy("chain_differs", frozenset({"chain"}), _chain_differs, ("certificate",), file="chain", derived=True),
    Policy("passphrase_missing", frozenset({"passphrase", "pkcs12"}), _passphrase_missing, file="passphrase"),
    Policy("pkcs12_unreadable", frozenset({"pkcs12"}), _pkcs12_unreadable, file="pkcs12"),
    Policy("pkcs12_missing", frozenset({"pkcs12"}), _pkcs12_missing, ("certificate",), file="pkcs12", derived=True),
    Policy(
        "pkcs12_differs", frozenset({"pkcs12"}), _pkcs12_differs, ("key", "certificate"), file="pkcs12", derived=True
    ),
    Policy("rights_differ", frozenset({"rights"}), _rights_differ),
)
