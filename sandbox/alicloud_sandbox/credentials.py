# SPDX-License-Identifier: GPL-3.0-or-later
"""Access keys: the one of the sandbox, and temporary ones that STS has issued."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from datetime import UTC, datetime

from . import kinds
from .errors import gateway_error
from .product import new_id
from .store import Doc, Store

_PREFIX = "STS."


def issue(store: Store, seconds: int, identity: Doc) -> Doc:
    """Returns new temporary credentials of ``identity``, as AssumeRole shows them; within a transaction."""
    expires = time.time() + seconds
    key = _PREFIX + new_id("", 24).removeprefix("-")
    found = {
        "AccessKeyId": key,
        "AccessKeySecret": secrets.token_urlsafe(30),
        "SecurityToken": secrets.token_urlsafe(96),
    }
    store.put(kinds.TEMPORARY_KEY, key, found | {"_expires": expires, "_identity": identity}, served=True)
    return found | {"Expiration": datetime.fromtimestamp(expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


def number_of(text: str) -> int:
    """Returns a number of up to 17 digits that belongs to a text, for ids that stay the same."""
    return int(hashlib.sha256(text.encode()).hexdigest(), 16) % 10**17


def identity_of(store: Store, access_key_id: str) -> Doc | None:
    """Returns the identity that temporary credentials were issued to, or None for the key of the sandbox."""
    doc = store.get(kinds.TEMPORARY_KEY, access_key_id)
    identity: Doc | None = doc["_identity"] if doc else None
    return identity


def secret_of(store: Store, own: tuple[str, str], access_key_id: str, token: str) -> str:
    """Returns the secret of an access key; ``own`` is id and secret of the sandbox's key. Within a transaction.

    Raises ApiError.
    """
    if access_key_id == own[0]:
        return own[1]
    doc = store.get(kinds.TEMPORARY_KEY, access_key_id)
    if doc is None:
        raise gateway_error("InvalidAccessKeyId.NotFound")
    if not hmac.compare_digest(doc["SecurityToken"].encode(), token.encode()):
        raise gateway_error("InvalidSecurityToken.MismatchWithAccessKey")
    if doc["_expires"] < time.time():
        raise gateway_error("InvalidSecurityToken.Expired")
    return str(doc["AccessKeySecret"])
