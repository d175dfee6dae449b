#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alb_listener
short_description: Manage a listener of an Application Load Balancer, with mutual authentication
version_added: 1.0.0
description:
  - Creates, changes and deletes a listener of ALB. With O(mutual_authentication) an HTTPS listener lets in only clients
    that show a certificate of the CA in O(ca_certificate_ids).
  - Options that are left out are not changed in the cloud.
  - What ALB would refuse is refused before anything is written - mutual authentication on the basic edition or on a
    protocol other than HTTPS, without a CA certificate, with two of them, with one that has expired, is an SM2 one or
    does not exist, certificates of a store that the load balancer cannot use, a server certificate that has expired,
    a server group of a protocol that the listener cannot forward to, headers that its protocol does not have, and
    options of the log while the load balancer writes no access log. What the credentials may not read is left to ALB.
  - A run that changes nothing makes two read requests (one with O(listener_id)), one more with O(load_balancer_name)
    and one with O(additional_certificate_ids).
author:
  - The alicloud.mtls authors (@alicloud-mtls)
extends_documentation_fragment:
  - alicloud.mtls.alicloud
  - alicloud.mtls.alicloud.attributes
  - alicloud.mtls.alicloud.removal
requirements:
  - alibabacloud-alb20200616 >= 1.3.3
  - alibabacloud-cas20200407 >= 3.9.4, to check the CA before mutual authentication is switched on
  - cryptography >= 42, for the same purpose
