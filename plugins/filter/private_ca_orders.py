# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A filter from the certificates of a private CA to the clients of the one that replaces it."""

from __future__ import annotations

import datetime
import math
import os
import typing as t

Item = t.Mapping[str, t.Any]

_SUBJECT = (
    "country_name",
    "state_or_province_name",
    "locality_name",
    "organization_name",
    "organizational_unit_name",
)
_NAMES = ("dns_names", "email_addresses", "uris")
_KEY_TYPES = {"RSA": ("rsa", "key_size", int), "ECDSA": ("ecdsa", "curve", str)}
_SHORT = 60
# The part of a lifetime of less than _SHORT days that is left when the certificate is ordered again.
_RENEW_BEFORE = "33%"


def private_ca_orders(
    certificates: t.Sequence[Item],
    files: t.Sequence[Item],
    clients: t.Sequence[Item],
    ca_end: str,
    requests_path: str = "",
) -> dict[str, t.Any]:
    """Return ``clients`` to order, ``skipped`` with a sentence for each that gets none, and the ``common_names``.

    ``certificates``: of the old CA, which ends at ``ca_end``. ``files``: those in the directory of its clients.
    ``clients``: the listed ones. ``common_names``: of all clients with a valid certificate of the old CA.
    """
    newest = _newest(certificates)
    valid = {name: item for name, item in newest.items() if not item["revoked"]}
    revoked = newest.keys() - valid.keys()
    skipped = [
        f"{item['name']}: the old CA has revoked its last certificate."
        for item in clients
        if item["common_name"] in revoked
    ]
    orders = [dict(item) for item in clients if item["common_name"] not in revoked]
    listed = {item["common_name"] for item in clients}
    by_serial = {item["serial_number"]: item for item in files}
    for name in sorted(valid.keys() - listed):
        file = by_serial.get(valid[name]["serial_number"])
        label = os.path.splitext(os.path.basename(file["path"]))[0] if file else name.replace("/", "_")
        order = {"name": label, "common_name": name, **(_like(file, ca_end) if file else {})}
        if file is None or not file["private_key"]:
            request = os.path.join(requests_path, f"{label}.csr")
            if not requests_path or not os.path.exists(request):
                where = requests_path or "the directory of rotate_ca_requests_path"
                skipped.append(
                    f"{label}: its private key is with its owner, who has to submit a certificate request. Put it into"
                    f" {where} as {label}.csr, or add the client to pca_clients."
                )
                continue
            order = {key: value for key, value in order.items() if not key.startswith(("key_", "curve"))}
            order["csr_path"] = request
        orders.append(order)
    return {"clients": orders, "skipped": skipped, "common_names": sorted(valid)}


def _newest(certificates: t.Iterable[Item]) -> dict[str, Item]:
    """Return the newest certificate of each common name that has not expired and is not that of a server."""
    usable = (item for item in certificates if not item["expired"] and item["type"] != "server" and item["common_name"])
    ordered = sorted(usable, key=lambda item: (item["not_before"] or "", item["number"] or 0))
    return {item["common_name"]: item for item in ordered}


def _like(file: Item, ca_end: str) -> dict[str, t.Any]:
    """Return subject, alternative names, kind of key and lifetime of a certificate as options of a client."""
    order: dict[str, t.Any] = {field: file["subject"][field] for field in _SUBJECT if file["subject"].get(field)}
    order |= {field: file[field] for field in _NAMES if file[field]}
    word, _blank, rest = file["key"].partition(" ")
    if word in _KEY_TYPES:
        kind, option, convert = _KEY_TYPES[word]
        order |= {"key_type": kind, option: convert(rest)}
    if file["not_after"] < ca_end:
        start, end = map(datetime.datetime.fromisoformat, (file["not_before"], file["not_after"]))
        days = max(1, math.floor((end - start) / datetime.timedelta(days=1)))
        order["valid_for"] = f"{days}d"
        order |= {"renew_before": _RENEW_BEFORE} if days < _SHORT else {}
    return order


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"private_ca_orders": private_ca_orders}
