# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates and CRLs in files and directories, whoever made them. Private to this collection."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import fnmatch
import functools
import os
import typing as t
from dataclasses import dataclass

from .._arguments import encodings
from .._x509 import names, parse, profiles, times, verification
from .._x509.errors import CertificateError, UnreadableError
from .._x509.package import x509
from .storage import files, location

# Octets. A larger file holds no certificates, or more than anyone wants listed.
_LARGEST = 1 << 22


@dataclass(frozen=True)
class Query:
    """What to read and which certificates to describe.

    ``trusted`` and ``crls``: files; None takes the self-signed CAs, and the CRLs, among what is read. ``within``: only
    certificates that have expired or will within this time. ``common_name``: a pattern with ``*``.
    """

    paths: t.Sequence[str] = ()
    content: str | None = None
    recurse: bool = True
    passphrases: t.Sequence[bytes] = dataclasses.field(default=(), repr=False)
    trusted: t.Sequence[str] | None = None
    crls: t.Sequence[str] | None = None
    renew_before: str = "30d"
    within: datetime.timedelta | None = None
    common_name: str | None = None
    profiles: t.Sequence[str] = ()
    return_content: bool = False


@dataclass(frozen=True)
class LoadedCertificate:
    """A certificate at ``position`` in the file ``path``, which is None for one that was handed in as text."""

    certificate: x509.Certificate
    path: str | None
    position: int

    @functools.cached_property
    def profile(self) -> profiles.Profile:
        return profiles.of(self.certificate)

    @functools.cached_property
    def is_self_signed(self) -> bool:
        return verification.signed_by(self.certificate, self.certificate)

    @functools.cached_property
    def companions(self) -> dict[str, str]:
        """The existing other files of the certificate, by keys of location.ENDINGS."""
        if self.path is None or self.position:
            return {}
        beside = location.companions(self.path)
        if self.is_self_signed:
            del beside["chain"]  # it belongs to what the CA signs
        return {kind: path for kind, path in beside.items() if path != self.path and _is_companion(kind, path)}


def _is_companion(kind: str, path: str) -> bool:
    """Return whether ``path`` can belong to a certificate. An unreadable key counts, to be reported."""
    return os.path.exists(path) if kind == "key" else os.path.isfile(path) and os.path.getsize(path) <= _LARGEST


class CertificateFiles:
    """Everything that a query reads. Raises CertificateError for a path that does not exist.

    ``unreadable``: path and message of the files that were found in directories and could not be parsed.
    """

    def __init__(self, query: Query) -> None:
        self.query = query
        self.now = times.now()
        self.chains = verification.Chains(self.now)
        self.certificates: list[LoadedCertificate] = []
        self.unreadable: list[dict[str, str]] = []
        self.ca_paths: dict[x509.Certificate, str] = {}
        listed = dict.fromkeys(file for path in query.paths for file in _files(path, query.recurse))
        for file in listed:
            if location.original_of(file) not in listed:
                self._try(file)
        if query.content is not None:
            self._add(_certificates(query.content.encode(errors="replace"), "content"), None)
        self.chains.requires_crls = bool(query.crls)
        for file in query.crls or ():
            self._add_crls(content_of(file), file)
        if query.trusted is not None:
            trusted = [ca for file in query.trusted for ca in _certificates(content_of(file), file)]
            for ca in trusted:
                self.chains.add_ca(ca)
            self.chains.trust_only(trusted)

    def _try(self, file: str) -> None:
        try:
            if os.path.getsize(file) > _LARGEST:
                raise CertificateError(f"{file} is larger than {_LARGEST >> 20} MiB.", code="unreadable")
            content = content_of(file)
            is_crl = parse.CRL_MARK in content or location.is_crl(file)
            if is_crl and self.query.crls is None:
                self._add_crls(content, file)
            if file.endswith(location.PKCS12_ENDINGS):
                self._add(self._pkcs12(file, content), file)
            elif b"-----BEGIN CERTIFICATE-----" in content or not (is_crl or b"-----BEGIN" in content):
                self._add(_certificates(content, file), file)
        except (CertificateError, OSError) as error:
            message = str(error) if isinstance(error, CertificateError) else f"{file}: {error.strerror}."
            self.unreadable.append({"path": file, "message": message})

    def _add(self, certificates: t.Iterable[x509.Certificate], path: str | None) -> None:
        for position, certificate in enumerate(certificates):
            loaded = LoadedCertificate(certificate, path, position)
            self.certificates.append(loaded)
            if loaded.profile.ca:
                self.chains.add_ca(certificate)
                if path and not position:
                    self.ca_paths.setdefault(certificate, path)

    def _add_crls(self, content: bytes, file: str) -> None:
        try:
            for found in parse.crls(content):
                self.chains.add_crl(found)
        except UnreadableError as error:
            self.chains.add_unreadable_crl(file)
            raise CertificateError(f"{file}: {error}.", code="crl_unreadable") from None

    def _pkcs12(self, file: str, content: bytes) -> list[x509.Certificate]:
        for passphrase in self.passphrases(file):
            with contextlib.suppress(UnreadableError):
                opened = parse.pkcs12(content, passphrase)
                return [item.certificate for item in (opened.cert, *opened.additional_certs) if item]
        raise CertificateError(f"{file}: none of the passphrases opens it, or it is damaged.", code="unreadable")

    def passphrases(self, pkcs12_path: str) -> list[bytes]:
        """Return the passphrases to try: the one that was generated for the file, and those of the query."""
        given = list(self.query.passphrases)
        with contextlib.suppress(CertificateError, OSError):
            return [encodings.passphrase(content_of(location.passphrase_path(pkcs12_path))).strip(), *given]
        return given

    @property
    def matching(self) -> list[LoadedCertificate]:
        """The certificates that the query asks for."""
        query = self.query
        end = None if query.within is None else self.now + query.within
        return [
            loaded
            for loaded in self.certificates
            if (end is None or loaded.certificate.not_valid_after_utc <= end)
            and (not query.profiles or loaded.profile.name in query.profiles)
            and (
                query.common_name is None
                or fnmatch.fnmatchcase(names.common_name(loaded.certificate.subject) or "", query.common_name)
            )
        ]


def _files(path: str, recurse: bool) -> list[str]:
    """Return ``path`` itself, or for a directory the files that may hold certificates and CRLs."""
    if not os.path.lexists(path):
        raise CertificateError(f"There is no file or directory {path}.", "Correct the path.", "missing")
    if not os.path.isdir(path):
        return [path]
    endings = (*location.CERTIFICATE_ENDINGS, *location.CRL_ENDINGS, *location.PKCS12_ENDINGS)
    found = []
    for directory, below, file_names in os.walk(path):
        below[:] = sorted(below) if recurse else []
        found += [
            os.path.join(directory, name)
            for name in sorted(file_names)
            if name.endswith(endings) and not name.startswith(".") and not location.is_backup(name)
        ]
    return found


def content_of(path: str) -> bytes:
    """Return the content of ``path``. Symbolic links are followed, since nothing is written."""
    content = files.read(path, links=True)
    if content is None:
        raise CertificateError(f"There is no file {path}.", "Correct the path.", "missing")
    return content


def _certificates(content: bytes, source: str) -> list[x509.Certificate]:
    """Return the certificates in a file, one at least. Raises CertificateError (``unreadable``)."""
    try:
        return parse.any_certificates(content)
    except UnreadableError as error:
        raise CertificateError(f"{source}: {error}.", code="unreadable") from None
