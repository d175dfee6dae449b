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
from .._core.module import CONNECTION, refuse_placeholders
from .._core.retries import Budget
from .._core.session import Session
from .._core.values import Object
from .._pki.module import finish
from . import options

Ensure = Callable[[Session, Mapping[str, t.Any], bool], Object]


def run(spec: options.Spec, ensure: Ensure, **constraints: t.Any) -> t.NoReturn:
    """Call ``ensure`` with the parameters and whether it may write; hand its result or its error to Ansible.

    ``spec`` and ``constraints`` are AnsibleModule's.
    """
    # Without wait and dry_run_check: everything is done when the service answers, and it has no dry run.
    module = AnsibleModule(argument_spec={**CONNECTION, **spec}, supports_check_mode=True, **constraints)
    module.no_log_values.update(credentials.secrets(os.environ))

    def operation() -> Object:
        if not module.check_mode:
            refuse_placeholders(module.params, spec)
        tags.check(module.params.get("tags"))
        budget = Budget(module.params["wait_timeout"])
        session = Session(Cloud(module.params, budget), budget, module.warn)
        return ensure(session, module.params, not module.check_mode)

    finish(module, operation)
