# SPDX-License-Identifier: GPL-3.0-or-later
"""Which endpoint and which certificate store belong to a region."""

from __future__ import annotations

import pytest
from alicloud_sandbox import regions
from ansible_collections.alicloud.mtls.plugins.module_utils._alb.identifiers import server_certificate
from ansible_collections.alicloud.mtls.plugins.module_utils._core import endpoints
from ansible_collections.alicloud.mtls.plugins.module_utils._core.client import Cloud
from ansible_collections.alicloud.mtls.plugins.module_utils._core.retries import Budget

# Regions with ALB: https://help.aliyun.com/document_detail/2254821.html, as far as a copy could be read, and those for
# which the SDK of the certificate service makes up an endpoint that is in no list, or names the wrong store.
IN_CHINA = (
    *("cn-qingdao", "cn-beijing", "cn-zhangjiakou", "cn-wulanchabu", "cn-hangzhou", "cn-shanghai", "cn-nanjing"),
    *(
        "cn-fuzhou",
        "cn-shenzhen",
        "cn-heyuan",
        "cn-guangzhou",
        "cn-chengdu",
        "cn-hongkong",
        "cn-huhehaote",
        "cn-wuhan-lr",
    ),
    *("cn-zhongwei", "cn-hangzhou-finance", "cn-shanghai-finance-1", "cn-north-2-gov-1"),
)
ABROAD = (
    *("ap-northeast-1", "ap-northeast-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-5"),
    *("ap-southeast-6", "ap-southeast-7", "eu-central-1", "eu-west-1", "us-east-1", "us-west-1", "us-southeast-1"),
    *("me-east-1", "me-central-1", "na-south-1"),
)


def endpoint(product: str, **options: object) -> str:
    keys = {"access_key_id": "a", "access_key_secret": "b"}
    return str(Cloud({**keys, **options}, Budget(1))._client(product)[0]._endpoint)


@pytest.mark.parametrize("region", IN_CHINA)
def test_the_store_of_regions_in_china(region: str) -> None:
    assert endpoint("cas", region=region) == "cas.aliyuncs.com"
    assert server_certificate("13781326", region) == "13781326-cn-hangzhou"


@pytest.mark.parametrize("region", ABROAD)
def test_the_store_of_all_other_regions(region: str) -> None:
    assert endpoint("cas", region=region) == "cas.ap-southeast-1.aliyuncs.com"
    assert server_certificate("13781326", region) == "13781326-ap-southeast-1"


@pytest.mark.parametrize("region", [*IN_CHINA, *ABROAD])
def test_the_sandbox_has_the_same_stores(region: str) -> None:
    """The sandbox and the collection have one rule each, so that a mistake in either is found."""
    assert regions.certificate_store(region) == endpoints.certificate_store(region)


@pytest.mark.parametrize("region", [*IN_CHINA, *ABROAD])
def test_what_is_the_same_everywhere(region: str) -> None:
    assert endpoint("alidns", region=region) == "alidns.aliyuncs.com"
    own = "cas.eu-central-1.aliyuncs.com" if region == "eu-central-1" else "cas.aliyuncs.com"
    assert endpoint("pca", region=region) == own
    expected = "cn-hangzhou" if region == "cn-hangzhou-finance" else region
    assert endpoint("alb", region=region) == f"alb.{expected}.aliyuncs.com"


def test_no_endpoint_is_made_up() -> None:
    listed = {"cas.aliyuncs.com", "cas.ap-southeast-1.aliyuncs.com", "cas.eu-central-1.aliyuncs.com"}
    for region in (*IN_CHINA, *ABROAD, "xx-nowhere-1", ""):
        assert {endpoints.certificates(region), endpoints.private_cas(region)} <= listed


@pytest.mark.parametrize("product", ["alb", "cas", "pca", "alidns", "ecs"])
def test_an_endpoint_of_its_own_for_a_product(product: str) -> None:
    options = {
        "region": "cn-hangzhou",
        "endpoint": "127.0.0.1:1",
        "endpoints": {product: "cas.cn-hongkong.aliyuncs.com"},
    }
    for each in ("alb", "cas", "pca", "alidns", "ecs"):
        expected = "cas.cn-hongkong.aliyuncs.com" if each == product else "127.0.0.1:1"
        assert endpoint(each, **options) == expected
