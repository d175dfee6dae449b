# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the modules for private CAs, and what they ask for. Private to this collection.

Documented in the fragment ``alicloud.mtls.pca``.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import dataclass

from .._pki import issue, keys, options, policies, profiles, requests, values
from .._pki.errors import PkiError
from .authority import PrivateCa

Spec = dict[str, t.Any]
Params = Mapping[str, t.Any]

CA: Spec = {"ca_id": {"type": "str"}, "ca_name": {"type": "str"}}
ONE_CA: Spec = {"required_one_of": [["ca_id", "ca_name"]], "mutually_exclusive": [["ca_id", "ca_name"]]}

# What the service puts into a subject; it has no field for an e-mail address. By the names of the API.
FIELDS = {
    "organization_name": "Organization",
    "organizational_unit_name": "OrganizationUnit",
    "country_name": "Country",
    "state_or_province_name": "State",
    "locality_name": "Locality",
}
# The same in the facts of a CA.
_OF_A_CA = {**FIELDS, "organizational_unit_name": "OrganizationUnit", "country_name": "CountryCode"}
SUBJECT: Spec = {field: {"type": "str"} for field in FIELDS}
_KEY: Spec = {
    "key_type": {"type": "str", "choices": ["rsa", "ecdsa"]},
    "key_size": {"type": "int"},
    "curve": {"type": "str", "choices": ["secp256r1", "secp384r1", "secp521r1"]},
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
_FAMILIES = {"RSA": "rsa", "ECC": "ecdsa"}
_KEY_SIZE, _CURVE = 4096, "secp256r1"
_AT_SERVICE = {"RSA 2048": "RSA_2048", "RSA 4096": "RSA_4096"} | {
    f"ECDSA {curve}": f"ECC_{bits}" for curve, bits in (("secp256r1", 256), ("secp384r1", 384), ("secp521r1", 512))
}


@dataclass(frozen=True)
class Wanted:
    """One certificate.

    Attributes:
        desired: its files and what is to be in it, for the certificate engine.
        fields: the subject beside the common name, by the names of the API.
        kind: ``client`` or ``server``.
        algorithm: that of a key which the service makes, such as RSA_2048; empty when the key is made here.
        certificate_id: identifier of a certificate that exists already and is to be used.
    """

    desired: policies.Desired
    fields: dict[str, str]
    kind: str
    algorithm: str = ""
    certificate_id: str = ""

    @property
    def name(self) -> str:
        return self.desired.name

    @property
    def common_name(self) -> str:
        return values.common_name(self.desired.subject) or ""

    @property
    def path(self) -> str:
        """The file of the certificate."""
        return self.desired.paths["certificate"]


def client(params: Params, own: Params, ca: PrivateCa) -> Wanted:
    """Return what is wanted for one of the option ``clients``. Raises PkiError."""
    name = values.file_name(own["name"], "name")
    if own["csr_path"] is not None:
        options.absolute(own["csr_path"], "csr_path")
    request = requests.handed_in(own["csr"], own["csr_path"])
    at_service = params["key_source"] == "service"
    if request and at_service:
        raise PkiError("contradiction", "csr and key_source: service exclude each other. Leave one of them out.")
    pkcs12 = None if request else _pkcs12(params, own, name)
    kinds = [
        *([] if request else ["key"]),
        *("certificate", "chain"),
        *(["passphrase"] if pkcs12 and pkcs12.generated else []),
        *(["pkcs12"] if pkcs12 else []),
    ]
    names = [
        *(values.dns_name(each, wildcard=False) for each in own["dns_names"] or []),
        *map(values.email, own["email_addresses"] or []),
        *map(values.uri, own["uris"] or []),
    ]
    return _wanted(params, own, ca, profiles.CLIENT, kinds, names, pkcs12, request)


def server(params: Params, ca: PrivateCa) -> Wanted:
    """Return what is wanted for a server. Raises PkiError."""
    hosts, addresses = params["dns_names"], params["ip_addresses"]
    own = [] if hosts is not None else values.host(params["common_name"])
    names = [*own, *map(values.dns_name, hosts or []), *map(values.ip_address, addresses or [])]
    if not names:
        raise PkiError(
            "no_names", "A server certificate needs dns_names or ip_addresses: clients look at nothing else."
        )
    return _wanted(params, params, ca, profiles.SERVER, ["key", "certificate", "chain"], names)


def _wanted(
    params: Params,
    own: Params,
    ca: PrivateCa,
    profile: profiles.Profile,
    kinds: list[str],
    names: list[t.Any],
    pkcs12: issue.Pkcs12Spec | None = None,
    request: t.Any = None,
) -> Wanted:
    shared = params["subject"] or {}
    subject = {field: own.get(field) or shared.get(field) or ca.facts.get(of) for field, of in _OF_A_CA.items()}
    subject["country_name"] = subject["country_name"] or "CN"
    if lacking := [field for field in ("organization_name", "organizational_unit_name") if not subject[field]]:
        # Without them the service fills in names of its own: Alibaba Inc. and Aliyun CDN (texts of the SDK 2.1.4).
        raise PkiError("invalid_subject", f"subject: {' and '.join(lacking)} has to be given: the CA has none itself.")
    merged = {**params, **{option: own[option] for option in OWN if own.get(option) is not None}}
    merged |= _key(merged, ca, request)
    name = values.file_name(own["name"], "name")
    desired = options.desired(
        {**merged, "outlive_ca": False, "accept_ed25519": False},
        profile,
        {**subject, "common_name": own["common_name"], "email_address": None},
        names,
        options.files(options.directory(params["path"], "path"), name, kinds),
        pkcs12=pkcs12,
        name=name,
        request=request,
    )
    algorithm = ""
    if params["key_source"] == "service":
        algorithm = _AT_SERVICE.get(str(desired.key), "")
        if not algorithm:
            raise PkiError(
                "invalid_key", f"The service makes no keys {desired.key}. Choose one of {', '.join(_AT_SERVICE)}."
            )
    fields = {FIELDS[field]: str(value) for field, value in subject.items() if value}
    return Wanted(desired, fields, profile.name, algorithm, own.get("certificate_id") or "")


def _key(params: Params, ca: PrivateCa, request: t.Any) -> dict[str, t.Any]:
    """Return key_type, key_size and curve: those of the task, else what goes with the CA. Raises PkiError."""
    family = _FAMILIES.get(ca.family)
    if family is None:
        raise PkiError("invalid_key", f"{ca.label} has keys of the kind {ca.family}, which is not supported.")
    found = keys.spec_of(request.public_key()) if request else None
    spec = found.type if found else params["key_type"] or family
    if spec != family:
        raise PkiError(
            "invalid_key",
            f"key_type {spec}: {ca.label} signs keys of the type {family} alone, as it was bought for"
            f" {ca.family}. Choose {family}, or another CA.",
        )
    return {"key_type": family, "key_size": params["key_size"] or _KEY_SIZE, "curve": params["curve"] or _CURVE}


def _pkcs12(params: Params, own: Params, name: str) -> issue.Pkcs12Spec | None:
    legacy = params["pkcs12_encryption"] == "legacy"
    given = options.secret(own["pkcs12_passphrase"] or params["pkcs12_passphrase"], "pkcs12_passphrase")
    if given:
        return issue.Pkcs12Spec(name, given, legacy)
    if not params["pkcs12_generate_passphrases"]:
        return None
    return issue.Pkcs12Spec(name, values.passphrase().encode(), legacy, generated=True)
