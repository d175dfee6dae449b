# SPDX-License-Identifier: GPL-3.0-or-later
"""Cross-origin requests: which origins are allowed, and the headers of the answers."""

from __future__ import annotations

from ..topology import AllowOrigins
from .matching import whole
from .quoting import Declarations, block, header_value, quoted, variable


def cors(action: AllowOrigins, name: str, declared: Declarations) -> tuple[list[str], str]:
    """Returns the directives about every answer, and the one that answers preflight requests.

    ``name`` is unique to the rule. Raises DataPlaneError for values that cannot be in a configuration.
    """
    origin, preflight = f"origin_{name}", f"preflight_{name}"
    answer = "*" if "*" in action.origins and not action.credentials else "$http_origin"
    allowed = [f"{quoted('~*' + whole(item))} {answer};" for item in action.origins]
    declared[origin] = block(f"map $http_origin ${origin}", ['default "";', '"" "";', *dict.fromkeys(allowed)])
    declared[preflight] = block(
        f'map "$request_method:$http_access_control_request_method:${origin}" ${preflight}',
        ["default 0;", r'"~^OPTIONS:[^:]+:." 1;'],
    )
    always = {
        "Allow-Credentials": "true" if action.credentials else '""',
        "Expose-Headers": header_value(", ".join(action.exposed_headers), declared),
    }
    first = {
        "Allow-Methods": header_value(", ".join(action.methods), declared),
        "Allow-Headers": header_value(", ".join(action.headers), declared),
        **({} if action.max_age is None else {"Max-Age": str(action.max_age)}),
    }
    headers = {"Access-Control-Allow-Origin": f"${origin}"}
    for source, key, values in ((f"${origin}", '"" "";', always), (f"${preflight}", '0 "";', first)):
        for header, value in values.items():
            chosen = variable("cors", source, header, value)
            declared[chosen] = block(f"map {source} ${chosen}", [key, f"default {value};"])
            headers[f"Access-Control-{header}"] = f"${chosen}"
    lines = [f"{kind}_hide_header {header};" for header in headers for kind in ("proxy", "grpc")]
    lines += [f"add_header {header} {value} always;" for header, value in headers.items()]
    lines += [] if answer == "*" else ["add_header Vary Origin always;"]
    return lines, f"if (${preflight}) {{ return 204; }}"
