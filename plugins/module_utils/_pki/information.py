# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is: certificates in files and directories, whether they hold, and what a run would make again.

Nothing is written. What a certificate is to be is read off the certificate itself, so the policies that decide about
a re-issue are those of the modules that issue. Private to this collection.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import typing as t

from .._x509 import build as issue
from .._x509 import keys, parse
from .._x509 import names as values
from .._x509.errors import PkiError, UnreadableError
from . import ca as authority
from . import certificate as engine
from . import certificate_files as library
from . import policies
from . import processes as workers
from . import results as report
from .certificate_files import Found, Library, Question, content_of
from .storage import database as index

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509

_BATCH = 256
# Cannot be answered for a certificate whose CA is not known.
_ABOUT_THE_ISSUER = {"issuer_changed", "signature_invalid"}


def gather(question: Question) -> dict[str, t.Any]:
    """certificates and unreadable, as the module returns them. Raises PkiError for a path that is not there."""
    known = Library(question)
    described = workers.batches(lambda each: _describe(each, known), known.asked_for, _BATCH)
    return {
        "changed": False,
        "certificates": [each for batch in described for each in batch],
        "unreadable": known.unreadable,
    }


def _describe(found: Found, known: Library) -> dict[str, t.Any]:
    certificate = found.certificate
    chain, problem = known.chains.above(certificate)
    key = _Key.beside(found, known)
    inspection = _inspection(found, known, key)
    return {
        "path": found.path,
        "position": found.position,
        **({"certificate": engine.public_pem(certificate)} if known.question.return_content else {}),
        "profile": found.profile.name,
        **engine.facts(certificate),
        "serial_number": index.serial(certificate),
        "fingerprint_sha256": index.fingerprint(certificate),
        "days_left": (certificate.not_valid_after_utc - known.now).days,
        "verified": problem is None,
        "problem": problem,
        "chain": [values.subject_dict(each.subject) for each in chain[1:]],
        "revocation": known.chains.revocation(certificate),
        "private_key": key and key.result,
        "reasons": report.reasons(inspection),
        "remakes": sorted(inspection.remakes & {*inspection.desired.paths, "rights"}),
    }


@dataclasses.dataclass(frozen=True)
class _Key:
    """The key beside a certificate. ``matches`` is None when it cannot be opened, and ``problem`` says why."""

    path: str
    encrypted: bool | None = None
    matches: bool | None = None
    problem: str | None = None
    passphrase: bytes | None = dataclasses.field(default=None, repr=False)

    @property
    def result(self) -> dict[str, t.Any]:
        return {name: getattr(self, name) for name in ("path", "encrypted", "matches", "problem")}

    @classmethod
    def beside(cls, found: Found, known: Library) -> _Key | None:
        path = found.companions.get("key")
        if path is None:
            return None
        try:
            pem = content_of(path)
        except PkiError as error:
            return cls(path, problem=str(error))
        except OSError as error:
            return cls(path, problem=f"{path}: {error.strerror}.")
        encrypted, why = keys.encrypted(pem), ""
        for passphrase in (known.question.passphrases if encrypted else ()) or (None,):
            try:
                key = keys.load(pem, passphrase)
            except UnreadableError as error:
                why = f"{path}: {error}."
            else:
                same = keys.fingerprint(key.public_key()) == keys.fingerprint(found.certificate.public_key())
                return cls(path, encrypted, same, passphrase=passphrase)
        return cls(path, encrypted, problem=why)


