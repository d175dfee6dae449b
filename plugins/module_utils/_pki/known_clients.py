# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clients in the database of a CA: who has a valid certificate, and which certificate would replace it.

A rotation issues from the new CA for all clients of the old one, whoever wrote the list by which they were issued.
Private to this collection.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import typing as t

from .._x509 import describe, keys, names, parse, profiles, terms, times
from .._x509.errors import CertificateError, UnreadableError
from .._x509.package import x509
from . import conversion, csr
from .case import Desired
from .conversion import Params
from .issuer import Issuer
from .storage import database, files, location, rebuild
from .storage.database import Entry
from .storage.location import Location

# The code of a client that keeps its private key, and has not submitted a certificate request for the new CA.
REQUEST_MISSING = "request_missing"
# The part of a short lifetime that is left when a certificate is renewed, where renew_before is meant for longer ones.
_RENEW_BEFORE = "33%"
_DIGITS = 8
# The extended key usage id-kp-clientAuth (RFC 5280, 4.2.1.12).
_CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"


def read(where: Location, ca: x509.Certificate, others: t.Iterable[str] = ()) -> list[Entry]:
    """Return the clients with a valid certificate of the CA in ``where``, each as the entry of the newest one.

    ``others``: directories in which certificates may be if the database has to be rebuilt.
    """
    with rebuild.reading(where, ca, others) as known:
        return valid(known.entries(), times.now())


def valid(entries: t.Iterable[Entry], now: datetime.datetime) -> list[Entry]:
    """Return the newest entry of each client, without the clients whose newest one is revoked, on hold or expired.

    Certificates with the same file, or the same common name, are of the same client. The order is that of ``entries``.
    """
    moment = times.iso(now)
    found: list[Entry] = []
    seen: set[tuple[str, str]] = set()
    for item in reversed([*entries]):
        if item["not_after"] <= moment or not _is_client(item):
            continue
        marks = {("file", item["file"]), ("common_name", database.common_name(item))}
        marks = {(key, value) for key, value in marks if value}
        if not item["revoked"] and not marks & seen:
            found.append(item)
        seen |= marks
    return found[::-1]


def _is_client(item: Entry) -> bool:
    """Return whether a server accepts the certificate from a client; one of another program may be for both."""
    if item["profile"] != profiles.SERVER.name:
        return item["profile"] == profiles.CLIENT.name
    certificate = _certificate(item)
    usages = describe.extension(certificate, x509.ExtendedKeyUsage) if certificate else None
    return bool(usages and x509.ObjectIdentifier(_CLIENT_AUTH) in usages)


def without(old: t.Iterable[Entry], new: t.Iterable[Entry]) -> list[Entry]:
    """Return the clients of ``old`` that are not among ``new``, or whose new certificate has no file."""
    covered = _covered(new)
    return [item for item in old if database.common_name(item) not in covered]


def _covered(entries: t.Iterable[Entry]) -> set[str]:
    return {database.common_name(item) for item in entries if os.path.exists(item["file"])} - {""}


def keeps_key(item: Entry) -> bool:
    """Return whether only the client has the private key, so that another certificate needs its request."""
    return "key" not in item["files"]


def description(item: Entry) -> dict[str, t.Any]:
    """Return what the module ca_info says about a client."""
    return {
        "name": _name(item),
        "common_name": database.common_name(item),
        "serial_number": item["serial_number"],
        "not_after": item["not_after"],
        "request_needed": keeps_key(item),
    }


def _name(item: Entry) -> str:
    return location.file_stem(item["file"]) or database.common_name(item) or item["serial_number"]


