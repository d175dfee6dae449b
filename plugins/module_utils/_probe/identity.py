# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepares the identities: for each a TLS context with its certificate. Private to this collection."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import secrets
import ssl
import typing as t
from dataclasses import dataclass
from urllib.parse import quote

from .._arguments.files import UnfitFileError, read
from .._nginx import client_forms
from .._x509 import describe, keys
from .._x509.errors import UnreadableError
from .._x509.package import exceptions, pkcs12, serialization, x509
from .._x509.verification import signed_by
from . import test_certificates, tls_messages
from .errors import ProbeError

# Printable ASCII but the percent sign: a name may have other characters, and a line break would be another header.
_IN_HEADERS = "".join(character for character in map(chr, range(32, 127)) if character != "%")
Params = t.Mapping[str, t.Any]
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


@dataclass(frozen=True)
class Identity:
    """A client of the service. ``certificate`` is the one that ``context`` shows, None without one.

    ``headers`` are what it claims about itself. ``address`` and ``port`` lead it past the load balancer.
    """

    name: str
    kind: str
    context: ssl.SSLContext
    certificate: x509.Certificate | None
    expect: str | None
    expect_answers: tuple[str, ...]
    headers: tuple[tuple[str, str], ...] = ()
    address: str | None = None
    port: int | None = None
    expect_refused_by: str | None = None


@dataclass(frozen=True)
class _Files:
    """Files for OpenSSL. ``chain`` is the contents of the file ``certificate``, client first."""

    certificate: str
    private_key: str
    passphrase: str | None
    chain: test_certificates.Chain


def build(
    params: Params, directory: str, first_authority: t.Callable[[], x509.Name | None] = lambda: None
) -> list[Identity]:
    """Return an Identity for each of ``params["identities"]``.

    Keys that have to be in a file go to the private ``directory``. ``first_authority`` asks the service for the name of
    a CA; it is called only where no option tells that name. Raises ProbeError for files that are missing or cannot be
    opened with their passphrase.
    """
    wanted = params["identities"]
    own = {each["name"]: _own_files(each, directory) for each in wanted}
    if len(own) < len(wanted):
        raise ProbeError("Two identities have the same name.", "Give each its own: results go by it.", "invalid_option")
    valid = next((files for files in own.values() if files), None)
    authority = made_by(params["made_by"])
    _check_authority(authority, [files.chain for files in own.values() if files], wanted)
    spoofed = None
    if any(each["made"] in test_certificates.NEED_CA_NAME for each in wanted):
        spoofed = _ca_name(valid, authority) or first_authority()
    identities = []
    for each in wanted:
        name, made = each["name"], each["made"]
        files = own[name]
        if made == test_certificates.DAMAGED:
            if valid is None:
                raise ProbeError(
                    f"Identity {name}: there is no certificate to damage.",
                    "Add an identity with a certificate, or leave this one out.",
                    "invalid_option",
                )
            files = _damaged(valid, directory)
        elif made:
            files = _stored(
                *test_certificates.make(made, valid.chain if valid else None, spoofed, authority), directory
            )
        identities.append(
            Identity(
                name=name,
                kind=_kind(each),
                context=context(params, files, name),
                certificate=files.chain[0] if files else None,
                expect=each["expect"],
                expect_answers=tuple(each["expect_answers"] or ()),
                headers=_claims(each, own, params["claim_headers"]),
                address=each["address"],
                port=each["port"],
                expect_refused_by=each["expect_refused_by"],
            )
        )
    return identities


def _claims(
    each: Params, own: t.Mapping[str, _Files | None], names: t.Mapping[str, str] | None
) -> tuple[tuple[str, str], ...]:
    """Return headers that say about a client what is true of another one."""
    if not each["claims"]:
        return ()
    files = own.get(each["claims"])
    if files is None:
        raise ProbeError(
            f"Identity {each['name']}: claims is {each['claims']}, and no identity with a certificate has that name.",
            "Name one of the identities that have certificate_path or pkcs12_path.",
            "invalid_option",
        )
    certificate = files.chain[0]
    told = {
        "subject": certificate.subject.rfc4514_string(),
        "issuer": certificate.issuer.rfc4514_string(),
        "fingerprint": describe.fingerprint_sha1(certificate),
        "verification": "SUCCESS",
    }
    headers = {name: header for name, header in (names or {}).items() if header} or client_forms.ALB_HEADERS
    escaped = {name: quote(value, safe=_IN_HEADERS) for name, value in told.items()}
    return tuple((header, escaped[name]) for name, header in headers.items())


