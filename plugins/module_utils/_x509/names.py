# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what the user wrote to what goes into a certificate, with an error for each thing that cannot go in.

Private to this collection.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import ipaddress
import re
import secrets
import string
import typing as t
import warnings

from .._arguments import texts
from .errors import PkiError

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509

# The limits of RFC 5280 count characters. The package cryptography counts octets of UTF-8, and warns whoever reads a
# certificate with, say, 64 Chinese characters in its common name.
warnings.filterwarnings("ignore", "Attribute's length must be")

# In the order in which openssl writes a subject, with the upper bounds of RFC 5280, appendix A.1.
SUBJECT: dict[str, tuple[str, int]] = {
    "country_name": ("2.5.4.6", 2),
    "state_or_province_name": ("2.5.4.8", 128),
    "locality_name": ("2.5.4.7", 128),
    "organization_name": ("2.5.4.10", 64),
    "organizational_unit_name": ("2.5.4.11", 64),
    "common_name": ("2.5.4.3", 64),
    "email_address": ("1.2.840.113549.1.9.1", 255),
}
_FIELDS = {oid: field for field, (oid, _length) in SUBJECT.items()}

A_DAY = datetime.timedelta(days=1)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365 * 86400}
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-Z\[\]_a-z~]+")
_READABLE = "".join(sorted({*string.ascii_letters, *string.digits} - {*"0O1Il"}))


def subject(values: t.Mapping[str, str | None]) -> x509.Name:
    """The distinguished name of ``values``; a field that is empty or not there is left out.

    Raises PkiError (``invalid_subject``) for a value that X.509 has no room for.
    """
    attributes = []
    for field, (oid, longest) in SUBJECT.items():
        value = values.get(field)
        if not value:
            continue
        text(value, field, "invalid_subject")
        if len(value) > longest or (field == "country_name" and len(value) != 2):
            wanted = "exactly 2 letters" if field == "country_name" else f"at most {longest} characters"
            raise PkiError("invalid_subject", f"{field} {value!r} does not fit into a certificate: {wanted}.")
        if field in ("country_name", "email_address") and not (value.isascii() and value.isprintable()):
            raise PkiError("invalid_subject", f"{field} {value!r} may hold printable ASCII characters only.")
        # Not validated there, because it would count octets.
        attributes.append(x509.NameAttribute(x509.ObjectIdentifier(oid), value, _validate=False))
    name = x509.Name(attributes)
    if common_name(name) is None:
        raise PkiError("invalid_subject", "The subject needs a common_name.")
    return name


def text(value: str, option: str, code: str) -> str:
    """Return ``value``, if it is one line of text. Raises PkiError with ``code``."""
    for sentence in texts.faults(f"{option} {value!r}", value):
        raise PkiError(code, sentence)
    return value


def subject_dict(name: x509.Name) -> dict[str, str]:
    """The fields of ``name`` under the names the user knows; other attributes under their dotted number."""
    return {_FIELDS.get(a.oid.dotted_string, a.oid.dotted_string): str(a.value) for a in name}


def common_name(name: x509.Name) -> str | None:
    wanted = SUBJECT["common_name"][0]
    return next((str(each.value) for each in name if each.oid.dotted_string == wanted), None)


def dns_name(text: str, wildcard: bool = True) -> x509.DNSName:
    """A host name for the subject alternative names; non-ASCII labels become their IDNA form."""
    host = text.strip().rstrip(".")
    with contextlib.suppress(UnicodeError):
        host = host if host.isascii() else host.encode("idna").decode()
    first, *rest = host.split(".")
    labels = rest if wildcard and first == "*" and rest else [first, *rest]
    if (
        texts.control_character(text)
        or len(host) > 253
        or not all(_LABEL.fullmatch(label) for label in labels)
        or labels[-1].isdecimal()
    ):
        forms = "www.example.com or *.example.com" if wildcard else "device.example.com"
        raise PkiError("invalid_dns_name", f"{text!r} is not a host name. Write it as {forms}.")
    return x509.DNSName(host)


def host(text: str) -> list[x509.GeneralName]:
    """The alternative name for a server of this common name; none when it is neither an address nor a host name."""
    for kind in (ip_address, dns_name):
        with contextlib.suppress(PkiError):
            return [kind(text)]
    return []


def ip_address(text: str) -> x509.IPAddress:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError as error:
        raise PkiError("invalid_ip_address", f"{text!r} is not an IP address.") from error


