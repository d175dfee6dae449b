# SPDX-License-Identifier: GPL-3.0-or-later
"""Computes and verifies ACS3-HMAC-SHA256, the signature of every current Alibaba Cloud SDK.

Source: https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import parse_qsl, quote

from .errors import gateway_error

ALGORITHM = "ACS3-HMAC-SHA256"
WINDOW = 15 * 60  # seconds by which x-acs-date may differ from the server's clock
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_NO_SIGNATURE = f"Neither {ALGORITHM} in the Authorization header nor the parameter Signature was sent."
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM}\s+Credential=(?P<key>[^,\s]+),\s*SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]+)"
)


def canonical_request(
    method: str, path: str, query: str, headers: Mapping[str, str], signed: list[str], body: str
) -> str:
    """Returns the text whose hash is signed; ``body`` is the hex SHA-256 of the request body."""
    pairs = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in parse_qsl(query, True))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in signed)
    return "\n".join([method, path, "&".join(f"{n}={v}" for n, v in pairs), lines, ";".join(signed), body])


def string_to_sign(canonical: str) -> str:
    """Returns the algorithm and the hash of the canonical request."""
    return f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"


def sign(*, query: str, headers: dict[str, str], body: bytes, key: str, secret: str) -> dict[str, str]:
    """Returns the headers of a POST with a signature by the access key; ``headers`` have lower-case names."""
    digest = hashlib.sha256(body).hexdigest()
    whole = {**headers, "x-acs-content-sha256": digest}
    signed = sorted(name for name in whole if name == "host" or name.startswith("x-acs-"))
    to_sign = string_to_sign(canonical_request("POST", "/", query, whole, signed, digest))
    value = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return {
        **whole,
        "authorization": f"{ALGORITHM} Credential={key},SignedHeaders={';'.join(signed)},Signature={value}",
    }


def verify(
    *,
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    body: bytes,
    secret_of: Callable[[str, str], str],
    now: float,
    first_use: Callable[[str, float], bool],
) -> str:
    """Returns the access key id of a request that is signed correctly, in time, for the first time.

    ``headers`` have lower-case names, ``secret_of(access key id, security token)`` returns a secret, and
    ``first_use(nonce, now)`` records a nonce and says whether it is new.
    Raises ApiError.
    """
    match = _AUTHORIZATION.fullmatch(headers.get("authorization", "").strip())
    if not match:
        raise gateway_error("SignatureDoesNotMatch", f"{_NO_SIGNATURE} server string to sign is:")
    secret = secret_of(match["key"], headers.get("x-acs-security-token", ""))
    check_date(headers.get("x-acs-date", ""), now, WINDOW)
    signed = match["headers"].split(";")
    needed = {"host", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"}
    needed |= {name for name in headers if name.startswith("x-acs-")}
    absent = (needed - set(signed)) | (set(signed) - set(headers))
    if absent:
        raise gateway_error("SignatureDoesNotMatch", f"Not signed or not sent: {', '.join(sorted(absent))}.")
    digest = hashlib.sha256(body).hexdigest()
    if headers["x-acs-content-sha256"] != digest:
        raise gateway_error("SignatureDoesNotMatch", "x-acs-content-sha256 is not the hash of the body.")
    to_sign = string_to_sign(canonical_request(method, path, query, headers, signed, digest))
    expected = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, match["signature"]):
        raise gateway_error("SignatureDoesNotMatch", f"server string to sign is:{to_sign.replace(chr(10), ' ')}")
    if not first_use(headers["x-acs-signature-nonce"], now):
        raise gateway_error("SignatureNonceUsed")
    return match["key"]


def check_date(value: str, now: float, window: float) -> None:
    """Raises ApiError for a time (``2026-11-25T12:00:00Z``) that differs by more than ``window`` seconds."""
    try:
        if not _DATE.fullmatch(value):
            raise ValueError(value)
        sent = datetime.fromisoformat(value).timestamp()  # strptime takes ten times as long
    except ValueError:
        raise gateway_error("InvalidTimeStamp.Format") from None
    if abs(now - sent) > window:
        raise gateway_error("InvalidTimeStamp.Expired")