def _kind(each: Params) -> str:
    if each["made"]:
        return str(each["made"])
    return "certificate" if each["certificate_path"] else "pkcs12" if each["pkcs12_path"] else "none"


def made_by(given: Params | None) -> test_certificates.Authority | None:
    """Return the CA of the option made_by, None without it or without its key. Raises ProbeError."""
    if not given or not given["ca_private_key_path"]:
        return None
    certificate, key_path = given["ca_certificate_path"], given["ca_private_key_path"]
    chain = certificates(certificate, "made_by")
    passphrase = (given["ca_passphrase"] or "").encode() or None
    try:
        key = keys.load(_read(key_path, "made_by"), passphrase)
    except UnreadableError:
        raise ProbeError(
            f"made_by: {key_path} is no private key, or ca_passphrase does not open it.",
            "Correct ca_private_key_path or ca_passphrase.",
            "wrong_passphrase",
        ) from None
    try:
        belongs = keys.same_key(key, chain[0])
    except (exceptions.UnsupportedAlgorithm, ValueError):  # a key that keys.load would have refused, such as SM2
        belongs = False
    if not belongs:
        raise ProbeError(
            f"made_by: {key_path} is not the private key of {certificate}.",
            "Give the two files of one CA.",
            "key_mismatch",
        )
    return test_certificates.Authority(chain, key)


def _check_authority(
    authority: test_certificates.Authority | None,
    chains: t.Sequence[test_certificates.Chain],
    wanted: t.Iterable[Params],
) -> None:
    """Refuse a CA of which nothing shows that the service trusts it: it would refuse all its certificates for that."""
    made = {each["made"]: each["expect"] for each in wanted}
    if (
        not authority
        or not made.keys() & set(test_certificates.NEED_AUTHORITY)
        or made.get(test_certificates.VALID) == "accepted"
    ):
        return
    for chain in chains:
        path = test_certificates.lineage(chain[0], [*chain[1:], *authority.chain])
        if any(signed_by(each, authority.certificate) for each in path):
            return
    other = "name the CA that signed the other identities" if chains else "one with a certificate of this CA"
    raise ProbeError(
        "made_by: nothing shows that the service trusts this CA, so its certificates could be refused for that alone.",
        f"Add an identity with made: valid and expect: accepted, or {other}.",
        "invalid_option",
    )


def _ca_name(valid: _Files | None, authority: test_certificates.Authority | None) -> x509.Name | None:
    """Return the name of the CA of the clients, for a certificate that only its signature gives away."""
    with contextlib.suppress(ValueError):  # a name in another alphabet than it declares
        if valid:
            return valid.chain[0].issuer
        if authority:
            return authority.certificate.subject
    return None


def _damaged(files: _Files, directory: str) -> _Files:
    """Write the chain with a damaged signature. The key file is used in place, so that no copy of it is written."""
    chain = [test_certificates.damaged(files.chain[0]), *files.chain[1:]]
    path = os.path.join(directory, f"{secrets.token_hex(8)}.pem")
    with open(path, "xb") as file:
        file.write(_pem(chain))
    return dataclasses.replace(files, certificate=path, chain=chain)


def _own_files(params: Params, directory: str) -> _Files | None:
    """Return the files that the options of an identity name, None if they name none. Raises ProbeError."""
    owner, certificate = f"Identity {params['name']}", params["certificate_path"]
    if certificate:
        chain = certificates(certificate, owner)
        key = params["private_key_path"] or certificate
        _read(key, owner)
        return _Files(certificate, key, params["passphrase"], chain)
    if params["pkcs12_path"]:
        return _unpacked(params["pkcs12_path"], params["passphrase"] or "", owner, directory)
    return None


