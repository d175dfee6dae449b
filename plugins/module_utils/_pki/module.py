# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and the certificate engine. Private to this collection."""

from __future__ import annotations

import dataclasses
import os
import traceback
import typing as t

from ansible.module_utils.basic import missing_required_lib

from .._arguments.module import AnsibleModule
from .._x509 import build as issue
from .._x509 import names as values
from .._x509 import profiles
from .._x509.errors import PkiError, of_a_file
from . import batch as leaves
from . import ca as authority
from . import ca_information as rotation
from . import csr as requests
from . import options, policies, revocation
from .storage import database as index
from .storage import files as store

IMPORT_ERROR: str | None = None
try:
    from cryptography import x509

    # From version 42 on there are times with a time zone.
    x509.Certificate.not_valid_after_utc  # noqa: B018
except (ImportError, AttributeError):
    IMPORT_ERROR = traceback.format_exc()

# For more clients than these a result holds the certificates themselves only when asked for them.
MANY = 100
# Programs that verify hold it in an int.
_LONGEST_PATH = 2**31 - 1

# Codes of failures that say that the client has been locked out.
REVOKED = ("revoked", "revoked_before", "on_hold")

Params = t.Mapping[str, t.Any]
Result = dict[str, t.Any]


def run(module: AnsibleModule, ensure: t.Callable[[Params, bool], Result]) -> t.NoReturn:
    """Calls ``ensure`` with the parameters and whether it may write, and hands its result or its error to Ansible."""
    if IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("cryptography >= 42"), exception=IMPORT_ERROR)
    try:
        result = ensure(module.params, not module.check_mode)
        if not module._diff:
            result.pop("diff", None)
    except PkiError as error:
        module.fail_json(msg=str(error), code=error.code)
    except OSError as error:
        told = of_a_file(error)
        module.fail_json(msg=f"{told} What was written so far is complete; run it again.", code=told.code)
    for warning in result.pop("warnings", []):
        module.warn(warning)
    failures = result.get("failures")
    if failures:
        module.fail_json(msg=_summary(failures), code=_code(failures), **result)
    module.exit_json(**result)
    raise AssertionError("exit_json returned")


def _summary(failures: t.Sequence[t.Mapping[str, str]], shown: int = 5) -> str:
    more = f" And {len(failures) - shown} more: see failures." if len(failures) > shown else ""
    return " ".join(f"{each['name']}: {each['message']}" for each in failures[:shown]) + more


def _code(failures: t.Sequence[t.Mapping[str, str]]) -> str:
    codes = {each["code"] for each in failures}
    return codes.pop() if len(codes) == 1 else "several"


def ensure_ca(params: Params, write: bool) -> Result:
    where = options.location(params, params["lock_timeout"], prefix="")
    limits = {"path_length": params["path_length"], "constraints": options.constraints(params["name_constraints"])}
    if params["path_length"] is not None and not 0 <= params["path_length"] <= _LONGEST_PATH:
        raise PkiError("path_length", f"path_length cannot be below 0 or above {_LONGEST_PATH}.")

    def item(profile: profiles.Profile, signer: Params | None, certificate: str) -> authority.Item:
        paths = {"key": where.key_path, "certificate": certificate, **({"chain": where.chain_path} if signer else {})}
        limited = dataclasses.replace(profile, **limits)
        desired = options.desired(params, limited, params["subject"], (), paths, where.passphrase)
        if profile is not profiles.CROSS:
            desired = dataclasses.replace(desired, beside=(where.index_path, where.lock_path))
        above = options.location(signer, params["lock_timeout"], prefix="") if signer else None
        if above and above.certificate_path == where.certificate_path:
            raise PkiError("signs_itself", f"{where.certificate_path} cannot be signed by itself. Name another CA.")
        return authority.Item(desired, above, own=profile is not profiles.CROSS)

    issuer, cross = params["issuer"], params["cross_sign"]
    if params["end_rotation"] and (issuer or cross):
        raise PkiError("contradiction", "end_rotation removes what issuer and cross_sign make. Leave one of them out.")
    items = [item(profiles.SUBORDINATE if issuer else profiles.ROOT, issuer, where.certificate_path)]
    if cross:
        items.append(item(profiles.CROSS, cross, where.cross_path))
    return authority.ensure(items, where, params["replace"], write, params["end_rotation"])


def describe_ca(params: Params, _write: bool) -> Result:
    """What the module ca_info returns."""

    def where(given: Params) -> authority.Location:
        name = values.file_name(given["certificate_name"], "certificate_name")
        # The file of the key is not read, and only must not be that of the certificate.
        return authority.Location(options.directory(given["path"], "path"), f"{name}.key", name)

    replaces = params["replaces"]
    return rotation.describe(where(params), where(replaces) if replaces else None)


def ensure_clients(params: Params, write: bool) -> Result:
    where = options.location(params, params["lock_timeout"])
    directory = _directory(params, where)
    clients = params["clients"]
    content = params["return_content"]
    wanted = [_wanted(params, client, directory) for client in clients]
    content = len(clients) <= MANY if content is None else content
    reserved, before = params["reserved_common_names"], options.previous_ca(params)
    result = leaves.ensure(wanted, where, write, content, reserved, before)
    result["warnings"] += _left_over([each for each in wanted if isinstance(each, policies.Desired)])
    for failure in result["failures"]:
        failure["name"] = clients[failure["position"]]["name"]
    left_out = [each for each in result["failures"] if params["skip_revoked"] and each["code"] in REVOKED]
    failures = [each for each in result["failures"] if each not in left_out]
    return {**result, "failures": failures, "left_out": left_out}


