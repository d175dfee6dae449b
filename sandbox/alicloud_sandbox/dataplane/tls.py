# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS of a listener: its certificates by server name, the verification of clients, protocols and cipher suites."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from ..topology import Certificate, Listener
from .errors import DataPlaneError
from .quoting import digest, word

_SERVER_NAME = re.compile(r"(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")

# A placeholder for the directory of a configuration, whose name has the digest of the rest. No quoted value has a NUL.
DIRECTORY = "\0directory\0"

# X509_CERT_AUX with the usage clientAuth: appended to a certificate it makes OpenSSL's "TRUSTED CERTIFICATE", which is
# a trust anchor also when it is a sub CA. Source: openssl-x509(1), "Trust Settings".
_TRUST_CLIENT_AUTH = bytes.fromhex("300c300a06082b06010505070302")


def virtual_hosts(certificates: Iterable[Certificate]) -> list[tuple[frozenset[str], list[Certificate]]]:
    """Returns certificates by the server names that they are shown for, the default first; each name occurs once.

    A certificate with the names of an earlier one and another kind of key joins it (an RSA and ECC pair).
    """
    hosts: list[tuple[frozenset[str], frozenset[str], list[Certificate], set[bool]]] = []
    taken: set[str] = set()
    for certificate in certificates:
        leaf = _leaf(certificate.chain_pem, certificate.certificate_id)
        names, is_rsa = _names(leaf), isinstance(leaf.public_key(), rsa.RSAPublicKey)
        partner = next((host for host in hosts if host[0] == names), None)
        if partner and is_rsa not in partner[3]:
            partner[2].append(certificate)
            partner[3].add(is_rsa)
        elif not hosts or names - taken:
            hosts.append((names, names - taken, [certificate], {is_rsa}))
        taken |= names
    return [(claimed, members) for _names_, claimed, members, _kinds in hosts]


def _leaf(pem: str, what: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise DataPlaneError(f"certificate {what}: not a PEM certificate: {error}") from None


def _names(certificate: x509.Certificate) -> frozenset[str]:
    """Returns the DNS names of a certificate; the common name counts only without alternative names (RFC 6125)."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = extension.value.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        names = [str(a.value) for a in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]
    return frozenset(name.lower() for name in names if _SERVER_NAME.fullmatch(name))


def certificate_lines(certificate: Certificate, files: dict[str, str]) -> list[str]:
    """Returns the directives for a server certificate, and adds its files to ``files``."""
    chain = _file(files, certificate.chain_pem, "crt")
    key = _file(files, certificate.key_pem, "key")
    return [f'ssl_certificate "{chain}";', f'ssl_certificate_key "{key}";']


def tls_lines(listener: Listener, version: tuple[int, ...], files: dict[str, str]) -> list[str]:
    """Returns the directives for protocols, ciphers and the verification of clients; adds their files to ``files``."""
    lines = ["ssl_session_tickets off;", "ssl_session_cache off;", "ssl_prefer_server_ciphers on;"]
    # ssl_conf_command exists from 1.19.4 on. Without it OpenSSL chooses TLS 1.3 suites, and sub CAs are not trusted.
    has_conf_command = version >= (1, 19, 4)
    versions = ["TLSv1" if v == "TLSv1.0" else word(v) for v in listener.tls_versions]
    if versions:
        lines.append(f"ssl_protocols {' '.join(versions)};")
    suites = [word(c) for c in listener.ciphers if c.startswith("TLS_")]
    ciphers = [word(c) for c in listener.ciphers if not c.startswith("TLS_")]
    if ciphers:
        # OpenSSL 3 does TLS 1.0 and 1.1 only at security level 0.
        old = any(v in ("TLSv1", "TLSv1.1") for v in versions)
        lines.append(f"ssl_ciphers {':'.join(ciphers)}{':@SECLEVEL=0' if old else ''};")
    if suites and has_conf_command:
        lines.append(f"ssl_conf_command Ciphersuites {':'.join(suites)};")
    if listener.client_ca_pem is not None:
        ca = _leaf(listener.client_ca_pem, f"of the clients of listener {listener.listener_id}")
        plain = _file(files, ca.public_bytes(Encoding.PEM).decode(), "crt")
        lines += [f'ssl_client_certificate "{plain}";', "ssl_verify_client on;", "ssl_verify_depth 3;"]
        if has_conf_command:
            lines.append(f'ssl_conf_command VerifyCAFile "{_file(files, _trusted(ca), "crt")}";')
    return lines


def _trusted(certificate: x509.Certificate) -> str:
    encoded = base64.encodebytes(certificate.public_bytes(Encoding.DER) + _TRUST_CLIENT_AUTH).decode()
    return f"-----BEGIN TRUSTED CERTIFICATE-----\n{encoded}-----END TRUSTED CERTIFICATE-----\n"


def _file(files: dict[str, str], content: str, suffix: str) -> str:
    """Adds a file with this content and returns its path."""
    name = f"{digest(content)[:20]}.{suffix}"
    files[name] = content
    return f"{DIRECTORY}/{name}"
