# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who knocks: for every identity a TLS context that shows its certificate. Private to this collection."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import secrets
import ssl
import typing as t

from .._arguments.files import UnfitFileError, read
from .._x509.errors import UnreadableError
from . import strangers, wire
from .errors import ProbeError

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.serialization import pkcs12

    from .._x509 import keys

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
    """What OpenSSL loads, and ``chain``: what is in the file ``certificate``, leaf first."""

    certificate: str
    private_key: str
    passphrase: str | None
    chain: strangers.Chain


def build(
    params: Params, directory: str, first_authority: t.Callable[[], x509.Name | None] = lambda: None
) -> list[Identity]:
    """An Identity for each of ``params["identities"]``. Keys that have to be in a file go to the private ``directory``.

    ``first_authority`` finds the name of a CA that the service asks for; it is called where nothing else tells it.
    Raises ProbeError for files that are not there or cannot be read with their passphrase.
    """
    wanted = params["identities"]
    own = {each["name"]: _own_files(each, directory) for each in wanted}
    if len(own) < len(wanted):
        raise ProbeError("Two identities have the same name. Results are told apart by it: give each its own.")
    right = next((files for files in own.values() if files), None)
    authority = made_by(params["made_by"])
    _check_authority(authority, [files.chain for files in own.values() if files], wanted)
    claimed = None
    if any(each["made"] in strangers.CLAIM_AUTHORITY for each in wanted):
        claimed = _claimed(right, authority) or first_authority()
    identities = []
    for each in wanted:
        name, made = each["name"], each["made"]
        files = own[name]
        if made == strangers.DAMAGED:
            if right is None:
                raise ProbeError(f"Identity {name}: there is no other identity whose certificate could be damaged.")
            files = _damaged(right, directory)
        elif made:
            files = _stored(*strangers.make(made, right.chain if right else None, claimed, authority), directory)
        identities.append(
            Identity(
                name=name,
                kind=_kind(each),
                context=context(params, files, name),
                certificate=files.chain[0] if files else None,
                expect=each["expect"],
                expect_answers=tuple(each["expect_answers"] or ()),
            )
        )
    return identities


def _kind(each: Params) -> str:
    if each["made"]:
        return str(each["made"])
    return "certificate" if each["certificate_path"] else "pkcs12" if each["pkcs12_path"] else "none"


def made_by(given: Params | None) -> strangers.Authority | None:
    """The CA of the option made_by; None without it, or without its key. Raises ProbeError."""
    if not given or not given["ca_private_key_path"]:
        return None
    certificate, key_path = given["ca_certificate_path"], given["ca_private_key_path"]
    chain = certificates(certificate, "made_by")
    passphrase = (given["ca_passphrase"] or "").encode() or None
    try:
        key = keys.load(_read(key_path, "made_by"), passphrase)
    except (ValueError, TypeError, UnreadableError):
        raise ProbeError(f"made_by: {key_path} is no private key, or ca_passphrase does not open it.") from None
    if key.public_key() != chain[0].public_key():
        raise ProbeError(f"made_by: {key_path} is not the private key of {certificate}.")
    return strangers.Authority(chain, key)


def _check_authority(
    authority: strangers.Authority | None, chains: t.Sequence[strangers.Chain], wanted: t.Iterable[Params]
) -> None:
    """A certificate of a CA that the service does not trust is refused for that, whatever else is wrong with it."""
    made = {each["made"]: each["expect"] for each in wanted}
    if not authority or not made.keys() & set(strangers.NEED_AUTHORITY) or made.get(strangers.VALID) == "accepted":
        return
    for chain in chains:
        path = strangers.lineage(chain[0], [*chain[1:], *authority.chain])
        if any(strangers.issued_by(each, authority.certificate) for each in path):
            return
    raise ProbeError(
        "made_by: nothing shows that the service trusts this CA, so its certificates could be refused for that alone. "
        "Add an identity with made: valid and expect: accepted"
        + (
            ", or name the CA that signed the other identities."
            if chains
            else ", or one with a certificate of this CA."
        )
    )


