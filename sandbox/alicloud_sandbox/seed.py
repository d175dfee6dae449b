# SPDX-License-Identifier: GPL-3.0-or-later
"""Registers what an account has before its API is called: networks, servers, domains with records, private CAs.

Addresses are those that servers of the type Ip may have beside the loopback ones: the data plane calls no others.
"""

from __future__ import annotations

import ipaddress
import typing as t
from collections.abc import Callable

from . import kinds
from .dns import domains, records
from .pca import authorities, instances
from .store import Store

_SERVER_FIELDS = ("instance_id", "address", "zone_id", "vpc_id")


def register(store: Store, values: dict[str, t.Any]) -> None:
    """Registers the items of each list in ``values``; an item that is registered already is replaced.

    To be called within a transaction. Raises KeyError or ValueError for a value that is missing, unknown or malformed.
    """
    if unknown := set(values) - set(_REGISTRARS):
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(_REGISTRARS)}")
    for name, add in _REGISTRARS.items():
        items = values.get(name, [])
        if not isinstance(items, list):
            raise ValueError(f"{name} has to be a list")
        for item in items:
            _check(name, item)
            add(store, item)


# Fields with another type than text, by the list that has them; the bounds of numbers.
_LISTS = {"vswitches", "secondary_addresses"}
_TEXTS = {"addresses", "locked_records", "secondary_addresses"}  # lists whose items are texts
_NUMBERS = {
    "min_ttl": (1, 86400),
    "ttl": (1, 86400),
    "certificates_left": (0, 10**9),
    "certificates": (0, 10**9),
    "sub_cas": (0, 100),
}


def _check(name: str, item: t.Any) -> None:
    """Raises ValueError for a value of the wrong type in an item of the list ``name``."""
    if isinstance(item, str) and item and (name in _TEXTS or name == "domains"):
        return
    if not isinstance(item, dict) or name in _TEXTS:
        raise ValueError(f"{name}: an item has to be {'a text' if name in _TEXTS else 'an object'}")
    for field, value in item.items():
        if field in _LISTS:
            if not isinstance(value, list):
                raise ValueError(f"{name}: {field} has to be a list")
            for part in value:
                _check(field, part)
        elif field in _NUMBERS:
            low, high = _NUMBERS[field]
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise ValueError(f"{name}: {field} has to be a whole number from {low} to {high}")
        elif not isinstance(value, str) or not value:
            raise ValueError(f"{name}: {field} has to be a text")


def _vpc(store: Store, values: dict[str, t.Any]) -> None:
    store.put(kinds.VPC, values["vpc_id"], {"vpc_id": values["vpc_id"]}, served=True)
    for vswitch in values.get("vswitches", []):
        doc = {name: vswitch[name] for name in ("vswitch_id", "zone_id")} | {"vpc_id": values["vpc_id"]}
        store.put(kinds.VSWITCH, doc["vswitch_id"], doc, served=True)


def _server(kind: str) -> Callable[[Store, dict[str, t.Any]], None]:
    def add(store: Store, values: dict[str, t.Any]) -> None:
        doc: dict[str, t.Any] = {name: values[name] for name in _SERVER_FIELDS}
        doc["secondary_addresses"] = list(values.get("secondary_addresses", []))
        for address in (doc["address"], *doc["secondary_addresses"]):
            ipaddress.ip_address(address)
        store.put(kind, doc["instance_id"], doc, served=True)

    return add


def _address(store: Store, value: str) -> None:
    network = str(ipaddress.ip_network(value, strict=False))
    store.put(kinds.ADDRESS, network, {"network": network}, served=True)


def _domain(store: Store, values: str | dict[str, t.Any]) -> None:
    domains.register(store, **({"name": values} if isinstance(values, str) else values))


_REGISTRARS: dict[str, Callable[[Store, t.Any], None]] = {
    "vpcs": _vpc,
    kinds.ECS: _server(kinds.ECS),
    kinds.ECI: _server(kinds.ECI),
    kinds.ENI: _server(kinds.ENI),
    "addresses": _address,
    "domains": _domain,
    "records": records.register,
    "private_cas": authorities.register,
    "pca_instances": instances.register,
    "locked_records": records.lock,
}
