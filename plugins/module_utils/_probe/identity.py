# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who knocks: for every identity a TLS context that shows its certificate. Private to this collection."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import secrets
import ssl
import typing as t

from .._pki import keys
from .._pki.errors import UnreadableError
from . import strangers, wire
from .errors import ProbeError

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.serialization import pkcs12

Params = t.Mapping[str, t.Any]
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


@dataclasses.dataclass(frozen=True)
class Identity:
    """``certificate`` is the leaf that ``context`` shows, or None."""

    name: str
    kind: str
    context: ssl.SSLContext
    certificate: x509.Certificate | None
    expect: str | None
    expect_answers: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class _Files:
    certificate: str
    private_key: str
    passphrase: str | None


def build(params: Params, directory: str) -> list[Identity]:
    """An Identity for each of ``params["identities"]``. Keys that have to be in a file go to the private ``directory``.

    Raises ProbeError for files that are not there or cannot be read with their passphrase.
    """
    wanted = params["identities"]
    own = {each["name"]: _own_files(each, directory) for each in wanted}
    if len(own) < len(wanted):
        raise ProbeError("Two identities have the same name. Results are told apart by it: give each its own.")
    leaves = {name: _leaf(files.certificate) for name, files in own.items() if files}
    right = next(((name, leaf) for name, leaf in leaves.items()), None)
    authority = _authority(params["made_by"])
    identities = []
    for each in wanted:
        name, made = each["name"], each["made"]
        files = own[name]
        if made == strangers.DAMAGED:
            if right is None:
                raise ProbeError(f"Identity {name}: there is no other identity whose certificate could be damaged.")
            leaves[name] = strangers.damaged(right[1])
            files = _damaged(t.cast(_Files, own[right[0]]), leaves[name], directory)
        elif made:
            # A stranger that claims the CA of the real clients: only the signature can give it away.
            leaves[name], key = strangers.make(made, right[1].issuer if right else None, authority)
            files = _stored([leaves[name]], key, directory)
        identities.append(
            Identity(
                name=name,
                kind=_kind(each),
                context=context(params, files, name),
                certificate=leaves.get(name),
                expect=each["expect"],
                expect_answers=tuple(each["expect_answers"] or ()),
            )
        )
    return identities


def _kind(each: Params) -> str:
    if each["made"]:
        return str(each["made"])
    return "certificate" if each["certificate_path"] else "pkcs12" if each["pkcs12_path"] else "none"


def _authority(made_by: Params | None) -> strangers.Authority | None:
    if not made_by:
        return None
    certificate, key = made_by["ca_certificate_path"], made_by["ca_private_key_path"]
    _read(certificate, "made_by")
    passphrase = (made_by["ca_passphrase"] or "").encode() or None
    try:
        return strangers.Authority(_leaf(certificate), keys.load(_read(key, "made_by"), passphrase))
    except (ValueError, TypeError, UnreadableError):
        raise ProbeError(f"made_by: {key} is no private key, or ca_passphrase does not open it.") from None


def _damaged(files: _Files, leaf: x509.Certificate, directory: str) -> _Files:
    """The key is not the module's to write in another form: it stays where it is."""
    path = os.path.join(directory, f"{secrets.token_hex(8)}.pem")
    with open(path, "xb") as file:
        file.write(leaf.public_bytes(serialization.Encoding.PEM))
    return _Files(path, files.private_key, files.passphrase)


def _own_files(each: Params, directory: str) -> _Files | None:
    if each["certificate_path"]:
        _read(each["certificate_path"], each["name"])
        key = each["private_key_path"] or each["certificate_path"]
        _read(key, each["name"])
        return _Files(each["certificate_path"], key, each["passphrase"])
    return _unpacked(each, directory) if each["pkcs12_path"] else None


def _read(path: str, name: str) -> bytes:
    try:
        return pathlib.Path(path).read_bytes()
    except OSError as error:
        raise ProbeError(
            f"Identity {name}: cannot read {path}: {error.strerror}. Make it first, for example with the role "
            "alicloud.mtls.pki, or correct the path."
        ) from None


def _leaf(path: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pathlib.Path(path).read_bytes())
    except ValueError as error:
        raise ProbeError(f"{path} does not begin with a certificate in PEM form: {error}.") from None


def _unpacked(each: Params, directory: str) -> _Files:
    path = each["pkcs12_path"]
    try:
        bundle = pkcs12.load_pkcs12(_read(path, each["name"]), (each["passphrase"] or "").encode() or None)
    except ValueError:
        raise ProbeError(
            f"Identity {each['name']}: {path} cannot be opened with this passphrase, or is no PKCS#12 file."
        ) from None
    if bundle.cert is None or bundle.key is None:
        raise ProbeError(f"Identity {each['name']}: {path} holds no private key with its certificate.")
    chain = [bundle.cert.certificate, *(each.certificate for each in bundle.additional_certs)]
    return _stored(chain, bundle.key, directory)


def _stored(chain: t.Sequence[x509.Certificate], key: t.Any, directory: str) -> _Files:
    """Python's TLS takes files only. The key is encrypted: a run that is killed leaves nothing of use behind."""
    passphrase = secrets.token_hex(16)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )
    path = os.path.join(directory, f"{secrets.token_hex(8)}.pem")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(b"".join(each.public_bytes(serialization.Encoding.PEM) for each in chain) + encrypted)
    return _Files(path, path, passphrase)


def context(params: Params, files: _Files | None = None, name: str = "") -> ssl.SSLContext:
    """A TLS context as ``params`` want it, which shows the certificate of ``files``. Raises ProbeError."""
    made = wire.observed(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    made.minimum_version = VERSIONS.get(params["tls_version"], ssl.TLSVersion.TLSv1_2)
    if params["tls_version"] in VERSIONS:
        made.maximum_version = made.minimum_version
    made.set_alpn_protocols(["http/1.1"])
    if not params["validate_certs"]:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    elif params["ca_path"]:
        try:
            made.load_verify_locations(cafile=params["ca_path"])
        except OSError as error:
            raise ProbeError(f"ca_path {params['ca_path']}: {error.strerror or error}.") from None
    else:
        made.load_default_certs()
    if files:
        # A function, because without one OpenSSL would ask at the terminal.
        passphrase = files.passphrase or ""
        try:
            made.load_cert_chain(files.certificate, files.private_key, lambda: passphrase)
        except ssl.SSLError as error:
            why = (error.reason or "the key cannot be read with this passphrase").lower().replace("_", " ")
            raise ProbeError(
                f"Identity {name}: {files.certificate} and {files.private_key} do not make a client certificate: {why}."
            ) from None
    return made
