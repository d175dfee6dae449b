# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading from ECS, one function per question. Private to this collection.

A RAM user without the right to call DescribeInstances gets no instances and no error
(https://help.aliyun.com/en/ecs/developer-reference/api-ecs-2014-05-26-describeinstances).
"""

from __future__ import annotations

import json
import typing as t
from collections.abc import Iterable, Iterator

from .._core.client import Params
from .._core.session import Session
from .._core.values import chunks

_PER_REQUEST = 100  # values in InstanceIds, and in PrivateIpAddresses


def zones(session: Session, identities: Iterable[str]) -> dict[str, str]:
    """Return the zone of each of these instances that ECS shows, by its id."""
    found = _instances(session, "InstanceIds", identities)
    return {instance["InstanceId"]: instance["ZoneId"] for instance in found}


def by_address(session: Session, addresses: Iterable[str], vpc_id: str = "") -> dict[str, list[str]]:
    """Return the ids of the instances with each of these private addresses, in a VPC or in all of them."""
    found: dict[str, list[str]] = {}
    place: Params = {"InstanceNetworkType": "vpc", **({"VpcId": vpc_id} if vpc_id else {})}
    for instance in _instances(session, "PrivateIpAddresses", addresses, **place):
        attributes = instance.get("VpcAttributes") or {}
        for address in (attributes.get("PrivateIpAddress") or {}).get("IpAddress") or []:
            found.setdefault(address, []).append(instance["InstanceId"])
    return found


def _instances(session: Session, name: str, values: Iterable[str], **more: t.Any) -> Iterator[Params]:
    for part in chunks(sorted(set(values)), _PER_REQUEST):
        for body in session.answers("ecs", "DescribeInstances", **{name: json.dumps(part)}, **more):
            yield from (body.get("Instances") or {}).get("Instance") or []
