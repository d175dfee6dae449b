# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Subjects, alternative names and name constraints: made of text, with an error for what X.509 has no room for.

Private to this collection.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import typing as t
import warnings

from .._arguments import hosts, texts
from . import terms
from .errors import CertificateError
from .package import x509

# The limits of RFC 5280 count characters. The package cryptography counts octets of UTF-8, and warns whoever reads a
# certificate with, say, 64 Chinese characters in its common name.
warnings.filterwarnings("ignore", "Attribute's length must be")

_FIELDS = {oid: field for field, (oid, _length) in terms.SUBJECT.items()}

_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-Z\[\]_a-z~]+")


def subject(values: t.Mapping[str, str | None]) -> x509.Name:
    """Return the distinguished name of ``values``, without the fields that are empty or missing.

    Raises CertificateError (``invalid_subject``) for a value that X.509 has no room for.
    """
    attributes = []
    for field, (oid, longest) in terms.SUBJECT.items():
        value = values.get(field)
        if not value:
            continue
        _check_field(field, value, longest)
        # Not validated by the package, because it would count octets.
        attributes.append(x509.NameAttribute(x509.ObjectIdentifier(oid), value, _validate=False))
    name = x509.Name(attributes)
    if common_name(name) is None:
        raise CertificateError("The subject has no common_name.", "Give it one.", "invalid_subject")
    return name


def from_rfc4514(text: str) -> x509.Name:
    """Return the distinguished name of a text such as ``CN=Shop CA,OU=a,OU=b,DC=example,DC=com`` (RFC 4514).

    The order in the certificate is the reverse of that of the text. Raises CertificateError (``invalid_subject``).
    """
    others = {name: x509.ObjectIdentifier(oid) for name, oid in terms.SUBJECT_NAMES.items()}
    try:
        found = x509.Name.from_rfc4514_string(text, others)
    except (ValueError, KeyError) as error:
        raise CertificateError(
            f"{text!r} is not a subject in the form of RFC 4514 ({error}).",
            "Write it like CN=Shop CA,OU=IT,O=Example,C=cn, and what has no name here as a number, such as 2.5.4.5=7.",
            "invalid_subject",
        ) from None
    for attribute in found:
        for sentence in texts.faults(repr(text), str(attribute.value)):
            raise CertificateError(sentence, code="invalid_subject")
    if not list(found):
        raise CertificateError("The subject is empty.", "Give it a common name.", "invalid_subject")
    return found


def _check_field(field: str, value: str, longest: int) -> None:
    for sentence in texts.faults(f"{field} {value!r}", value):
        raise CertificateError(sentence, code="invalid_subject")
    if not value.strip():
        raise CertificateError(f"{field} {value!r} is blank.", "Give it a value, or leave it out.", "invalid_subject")
    if len(value) > longest or (field == "country_name" and len(value) != 2):
        wanted = "exactly 2 letters" if field == "country_name" else f"at most {longest} characters"
        raise CertificateError(
            f"{field} {value!r} does not fit into a certificate.", f"Write {wanted}.", "invalid_subject"
        )
    if field in ("country_name", "email_address") and not (value.isascii() and value.isprintable()):
        raise CertificateError(
            f"{field} {value!r} has other than printable ASCII characters.", "Leave them out.", "invalid_subject"
        )


def subject_dict(name: x509.Name) -> dict[str, str]:
    """Return the fields of ``name`` under the names that options have; other attributes under their dotted number."""
    return {_FIELDS.get(a.oid.dotted_string, a.oid.dotted_string): str(a.value) for a in name}


def is_rewritable(certificate: x509.Certificate) -> bool:
    """Return whether the subject can be written again octet by octet, with the string types that it has.

    The package cryptography cannot write some of the old string types, such as T61String, as it has read them.
    """
    return certificate.subject.public_bytes() in certificate.tbs_certificate_bytes


def common_name(name: x509.Name) -> str | None:
    """Return the first common name in ``name``, None if it has none."""
    wanted = terms.SUBJECT["common_name"][0]
    return next((str(a.value) for a in name if a.oid.dotted_string == wanted), None)


