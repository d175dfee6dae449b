# SPDX-License-Identifier: GPL-3.0-or-later
"""Which private CA is meant, whether it can issue, and what is above it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError
from ansible_collections.alicloud.mtls.plugins.module_utils._pca import authority

from sandbox.tests.world import Issued, issue
from tests.unit.fakes.cloud import Cloud

Facts = dict[str, Any]
ROOT = issue("root", ca=True)
SUB = issue("clients", ROOT, ca=True)
ALONE = issue("alone", ca=True)
NOW = datetime.now(UTC)


def facts(of: Issued, identifier: str, **changes: Any) -> Facts:
    found = {
        "Identifier": identifier,
        "CommonName": "clients",
        "CertificateType": "SUB_ROOT",
        "Status": "ISSUE",
        "Algorithm": "ECC",
        "CertRemainingCount": 3,
        "X509Certificate": of.pem,
    }
    return {**found, **changes}


def world(*cas: Facts, instances: list[Facts] | None = None) -> Cloud:
    by_id = {item["Identifier"]: item for item in cas}
    return Cloud(
        DescribeCACertificateList=lambda _params: {"CertificateList": list(cas), "TotalCount": len(cas)},
        DescribeCACertificate=lambda params: {"Certificate": by_id.get(params["Identifier"])},
        GetCAInstanceStatus=lambda _params: {"InstanceStatusList": instances or []},
    )


def chosen(cloud: Cloud, identifier: str | None = None, name: str | None = None) -> authority.PrivateCa:
    return authority.chosen(cloud.session(), {"ca_id": identifier, "ca_name": name})


def test_by_identifier_and_by_name() -> None:
    cloud = world(facts(SUB, "sub", CaCertChain=SUB.pem + ROOT.pem), facts(ALONE, "old", Status="REVOKE"))
    assert chosen(cloud, identifier="old").identifier == "old"
    assert chosen(cloud, name="clients").identifier == "sub"  # one that is revoked does not count


def test_none_and_several() -> None:
    cloud = world(facts(SUB, "one"), facts(ALONE, "two"))
    with pytest.raises(RefusedError, match=r"2 private CAs are called 'clients': one, two"):
        chosen(cloud, name="clients")
    with pytest.raises(RefusedError, match="ca_name 'nobody': the account has no such private CA"):
        chosen(cloud, name="nobody")
    with pytest.raises(RefusedError, match="ca_id 'three': the account has no such private CA"):
        chosen(cloud, identifier="three")


@pytest.mark.parametrize(
    ("text", "parent"),
    [
        (SUB.pem + ROOT.pem, None),
        (ROOT.pem + SUB.pem, None),
        (ROOT.pem, None),
        (ALONE.pem + ROOT.pem, None),
        ("", "root"),
        ("no certificate", "root"),
    ],
)
def test_the_chain_is_put_in_order(text: str, parent: str | None) -> None:
    """However CaCertChain has it, and from the CA above when it has nothing."""
    sub = facts(SUB, "sub", CaCertChain=text, ParentIdentifier=parent)
    found = chosen(world(sub, facts(ROOT, "root", CertificateType="ROOT")), identifier="sub")
    assert found.chain == (SUB.certificate, ROOT.certificate)


def test_a_chain_that_is_not_known_ends() -> None:
    found = chosen(world(facts(SUB, "sub", CaCertChain=ALONE.pem, ParentIdentifier="gone")), identifier="sub")
    assert found.chain == (SUB.certificate,)


USED = {"Identifier": "sub", "Status": "USED", "UseExpireTime": int((NOW.timestamp() + 86400) * 1000)}


@pytest.mark.parametrize(
    ("changes", "instance", "later", "message"),
    [
        ({"CertificateType": "ROOT"}, USED, 0, "is a root CA"),
        ({"Status": "REVOKE"}, USED, 0, "has the status REVOKE"),
        ({"CertRemainingCount": 1}, USED, 0, "has 1 certificates left, and 2 are needed"),
        ({"CertRemainingCount": None}, USED, 0, "has 0 certificates left"),
        ({}, {**USED, "UseExpireTime": 1_000}, 0, r"The subscription of .* has ended at 1970-01-01T00:00:01Z"),
        ({}, USED, 3, "has expired at"),
    ],
)
def test_a_ca_that_cannot_issue(changes: Facts, instance: Facts, later: int, message: str) -> None:
    found = chosen(world(facts(SUB, "sub", **changes), instances=[instance]), identifier="sub")
    with pytest.raises(RefusedError, match=message) as refused:
        found.check_can_issue(2, NOW + timedelta(days=later))
    assert refused.value.hint


@pytest.mark.parametrize("instances", [[USED], [], [{**USED, "Identifier": "other", "UseExpireTime": 1}]])
def test_a_ca_that_can(instances: list[Facts]) -> None:
    found = chosen(world(facts(SUB, "sub"), instances=instances), identifier="sub")
    found.check_can_issue(3, NOW)
    assert found.describe()["certificates_left"] == 3
