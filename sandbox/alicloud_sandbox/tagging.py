# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags as a mapping of keys to values: what the operations on tags of every product have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .schema import Args
from .store import Doc

Tags = Mapping[str, str]


def from_list(given: Sequence[Doc]) -> dict[str, str]:
    """Returns the tags of a parameter such as ``Tag``: the last value of a key wins, and one without a key is none."""
    return {item["Key"]: item.get("Value", "") for item in given if item.get("Key")}


def as_list(tags: Tags) -> list[Doc]:
    """Returns tags with the names Key and Value."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def without(tags: Tags, args: Args) -> dict[str, str]:
    """Returns the tags that UntagResources leaves.

    It removes keys (TagKey) and pairs (Tag), or every tag (All) if no key is given.
    """
    keys = args.get("TagKey", [])
    everything = args.get("All", False) and not keys
    pairs = from_list(args.get("Tag", [])).items()
    return {
        key: value for key, value in tags.items() if not everything and key not in keys and (key, value) not in pairs
    }


def match(tags: Tags, wanted: Sequence[Doc]) -> bool:
    """Tells whether a resource has all these tags; a filter without a value looks for the key alone."""
    return all(
        item["Key"] in tags and item.get("Value", tags[item["Key"]]) == tags[item["Key"]]
        for item in wanted
        if item.get("Key")
    )


def rows(found: Iterable[tuple[str, Tags]], args: Args) -> list[Doc]:
    """Returns the rows of ListTagResources for resources (id and tags) that pass its filter ``Tag``."""
    return [
        {"ResourceId": identifier, "ResourceType": args["ResourceType"], "TagKey": key, "TagValue": value}
        for identifier, tags in found
        if match(tags, args.get("Tag", []))
        for key, value in tags.items()
    ]
