# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operation of each module: converts its options and calls the engine. Private to this collection."""

from __future__ import annotations

import dataclasses
import typing as t

from .._x509 import names, profiles, times
from .._x509.errors import CertificateError
from . import batch, ca, ca_information, conversion, information, known_clients, options, revocation, signed_elsewhere
from .case import Desired
from .certificate_files import Query
from .conversion import Params
from .storage import location

Result = dict[str, t.Any]

# Programs that verify hold a path length in an int.
_LONGEST_PATH = 2**31 - 1
# Codes of failures which say that a client is locked out.
_LOCKED_OUT = ("revoked", "revoked_before", "on_hold")


def ensure_ca(params: Params, write: bool) -> Result:
    """Be the module ca."""
    length = params["path_length"]
    if length is not None and not 0 <= length <= _LONGEST_PATH:
        raise CertificateError(
            f"path_length {length} is not possible.", f"Choose a number from 0 to {_LONGEST_PATH}.", "path_length"
        )
    issuer, cross = params["issuer"], params["cross_sign"]
    if params["end_rotation"] and (issuer or cross):
        raise CertificateError(
            "end_rotation removes what issuer and cross_sign make.", "Leave one of them out.", "contradiction"
        )
    where = conversion.ca_location(params, params["lock_timeout"], prefix="")
    imported = [conversion.absolute(path, "import_paths") for path in params["import_paths"] or ()]
    if params["signed_elsewhere"]:
        return _ensure_signed_elsewhere(params, where, imported, write)
    if params["signed_certificate_path"]:
        raise CertificateError(
            "signed_certificate_path is for a CA that is signed elsewhere.",
            "Set signed_elsewhere too.",
            "contradiction",
        )
    items = [_ca_item(params, where, profiles.SUBORDINATE if issuer else profiles.ROOT, issuer)]
    if cross:
        items.append(_ca_item(params, where, profiles.CROSS, cross))
    return ca.ensure(items, where, params["replace"], write, params["end_rotation"], imported)


def _ensure_signed_elsewhere(params: Params, where: location.Location, imported: list[str], write: bool) -> Result:
    given = [option for option in ("issuer", "cross_sign", "end_rotation") if params[option]]
    if given:
        raise CertificateError(
            f"signed_elsewhere says that the parent CA is out of reach, but {given[0]} is set.",
            "Leave one of them out.",
            "contradiction",
        )
    limits = {"path_length": params["path_length"], "constraints": conversion.constraints(params["name_constraints"])}
    paths = {
        "key": where.key_path,
        "csr": where.csr_path,
        "certificate": where.certificate_path,
        "chain": where.chain_path,
    }
    profile = dataclasses.replace(profiles.SUBORDINATE, **limits)
    desired = _desired_ca(params, where, profile, paths, (where.database_path, where.lock_path))
    signed = params["signed_certificate_path"]
    path = conversion.absolute(signed, "signed_certificate_path") if signed else None
    return signed_elsewhere.ensure(desired, where, path, params["replace"], write, imported)


def _desired_ca(
    params: Params,
    where: location.Location,
    profile: profiles.Profile,
    paths: dict[str, str],
    other_paths: tuple[str, ...],
) -> Desired:
    subject = conversion.ca_subject(params, where)
    return conversion.desired(params, profile, subject, (), paths, passphrase=where.passphrase, other_paths=other_paths)


def _ca_item(params: Params, where: location.Location, profile: profiles.Profile, signer: Params | None) -> ca.Item:
    own = profile is not profiles.CROSS
    constraints = conversion.constraints(params["name_constraints"])
    limited = dataclasses.replace(profile, path_length=params["path_length"], constraints=constraints)
    paths = {
        "key": where.key_path,
        "certificate": where.certificate_path if own else where.cross_path,
        **({"chain": where.chain_path} if signer else {}),
    }
    desired = _desired_ca(params, where, limited, paths, (where.database_path, where.lock_path) if own else ())
    above = conversion.ca_location(signer, params["lock_timeout"], prefix="") if signer else None
    if above and above.certificate_path == where.certificate_path:
        raise CertificateError(
            f"{where.certificate_path} cannot be signed by itself.", "Name another CA.", "signs_itself"
        )
    return ca.Item(desired, above, own)


def collect_ca(params: Params, _write: bool) -> Result:
    """Be the module ca_info."""
    replaces = params["replaces"]
    return ca_information.collect(
        conversion.public_location(params), conversion.public_location(replaces) if replaces else None
    )


