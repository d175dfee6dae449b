# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters of the operations on access control lists."""

from __future__ import annotations

from ...schema import choice, line, many, must
from .common import IDENTIFIER, LISTENER_ID, NAME, NEW_TAGS, PAGE, TAG_FILTER, WRITE, Schema, ids

_acl_ids = must(ids(3))
CREATE_ACL: Schema = {"AclName": NAME, "ResourceGroupId": line(), **NEW_TAGS, **WRITE}
ACL_ID: Schema = {"AclId": IDENTIFIER}
UPDATE_ACL: Schema = {**ACL_ID, "AclName": must(NAME), **WRITE}
DELETE_ACL: Schema = {**ACL_ID, **WRITE}
LIST_ACLS: Schema = {"AclIds": ids(20), "AclNames": ids(10), "ResourceGroupId": line(), **TAG_FILTER, **PAGE}
ADD_ENTRIES: Schema = {
    **ACL_ID,
    "AclEntries": must(many({"Entry": IDENTIFIER, "Description": line(2, 256)}, 1, 20)),
    **WRITE,
}
REMOVE_ENTRIES: Schema = {**ACL_ID, "Entries": must(ids(20)), **WRITE}
LIST_ENTRIES: Schema = {**ACL_ID, **PAGE}
ACL_RELATIONS: Schema = {"AclIds": must(ids(5))}
ASSOCIATE_ACLS: Schema = {
    **LISTENER_ID,
    "AclIds": _acl_ids,
    "AclType": choice("White", "Black", required=True),
    **WRITE,
}
DISSOCIATE_ACLS: Schema = {**LISTENER_ID, "AclIds": _acl_ids, **WRITE}
