# SPDX-License-Identifier: GPL-3.0-or-later
"""alb.py ENDPOINT OPERATION PARAMS: one operation of ALB by the official SDK alone, its job awaited; prints the answer.

PARAMS is JSON, with the names of the API. For changes behind the modules' backs.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from alibabacloud_alb20200616 import client, models
from alibabacloud_tea_openapi.models import Config


def main() -> None:
    endpoint, operation, params = sys.argv[1:]
    config = Config(access_key_id="sandbox", access_key_secret="sandbox", endpoint=endpoint, protocol="HTTP")
    alb = client.Client(config)

    def call(name: str, values: dict[str, Any]) -> dict[str, Any]:
        method = next(each for each in dir(alb) if each.replace("_", "") == name.lower())
        body: dict[str, Any] = getattr(alb, method)(getattr(models, f"{name}Request")().from_map(values)).body.to_map()
        return body

    answer = call(operation, json.loads(params))
    job = answer.get("JobId")
    while job and call("ListAsynJobs", {"JobIds": [job]})["Jobs"][0]["Status"] == "Processing":
        time.sleep(0.02)
    print(json.dumps(answer))


main()
