# SPDX-License-Identifier: GPL-3.0-or-later
"""Forwarding rules for responses: how they change the headers of servers' answers."""

from __future__ import annotations

from ..topology import FixedResponse, InsertHeader, Listener, LoadBalancer, RemoveHeader, Rule
from .errors import DataPlaneError
from .forwarding import inserted_value
from .matching import first_match
from .quoting import Declarations, block, header_name, header_variable, variable

_NGINX_HEADERS = ("server", "date")  # Nginx writes them itself


def response_headers(
    balancer: LoadBalancer, listener: Listener, rules: tuple[Rule, ...], declared: Declarations
) -> list[str]:
    """Returns the directives for a location that forwards.

    Nginx cannot change a header of an answer on a condition. So each header that a rule names is taken away and put
    back with the value that it has to have, which may be its own. Raises DataPlaneError for an action that a rule for
    responses cannot have, and for values that cannot be in a configuration.
    """
    values: dict[str, dict[int, str]] = {}
    for index, rule in enumerate(rules):
        for action in rule.actions:
            match action:
                case FixedResponse():
                    continue  # Nginx cannot give up an answer that it has
                case InsertHeader():
                    value = inserted_value(balancer, listener, action, "upstream_http", declared)
                case RemoveHeader():
                    value = '""'
                case _:
                    raise DataPlaneError(f"rule {rule.rule_id}: {type(action).__name__} is not for responses")
            values.setdefault(header_name(action.name).lower(), {})[index] = value
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
