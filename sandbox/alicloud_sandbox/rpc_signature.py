# SPDX-License-Identifier: GPL-3.0-or-later
"""Computes and verifies signature version 1.0 (HMAC-SHA1), that of older SDKs, generic clients and Terraform.

Source: https://help.aliyun.com/en/sdk/product-overview/rpc-mechanism (2026-11-25), where it is called V2.

Old SDKs parse the message of a wrong signature: they compare the text after "server string to sign is:" with their own
string, and aliyun-python-sdk-core 2.16.1 fails on a message without a colon.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from urllib.parse import quote

from .errors import gateway_error
from .signature import check_date

METHOD, VERSION = "HMAC-SHA1", "1.0"
WINDOW = 31 * 60  # seconds by which Timestamp may differ from the server's clock


def string_to_sign(method: str, pairs: Mapping[str, str]) -> str:
    """Returns the text that is signed: HTTP method, path and all parameters but Signature, sorted and quoted."""
    sent = sorted((_quoted(name), _quoted(value)) for name, value in pairs.items() if name != "Signature")
    return f"{method}&%2F&{_quoted('&'.join(f'{name}={value}' for name, value in sent))}"


def sign(text: str, secret: str) -> str:
    """Returns the signature of a string to sign."""
    return base64.b64encode(hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1).digest()).decode()


def verify(
    *,
    method: str,
    pairs: Mapping[str, str],
    secret_of: Callable[[str, str], str],
    now: float,
    first_use: Callable[[str, float], bool],
) -> str:
    """Returns the access key id of a request that is signed correctly, in time, for the first time.

    ``pairs`` are all parameters, ``secret_of(access key id, security token)`` returns a secret, and
    ``first_use(nonce, now)`` records a nonce and says whether it is new. Raises ApiError.
    """
    text = string_to_sign(method, pairs)
    used = (pairs.get("SignatureMethod", "").upper(), pairs.get("SignatureVersion"))
    if used != (METHOD, VERSION) or not pairs.get("SignatureNonce"):
        raise gateway_error("IncompleteSignature", f"server string to sign is:{text}")
    secret = secret_of(pairs.get("AccessKeyId", ""), pairs.get("SecurityToken", ""))
    check_date(pairs.get("Timestamp", ""), now, WINDOW)
    if not hmac.compare_digest(sign(text, secret).encode(), pairs["Signature"].encode()):
        raise gateway_error("SignatureDoesNotMatch", f"server string to sign is:{text}")
    if not first_use(pairs["SignatureNonce"], now):
        raise gateway_error("SignatureNonceUsed")
    return pairs["AccessKeyId"]


def _quoted(text: str) -> str:
    return quote(text, safe="~")
