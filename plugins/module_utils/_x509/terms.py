# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words that options and results use for keys, subjects, profiles, reasons and revocation.

Argument specifications and filters use them as well. Private to this collection.
"""

from __future__ import annotations

KEY_TYPES = ("rsa", "ecdsa", "ed25519")
CURVES = ("secp256r1", "secp384r1", "secp521r1")

# Field: (object identifier, maximum length), in the order in which openssl writes a subject. Lengths in characters,
# from RFC 5280, appendix A.1.
SUBJECT: dict[str, tuple[str, int]] = {
    "country_name": ("2.5.4.6", 2),
    "state_or_province_name": ("2.5.4.8", 128),
    "locality_name": ("2.5.4.7", 128),
    "organization_name": ("2.5.4.10", 64),
    "organizational_unit_name": ("2.5.4.11", 64),
    "common_name": ("2.5.4.3", 64),
    "email_address": ("1.2.840.113549.1.9.1", 255),
}
# Names of attributes beside those of RFC 4514 in a subject that is given as text, as OpenSSL writes them.
SUBJECT_NAMES = {
    "emailAddress": "1.2.840.113549.1.9.1",
    "E": "1.2.840.113549.1.9.1",
    "serialNumber": "2.5.4.5",
    "SN": "2.5.4.4",
    "GN": "2.5.4.42",
    "title": "2.5.4.12",
    "organizationIdentifier": "2.5.4.97",
}

PROFILES = ("root", "subordinate", "server", "client")
CA_PROFILES = ("root", "subordinate", "cross")

# Names in options and results: names in RFC 5280, 5.3.1. removeFromCRL is missing: it ends a revocation.
REVOCATION_REASONS: dict[str, str] = {
    "unspecified": "unspecified",
    "key_compromise": "keyCompromise",
    "ca_compromise": "cACompromise",
    "affiliation_changed": "affiliationChanged",
    "superseded": "superseded",
    "cessation_of_operation": "cessationOfOperation",
    "certificate_hold": "certificateHold",
    "privilege_withdrawn": "privilegeWithdrawn",
    "aa_compromise": "aACompromise",
}
# The only reason that can be taken back.
HOLD = "certificate_hold"
# The code of the reason for a first certificate.
MISSING = "missing"
# Reasons after which the key must never be certified again.
COMPROMISED = ("key_compromise", "ca_compromise", "aa_compromise")
