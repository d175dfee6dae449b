# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules of the collection run to their end in this process, with the real AnsibleModule: no playbook, no fork."""

from __future__ import annotations

from typing import Any

import pytest
from alicloud_sandbox.testing import Sandbox
from ansible.module_utils import basic

from tests.unit.fakes.running import executed


def run(box: Sandbox, module: str, *, check: bool = False, **arguments: Any) -> dict[str, Any]:
    """Return the result of ``module`` against the sandbox.

    ``warned`` in it are its warnings, ``output`` is all that was printed and logged.

    Arguments that are None are left out.
    """
    warned: list[str] = []
    account = {"endpoint": box.endpoint, "access_key_id": box.access_key_id, "access_key_secret": box.access_key_secret}
    internal = {"_ansible_check_mode": check, "_ansible_diff": True}
    given = {
        **account,
        "region": "cn-hangzhou",
        **{name: value for name, value in arguments.items() if value is not None},
        **internal,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(basic.AnsibleModule, "warn", lambda _self, warning, **_more: warned.append(warning))
        result, output = executed(module, given, patch)
    return {**result, "warned": warned, "output": "\n".join([output, *warned])}
