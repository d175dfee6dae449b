# SPDX-License-Identifier: GPL-3.0-or-later
"""How values get into an Nginx configuration without changing its meaning, and the small forms that it is made of."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Iterable

from .errors import DataPlaneError

# What the configuration declares beside its servers: name of a variable or zone to the block that makes it. The same
# name is always the same block, so values that occur twice are declared once.
Declarations = dict[str, str]

_WORD = re.compile(r"[A-Za-z0-9._:@-]+")  # what may stand in the configuration unquoted
_HEADER = re.compile(r"[A-Za-z0-9_-]+")  # narrower than RFC 9110, 5.6.2; the same as the API's
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def block(head: str, lines: Iterable[str]) -> str:
    """A block directive."""
    return "\n".join([f"{head} {{", *(f"    {line}" for line in lines), "}"])


def word(value: str) -> str:
    """A value that has to be a plain word. Raises DataPlaneError when it is none."""
    if not _WORD.fullmatch(value):
        raise DataPlaneError(f"{value!r} cannot stand in a configuration; letters, digits and . _ : @ - can")
    return value


def quoted(value: str) -> str:
    """One token, taken as it is where Nginx does not look for variables: keys of a map, values of a geo.

    Raises DataPlaneError for a NUL, which ends a string in Nginx.
    """
    if "\0" in value:
        raise DataPlaneError(f"{value!r} cannot stand in a configuration: it has a NUL")
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def literal(value: str, declared: Declarations) -> str:
    """A variable that is this text, for where Nginx does look for variables: it has no other way to write a ``$``."""
    name = variable("text", value)
    declared[name] = block(f"geo ${name}", [f"default {quoted(value)};"])
    return f"${{{name}}}"


def found(source: str, regex: str, declared: Declarations) -> str:
    """A variable with what the group ``%s`` of a regular expression finds in other variables, or empty."""
    name = variable("found", source, regex)
    capture = f"{name}_is"
    declared[name] = block(f'map "{source}" ${name}', ['default "";', f"{quoted('~' + regex % capture)} ${capture};"])
    return f"${name}"


def header_value(value: str, declared: Declarations) -> str:
    """The same for the value of a header. Raises DataPlaneError when it would end the header."""
    if _CONTROL.search(value):
        raise DataPlaneError(f"{value!r} cannot be the value of a header: it has a control character")
    return literal(value, declared)


def header_name(value: str) -> str:
    """Name of a header. Raises DataPlaneError when it is none."""
    if not _HEADER.fullmatch(value):
        raise DataPlaneError(f"{value!r} is not the name of a header; letters, digits, - and _ can be in one")
    return value


def header_variable(prefix: str, name: str) -> str:
    """The variable with a header: ``prefix`` is http or upstream_http."""
    return f"${prefix}_{header_name(name).lower().replace('-', '_')}"


def variable(prefix: str, *parts: object) -> str:
    """A name that follows from what it stands for."""
    return f"{prefix}_{digest(*parts)[:12]}"


def digest(*parts: object) -> str:
    """Hexadecimal digits that follow from the parts."""
    return hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()


def host_port(address: str, port: int) -> str:
    """An address to listen on or to connect to. Raises DataPlaneError."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        raise DataPlaneError(f"{address!r} is not an IP address") from None
    return f"[{ip}]:{int(port)}" if ip.version == 6 else f"{ip}:{int(port)}"


def network(value: str) -> str:
    """An address or CIDR block. Raises DataPlaneError."""
    try:
        return str(ipaddress.ip_network(value, strict=False))
    except ValueError:
        raise DataPlaneError(f"{value!r} is not a network") from None