def _claimed(right: _Files | None, authority: strangers.Authority | None) -> x509.Name | None:
    """The name that a stranger claims for its CA: only the signature can give it away."""
    with contextlib.suppress(ValueError):  # of another alphabet than it says
        if right:
            return right.chain[0].issuer
        if authority:
            return authority.certificate.subject
    return None


def _damaged(files: _Files, directory: str) -> _Files:
    """The key is not the module's to write in another form: it stays where it is."""
    chain = [strangers.damaged(files.chain[0]), *files.chain[1:]]
    path = os.path.join(directory, f"{secrets.token_hex(8)}.pem")
    with open(path, "xb") as file:
        file.write(_pem(chain))
    return dataclasses.replace(files, certificate=path, chain=chain)


def _own_files(each: Params, directory: str) -> _Files | None:
    if each["certificate_path"]:
        chain = certificates(each["certificate_path"], each["name"])
        key = each["private_key_path"] or each["certificate_path"]
        _read(key, each["name"])
        return _Files(each["certificate_path"], key, each["passphrase"], chain)
    return _unpacked(each, directory) if each["pkcs12_path"] else None


def certificates(path: str, name: str) -> strangers.Chain:
    """Those of a PEM file, in its order. Raises ProbeError, which names the identity ``name``."""
    text = _read(path, name)
    try:
        return x509.load_pem_x509_certificates(text)
    except ValueError as error:
        raise ProbeError(f"{path} does not begin with a certificate in PEM form: {error}.") from None


def _read(path: str, name: str) -> bytes:
    try:
        return read(path).content
    except UnfitFileError as error:
        raise ProbeError(f"Identity {name}: {path} {error}. Name another file.") from None
    except OSError as error:
        raise ProbeError(
            f"Identity {name}: cannot read {path}: {error.strerror}. Make it first, for example with the role "
            "alicloud.mtls.pki, or correct the path."
        ) from None


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


def _stored(chain: strangers.Chain, key: t.Any, directory: str) -> _Files:
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
        file.write(_pem(chain) + encrypted)
    return _Files(path, path, passphrase, chain)


def _pem(chain: strangers.Chain) -> bytes:
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in chain)


def context(params: Params, files: _Files | None = None, name: str = "") -> ssl.SSLContext:
    """A TLS context as ``params`` want it, which shows the certificate of ``files``. Raises ProbeError."""
    made = wire.observed(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    made.minimum_version = VERSIONS.get(params["tls_version"], ssl.TLSVersion.TLSv1_2)
    if params["tls_version"] in VERSIONS:
        made.maximum_version = made.minimum_version
    made.set_alpn_protocols(["http/1.1"])
    made.post_handshake_auth = True  # some servers ask only when they know what is requested
    if not params["validate_certs"]:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    elif params["ca_path"]:
        try:
            read(params["ca_path"])  # OpenSSL would read a pipe or a device
            made.load_verify_locations(cafile=params["ca_path"])
        except (OSError, UnfitFileError) as error:
            raise ProbeError(f"ca_path {params['ca_path']}: {getattr(error, 'strerror', None) or error}.") from None
    else:
        made.load_default_certs()
    if files:
        # A function, because without one OpenSSL would ask at the terminal.
        passphrase = files.passphrase or ""
        try:
            made.load_cert_chain(files.certificate, files.private_key, lambda: passphrase)
        except (ssl.SSLError, ValueError) as error:  # ValueError: a passphrase that is too long
            reason = getattr(error, "reason", None) or "the key cannot be read with this passphrase"
            why = reason.lower().replace("_", " ")
            raise ProbeError(
                f"Identity {name}: {files.certificate} and {files.private_key} do not make a client certificate: {why}."
            ) from None
    return made
