# SPDX-License-Identifier: GPL-3.0-or-later
"""ResourceManager 2020-03-31: the resource group that everything is in.

Source: the models of the official SDK (alibabacloud-resourcemanager20200331 2.6.2).
"""

from __future__ import annotations

from ..assumptions import assume
from ..errors import Assumed, ErrorTable
from ..product import DEFAULT_RESOURCE_GROUP, Call, Product, numbered_page, read
from ..schema import Args, Param, flag, integer, many, must, text
from ..store import Doc
from ..sts.operations import ACCOUNT_ID

GROUPS: dict[str, Param] = {
    "DisplayName": text(),
    "Name": text(),
    "ResourceGroupId": text(),
    "ResourceGroupIds": many(text(1), 1, 100),
    "Status": text(),
    "IncludeTags": flag(),
    "Tag": many({"Key": text(), "Value": text()}, 1, 20),
    "PageNumber": integer(1, default=1),
    "PageSize": integer(1, 100, default=10),
}
GROUP: dict[str, Param] = {"ResourceGroupId": must(text(1)), "IncludeTags": flag()}
_GROUP = {
    "Id": DEFAULT_RESOURCE_GROUP,
    "Name": "default",
    "DisplayName": "default resource group",
    "Status": "OK",
    "AccountId": ACCOUNT_ID,
    "CreateDate": "2020-01-01T00:00:00+08:00",
    "Tags": {"Tag": []},
}

assume(
    "resource-groups",
    "There is one resource group. Resources keep another id that they are given, and ListResourceGroups has only this "
    "one.",
    "Scope of the sandbox.",
    verdict="choice",
)


def listing(_call: Call, args: Args) -> Doc:
    """ListResourceGroups."""
    wanted = {"DisplayName": "DisplayName", "Name": "Name", "ResourceGroupId": "Id", "Status": "Status"}
    shown = all(args.get(name, "") in ("", _GROUP[field]) for name, field in wanted.items())
    shown = shown and _GROUP["Id"] in args.get("ResourceGroupIds", [_GROUP["Id"]]) and not args.get("Tag")
    found = [_GROUP] if shown else []
    paging = {name: args[name] for name in ("PageNumber", "PageSize")}
    page = numbered_page(found, *paging.values())
    return {"ResourceGroups": {"ResourceGroup": page}, "TotalCount": len(found), **paging}


def get(call: Call, args: Args) -> Doc:
    """GetResourceGroup."""
    if args["ResourceGroupId"] != _GROUP["Id"]:
        raise call.error("EntityNotExists.ResourceGroup", args["ResourceGroupId"])
    statuses = {"RegionStatus": [{"RegionId": call.region, "Status": "OK"}]}
    return {"ResourceGroup": {**_GROUP, "RegionStatuses": statuses}}


ERRORS = ErrorTable(
    messages={"EntityNotExists.ResourceGroup": "The resource group %s does not exist."},
    assumed={
        "EntityNotExists.ResourceGroup": Assumed(
            404,
            assume(
                "resource-group-not-found",
                "GetResourceGroup of any other group is EntityNotExists.ResourceGroup (404).",
                "Terraform's provider takes this code for gone (service_alicloud_resourcemanager.go); its status is "
                "not known.",
                verdict="practice",
                date="2026-08-21",
            ),
        )
    },
)
OPERATIONS = {"ListResourceGroups": read(listing, GROUPS), "GetResourceGroup": read(get, GROUP)}
PRODUCT = Product("ResourceManager", "2020-03-31", OPERATIONS, ERRORS, central=True)
