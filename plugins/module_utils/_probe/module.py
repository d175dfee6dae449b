# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module mtls_probe: from options to results. Private to this collection."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import tempfile
import time
import typing as t

from .._arguments import hosts
from .._arguments.module import AnsibleModule
from .._core.dns_server import client_of
from .._core.errors import ModuleError
from .._nginx.client_identity import HEADER
from .._x509 import package
from . import identity, report, runner, server
from .errors import ProbeError
from .handshake import Target
from .messages import harmless

_INVALID = "invalid_option"


def run(module: AnsibleModule) -> t.NoReturn:
    """Probe the service, and fail the task when an expectation is not met. Nothing is written, in check mode or not."""
    params = module.params
    try:
        package.check()
        _check(params)
        target = Target(
            _ascii(params["host"]), params["port"], params["path"], params["timeout"], params["answers_header"]
        )
        plan = runner.Plan(
            target,
            params["address"],
            params["resolver"],
            params["requests"],
            params["concurrency"],
            params["answers_by"],
        )
        outcome = _outcome(module, plan)
    except ModuleError as error:
        module.fail_json(**error.report())
    complaint = report.complaint(outcome["results"], outcome["checks"], target)
    outcome = harmless(outcome)
    if complaint:
        module.fail_json(msg=complaint, **outcome)
    module.exit_json(changed=False, **outcome)
    raise AssertionError("exit_json returned")


def _outcome(module: AnsibleModule, plan: runner.Plan) -> dict[str, t.Any]:
    params = module.params
    deadline = time.monotonic() + params["wait_timeout"]
    with tempfile.TemporaryDirectory(dir=module.tmpdir) as directory:
        identities = identity.build(params, directory, lambda: server.first_authority(plan))
    results = runner.run(plan, identities, deadline)
    if params["resumption"]:
        for each, result in zip(identities, results, strict=True):
            result["resumption"] = runner.resumption(plan, each) if result["verdict"] == "accepted" else None
    shown: dict[str, t.Any] | None = None
    checks: list[dict[str, t.Any]] = []
    if params["server"]:
        asked = any(each["asks_for_certificate"] for each in results)
        for _round in runner.rounds(deadline):
            shown, checks = server.examine(plan, params, asked)
            if all(each["met"] for each in checks):
                break
    return {"results": results, "server": shown, "checks": checks, "authority": _authority(params["made_by"])}


def _authority(made_by: t.Mapping[str, t.Any] | None) -> dict[str, t.Any] | None:
    return runner.facts(identity.certificates(made_by["ca_certificate_path"], "made_by")[0]) if made_by else None


def _check(params: t.Mapping[str, t.Any]) -> None:
    """Refuse values that would fail later with an unclear error, or make another request than intended."""
    if not params["identities"]:
        raise ProbeError(
            "identities is empty.", "Name at least one; an identity with a name only shows no certificate.", _INVALID
        )
    # In this direction, because every comparison with YAML's .nan is false.
    numbers = ("requests", 10000), ("timeout", 3600), ("concurrency", 256)
    for option, most in numbers:
        if not 0 < params[option] <= most:
            raise ProbeError(
                f"{option} is {params[option]}.", f"Give a number greater than 0 and at most {most}.", _INVALID
            )
    ports = [("port", params["port"], 1), ("server.http_port", (params["server"] or {}).get("http_port", 0), 0)]
    ports += [("identities[].port", each["port"], 1) for each in params["identities"] if each["port"] is not None]
    for option, port, least in ports:
        if not least <= port <= 65535:
            raise ProbeError(f"{option} is {port}.", f"Give a number from {least} to 65535.", _INVALID)
    if params["answers_by"] == "header" and not params["answers_header"]:
        raise ProbeError(
            "answers_by is header, and answers_header is missing.",
            "Give the name of the response header that identifies the server.",
            _INVALID,
        )
    if not params["path"].startswith("/") or any(ord(each) <= 32 or ord(each) > 126 for each in params["path"]):
        raise ProbeError(
            f"path {params['path']!r} is no path of a URL.",
            "Begin it with a slash, and percent-encode blanks and all characters that are not printable ASCII.",
            _INVALID,
        )
    for name, header in (params["claim_headers"] or {}).items():
        if header and not HEADER.fullmatch(header):
            raise ProbeError(
                f"claim_headers.{name}: {header!r} is no name of a header.",
                "Use letters, digits and hyphens.",
                _INVALID,
            )
    if params["resolver"]:
        client_of(params["resolver"], params["timeout"])


def _ascii(host: str) -> str:
    """Return ``host`` as DNS, TLS and HTTP write it, in ASCII. Raises ProbeError."""
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_address(host))
    try:
        name = hosts.to_ascii(host)
    except hosts.HostError as error:
        raise ProbeError(str(error), error.hint, error.code or _INVALID) from None
    if len(name) <= 254 and re.fullmatch(r"([A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?", name):
        return name
    raise ProbeError(f"host {host!r} is not a host name.", "Write it as www.example.com.", _INVALID)