options:
  listener_id:
    description: Id of an existing listener. Otherwise it is found by load balancer, protocol and port.
    type: str
  load_balancer_id:
    description: Id of the load balancer.
    type: str
  load_balancer_name:
    description: Name of the load balancer, instead of O(load_balancer_id).
    type: str
  protocol:
    description:
      - Protocol. V(https) by default; cannot be changed. V(http) and V(https) cannot share a port.
    type: str
    choices: [http, https, quic]
  port:
    description: Port, 1 to 65535. Needed unless O(listener_id) is given; cannot be changed.
    type: int
  server_group_id:
    description: Server group that gets the requests. Needed for a new listener.
    type: str
  certificate_ids:
    description:
      - Server certificate, or one RSA and one ECC certificate. Needed for a new listener that is not O(protocol=http).
      - Ids as M(alicloud.mtls.cas_certificate) returns them (V(13781326-cn-hangzhou)), or without the region.
    type: list
    elements: str
  additional_certificate_ids:
    description:
      - More server certificates. A client gets the one for the host name that it asks for (SNI).
      - Others that the listener has stay unless O(purge_additional_certificates).
    type: list
    elements: str
  purge_additional_certificates:
    description: Remove additional certificates that are not in O(additional_certificate_ids).
    type: bool
    default: false
  mutual_authentication:
    description:
      - Ask every client for a certificate of the CA in O(ca_certificate_ids), and refuse those without.
      - A new listener has V(false) by default. Needs O(protocol=https) and the edition V(standard) or
        V(standard_with_waf) of the load balancer.
    type: bool
  ca_certificate_ids:
    description:
      - The CA that signs the clients' certificates - exactly one.
      - The identifier that M(alicloud.mtls.cas_ca_certificate) returns (V(1efd3cac-e8c1-611d-b971-f96e5e432aba)).
    type: list
    elements: str
  security_policy_id:
    description: TLS security policy, a system one such as V(tls_cipher_policy_1_2_strict_with_1_3) or a custom one.
    type: str
  http2:
    description: HTTP/2. ALB's default for a new listener is V(true).
    type: bool
  gzip:
    description: Compress answers. ALB's default for a new listener is V(true).
    type: bool
  idle_timeout:
    description: Seconds until an idle connection is closed. ALB's default for a new listener is 15.
    type: int
  request_timeout:
    description: Seconds until a server must have answered. ALB's default for a new listener is 60.
    type: int
  x_forwarded_for:
    description: Headers with details of the client and the connection, for the servers.
    type: dict
    suboptions:
      enabled:
        description: C(X-Forwarded-For).
        type: bool
      processing_mode:
        description: Append to C(X-Forwarded-For) or remove it.
        type: str
        choices: [append, remove]
      client_source_ips_enabled:
        description: Take the client's address out of C(X-Forwarded-For), from behind trusted proxies.
        type: bool
      client_source_ips_trusted:
        description: Addresses of trusted proxies, separated by V(;).
        type: str
      client_src_port_enabled:
        description: C(X-Forwarded-Client-srcport).
        type: bool
      proto_enabled:
        description: C(X-Forwarded-Proto).
        type: bool
      host_enabled:
        description: C(X-Forwarded-Host).
        type: bool
      slb_id_enabled:
        description: C(SLB-ID).
        type: bool
      slb_port_enabled:
        description: C(X-Forwarded-Port).
        type: bool
      client_cert_subject_dn_enabled:
        description: A header with the subject of the client certificate.
        type: bool
      client_cert_subject_dn_alias:
        description: Its name.
        type: str
      client_cert_issuer_dn_enabled:
        description: A header with the issuer of the client certificate.
        type: bool
      client_cert_issuer_dn_alias:
        description: Its name.
        type: str
      client_cert_fingerprint_enabled:
        description: A header with the fingerprint of the client certificate.
        type: bool
      client_cert_fingerprint_alias:
        description: Its name.
        type: str
      client_cert_client_verify_enabled:
        description: A header with the outcome of the verification.
        type: bool
      client_cert_client_verify_alias:
        description: Its name.
        type: str
  quic:
    description: The offer to clients of an HTTPS listener to use QUIC.
    type: dict
    suboptions:
      upgrade_enabled:
        description: Offer QUIC.
        type: bool
      listener_id:
        description: The QUIC listener of the same load balancer.
        type: str
  access_log:
    description:
      - What the access log of the load balancer records of this listener. The log itself is an option of
        M(alicloud.mtls.alb_load_balancer), and must be on.
    type: dict
    suboptions:
      record_customized_headers:
        description: Record custom headers.
        type: bool
      tracing_enabled:
        description: Trace requests with Xtrace.
        type: bool
      tracing_sample:
        description: How many of 10000 requests are traced, 1 to 10000.
        type: int
      tracing_type:
        description: Protocol of the traces.
        type: str
        choices: [Zipkin]
  acl:
    description:
      - Access control lists, which decide which clients are let in.
      - Others that the listener has stay unless O(purge_acls). M(alicloud.mtls.alb_acl) manages their
        entries, and gives a list to listeners as well.
    type: dict
    suboptions:
      access:
        description:
          - With V(allow) only the clients in the lists are let in, with V(deny) these are kept out. The same for all
            lists of the listener, and refused when it would have to be changed in place, because then everybody would
            be let in for a while.
          - By default the access of the present lists, or V(allow).
        type: str
        choices: [allow, deny]
      acl_ids:
        description: Ids of the lists, three at most. An empty list with O(purge_acls) lets everybody in again.
        type: list
        elements: str
        required: true
  purge_acls:
    description: Remove access control lists that are not in O(acl.acl_ids).
    type: bool
    default: false
  running:
    description: V(false) stops the listener, which keeps its configuration. A new listener runs by default.
    type: bool
  description:
    description: Description, 2 to 256 characters.
    type: str
  tags:
    description: Tags. Others that the listener has stay unless O(purge_tags).
    type: dict
  purge_tags:
    description: >-
      Remove tags that are not in O(tags). Those of the platform, whose keys begin with C(acs:), C(aliyun) or C(ack),
      stay.
    type: bool
    default: false
  state:
    description:
      - V(absent) deletes the listener, and its forwarding rules with it, which RV(rules) names. A QUIC listener is
        refused while another listener sends clients to it.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: alicloud.mtls.alb_load_balancer
  - module: alicloud.mtls.alb_server_group
  - module: alicloud.mtls.alb_acl
  - module: alicloud.mtls.cas_certificate
  - module: alicloud.mtls.cas_ca_certificate
