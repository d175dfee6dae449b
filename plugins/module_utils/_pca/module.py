# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between Ansible and the certificates of private CAs: modules that call the cloud and write files.

Private to this collection.
"""

from __future__ import annotations

import os
import typing as t
from collections.abc import Callable, Mapping

from .._arguments.module import AnsibleModule
from .._core import credentials, tags
from .._core.client import Cloud, load
from .._core.engine import Session
from .._core.errors import ModuleError
from .._core.module import COMMON
from .._core.retries import Budget
from .._core.values import KNOWN_AFTER_APPLY, Object, holds_unknown
from .._pki.errors import PkiError, of_a_file
from . import centre, options
from .batch import Batch, withdraw

Params = Mapping[str, t.Any]
# For more clients than these a result holds the certificates themselves only when asked for them.
_MANY = 100


def run(spec: options.Spec, ensure: Callable[[Session, Params, bool], Object], **constraints: t.Any) -> t.NoReturn:
    """Call ``ensure`` with a session, the parameters and whether it may write; hand its result or error to Ansible."""
    module = AnsibleModule(argument_spec={**COMMON, **spec}, supports_check_mode=True, **constraints)
    module.no_log_values.update(credentials.secrets(os.environ))
    budget = Budget(module.params["wait_timeout"])
    session = Session(Cloud(module.params, budget), budget, module.warn)
    try:
        load("cryptography", "cryptography.x509")
        if not module.check_mode:
            _refuse_placeholders({name: module.params[name] for name in spec})
        tags.check(module.params.get("tags"))
        result = ensure(session, module.params, not module.check_mode)
    except PkiError as error:
        module.fail_json(msg=str(error), code=error.code)
    except ModuleError as error:
        module.fail_json(**error.report())
    except OSError as error:
        told = of_a_file(error)
        module.fail_json(msg=f"{told} What was written so far is complete; run it again.", code=told.code)
    if not module._diff:
        result.pop("diff", None)
    for warning in result.pop("warnings", []):
        module.warn(warning)
    if failures := result.get("failures"):
        codes = {each["code"] for each in failures}
        more = f" And {len(failures) - 5} more: see failures." if len(failures) > 5 else ""
        text = " ".join(f"{each['name']}: {each['message']}" for each in failures[:5])
        module.fail_json(msg=text + more, code=codes.pop() if len(codes) == 1 else "several", **result)
    module.exit_json(**result)
    raise AssertionError("exit_json returned")


def _refuse_placeholders(given: Object) -> None:
    if unknown := [name for name, value in given.items() if holds_unknown(value)]:
        raise ModuleError(
            f"{', '.join(unknown)}: {KNOWN_AFTER_APPLY} stands for a value that only check mode does without.",
            "Give the real value; a result registered in check mode does not have it.",
        )


def ensure_server(session: Session, params: Params, write: bool) -> Object:
    """Do what ``pca_server_certificate`` does."""
    if params["certificate_centre"] and params["key_source"] != "service":
        raise PkiError(
            "contradiction",
            "certificate_centre takes key_source: service, as the service needs the private key. With a key of this"
            " host, give the files to the module alicloud.mtls.cas_certificate.",
        )
    batch = Batch(session, params, write, lambda ca: [options.server(params, ca)])
    leaving = params["state"] != "present"
    result = withdraw(batch, session, params, write) if leaving else batch.ensure(content=True)
    for failure in result.pop("failures"):
        raise PkiError(failure["code"], failure["message"])
    certificate = result.pop("certificates")[0]
    result |= {"certificate": certificate, "reasons": certificate.get("reasons", [])}
    if params["certificate_centre"] and not leaving:
        copied, stored = centre.ensure(session, certificate, write)
        result |= {"changed": result["changed"] or copied, "stored_certificate": stored}
    return result


def ensure_clients(session: Session, params: Params, write: bool) -> Object:
    """Do what ``pca_client_certificate`` does."""

    def wants(ca: t.Any) -> list[options.Wanted | PkiError]:
        found: list[options.Wanted | PkiError] = []
        for own in params["clients"]:
            try:
                found.append(options.client(params, own, ca))
            except PkiError as error:
                found.append(error)
        return found

    batch = Batch(session, params, write, wants)
    if params["state"] != "present":
        result = withdraw(batch, session, params, write)
    else:
        content = params["return_content"]
        result = batch.ensure(len(params["clients"]) <= _MANY if content is None else content)
    for failure in result["failures"]:
        failure["name"] = params["clients"][failure["position"]]["name"]
    return result
