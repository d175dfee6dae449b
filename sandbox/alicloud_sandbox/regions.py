# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate stores by region.

Source: https://www.alibabacloud.com/help/en/ssl-certificate/developer-reference/endpoints (en 2025-12-12).
"""

from __future__ import annotations

from .assumptions import assume

CHINA_STORE, INTERNATIONAL_STORE = "cn-hangzhou", "ap-southeast-1"

assume(
    "cas-stores",
    "A load balancer in a region of China (cn-…) finds the server certificates of the store in cn-hangzhou alone, one "
    "in any other region those of the store in ap-southeast-1 alone; another id is ResourceNotFound.Certificate "
    "(404). An endpoint of CAS with another region in its name is that of the region's store.",
    "The two endpoints are documented (endpoints of SSL certificates, en 2025-12-12, fr 2026-08-10). What load "
    "balancers find is seen in practice (certimate, aliyun_alb.go and issue 827; certd issue 466, 2025-07).",
    verdict="practice",
    date="2026-08-17",
)


def certificate_store(region: str) -> str:
    """Returns the region of the certificate store whose certificates load balancers in ``region`` find."""
    return CHINA_STORE if region.startswith("cn-") else INTERNATIONAL_STORE
