# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in the cloud, read with the official SDK alone: the witness for what playbooks leave there."""

from __future__ import annotations

from alibabacloud_alb20200616 import models as alb
from alibabacloud_alb20200616.client import Client as Alb
from alibabacloud_alidns20150109 import models as dns
from alibabacloud_alidns20150109.client import Client as Dns
from alibabacloud_cas20200407 import models as cas
from alibabacloud_cas20200407.client import Client as Cas
from alibabacloud_tea_openapi.models import Config

KINDS = (
    *("load balancers", "server groups", "servers", "listeners", "certificates", "repositories"),
    *("certificate authorities", "records"),
)
NOTHING: dict[str, list[str]] = {kind: [] for kind in KINDS}  # what contents() returns of an empty account


def contents(endpoint: str, access_key_id: str, access_key_secret: str, domain: str) -> dict[str, list[str]]:
    """Names (or other telling values) of everything there is, by kind, sorted."""
    config = Config(
        access_key_id=access_key_id,
        access_key_secret=access_key_secret,
        endpoint=endpoint,
        protocol="HTTP",
        region_id="cn-hangzhou",
    )
    balancers = Alb(config).list_load_balancers(alb.ListLoadBalancersRequest()).body.load_balancers or []
    groups = Alb(config).list_server_groups(alb.ListServerGroupsRequest()).body.server_groups or []
    listeners = Alb(config).list_listeners(alb.ListListenersRequest()).body.listeners or []
    servers = [
        f"{group.server_group_name} {server.server_id}:{server.port}"
        for group in groups
        for server in Alb(config)
        .list_server_group_servers(alb.ListServerGroupServersRequest(server_group_id=group.server_group_id))
        .body.servers
        or []
    ]
    orders = cas.ListUserCertificateOrderRequest(order_type="UPLOAD")
    certificates = Cas(config).list_user_certificate_order(orders).body.certificate_order_list or []
    repositories = Cas(config).list_cert_warehouse(cas.ListCertWarehouseRequest()).body.cert_warehouse_list or []
    authorities = [
        f"{repository.name} {certificate.common_name}"
        for repository in repositories
        for certificate in Cas(config).list_cert(cas.ListCertRequest(warehouse_id=repository.wh_id)).body.cert_list
        or []
    ]
    records = (
        Dns(config)
        .describe_domain_records(dns.DescribeDomainRecordsRequest(domain_name=domain))
        .body.domain_records.record
        or []
    )
    return {
        "load balancers": sorted(f"{one.load_balancer_name} {one.load_balancer_status}" for one in balancers),
        "server groups": sorted(f"{one.server_group_name} {one.server_group_status}" for one in groups),
        "servers": sorted(servers),
        "listeners": sorted(f"{one.listener_protocol} {one.listener_port} {one.listener_status}" for one in listeners),
        "certificates": sorted(str(one.name) for one in certificates),
        "repositories": sorted(str(one.name) for one in repositories),
        "certificate authorities": sorted(authorities),
        "records": sorted(f"{one.rr} {one.type} {one.value.split('.', 1)[1]}" for one in records),
    }
