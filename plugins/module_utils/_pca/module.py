# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame of the modules that call the cloud and write files of certificates. Private to this collection."""

from __future__ import annotations

import os
import typing as t
from collections.abc import Callable, Mapping

from .._arguments.module import AnsibleModule
from .._core import credentials, tags
from .._core.client import Cloud
from .._core.errors import ModuleError
from .._core.module import COMMON
from .._core.retries import Budget
from .._core.session import Session
from .._core.values import KNOWN_AFTER_APPLY, Object, holds_unknown
from .._pki.storage import files
from .._x509 import package
from . import options

Ensure = Callable[[Session, Mapping[str, t.Any], bool], Object]

# Everything is done when the service answers, and it has no dry run.
_OF_OTHER_SERVICES = ("wait", "dry_run_check")


def run(spec: options.Spec, ensure: Ensure, **constraints: t.Any) -> t.NoReturn:
    """Call ``ensure`` with the parameters and whether it may write; hand its result or its error to Ansible.

    ``spec`` and ``constraints`` are AnsibleModule's.
    """
    common = {option: kind for option, kind in COMMON.items() if option not in _OF_OTHER_SERVICES}
    module = AnsibleModule(argument_spec={**common, **spec}, supports_check_mode=True, **constraints)
    module.no_log_values.update(credentials.secrets(os.environ))
    budget = Budget(module.params["wait_timeout"])
    session = Session(Cloud(module.params, budget), budget, module.warn)
    try:
        package.check()
        if not module.check_mode:
            _refuse_placeholders({option: module.params[option] for option in spec})
        tags.check(module.params.get("tags"))
        result = ensure(session, module.params, not module.check_mode)
    except ModuleError as error:
        module.fail_json(**error.report())
    except OSError as error:
        known = files.file_error(error)
        known.hint = "What was written so far is complete: run it again when that is corrected."
        module.fail_json(**known.report())
    if not module._diff:
        result.pop("diff", None)
    for warning in result.pop("warnings", []):
        module.warn(warning)
    if failures := result.get("failures"):
        module.fail_json(**_failure(failures), **result)
    module.exit_json(**result)
    raise AssertionError("exit_json returned")


def _refuse_placeholders(given: Object) -> None:
    if unknown := [name for name, value in given.items() if holds_unknown(value)]:
        raise ModuleError(
            f"{', '.join(unknown)}: {KNOWN_AFTER_APPLY} stands for a value that only check mode does without.",
            "Give the real value; a result registered in check mode does not have it.",
        )


def _failure(failures: list[dict[str, str]], listed: int = 5) -> Object:
    """Return message and code for the clients that failed."""
    codes = {item["code"] for item in failures}
    more = f" And {len(failures) - listed} more: see failures." if len(failures) > listed else ""
    text = " ".join(f"{item['name']}: {item['message']}" for item in failures[:listed])
    return {"msg": text + more, "code": codes.pop() if len(codes) == 1 else "several"}
