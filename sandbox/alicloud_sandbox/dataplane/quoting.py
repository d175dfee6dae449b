# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes values into an Nginx configuration so that they cannot change its meaning, and its small building blocks."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Iterable

from .errors import DataPlaneError

# Declarations beside the servers: name of a variable or zone to its block. A name determines its block, so a value that
# occurs twice is declared once.
Declarations = dict[str, str]

_WORD = re.compile(r"[A-Za-z0-9._:@-]+")  # needs no quotes in a configuration
_HEADER = re.compile(r"[A-Za-z0-9_-]+")  # narrower than RFC 9110, 5.6.2; the same as the API's
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def block(head: str, lines: Iterable[str]) -> str:
    """Returns a block directive."""
    return "\n".join([f"{head} {{", *(f"    {line}" for line in lines), "}"])


def word(value: str) -> str:
    """Returns a value that needs no quotes. Raises DataPlaneError for any other."""
    if not _WORD.fullmatch(value):
        raise DataPlaneError(f"{value!r} cannot stand in a configuration; letters, digits and . _ : @ - can")
    return value


def quoted(value: str) -> str:
    """Returns a value as one token, for places where Nginx does not look for variables: keys of a map, values of a geo.

    Raises DataPlaneError for a NUL, which ends a string in Nginx.
    """
    if "\0" in value:
        raise DataPlaneError(f"{value!r} cannot stand in a configuration: it has a NUL")
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def literal(value: str, declared: Declarations) -> str:
    """Returns a variable with this text, for places where Nginx looks for variables and a ``$`` cannot be escaped."""
    name = variable("text", value)
    declared[name] = block(f"geo ${name}", [f"default {quoted(value)};"])
    return f"${{{name}}}"


def found(source: str, regex: str, declared: Declarations) -> str:
    """Returns a variable with the match of the group ``(?<%s>...)`` of a regular expression in ``source``, or empty."""
    name = variable("found", source, regex)
    capture = f"{name}_is"
    named = regex.replace("(?<%s>", f"(?<{capture}>", 1)  # no %: names of cookies and parameters can have one
    declared[name] = block(f'map "{source}" ${name}', ['default "";', f"{quoted('~' + named)} ${capture};"])
    return f"${name}"


def header_value(value: str, declared: Declarations) -> str:
    """Returns a variable with the value of a header. Raises DataPlaneError for a control character in it."""
    if _CONTROL.search(value):
        raise DataPlaneError(f"{value!r} cannot be the value of a header: it has a control character")
    return literal(value, declared)


def header_name(value: str) -> str:
    """Returns the name of a header. Raises DataPlaneError for an invalid one."""
    if not _HEADER.fullmatch(value):
        raise DataPlaneError(f"{value!r} is not the name of a header; letters, digits, - and _ can be in one")
    return value


def header_variable(prefix: str, name: str) -> str:
    """Returns the variable of a header; ``prefix`` is http or upstream_http."""
    return f"${prefix}_{header_name(name).lower().replace('-', '_')}"


def variable(prefix: str, *parts: object) -> str:
    """Returns a deterministic name: the prefix and a digest of the parts."""
    return f"{prefix}_{digest(*parts)[:12]}"


def digest(*parts: object) -> str:
    """Returns the SHA-256 digest of the parts, as hexadecimal digits."""
    return hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()


def host_port(address: str, port: int) -> str:
    """Returns address and port as Nginx writes them. Raises DataPlaneError for an invalid address."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        raise DataPlaneError(f"{address!r} is not an IP address") from None
    return f"[{ip}]:{int(port)}" if ip.version == 6 else f"{ip}:{int(port)}"


def network(value: str) -> str:
    """Returns an address or CIDR block. Raises DataPlaneError for an invalid one."""
    try:
        return str(ipaddress.ip_network(value, strict=False))
    except ValueError:
        raise DataPlaneError(f"{value!r} is not a network") from None
