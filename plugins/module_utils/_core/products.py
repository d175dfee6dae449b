# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services that the collection calls, and how their APIs differ. Private to this collection."""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from . import endpoints


class NumberedPages(t.NamedTuple):
    """How an API pages its lists by number: the parameters for number and size, and the size that is asked for."""

    number: str
    size_parameter: str
    size: int


@dataclass(frozen=True)
class Product:
    """A service of Alibaba Cloud.

    Attributes:
        package: the distribution of its SDK.
        ram: the prefix of its RAM actions.
        endpoint: returns the endpoint for a region; empty where the rule of the SDK is right.
        default_region: the region if the user gives none.
        regional: every request carries the region, as RegionId.
        page_sizes: the greatest MaxResults by operation, where it is not the usual 100.
        numbered_pages: for lists that are paged by number and not by NextToken.
        jobs_operation: returns the states of asynchronous jobs; empty if the API has none.
        has_dry_run: a write can be checked without being performed (parameter DryRun).
        client_tokens: writes take a ClientToken, unless an action says otherwise.
    """

    package: str
    ram: str
    endpoint: Callable[[str], str] = lambda region: ""
    default_region: str = ""
    regional: bool = False
    page_sizes: Mapping[str, int] = field(default_factory=dict)
    numbered_pages: NumberedPages | None = None
    jobs_operation: str = ""
    has_dry_run: bool = False
    client_tokens: bool = True

    @property
    def module(self) -> str:
        """The name by which the SDK is imported."""
        return self.package.replace("-", "_")

    def page_size(self, operation: str) -> int:
        """Return the MaxResults to ask for in ``operation``."""
        return self.page_sizes.get(operation, 100)


PRODUCTS: Mapping[str, Product] = {
    "alb": Product(
        "alibabacloud-alb20200616",
        "alb",
        page_sizes={
            # https://api.aliyun.com/document/Alb/2020-06-16/GetListenerHealthStatus
            "GetListenerHealthStatus": 30,
            "ListServerGroupServers": 1000,
        },
        jobs_operation="ListAsynJobs",
        has_dry_run=True,
    ),
    "cas": Product(
        "alibabacloud-cas20200407",
        "yundun-cert",
        endpoints.certificates,
        endpoints.CHINA_STORE,
        numbered_pages=NumberedPages("CurrentPage", "ShowSize", 50),
    ),
    "pca": Product(
        "alibabacloud-cas20200630",
        "yundun-cert",
        endpoints.private_cas,
        endpoints.CHINA_STORE,
        numbered_pages=NumberedPages("CurrentPage", "ShowSize", 50),
    ),
    # Called only for the address or the zone of an instance; managing load balancers does not need it.
    "ecs": Product("alibabacloud-ecs20140526", "ecs", regional=True),
    "alidns": Product(
        "alibabacloud-alidns20150109",
        "alidns",
        endpoints.dns,
        endpoints.CHINA_STORE,
        numbered_pages=NumberedPages("PageNumber", "PageSize", 100),
        client_tokens=False,
    ),
}
