# SPDX-License-Identifier: GPL-3.0-or-later
"""Which versions of TLS and cipher suites a policy may have, and what the info module asks for."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.information import security_policies
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.security_policy import (
    SecurityPolicy,
    check,
)
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._core.resource import Found

from tests.unit.fakes.cloud import Cloud

GCM, SHA1, TLS13 = "ECDHE-RSA-AES128-GCM-SHA256", "AES128-SHA", "TLS_AES_128_GCM_SHA256"


@pytest.mark.parametrize(
    ("versions", "ciphers"),
    [
        (["TLSv1.2"], [GCM]),
        (["TLSv1.2", "TLSv1.3"], [GCM, TLS13]),
        (["TLSv1.0", "TLSv1.1", "TLSv1.2"], [SHA1]),
        ("(known after apply)", [GCM]),
    ],
)
def test_what_goes_together(versions: Any, ciphers: Any) -> None:
    check({"tls_versions": versions, "ciphers": ciphers})


@pytest.mark.parametrize(
    ("versions", "ciphers", "message"),
    [
        ([], [GCM], "tls_versions is empty"),
        (["TLSv1.2"], [], "ciphers is empty"),
        (["TLSv1.2"], ["RC4-MD5"], "no cipher suite RC4-MD5"),
        (["TLSv1.2"], [GCM, TLS13], f"none of TLSv1.2 has {TLS13}"),
        (["TLSv1.0", "TLSv1.1"], [SHA1, GCM], f"none of TLSv1.0, TLSv1.1 has {GCM}"),
        (["TLSv1.2", "TLSv1.3"], [GCM], "no cipher suite of TLSv1.3"),
        (["TLSv1.0", "TLSv1.2"], [GCM], "no cipher suite of TLSv1.0"),
    ],
)
def test_what_does_not(versions: list[str], ciphers: list[str], message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        check({"tls_versions": versions, "ciphers": ciphers})


def test_relations_are_asked_for_in_parts() -> None:
    ids = [f"spy-{n}" for n in range(7)]
    cloud = Cloud(
        ListSecurityPolicies=lambda _params: {"SecurityPolicies": [{"SecurityPolicyId": name} for name in ids]},
        ListSecurityPolicyRelations=lambda params: {
            "SecrityPolicyRelations": [
                {"SecurityPolicyId": name, "RelatedListeners": [{"ListenerId": f"lsn-of-{name}", "ListenerPort": 443}]}
                for name in params["SecurityPolicyIds"]
            ]
        },
    )
    params = {"security_policy_ids": None, "names": None, "resource_group_id": None, "tags": None, "system": False}
    found = security_policies(cloud.session(), params)["security_policies"]
    assert [policy["listeners"][0]["listener_id"] for policy in found] == [f"lsn-of-{name}" for name in ids]
    asked = [call["SecurityPolicyIds"] for call in cloud.named("ListSecurityPolicyRelations")]
    assert asked == [ids[:5], ids[5:]]


def test_information_about_more_policies_than_a_request_takes() -> None:
    cloud = Cloud(ListSecurityPolicies=lambda params: {}, ListSecurityPolicyRelations=lambda params: {})
    params = {"security_policy_ids": None, "resource_group_id": "rg-1", "tags": None, "system": True}
    assert security_policies(cloud.session(), {**params, "names": [f"p{n}" for n in range(25)]}) == {
        "security_policies": []
    }
    asked = cloud.named("ListSecurityPolicies")
    assert [len(each["SecurityPolicyNames"]) for each in asked] == [10, 10, 5]
    assert {each["ResourceGroupId"] for each in asked} == {"rg-1"}


def test_another_resource_group() -> None:
    current: dict[str, Any] = {
        **dict.fromkeys(SecurityPolicy.names),
        "security_policy_id": "tls-1",
        "resource_group_id": "rg-1",
        "tags": {},
    }
    options = {**dict.fromkeys(SecurityPolicy.names), "resource_group_id": "rg-2", "purge_tags": False}
    (move,) = SecurityPolicy(options, Cloud().session()).present(Found(current))
    assert (move.operation, move.params["ResourceType"]) == ("MoveResourceGroup", "securitypolicy")
