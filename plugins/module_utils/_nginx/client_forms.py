# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms in which a load balancer may write a client certificate's details into headers, and how each is read.

ALB documents the names of its headers, and no form of their values (help page http-headers, 2024-01-15, and
CreateListener, SDK 1.3.3). The tables here are the one place that says which forms are understood. Nginx reads them
with the ``map`` blocks that are made from them; what has none of the forms is refused as unreadable.

Private to this collection. Runs on the servers, with Python 3.9 or newer.
"""

from __future__ import annotations

import re
import typing as t

# Default names of ALB's headers, by field. Source: CreateListener, XForwardedForConfig (ALB 2020-06-16).
ALB_HEADERS = {
    "subject": "X-Forwarded-Clientcert-subjectdn",
    "issuer": "X-Forwarded-Clientcert-issuerdn",
    "fingerprint": "X-Forwarded-Clientcert-fingerprint",
    "verification": "X-Forwarded-Clientcert-clientverify",
}
FIELDS = ("subject", "issuer", "fingerprint", "serial", "verification")
DIGESTS = {"sha1": 20, "sha256": 32}  # octets


class Form(t.NamedTuple):
    """A form of a value: its name, a regular expression for Nginx, an example, and where the form is from."""

    name: str
    pattern: str
    example: str
    source: str


_OPENSSL = "openssl x509 -fingerprint"
_NGINX = "Nginx, $ssl_client_fingerprint"
_OTHERS = "other programs"


def _fingerprints() -> t.Iterator[Form]:
    for digest, octets in DIGESTS.items():
        for case, digit, start in (("small", "[0-9a-f]", "0a:1b"), ("capital", "[0-9A-F]", "0A:1B")):
            example = ":".join([start] * (octets // 2))
            plain, pairs = f"{digit}{{{octets * 2}}}", f"(?:{digit}{{2}}:){{{octets - 1}}}{digit}{{2}}"
            source = _NGINX if (digest, case) == ("sha1", "small") else _OTHERS
            yield Form(f"{digest}, {case} letters", plain, example.replace(":", ""), source)
            source = _OPENSSL if case == "capital" else _OTHERS
            yield Form(f"{digest}, {case} letters, colons", pairs, example, source)


# All letters of a value are small, or all are capital.
FINGERPRINTS = tuple(_fingerprints())

# The value is what is written on the left; letters may be small or capital.
VERIFICATIONS = (
    Form("SUCCESS", "success", "SUCCESS", "Nginx, $ssl_client_verify"),
    Form("FAILED", "failed(?::.*)?", "FAILED:certificate has expired", "Nginx, $ssl_client_verify"),
    Form("NONE", "none", "NONE", "Nginx, $ssl_client_verify"),
)

# Forms of distinguished names. Rules by subject and issuer are made for all of them.
NAMES = (
    Form("RFC 2253", r"[A-Za-z0-9.-]+=.*", "CN=client,O=Example,C=CN", "Nginx since 1.11.6, $ssl_client_s_dn"),
    Form("slashes", r"/[A-Za-z0-9.-]+=.*", "/C=CN/O=Example/CN=client", "Nginx, $ssl_client_s_dn_legacy"),
    Form(
        "blanks", r"[A-Za-z0-9.-]+ = .*", "C = CN, O = Example, CN = client", "OpenSSL since 1.1, openssl x509 -subject"
    ),
)

HEXADECIMAL = re.compile(r"[0-9A-Fa-f]{2}(?::?[0-9A-Fa-f]{2})*")
# Names of attributes that programs write in different ways. Source: OpenSSL, obj_mac.h; RFC 4514, 3; RFC 2253, 2.3.
ATTRIBUTES = (
    ("emailAddress", "E", "1.2.840.113549.1.9.1"),
    ("ST", "S", "2.5.4.8"),
    ("serialNumber", "2.5.4.5"),
    ("street", "STREET", "2.5.4.9"),
    ("title", "T", "2.5.4.12"),
    ("SN", "surname", "2.5.4.4"),
    ("GN", "givenName", "2.5.4.42"),
    ("CN", "2.5.4.3"),
    ("C", "2.5.4.6"),
    ("L", "2.5.4.7"),
    ("O", "2.5.4.10"),
    ("OU", "2.5.4.11"),
    ("DC", "0.9.2342.19200300.100.1.25"),
    ("UID", "userId", "0.9.2342.19200300.100.1.1"),
)


class FormError(ValueError):
    """A value that has no form which is understood, in the words for the user."""


def fingerprint(text: str) -> str:
    """Return a fingerprint in small letters without colons. Raises FormError."""
    digits = text.strip().replace(":", "").lower()
    if not HEXADECIMAL.fullmatch(text.strip()) or len(digits) // 2 not in DIGESTS.values():
        raise FormError(
            f"{text!r} is no fingerprint. Give the SHA-1 (40 hexadecimal digits) or the SHA-256 (64) of the"
            " certificate, with or without colons."
        )
    return digits


def written(digits: str) -> list[str]:
    """Return a fingerprint in all forms of FINGERPRINTS."""
    pairs = ":".join(digits[index : index + 2] for index in range(0, len(digits), 2))
    return list(dict.fromkeys([digits, digits.upper(), pairs, pairs.upper()]))


def serial_number(text: str) -> str:
    """Return a serial number in small hexadecimal letters without leading zeros. Raises FormError."""
    digits = text.strip().replace(":", "").lower()
    if not re.fullmatch(r"[0-9a-f]+", digits):
        raise FormError(f"{text!r} is no serial number. Give it in hexadecimal digits.")
    return digits.lstrip("0") or "0"


Attribute = tuple[str, str]


def distinguished_name(text: str) -> list[Attribute]:
    """Return the attributes of a name in one of the forms of NAMES, in its order. Raises FormError."""
    parts = re.split(r"/(?=[A-Za-z0-9.-]+=)", text[1:]) if text.startswith("/") else _split(text)
    return [(name, _unescaped(value)) for name, value in (_attribute(part.strip(), text) for part in parts)]


def _split(text: str) -> list[str]:
    """Return the parts of a name between its commas that are not escaped."""
    parts, start, position = [], 0, 0
    while position < len(text):
        if text[position] == "\\":
            position += 1
        elif text[position] == ",":
            parts.append(text[start:position])
            start = position + 1
        elif text[position] in "+;":
            raise FormError(
                f"{text!r} has several attributes in one part ('{text[position]}'), which no rule can name."
            )
        position += 1
    return [*parts, text[start:]]


def _attribute(part: str, text: str) -> Attribute:
    name, equals, value = part.partition("=")
    if not equals or not re.fullmatch(r"[A-Za-z0-9.-]+", name.strip()) or not value.strip():
        raise FormError(f"{text!r} is no distinguished name. Write it as CN=client,O=Example,C=CN.")
    return name.strip(), value.strip()


def _unescaped(value: str) -> str:
    """Return a value without the escapes of RFC 2253, and without those of OpenSSL's slash form."""
    octets = re.sub(
        rb"\\(?:x?([0-9A-Fa-f]{2})|(.))",
        lambda found: bytes([int(found[1], 16)]) if found[1] else found[2],
        value.encode("utf-8", "surrogateescape"),
        flags=re.DOTALL,
    )
    return octets.decode("utf-8", "surrogateescape")


