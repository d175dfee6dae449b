# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operation of the module certificate_info: describes certificates, and what a run would make again.

What a certificate should be is read from the certificate itself, and the policies are those of the modules that issue.
Nothing is written. Private to this collection.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import typing as t
from dataclasses import dataclass

from .._x509 import build, describe, keys, names, parse, times
from .._x509.errors import CertificateError, UnreadableError
from .._x509.package import x509
from . import certificate, policies, results
from .case import Desired
from .certificate import Inspection
from .certificate_files import CertificateFiles, LoadedCertificate, Query, content_of
from .issuer import Issuer
from .processes import map_in_processes
from .storage import location
from .storage.location import Location

_BATCH = 256


def collect(query: Query) -> dict[str, t.Any]:
    """Return certificates and unreadable, as the module does. Raises CertificateError for a missing path."""
    known = CertificateFiles(query)
    described = map_in_processes(lambda loaded: _describe(loaded, known), known.matching, _BATCH)
    return {
        "changed": False,
        "certificates": [item for batch in described for item in batch],
        "unreadable": known.unreadable,
    }


def _describe(loaded: LoadedCertificate, known: CertificateFiles) -> dict[str, t.Any]:
    found = loaded.certificate
    chain, problem = known.chains.chain(found)
    key = _Key.beside(loaded, known)
    inspection = _inspect(loaded, known, key)
    crl_state = known.chains.crl_state(found)
    return {
        "path": loaded.path,
        "position": loaded.position,
        **({"certificate": build.pem(found).decode()} if known.query.return_content else {}),
        "profile": loaded.profile.name,
        **describe.certificate(found),
        "days_left": (found.not_valid_after_utc - known.now).days,
        "verified": problem is None,
        "problem": problem,
        "chain": [names.subject_dict(ca.subject) for ca in chain[1:]],
        "revocation": known.chains.revocation(found),
        "crl": {"status": crl_state.status, "next_update": crl_state.next_update},
        "private_key": key and key.result,
        "reasons": results.reasons(inspection),
        "differences": results.differences(inspection),
        "remakes": sorted(inspection.artifacts_to_replace & {*inspection.desired.paths, "rights"}),
    }


@dataclass(frozen=True)
class _Key:
    """The key beside a certificate. ``matches`` is None if it cannot be opened, and ``problem`` says why."""

    path: str
    encrypted: bool | None = None
    matches: bool | None = None
    problem: str | None = None
    passphrase: bytes | None = dataclasses.field(default=None, repr=False)

    @property
    def result(self) -> dict[str, t.Any]:
        return {name: getattr(self, name) for name in ("path", "encrypted", "matches", "problem")}

    @classmethod
    def beside(cls, loaded: LoadedCertificate, known: CertificateFiles) -> _Key | None:
        """Return the key in the file beside a certificate, None if there is no such file."""
        path = loaded.companions.get("key")
        if path is None:
            return None
        try:
            pem = content_of(path)
        except CertificateError as error:
            return cls(path, problem=str(error))
        except OSError as error:
            return cls(path, problem=f"{path}: {error.strerror}.")
        encrypted, problem = keys.encrypted(pem), ""
        for passphrase in (known.query.passphrases if encrypted else ()) or (None,):
            try:
                key = keys.load(pem, passphrase)
            except UnreadableError as error:
                problem = f"{path}: {error}."
            else:
                return cls(path, encrypted, keys.same_key(key, loaded.certificate), passphrase=passphrase)
        return cls(path, encrypted, problem=problem)