def certificates(path: str, owner: str) -> test_certificates.Chain:
    """Return the certificates of a PEM file, in its order. Raises ProbeError, whose message begins with ``owner``."""
    text = _read(path, owner)
    try:
        return x509.load_pem_x509_certificates(text)
    except ValueError as error:
        raise ProbeError(
            f"{owner}: {path} does not begin with a certificate in PEM form: {error}.",
            "Name a file with the certificate.",
            "unreadable",
        ) from None


def _read(path: str, owner: str) -> bytes:
    try:
        return read(path).content
    except UnfitFileError as error:
        raise ProbeError(f"{owner}: {path} {error}.", "Name another file.", "file_error") from None
    except OSError as error:
        raise ProbeError(
            f"{owner}: cannot read {path}: {error.strerror}.",
            "Make it first, for example with the role alicloud.mtls.pki, or correct the path.",
            "file_error",
        ) from None


def _unpacked(path: str, passphrase: str, owner: str, directory: str) -> _Files:
    """Write the contents of a PKCS#12 file to ``directory``. Raises ProbeError."""
    try:
        bundle = pkcs12.load_pkcs12(_read(path, owner), passphrase.encode() or None)
    except ValueError:
        raise ProbeError(
            f"{owner}: {path} cannot be opened with this passphrase, or is no PKCS#12 file.",
            "Correct passphrase or pkcs12_path.",
            "wrong_passphrase",
        ) from None
    if bundle.cert is None or bundle.key is None:
        raise ProbeError(
            f"{owner}: {path} holds no private key with its certificate.",
            "Export both into the file, or name another one.",
            "unreadable",
        )
    chain = [bundle.cert.certificate, *(each.certificate for each in bundle.additional_certs)]
    return _stored(chain, bundle.key, directory)


def _stored(chain: test_certificates.Chain, key: t.Any, directory: str) -> _Files:
    """Write chain and key to ``directory``, since Python's ssl reads nothing but files.

    The key is encrypted with a random passphrase, so a run that is killed leaves no usable key behind.
    """
    passphrase = secrets.token_hex(16)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )
    path = os.path.join(directory, f"{secrets.token_hex(8)}.pem")
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(_pem(chain) + encrypted)
    return _Files(path, path, passphrase, chain)


def _pem(chain: test_certificates.Chain) -> bytes:
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in chain)


def context(params: Params, files: _Files | None = None, name: str = "") -> ssl.SSLContext:
    """Return a TLS context with the options of ``params`` and the certificate of ``files``. Raises ProbeError."""
    made = tls_messages.record_messages(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    made.minimum_version = VERSIONS.get(params["tls_version"], ssl.TLSVersion.TLSv1_2)
    if params["tls_version"] in VERSIONS:
        made.maximum_version = made.minimum_version
    made.set_alpn_protocols(["http/1.1"])
    made.post_handshake_auth = True  # some servers request a certificate only after the HTTP request
    if not params["validate_certs"]:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    elif params["ca_path"]:
        try:
            read(params["ca_path"])  # because OpenSSL would also read a pipe or a device
            made.load_verify_locations(cafile=params["ca_path"])
        except (OSError, UnfitFileError) as error:
            raise ProbeError(
                f"ca_path {params['ca_path']}: {getattr(error, 'strerror', None) or error}.",
                "Name a file with CA certificates in PEM form.",
                "file_error",
            ) from None
    else:
        made.load_default_certs()
    if files:
        # A function, because OpenSSL would prompt at the terminal without one.
        passphrase = files.passphrase or ""
        try:
            made.load_cert_chain(files.certificate, files.private_key, lambda: passphrase)
        except (ssl.SSLError, ValueError) as error:  # ValueError: a passphrase that is too long
            reason = getattr(error, "reason", None) or "the key cannot be read with this passphrase"
            why = reason.lower().replace("_", " ")
            raise ProbeError(
                f"Identity {name}: {files.certificate} and {files.private_key} cannot be used as client certificate: "
                f"{why}.",
                "Name a certificate, its private key, and the passphrase of the key if it has one.",
                "key_mismatch",
            ) from None
    return made
