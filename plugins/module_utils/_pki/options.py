# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that the modules share, and their way into the engine. Private to this collection."""

from __future__ import annotations

import contextlib
import functools
import grp
import os
import pwd
import typing as t

from .._arguments import paths
from .._x509 import build as issue
from .._x509 import crl, keys, profiles
from .._x509 import names as values
from .._x509.errors import PkiError
from . import policies, revocation
from . import previous_ca as previous
from .ca import Location
from .storage.files import Owner

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509

_SUBJECT: dict[str, t.Any] = {field: {"type": "str"} for field in values.SUBJECT}
COMMON_NAME: dict[str, t.Any] = {"common_name": {"type": "str", "required": True}}
SUBJECT: dict[str, t.Any] = {**_SUBJECT, **COMMON_NAME}
SHARED_SUBJECT: dict[str, t.Any] = {field: spec for field, spec in _SUBJECT.items() if field != "common_name"}

# Of every module that writes.
FILES: dict[str, t.Any] = {
    "owner": {"type": "str"},
    "group": {"type": "str"},
    "lock_timeout": {"type": "str", "default": "5m"},
}
# What each client may have in its own way.
OWN_KEY: dict[str, t.Any] = {
    "key_type": {"type": "str", "choices": ["rsa", "ecdsa", "ed25519"]},
    "key_size": {"type": "int"},
    "curve": {"type": "str", "choices": list(keys.CURVES)},
    "valid_for": {"type": "str"},
    "renew_before": {"type": "str"},
}
KEY: dict[str, t.Any] = {
    "key_type": {"type": "str", "choices": ["rsa", "ecdsa", "ed25519"], "default": "rsa"},
    "key_size": {"type": "int", "default": 4096},
    "curve": {"type": "str", "choices": list(keys.CURVES), "default": "secp256r1"},
    "valid_for": {"type": "str", "default": "3650d"},
    "renew_before": {"type": "str", "default": "30d"},
    "outlive_ca": {"type": "bool", "default": False},
    "accept_ed25519": {"type": "bool", "default": False},
    **FILES,
}
ISSUING_CA: dict[str, t.Any] = {
    "ca_path": {"type": "path", "required": True},
    "ca_passphrase": {"type": "str", "no_log": True},
    "ca_private_key_name": {"type": "str", "default": "root.key"},
    "ca_certificate_name": {"type": "str", "default": "root.crt"},
}
ISSUER: dict[str, t.Any] = {
    **ISSUING_CA,
    "path": {"type": "path"},
    "subject": {"type": "dict", "options": SHARED_SUBJECT},
    "replace_revoked": {"type": "bool", "default": False},
    "reserved_common_names": {"type": "list", "elements": "str", "default": []},
}

# The system's word for no user at all.
_NO_OWNER = 2**32 - 1

# The ways to name a certificate that is to be revoked, and the field of the index that each is about.
REVOCATION_KEYS = {
    "common_name": "common_name",
    "name": "name",
    "client": previous.CLIENT,
    "serial_number": "serial_number",
    "fingerprint_sha256": "fingerprint_sha256",
    "path": "file",
}
REVOCATION: dict[str, t.Any] = {
    **{key: {"type": "path" if key == "path" else "str"} for key in REVOCATION_KEYS},
    "reason": {"type": "str", "choices": [*crl.REASONS, revocation.RELEASE]},
}
# Another CA that signs the one of the module for CAs.
SIGNER: dict[str, t.Any] = {
    "path": {"type": "path", "required": True},
    "passphrase": {"type": "str", "no_log": True},
    "private_key_name": {"type": "str", "default": "root.key"},
    "certificate_name": {"type": "str", "default": "root.crt"},
}
# The CA that another one replaces, of modules that use the latter.
PREVIOUS: dict[str, t.Any] = {"previous_ca": {"type": "dict", "options": SIGNER}}
CONSTRAINTS: dict[str, t.Any] = {kind: {"type": "list", "elements": "str"} for kind in ("permitted", "excluded")}


def constraints(params: t.Mapping[str, t.Any] | None) -> x509.NameConstraints | None:
    trees = [[values.constraint(each) for each in (params or {}).get(kind) or []] for kind in CONSTRAINTS]
    return x509.NameConstraints(*(tree or None for tree in trees)) if any(trees) else None


