# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From options to the certificates that are wanted of a private CA. Private to this collection.

Everything raises CertificateError for a value that makes no sense, before anything is written.
"""

from __future__ import annotations

import dataclasses
import typing as t
from collections.abc import Mapping
from dataclasses import dataclass

from .._pki import conversion
from .._pki.case import Desired
from .._pki.storage import location
from .._x509 import keys, names, profiles
from .._x509.errors import CertificateError
from . import options
from .authority import PrivateCa

Params = Mapping[str, t.Any]

# The fields of a subject in the facts of a CA.
_OF_A_CA = {**options.FIELDS, "country_name": "CountryCode"}
_FAMILIES = {"RSA": "rsa", "ECC": "ecdsa"}
_KEY_SIZE, _CURVE = 4096, "secp256r1"
_AT_SERVICE = {
    "RSA 2048": "RSA_2048",
    "RSA 4096": "RSA_4096",
    "ECDSA secp256r1": "ECC_256",
    "ECDSA secp384r1": "ECC_384",
    "ECDSA secp521r1": "ECC_512",
}


@dataclass(frozen=True)
class Wanted:
    """One certificate.

    Attributes:
        desired: its files and its contents, for the certificate engine.
        fields: the subject beside the common name, by the names of the API.
        algorithm: that of a key which the service makes, such as RSA_2048; empty when the key is made here.
        certificate_id: identifier of an existing certificate that is to be used.
    """

    desired: Desired
    fields: dict[str, str]
    algorithm: str = ""
    certificate_id: str = ""

    @property
    def kind(self) -> str:
        """``client`` or ``server``."""
        return self.desired.profile.name

    @property
    def name(self) -> str:
        return self.desired.name

    @property
    def common_name(self) -> str:
        return names.common_name(self.desired.subject) or ""

    @property
    def path(self) -> str:
        """The file of the certificate."""
        return self.desired.paths["certificate"]


def client(params: Params, given: Params, ca: PrivateCa) -> Wanted:
    """Return the wanted certificate of an entry of clients."""
    fields = _fields(params, given, ca)
    own = {**given, **fields, "email_address": None, **_key(params, given, ca)}
    desired = conversion.client(_filled(params), own, conversion.directory(params["path"], "path"))
    # The request goes to the service, and is of no use afterwards.
    paths = {kind: path for kind, path in desired.paths.items() if kind != "csr"}
    if desired.request:
        if params["key_source"] == "service":
            raise CertificateError(
                "csr and key_source: service exclude each other.", "Leave one of them out.", "contradiction"
            )
        found = keys.spec_of(desired.request.public_key())
        _check_family(found.type if found else "", ca)
    return _wanted(params, dataclasses.replace(desired, paths=paths), fields, given["certificate_id"])


def server(params: Params, ca: PrivateCa) -> Wanted:
    """Return the wanted certificate of a server."""
    hosts, addresses = params["dns_names"], params["ip_addresses"]
    own = [] if hosts is not None else names.host(params["common_name"])
    listed = [*own, *map(names.dns_name, hosts or []), *map(names.ip_address, addresses or [])]
    if not listed:
        raise CertificateError(
            "A server certificate needs alternative names: clients look at nothing else.",
            "Give dns_names or ip_addresses.",
            "no_names",
        )
    fields = _fields(params, params, ca)
    name = conversion.file_name(params["name"], "name")
    directory = conversion.directory(params["path"], "path")
    desired = conversion.desired(
        {**_filled(params), **_key(params, params, ca)},
        profiles.SERVER,
        {**fields, "common_name": params["common_name"], "email_address": None},
        listed,
        location.client_files(directory, name, ["key", "certificate", "chain"]),
        name=name,
    )
    return _wanted(params, desired, fields, "")


def _filled(params: Params) -> dict[str, t.Any]:
    """Return the options with those that the service has no use for."""
    return {**params, "outlive_ca": False, "accept_ed25519": False, "key_size": params["key_size"] or _KEY_SIZE}


def _fields(params: Params, given: Params, ca: PrivateCa) -> dict[str, t.Any]:
    """Return the subject beside the common name: what is given, else that of the CA.

    Without organization and unit the service fills in "Alibaba Inc." and "Aliyun CDN" (texts of the SDK 2.1.4).
    """
    shared = params["subject"] or {}
    fields = {field: given.get(field) or shared.get(field) or ca.facts.get(of) for field, of in _OF_A_CA.items()}
    fields["country_name"] = fields["country_name"] or "CN"
    if lacking := [field for field in ("organization_name", "organizational_unit_name") if not fields[field]]:
        raise CertificateError(
            f"subject: {' and '.join(lacking)} has to be given, as the CA has none itself.",
            "Give it in subject.",
            "invalid_subject",
        )
    return fields


def _key(params: Params, given: Params, ca: PrivateCa) -> dict[str, t.Any]:
    """Return key_type, key_size and curve: those of the certificate, of the task, or what goes with the CA."""
    chosen = {option: given.get(option) or params[option] for option in ("key_type", "key_size", "curve")}
    family = _check_family(chosen["key_type"] or _FAMILIES.get(ca.family, ""), ca)
    return {"key_type": family, "key_size": chosen["key_size"] or _KEY_SIZE, "curve": chosen["curve"] or _CURVE}


def _check_family(key_type: str, ca: PrivateCa) -> str:
    """Return ``key_type``. Raises CertificateError (``invalid_key``) unless the CA signs keys of this type."""
    family = _FAMILIES.get(ca.family)
    if family is None:
        raise CertificateError(
            f"{ca.label} has keys of the kind {ca.family}, which is not supported.",
            "Take a CA that was bought for RSA or ECC.",
            "invalid_key",
        )
    if key_type != family:
        raise CertificateError(
            f"key_type {key_type or 'of the request'}: {ca.label} was bought for {ca.family} and signs no other keys.",
            f"Choose {family}, or another CA.",
            "invalid_key",
        )
    return key_type


def _wanted(params: Params, desired: Desired, fields: Params, certificate_id: str | None) -> Wanted:
    algorithm = ""
    if params["key_source"] == "service":
        algorithm = _AT_SERVICE.get(str(desired.key), "")
        if not algorithm:
            raise CertificateError(
                f"The service makes no keys {desired.key}.", f"Choose one of {', '.join(_AT_SERVICE)}.", "invalid_key"
            )
    sent = {options.FIELDS[field]: str(value) for field, value in fields.items() if value}
    return Wanted(desired, sent, algorithm, certificate_id or "")
