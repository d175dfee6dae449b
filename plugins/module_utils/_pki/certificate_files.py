# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates and CRLs as they lie in files and directories, whoever made them. Private to this collection."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import fnmatch
import functools
import os
import typing as t

from .._x509 import build as issue
from .._x509 import names as values
from .._x509 import parse, profiles
from .._x509 import verification as chains
from .._x509.errors import PkiError, UnreadableError
from . import policies
from .storage import files as store
from .storage import rebuild as recovery

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

ENDINGS = (".crt", ".pem", ".cer", ".der")
PKCS12_ENDINGS = (".p12", ".pfx")
PROFILES = {each.name: each for each in (profiles.ROOT, profiles.SUBORDINATE, profiles.SERVER, profiles.CLIENT)}
# What lies beside a certificate.
COMPANIONS = {file: ending for file, ending in policies.ENDINGS.items() if file != "certificate"}
REPLACED = ".replaced-"  # the module for CAs keeps such copies, of what is no longer to be trusted
# A file that is larger holds no certificates, or more than anybody wants to be told.
_LARGEST = 1 << 22


@dataclasses.dataclass(frozen=True)
class Question:
    """``trusted`` and ``crls``: files; None takes the CAs that signed themselves, and the CRLs, among what is found.

    ``within``: only certificates that have expired or will within this time. ``common_name``: a pattern with ``*``.
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


@dataclasses.dataclass(frozen=True)
class Found:
    """A certificate, the ``position``-th of its file. ``path`` None: it was handed in as text."""

    certificate: x509.Certificate
    path: str | None
    position: int

    @functools.cached_property
    def profile(self) -> profiles.Profile:
        """That which the certificate says it has, with its own path length and constraints."""
        profile = PROFILES[recovery.profile_of(self.certificate)]
        if not profile.ca:
            return profile
        basic, constraints = (
            chains.extension(self.certificate, kind) for kind in (x509.BasicConstraints, x509.NameConstraints)
        )
        return dataclasses.replace(profile, path_length=basic.path_length, constraints=constraints)

    @functools.cached_property
    def signs_itself(self) -> bool:
        return issue.signed_by(self.certificate, self.certificate)

    @functools.cached_property
    def companions(self) -> dict[str, str]:
        """Files beside it that are there. A cross-certificate has the key of the CA that it stands for."""
        if self.path is None or self.position:
            return {}
        stem = os.path.splitext(self.path)[0]
        beside = {file: stem + ending for file, ending in COMPANIONS.items()}
        beside["key"] = stem.removesuffix(".cross") + COMPANIONS["key"]
        if self.signs_itself:
            del beside["chain"]  # that of what the CA signs
        return {file: path for file, path in beside.items() if path != self.path and _is_companion(file, path)}


def _is_companion(file: str, path: str) -> bool:
    """Tell whether ``path`` can be the ``file`` of a certificate. Of a key it is told why it cannot be read."""
    return os.path.exists(path) if file == "key" else os.path.isfile(path) and os.path.getsize(path) <= _LARGEST


class Library:
    """All that was read."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.now = values.now()
        self.chains = chains.Chains(self.now)
        self.found: list[Found] = []
        self.unreadable: list[dict[str, str]] = []
        self.paths: dict[x509.Certificate, str] = {}  # of CAs
        files = list(dict.fromkeys(file for path in question.paths for file in _files(path, question.recurse)))
        listed = set(files)
        for file in files:
            if _of_another(file) not in listed:
                self._try(file)
        if question.content is not None:
            self._add(_certificates(question.content.encode(errors="replace"), "content"), None)
        for file in question.crls or ():
            self._add_crl(content_of(file), file)
        if question.trusted is not None:
            trusted = [each for file in question.trusted for each in _certificates(content_of(file), file)]
            for each in trusted:
                self.chains.add_ca(each)
            self.chains.trust_only(trusted)

    def _try(self, file: str) -> None:
        try:
            if os.path.getsize(file) > _LARGEST:
                raise PkiError("unreadable", f"{file} is larger than {_LARGEST >> 20} MiB.")
            content = content_of(file)
            if b"-----BEGIN X509 CRL-----" in content:
                if self.question.crls is None:
                    self._add_crl(content, file)
            elif file.endswith(PKCS12_ENDINGS):
                self._add(self._pkcs12(file, content), file)
            elif b"-----BEGIN CERTIFICATE-----" in content or b"-----BEGIN" not in content:
                self._add(_certificates(content, file), file)
        except (PkiError, OSError) as error:
            message = str(error) if isinstance(error, PkiError) else f"{file}: {error.strerror}."
            self.unreadable.append({"path": file, "message": message})

    def _add(self, certificates: t.Iterable[x509.Certificate], path: str | None) -> None:
        for position, certificate in enumerate(certificates):
            found = Found(certificate, path, position)
            self.found.append(found)
            if found.profile.ca:
                self.chains.add_ca(certificate)
                if path and not position:
                    self.paths.setdefault(certificate, path)

    def _add_crl(self, content: bytes, file: str) -> None:
        try:
            self.chains.add_crl(parse.crl(content))
        except UnreadableError as error:
            raise PkiError("crl_unreadable", f"{file}: {error}.") from None

    def _pkcs12(self, file: str, content: bytes) -> list[x509.Certificate]:
        for passphrase in self.passphrases(file):
            with contextlib.suppress(UnreadableError):
                opened = parse.pkcs12(content, passphrase)
                return [each.certificate for each in (opened.cert, *opened.additional_certs) if each]
        raise PkiError("unreadable", f"{file}: it opens with none of the passphrases, or is damaged.")

    def passphrases(self, pkcs12_file: str) -> list[bytes]:
        """The one that was generated for the file, and those that were given."""
        given = list(self.question.passphrases)
        with contextlib.suppress(PkiError, OSError):
            return [content_of(os.path.splitext(pkcs12_file)[0] + COMPANIONS["passphrase"]).strip(), *given]
        return given

    @property
    def asked_for(self) -> list[Found]:
        question = self.question
        end = None if question.within is None else self.now + question.within
        return [
            each
            for each in self.found
            if (end is None or each.certificate.not_valid_after_utc <= end)
            and (not question.profiles or each.profile.name in question.profiles)
            and (
                question.common_name is None
                or fnmatch.fnmatchcase(values.common_name(each.certificate.subject) or "", question.common_name)
            )
        ]


