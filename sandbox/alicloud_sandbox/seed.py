# SPDX-License-Identifier: GPL-3.0-or-later
"""Registers what an account has before its API is called: networks, servers, domains with records, private CAs.

Addresses are those that servers of the type Ip may have beside the loopback ones: the data plane calls no others.
This module checks the names and types of all fields, by one table. The functions that register an item check the rest,
such as whether a type of DNS record exists.
"""

from __future__ import annotations

import ipaddress
import typing as t
from collections.abc import Callable, Mapping

from . import kinds
from .dns import domains, records
from .pca import authorities, instances
from .store import Doc, Store

_Check = Callable[[str, t.Any], None]  # gets the place of a value and the value; raises ValueError
_Add = Callable[[Store, t.Any], t.Any]


def register(store: Store, values: dict[str, t.Any]) -> None:
    """Registers the items of each list in ``values``.

    An item that is registered already is replaced; domains and records that the account has stay as they are. To be
    called within a transaction. Raises ValueError for a value that is missing, unknown or malformed.
    """
    if unknown := set(values) - set(_LISTS):
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(_LISTS)}")
    for name, (check, add) in _LISTS.items():
        items = values.get(name, [])
        _each(check)(name, items)
        for item in items:
            add(store, item)


def _text(place: str, value: t.Any) -> None:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{place} has to be a text that is not empty")


def _parsed(parse: Callable[[str], object]) -> _Check:
    """Returns the check of a text that ``parse`` has to accept, with its ValueError."""

    def check(place: str, value: t.Any) -> None:
        _text(place, value)
        try:
            parse(value)
        except ValueError as problem:
            raise ValueError(f"{place}: {problem}") from None

    return check


def _number(low: int, high: int) -> _Check:
    def check(place: str, value: t.Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"{place} has to be a whole number from {low} to {high}")

    return check


def _each(of_item: _Check) -> _Check:
    """Returns the check of a list."""

    def check(place: str, value: t.Any) -> None:
        if not isinstance(value, list):
            raise ValueError(f"{place} has to be a list")
        for number, item in enumerate(value, 1):
            of_item(f"{place}, item {number}", item)

    return check


def _object(required: Mapping[str, _Check], optional: Mapping[str, _Check] | None = None) -> _Check:
    """Returns the check of an object with these fields and no others."""
    known = {**required, **(optional or {})}

    def check(place: str, value: t.Any) -> None:
        if not isinstance(value, dict):
            raise ValueError(f"{place} has to be an object")
        if missing := required.keys() - value.keys():
            raise ValueError(f"{place}: {', '.join(sorted(missing))} is missing")
        if unknown := value.keys() - known.keys():
            raise ValueError(f"{place}: unknown: {', '.join(sorted(unknown))}; known: {', '.join(known)}")
        for name, item in value.items():
            known[name](f"{place}, {name}", item)

    return check


def _vpc(store: Store, values: Doc) -> None:
    store.put(kinds.VPC, values["vpc_id"], {"vpc_id": values["vpc_id"]}, served=True)
    for vswitch in values.get("vswitches", []):
        store.put(kinds.VSWITCH, vswitch["vswitch_id"], {**vswitch, "vpc_id": values["vpc_id"]}, served=True)


def _server(kind: str) -> _Add:
    def add(store: Store, values: Doc) -> None:
        store.put(kind, values["instance_id"], {"secondary_addresses": [], **values}, served=True)

    return add


def _network(value: str) -> str:
    return str(ipaddress.ip_network(value, strict=False))


def _address(store: Store, value: str) -> None:
    network = _network(value)
    store.put(kinds.ADDRESS, network, {"network": network}, served=True)


def _domain(store: Store, values: str | Doc) -> None:
    domains.register(store, **({"name": values} if isinstance(values, str) else values))


def _domain_check(place: str, value: t.Any) -> None:
    """Checks a domain: its name, or an object with the name."""
    if isinstance(value, str):
        _text(place, value)
    else:
        _object({"name": _text}, {"min_ttl": _TTL})(place, value)


_TTL = _number(1, 86400)
_COUNT = _number(0, 10**9)
_ADDRESS = _parsed(ipaddress.ip_address)
_VSWITCH = _object({"vswitch_id": _text, "zone_id": _text})
_SERVER = _object(
    {"instance_id": _text, "address": _ADDRESS, "zone_id": _text, "vpc_id": _text},
    {"secondary_addresses": _each(_ADDRESS)},
)
_RECORD = _object(
    {"domain": _text, "rr": _text, "type": _text, "value": _text}, {"ttl": _TTL, "priority": _number(1, 50)}
)
_PRIVATE_CA = _object({"identifier": _text, "certificate": _text}, {"key": _text, "certificates_left": _COUNT})
_PCA_INSTANCE = _object(
    {"instance_id": _text},
    {"algorithm": _text, "certificates": _COUNT, "sub_cas": _number(0, 100), "expires": _text},
)
# By the name of a list: the check of an item, and the function that registers it; records come after their domains.
_LISTS: dict[str, tuple[_Check, _Add]] = {
    "vpcs": (_object({"vpc_id": _text}, {"vswitches": _each(_VSWITCH)}), _vpc),
    **{kind: (_SERVER, _server(kind)) for kind in (kinds.ECS, kinds.ECI, kinds.ENI)},
    "addresses": (_parsed(_network), _address),
    "domains": (_domain_check, _domain),
    "records": (_RECORD, records.register),
    "private_cas": (_PRIVATE_CA, authorities.register),
    "pca_instances": (_PCA_INSTANCE, instances.register),
    "locked_records": (_text, records.lock),
}
