# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all cloud modules that only read have in common. Private to this collection.

The options are documented in the fragment ``alicloud.mtls.alicloud.info``.
"""

from __future__ import annotations

import os
import typing as t
from collections.abc import Callable, Mapping

from .._arguments.module import AnsibleModule
from . import credentials
from .client import Cloud
from .errors import ModuleError
from .module import CONNECTION, Spec
from .retries import Budget
from .session import Session
from .values import Object


def run_info(read: Callable[[Session, Mapping[str, t.Any]], Object], options: Spec, **constraints: t.Any) -> None:
    """Run a module that returns the result of ``read``; ``options`` and ``constraints`` are those of AnsibleModule."""
    module = AnsibleModule(argument_spec={**CONNECTION, **options}, supports_check_mode=True, **constraints)
    module.no_log_values.update(credentials.secrets(os.environ))
    budget = Budget(module.params["wait_timeout"])
    session = Session(Cloud(module.params, budget), budget, module.warn)
    try:
        answer = read(session, module.params)
    except ModuleError as error:
        module.fail_json(**error.report())
    module.exit_json(changed=False, **answer)