def _left_over(wanted: t.Sequence[policies.Desired]) -> list[str]:
    """What clients had before they had a request, or another passphrase. Keys are not ours to throw away."""
    found = []
    for each in wanted:
        stem = each.paths["certificate"].removesuffix(policies.ENDINGS["certificate"])
        others = [stem + ending for kind, ending in policies.ENDINGS.items() if kind not in each.paths]
        found += [path for path in others if os.path.lexists(path)]
    if not found:
        return []
    return [f"{len(found)} file(s) of earlier runs are not looked after any more, such as {found[0]}. Remove them."]


def _wanted(params: Params, client: Params, directory: str) -> policies.Desired | PkiError:
    try:
        return _client(params, client, directory)
    except PkiError as error:
        return error


def _client(params: Params, client: Params, directory: str) -> policies.Desired:
    name = values.file_name(client["name"], "name")
    if client["csr_path"] is not None:
        options.absolute(client["csr_path"], "csr_path")
    request = requests.handed_in(client["csr"], client["csr_path"])
    pkcs12 = None if request else _pkcs12(params, client, name)
    kinds = [
        *([] if request else ["key"]),
        *("csr", "certificate", "chain"),
        *(["passphrase"] if pkcs12 and pkcs12.generated else []),
        *(["pkcs12"] if pkcs12 else []),
    ]
    names = [
        # A client is no host of many names; verifiers of certificates refuse to think so (RFC 5280, 4.2.1.6).
        *(values.dns_name(each, wildcard=False) for each in client["dns_names"] or []),
        *map(values.email, client["email_addresses"] or []),
        *map(values.uri, client["uris"] or []),
    ]
    return options.desired(
        {**params, **{option: client[option] for option in options.OWN_KEY if client[option] is not None}},
        profiles.CLIENT,
        options.subject_of(params, client),
        names,
        options.files(directory, name, kinds),
        pkcs12=pkcs12,
        name=name,
        request=request,
    )


def _pkcs12(params: Params, client: Params, name: str) -> issue.Pkcs12Spec | None:
    legacy = params["pkcs12_encryption"] == "legacy"
    given = _passphrase_of(client) or options.secret(params["pkcs12_passphrase"], "pkcs12_passphrase")
    if given:
        return issue.Pkcs12Spec(name, given, legacy)
    if not params["pkcs12_generate_passphrases"]:
        return None
    return issue.Pkcs12Spec(name, values.passphrase().encode(), legacy, generated=True)


def _passphrase_of(client: Params) -> bytes | None:
    path = client["pkcs12_passphrase_path"]
    if path is None:
        return options.secret(client["pkcs12_passphrase"], "pkcs12_passphrase")
    try:
        content = store.read(options.absolute(path, "pkcs12_passphrase_path"), links=True)
    except OSError as error:
        raise of_a_file(error) from None
    text = (content or b"").decode(errors="surrogateescape").rstrip("\r\n")
    if not text:
        raise PkiError("passphrase_missing", f"There is no passphrase in {path}. Write it there, or leave it out.")
    return options.secret(text, f"The passphrase in {path}")


def ensure_server(params: Params, write: bool) -> Result:
    where = options.location(params, params["lock_timeout"])
    directory = _directory(params, where)
    name = values.file_name(params["name"], "name")
    hosts, addresses = params["dns_names"], params["ip_addresses"]
    own = [] if hosts is not None else values.host(params["common_name"])
    names = [*own, *map(values.dns_name, hosts or []), *map(values.ip_address, addresses or [])]
    if not names:
        raise PkiError(
            "no_names", "A server certificate needs dns_names or ip_addresses: clients look at nothing else."
        )
    desired = options.desired(
        params,
        profiles.SERVER,
        options.subject_of(params, params),
        names,
        options.files(directory, name, ("key", "certificate", "chain")),
        name=name,
    )
    result = leaves.ensure([desired], where, write, reserved=params["reserved_common_names"])
    for failure in result.pop("failures"):
        raise PkiError(failure["code"], failure["message"])
    certificate = result.pop("certificates")[0]
    return {**result, "certificate": certificate, "reasons": certificate["reasons"]}


def ensure_revocation(params: Params, write: bool) -> Result:
    lifetime = values.duration(params["valid_for"], "valid_for")
    renew_before = values.duration(params["renew_before"], "renew_before", lifetime)
    if renew_before >= lifetime:
        raise PkiError(
            "invalid_duration", "renew_before has to be shorter than valid_for, otherwise no CRL would ever be fresh."
        )
    wanted = revocation.Wanted(
        [_order(each) for each in params["certificates"]],
        lifetime,
        renew_before,
        options.owner(params["owner"], params["group"]),
        options.previous_ca(params),
    )
    return revocation.ensure(wanted, options.location(params, params["lock_timeout"]), write)


def _order(params: Params) -> revocation.Order:
    option = next(each for each in options.REVOCATION_KEYS if params[each] is not None)
    text = params[option]
    if option != "path" and not text.strip():
        raise PkiError("empty_name", f"{option} is empty: it names no certificate. Take the entry out, or complete it.")
    written: dict[str, t.Callable[[], str]] = {
        "serial_number": lambda: index.serial_text(int(values.hexadecimal(text, option), 16)),
        "fingerprint_sha256": lambda: values.hexadecimal(text, option),
        "path": lambda: options.directory(text, option),
    }
    value = written[option]() if option in written else text
    return revocation.Order(options.REVOCATION_KEYS[option], value, params["reason"], option)


def _directory(params: Params, where: authority.Location) -> str:
    return where.directory if params["path"] is None else options.directory(params["path"], "path")