"""

EXAMPLES = r"""
- name: HTTPS with mutual authentication
  alicloud.mtls.alb_listener:
    region: cn-hangzhou
    load_balancer_id: alb-n5qw04uq8vavfe****
    protocol: https
    port: 443
    server_group_id: sgp-atstuj3rtoptyui****
    certificate_ids: [13781326-cn-hangzhou]
    mutual_authentication: true
    ca_certificate_ids: [1efd3cac-e8c1-611d-b971-f96e5e432aba]
    security_policy_id: tls_cipher_policy_1_2_strict_with_1_3
    x_forwarded_for:
      client_cert_subject_dn_enabled: true
      client_cert_subject_dn_alias: x-client-dn

- name: Certificates for two more names, and none but these
  alicloud.mtls.alb_listener:
    region: cn-hangzhou
    load_balancer_name: shop
    port: 443
    additional_certificate_ids: [13781327-cn-hangzhou, 13781328-cn-hangzhou]
    purge_additional_certificates: true

- name: Let in only the clients of two access control lists
  alicloud.mtls.alb_listener:
    region: cn-hangzhou
    load_balancer_name: shop
    port: 443
    acl:
      access: allow
      acl_ids: [acl-hp34s2h0xx1ht4nwo****, acl-hp35t3i1yy2iu5oxp****]
    purge_acls: true

- name: Stop the plain HTTP listener
  alicloud.mtls.alb_listener:
    region: cn-hangzhou
    load_balancer_name: shop
    protocol: http
    port: 80
    running: false

- name: Back to one-way authentication, all else as it is
  alicloud.mtls.alb_listener:
    region: cn-hangzhou
    load_balancer_name: shop
    port: 443
    mutual_authentication: false
"""

RETURN = r"""
listener:
  description: The listener, or V(null) when it is absent.
  returned: success
  type: dict
  contains:
    listener_id:
      description: Id.
      type: str
      returned: always
      sample: lsn-o4u54y73wq7b******
    load_balancer_id:
      description: Id of the load balancer.
      type: str
      returned: always
      sample: alb-n5qw04uq8vavfe****
    protocol:
      description: Protocol.
      type: str
      returned: always
      sample: https
    port:
      description: Port.
      type: int
      returned: always
      sample: 443
    status:
      description: State, V(running) when it is in service, V(stopped) when it was stopped.
      type: str
      returned: always
      sample: running
    server_group_id:
      description: Server group.
      type: str
      returned: always
      sample: sgp-atstuj3rtoptyui****
    certificate_ids:
      description: Server certificates.
      type: list
      elements: str
      returned: always
      sample: [13781326-cn-hangzhou]
    additional_certificate_ids:
      description:
        - Additional server certificates. V(null) if they were not read, because neither
          O(additional_certificate_ids) nor another O(certificate_ids) was given.
      type: list
      elements: str
      returned: always
      sample: [13781327-cn-hangzhou]
    mutual_authentication:
      description: Whether clients must show a certificate.
      type: bool
      returned: always
    ca_certificate_ids:
      description: The CA that signs the clients' certificates.
      type: list
      elements: str
      returned: always
      sample: [1efd3cac-e8c1-611d-b971-f96e5e432aba]
    security_policy_id:
      description: TLS security policy.
      type: str
      returned: always
      sample: tls_cipher_policy_1_2_strict_with_1_3
    http2:
      description: HTTP/2.
      type: bool
      returned: always
    gzip:
      description: Compression.
      type: bool
      returned: always
    idle_timeout:
      description: Idle timeout in seconds.
      type: int
      returned: always
      sample: 15
    request_timeout:
      description: Request timeout in seconds.
      type: int
      returned: always
      sample: 60
    x_forwarded_for:
      description: Headers, with the keys of O(x_forwarded_for).
      type: dict
      returned: always
    quic:
      description: QUIC upgrade, with the keys of O(quic).
      type: dict
      returned: always
    access_log:
      description: What is logged, with the keys of O(access_log).
      type: dict
      returned: always
    acl:
      description: Access control lists.
      type: dict
      returned: always
      contains:
        access:
          description: V(allow) or V(deny), or V(null) without lists.
          type: str
          returned: always
          sample: allow
        acl_ids:
          description: Their ids.
          type: list
          elements: str
          returned: always
          sample: [acl-hp34s2h0xx1ht4nwo****]
    description:
      description: Description.
      type: str
      returned: always
    tags:
      description: Tags.
      type: dict
      returned: always