def location(params: t.Mapping[str, t.Any], timeout: str, prefix: str = "ca_") -> Location:
    """``timeout``: of the lock. ``prefix``: that of the options; the module for CAs has none."""
    return Location(
        directory(params[f"{prefix}path"], f"{prefix}path"),
        values.file_name(params[f"{prefix}private_key_name"], f"{prefix}private_key_name"),
        values.file_name(params[f"{prefix}certificate_name"], f"{prefix}certificate_name"),
        secret(params[f"{prefix}passphrase"], f"{prefix}passphrase"),
        values.duration(timeout, "lock_timeout").total_seconds(),
    )


def previous_ca(params: t.Mapping[str, t.Any]) -> Location | None:
    """Returns where the CA of the option ``previous_ca`` is; None when it is not given."""
    given = params["previous_ca"]
    return location(given, params["lock_timeout"], prefix="") if given else None


def directory(path: str, option: str) -> str:
    """Return ``path`` in its shortest form. Raises PkiError (``invalid_path``) unless it is a place for keys."""
    return os.path.normpath(absolute(path, option))


def absolute(path: str, option: str) -> str:
    """Return ``path``. Raises PkiError (``invalid_path``) unless it is absolute and outside of the collections."""
    if sentence := paths.message(option, path):
        raise PkiError("invalid_path", sentence)
    return path


def secret(text: str | None, option: str = "passphrase") -> bytes | None:
    """Raises PkiError (``invalid_passphrase``), which does not show it."""
    if not text:
        return None
    with contextlib.suppress(UnicodeEncodeError):
        # Some programs treat NUL as the end; OpenSSL takes no more than 1023 octets for a key.
        if "\0" not in text and len(octets := text.encode()) <= 1023:
            return octets
    raise PkiError("invalid_passphrase", f"{option} has to be UTF-8 of at most 1023 octets, without NUL characters.")


def desired(
    params: t.Mapping[str, t.Any],
    profile: profiles.Profile,
    subject: t.Mapping[str, str | None],
    names: t.Sequence[t.Any],
    targets: dict[str, str],
    passphrase: bytes | None = None,
    pkcs12: issue.Pkcs12Spec | None = None,
    name: str = "",
    request: x509.CertificateSigningRequest | None = None,
) -> policies.Desired:
    lifetime = values.duration(params["valid_for"], "valid_for")
    mail = subject["email_address"]
    if mail:
        names = [values.email(mail), *names]  # RFC 5280, 4.1.2.6: an address belongs there as well
    return policies.Desired(
        profile=profile,
        subject=values.subject(subject),
        names=tuple(dict.fromkeys(names)),
        key=_key(params),
        lifetime=lifetime,
        renew_before=values.duration(params["renew_before"], "renew_before", lifetime),
        paths=targets,
        name=name,
        request=request,
        passphrase=passphrase,
        pkcs12=pkcs12,
        owner=owner(params["owner"], params["group"]),
        outlive=params["outlive_ca"],
        replace_revoked=params.get("replace_revoked", False),
    )


def _key(params: t.Mapping[str, t.Any]) -> keys.KeySpec:
    if params["key_type"] == "ed25519" and not params["accept_ed25519"]:
        raise PkiError(
            "ed25519_not_accepted",
            "No TLS policy of ALB offers Ed25519, and many browsers do not know it. If neither is involved, set"
            " accept_ed25519. Otherwise choose rsa or ecdsa.",
        )
    return keys.KeySpec(params["key_type"], params["key_size"], params["curve"])


@functools.cache
def owner(user: str | None, group: str | None) -> Owner:
    """Names or numbers. Raises PkiError (``unknown_owner``)."""
    return Owner(
        _number(user, "owner", lambda name: pwd.getpwnam(name).pw_uid),
        _number(group, "group", lambda name: grp.getgrnam(name).gr_gid),
    )


def _number(name: str | None, option: str, look_up: t.Callable[[str], int]) -> int:
    """Return the number of the user or group ``name``, which may be the number itself; -1 for None."""
    if name is None:
        return -1
    if name.isascii() and name.isdecimal() and int(name) < _NO_OWNER:
        return int(name)
    with contextlib.suppress(KeyError, ValueError):  # ValueError: of a NUL character
        return look_up(name)
    raise PkiError("unknown_owner", f"{option}: there is no such user or group here: {name!r}.")


def subject_of(params: t.Mapping[str, t.Any], own: t.Mapping[str, t.Any]) -> dict[str, str | None]:
    """The subject that all share, and what this one says itself."""
    shared = params["subject"] or {}
    return {field: own.get(field) or shared.get(field) for field in values.SUBJECT}


def files(directory: str, name: str, kinds: t.Iterable[str]) -> dict[str, str]:
    """``kinds``: of policies.ENDINGS."""
    stem = os.path.join(directory, name)
    return {kind: stem + policies.ENDINGS[kind] for kind in kinds}
