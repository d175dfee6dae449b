# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoint of a product for a region, where the SDK's own rule differs from the documentation. Pure.

For a region that is not in its table an SDK composes a name, such as cas.cn-guangzhou.aliyuncs.com, which does not
exist. Private to this collection.
"""

from __future__ import annotations

CHINA_STORE, INTERNATIONAL_STORE = "cn-hangzhou", "ap-southeast-1"

# https://www.alibabacloud.com/help/en/ssl-certificate/developer-reference/endpoints (en 2025-12-12, fr 2026-08-10): SSL
# certificates have these two endpoints. Private CAs have more; three of them are opened on request.
_STORES = {CHINA_STORE: "cas.aliyuncs.com", INTERNATIONAL_STORE: "cas.ap-southeast-1.aliyuncs.com"}
_PRIVATE_CAS = {"eu-central-1": "cas.eu-central-1.aliyuncs.com"}


def certificate_store(region: str) -> str:
    """Return the region of the certificate store whose certificates a load balancer in ``region`` finds.

    An ALB outside China finds only certificates of the international store, also with an account of the China site
    (certimate, ``aliyun_alb.go`` and issue 827, 2026-08; certd issue 466, 2025-07).
    """
    return CHINA_STORE if region.startswith("cn-") else INTERNATIONAL_STORE


def certificates(region: str) -> str:
    """Return the endpoint of the certificate store for load balancers in ``region``."""
    return _STORES[certificate_store(region)]


def private_cas(region: str) -> str:
    """Return the endpoint for private CAs of ``region``; the China site's if the region has none of its own."""
    return _PRIVATE_CAS.get(region, _STORES[CHINA_STORE])


def dns(region: str) -> str:
    """Return the endpoint of the DNS service, which is the same for every region (SDK and command line agree)."""
    return "alidns.aliyuncs.com"
