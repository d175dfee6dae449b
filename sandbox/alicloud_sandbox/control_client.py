# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls the control API of a running sandbox, for the command line and for tests."""

from __future__ import annotations

import json
import ssl
import typing as t
import urllib.request
from pathlib import Path

_TIMEOUT = 60  # seconds


def call(endpoint: str, ca: Path | None, method: str, path: str, body: t.Any = None) -> t.Any:
    """Returns the answer to a request to ``/_sandbox/<path>``.

    With ``ca``, the file with the CA of the endpoint, the request goes over HTTPS. Raises HTTPError for a refusal, with
    the reason as its body, and OSError when there is no answer.
    """
    data = None if body is None else json.dumps(body).encode()
    address = f"{'https' if ca else 'http'}://{endpoint}/_sandbox/{path}"
    request = urllib.request.Request(address, data, method=method)  # noqa: S310  one of these two schemes
    # Proxies of the environment do not apply to this machine.
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
    if ca:
        handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca)))
    with urllib.request.build_opener(*handlers).open(request, timeout=_TIMEOUT) as response:
        return json.load(response)
