# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of a listener by itself, before anything is written. Pure. Private to this collection.

Checks that read other resources are in ``preconditions``. Sources: help.aliyun.com, "Configure mutual authentication on
an HTTPS listener" of ALB (protocols); CreateListener (one CA certificate only, protocols of each option and header).
"""

from __future__ import annotations

import re
import typing as t

from .._core.checks import Check, run_checks
from .._core.errors import RefusedError
from .._core.values import KNOWN_AFTER_APPLY, Object, known
from .fields import CLIENT_CERTIFICATE_HEADERS


def _mutual(listener: Object) -> bool:
    return listener["mutual_authentication"] is True


def _names(listener: Object) -> list[str]:
    """Return the names of the enabled headers with details of the client certificate; empty for one without a name."""
    headers = known(listener["x_forwarded_for"], dict)
    on = (f"client_cert_{header}" for header in CLIENT_CERTIFICATE_HEADERS)
    return [headers.get(f"{name}_alias") or "" for name in on if headers.get(f"{name}_enabled")]


def _upgrades(listener: Object) -> bool:
    return bool(known(listener.get("quic"), dict).get("upgrade_enabled"))


CHECKS = (
    Check(
        lambda listener: _mutual(listener) and listener["protocol"] not in ("https", KNOWN_AFTER_APPLY),
        "Mutual authentication works on HTTPS listeners only, and this one is {protocol}.",
        "Set protocol: https, or mutual_authentication: false.",
    ),
    Check(
        lambda listener: _mutual(listener) and not listener["ca_certificate_ids"],
        "Mutual authentication needs a CA certificate.",
        "Name it in ca_certificate_ids.",
    ),
    Check(
        lambda listener: isinstance(listener["ca_certificate_ids"], list) and len(listener["ca_certificate_ids"]) > 1,
        "ca_certificate_ids has more than one CA certificate, and a listener takes exactly one.",
        "Keep one; to accept the clients of two CAs, have both signed by one root and name that.",
    ),
    Check(
        lambda listener: listener["protocol"] != "http" and not listener["certificate_ids"],
        "A listener of protocol {protocol} needs a server certificate.",
        "Name it in certificate_ids.",
    ),
    Check(
        lambda listener: listener["protocol"] == "http" and known(listener["certificate_ids"], list),
        "A listener of protocol http has no server certificate.",
        "Leave certificate_ids out, or set protocol: https.",
    ),
    Check(
        lambda listener: isinstance(listener["certificate_ids"], list) and len(listener["certificate_ids"]) > 2,
        "certificate_ids has more than two certificates.",
        "A listener has one default certificate, or one RSA and one ECC certificate.",
    ),
    Check(
        lambda listener: not all(_names(listener)),
        "A header with details of the client certificate is switched on in x_forwarded_for without a name.",
        "Give each client_cert_*_enabled its client_cert_*_alias.",
    ),
    Check(
        lambda listener: not all(re.fullmatch(r"[a-z0-9_-]{1,40}", name) for name in _names(listener)),
        "A header with details of the client certificate has a name in x_forwarded_for that ALB does not take.",
        "A name has 1 to 40 lower-case letters, digits, hyphens and underscores.",
    ),
    Check(
        lambda listener: _upgrades(listener) and not listener["quic"].get("listener_id"),
        "quic.upgrade_enabled needs the QUIC listener that clients are sent to.",
        "Name it in quic.listener_id.",
    ),
)


def check(listener: Object) -> None:
    """Raise RefusedError for the first check that ``listener`` violates."""
    run_checks(CHECKS, listener)


# Protocols that have an option; options that are not here are for every protocol (CreateListener).
_PROTOCOLS = {
    "http2": ("https",),
    "security_policy_id": ("https",),
    "quic": ("https",),
    "additional_certificate_ids": ("https", "quic"),
}


# The same for suboptions of x_forwarded_for, by the beginning of their names.
_HEADERS = {
    "client_cert_": ("https",),
    **dict.fromkeys(("enabled", "processing_mode", "client_source_ips_", "client_src_port_"), ("http", "https")),
}


def check_options(options: t.Mapping[str, t.Any], protocol: str) -> None:
    """Raise RefusedError for an option that a listener of ``protocol`` does not have."""
    headers = {f"x_forwarded_for.{name}": value for name, value in (options.get("x_forwarded_for") or {}).items()}
    tables = ((options, _PROTOCOLS), (headers, {f"x_forwarded_for.{name}": p for name, p in _HEADERS.items()}))
    for given, table in tables:
        for name, value in given.items():
            protocols = next((p for start, p in table.items() if name.startswith(start)), ())
            if protocols and value not in (None, [], False) and protocol not in (*protocols, KNOWN_AFTER_APPLY):
                raise RefusedError(
                    f"A listener of protocol {protocol} has no {name}.",
                    f"Leave {name} out, or set protocol: {' or '.join(protocols)}.",
                )


def check_port(neighbours: t.Iterable[Object], listener: Object) -> None:
    """Raise RefusedError if one of the other listeners on the port, ``neighbours``, takes it.

    HTTP and HTTPS share the ports of TCP; QUIC has those of UDP.
    """
    for other in neighbours:
        if (other["protocol"] == "quic") == (listener["protocol"] == "quic"):
            raise RefusedError(
                f"Port {listener['port']} has the listener {other['listener_id']} of protocol {other['protocol']} "
                f"already, and the protocol of a listener cannot be changed.",
                "Take another port, or remove that listener with state=absent first.",
            )
