# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and the probe. Private to this collection."""

from __future__ import annotations

import contextlib
import importlib
import ipaddress
import re
import tempfile
import time
import traceback
import typing as t

from ansible.module_utils.basic import missing_required_lib

from .._arguments.module import AnsibleModule
from . import identity, report, runner, server
from .errors import ProbeError
from .handshake import Target
from .messages import harmless
from .resolve import server_of


def run(module: AnsibleModule) -> t.NoReturn:
    """Probes, and fails the task when an expectation is not met. Only reads, so check mode is no different."""
    params = module.params
    # The first appearance of this part of cryptography, version 42, is also that of the *_utc properties.
    _need(module, "cryptography.x509.verification", "cryptography >= 42")
    if params["resolver"]:
        _need(module, "dns.resolver", "dnspython", "for the option resolver")
    try:
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
    except ProbeError as error:
        module.fail_json(msg=str(error))
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


def _need(module: AnsibleModule, name: str, package: str, reason: str | None = None) -> None:
    try:
        importlib.import_module(name)
    except ImportError:
        module.fail_json(msg=missing_required_lib(package, reason=reason), exception=traceback.format_exc())


def _check(params: t.Mapping[str, t.Any]) -> None:
    """What would end in a strange error, or in another request than the one that was meant."""
    if not params["identities"]:
        raise ProbeError("identities is empty. Name at least one; an identity with a name only has no certificate.")
    # Not the other way round: a number that is none, as YAML's .nan, compares with nothing.
    numbers = ("requests", 10000), ("timeout", 3600), ("concurrency", 256)
    for option, most in numbers:
        if not 0 < params[option] <= most:
            raise ProbeError(f"{option} must be greater than 0 and at most {most}, and is {params[option]}.")
    http_port = (params["server"] or {}).get("http_port", 0)
    if not 1 <= params["port"] <= 65535 or not 0 <= http_port <= 65535:
        raise ProbeError("port must be between 1 and 65535, and http_port between 1 and 65535 as well, or 0.")
    if params["answers_by"] == "header" and not params["answers_header"]:
        raise ProbeError("answers_by: header needs answers_header, the name of the header that names the server.")
    if not params["path"].startswith("/") or any(ord(each) <= 32 or ord(each) > 126 for each in params["path"]):
        raise ProbeError(
            f"path {params['path']!r}: begin it with a slash, and percent-encode what is not printable ASCII."
        )
    if params["resolver"]:
        server_of(params["resolver"])


def _ascii(host: str) -> str:
    """The name as DNS, TLS and HTTP write it. Raises ProbeError."""
    with contextlib.suppress(ValueError):
        return str(ipaddress.ip_address(host))
    with contextlib.suppress(UnicodeError):
        name = host.encode("idna").decode()
        if re.fullmatch(r"[A-Za-z0-9_.-]{1,254}", name):
            return name
    raise ProbeError(f"host {host!r} is not a host name. Write it as www.example.com.")
