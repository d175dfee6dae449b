# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever the options are: either they are refused, or a second run has nothing left to do."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.acl import Acl
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.listener import Listener
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.load_balancer import LoadBalancer
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.security_policy import SecurityPolicy
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.server_group import ServerGroup
from ansible_collections.alicloud.mtls.plugins.module_utils._core.engine import Engine, Outcome
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._core.resource import Resource
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tests.unit.fakes.options import defaults, values
from tests.unit.fakes.service import Service
from tools.parameters import options_of

SETTINGS = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
CERTIFICATES = [f"{number}-cn-hangzhou" for number in (1, 2, 3)]
POOLS: dict[str, list[Any]] = {
    "acl_ids": ["acl-1", "acl-2", "acl-3", "acl-4"],
    "additional_certificate_ids": [*CERTIFICATES, "3"],
    "address": ["10.0.0.1", "10.0.0.2"],
    "ca_certificate_ids": ["1efd3cac-e8c1-611d-b971-f96e5e432aba"],
    "certificate_ids": [*CERTIFICATES, "2"],
    "ciphers": ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"],
    "entry": ["10.0.0.1", "10.0.0.1/32", "10.9.9.9/8", "192.0.2.0/24"],
    "server_id": ["i-1", "eni-1"],
    "tls_versions": ["TLSv1.2"],
    "vpc_id": ["vpc-1"],
    "vswitch_id": ["v-1", "v-2"],
    "zone_id": ["z-1", "z-2"],
}
ZONES = [{"zone_id": "z-1", "vswitch_id": "v-1"}]
# Module: what runs, what a new one needs, and what is the same in all runs.
CASES: dict[str, tuple[type[Resource], dict[str, Any], dict[str, Any]]] = {
    "alb_acl": (Acl, {}, {"name": "shop", "listeners": None}),
    "alb_listener": (
        Listener,
        {"server_group_id": "sgp-1", "certificate_ids": CERTIFICATES[:1]},
        {"load_balancer_id": "alb-1", "load_balancer_name": None, "port": 443, "protocol": "https"},
    ),
    "alb_load_balancer": (
        LoadBalancer,
        {"zone_mappings": ZONES},
        {"name": "shop", "vpc_id": "vpc-1", "ip_version": "dual_stack"},
    ),
    "alb_security_policy": (
        SecurityPolicy,
        {"tls_versions": ["TLSv1.2"], "ciphers": POOLS["ciphers"]},
        {"name": "shop"},
    ),
    "alb_server_group": (ServerGroup, {}, {"name": "shop", "vpc_id": "vpc-1", "type": "instance", "protocol": "http"}),
}


def run(resource: type[Resource], params: dict[str, Any], service: Service, *, check: bool = False) -> Outcome:
    session = service.session()
    return Engine(resource({**params, "state": "present"}, session), session).run("present", check=check)


@pytest.mark.parametrize("module", CASES)
def test_a_second_run_has_nothing_to_do(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, needed, same = CASES[module]
    spec = options_of(module)
    none = {**defaults(spec), kind.id_name: None}
    drawn = {name: values(name, option, POOLS) for name, option in spec.items() if name not in (*same, kind.id_name)}
    del drawn["state"]
    anything = st.fixed_dictionaries({}, optional=drawn)
    monkeypatch.setattr(Listener, "_check_preconditions", lambda self, before, after: None)  # that has tests of its own

    @SETTINGS
    @given(created=anything, changed=anything, forgets=st.booleans())
    def holds(created: dict[str, Any], changed: dict[str, Any], forgets: bool) -> None:
        service = Service(forgets=forgets)
        for options in ({**needed, **created}, changed):
            params = {**none, **options, **same}
            try:
                planned = run(kind, params, service, check=True)
                done = run(kind, params, service)
            except RefusedError as error:
                event(f"refused: {error.message[:40]}")
                return
            assert planned.actions == done.actions
            if planned.before:  # of a new one, check mode knows what the user said
                assert _names(planned.after) == _names(done.after)
            again = run(kind, params, service)
            assert again.actions == []
            # What there was no reason to look at is not shown.
            assert {k: v for k, v in (again.object or {}).items() if v is not None}.items() <= (
                done.object or {}
            ).items()
            assert not [warning for warning in service.warnings if "does not report them yet" in warning]
        event("done")

    holds()


def _names(value: Any) -> Any:
    """The names in an object, without its values."""
    return {name: _names(inner) for name, inner in value.items()} if isinstance(value, dict) else None
