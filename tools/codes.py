# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the sandbox answer with every error code that the official API metadata documents for ALB, or say why not?

python -m tools.codes FOLDER
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
    """What the sandbox neither has nor leaves out with a reason; ``operations`` are the metadata's."""
    for name in PRODUCT.operations:
        codes = {code for of_status in operations.get(name, {}).get("errors", {}).values() for code in of_status}
        for code in sorted(codes - PRODUCT.errors.documented.get(name, {}).keys() - GATEWAY.keys()):
            if code not in _LEFT_OUT and f"{name} {code}" not in _LEFT_OUT:
                yield f"{name} {code}: the sandbox neither has it nor says why not"


def main() -> int:
    documents = (json.loads(path.read_text()) for path in sorted(Path(sys.argv[1]).glob("*.json")))
    found = [gap for each in documents if each["info"]["product"] == "Alb" for gap in gaps(each["operations"])]
    print("\n".join([*found, f"{len(PRODUCT.operations)} operations of the sandbox, {len(found)} gaps of error codes"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
