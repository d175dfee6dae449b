# SPDX-License-Identifier: GPL-3.0-or-later
"""Forwarding rules for responses: what becomes of the headers of the servers' answers."""

from __future__ import annotations

from ..topology import Listener, LoadBalancer, Rule
from .errors import DataPlaneError
from .matching import first_match
from .quoting import Declarations, block, header_name, header_variable, variable
from .rules import inserted_value

_NGINX_HEADERS = ("server", "date")  # Nginx writes them itself
_NOT_SERVED = ("FixedResponse",)  # Nginx cannot give up an answer that it has


def replies(balancer: LoadBalancer, listener: Listener, rules: tuple[Rule, ...], declared: Declarations) -> list[str]:
    """Directives for a location that forwards. Raises DataPlaneError for actions and values that cannot be.

    Nginx cannot change a header of an answer on a condition. So each header in question is taken away and put back
    with the value that it is to have, be it the one that it had.
    """
    values: dict[str, dict[int, str]] = {}
    for index, rule in enumerate(rules):
        for action in rule.actions:
            if action.type in _NOT_SERVED:
                continue
            if action.type not in ("InsertHeader", "RemoveHeader"):
                raise DataPlaneError(f"rule {rule.rule_id}: there is no action of type {action.type} for responses")
            removed = action.type == "RemoveHeader"
            value = '""' if removed else inserted_value(balancer, listener, action.config, "upstream_http", declared)
            values.setdefault(header_name(str(action.config["Key"])).lower(), {})[index] = value
    if not values:
        return []
    first = first_match(rules, declared)
    lines = []
    for header in (name for name in values if name not in _NGINX_HEADERS):
        name = variable("reply", first, header)
        cases = [f'"{index};" {value};' for index, value in values[header].items()]
        declared[name] = block(f"map {first} ${name}", [f"default {header_variable('upstream_http', header)};", *cases])
        lines += [f"{kind}_hide_header {header};" for kind in ("proxy", "grpc")]
        lines.append(f"add_header {header} ${name} always;")
    return lines
