# SPDX-License-Identifier: GPL-3.0-or-later
"""Which versions of TLS and cipher suites a policy may have, and what the info module asks for."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.security_policy import check, information
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError

from tests.support.fakes import Cloud

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
    check(versions, ciphers)


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
        check(versions, ciphers)


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
    params = {"security_policy_ids": None, "names": None, "tags": None, "system": False}
    found = information(cloud.session(), params)["security_policies"]
    assert [policy["listeners"][0]["listener_id"] for policy in found] == [f"lsn-of-{name}" for name in ids]
    asked = [call["SecurityPolicyIds"] for call in cloud.named("ListSecurityPolicyRelations")]
    assert asked == [ids[:5], ids[5:]]


def test_more_filters_than_a_request_takes() -> None:
    cloud = Cloud(ListSecurityPolicies=lambda _params: {}, ListSystemSecurityPolicies=lambda _params: {})
    ids, names = [f"spy-{n}" for n in range(21)], [f"p{n}" for n in range(11)]
    params = {"security_policy_ids": ids, "names": names, "tags": None, "system": True}
    assert information(cloud.session(), params) == {"security_policies": []}
    asked = cloud.named("ListSecurityPolicies")
    assert [(len(each["SecurityPolicyIds"]), len(each["SecurityPolicyNames"])) for each in asked] == [
        (20, 10),
        (20, 1),
        (1, 10),
        (1, 1),
    ]
    assert cloud.named("ListSystemSecurityPolicies") == []  # those have no names that one could ask for
