# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the option ``client_identity`` of a site, and refuse what cannot be meant, before anything is written.

Private to this collection. Runs on the servers, with Python 3.9 or newer.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

from . import client_forms, client_lists
from .client_forms import ALB_HEADERS, FIELDS, FormError
from .client_identity import HEADER, MOST_RULES, ClientIdentity, Rule
from .files import SiteError

Options = t.Mapping[str, t.Any]
RULE_PARTS = ("fingerprint", "subject", "issuer", "serial")
_PATH = re.compile(r"/[!-~]*")


def client_identity(given: Options, option: str) -> ClientIdentity:
    """Return the identity that the option describes; ``option`` is its name in messages. Raises SiteError."""
    by_nginx = bool(given.get("ca") or given.get("ca_src"))
    addresses = tuple(given.get("load_balancer_addresses") or ())
    if by_nginx == bool(addresses):
        raise SiteError(
            f"{option}: give either load_balancer_addresses (the load balancer verifies the clients and tells of them"
            " in headers) or ca_src (Nginx verifies them itself)."
        )
    headers = {} if by_nginx else _headers(given.get("headers"), f"{option}.headers", tuple(ALB_HEADERS), ALB_HEADERS)
    told = _headers(given.get("request_headers"), f"{option}.request_headers", FIELDS, headers or ALB_HEADERS)
    deny, denied = _rules(given, "deny", option, by_nginx)
    allow, allowed = _rules(given, "allow", option, by_nginx)
    lists = {"denied": denied, "allowed": allowed}
    lists = {kind: found for kind, found in lists.items() if found}
    if given.get("revoked") is not None:  # an empty file is a broken list
        lists["revoked"] = client_lists.read_revoked(given["revoked"], f"{option}.revoked_src")
    elif given.get("revoked_src"):
        lists["revoked"] = ()  # a check run: the list is not there yet
    path = given.get("health_check_path") or ""
    if path and not _PATH.fullmatch(path):
        raise SiteError(f"{option}.health_check_path: {path!r} is no path of a URL. Begin it with a slash.")
    if path and by_nginx:
        raise SiteError(f"{option}.health_check_path: only with load_balancer_addresses. Leave it out.")
    log = given.get("access_log") or ""
    if log and not log.startswith("/"):
        raise SiteError(f"{option}.access_log: {log} is not an absolute path. Write it from the root directory on.")
    return ClientIdentity(
        load_balancer_addresses=_addresses(addresses, option),
        headers=headers,
        request_headers=told,
        required=given.get("required") is not False,
        health_check_path=path,
        deny=deny,
        allow=allow,
        has_allow=bool(given.get("allow") is not None or given.get("allow_list") is not None),
        lists=lists,
        access_log=log,
        access_log_format=given.get("access_log_format") or "text",
        verify_depth=(given.get("verify_depth") or 3) if by_nginx else 0,
    )


def _addresses(given: t.Iterable[str], option: str) -> tuple[str, ...]:
    found = []
    for text in given:
        try:
            found.append(str(ipaddress.ip_network(text)))
        except ValueError as error:
            raise SiteError(f"{option}.load_balancer_addresses: {error}. Write it as 10.0.1.0/24.") from error
        if found[-1] in ("0.0.0.0/0", "::/0"):
            raise SiteError(
                f"{option}.load_balancer_addresses: {text} is everybody, so every client could say who it is. Give the"
                " addresses of the load balancer."
            )
    return tuple(dict.fromkeys(found))


def _headers(
    given: Options | None, option: str, fields: tuple[str, ...], defaults: t.Mapping[str, str]
) -> dict[str, str]:
    found = {name: header for name, header in (given or {}).items() if header}
    if not found:
        found = dict(defaults)
    for name, header in found.items():
        if not HEADER.fullmatch(header):
            raise SiteError(
                f"{option}.{name}: {header!r} cannot be the name of a header here. Use letters, digits and hyphens;"
                " Nginx ignores headers with an underscore."
            )
    if len({header.lower() for header in found.values()}) < len(found):
        raise SiteError(f"{option}: two of the names are the same. Give each header its own.")
    if option.endswith(".headers") and "fingerprint" not in found:
        raise SiteError(
            f"{option}: the fingerprint is missing. It is the one value whose form leaves no doubt, so have the load"
            " balancer send it, and name its header."
        )
    return {name: found[name] for name in fields if name in found}


def _rules(given: Options, kind: str, option: str, by_nginx: bool) -> tuple[tuple[Rule, ...], tuple[str, ...]]:
    """Return the rules by names and numbers, and the fingerprints."""
    rules, fingerprints = [], []
    for number, each in enumerate(given.get(kind) or []):
        name = f"{option}.{kind}[{number}]"
        try:
            rule = _rule({part: str(value) for part, value in each.items() if value}, name)
        except FormError as error:
            raise SiteError(f"{name}: {error}") from error
        if rule.serial and not by_nginx:
            raise SiteError(
                f"{name}.serial: the load balancer sends no serial number. Give the fingerprint of the certificate."
            )
        if rule.fingerprint:
            fingerprints.append(rule.fingerprint)
        else:
            rules.append(rule)
    if len(rules) > MOST_RULES:
        raise SiteError(
            f"{option}.{kind}: {len(rules)} rules by subject, issuer or serial number, which would make every request"
            f" slow; {MOST_RULES} are possible. Give fingerprints instead, of which there may be any number."
        )
    text = given.get(f"{kind}_list")
    if text:
        fingerprints += client_lists.read_fingerprints(text, f"{option}.{kind}_src")
    return tuple(rules), tuple(fingerprints)


def _rule(parts: Options, name: str) -> Rule:
    if not parts:
        raise SiteError(f"{name}: is empty. Give fingerprint, subject, issuer, or serial and issuer.")
    if "fingerprint" in parts and len(parts) > 1:
        raise SiteError(f"{name}: a fingerprint says which certificate is meant. Leave the rest out.")
    if "serial" in parts and "issuer" not in parts:
        raise SiteError(f"{name}: every CA counts its serial numbers by itself. Give the issuer as well.")
    for part in ("subject", "issuer"):
        if part in parts:
            client_forms.name_pattern(parts[part])
    return Rule(
        fingerprint=client_forms.fingerprint(parts["fingerprint"]) if "fingerprint" in parts else "",
        subject=parts.get("subject", ""),
        issuer=parts.get("issuer", ""),
        serial=client_forms.serial_number(parts["serial"]) if "serial" in parts else "",
    )