def _inspection(found: Found, known: Library, key: _Key | None) -> engine.Inspection:
    """What the module that issues would say when it is asked for the same certificate again."""
    certificate = found.certificate
    issuer = next(iter(known.chains.issuers(certificate)), None)
    above = None if found.signs_itself or issuer is None else _chain_of(issuer, known)
    lifetime = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    renew_before = values.duration(known.question.renew_before, "renew_before", lifetime)
    pkcs12 = _pkcs12_spec(found, known)
    # Nothing can be said of a key without its passphrase, or of a chain without the CA: no reason to make another one.
    unknown = {"key"} if key and key.matches is None else set[str]()
    unknown |= {"chain", "pkcs12", "passphrase"} if above is None else set()
    unknown |= {"pkcs12", "passphrase"} if pkcs12 is None else set()
    paths = {file: path for file, path in found.companions.items() if file not in unknown}
    paths["certificate"] = "" if found.path is None or found.path.endswith(library.PKCS12_ENDINGS) else found.path
    desired = policies.Desired(
        profile=found.profile,
        subject=certificate.subject,
        names=tuple(policies.alternative_names(certificate)),
        key=keys.spec_of(certificate.public_key()) or keys.KeySpec("rsa"),
        # A threshold beyond the whole lifetime is a sensible question here: then everything is about to expire.
        lifetime=max(lifetime, renew_before + values.A_DAY),
        renew_before=renew_before,
        # The modules that issue refuse symbolic links; where somebody only looks they are usual.
        paths={file: path and os.path.realpath(path) for file, path in paths.items()},
        request=_request(found),
        passphrase=key.passphrase if key else None,
        pkcs12=pkcs12,
    )
    case = engine.inspect(desired, issuer if above else None, known.now, above=above).case
    # In a bundle, a PKCS#12 file or DER form it is not what the engine has read.
    current = dataclasses.replace(case.current, certificate=certificate, certificate_error=None)
    case = dataclasses.replace(case, current=current)
    reasons = policies.evaluate(case)
    return engine.Inspection(case, [each for each in reasons if issuer or each.code not in _ABOUT_THE_ISSUER])


def _request(found: Found) -> x509.CertificateSigningRequest | None:
    """That of a client who keeps the private key to himself."""
    if "key" in found.companions or "csr" not in found.companions:
        return None
    with contextlib.suppress(UnreadableError, PkiError, OSError):
        return parse.csr(content_of(found.companions["csr"]))
    return None


def _chain_of(issuer: x509.Certificate, known: Library) -> tuple[x509.Certificate, ...]:
    """What the CA gives its certificates as a chain."""
    path = known.paths.get(issuer)
    if path is None:
        return (issuer,)
    directory, name = os.path.split(os.path.realpath(path))
    with contextlib.suppress(PkiError, OSError):
        ca = authority.Authority.load(authority.Location(directory, certificate_name=name))
        return ca.chain if ca else (issuer,)
    return (issuer,)


def _pkcs12_spec(found: Found, known: Library) -> issue.Pkcs12Spec | None:
    """The file as it is, when one of the passphrases opens it: its own name and encryption are the wanted ones."""
    path = found.companions.get("pkcs12")
    if path is None:
        return None
    with contextlib.suppress(PkiError, OSError):
        data = content_of(path)
        for passphrase in known.passphrases(path):
            with contextlib.suppress(UnreadableError):
                opened = parse.pkcs12(data, passphrase)
                name = (opened.cert and opened.cert.friendly_name) or b""
                generated = "passphrase" in found.companions
                return issue.Pkcs12Spec(name.decode(errors="replace"), passphrase, issue.is_legacy(data), generated)
    return None


def collect(params: t.Mapping[str, t.Any], _write: bool) -> dict[str, t.Any]:
    """What the module returns for its options."""
    within = params["expires_within"]
    return gather(
        Question(
            paths=params["paths"] or (),
            content=params["content"],
            recurse=params["recurse"],
            passphrases=[each.encode() for each in params["passphrases"] or ()],
            trusted=params["trusted_paths"],
            crls=params["crl_paths"],
            renew_before=params["renew_before"],
            within=None if within is None else values.duration(within, "expires_within"),
            common_name=params["common_name"],
            profiles=params["profiles"] or (),
            return_content=params["return_content"],
        )
    )
