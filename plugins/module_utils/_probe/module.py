# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and the probe. Private to this collection."""

from __future__ import annotations

import importlib
import tempfile
import traceback
import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from . import identity, runner, server
from .errors import ProbeError
from .handshake import Target
from .resolve import server_of


def run(module: AnsibleModule) -> t.NoReturn:
    """Probes, and fails the task when an expectation is not met. Only reads, so check mode is no different."""
    params = module.params
    # The first appearance of this part of cryptography, version 42, is also that of the *_utc properties.
    _need(module, "cryptography.x509.verification", "cryptography >= 42")
    if params["resolver"]:
        _need(module, "dns.resolver", "dnspython", "for the option resolver")
    header = params["answers_header"]
    target = Target(params["host"], params["port"], params["path"], params["timeout"], header)
    plan = runner.Plan(
        target,
        params["address"],
        params["resolver"],
        params["requests"],
        params["wait_timeout"],
        params["concurrency"],
        params["answers_by"],
    )
    try:
        _check(params)
        with tempfile.TemporaryDirectory(dir=module.tmpdir) as directory:
            identities = identity.build(params, directory)
        results = runner.run(plan, identities)
        if params["resumption"]:
            for each, result in zip(identities, results, strict=True):
                result["resumption"] = runner.resumption(plan, each) if result["verdict"] == "accepted" else None
        shown = server.examine(plan, params) if params["server"] else None
    except ProbeError as error:
        module.fail_json(msg=str(error))
    checks = server.checks(shown, params["server"], target) if shown else []
    outcome = {"results": results, "server": shown, "checks": checks}
    complaints = [runner.complaint(results, target), *(_unmet(each) for each in checks if not each["met"])]
    if any(complaints):
        module.fail_json(msg=" ".join(each for each in complaints if each), **outcome)
    module.exit_json(changed=False, **outcome)
    raise AssertionError("exit_json returned")


def _unmet(check: t.Mapping[str, t.Any]) -> str:
    return f"The server's {check['name']}: expected {check['expected']}, found {check['found']}."


def _need(module: AnsibleModule, name: str, package: str, reason: str | None = None) -> None:
    try:
        importlib.import_module(name)
    except ImportError:
        module.fail_json(msg=missing_required_lib(package, reason=reason), exception=traceback.format_exc())


def _check(params: t.Mapping[str, t.Any]) -> None:
    """What would end in a strange error, or in another request than the one that was meant."""
    if not params["identities"]:
        raise ProbeError("identities is empty. Name at least one; an identity with a name only has no certificate.")
    if params["requests"] < 1 or params["timeout"] <= 0 or not 1 <= params["concurrency"] <= 256:
        raise ProbeError("requests must be 1 or more, timeout greater than 0, and concurrency between 1 and 256.")
    if params["answers_by"] == "header" and not params["answers_header"]:
        raise ProbeError("answers_by: header needs answers_header, the name of the header that names the server.")
    if not params["path"].startswith("/") or any(ord(each) <= 32 or ord(each) > 126 for each in params["path"]):
        raise ProbeError(
            f"path {params['path']!r}: begin it with a slash, and percent-encode what is not printable ASCII."
        )
    if not params["host"] or any(each.isspace() or each == "/" for each in params["host"]):
        raise ProbeError(f"host {params['host']!r} is not a host name.")
    if params["resolver"]:
        server_of(params["resolver"])
