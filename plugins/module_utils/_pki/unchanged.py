# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recognizes clients whose files are as they were when everything was as wanted. Private to this collection.

A cached result carries a digest over the contents of the files, what was wanted of them, and the CA that signs. While
it is the same, no certificate is parsed, no signature verified and no PKCS#12 file opened: only validity and revocation
are left to check.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import typing as t

from .._x509 import build, describe
from .._x509.package import x509
from .case import Desired
from .storage.database import CachedResult

# To be raised with policies.POLICIES: under a new policy, clients that were as wanted may no longer be.
_VERSION = 2
# Rounds of PBKDF2, as many as the MAC of a PKCS#12 file has: the database tells an attacker no more about a passphrase
# than that file does.
_ROUNDS = 2048


def digest(desired: Desired, signers: str, contents: t.Mapping[str, bytes], salt: str) -> str:
    """Return the digest of a client.

    ``signers``: of ``signers_of``. ``contents``: of all files in ``desired.paths``. ``salt``: of the database.
    """
    pkcs12, request = desired.pkcs12, desired.request
    wanted = [
        _VERSION,
        signers,
        desired.profile.name,
        [(attribute.oid.dotted_string, attribute.value) for attribute in desired.subject],
        sorted(map(describe.name_text, desired.names)),
        build.request_pem(request).decode() if request else str(desired.key),
        [pkcs12.name, pkcs12.legacy, _derived(pkcs12, salt)] if pkcs12 else None,
        {kind: os.path.basename(path) for kind, path in desired.paths.items()},
    ]
    made = hashlib.sha256(json.dumps(wanted).encode())
    for kind in desired.paths:
        # Digests of a fixed length, so that no octet can move from one file into the next.
        made.update(hashlib.sha256(contents[kind]).digest())
    return made.hexdigest()


def signers_of(issuer: x509.Certificate, chain: t.Sequence[x509.Certificate]) -> str:
    """Return the fingerprints of the CA and of its chain as one text."""
    return " ".join(map(describe.fingerprint_sha256, (issuer, *chain)))


def is_current(result: CachedResult, now: str, renewal: str) -> bool:
    """Return whether the certificate is valid ``now`` and beyond ``renewal``; both are texts of times.iso."""
    start, end = str(result.facts["not_before"]), str(result.facts["not_after"])
    return start <= now < end >= renewal


def _derived(spec: build.Pkcs12Spec, salt: str) -> str:
    # A generated passphrase needs no slow function: its file is readable to those who can read the database.
    return _derive(spec.passphrase, salt, 1 if spec.generated else _ROUNDS)


@functools.lru_cache(maxsize=1024)
def _derive(passphrase: bytes, salt: str, rounds: int) -> str:
    return hashlib.pbkdf2_hmac("sha256", passphrase, salt.encode(), rounds).hex()
