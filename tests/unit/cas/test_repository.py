# SPDX-License-Identifier: GPL-3.0-or-later
"""Which repository is meant, by which of its ids, and when that cannot be told."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._cas import repository
from ansible_collections.alicloud.mtls.plugins.module_utils._cas.ca_repository import CaRepository
from ansible_collections.alicloud.mtls.plugins.module_utils._cas.repository import TYPES
from ansible_collections.alicloud.mtls.plugins.module_utils._core.engine import Engine
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError, SeveralError

from tests.unit.fakes.cloud import Cloud
from tests.unit.fakes.options import defaults
from tools.parameters import options_of

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
                if params.get("Name", "") in name
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
    return repository.chosen(cloud.session(), repository.for_uploads(options))


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


class Service(Cloud):
    """A service with repositories that can be made and removed; the names of repositories need not be unique."""

    def __init__(self, *rows: Row) -> None:
        self.rows = list(rows)
        super().__init__(CreateWarehouse=self.create, DeleteWarehouse=self.delete)
        for operation in ("ListCertWarehouse", "ListWarehouse", "ListCert"):
            self.operations[operation] = partial(self.listed, operation)
        self.made: list[dict[str, Any]] = []

    def listed(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        return world(*self.rows).operations[operation](params)

    def create(self, params: dict[str, Any]) -> dict[str, Any]:
        self.made.append(params)
        kind = "uploadCA" if params["Type"] == "uploadedAuthorityCertificate" else "aliyunPCA"
        number = 20 + len(self.made)
        self.rows.append((number, f"cas-wh-{number}", kind, params["Name"], 0))
        return {"WarehouseInstanceId": f"cas-wh-{number}"}

    def delete(self, params: dict[str, Any]) -> dict[str, Any]:
        self.rows = [row for row in self.rows if row[1] != params["WarehouseInstanceId"]]
        return {}


def run(cloud: Service, *, check: bool = False, **options: Any) -> Any:
    params = {**defaults(options_of("cas_ca_repository")), **options}
    session = cloud.session()
    return Engine(CaRepository(params, session), session).run(params["state"], check=check)


@pytest.mark.parametrize(("kind", "sent"), TYPES.items())
def test_a_repository_of_every_type_is_made_once(kind: str, sent: str) -> None:
    cloud = Service()
    cloud.lost.add("CreateWarehouse")
    checked = run(cloud, check=True, name="shop", type=kind)
    assert cloud.made == []
    done = run(cloud, name="shop", type=kind)
    assert cloud.made == [{"Name": "shop", "Type": sent}]
    assert done.actions == checked.actions == ["create_warehouse"]
    assert {key: done.after[key] for key in ("name", "type", "certificates")} == {
        key: checked.after[key] for key in ("name", "type", "certificates")
    }
    assert (done.after["repository_id"], done.after["number"]) == ("cas-wh-21", 21)
    assert not run(cloud, name="shop", type=kind).changed


@pytest.mark.parametrize("identity", ["8", "sales8", "cas-wh-uc-b"])
def test_a_repository_is_found_by_any_id(identity: str) -> None:
    assert run(Service(ONE, OTHER), repository_id=identity).after["number"] == 8
    cloud = Service(ONE, OTHER)
    assert run(cloud, repository_id=identity, state="absent").actions == ["delete_warehouse"]
    assert cloud.rows == [ONE]
    assert not run(cloud, repository_id=identity, state="absent").changed
    with pytest.raises(RefusedError, match="no repository"):
        run(cloud, repository_id=identity)
    with pytest.raises(RefusedError, match="It is called 'shop'"):
        run(cloud, repository_id="7", name="other")
    with pytest.raises(RefusedError, match="is of type uploadCA, and not"):
        run(cloud, repository_id="7", type="ssl")


def test_an_id_that_belongs_to_one_of_two_empty_ones() -> None:
    """No answer says to which; it exists all the same, and can be removed."""
    twin: Row = (9, "cas-wh-uc-c", "uploadCA", "shop", 0)
    found = run(Service(OTHER, twin), repository_id="cas-wh-uc-c").after
    assert (found["repository_id"], found["number"]) == ("cas-wh-uc-c", None)
    cloud = Service(OTHER, twin)
    assert run(cloud, repository_id="cas-wh-uc-c", state="absent").changed
    assert cloud.rows == [OTHER]


def test_which_of_two_is_not_guessed() -> None:
    for state in ("present", "absent"):
        with pytest.raises(SeveralError, match="2 repositories called 'shop'"):
            run(Service(ONE, OTHER), name="shop", state=state)
    with pytest.raises(RefusedError, match="is empty"):
        run(Service(OTHER), repository_id=" ", state="absent")


@pytest.mark.parametrize(
    ("existing", "wanted"), [("aliyunPCA", "uploaded_ca"), ("uploadCA", "private_ca"), ("uploadCA", "ssl")]
)
def test_another_type_under_the_name_is_refused(existing: str, wanted: str) -> None:
    cloud = Service((7, "cas-wh-uc-a", existing, "shop", 0))
    with pytest.raises(RefusedError, match=f"is of type {existing}"):
        run(cloud, name="shop", type=wanted)
    assert not run(cloud, name="shop", type=wanted, state="absent").changed
    assert cloud.rows


@pytest.mark.parametrize("check", [True, False])
def test_a_repository_with_certificates_stays(check: bool) -> None:
    cloud = Service(ONE)
    with pytest.raises(RefusedError, match="would be removed with it"):
        run(cloud, name="shop", state="absent", check=check)
    assert cloud.rows == [ONE]
