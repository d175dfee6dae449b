# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of ECS: by token where MaxResults or NextToken is given, else by number."""

from __future__ import annotations

from collections.abc import Sequence

from ..product import Call, numbered_page
from ..schema import Args
from ..store import Doc


def page(call: Call, found: Sequence[Doc], args: Args) -> tuple[list[Doc], Doc]:
    """Returns one page and the paging fields of the answer. Raises ApiError for an invalid token."""
    if "MaxResults" in args or args.get("NextToken"):
        return by_token(call, found, args)
    paging = {name: args[name] for name in ("PageNumber", "PageSize")}
    return numbered_page(list(found), *paging.values()), {"TotalCount": len(found), **paging}


def by_token(call: Call, found: Sequence[Doc], args: Args, size: int = 10) -> tuple[list[Doc], Doc]:
    """Returns one page and, if it is not the last one, the token of the next. Raises ApiError for an invalid token."""
    items, fields = call.page(found, args, size)
    return items, {name: value for name, value in fields.items() if name == "NextToken"}
