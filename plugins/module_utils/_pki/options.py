# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the modules, as argument specifications. Private to this collection."""

from __future__ import annotations

import typing as t

from .._x509 import terms

Spec = dict[str, t.Any]

# Ways to name certificates beside the columns of the database: the file name or the common name of a client.
CLIENT = "client"
# The reason that ends a hold.
RELEASE = "remove_from_crl"
# What may be replaced of a CA: nothing, its certificate, or its certificate and key.
REPLACE = ("never", "certificate", "key")
# Clients that client_certificate takes from a database, beside the listed ones.
OF_THIS_CA, OF_PREVIOUS_CA = "this_ca", "previous_ca"
INCLUDE_CLIENTS = ("none", OF_THIS_CA, OF_PREVIOUS_CA)
# For more clients than this, results contain the certificates in PEM form only on request.
MANY = 100

_SUBJECT: Spec = {field: {"type": "str"} for field in terms.SUBJECT}
COMMON_NAME: Spec = {"common_name": {"type": "str", "required": True}}
SUBJECT: Spec = {**_SUBJECT, **COMMON_NAME}
SHARED_SUBJECT: Spec = {field: spec for field, spec in _SUBJECT.items() if field != "common_name"}

# Of every module that writes.
FILES: Spec = {
    "owner": {"type": "str"},
    "group": {"type": "str"},
    "lock_timeout": {"type": "str", "default": "5m"},
}
# Of every client, in place of the module's options of the same names.
CLIENT_KEY: Spec = {
    "key_type": {"type": "str", "choices": list(terms.KEY_TYPES)},
    "key_size": {"type": "int"},
    "curve": {"type": "str", "choices": list(terms.CURVES)},
    "valid_for": {"type": "str"},
    "renew_before": {"type": "str"},
}
KEY: Spec = {
    "key_type": {"type": "str", "choices": list(terms.KEY_TYPES), "default": "rsa"},
    "key_size": {"type": "int", "default": 4096},
    "curve": {"type": "str", "choices": list(terms.CURVES), "default": "secp256r1"},
    "valid_for": {"type": "str", "default": "3650d"},
    "renew_before": {"type": "str", "default": "30d"},
    "outlive_ca": {"type": "bool", "default": False},
    "accept_ed25519": {"type": "bool", "default": False},
    **FILES,
}
ISSUING_CA: Spec = {
    "ca_path": {"type": "path", "required": True},
    "ca_passphrase": {"type": "str", "no_log": True},
    "ca_private_key_name": {"type": "str", "default": "root.key"},
    "ca_certificate_name": {"type": "str", "default": "root.crt"},
}
ISSUER: Spec = {
    **ISSUING_CA,
    "path": {"type": "path"},
    "subject": {"type": "dict", "options": SHARED_SUBJECT},
    "replace_revoked": {"type": "bool", "default": False},
    "reserved_common_names": {"type": "list", "elements": "str", "default": []},
}
# Another CA, which signs the one of the module ca or was replaced by it.
SIGNER: Spec = {
    "path": {"type": "path", "required": True},
    "passphrase": {"type": "str", "no_log": True},
    "private_key_name": {"type": "str", "default": "root.key"},
    "certificate_name": {"type": "str", "default": "root.crt"},
}
PREVIOUS: Spec = {"previous_ca": {"type": "dict", "options": SIGNER}}
CONSTRAINTS: Spec = {kind: {"type": "list", "elements": "str"} for kind in ("permitted", "excluded")}

# The ways to name a certificate that is to be revoked, and the column of the database that each is about.
REVOCATION_KEYS = {
    "common_name": "common_name",
    "name": "name",
    "client": CLIENT,
    "serial_number": "serial_number",
    "fingerprint_sha256": "fingerprint_sha256",
    "path": "file",
}
REVOCATION: Spec = {
    **{key: {"type": "path" if key == "path" else "str"} for key in REVOCATION_KEYS},
    "reason": {"type": "str", "choices": [*terms.REVOCATION_REASONS, RELEASE]},
}


def columns(key: str) -> tuple[str, ...]:
    """Return the columns of the database in which a certificate named by ``key`` is looked for."""
    return ("name", "common_name") if key == CLIENT else (key,)
