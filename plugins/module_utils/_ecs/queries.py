# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read from ECS, a function per question. This module is PRIVATE to the collection.

To a RAM user who may not call DescribeInstances it shows no instance, and says nothing of it
(https://help.aliyun.com/en/ecs/developer-reference/api-ecs-2014-05-26-describeinstances).
"""

from __future__ import annotations

import json
import typing as t
from collections.abc import Iterable, Iterator

from .._core.client import Params
from .._core.session import Session

_PER_REQUEST = 100  # values in InstanceIds, and in PrivateIpAddresses


def zones(session: Session, identities: Iterable[str]) -> dict[str, str]:
    """The zone of each of these instances that ECS shows."""
    found = _instances(session, "InstanceIds", identities)
    return {instance["InstanceId"]: instance["ZoneId"] for instance in found}


def by_address(session: Session, addresses: Iterable[str], vpc_id: str = "") -> dict[str, list[str]]:
    """The ids of the instances that have each of these private addresses, in a VPC or in all."""
    found: dict[str, list[str]] = {}
    place: Params = {"InstanceNetworkType": "vpc", **({"VpcId": vpc_id} if vpc_id else {})}
    for instance in _instances(session, "PrivateIpAddresses", addresses, **place):
        attributes = instance.get("VpcAttributes") or {}
        for address in (attributes.get("PrivateIpAddress") or {}).get("IpAddress") or []:
            found.setdefault(address, []).append(instance["InstanceId"])
    return found


def _instances(session: Session, name: str, values: Iterable[str], **more: t.Any) -> Iterator[Params]:
    chosen = sorted(set(values))
    for at in range(0, len(chosen), _PER_REQUEST):
        asked = {name: json.dumps(chosen[at : at + _PER_REQUEST]), **more}
        for body in session.answers("ecs", "DescribeInstances", **asked):
            yield from (body.get("Instances") or {}).get("Instance") or []
