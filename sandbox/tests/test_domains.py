# SPDX-License-Identifier: GPL-3.0-or-later
"""Domains of the account: groups, tags, remarks and lines."""

from __future__ import annotations

import typing as t

import pytest

from sandbox.tests.support import Sdk

Object = dict[str, t.Any]
UNKNOWN, INVALID = (400, "InvalidDomainName.NoExist"), (400, "InvalidParameter")
# Operations with a domain that the account does not have.
NONE = {"DomainName": "none.example"}
TAGGED: Object = {"ResourceType": "DOMAIN", "ResourceId": ["none.example"]}
OF_NO_DOMAIN: list[tuple[str, Object]] = [
    ("UpdateDomainRemark", {**NONE, "Remark": "a"}),
    ("ChangeDomainGroup", NONE),
    ("DescribeSupportLines", NONE),
    ("DescribeDomainInfo", NONE),
    ("DeleteDomain", NONE),
    ("TagResources", {**TAGGED, "Tag": [{"Key": "a", "Value": "1"}]}),
    ("UntagResources", {**TAGGED, "TagKey": ["a"]}),
    ("ListTagResources", TAGGED),
]
REFUSED: list[tuple[str, Object]] = [
    ("UpdateDomainRemark", {"DomainName": "example.com", "Remark": "a" * 51}),
    ("UpdateDomainGroup", {"GroupId": "none", "GroupName": "a"}),
    ("DeleteDomainGroup", {"GroupId": "none"}),
    ("DeleteDomainGroup", {"GroupId": "defaultGroup"}),
    *(
        ("TagResources", {"ResourceType": kind, "ResourceId": ["example.com"], "Tag": [tag]})
        for kind, tag in (
            ("domain", {"Key": "a", "Value": "1"}),
            ("DOMAIN", {"Key": "acs:a", "Value": "1"}),
            ("DOMAIN", {"Key": "Aliyun", "Value": "1"}),
            ("DOMAIN", {"Key": "a" * 21, "Value": "1"}),
            ("DOMAIN", {"Key": "a", "Value": "1" * 21}),
        )
    ),
]


def names(sdk: Sdk, **filters: t.Any) -> list[str]:
    return [item["DomainName"] for item in sdk("dns", "DescribeDomains", **filters)["Domains"]["Domain"]]


def test_groups(sdk: Sdk) -> None:
    """A domain moves between groups, and back to the default one when its group is deleted."""
    shop, other = (sdk("dns", "AddDomainGroup", GroupName=name)["GroupId"] for name in ("shop", "other"))
    added = sdk("dns", "AddDomain", DomainName="example.net", GroupId=shop)
    assert (added["GroupId"], added["GroupName"]) == (shop, "shop")
    assert names(sdk) == ["example.com", "example.net"]
    for group, expected in (
        (shop, ["example.net"]),
        (other, []),
        ("defaultGroup", ["example.com"]),
        ("", ["example.com", "example.net"]),
    ):
        assert names(sdk, GroupId=group) == expected, group
    moved = sdk("dns", "ChangeDomainGroup", DomainName="example.com", GroupId=shop)
    assert (moved["GroupId"], moved["GroupName"]) == (shop, "shop")
    assert "GroupId" not in sdk("dns", "ChangeDomainGroup", DomainName="example.net")
    unchanged = sdk("dns", "ChangeDomainGroup", DomainName="example.com", GroupId="none")
    assert unchanged["GroupId"] == shop, "an unknown group changes nothing"
    assert sdk("dns", "UpdateDomainGroup", GroupId=shop, GroupName="Shops")["GroupName"] == "Shops"
    listed = sdk("dns", "DescribeDomainGroups", KeyWord="SHOP")
    assert listed["DomainGroups"]["DomainGroup"] == [{"GroupId": shop, "GroupName": "Shops", "DomainCount": 1}]
    assert sdk("dns", "DescribeDomainGroups", PageSize=1, PageNumber=2)["TotalCount"] == 2
    info = sdk("dns", "DescribeDomainInfo", DomainName="example.com")
    assert (info["GroupId"], info["GroupName"]) == (shop, "Shops")
    assert sdk("dns", "DeleteDomainGroup", GroupId=shop)["GroupName"] == "Shops"
    assert "GroupId" not in sdk("dns", "DescribeDomainInfo", DomainName="example.com")
    assert names(sdk, GroupId="defaultGroup") == ["example.com", "example.net"]