def constraint(text: str) -> x509.GeneralName:
    """A subtree of names for the name constraints of a CA (RFC 5280, 4.2.1.10), written as OpenSSL writes it."""
    kind, _colon, value = text.strip().partition(":")
    value = "" if texts.control_character(value) else value
    makers: dict[str, t.Callable[[str], x509.GeneralName]] = {
        "DNS": lambda place: x509.DNSName(_tree(place)),
        "email": lambda place: email(place) if "@" in place else x509.RFC822Name(_tree(place)),
        "URI": x509.UniformResourceIdentifier,
        "IP": lambda network: x509.IPAddress(ipaddress.ip_network(network)),
    }
    if kind in makers and value:
        with contextlib.suppress(ValueError, PkiError):
            return makers[kind](value)
    raise PkiError(
        "invalid_constraint",
        f"{text!r} is no constraint of names. Write it like DNS:example.com, email:example.com, URI:.example.com"
        " or IP:192.0.2.0/24.",
    )


def _tree(place: str) -> str:
    """A host, or with a dot in front all hosts below it."""
    return f".{dns_name(place[1:]).value}" if place[:1] == "." else dns_name(place).value


def email(text: str) -> x509.RFC822Name:
    """Raises PkiError (``invalid_email``) for what RFC 5280, 4.2.1.6, has no room for: no ASCII, no domain."""
    local, _at, domain = text.rpartition("@")
    with contextlib.suppress(PkiError):
        if _LOCAL.fullmatch(local) and len(local) <= 64 and domain.isascii():
            dns_name(domain, wildcard=False)
            return x509.RFC822Name(text)
    raise PkiError("invalid_email", f"{text!r} is not an e-mail address. Write it as somebody@example.com.")


def passphrase() -> str:
    """A new one of 24 characters, 142 bits, without those that are taken for one another."""
    return "".join(secrets.choice(_READABLE) for _position in range(24))


def uri(text: str) -> x509.UniformResourceIdentifier:
    """Raises PkiError for a text without a scheme, or with characters that a URI writes as ``%..`` (RFC 3986)."""
    if not _URI.fullmatch(text):
        raise PkiError("invalid_uri", f"{text!r} is not a URI. Write it as spiffe://example.com/device/7.")
    return x509.UniformResourceIdentifier(text)


@functools.lru_cache
def duration(text: str, option: str, whole: datetime.timedelta | None = None) -> datetime.timedelta:
    """``30d``, ``12h``, ``2w``, ``10y`` (years of 365 days); with ``whole`` also ``10%`` of it.

    Raises PkiError (``invalid_duration``).
    """
    match = re.fullmatch(r"(\d{1,9})\s*([smhdwy%])", text.strip().lower())
    if not match or (match[2] == "%" and whole is None):
        forms = "a number and a unit (s, m, h, d, w, y), such as 30d" + (", or a percentage" if whole else "")
        raise PkiError("invalid_duration", f"{option}: {text!r} is not a span of time. Write {forms}.")
    number = int(match[1])
    try:
        if whole is not None and match[2] == "%":
            return whole * number / 100
        return datetime.timedelta(seconds=number * _UNITS[match[2]])
    except OverflowError:
        raise PkiError("invalid_duration", f"{option}: {text!r} is longer than time itself.") from None


def end(start: datetime.datetime, lifetime: datetime.timedelta, option: str = "valid_for") -> datetime.datetime:
    """Raises PkiError (``invalid_duration``) beyond the years that a certificate can name."""
    with contextlib.suppress(OverflowError):
        if (moment := start + lifetime).year < 9999:
            return moment
    raise PkiError("invalid_duration", f"{option}: nothing can be valid beyond the year 9998.")


def hexadecimal(text: str, option: str) -> str:
    """Whole octets in small letters, as the index has them; ``text`` may have colons and capitals."""
    digits = text.strip().replace(":", "").lower().removeprefix("0x")
    if not re.fullmatch(r"[0-9a-f]{1,64}", digits):
        raise PkiError("invalid_number", f"{option}: {text!r} is not a number in hexadecimal, such as 19:a4:5c:06.")
    return digits.zfill(len(digits) + len(digits) % 2)


def file_name(text: str, option: str) -> str:
    """``text`` when it names a file in a directory and cannot lead out of it."""
    # 200 octets leave room for the endings within the 255 that file systems allow.
    shape = text and "/" not in text and not text.startswith(".") and text == text.strip()
    if not shape or texts.control_character(text) or len(text.encode()) > 200:
        raise PkiError(
            "invalid_name",
            f"{option}: {text!r} cannot be a file name. Leave out slashes, line breaks and a leading dot.",
        )
    return text


def iso(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def now() -> datetime.datetime:
    """The present second; certificates know no fractions (RFC 5280, 4.1.2.5)."""
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)
