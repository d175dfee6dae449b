# SPDX-License-Identifier: GPL-3.0-or-later
"""Which requests make the entries and listeners of an access control list as wanted."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.acl import Acl, listener_actions
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.acl_entries import entry_actions
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.information import acls
from ansible_collections.alicloud.mtls.plugins.module_utils._core.engine import Engine, Outcome
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError

from tests.unit.fakes.cloud import Cloud

ADD, REMOVE = "AddEntriesToAcl", "RemoveEntriesFromAcl"


def entries(*names: str) -> list[dict[str, Any]]:
    return [{"entry": name, "description": None} for name in names]


@pytest.mark.parametrize(
    ("wanted", "current", "purge", "expected"),
    [
        (None, ["10.0.0.0/8"], True, []),
        (["10.0.0.0/8"], ["10.0.0.0/8"], True, []),
        (["10.0.0.1"], ["10.0.0.1/32"], True, []),
        (["10.1.2.3/8"], ["10.0.0.0/8"], True, []),
        (["10.0.0.2"], ["10.0.0.1"], False, [(ADD, ["10.0.0.2"])]),
        (["10.0.0.2"], ["10.0.0.1"], True, [(ADD, ["10.0.0.2"]), (REMOVE, ["10.0.0.1"])]),
        ([], ["10.0.0.1"], False, []),
        ([], ["10.0.0.1"], True, [(REMOVE, ["10.0.0.1"])]),
    ],
)
def test_entries(wanted: Any, current: list[str], purge: bool, expected: list[tuple[str, list[str]]]) -> None:
    actions = entry_actions(wanted and entries(*wanted) if wanted else wanted, entries(*current), purge=purge)

    def sent(params: dict[str, Any]) -> list[str]:
        return params.get("Entries") or [each["Entry"] for each in params["AclEntries"]]

    assert [(action.operation, sent(action.params)) for action in actions] == expected


def test_many_entries_go_in_parts() -> None:
    actions = entry_actions(entries(*(f"10.0.0.{n}" for n in range(45))), [], purge=False)
    assert [len(action.params["AclEntries"]) for action in actions] == [20, 20, 5]
    assert len(actions[-1].after["entries"]) == 45


def test_listeners() -> None:
    current = [{"listener_id": "lsn-1", "access": "allow"}, {"listener_id": "lsn-2", "access": "allow"}]
    wanted = [{"listener_id": "lsn-2", "access": "allow"}, {"listener_id": "lsn-3", "access": "deny"}]

    def planned(purge: bool) -> list[tuple[str, str]]:
        actions = listener_actions(wanted, current, purge=purge)
        return [(action.operation, action.params["ListenerId"]) for action in actions]

    assert planned(False) == [("AssociateAclsWithListener", "lsn-3")]
    assert planned(True) == [("AssociateAclsWithListener", "lsn-3"), ("DissociateAclsFromListener", "lsn-1")]
    with pytest.raises(RefusedError, match="not as deny"):
        listener_actions([{"listener_id": "lsn-1", "access": "deny"}], current, purge=False)


def test_a_list_has_fifty_listeners_at_most() -> None:
    listeners = [{"listener_id": f"lsn-{number:02}", "access": "allow"} for number in range(52)]

    def planned(wanted: slice, current: slice, *, purge: bool = False) -> list[str]:
        actions = listener_actions(listeners[wanted], listeners[current], purge=purge)
        return [action.operation.partition("Acls")[0] for action in actions]

    assert planned(slice(50), slice(49)) == ["Associate"]
    assert planned(slice(51), slice(51)) == [], "a higher quota that is in use is left alone"
    with pytest.raises(RefusedError, match="51 listeners, and 50 is the most") as caught:
        planned(slice(50, 51), slice(50))
    assert caught.value.code == "ResourceQuotaExceeded.AclAttachedNum"
    assert "Quota Center" in caught.value.hint
    assert planned(slice(1, 51), slice(50), purge=True) == ["Dissociate", "Associate"], "there is no room before"


OPTIONS = {
    **dict.fromkeys(["acl_id", "name", "entries", "listeners", "resource_group_id", "tags"]),
    **dict.fromkeys(["purge_entries", "purge_listeners", "purge_tags"], False),
    "state": "present",
}


def account(access: str = "White") -> Cloud:
    """One list with an entry, that a listener has."""
    relation = {"AclId": "acl-1", "RelatedListeners": [{"ListenerId": "lsn-1", "Status": "Associated"}]}
    there = {"AclId": "acl-1", "AclName": "office", "AclStatus": "Available", "ResourceGroupId": "rg-1"}
    return Cloud(
        ListAcls=lambda params: {"Acls": [there]},
        ListAclEntries=lambda params: {"AclEntries": [{"Entry": "10.0.0.1", "Status": "Available"}]},
        ListAclRelations=lambda params: {"AclRelations": [relation]},
        GetListenerAttribute=lambda params: {"AclConfig": {"AclType": access}},
        MoveResourceGroup=lambda params: there.update(ResourceGroupId=params["NewResourceGroupId"]) or {},
    )


def run(cloud: Cloud, *, check: bool = False, **options: Any) -> Outcome:
    session = cloud.session()
    return Engine(Acl({**OPTIONS, "name": "office", **options}, session), session).run("present", check=check)


def test_listeners_are_looked_at_by_those_who_ask() -> None:
    cloud = account()
    assert (run(cloud, entries=entries("10.0.0.1")).object or {})["listeners"] is None
    assert [name for name, _params in cloud.calls] == ["ListAcls", "ListAclEntries"]
    asked = run(cloud, listeners=[{"listener_id": "lsn-1", "access": "allow"}])
    assert not asked.changed
    assert (asked.object or {})["listeners"] == [{"listener_id": "lsn-1", "access": "allow"}]


@pytest.mark.parametrize(("access", "refused"), [("White", True), ("Black", False)])
def test_a_list_that_allows_is_not_emptied_without_a_look_at_its_listeners(access: str, refused: bool) -> None:
    cloud = account(access)
    if refused:
        with pytest.raises(RefusedError, match="lets everybody in"):
            run(cloud, check=True, entries=[], purge_entries=True)
        return
    assert run(cloud, check=True, entries=[], purge_entries=True).actions == ["remove_entries_from_acl"]


def test_another_resource_group() -> None:
    cloud = account()
    outcome = run(cloud, resource_group_id="rg-2")
    assert outcome.actions == ["move_resource_group"]
    assert cloud.named("MoveResourceGroup") == [
        {"ResourceType": "acl", "ResourceId": "acl-1", "NewResourceGroupId": "rg-2"}
    ]
    assert not run(cloud, resource_group_id="rg-2").changed


def test_information_about_more_lists_than_a_request_takes() -> None:
    cloud = account()
    asked = {"names": None, "resource_group_id": None, "tags": None}
    acls(cloud.session(), {**asked, "acl_ids": [f"acl-{number}" for number in range(45)]})
    assert [len(params["AclIds"]) for params in cloud.named("ListAcls")] == [20, 20, 5]
