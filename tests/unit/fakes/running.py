# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules of the collection up to where their arguments are accepted, with the real AnsibleModule, in this process."""

from __future__ import annotations

import importlib
import io
import json
import pkgutil
from contextlib import redirect_stdout
from typing import Any

import ansible_collections.alicloud.mtls.plugins.modules as package
import pytest
from ansible.module_utils import basic
from ansible_collections.alicloud.mtls.plugins.module_utils._core import info
from ansible_collections.alicloud.mtls.plugins.module_utils._core import module as core
from ansible_collections.alicloud.mtls.plugins.module_utils._pca import module as pca
from ansible_collections.alicloud.mtls.plugins.module_utils._pki import module as pki
from ansible_collections.alicloud.mtls.plugins.module_utils._probe import module as probe

MODULES = sorted(found.name for found in pkgutil.iter_modules(package.__path__))
ACCEPTED = "accepted"


class _TakenError(Exception):
    """Carries the class of what a module makes of its arguments, and the argument specification."""


def main_of(module: str) -> Any:
    return importlib.import_module(f"ansible_collections.alicloud.mtls.plugins.modules.{module}").main


def constructed(module: str) -> tuple[type, dict[str, Any]]:
    """The class of the object that ``module`` makes of its arguments, and the argument specification it gives it."""

    def take(self: Any, argument_spec: dict[str, Any], **_more: Any) -> None:
        raise _TakenError(type(self), argument_spec)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(basic.AnsibleModule, "__init__", take)
        with pytest.raises(_TakenError) as taken:
            main_of(module)()
    kind, spec = taken.value.args
    return kind, spec


def run(module: str, arguments: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """What ``module`` returns for ``arguments``, and everything that it has printed and logged.

    It ends where its work would begin: ``msg`` is ACCEPTED then.
    """

    def accepted(made: Any, *_ignored: Any) -> None:
        made.exit_json(msg=ACCEPTED)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pki, "run", accepted)
        patch.setattr(probe, "run", accepted)
        for frame in (core, info, pca):
            real = frame.AnsibleModule
            patch.setattr(frame, "AnsibleModule", lambda real=real, **options: accepted(real(**options)))
        return executed(module, {"_ansible_check_mode": True, "_ansible_verbosity": 4, **arguments}, patch)


def executed(module: str, arguments: dict[str, Any], patch: pytest.MonkeyPatch) -> tuple[dict[str, Any], str]:
    """Run ``module`` to its end. Return its result, and everything that it has printed and logged."""
    logged: list[str] = []
    given = {"ANSIBLE_MODULE_ARGS": {"_ansible_module_name": module, **arguments}}
    patch.setattr(basic, "_ANSIBLE_ARGS", json.dumps(given).encode())
    patch.setattr(basic, "_ANSIBLE_PROFILE", "legacy")
    patch.setattr(basic.AnsibleModule, "log", lambda _self, msg, log_args=None: logged.append(f"{msg} {log_args}"))
    printed = io.StringIO()
    with redirect_stdout(printed), pytest.raises(SystemExit):
        main_of(module)()
    text = printed.getvalue()
    result: dict[str, Any] = json.loads(text.strip().splitlines()[-1])
    return result, text + "\n".join(logged)