def ensure_clients(params: Params, write: bool) -> Result:
    """Be the module client_certificate."""
    where = conversion.ca_location(params, params["lock_timeout"])
    directory = conversion.target_directory(params, where)
    clients = params["clients"]
    wanted = [_client(params, given, directory) for given in clients]
    labels = [str(given["name"]) for given in clients]
    previous = conversion.previous_ca(params)
    for name, item in _included(params, where, previous):
        labels.append(name)
        wanted.append(item)
    content = len(wanted) <= options.MANY if params["return_content"] is None else params["return_content"]
    result = batch.ensure(wanted, where, write, content, params["reserved_common_names"], previous)
    result["warnings"] += _unmanaged(wanted[: len(clients)])
    for failure in result["failures"]:
        failure["name"] = labels[failure["position"]]
    skipped = (known_clients.REQUEST_MISSING, *(_LOCKED_OUT if params["skip_revoked"] else ()))
    left_out = [item for item in result["failures"] if item["code"] in skipped]
    failures = [item for item in result["failures"] if item not in left_out]
    return {**result, "failures": failures, "left_out": left_out}


def _included(
    params: Params, where: location.Location, previous: location.Location | None
) -> t.Iterable[tuple[str, Desired | CertificateError]]:
    """Return name and certificate of the clients that are not listed; see the option include_clients."""
    if params["include_clients"] == options.OF_THIS_CA:
        return known_clients.existing(params, where, params["clients"])
    if params["include_clients"] != options.OF_PREVIOUS_CA:
        return ()
    if previous is None:
        raise CertificateError(
            "include_clients is previous_ca, and previous_ca is missing.", "Set previous_ca.", "contradiction"
        )
    return known_clients.Successors(params, where, previous, params["clients"]).wanted()


def _client(params: Params, given: Params, directory: str) -> Desired | CertificateError:
    try:
        return conversion.client(params, given, directory)
    except CertificateError as error:
        return error


def _unmanaged(wanted: t.Iterable[Desired | CertificateError]) -> list[str]:
    """Return a warning about files from before a client had a request, or another passphrase; keys are not deleted."""
    found = [path for item in wanted if isinstance(item, Desired) for path in location.unmanaged_files(item.paths)]
    if not found:
        return []
    return [
        f"{len(found)} file(s) of earlier runs are no longer managed, such as {found[0]}. Remove them if not needed."
    ]


def ensure_server(params: Params, write: bool) -> Result:
    """Be the module server_certificate."""
    where = conversion.ca_location(params, params["lock_timeout"])
    directory = conversion.target_directory(params, where)
    name = conversion.file_name(params["name"], "name")
    hosts, addresses = params["dns_names"], params["ip_addresses"]
    own = [] if hosts is not None else names.host(params["common_name"])
    alternative_names = [*own, *map(names.dns_name, hosts or []), *map(names.ip_address, addresses or [])]
    if not alternative_names:
        raise CertificateError(
            "A server certificate without host names and addresses is of no use: clients check nothing else.",
            "Set dns_names or ip_addresses.",
            "no_names",
        )
    desired = conversion.desired(
        params,
        profiles.SERVER,
        conversion.subject(params, params),
        alternative_names,
        location.client_files(directory, name, ("key", "certificate", "chain")),
        name=name,
    )
    result = batch.ensure([desired], where, write, reserved=params["reserved_common_names"])
    for failure in result.pop("failures"):
        raise CertificateError(failure["message"], code=failure["code"])
    certificate = result.pop("certificates")[0]
    return {**result, "certificate": certificate, "reasons": certificate["reasons"]}


def ensure_revocation(params: Params, write: bool) -> Result:
    """Be the module certificate_revocation."""
    lifetime = times.duration(params["valid_for"], "valid_for")
    renew_before = times.duration(params["renew_before"], "renew_before", lifetime)
    if renew_before >= lifetime:
        raise CertificateError(
            "renew_before is not shorter than valid_for, so each run would make a new CRL.",
            "Choose a shorter renew_before.",
            "invalid_duration",
        )
    desired = revocation.Desired(
        [conversion.order(given) for given in params["certificates"]],
        lifetime,
        renew_before,
        conversion.owner(params["owner"], params["group"]),
        conversion.previous_ca(params),
    )
    return revocation.ensure(desired, conversion.ca_location(params, params["lock_timeout"]), write)


def collect_certificates(params: Params, _write: bool) -> Result:
    """Be the module certificate_info."""
    within = params["expires_within"]
    return information.collect(
        Query(
            paths=params["paths"] or (),
            content=params["content"],
            recurse=params["recurse"],
            passphrases=[text.encode() for text in params["passphrases"] or ()],
            trusted=params["trusted_paths"],
            crls=params["crl_paths"],
            renew_before=params["renew_before"],
            within=None if within is None else times.duration(within, "expires_within"),
            common_name=params["common_name"],
            profiles=params["profiles"] or (),
            return_content=params["return_content"],
        )
    )


# By module: takes the options and whether it may write, returns the result, raises CertificateError.
BY_MODULE: dict[str, t.Callable[[Params, bool], Result]] = {
    "ca": ensure_ca,
    "ca_info": collect_ca,
    "client_certificate": ensure_clients,
    "server_certificate": ensure_server,
    "certificate_revocation": ensure_revocation,
    "certificate_info": collect_certificates,
}
