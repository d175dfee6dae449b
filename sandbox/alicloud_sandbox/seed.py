# SPDX-License-Identifier: GPL-3.0-or-later
"""What an account has before its API is called: networks, servers, domains with records, private CAs, purchases."""

from __future__ import annotations

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
        for item in values.get(name, []):
            add(store, item)


def _vpc(store: Store, values: dict[str, t.Any]) -> None:
    store.put(kinds.VPC, values["vpc_id"], {"vpc_id": values["vpc_id"]}, served=True)
    for vswitch in values.get("vswitches", []):
        doc = {name: vswitch[name] for name in ("vswitch_id", "zone_id")} | {"vpc_id": values["vpc_id"]}
        store.put(kinds.VSWITCH, doc["vswitch_id"], doc, served=True)


def _server(kind: str) -> Callable[[Store, dict[str, t.Any]], None]:
    def add(store: Store, values: dict[str, t.Any]) -> None:
        doc: dict[str, t.Any] = {name: values[name] for name in _SERVER_FIELDS}
        doc["secondary_addresses"] = list(values.get("secondary_addresses", []))
        store.put(kind, doc["instance_id"], doc, served=True)

    return add


def _domain(store: Store, values: str | dict[str, t.Any]) -> None:
    domains.register(store, **({"name": values} if isinstance(values, str) else values))


_REGISTRARS: dict[str, Callable[[Store, t.Any], None]] = {
    "vpcs": _vpc,
    kinds.ECS: _server(kinds.ECS),
    kinds.ECI: _server(kinds.ECI),
    kinds.ENI: _server(kinds.ENI),
    "domains": _domain,
    "records": records.register,
    "private_cas": authorities.register,
    "pca_instances": instances.register,
    "locked_records": records.lock,
}
