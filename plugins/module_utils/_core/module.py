# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all cloud modules have in common: options, one call of the engine, one form of result.

The options are documented in the fragment ``alicloud.mtls.alicloud``. Private to this collection.
"""

from __future__ import annotations

import os
import typing as t

from ansible.module_utils.basic import env_fallback

from .._arguments.module import AnsibleModule
from . import credentials, names, tags
from .client import Cloud
from .engine import Engine, Outcome
from .errors import ModuleError
from .products import PRODUCTS
from .resource import Resource
from .retries import Budget
from .session import Session
from .values import KNOWN_AFTER_APPLY, Object, holds_unknown

Spec = dict[str, t.Any]


def _from(*environment: str) -> Spec:
    return {"type": "str", "fallback": (env_fallback, list(environment))}


CONNECTION: Spec = {
    # No fallbacks to the environment here: credentials.py takes all from one source.
    "access_key_id": {"type": "str"},
    "access_key_secret": {"type": "str", "no_log": True},
    "security_token": {"type": "str", "no_log": True},
    "profile": {"type": "str"},
    "region": _from("ALIBABA_CLOUD_REGION_ID", "ALICLOUD_REGION"),
    "endpoint": _from("ALICLOUD_MTLS_ENDPOINT"),
    "endpoints": {"type": "dict", "options": {product: {"type": "str"} for product in PRODUCTS}},
    "wait_timeout": {"type": "int", "default": 600},
}
COMMON: Spec = {
    **CONNECTION,
    "wait": {"type": "bool", "default": True},
    "dry_run_check": {"type": "bool", "default": False},
}

STATE: Spec = {"type": "str", "choices": ["present", "absent"], "default": "present"}
# For resources that others may use; documented in the fragment alicloud.mtls.alicloud.removal.
REMOVAL: Spec = {"removed_before": {"type": "list", "elements": "str"}}


def run(resource: type[Resource], options: Spec, **constraints: t.Any) -> None:
    """Run a module that manages one ``resource``; ``options`` and ``constraints`` are those of AnsibleModule."""
    module = AnsibleModule(argument_spec={**COMMON, **options}, supports_check_mode=True, **constraints)
    module.no_log_values.update(credentials.secrets(os.environ))
    try:
        if not module.check_mode:
            refuse_placeholders(module.params, options)
        names.check(resource.product, module.params, resource.name_kinds)
        tags.check(module.params.get("tags"))
        budget = Budget(module.params["wait_timeout"])
        session = Session(Cloud(module.params, budget), budget, module.warn)
        engine = Engine(resource(module.params, session), session, wait=module.params["wait"])
        outcome = engine.run(module.params["state"], check=module.check_mode, dry_run=module.params["dry_run_check"])
    except ModuleError as error:
        module.fail_json(**error.report())
    answer = result(outcome, resource)
    if not module._diff:
        del answer["diff"]
    module.exit_json(**answer)


def result(outcome: Outcome, resource: type[Resource]) -> Object:
    """Return the result of the module for an ``outcome``."""
    name = outcome.before.get(resource.id_name) or "new"
    before, after = outcome.beside
    return {
        "changed": outcome.changed,
        resource.key: outcome.object,
        "actions": outcome.actions,
        "waited": outcome.waited,
        "diff": {
            "before_header": f"{resource.noun} {name}",
            "after_header": f"{resource.noun} {name}",
            "before": {**outcome.before, **before},
            "after": {**outcome.after, **after},
        },
        **outcome.extras,
    }


def refuse_placeholders(params: t.Mapping[str, t.Any], options: t.Iterable[str]) -> None:
    """Raise ModuleError if one of ``options`` holds a placeholder from check mode."""
    if unknown := [name for name in options if holds_unknown(params[name])]:
        raise ModuleError(
            f"{', '.join(unknown)}: {KNOWN_AFTER_APPLY} is a placeholder from check mode, not a value.",
            "Give the real value; a result that was registered in check mode does not have it.",
        )
