# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operation of the module client_deny_list: writes the fingerprints of revoked clients for servers.

A load balancer tells servers the fingerprint of a client's certificate; a CRL names serial numbers. So every revoked
certificate is looked for: in the database of its CA, and among certificates that are given. Private to this collection.
"""

from __future__ import annotations

import contextlib
import json
import os
import typing as t
from dataclasses import dataclass

from .._x509 import crl, describe, numbers, parse, times
from .._x509.errors import CertificateError, UnreadableError
from .._x509.package import x509
from .certificate_files import CertificateFiles, Query, content_of
from .issuer import Issuer
from .storage import files, rebuild
from .storage.location import Location

FORMAT = 1
_Key = tuple[bytes, int]  # name of the issuer in DER form, serial number


@dataclass(frozen=True)
class Sources:
    """Where revocations are found: CAs with a database, and files of CRLs.

    ``paths`` and ``texts``: files, directories and PEM texts with the certificates that CRLs list. ``revoked``: PEM
    texts of certificates that are revoked, as their CA says in another way.
    """

    cas: t.Sequence[Location] = ()
    crls: t.Sequence[str] = ()
    paths: t.Sequence[str] = ()
    texts: t.Sequence[str] = ()
    revoked: t.Sequence[str] = ()


def ensure(path: str, sources: Sources, tolerant: bool, write: bool) -> dict[str, t.Any]:
    """Bring the list at ``path`` up to date, and return the module's result.

    Raises CertificateError for a source that cannot be used, and for a revoked certificate without both fingerprints,
    unless ``tolerant``.
    """
    given = CertificateFiles(Query(paths=sources.paths, content="\n".join(sources.texts) or None, crls=()))
    known = {_key(loaded.certificate): loaded.certificate for loaded in given.certificates}
    clients: dict[_Key, dict[str, str]] = {}
    for location in sources.cas:
        clients.update(_of_database(location, known))
    for loaded in CertificateFiles(Query(content="\n".join(sources.revoked) or None, crls=())).certificates:
        found = loaded.certificate
        clients[_key(found)] = _client(found.issuer, found.serial_number, "unspecified", found)
    authorities = [loaded.certificate for loaded in given.certificates if loaded.profile.ca]
    for file in sources.crls:
        for key, client in _of_crls(file, known, authorities):
            clients.setdefault(key, client)
    unmatched = [client for client in clients.values() if not (client["sha1"] and client["sha256"])]
    names = [f"{client['serial_number']} of {client['issuer']}" for client in unmatched]
    if unmatched and not tolerant:
        raise CertificateError(
            f"{len(unmatched)} revoked certificates cannot be told by their fingerprints, so servers would let them in:"
            f" {'; '.join(names[:5])}{' and others' if len(names) > 5 else ''}. The list stays as it is.",
            "Give their files in certificate_paths, or go without them (allow_unmatched).",
            "unmatched",
        )
    listed = [client for client in clients.values() if client["sha1"] or client["sha256"]]
    listed.sort(key=lambda client: (client["issuer"], client["serial_number"]))
    content = json.dumps({"format": FORMAT, "clients": listed}, indent=0, sort_keys=True).encode() + b"\n"
    before = files.read(path)
    if write and content != before:
        files.check_directories([os.path.dirname(path)])
        files.write_all([files.File(path, files.PUBLIC, content)])
    return {
        "changed": content != before,
        "path": path,
        "count": len(listed),
        "unmatched": names,
        "warnings": [f"Not on the list, because a fingerprint is unknown: {'; '.join(names)}."] if names else [],
        "diff": {
            "before_header": path,
            "after_header": path,
            "before": _readable(before),
            "after": _readable(content),
        },
    }


def _key(certificate: x509.Certificate) -> _Key:
    return certificate.issuer.public_bytes(), certificate.serial_number


def _of_database(location: Location, known: t.Mapping[_Key, x509.Certificate]) -> dict[_Key, dict[str, str]]:
    """Return the revoked clients of a CA that are still within their validity."""
    issuer = Issuer.load(location)
    if issuer is None:
        raise CertificateError(
            f"There is no CA certificate {location.certificate_path}.", "Correct ca_paths.", "ca_missing"
        )
    now = times.iso(times.now())
    name = issuer.certificate.subject
    found = {}
    with rebuild.reading(location, issuer.certificate) as database:
        sha1 = database.sha1_of_revoked()
        for item in database.revoked():
            if item["not_after"] <= now:
                continue
            key = name.public_bytes(), int(item["serial_number"], 16)
            certificate = known.get(key) or _in_file(item["file"], key)
            found[key] = {
                **_client(name, key[1], str(item["reason"]), certificate),
                **({"sha256": item["fingerprint_sha256"]} if item["fingerprint_sha256"] else {}),
                **({"sha1": sha1[item["serial_number"]]} if item["serial_number"] in sha1 else {}),
            }
    return found


def _in_file(path: str, key: _Key) -> x509.Certificate | None:
    """Return the certificate in ``path``, None if the file has another one by now."""
    with contextlib.suppress(OSError, UnreadableError, CertificateError):
        certificate = parse.certificate((files.read(path) if path else None) or b"")
        return certificate if _key(certificate) == key else None
    return None


def _of_crls(
    file: str, known: t.Mapping[_Key, x509.Certificate], authorities: t.Sequence[x509.Certificate]
) -> t.Iterator[tuple[_Key, dict[str, str]]]:
    """Yield the clients that the CRLs in ``file`` revoke. Raises CertificateError.

    An entry for another CA counts unless its certificate is known and does not name the issuer of the CRL.
    """
    try:
        found = parse.crls(content_of(file))
    except UnreadableError as error:
        raise CertificateError(
            f"crl_paths: {file} cannot be read: {error}.", "Name a CRL in PEM or DER form.", "crl_unreadable"
        ) from None
    for each in found:
        issuers = [ca for ca in authorities if ca.subject == each.issuer]
        if issuers and not any(crl.signed_by(each, ca) for ca in issuers):
            raise CertificateError(
                f"crl_paths: {file} is not signed by its CA, {each.issuer.rfc4514_string()}.",
                "Name a CRL that the CA has made.",
                "crl_unsigned",
            )
        for issuer in (each.issuer, *crl.issuers(each)):
            for serial_number, state in crl.contents(each, issuer).items():
                key = issuer.public_bytes(), serial_number
                certificate = known.get(key)
                if issuer == each.issuer or certificate is None or crl.delegates(certificate, each.issuer):
                    yield key, _client(issuer, serial_number, state["reason"], certificate)


def _client(issuer: x509.Name, serial_number: int, reason: str, certificate: x509.Certificate | None) -> dict[str, str]:
    return {
        "issuer": issuer.rfc4514_string(),
        "serial_number": numbers.serial_text(serial_number),
        "subject": certificate.subject.rfc4514_string() if certificate else "",
        "reason": reason,
        "sha1": describe.fingerprint_sha1(certificate) if certificate else "",
        "sha256": describe.fingerprint_sha256(certificate) if certificate else "",
    }


def _readable(content: bytes | None) -> str:
    """Return a line for each client of a list; none for a file that is no list."""
    with contextlib.suppress(ValueError, KeyError, TypeError):
        clients = json.loads(content or b"")["clients"]
        return "".join(
            f"{each['serial_number']} {each['reason']} {each['subject'] or each['issuer']}\n" for each in clients
        )
    return ""
