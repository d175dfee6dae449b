# SPDX-License-Identifier: GPL-3.0-or-later
"""Which repository is meant, by which of its ids, and when that cannot be told."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._cas import repository
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError, SeveralError

from tests.unit.fakes.cloud import Cloud

Row = tuple[int, str, str, str, int]  # number, own id, type, name, certificates


def world(*rows: Row, told: bool = True) -> Cloud:
    """``told``: whether certificates tell the own id of their repository."""

    def stored(params: dict[str, Any]) -> dict[str, Any]:
        row = next(row for row in rows if row[0] == params["WarehouseId"])
        items = [{"Identifier": f"c{number}", **({"WhInstanceId": row[1]} if told else {})} for number in range(row[4])]
        return {"CertList": items, "TotalCount": len(items)}

    return Cloud(
        ListCertWarehouse=lambda params: {
            "CertWarehouseList": [
                {"WhId": number, "InstanceId": f"sales{number}", "Type": kind, "Name": name}
                for number, _own, kind, name, _certificates in rows
                if params["Name"] in name
            ],
            "TotalCount": len(rows),
        },
        ListWarehouse=lambda params: {
            "Data": [{"WarehouseInstanceId": row[1], "WarehouseName": row[3], "WarehouseType": "x"} for row in rows]
        },
        ListCert=stored,
    )


def choose(cloud: Cloud, identity: str | None = None, state: str = "present") -> repository.Repository | None:
    options = {"repository": "shop", "repository_id": identity, "state": state}
    return repository.chosen(cloud.session(), options)


ONE: Row = (7, "cas-wh-uc-a", "uploadCA", "shop", 2)
OTHER: Row = (8, "cas-wh-uc-b", "uploadCA", "shop", 0)


def test_one_of_the_name_is_found_with_one_request() -> None:
    cloud = world(ONE, (9, "cas-wh-uc-c", "uploadCA", "shop-2", 0))
    found = choose(cloud)
    assert found
    assert (found.number, len(cloud.calls)) == (7, 1)


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("kind", ["uploadPCA", "aliyunPCA", "something new"])
def test_a_repository_of_another_kind(kind: str, state: str) -> None:
    cloud = world((7, "cas-wh-uc-a", kind, "shop", 1))
    if state == "absent":
        assert choose(cloud, state=state) is None, "nothing of ours can be in it, and it is not deleted"
        return
    with pytest.raises(RefusedError, match=f"of type {kind} and takes no uploaded CA certificates"):
        choose(cloud)


def test_one_of_the_right_kind_beside_one_of_another() -> None:
    found = choose(world((7, "cas-wh-uc-a", "aliyunPCA", "shop", 1), OTHER))
    assert found
    assert found.number == 8


@pytest.mark.parametrize("identity", ["8", "sales8", "cas-wh-uc-b"])
def test_two_of_the_name_are_told_apart_by_any_id(identity: str) -> None:
    with pytest.raises(SeveralError, match=r"cas-wh-uc-a \(number 7, 2 certificates\), cas-wh-uc-b \(number 8, 0 cert"):
        choose(world(ONE, OTHER))
    found = choose(world(ONE, OTHER), identity)
    assert found
    assert found.number == 8
    assert repository.own_id(world(ONE, OTHER).session(), "shop", found) == "cas-wh-uc-b"


def test_an_id_of_none_of_them() -> None:
    with pytest.raises(RefusedError, match=r"has the id 'cas-wh-uc-z'. Of this name: cas-wh-uc-a"):
        choose(world(ONE, OTHER), "cas-wh-uc-z")
    assert choose(world(ONE, OTHER), "cas-wh-uc-z", "absent") is None


def test_several_empty_ones_can_be_removed_by_their_own_ids() -> None:
    rows = [(number, f"cas-wh-uc-{number}", "uploadCA", "shop", 0) for number in (7, 8, 9)]
    found = choose(world(*rows), "cas-wh-uc-8", "absent")
    assert found
    assert repository.own_id(world(*rows).session(), "shop", found) == "cas-wh-uc-8"


def test_an_id_that_cannot_be_told_for_sure_is_not_guessed() -> None:
    cloud = world(ONE, (8, "cas-wh-uc-b", "uploadCA", "shop", 3), told=False)
    found = choose(cloud, "7")
    assert found
    with pytest.raises(RefusedError, match="does not report the id"):
        repository.own_id(cloud.session(), "shop", found)
    assert choose(cloud, "cas-wh-uc-a", "absent") is None
