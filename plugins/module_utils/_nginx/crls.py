# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Examine the CAs and the CRLs with which Nginx is to verify clients, before they are live.

Nginx checks every CA of a chain, and refuses all clients when the CRL of one is missing or has expired. Only Python's
own modules are here, so CRLs are read by hand, as far as this needs (RFC 5280, 4.1 and 5.1). Signatures are Nginx's
business.

Private to this collection. Runs on the servers, with Python 3.9 or newer.
"""

from __future__ import annotations

import base64
import binascii
import calendar
import math
import re
import ssl
import time
import typing as t

_PEM = re.compile(r"-----BEGIN (CERTIFICATE|X509 CRL)-----(.*?)-----END \1-----", re.DOTALL)
_SEQUENCE, _INTEGER, _VERSION = 0x30, 0x02, 0xA0
_TIMES = {0x17: "%y%m%d%H%M%SZ", 0x18: "%Y%m%d%H%M%SZ"}


class Value(t.NamedTuple):
    """A value in DER form: its tag, its contents, and all of it."""

    tag: int
    contents: bytes
    whole: bytes


def values(data: bytes) -> list[Value]:
    """Return the values in ``data``, one after the other. Raises ValueError for what is not DER."""
    found = []
    while data:
        if len(data) < 2:
            raise ValueError("it ends too early")
        length, start = data[1], 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(data[2:start], "big")
        if len(data) < start + length:
            raise ValueError("it ends too early")
        found.append(Value(data[0], data[start : start + length], data[: start + length]))
        data = data[start + length :]
    return found


def blocks(pem: str, kind: str) -> list[bytes]:
    """Return the blocks of a kind, CERTIFICATE or X509 CRL, in DER form. Raises ValueError."""
    texts = ["".join(text.split()) for name, text in _PEM.findall(pem) if name == kind]
    try:
        return [base64.b64decode(text, validate=True) for text in texts]
    except binascii.Error as error:
        raise ValueError(str(error)) from error


def subject(certificate: bytes) -> bytes:
    """Return the name of a certificate in DER form. Raises ValueError, also IndexError."""
    fields = [value for value in values(values(values(certificate)[0].contents)[0].contents) if value.tag != _VERSION]
    return fields[4].whole


def issuer_and_end(crl: bytes) -> tuple[bytes, float]:
    """Return the name of a CRL's CA in DER form, and when its next update is due, in seconds since 1970.

    Raises ValueError, also IndexError.
    """
    fields = values(values(values(crl)[0].contents)[0].contents)
    fields = fields[1:] if fields[0].tag == _INTEGER else fields
    end = fields[3] if len(fields) > 3 and fields[3].tag in _TIMES else None
    if end is None:
        return fields[1].whole, math.inf
    return fields[1].whole, calendar.timegm(time.strptime(end.contents.decode("ascii"), _TIMES[end.tag]))


def problem(ca: str, crl: str) -> str:
    """Return why Nginx would refuse every client with these CAs and CRLs in PEM form, or nothing.

    ``crl`` may be empty.
    """
    try:
        authorities = {subject(der): der for der in blocks(ca, "CERTIFICATE")}
    except (ValueError, IndexError) as error:
        return f"The CAs of the clients cannot be read: {error}. Give certificates in PEM form."
    if not authorities:
        return "The file holds no certificate in PEM form. Name the file with the CAs of the clients."
    if not crl:
        return ""
    try:
        lists = dict(issuer_and_end(der) for der in blocks(crl, "X509 CRL"))
    except (ValueError, IndexError) as error:
        return f"The CRLs cannot be read: {error}. Give CRLs in PEM form."
    for name, der in authorities.items():
        if name not in lists:
            return (
                f"There is no CRL of the CA {_common_name(der)}, and Nginx would refuse every client. Give a file with"
                " the CRL of every CA, such as the crl-bundle.pem of the role pki."
            )
        if lists[name] <= time.time():
            end = time.strftime("%Y-%m-%d %H:%M", time.gmtime(lists[name]))
            return (
                f"The CRL of the CA {_common_name(der)} has expired ({end} UTC), and Nginx would refuse every client."
                " Make a new one."
            )
    return ""


def _common_name(certificate: bytes) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=certificate)
    parts = [part for shown in context.get_ca_certs() for part in t.cast("t.Any", shown).get("subject", ())]
    names = [value for part in parts for kind, value in part if kind == "commonName"]
    return names[0] if names else "without a common name"
