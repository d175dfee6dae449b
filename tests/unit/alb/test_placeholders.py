# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode for a resource that an earlier task would make: every option, against an id that is not known yet."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.acl import Acl
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.listener import Listener
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.load_balancer import LoadBalancer
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.security_policy import SecurityPolicy
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.server_group import ServerGroup
from ansible_collections.alicloud.mtls.plugins.module_utils._core.engine import Engine, Outcome
from ansible_collections.alicloud.mtls.plugins.module_utils._core.resource import Resource
from ansible_collections.alicloud.mtls.plugins.module_utils._core.values import KNOWN_AFTER_APPLY

from tests.unit.fakes.cloud import Cloud, error
from tests.unit.fakes.options import defaults, sample
from tools.parameters import options_of

MODULES: dict[str, type[Resource]] = {
    "alb_acl": Acl,
    "alb_listener": Listener,
    "alb_load_balancer": LoadBalancer,
    "alb_security_policy": SecurityPolicy,
    "alb_server_group": ServerGroup,
}
FINDING = ("state", "load_balancer_name", "removed_before")  # how, not what


def refuse(params: dict[str, Any]) -> dict[str, Any]:
    raise error("Forbidden.RAM", 403)


def checked(module: str, params: dict[str, Any]) -> Outcome:
    resource = MODULES[module]
    # All that a guard may look at is what the option itself names.
    cloud = Cloud(
        **dict.fromkeys(
            ("DescribeWarehouseCert", "GetUserCertificateDetail", "ListServerGroups", "ListAclEntries"), refuse
        )
    )
    session = cloud.session()
    return Engine(resource({**params, resource.id_name: KNOWN_AFTER_APPLY}, session), session).run(
        "present", check=True
    )


@pytest.mark.parametrize("module", MODULES)
def test_every_option(module: str) -> None:
    spec = options_of(module)
    none = defaults(spec)
    assert not checked(module, none).changed
    for name, option in spec.items():
        if name in FINDING or name.startswith("purge_") or name == MODULES[module].id_name:
            continue
        value = sample(name, option)
        outcome = checked(module, {**none, name: value})
        assert outcome.changed or name in LEFT_ALONE, name
        assert outcome.object is not None


# Nothing is to be done about these, as far as one can tell.
LEFT_ALONE = ("load_balancer_id", "running", "vpc_id", "ip_version", "address_allocated_mode")


@pytest.mark.parametrize("module", MODULES)
def test_all_options_at_once(module: str) -> None:
    spec = options_of(module)
    given = {name: sample(name, option) for name, option in spec.items() if name not in FINDING}
    assert checked(module, {**defaults(spec), **given, **FITTING.get(module, {})}).changed


# Options whose sample values do not go together.
FITTING: dict[str, dict[str, Any]] = {
    "alb_listener": {"load_balancer_id": None, "protocol": "https"},
    "alb_security_policy": {"tls_versions": ["TLSv1.2"]},
}


def test_an_entry_that_is_not_known_yet() -> None:
    params = defaults(options_of("alb_acl"))
    entries = [{"entry": entry, "description": None} for entry in (KNOWN_AFTER_APPLY, "10.0.0.1")]
    outcome = checked("alb_acl", {**params, "entries": entries})
    assert [each["entry"] for each in (outcome.object or {})["entries"]] == ["10.0.0.1", KNOWN_AFTER_APPLY]