def _inspect(loaded: LoadedCertificate, known: CertificateFiles, key: _Key | None) -> Inspection:
    """Return what the module that issues would find if it were asked for the same certificate again."""
    issuer = next(iter(known.chains.issuers(loaded.certificate)), None)
    upper_chain = None if loaded.is_self_signed or issuer is None else _upper_chain(issuer, known)
    desired = _desired(loaded, known, key, upper_chain is not None)
    case = certificate.inspect(desired, issuer if upper_chain else None, known.now, upper_chain=upper_chain).case
    # The engine reads no bundles, PKCS#12 files and DER forms, so it is given the certificate.
    current = dataclasses.replace(case.current, certificate=loaded.certificate, certificate_error=None)
    case = dataclasses.replace(case, current=current)
    return Inspection(case, [reason for reason in policies.evaluate(case) if issuer or not reason.needs_issuer])


def _desired(loaded: LoadedCertificate, known: CertificateFiles, key: _Key | None, knows_chain: bool) -> Desired:
    """Return the Desired that the certificate fulfils as it is."""
    found = loaded.certificate
    lifetime = found.not_valid_after_utc - found.not_valid_before_utc
    renew_before = times.duration(known.query.renew_before, "renew_before", lifetime)
    pkcs12 = _pkcs12_spec(loaded, known)
    # A key cannot be judged without its passphrase, nor a chain without the CA: that is no reason to make them again.
    unknown = {"key"} if key and key.matches is None else set[str]()
    unknown |= set() if knows_chain else {"chain", "pkcs12", "passphrase"}
    unknown |= {"pkcs12", "passphrase"} if pkcs12 is None else set()
    paths = {kind: path for kind, path in loaded.companions.items() if kind not in unknown}
    in_file = loaded.path is not None and not loaded.path.endswith(location.PKCS12_ENDINGS)
    paths["certificate"] = loaded.path if in_file and loaded.path else ""
    return Desired(
        profile=loaded.profile,
        subject=found.subject,
        names=tuple(describe.alternative_names(found)),
        key=keys.any_spec_of(found.public_key()) or keys.KeySpec("rsa"),
        # With a renew_before beyond the whole lifetime everything is about to expire, which is a sensible question.
        lifetime=max(lifetime, renew_before + times.A_DAY),
        renew_before=renew_before,
        # The modules that issue refuse symbolic links; for reading they are usual.
        paths={kind: path and os.path.realpath(path) for kind, path in paths.items()},
        request=_request(loaded),
        passphrase=key.passphrase if key else None,
        pkcs12=pkcs12,
        exact=not loaded.profile.ca,
    )


def _request(loaded: LoadedCertificate) -> x509.CertificateSigningRequest | None:
    """Return the request of a client that keeps its private key, None for others."""
    if "key" in loaded.companions or "csr" not in loaded.companions:
        return None
    with contextlib.suppress(UnreadableError, CertificateError, OSError):
        return parse.csr(content_of(loaded.companions["csr"]))
    return None


def _upper_chain(issuer: x509.Certificate, known: CertificateFiles) -> tuple[x509.Certificate, ...]:
    """Return the chain that the CA gives its certificates."""
    path = known.ca_paths.get(issuer)
    if path is None:
        return (issuer,)
    directory, name = os.path.split(os.path.realpath(path))
    with contextlib.suppress(CertificateError, OSError):
        ca = Issuer.load(Location(directory, certificate_name=name))
        return ca.chain if ca else (issuer,)
    return (issuer,)


def _pkcs12_spec(loaded: LoadedCertificate, known: CertificateFiles) -> build.Pkcs12Spec | None:
    """Return name and encryption of the PKCS#12 file as it is, None if no passphrase opens it."""
    path = loaded.companions.get("pkcs12")
    if path is None:
        return None
    with contextlib.suppress(CertificateError, OSError):
        data = content_of(path)
        for passphrase in known.passphrases(path):
            with contextlib.suppress(UnreadableError):
                opened = parse.pkcs12(data, passphrase)
                name = (opened.cert and opened.cert.friendly_name) or b""
                generated = "passphrase" in loaded.companions
                return build.Pkcs12Spec(name.decode(errors="replace"), passphrase, build.is_legacy(data), generated)
    return None