def name_pattern(text: str) -> str:
    """Return a regular expression, without case, for all forms of a distinguished name. Raises FormError.

    The order of the attributes may be that of the certificate or the reverse, since the forms differ in it.
    """
    attributes = [(_names(name), _value(value)) for name, value in distinguished_name(text)]
    orders = (attributes, attributes[::-1]) if len(attributes) > 1 else (attributes,)
    commas = [", ?".join(f"{name} ?= ?{value}" for name, value in order) for order in orders]
    slashes = ["".join(f"/{name}={value}" for name, value in order) for order in orders]
    return f"(?:{'|'.join([*commas, *slashes])})"


def _names(name: str) -> str:
    same = next((row for row in ATTRIBUTES if name.lower() in {each.lower() for each in row}), (name,))
    words = "|".join(each.replace(".", r"\.") for each in same)
    return f"(?:(?:OID\\.)?(?:{words}))" if len(same) > 1 else words


def _value(value: str) -> str:
    return "".join(_character(character) for character in value)


def _character(character: str) -> str:
    octets = character.encode("utf-8", "surrogateescape")
    if len(octets) == 1 and (character.isalnum() or character in " -_@:"):
        return character
    if len(octets) == 1 and 32 <= octets[0] < 127:
        return rf"(?:\\)?\x{octets[0]:02x}"  # escaped or not; in hexadecimal it has no meaning of its own
    return "".join(rf"(?:\\x?{octet:02X}|\x{octet:02x})" for octet in octets)
