# SPDX-License-Identifier: GPL-3.0-or-later
"""call.py ENDPOINT CALLS: operations by the official SDK alone, their jobs awaited; prints what the answers hold.

CALLS is JSON, a list of objects with ``operation`` (one of ALB, or of the certificate service with ``cas:`` before it)
and ``params``, with the names of the API. For changes behind the modules' backs.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any

from alibabacloud_tea_openapi.models import Config

SDKS = {"": "alibabacloud_alb20200616", "cas": "alibabacloud_cas20200407"}


class Service:
    """The SDK of one service."""

    def __init__(self, endpoint: str, product: str) -> None:
        client, self.models = (importlib.import_module(f"{SDKS[product]}.{part}") for part in ("client", "models"))
        config = Config(access_key_id="sandbox", access_key_secret="sandbox", endpoint=endpoint, protocol="HTTP")
        self.client = client.Client(config)

    def call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to ``operation``."""
        method = next(each for each in dir(self.client) if each.replace("_", "") == operation.lower())
        request = getattr(self.models, f"{operation}Request")().from_map(params)
        body: dict[str, Any] = getattr(self.client, method)(request).body.to_map()
        return body


def main() -> None:
    endpoint, calls = sys.argv[1:]
    answers: dict[str, Any] = {}
    for each in json.loads(calls):
        product, _colon, operation = each["operation"].rpartition(":")
        service = Service(endpoint, product)
        answer = service.call(operation, each["params"])
        job = answer.get("JobId")
        while job and service.call("ListAsynJobs", {"JobIds": [job]})["Jobs"][0]["Status"] == "Processing":
            time.sleep(0.02)
        answers |= answer
    print(json.dumps(answers))


main()
