# SPDX-License-Identifier: GPL-3.0-or-later
"""Planning depends on the options and on what was found, on nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.acl import Acl
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.listener import Listener
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.load_balancer import LoadBalancer
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.rule import Rule
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.security_policy import SecurityPolicy
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.server_group import ServerGroup
from ansible_collections.alicloud.mtls.plugins.module_utils._core.resource import Found, Resource
from ansible_collections.alicloud.mtls.plugins.module_utils._core.values import KNOWN_AFTER_APPLY
from ansible_collections.alicloud.mtls.plugins.module_utils._dns.record import Record
from ansible_collections.alicloud.mtls.plugins.module_utils._uploads.ca_certificate import StoredAuthority
from ansible_collections.alicloud.mtls.plugins.module_utils._uploads.server_certificate import StoredCertificate

from tests.unit.fakes.cloud import Cloud
from tests.unit.fakes.options import defaults
from tools.parameters import options_of

RULE: dict[str, Any] = {
    "priority": 1,
    "conditions": [{"path": ["/"]}],
    "actions": [{"fixed_response": {"code": 200, "content_type": None, "content": None}}],
}
CASES: dict[str, tuple[type[Resource], dict[str, Any]]] = {
    "alb_acl": (Acl, {"entries": [{"entry": "10.0.0.1", "description": None}]}),
    "alb_listener": (Listener, {"port": 443, "server_group_id": "sgp-1", "load_balancer_name": "shop"}),
    "alb_load_balancer": (
        LoadBalancer,
        {"vpc_id": "vpc-1", "zone_mappings": [{"zone_id": "z-1", "vswitch_id": "v-1"}]},
    ),
    "alb_rule": (Rule, RULE),
    "alb_security_policy": (SecurityPolicy, {"tls_versions": ["TLSv1.2"], "ciphers": ["AES128-SHA"]}),
    "alb_server_group": (ServerGroup, {"vpc_id": "vpc-1", "servers": [{"server_id": "i-1", "port": 80}]}),
    "dns_record": (Record, {"domain": "example.com", "rr": "www", "value": "a.example.org"}),
    "cas_ca_certificate": (StoredAuthority, {"repository": "shop", "create_repository": True}),
    "cas_certificate": (StoredCertificate, {"private_key": "x"}),
}


@pytest.mark.parametrize("module", CASES)
def test_planning_reads_nothing_and_leaves_nothing(module: str) -> None:
    kind, needed = CASES[module]
    params = {**defaults(options_of(module)), "name": "shop", **needed}
    cloud = Cloud()
    resource = kind(params, cloud.session())
    before = dict(vars(resource))
    existing = {**dict.fromkeys(kind.names, KNOWN_AFTER_APPLY), kind.id_name: "x-1"}
    for found in (Found(), Found(existing)):
        first, second = ([action.name for action in resource.present(found)] for _time in range(2))
        assert first == second
        assert found.object is not None or first
    assert [action.deletes for action in resource.absent(Found(existing))][-1]
    assert resource.absent(Found()) == []
    assert vars(resource) == before
    assert cloud.calls == []