class Successors:
    """The certificates of a new CA for the clients of the one before it.

    ``params``: the options of client_certificate. ``listed``: what the user lists, which counts more than what the
    database says of the same client.
    """

    def __init__(self, params: Params, where: Location, old: Location, listed: t.Iterable[Params]) -> None:
        issuer = Issuer.load(old)
        if issuer is None:
            raise CertificateError(
                f"There is no previous CA in {old.directory}: {old.certificate_path} is missing.",
                "Correct previous_ca, or leave include_clients out.",
                "ca_missing",
            )
        self._params, self._where, self._issuer = params, where, issuer
        self._directory = conversion.target_directory(params, where)
        given = params["requests_path"]
        self._requests = conversion.directory(given, "requests_path") if given else None
        new = Issuer.load(where)
        self._covered = _covered(read(where, new.certificate, [self._directory])) if new else set()
        self._taken = {item["name"] for item in listed}
        common_names = {item["common_name"] for item in listed}
        self.entries = [
            item for item in read(old, issuer.certificate) if database.common_name(item) not in common_names
        ]

    def wanted(self) -> t.Iterator[tuple[str, Desired | CertificateError]]:
        """Yield the name of each client, and the certificate to make or why it cannot be made."""
        for item in self.entries:
            name = self._free_name(item)
            try:
                yield name, self._desired(item, name)
            except CertificateError as error:
                yield name, error

    def _free_name(self, item: Entry) -> str:
        """Return a name for the files that no other client and no file of the CA has."""
        name = _name(item)
        stem = location.client_files(self._directory, name, location.ENDINGS)
        if name in self._taken or {*stem.values()} & {*self._where.own_files} or "/" in name:
            name = f"{name.replace('/', '_')}-{item['serial_number'][:_DIGITS]}"
        self._taken.add(name)
        return name

    def _desired(self, item: Entry, name: str) -> Desired:
        certificate = _certificate(item)
        request = self._request(item, name) if keeps_key(item) else None
        params = _own_options(self._params, item, certificate, self._issuer)
        return _client(params, item, certificate, (self._directory, name), request)

    def _request(self, item: Entry, name: str) -> x509.CertificateSigningRequest:
        """Return the request that the owner has submitted now, or for the certificate that this CA has issued."""
        places = [self._requests, self._directory if database.common_name(item) in self._covered else None]
        for directory in filter(None, places):
            path = os.path.join(directory, name + location.ENDINGS["csr"])
            if os.path.lexists(path) and (request := csr.load(None, path)):
                return request
        where = self._requests or "the directory of requests_path"
        raise CertificateError(
            f"The private key of {database.common_name(item) or name!r} is with its owner, who has to submit a"
            " certificate request.",
            f"Put it into {where} as {name}.csr, or name it in the list of clients (csr_path).",
            REQUEST_MISSING,
        )


def existing(params: Params, where: Location, listed: t.Iterable[Params]) -> t.Iterator[tuple[str, Desired]]:
    """Yield name and certificate of each client of the CA in ``where`` as it is, beside those that are ``listed``.

    The CAs that they send along may be due for a change. A client without its files, or whose PKCS#12 file has a
    passphrase that is not known here, keeps what it has.
    """
    issuer = Issuer.load(where)
    common_names = {item["common_name"] for item in listed}
    directory = conversion.target_directory(params, where)
    for item in read(where, issuer.certificate, [directory]) if issuer else ():
        certificate, name = _certificate(item), _name(item)
        place = os.path.dirname(item["file"])
        is_named = item["file"] == location.client_files(place, name, ("certificate",))["certificate"]
        if issuer is None or certificate is None or not is_named or database.common_name(item) in common_names:
            continue
        request = None
        if keeps_key(item):
            with contextlib.suppress(CertificateError):
                request = csr.load(None, item["files"].get("csr"))
            if request is None:
                continue
        options = _own_options(params, item, certificate, issuer)
        if "passphrase" not in item["files"] and not params["pkcs12_passphrase"]:
            options = {**options, "pkcs12_generate_passphrases": False}
        yield name, _client(options, item, certificate, (place, name), request)


def _certificate(item: Entry) -> x509.Certificate | None:
    """Return the certificate in the file of an entry, None if the file has another one or is missing."""
    with contextlib.suppress(UnreadableError, OSError):
        certificate = parse.certificate(files.read(item["file"], links=True) or b"") if item["file"] else None
        if certificate and describe.serial_number(certificate) == item["serial_number"]:
            return certificate
    return None


def _own_options(params: Params, item: Entry, certificate: x509.Certificate | None, issuer: Issuer) -> Params:
    """Return the options of the task with the kind of key, lifetime and passphrase of this client in their place."""
    own: dict[str, t.Any] = {}
    spec = keys.spec_of(certificate.public_key()) if certificate else None
    if spec and (spec.type != "ecdsa" or spec.curve in terms.CURVES):
        own |= {"key_type": spec.type, "key_size": spec.size, "curve": spec.curve, "accept_ed25519": True}
    # A certificate that ends with its CA was to be valid for longer.
    if item["not_after"] < times.iso(issuer.certificate.not_valid_after_utc):
        lifetime = _moment(item["not_after"]) - _moment(item["issued"])
        own["valid_for"] = f"{int(lifetime.total_seconds())}s"
        if times.duration(params["renew_before"], "renew_before", lifetime) > lifetime / 2:
            own["renew_before"] = _RENEW_BEFORE
    if "passphrase" in item["files"]:
        own |= {"pkcs12_passphrase": None, "pkcs12_generate_passphrases": True}
    elif "pkcs12" in item["files"]:
        own["pkcs12_generate_passphrases"] = True
    return {**params, **own}


def _moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


def _client(
    params: Params,
    item: Entry,
    certificate: x509.Certificate | None,
    place: tuple[str, str],
    request: x509.CertificateSigningRequest | None,
) -> Desired:
    """Return the certificate with the subject and the alternative names of ``certificate``, or of the entry."""
    known = {field: value for field, value in item["subject"].items() if field in terms.SUBJECT}
    return conversion.client_with(
        params,
        certificate.subject if certificate else names.subject(known),
        describe.alternative_names(certificate) if certificate else [],
        place,
        request,
    )
