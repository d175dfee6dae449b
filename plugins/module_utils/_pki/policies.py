# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reasons for which a certificate or a file of it has to be made again: one table of small predicates.

Pure: a case goes in, reasons come out; without a reason nothing is done. Private to this collection.
"""

from __future__ import annotations

import hashlib
import typing as t
from dataclasses import dataclass

from .._x509 import build, describe, keys, profiles, terms, times, verification
from .._x509.package import x509
from .case import Case, Consent, Reason

# The artifacts that have to be made again with the private key, and with the certificate.
KEY = frozenset({"key", "csr", "certificate", "chain", "pkcs12"})
CERTIFICATE = frozenset({"certificate", "chain", "pkcs12"})


@dataclass(frozen=True)
class Policy:
    """A predicate: ``check`` returns a sentence if something is not as wanted.

    ``replaces``: the artifacts that are then made again. ``needs``: attributes of Current without which there is
    nothing to check. ``file``: the check applies only if this kind of file is wanted. ``derived``: not worth a reason
    if the artifact is made again anyway. ``refusal``, ``consent``, ``needs_issuer``: see Reason.
    """

    code: str
    replaces: frozenset[str]
    check: t.Callable[[Case], str | None]
    needs: tuple[str, ...] = ()
    file: str = "certificate"
    derived: bool = False
    refusal: str = ""
    consent: Consent | None = None
    needs_issuer: bool = False


def evaluate(case: Case, ignored: t.Collection[str] = ()) -> list[Reason]:
    """Return the reasons of all policies that apply, in the order of the table.

    ``ignored``: codes of what a CA elsewhere decides.
    """
    reasons: list[Reason] = []
    for policy in POLICIES:
        if policy.code in ignored:
            continue
        if policy.file not in case.desired.paths or any(getattr(case.current, n) is None for n in policy.needs):
            continue
        if policy.derived and any(policy.replaces <= reason.replaces for reason in reasons):
            continue
        if message := policy.check(case):
            reasons.append(
                Reason(policy.code, message, policy.replaces, policy.refusal, policy.consent, policy.needs_issuer)
            )
    return reasons


def _missing(case: Case) -> str | None:
    if case.current.certificate or case.current.certificate_error:
        return None
    return f"There is no certificate at {case.desired.paths['certificate']}."


def _key_missing(case: Case) -> str | None:
    """Check for a lost key. Without a certificate, nothing has been made yet, which is the reason ``missing``."""
    if case.current.key or case.current.key_error or "certificate" not in case.current.content:
        return None
    return f"There is no private key at {case.desired.paths['key']}."


def _key_unreadable(case: Case) -> str | None:
    return f"The private key {case.desired.paths['key']} cannot be used: {case.current.key_error}."


def _key_not_encrypted(case: Case) -> str | None:
    if case.desired.passphrase is None or case.current.key_encrypted:
        return None
    return f"The private key {case.desired.paths['key']} is not encrypted with the passphrase yet."


def _key_type_differs(case: Case) -> str | None:
    found = keys.any_spec_of(case.key.public_key())
    return None if str(found) == str(case.desired.key) else f"The private key is {found}, wanted is {case.desired.key}."


def _unreadable(case: Case) -> str | None:
    return f"The certificate {case.desired.paths['certificate']} cannot be read: {case.current.certificate_error}."


def _key_mismatch(case: Case) -> str | None:
    if case.key_holder is None or keys.same_key(case.key_holder, case.certificate):
        return None
    paths = case.desired.paths
    holder = "the request" if case.desired.request else f"the private key {paths['key']}"
    return f"The certificate {paths['certificate']} is not for {holder}."


def interrupted(case: Case) -> bool:
    """Return whether a run was killed between the database entry for the current key and the certificate file."""
    issued = case.history.of_file
    if not issued or case.current.key is None:
        return False
    return issued[-1]["public_key"] == describe.public_key_sha256(case.current.key)


def _revoked(case: Case) -> str | None:
    """Check for a revocation. A certificate on hold may be released, so it is left alone."""
    state = case.history.state
    if state is None or not state.revoked or state.reason == terms.HOLD:
        return None
    return f"{case.desired.paths['certificate']} was revoked at {state.revoked} ({state.reason})."


def _key_compromised(case: Case) -> str | None:
    for item in case.history.of_key:
        if item["revoked"] and item["reason"] in terms.COMPROMISED:
            return (
                f"The private key was reported compromised at {item['revoked']} ({item['reason']}, certificate"
                f" {item['serial_number']})."
            )
    return None


def _subject_differs(case: Case) -> str | None:
    found, wanted = case.certificate.subject, case.desired.subject
    return None if found == wanted else f"The subject is {found.rfc4514_string()}, wanted is {wanted.rfc4514_string()}."


def _san_differs(case: Case) -> str | None:
    return _names_difference(case) if case.desired.exact else None


def _names_difference(case: Case) -> str | None:
    found, wanted = (
        {describe.name_text(name) for name in names}
        for names in (describe.alternative_names(case.certificate), case.desired.names)
    )
    if found == wanted:
        return None
    return f"The alternative names are {sorted(found)}, wanted are {sorted(wanted)}."


def _profile_differs(case: Case) -> str | None:
    """Check that the certificate does not serve another purpose: then it probably belongs to another program.

    One without extended key usage is adopted.
    """
    profile = case.desired.profile
    if profile.ca:
        return None
    path = case.desired.paths["certificate"]
    basic = describe.extension(case.certificate, x509.BasicConstraints)
    if basic and basic.ca:
        return f"{path} is the certificate of a CA."
    usages = describe.extension(case.certificate, x509.ExtendedKeyUsage)
    if usages is not None and not {usage.dotted_string for usage in usages} & {*profile.extended_usage}:
        return f"{path} is no {profile.name} certificate."
    return None


def _extensions_differ(case: Case) -> str | None:
    """Check the extensions but names and the issuer's identity, which have policies of their own.

    Of a CA that was made elsewhere and works, only limits that the user asks for count.
    """
    return next(_extension_differences(case), None) if case.desired.exact else _defect(case)


def _defect(case: Case) -> str | None:
    """Return why a CA cannot be used for clients, or which limit it does not have, as a sentence."""
    profile = case.desired.profile
    basic = describe.extension(case.certificate, x509.BasicConstraints)
    usage = describe.extension(case.certificate, x509.KeyUsage)
    if basic is None:
        return "The certificate has no extension basicConstraints."
    if not basic.ca:
        return "The extension basicConstraints is not that of a CA."
    if usage is not None and not usage.key_cert_sign:
        return "The extension keyUsage does not let it sign certificates."
    if profile.path_length is not None and basic.path_length != profile.path_length:
        return f"The path length is not {profile.path_length}."
    constraints = describe.extension(case.certificate, x509.NameConstraints)
    if profile.constraints and (constraints is None or not _equal(constraints, profile.constraints)):
        return "The name constraints are not those that are wanted."
    return None


def differences(case: Case) -> list[Reason]:
    """Return the differences of a working CA from one that this collection makes; they are no reasons."""
    if case.desired.exact or case.current.certificate is None:
        return []
    found = [("extensions_differ", text) for text in _extension_differences(case) if text != _defect(case)]
    if text := _names_difference(case):
        found.append(("san_differs", text))
    if text := keys.weakness(case.certificate.public_key()):
        found.append(("weak_key", text))
    return [Reason(code, message, frozenset()) for code, message in found]


def _extension_differences(case: Case) -> t.Iterator[str]:
    """Yield a sentence for each extension that is not as this collection makes it.

    Of key identifiers only the presence counts.
    """
    profile = case.desired.profile
    for wanted, critical in profiles.extensions(
        profile, case.certificate.public_key(), case.issuer, case.desired.names
    ):
        if isinstance(wanted, x509.SubjectAlternativeName):
            continue
        if case.issuer is None and isinstance(wanted, x509.AuthorityKeyIdentifier):
            continue  # RFC 5280, 4.2.1.1: a root may leave it out
        try:
            found = case.certificate.extensions.get_extension_for_oid(wanted.oid)
        except x509.ExtensionNotFound:
            yield f"The certificate has no extension {_extension_name(wanted)}."
            continue
        if isinstance(wanted, x509.SubjectKeyIdentifier | x509.AuthorityKeyIdentifier):
            continue
        if not _equal(found.value, wanted) or found.critical != critical:
            yield f"The extension {_extension_name(wanted)} is not that of a {profile.name} certificate."
    if profile.constraints is None and describe.extension(case.certificate, x509.NameConstraints) is not None:
        yield "The certificate has name constraints, which are not wanted."


def _extension_name(wanted: x509.ExtensionType) -> str:
    name = type(wanted).__name__
    return name[:1].lower() + name[1:]


def _equal(found: x509.ExtensionType, wanted: x509.ExtensionType) -> bool:
    """Compare two extensions; the order of name constraints means nothing."""
    if isinstance(found, x509.NameConstraints) and isinstance(wanted, x509.NameConstraints):
        return _subtrees(found) == _subtrees(wanted)
    return found == wanted


def _subtrees(constraints: x509.NameConstraints | None) -> tuple[frozenset[x509.GeneralName] | None, frozenset[t.Any]]:
    """Return what is permitted, None for everything, and what is excluded."""
    permitted = constraints.permitted_subtrees if constraints else None
    excluded = constraints.excluded_subtrees if constraints else None
    return None if permitted is None else frozenset(permitted), frozenset(excluded or ())


def _limits_narrowed(case: Case) -> str | None:
    """Check whether certificates that a CA has signed could be outside of its new limits."""
    profile = case.desired.profile
    if not profile.ca:
        return None
    basic = describe.extension(case.certificate, x509.BasicConstraints)
    length = basic.path_length if basic else None
    if profile.path_length is not None and (length is None or profile.path_length < length):
        return f"The path length is {'not limited' if length is None else length}, wanted is {profile.path_length}."
    permitted, excluded = _subtrees(describe.extension(case.certificate, x509.NameConstraints))
    to_permit, to_exclude = _subtrees(profile.constraints)
    permits_less = to_permit is not None and (permitted is None or not permitted <= to_permit)
    if permits_less or not to_exclude <= excluded:
        return "The wanted name constraints permit less than those of the certificate."
    return None


def _issuer_changed(case: Case) -> str | None:
    if case.certificate.issuer != case.signer.subject:
        found, wanted = case.certificate.issuer.rfc4514_string(), case.signer.subject.rfc4514_string()
        return f"The certificate was issued by {found}, the CA is {wanted}."
    identifier = describe.extension(case.certificate, x509.AuthorityKeyIdentifier)
    found_key = identifier.key_identifier if identifier else None
    if found_key and found_key != (profiles.key_identifier(case.signer) or found_key):
        return "The CA has another key than the one that signed the certificate."
    if identifier and case.issuer and verification.names_other_serial(identifier, case.signer):
        return "The certificate names its CA by a serial number that the CA no longer has."
    return None


def _signature_invalid(case: Case) -> str | None:
    same_name = case.certificate.issuer == case.signer.subject
    if not same_name or verification.signed_by(case.certificate, case.signer):
        return None
    return "The certificate's signature is not the CA's."


def _expired(case: Case) -> str | None:
    end = case.certificate.not_valid_after_utc
    return f"The certificate expired at {times.iso(end)}." if end <= case.now else None


def _not_yet_valid(case: Case) -> str | None:
    """Check for a certificate that was made while the clock was ahead: nothing accepts it until then."""
    start = case.certificate.not_valid_before_utc
    if start <= case.now:
        return None
    path = case.desired.paths["certificate"]
    return f"{path} is valid from {times.iso(start)} on, but here it is {times.iso(case.now)}."


def _expires_soon(case: Case) -> str | None:
    """Check whether renewal is due. It is not if a new certificate would end no later, with an expiring CA."""
    end = case.certificate.not_valid_after_utc
    if not case.now < end < min(case.now + case.desired.renew_before, case.until):
        return None
    return f"The certificate expires at {times.iso(end)}, within the time set for renewal."


def _csr_missing(case: Case) -> str | None:
    wanted = "csr" not in case.current.content and case.key_holder is not None
    return f"There is no certificate request at {case.desired.paths['csr']}." if wanted else None


def _csr_unreadable(case: Case) -> str | None:
    return f"The certificate request {case.desired.paths['csr']} cannot be read: {case.current.csr_error}."


def _csr_differs(case: Case) -> str | None:
    csr = case.current.csr
    if case.key_holder is None or csr is None:
        return None
    if case.desired.request:
        return None if csr == case.desired.request else "The certificate request is not the one that was handed in."
    same_subject = csr.subject == case.desired.subject
    same_names = set(describe.alternative_names(csr)) == set(case.desired.names)
    if same_subject and same_names and keys.same_key(csr, case.key_holder):
        return None
    return "The certificate request is for another subject or another private key."


def _chain_missing(case: Case) -> str | None:
    return None if "chain" in case.current.content else f"There is no chain at {case.desired.paths['chain']}."


def _chain_differs(case: Case) -> str | None:
    wanted = build.pem(case.certificate, *case.chain)
    return None if case.current.content.get("chain", wanted) == wanted else "The chain file holds other certificates."


def _passphrase_missing(case: Case) -> str | None:
    found, spec = case.current.content.get("passphrase"), case.desired.pkcs12
    if spec is None or found == build.passphrase_file(spec):
        return None
    return f"The passphrase of the PKCS#12 file is not in {case.desired.paths['passphrase']}."


def _pkcs12_missing(case: Case) -> str | None:
    return None if "pkcs12" in case.current.content else f"There is no PKCS#12 file at {case.desired.paths['pkcs12']}."


def _pkcs12_unreadable(case: Case) -> str | None:
    """Check for a PKCS#12 file from elsewhere. One that this collection wrote is made again with the new passphrase."""
    data = case.current.content.get("pkcs12")
    if data is None or case.desired.pkcs12 is None or case.opened_pkcs12:
        return None
    if case.history.pkcs12 == hashlib.sha256(data).hexdigest():
        return None
    return f"{case.desired.paths['pkcs12']} cannot be opened with the passphrase, and was not written by this module."


