# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a CA and of its clients: every name, ending and mode. Private to this collection."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import typing as t
from dataclasses import dataclass

from ..._x509.errors import CertificateError
from . import files

# The files of a certificate, in the order in which they are written, and the endings of their names.
ENDINGS = {
    "key": ".key",
    "csr": ".csr",
    "certificate": ".crt",
    "chain": ".chain.crt",
    "passphrase": ".p12.txt",
    "pkcs12": ".p12",
}
_SECRET_KINDS = ("key", "passphrase", "pkcs12")
# Endings of certificates, made here or elsewhere. A file in DER form is read only where a user names it.
CERTIFICATE_ENDINGS = (".crt", ".pem", ".cer", ".der")
PKCS12_ENDINGS = (".p12", ".pfx")
_CROSS, _CRL_PEM, _CRL_DER, _DATABASE = ".cross", ".crl.pem", ".crl.der", ".index.db"
CRL_ENDINGS = (".crl", _CRL_PEM, _CRL_DER)
# In the names of backups, which hold certificates and keys that are no longer to be trusted.
_REPLACED = ".replaced-"


@dataclass(frozen=True)
class Location:
    """The directory of a CA and the names of its two main files.

    ``timeout_seconds``: how long to wait for another run that uses the CA. Raises CertificateError for names that
    would make one file of two.
    """

    directory: str
    private_key_name: str = "root.key"
    certificate_name: str = "root.crt"
    passphrase: bytes | None = dataclasses.field(default=None, repr=False)
    timeout_seconds: float = 300

    def __post_init__(self) -> None:
        if "." not in self.certificate_name:
            raise CertificateError(
                f"certificate_name {self.certificate_name!r} has no ending, and the other files of the CA are named"
                " after it.",
                "Add one, such as .crt.",
                "invalid_name",
            )
        own_files = self.own_files
        if len({*own_files}) < len(own_files):
            twice = next(path for path in own_files if own_files.count(path) > 1)
            raise CertificateError(
                f"{twice} would be two files of the CA at once.",
                "Choose another private_key_name or certificate_name.",
                "name_of_ca",
            )

    @property
    def key_path(self) -> str:
        return os.path.join(self.directory, self.private_key_name)

    @property
    def certificate_path(self) -> str:
        return os.path.join(self.directory, self.certificate_name)

    @property
    def _stem(self) -> str:
        return self.certificate_name.removesuffix(ENDINGS["certificate"])

    def _named(self, ending: str) -> str:
        """Return a file named after the certificate: root.chain.crt for root.crt, root.pem.chain.crt for root.pem."""
        return os.path.join(self.directory, self._stem + ending)

    @property
    def database_path(self) -> str:
        return self._named(_DATABASE)

    @property
    def crl_path(self) -> str:
        return self._named(_CRL_PEM)

    @property
    def crl_der_path(self) -> str:
        return self._named(_CRL_DER)

    @property
    def chain_path(self) -> str:
        """The chain for certificates of this CA: the CA itself, or its cross-certificate, and the CAs above."""
        return self._named(ENDINGS["chain"])

    @property
    def cross_path(self) -> str:
        return self._named(_CROSS + ENDINGS["certificate"])

    @property
    def csr_path(self) -> str:
        """The certificate request of a CA that another one signs elsewhere."""
        return self._named(ENDINGS["csr"])

    @property
    def lock_path(self) -> str:
        return os.path.join(self.directory, f".{self._stem}.lock")

    @property
    def own_files(self) -> list[str]:
        main = [self.key_path, self.certificate_path, self.database_path, self.lock_path]
        return [*main, self.crl_path, self.crl_der_path, self.chain_path, self.cross_path, self.csr_path]

    def locked(self) -> t.ContextManager[None]:
        """Return a context manager that holds the CA's lock. Raises CertificateError (``ca_busy``)."""
        return files.lock(self.lock_path, self.certificate_path, self.timeout_seconds)


def mode_of(kind: str) -> int:
    """Return the mode of a file; ``kind`` is a key of ENDINGS."""
    return files.SECRET if kind in _SECRET_KINDS else files.PUBLIC


def client_files(directory: str, name: str, kinds: t.Iterable[str]) -> dict[str, str]:
    """Return the path of each file of a client or server; ``kinds`` are keys of ENDINGS."""
    stem = os.path.join(directory, name)
    return {kind: stem + ENDINGS[kind] for kind in kinds}


def unmanaged_files(paths: t.Mapping[str, str]) -> list[str]:
    """Return files of a client that earlier runs wrote and that are not among ``paths`` any more."""
    stem = paths["certificate"].removesuffix(ENDINGS["certificate"])
    others = [stem + ending for kind, ending in ENDINGS.items() if kind not in paths]
    return [path for path in others if os.path.lexists(path)]


def overlapping(certificate_path: str) -> str | None:
    """Return an existing file of another client whose files would overlap with those of this one, or None.

    The chain of the client ``a`` has the name of the certificate of a client ``a.chain``.
    """
    inner = ENDINGS["chain"].removesuffix(ENDINGS["certificate"])
    stem = certificate_path.removesuffix(ENDINGS["certificate"])
    others = [stem + inner + ENDINGS[kind] for kind in ("key", "csr", "pkcs12")]
    if stem.endswith(inner):
        others.append(stem.removesuffix(inner) + ENDINGS["certificate"])
    return next(filter(os.path.lexists, others), None)


def file_stem(path: str) -> str:
    """Return the name of a file without its directory and its last ending."""
    return os.path.splitext(os.path.basename(path))[0]


def companions(certificate_path: str) -> dict[str, str]:
    """Return the paths at which the other files of a certificate would be, whatever its ending is.

    A cross-certificate has the key of its CA, unless it is the certificate of a client called so, with its own key.
    """
    stem = os.path.splitext(certificate_path)[0]
    beside = {kind: stem + ending for kind, ending in ENDINGS.items() if kind != "certificate"}
    if not os.path.lexists(beside["key"]):
        beside["key"] = stem.removesuffix(_CROSS) + ENDINGS["key"]
    return beside


def passphrase_path(pkcs12_path: str) -> str:
    """Return the file that keeps the generated passphrase of a PKCS#12 file."""
    return os.path.splitext(pkcs12_path)[0] + ENDINGS["passphrase"]


def backup_path(path: str, content: bytes) -> str:
    """Return where a copy of ``path`` with ``content`` is kept while another file takes its place."""
    stem, ending = os.path.splitext(path)
    return f"{stem}{_REPLACED}{hashlib.sha256(content).hexdigest()[:8]}{ending}"


def is_backup(name: str) -> bool:
    """Return whether ``name`` is that of a backup."""
    return _REPLACED in name


def is_crl(path: str) -> bool:
    """Return whether ``path`` has the name of a CRL, made here or elsewhere: easy-rsa calls its own crl.pem."""
    return path.endswith(CRL_ENDINGS) or os.path.basename(path) == "crl.pem"


def is_copy(path: str) -> bool:
    """Return whether the certificates in ``path`` are also in another file: it is a chain or a backup."""
    return ".chain." in path or is_backup(path)


def original_of(path: str) -> str | None:
    """Return the file with the same certificate or CRL as a chain, PKCS#12 file or CRL in DER form; None for others."""
    stem, ending = os.path.splitext(path)
    if path.endswith(ENDINGS["chain"]):
        return path.removesuffix(ENDINGS["chain"]) + ENDINGS["certificate"]
    if ending in PKCS12_ENDINGS:
        return stem + ENDINGS["certificate"]
    return path.removesuffix(_CRL_DER) + _CRL_PEM if path.endswith(_CRL_DER) else None
