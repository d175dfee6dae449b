# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services that the collection calls, and in what they differ. This module is PRIVATE to the collection."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from . import endpoints


@dataclass(frozen=True)
class Product:
    """A service: its SDK, the prefix of its RAM actions, and its endpoint where the SDK's own rule does not hold.

    ``regional`` ones are told the region in every request, as RegionId.
    """

    package: str
    ram: str
    endpoint: t.Callable[[str], str] = lambda region: ""
    default_region: str = ""
    regional: bool = False

    @property
    def module(self) -> str:
        return self.package.replace("-", "_")


PRODUCTS = {
    "alb": Product("alibabacloud-alb20200616", "alb"),
    "cas": Product("alibabacloud-cas20200407", "yundun-cert", endpoints.certificates, endpoints.CHINA_STORE),
    "pca": Product("alibabacloud-cas20200630", "yundun-cert", endpoints.private_cas, endpoints.CHINA_STORE),
    # Only where an address or a zone is asked for: the modules that manage load balancers do without it.
    "ecs": Product("alibabacloud-ecs20140526", "ecs", regional=True),
    "alidns": Product("alibabacloud-alidns20150109", "alidns", endpoints.dns, endpoints.CHINA_STORE),
}
