# SPDX-License-Identifier: GPL-3.0-or-later
"""call.py ENDPOINT OPERATION PARAMS: one operation by the official SDK alone, its job awaited; prints the answer.

OPERATION is one of ALB, or of the certificate service with ``cas:`` before it. PARAMS is JSON, with the names of the
API. For changes behind the modules' backs.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any

from alibabacloud_tea_openapi.models import Config

SDKS = {"": "alibabacloud_alb20200616", "cas": "alibabacloud_cas20200407"}


def main() -> None:
    endpoint, name, params = sys.argv[1:]
    product, _colon, operation = name.rpartition(":")
    client, models = (importlib.import_module(f"{SDKS[product]}.{part}") for part in ("client", "models"))
    config = Config(access_key_id="sandbox", access_key_secret="sandbox", endpoint=endpoint, protocol="HTTP")
    service = client.Client(config)

    def call(name: str, values: dict[str, Any]) -> dict[str, Any]:
        method = next(each for each in dir(service) if each.replace("_", "") == name.lower())
        request = getattr(models, f"{name}Request")().from_map(values)
        body: dict[str, Any] = getattr(service, method)(request).body.to_map()
        return body

    answer = call(operation, json.loads(params))
    job = answer.get("JobId")
    while job and call("ListAsynJobs", {"JobIds": [job]})["Jobs"][0]["Status"] == "Processing":
        time.sleep(0.02)
    print(json.dumps(answer))


main()
