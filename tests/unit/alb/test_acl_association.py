# SPDX-License-Identifier: GPL-3.0-or-later
"""Which requests give a listener its access control lists; never more than three, never none in between."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.alicloud.mtls.plugins.module_utils._alb import preconditions
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.acl_association import access_actions
from ansible_collections.alicloud.mtls.plugins.module_utils._core.errors import RefusedError

from tests.unit.fakes.cloud import Cloud

ON, OFF = "AssociateAclsWithListener", "DissociateAclsFromListener"


def listener(*lists: str, access: str = "deny") -> dict[str, Any]:
    return {"listener_id": "lsn-1", "acl": {"access": access if lists else None, "acl_ids": list(lists)}}


@pytest.mark.parametrize(
    ("wanted", "there", "purge", "expected"),
    [
        ("", "", True, []),
        ("a", "a", True, []),
        ("a", "ab", False, []),
        ("ab", "", False, [(ON, "ab")]),
        ("c", "ab", False, [(ON, "c")]),
        ("c", "ab", True, [(ON, "c"), (OFF, "ab")]),
        ("", "ab", True, [(OFF, "ab")]),
        ("", "ab", False, []),
        ("xyz", "abc", True, [(OFF, "ab"), (ON, "xy"), (OFF, "c"), (ON, "z")]),
        ("axy", "abc", True, [(OFF, "bc"), (ON, "xy")]),
    ],
)
def test_lists(wanted: str, there: str, purge: bool, expected: list[tuple[str, str]]) -> None:
    actions = access_actions({"acl_ids": list(wanted)}, listener(*there), purge=purge)
    assert [(action.operation, "".join(action.params["AclIds"])) for action in actions] == expected
    assert {action.params["AclType"] for action in actions if action.operation == ON} <= {"Black" if there else "White"}
    counts = [len(action.after["acl"]["acl_ids"]) for action in actions]
    assert max(counts, default=0) <= 3
    assert min(counts, default=1) > 0 or not wanted


def test_more_than_three() -> None:
    with pytest.raises(RefusedError, match="4 access control lists") as caught:
        access_actions({"acl_ids": ["x", "y"]}, listener("a", "b"), purge=False)
    assert "purge_acls" in caught.value.hint


def test_the_kind_of_access_is_not_turned() -> None:
    with pytest.raises(RefusedError, match="lsn-1 has its access control lists as deny, not as allow"):
        access_actions({"access": "allow", "acl_ids": ["x"]}, listener("a"), purge=True)
    assert access_actions({"access": "allow", "acl_ids": []}, listener("a"), purge=True)


@pytest.mark.parametrize(("entries", "fits"), [({"a": [], "b": [{"Entry": "10.0.0.1"}]}, True), ({"a": []}, False)])
def test_allowing_without_an_entry(entries: dict[str, list[Any]], fits: bool) -> None:
    session = Cloud(ListAclEntries=lambda params: {"AclEntries": entries[params["AclId"]]}).session()
    if fits:
        preconditions.check_allow(session, list(entries))
        return
    with pytest.raises(RefusedError, match="lets everybody in"):
        preconditions.check_allow(session, list(entries))