removed:
  description: Id of what was removed, or in check mode would be, for O(removed_before) of later tasks.
  returned: O(state=absent)
  type: list
  elements: str
rules:
  description: The forwarding rules that went with the listener, or in check mode would go, with C(rule_id) and C(name).
  returned: O(state=absent)
  type: list
  elements: dict
actions:
  description: The actions that were taken, or in check mode would be, in this order. Empty if nothing changed.
  returned: success
  type: list
  elements: str
  sample: [update_listener_attribute]
waited:
  description: Whether the module waited for its change to take effect (see O(wait)).
  returned: success
  type: bool
code:
  description: Error code of the service.
  returned: failure of a request
  type: str
http_status:
  description: HTTP status of the error.
  returned: failure of a request
  type: int
request_id:
  description: Id of the failed request, for a support case.
  returned: failure of a request
  type: str
recommend:
  description: Address of the service's own advice.
  returned: failure of a request
  type: str
hint:
  description: What can be done about the failure.
  returned: failure
  type: str
"""

from ..module_utils._alb.fields import X_FORWARDED_FOR
from ..module_utils._alb.listener import Listener
from ..module_utils._core.module import REMOVAL, STATE, Spec, run

_WORDS: dict[str, Spec] = {
    "processing_mode": {"type": "str", "choices": ["append", "remove"]},
    "client_source_ips_trusted": {"type": "str"},
}


def _header(name: str) -> Spec:
    return _WORDS.get(name) or {"type": "str" if name.endswith("_alias") else "bool"}


def main() -> None:
    run(
        Listener,
        {
            "listener_id": {"type": "str"},
            "load_balancer_id": {"type": "str"},
            "load_balancer_name": {"type": "str"},
            "protocol": {"type": "str", "choices": ["http", "https", "quic"]},
            "port": {"type": "int"},
            "server_group_id": {"type": "str"},
            "certificate_ids": {"type": "list", "elements": "str"},
            "additional_certificate_ids": {"type": "list", "elements": "str"},
            "purge_additional_certificates": {"type": "bool", "default": False},
            "mutual_authentication": {"type": "bool"},
            "ca_certificate_ids": {"type": "list", "elements": "str"},
            "security_policy_id": {"type": "str"},
            "http2": {"type": "bool"},
            "gzip": {"type": "bool"},
            "idle_timeout": {"type": "int"},
            "request_timeout": {"type": "int"},
            "x_forwarded_for": {
                "type": "dict",
                "options": {field.name: _header(field.name) for field in X_FORWARDED_FOR},
            },
            "quic": {
                "type": "dict",
                "options": {"upgrade_enabled": {"type": "bool"}, "listener_id": {"type": "str"}},
            },
            "access_log": {
                "type": "dict",
                "options": {
                    "record_customized_headers": {"type": "bool"},
                    "tracing_enabled": {"type": "bool"},
                    "tracing_sample": {"type": "int"},
                    "tracing_type": {"type": "str", "choices": ["Zipkin"]},
                },
            },
            "acl": {
                "type": "dict",
                "options": {
                    "access": {"type": "str", "choices": ["allow", "deny"]},
                    "acl_ids": {"type": "list", "elements": "str", "required": True},
                },
            },
            "purge_acls": {"type": "bool", "default": False},
            "running": {"type": "bool"},
            "description": {"type": "str"},
            "tags": {"type": "dict"},
            "purge_tags": {"type": "bool", "default": False},
            "state": STATE,
            **REMOVAL,
        },
        required_one_of=[["listener_id", "load_balancer_id", "load_balancer_name"], ["listener_id", "port"]],
        mutually_exclusive=[["load_balancer_id", "load_balancer_name"]],
    )


if __name__ == "__main__":
    main()
