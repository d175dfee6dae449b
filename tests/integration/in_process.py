# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules of the collection run to their end in this process, with the real AnsibleModule: no playbook, no fork."""

from __future__ import annotations

import importlib
import io
import json
from contextlib import redirect_stdout
from typing import Any

import pytest
from alicloud_sandbox.testing import Sandbox
from ansible.module_utils import basic


def run(box: Sandbox, module: str, *, check: bool = False, **arguments: Any) -> dict[str, Any]:
    """Return the result of ``module`` against the sandbox.

    ``warned`` in it are its warnings, ``output`` is all that was printed and logged.

    Arguments that are None are left out.
    """
    logged: list[str] = []
    warned: list[str] = []
    account = {"endpoint": box.endpoint, "access_key_id": box.access_key_id, "access_key_secret": box.access_key_secret}
    internal = {"_ansible_check_mode": check, "_ansible_diff": True, "_ansible_module_name": module}
    given = {
        **account,
        "region": "cn-hangzhou",
        **{name: value for name, value in arguments.items() if value is not None},
        **internal,
    }
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": given}).encode())
        patch.setattr(basic, "_ANSIBLE_PROFILE", "legacy")
        patch.setattr(basic.AnsibleModule, "log", lambda _self, msg, log_args=None: logged.append(f"{msg} {log_args}"))
        patch.setattr(basic.AnsibleModule, "warn", lambda _self, warning, **_more: warned.append(warning))
        main = importlib.import_module(f"ansible_collections.alicloud.mtls.plugins.modules.{module}").main
        with redirect_stdout(printed), pytest.raises(SystemExit):
            main()
    text = printed.getvalue()
    result: dict[str, Any] = json.loads(text.strip().splitlines()[-1])
    return {**result, "warned": warned, "output": text + "\n".join([*logged, *warned])}