def _files(path: str, recurse: bool) -> list[str]:
    """``path`` itself, or what in the directory may hold certificates and CRLs."""
    if not os.path.lexists(path):
        raise PkiError("missing", f"There is no file or directory {path}.")
    if not os.path.isdir(path):
        return [path]
    found = []
    for directory, below, names in os.walk(path):
        below[:] = sorted(below) if recurse else []
        found += [
            os.path.join(directory, name)
            for name in sorted(names)
            if name.endswith((*ENDINGS, *PKCS12_ENDINGS)) and not name.startswith(".") and REPLACED not in name
        ]
    return found


def _of_another(file: str) -> str | None:
    """The file beside which ``file`` needs no entry: it is a chain or a PKCS#12 file of it, or another form."""
    stem, ending = os.path.splitext(file)
    if file.endswith(COMPANIONS["chain"]):
        return file.removesuffix(COMPANIONS["chain"]) + ".crt"
    if ending in PKCS12_ENDINGS:
        return f"{stem}.crt"
    return f"{stem}.pem" if file.endswith(".crl.der") else None


def content_of(path: str) -> bytes:
    """The content of ``path``. Symbolic links are followed, since nothing is written here."""
    content = store.read(path, links=True)
    if content is None:
        raise PkiError("missing", f"There is no file {path}.")
    return content


def _certificates(content: bytes, source: str) -> list[x509.Certificate]:
    """One at least, in PEM or DER form."""
    try:
        if b"-----BEGIN" in content:
            return parse.certificates(content)
        with contextlib.suppress(ValueError):
            content = x509.load_der_x509_certificate(content).public_bytes(serialization.Encoding.PEM)
        return [parse.certificate(content)]
    except UnreadableError as error:
        raise PkiError("unreadable", f"{source}: {error}.") from None