def dns_name(text: str, wildcard: bool = True) -> x509.DNSName:
    """Return a host name as an alternative name; labels that are not ASCII as A-labels, see ``hosts.to_ascii``.

    Raises CertificateError: invalid_dns_name, or package_missing for a name that is not ASCII.
    """
    try:
        host = hosts.to_ascii(text.strip()).rstrip(".")
    except hosts.HostError as error:
        raise CertificateError(str(error), error.hint, error.code or "invalid_dns_name") from None
    first, *rest = host.split(".")
    labels = rest if wildcard and first == "*" and rest else [first, *rest]
    if (
        texts.control_character(text)
        or len(host) > 253
        or not all(_LABEL.fullmatch(label) for label in labels)
        or labels[-1].isdecimal()
    ):
        forms = "www.example.com or *.example.com" if wildcard else "device.example.com"
        raise CertificateError(f"{text!r} is not a host name.", f"Write it as {forms}.", "invalid_dns_name")
    return x509.DNSName(host)


def host(text: str) -> list[x509.GeneralName]:
    """Return the alternative name of a server with this common name; none for neither an address nor a host name."""
    for kind in (ip_address, dns_name):
        with contextlib.suppress(CertificateError):
            return [kind(text)]
    return []


def ip_address(text: str) -> x509.IPAddress:
    """Return an IPv4 or IPv6 address as an alternative name. Raises CertificateError (``invalid_ip_address``)."""
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        raise CertificateError(
            f"{text!r} is not an IP address.", "Write it as 192.0.2.10 or 2001:db8::10.", "invalid_ip_address"
        ) from None


def email(text: str) -> x509.RFC822Name:
    """Return an e-mail address as an alternative name.

    A domain that is not ASCII has A-labels (RFC 8399, 2.3). Raises CertificateError (``invalid_email``) for what RFC
    5280, 4.2.1.6, has no room for: a local part that is not ASCII, no domain.
    """
    local, _at, domain = text.rpartition("@")
    with contextlib.suppress(CertificateError):
        if _LOCAL.fullmatch(local) and len(local) <= 64:
            host = dns_name(domain, wildcard=False).value
            return x509.RFC822Name(text if domain.isascii() else f"{local}@{host}")
    raise CertificateError(f"{text!r} is not an e-mail address.", "Write it as somebody@example.com.", "invalid_email")


def uri(text: str) -> x509.UniformResourceIdentifier:
    """Return a URI as an alternative name.

    Raises CertificateError (``invalid_uri``) for a text without a scheme, or with characters that a URI writes as
    ``%..`` (RFC 3986).
    """
    if not _URI.fullmatch(text):
        raise CertificateError(f"{text!r} is not a URI.", "Write it as spiffe://example.com/device/7.", "invalid_uri")
    return x509.UniformResourceIdentifier(text)


def constraint(text: str) -> x509.GeneralName:
    """Return a subtree for the name constraints of a CA (RFC 5280, 4.2.1.10); ``text`` as OpenSSL writes it.

    Raises CertificateError (``invalid_constraint``).
    """
    kind, _colon, value = text.strip().partition(":")
    value = "" if texts.control_character(value) else value
    makers: dict[str, t.Callable[[str], x509.GeneralName]] = {
        "DNS": lambda place: x509.DNSName(_subtree(place)),
        "email": lambda place: email(place) if "@" in place else x509.RFC822Name(_subtree(place)),
        "URI": x509.UniformResourceIdentifier,
        "IP": lambda network: x509.IPAddress(ipaddress.ip_network(network)),
    }
    if kind in makers and value:
        with contextlib.suppress(ValueError, CertificateError):
            return makers[kind](value)
    raise CertificateError(
        f"{text!r} is not a name constraint.",
        "Write it like DNS:example.com, email:example.com, URI:.example.com or IP:192.0.2.0/24.",
        "invalid_constraint",
    )


def _subtree(place: str) -> str:
    """Return a host name; with a leading dot it means all hosts below it."""
    return f".{dns_name(place[1:]).value}" if place[:1] == "." else dns_name(place).value
