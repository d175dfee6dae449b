# SPDX-License-Identifier: GPL-3.0-or-later
"""Which requests make the entries and listeners of an access control list as wanted."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.acl import entry_actions, information, listener_actions
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError

from tests.support.fakes import Cloud

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


def test_more_filters_than_a_request_takes() -> None:
    cloud = Cloud(ListAcls=lambda _params: {})
    params = {
        "acl_ids": [f"acl-{n}" for n in range(21)],
        "names": None,
        "resource_group_id": "rg-1",
        "tags": {"a": "1"},
    }
    assert information(cloud.session(), params) == {"acls": []}
    assert [len(each["AclIds"]) for each in cloud.named("ListAcls")] == [20, 1]
    assert {each["ResourceGroupId"] for each in cloud.named("ListAcls")} == {"rg-1"}
    assert cloud.named("ListAcls")[0]["Tag"] == [{"Key": "a", "Value": "1"}]