def _pkcs12_differs(case: Case) -> str | None:
    data, spec = case.current.content.get("pkcs12"), case.desired.pkcs12
    if data is None or spec is None:
        return None
    difference = build.pkcs12_difference(spec, data, case.opened_pkcs12, case.key, case.certificate, case.chain)
    return difference and f"The PKCS#12 file is not as wanted: {difference}."


def _rights_differ(case: Case) -> str | None:
    return case.current.rights and f"{case.current.rights}."


_PUT_BACK = "Put the right certificate back."
POLICIES: tuple[Policy, ...] = (
    Policy(terms.MISSING, CERTIFICATE, _missing),
    Policy(
        "unreadable",
        CERTIFICATE,
        _unreadable,
        ("certificate_error",),
        refusal="Put the right file back, or move it away to have a new one made.",
        consent=Consent("certificate", _PUT_BACK),
    ),
    Policy(
        "profile_differs",
        CERTIFICATE,
        _profile_differs,
        ("certificate",),
        refusal="Choose another name or path, or move it away.",
    ),
    Policy(
        "revoked",
        CERTIFICATE,
        _revoked,
        ("certificate",),
        refusal="To have a new certificate made, set replace_revoked.",
    ),
    Policy(
        "key_missing",
        KEY,
        _key_missing,
        file="key",
        consent=Consent("key", "Put the key back where it was. If it is lost, replace=key makes a new CA."),
    ),
    Policy(
        "key_unreadable",
        KEY,
        _key_unreadable,
        ("key_error",),
        file="key",
        refusal="Move it away to have a new one made.",
        consent=Consent("key", "Give the right passphrase, or put the right file there."),
    ),
    Policy(
        "key_compromised",
        KEY,
        _key_compromised,
        refusal="To have a new key and a new certificate made, set replace_revoked.",
    ),
    Policy(
        "key_type_differs",
        KEY,
        _key_type_differs,
        ("key",),
        consent=Consent("key", "Set the current kind of key, or make a new CA in another path."),
    ),
    Policy("key_not_encrypted", frozenset({"encryption"}), _key_not_encrypted, ("key",)),
    Policy(
        "key_mismatch",
        CERTIFICATE,
        _key_mismatch,
        ("certificate",),
        refusal="Put the right key back, or move the certificate away to have one made for this key.",
        consent=Consent("certificate", "Put the key back that belongs to the certificate."),
    ),
    Policy(
        "subject_differs",
        CERTIFICATE,
        _subject_differs,
        ("certificate",),
        consent=Consent("certificate", "Set the current subject, or make a new CA in another path."),
    ),
    Policy("san_differs", CERTIFICATE, _san_differs, ("certificate",)),
    Policy(
        "limits_narrowed",
        CERTIFICATE,
        _limits_narrowed,
        ("certificate",),
        consent=Consent(
            "certificate",
            "Leave path_length and name_constraints as they were, or make a new CA in another path.",
            "those it has issued that are beyond the new limits are then no longer valid.",
        ),
    ),
    Policy("extensions_differ", CERTIFICATE, _extensions_differ, ("certificate",)),
    Policy(
        "issuer_changed",
        CERTIFICATE,
        _issuer_changed,
        ("certificate",),
        consent=Consent("certificate", "Another CA has issued it; use it with ca_path as it is."),
        needs_issuer=True,
    ),
    Policy(
        "signature_invalid",
        CERTIFICATE,
        _signature_invalid,
        ("certificate",),
        derived=True,
        consent=Consent("certificate", _PUT_BACK),
        needs_issuer=True,
    ),
    Policy(
        "not_yet_valid",
        CERTIFICATE,
        _not_yet_valid,
        ("certificate",),
        consent=Consent(
            "certificate",
            "Set the clock. If it was wrong when the CA was made, the certificate can be made again with the same key.",
            "those it has issued stay valid.",
        ),
    ),
    Policy("expired", CERTIFICATE, _expired, ("certificate",)),
    Policy("expires_soon", CERTIFICATE, _expires_soon, ("certificate",)),
    Policy("csr_missing", frozenset({"csr"}), _csr_missing, file="csr", derived=True),
    Policy(
        "csr_unreadable",
        frozenset({"csr"}),
        _csr_unreadable,
        ("csr_error",),
        file="csr",
        refusal="Move it away to have a new one made.",
    ),
    Policy("csr_differs", frozenset({"csr"}), _csr_differs, file="csr", derived=True),
    Policy("chain_missing", frozenset({"chain"}), _chain_missing, ("certificate",), file="chain", derived=True),
    Policy("chain_differs", frozenset({"chain"}), _chain_differs, ("certificate",), file="chain", derived=True),
    Policy("passphrase_missing", frozenset({"passphrase", "pkcs12"}), _passphrase_missing, file="passphrase"),
    Policy(
        "pkcs12_unreadable",
        frozenset({"pkcs12"}),
        _pkcs12_unreadable,
        file="pkcs12",
        refusal="Give the right passphrase, or move the file away to have a new one made.",
    ),
    Policy("pkcs12_missing", frozenset({"pkcs12"}), _pkcs12_missing, ("certificate",), file="pkcs12", derived=True),
    Policy(
        "pkcs12_differs", frozenset({"pkcs12"}), _pkcs12_differs, ("key", "certificate"), file="pkcs12", derived=True
    ),
    Policy("rights_differ", frozenset({"rights"}), _rights_differ),
)