def test_tags(sdk: Sdk) -> None:
    sdk("dns", "AddDomain", DomainName="example.net", GroupId="none", ResourceGroupId="rg-shop")
    both = {"ResourceType": "DOMAIN", "ResourceId": ["example.com", "example.net"]}
    one = {**both, "ResourceId": ["example.com"]}
    sdk("dns", "TagResources", **both, Tag=[{"Key": "team", "Value": "shop"}, {"Key": "stage", "Value": "test"}])
    sdk("dns", "TagResources", **one, Tag=[{"Key": "stage", "Value": "live"}])
    found = {item["DomainName"]: item for item in sdk("dns", "DescribeDomains")["Domains"]["Domain"]}
    shown = [{"Key": "team", "Value": "shop"}, {"Key": "stage", "Value": "live"}]
    assert found["example.com"]["Tags"]["Tag"] == shown
    rows = sdk("dns", "ListTagResources", ResourceType="DOMAIN", Tag=[{"Key": "stage", "Value": "test"}])
    assert [(row["ResourceId"], row["TagKey"]) for row in rows["TagResources"]] == [
        ("example.net", "team"),
        ("example.net", "stage"),
    ]
    sdk("dns", "UntagResources", **both, TagKey=["team"])
    rows = sdk("dns", "ListTagResources", **one)
    assert rows["TagResources"] == [
        {"ResourceId": "example.com", "ResourceType": "DOMAIN", "TagKey": "stage", "TagValue": "live"}
    ]
    sdk("dns", "UntagResources", **both, All=True)
    assert sdk("dns", "ListTagResources", ResourceType="DOMAIN")["TagResources"] == []


def test_filters_and_details(sdk: Sdk) -> None:
    sdk.sandbox.seed(domains=[{"name": "example.org", "min_ttl": 1800}])
    sdk("dns", "AddDomain", DomainName="example.net", ResourceGroupId="rg-shop")
    sdk("dns", "UpdateDomainRemark", DomainName="example.net", Remark="shop")
    for filters, expected in (
        ({"ResourceGroupId": "rg-shop"}, ["example.net"]),
        ({"Starmark": True}, []),
        ({"KeyWord": "NET"}, ["example.net"]),
        ({"KeyWord": "example", "SearchMode": "EXACT"}, []),
        ({"PageSize": 1, "PageNumber": 2}, ["example.org"]),
    ):
        assert names(sdk, **filters) == expected, filters
    info = sdk("dns", "DescribeDomainInfo", DomainName="example.net")
    assert (info["Remark"], info["ResourceGroupId"]) == ("shop", "rg-shop")
    assert not {"AvailableTtls", "RecordLines"} & set(info)
    detailed = sdk("dns", "DescribeDomainInfo", DomainName="example.org", NeedDetailAttributes=True)
    assert detailed["AvailableTtls"]["AvailableTtl"] == ["1800", "3600", "43200", "86400"]
    assert detailed["RecordLines"] == sdk("dns", "DescribeSupportLines")["RecordLines"]
    sdk("dns", "UpdateDomainRemark", DomainName="example.net")
    assert sdk("dns", "DescribeDomainInfo", DomainName="example.net")["Remark"] == ""


@pytest.mark.parametrize(("language", "name"), [({}, "中国联通"), ({"Lang": "en"}, "China Unicom")])
def test_lines(sdk: Sdk, language: Object, name: str) -> None:
    found = sdk("dns", "DescribeSupportLines", DomainName="example.com", **language)["RecordLines"]["RecordLine"]
    lines = {item["LineCode"]: item["LineDisplayName"] for item in found}
    assert next(iter(lines)) == "default"
    assert lines["unicom"] == name


def test_refused(sdk: Sdk) -> None:
    for operation, params in OF_NO_DOMAIN:
        assert sdk.refused("dns", operation, **params) == UNKNOWN, operation
    for operation, params in REFUSED:
        assert sdk.refused("dns", operation, **params) == INVALID, (operation, params)
    assert sdk("dns", "ListTagResources", ResourceType="DOMAIN")["TagResources"] == []
