# SPDX-License-Identifier: GPL-3.0-or-later
"""Which requests make a load balancer as wanted."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._alb import fields
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.load_balancer import LoadBalancer
from ansible_collections.alicloud.mtls.plugins.module_utils._core.engine import Found
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._core.values import decode

from tests.support.fakes import Cloud

THERE = {
    "LoadBalancerId": "alb-1",
    "LoadBalancerName": "shop",
    "LoadBalancerEdition": "Standard",
    "AddressType": "Internet",
    "AddressIpVersion": "IPv4",
    "ResourceGroupId": "rg-1",
    "ModificationProtectionConfig": {"Status": "NonProtection"},
}
LOGGED = {**THERE, "AccessLogConfig": {"LogProject": "logs", "LogStore": "shop"}}
LOG = {"LogProject": "logs", "LogStore": "shop"}
ON, OFF = "EnableLoadBalancerAccessLog", "DisableLoadBalancerAccessLog"


def plan(there: dict[str, Any] | None, **options: Any) -> list[tuple[str, dict[str, Any]]]:
    """Operations with their parameters, without the id."""
    none = dict.fromkeys([*LoadBalancer.names, "tags"])
    resource = LoadBalancer({**none, "purge_tags": False, "state": "present", **options}, Cloud().session())
    found = Found(decode(fields.LOAD_BALANCER, there) if there else None)
    actions = resource.present(found)
    hidden = ("LoadBalancerId", "ResourceId", "ResourceType")
    return [(a.operation, {k: v for k, v in a.params.items() if k not in hidden}) for a in actions]


@pytest.mark.parametrize(
    ("there", "options", "expected"),
    [
        (THERE, {"access_log": {"enabled": False}}, []),
        (THERE, {"access_log": {"project": "logs", "store": "shop"}}, [(ON, LOG)]),
        (LOGGED, {"access_log": {"project": "logs", "store": "shop"}}, []),
        (LOGGED, {"access_log": {"store": "other"}}, [(OFF, {}), (ON, {**LOG, "LogStore": "other"})]),
        (LOGGED, {"access_log": {"enabled": False, "project": "logs"}}, [(OFF, {})]),
        (THERE, {"address_type": "intranet"}, [("UpdateLoadBalancerAddressTypeConfig", {"AddressType": "Intranet"})]),
        (THERE, {"resource_group_id": "rg-2"}, [("MoveResourceGroup", {"NewResourceGroupId": "rg-2"})]),
        (THERE, {"modification_protection": {"enabled": False, "reason": "why"}}, []),
        (
            THERE,
            {"modification_protection": {"reason": "why"}},
            [
                (
                    "UpdateLoadBalancerAttribute",
                    {"ModificationProtectionConfig": {"Status": "ConsoleProtection", "Reason": "why"}},
                )
            ],
        ),
    ],
)
def test_update(there: dict[str, Any], options: dict[str, Any], expected: list[Any]) -> None:
    assert plan(there, **options) == expected


def test_create_with_a_log() -> None:
    new = {"name": "shop", "vpc_id": "vpc-1", "zone_mappings": [{"zone_id": "z", "vswitch_id": "v"}]}
    (create, _params), log = plan(None, **new, access_log={"project": "logs", "store": "shop"})
    assert (create, log) == ("CreateLoadBalancer", (ON, LOG))


@pytest.mark.parametrize(
    ("options", "words"),
    [({"access_log": {"project": "logs"}}, "access_log needs store"), ({"ip_version": "dual_stack"}, "ip_version")],
)
def test_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        plan(THERE, **options)


PROTECTED = {**THERE, "DeletionProtectionConfig": {"Enabled": True}}


@pytest.mark.parametrize(
    ("there", "protection", "operations"),
    [
        (THERE, None, ["DeleteLoadBalancer"]),
        (THERE, True, ["DeleteLoadBalancer"]),
        (PROTECTED, False, ["DisableDeletionProtection", "DeleteLoadBalancer"]),
        (PROTECTED, None, None),
        (PROTECTED, True, None),
    ],
)
def test_protection_against_deletion(there: dict[str, Any], protection: bool | None, operations: Any) -> None:
    resource = LoadBalancer({"deletion_protection": protection}, Cloud().session())
    found = Found(decode(fields.LOAD_BALANCER, there))
    if operations is None:
        with pytest.raises(RefusedError, match="alb-1 is protected") as caught:
            resource.absent(found)
        assert "deletion_protection: false" in caught.value.hint
        return
    assert [action.operation for action in resource.absent(found)] == operations


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        ("Basic", "standard", ""),
        ("Basic", "standard_with_waf", ""),
        ("StandardWithWaf", "standard", ""),
        ("Standard", "standard_with_waf", "warned"),
        ("Standard", "basic", "refused"),
        ("StandardWithWaf", "basic", "refused"),
    ],
)
def test_ways_between_editions(before: str, after: str, outcome: str) -> None:
    cloud = Cloud()
    resource = LoadBalancer({}, cloud.session())
    found = Found(decode(fields.LOAD_BALANCER, {**THERE, "LoadBalancerEdition": before}))
    wanted = {**(found.object or {}), "zone_mappings": [{}], "edition": after}
    if outcome == "refused":
        with pytest.raises(RefusedError, match="cannot go back"):
            resource.guard(found, wanted)
        return
    resource.guard(found, wanted)
    assert bool(cloud.warnings) == (outcome == "warned")
