# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the modules for private CAs, as argument specifications. Private to this collection.

Documented in the fragment ``alicloud.mtls.pca``. Does not import the package cryptography: the documentation of a
module is read without it.
"""

from __future__ import annotations

import typing as t

from .._pki import options
from .._x509 import terms

Spec = dict[str, t.Any]

CA: Spec = {"ca_id": {"type": "str"}, "ca_name": {"type": "str"}}
ONE_CA: Spec = {"required_one_of": [["ca_id", "ca_name"]], "mutually_exclusive": [["ca_id", "ca_name"]]}

# What the service puts into a subject, by the names of the API; it has no field for an e-mail address.
FIELDS = {
    "organization_name": "Organization",
    "organizational_unit_name": "OrganizationUnit",
    "country_name": "Country",
    "state_or_province_name": "State",
    "locality_name": "Locality",
}
SUBJECT: Spec = {field: {"type": "str"} for field in FIELDS}
_KEY: Spec = {
    "key_type": {"type": "str", "choices": ["rsa", "ecdsa"]},
    "key_size": {"type": "int"},
    "curve": {"type": "str", "choices": list(terms.CURVES)},
}
OWN: Spec = {**_KEY, "valid_for": {"type": "str"}, "renew_before": {"type": "str"}}
ISSUING: Spec = {
    **CA,
    "path": {"type": "path", "required": True},
    "subject": {"type": "dict", "options": SUBJECT},
    **_KEY,
    "key_source": {"type": "str", "choices": ["controller", "service"], "default": "controller"},
    "valid_for": {"type": "str", "default": "365d"},
    "renew_before": {"type": "str", "default": "30d"},
    "crl_distribution_point": {"type": "bool", "default": True},
    "tags": {"type": "dict"},
    "replace_revoked": {"type": "bool", "default": False},
    "revoke": {"type": "bool", "default": False},
    "state": {"type": "str", "choices": ["present", "revoked", "absent"], "default": "present"},
    **options.FILES,
}
