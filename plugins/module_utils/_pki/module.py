# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame of the modules that work with certificates. Private to this collection."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

from .._arguments.module import AnsibleModule
from .._core.errors import ModuleError
from .._x509 import package
from .operations import BY_MODULE
from .storage import files


def run(module: AnsibleModule, name: str) -> t.NoReturn:
    """Run the operation of the module ``name``, and hand its result or its error to Ansible."""
    finish(module, lambda: BY_MODULE[name](module.params, not module.check_mode))


def finish(module: AnsibleModule, operation: Callable[[], dict[str, t.Any]]) -> t.NoReturn:
    """Call ``operation``, and hand its result or its error to Ansible.

    In the result, ``warnings`` are given to Ansible, and ``failures`` make the task fail with all else in it.
    """
    try:
        package.check()
        result = operation()
    except ModuleError as error:
        module.fail_json(**error.report())
    except OSError as error:
        known = files.file_error(error)
        known.hint = "What was written so far is complete: run it again when that is corrected."
        module.fail_json(**known.report())
    if not module._diff:
        result.pop("diff", None)
    for warning in (*result.pop("warnings", []), *files.take_warnings()):
        module.warn(warning)
    if failures := result.get("failures"):
        module.fail_json(msg=_summary(failures), code=_code(failures), **result)
    module.exit_json(**result)
    raise AssertionError("exit_json returned")


def _summary(failures: t.Sequence[t.Mapping[str, str]], listed: int = 5) -> str:
    more = f" And {len(failures) - listed} more: see failures." if len(failures) > listed else ""
    return " ".join(f"{item['name']}: {item['message']}" for item in failures[:listed]) + more


def _code(failures: t.Sequence[t.Mapping[str, str]]) -> str:
    codes = {item["code"] for item in failures}
    return codes.pop() if len(codes) == 1 else "several"
