# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the sandbox's error codes of ALB, their statuses and texts with the official API metadata.

    python -m tools.codes FOLDER

FOLDER holds the metadata, as in :mod:`tools.openapi`. A documented code that the sandbox never answers with has to be
among its ``left_out`` codes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alicloud_sandbox.alb.operations import PRODUCT
from alicloud_sandbox.errors import GATEWAY

_LEFT_OUT = {code for codes in PRODUCT.errors.left_out.values() for code in codes}


def gaps(operations: dict[str, Any]) -> Iterator[str]:
    """Yields the documented codes that the sandbox neither has nor leaves out; ``operations`` are the metadata's."""
    for name in PRODUCT.operations:
        codes = {code for of_status in operations.get(name, {}).get("errors", {}).values() for code in of_status}
        for code in sorted(codes - PRODUCT.errors.documented.get(name, {}).keys() - GATEWAY.keys()):
            if code not in _LEFT_OUT and f"{name} {code}" not in _LEFT_OUT:
                yield f"{name} {code}: the sandbox neither has it nor says why not"


def contradictions(operations: dict[str, Any]) -> Iterator[str]:
    """Yields the codes whose status or text differs from the metadata, as sentences.

    Not every status is in the metadata. Of one code it has several texts, and the sandbox one of them.
    """
    errors = [
        (name, status, code, text)
        for name, operation in operations.items()
        for status, codes in operation.get("errors", {}).items()
        for code, text in codes.items()
    ]
    texts: dict[str, set[str]] = {}
    for _name, _status, code, text in errors:
        texts.setdefault(code, set()).add(_plain(text))
    for name, status, code, _text in errors:
        ours = PRODUCT.errors.documented.get(name, {}).get(code)
        if ours is not None and status not in ("None", str(ours)):
            yield f"{name} {code}: the sandbox has the status {ours}, the metadata {status}"
    for code in texts.keys() & PRODUCT.errors.messages.keys():
        if _plain(PRODUCT.errors.messages[code]) not in texts[code]:
            yield f"{code}: no operation of the metadata has the text {PRODUCT.errors.messages[code]!r}"


def _plain(text: str) -> str:
    return " ".join(text.split()).rstrip(". ").lower()


def main() -> int:
    documents = (json.loads(path.read_text()) for path in sorted(Path(sys.argv[1]).glob("*.json")))
    (alb,) = (document["operations"] for document in documents if document["info"]["product"] == "Alb")
    found = [*gaps(alb), *contradictions(alb)]
    print(
        "\n".join([*found, f"{len(PRODUCT.operations)} operations of the sandbox, {len(found)} faults of error codes"])
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
