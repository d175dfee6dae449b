#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mtls_probe
short_description: Verify which clients an HTTPS service with mutual authentication lets in
version_added: 1.0.0
author:
  - The alicloud.mtls authors (@alicloud-mtls)
description:
  - Connects as several identities (without a certificate, with a valid one, with an invalid one), each time with a
    complete TLS handshake and an HTTP request, and returns for each whether it was let in, and if not, why.
  - A refusal is distinguished from a service that cannot be reached. In TLS 1.3 it arrives only after the handshake,
    therefore the module always waits for the answer.
  - Only a server that requested a certificate can refuse one. Without the request, an answer that looks like a refusal
    counts as V(failed).
  - The task fails when an expectation is not met, with a table of the unmet ones, and all results in its return value.
options:
  host:
    description:
      - Name of the service, for SNI, for the C(Host) header, and for the verification of the server's certificate.
      - A name that is not ASCII is converted as browsers and curl do (IDNA 2008 with UTS 46, non-transitional).
    type: str
    required: true
  port:
    description: Port of the service.
    type: int
    default: 443
  address:
    description: Connect to this address instead of looking up O(host).
    type: str
  resolver:
    description:
      - DNS server that resolves O(host), an IP address with or without a port, such as V(127.0.0.1:9953).
      - The default is the resolver of the system.
    type: str
  path:
    description: Path of the page that is requested with GET.
    type: str
    default: /
  ca_path:
    description:
      - File with the CA certificates, PEM, against which the server's certificate is verified.
      - The default is the CA certificates of the system.
    type: path
  validate_certs:
    description: Whether the server's certificate is verified, as a client would do.
    type: bool
    default: true
  tls_version:
    description: Version of TLS. V(auto) is the highest that both sides support, 1.2 at least.
    type: str
    choices: [auto, '1.2', '1.3']
    default: auto
  timeout:
    description: Seconds for a request, from the first packet to the end of the answer, up to 3600.
    type: float
    default: 5
  requests:
    description:
      - Requests per identity, each on a new connection. When O(host) has several addresses they take turns, and each
        gets at least one request.
      - Use more requests than there are servers, so that each of them answers. V(10000) at most.
    type: int
    default: 4
  concurrency:
    description: Maximal number of connections at once, up to 256.
    type: int
    default: 16
  answers_by:
    description: What identifies the server of an answer.
    type: str
    choices:
      line: The first line of the body.
      header: The response header that O(answers_header) names.
      address: The address of the connection, where a name has several.
    default: line
  answers_header:
    description: Name of the header for O(answers_by=header), such as V(X-Served-By).
    type: str
  resumption:
    description: Whether to find out if the service resumes TLS sessions. Costs two more requests per accepted identity.
    type: bool
    default: false
  server:
    description:
      - Checks of the service itself, at each of its addresses. Without this option there are none.
      - They take a few handshakes without a certificate. The results are RV(server) and RV(checks).
      - A property that cannot be determined, because the server neither accepts nor declines, is not as expected.
    type: dict
    suboptions:
      verified:
        description: Its certificate has to be valid for O(host), with the CAs of O(ca_path).
        type: bool
        default: true
      days_left:
        description: Days that its certificate has to be valid for at least. V(0) leaves the check out.
        type: int
        default: 0
      asks_for_certificate:
        description: It has to request a client certificate, in the handshake or after an HTTP request.
        type: bool
        default: true
      tls_versions:
        description: It has to accept exactly these versions of TLS, of those that the module's OpenSSL supports.
        type: list
        elements: str
        choices: ['1.0', '1.1', '1.2', '1.3']
      ciphers:
        description:
          - The only cipher suites that it may accept, by OpenSSL's names.
          - Unless a suite of TLS 1.3 is listed, all suites of TLS 1.3 are allowed.
        type: list
        elements: str
      http_port:
        description:
          - Port without TLS that has to redirect to C(https://), O(host) and O(port).
          - V(0) leaves the check out.
        type: int
        default: 0
  made_by:
    description:
      - The CA that signs the certificates of O(identities[].made) that need it. They are not stored.
      - The service has to trust this CA, or it refuses them for that alone. So either another identity needs a
        certificate that leads to this CA, or one with O(identities[].made=valid) and O(identities[].expect=accepted).
    type: dict
    suboptions:
      ca_certificate_path:
        description:
          - File of the CA certificate, PEM, followed by its intermediate CAs when the service trusts a CA above it.
          - Each certificate that is made is sent together with them.
        type: path
        required: true
      ca_private_key_path:
        description: File of its private key, PEM. Without it no certificate is made; RV(authority) is still returned.
        type: path
      ca_passphrase:
        description: Passphrase of the private key, if it has one.
        type: str
  claim_headers:
    description: Names of the headers of O(identities[].claims). The default is ALB's four.
    type: dict
    suboptions:
      subject: {description: Subject., type: str}
      issuer: {description: Issuer., type: str}
      fingerprint: {description: Fingerprint., type: str}
      verification: {description: Outcome of the verification., type: str}
  wait_timeout:
    description:
      - Seconds to retry until all expectations are met.
      - V(0) tries once.
    type: int
    default: 0
  identities:
    description: The clients to try. An identity with a name only sends no certificate.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name in the results.
        type: str
        required: true
      certificate_path:
        description: File of the client certificate, PEM, followed by intermediate CAs if the server needs them.
        type: path
      private_key_path:
        description: File of its private key, PEM. Not needed when it is in O(identities[].certificate_path) as well.
        type: path
      pkcs12_path:
        description: PKCS#12 file (C(.p12), C(.pfx)) with client certificate and private key.
        type: path
      passphrase:
        description: Passphrase of the private key or of the PKCS#12 file.
        type: str
      made:
        description:
          - Send a certificate that is made for this task and not stored. All but V(valid) have to be refused.
          - A certificate that O(made_by) signs has subject and alternative names of the first identity with a
            certificate, so that a server can refuse it only for its fault.
        type: str
        choices:
          other_ca: Signed by a CA with another name, which the service does not trust.
          foreign_ca: >-
            Signed by a CA that the service does not trust, under the name of the real CA: of the issuer of the first
            identity with a certificate, otherwise of O(made_by), otherwise of the first CA in the server's request. A
            server that only compares names lets it in.
          valid: >-
            Signed by O(made_by), without a fault. That it is let in shows that the others are refused for their fault.
          expired: Signed by O(made_by), expired since yesterday.
          not_yet_valid: Signed by O(made_by), valid from tomorrow on.
          server_only: Signed by O(made_by), for servers only (extended key usage).
          missing_intermediate: Signed by an intermediate CA of O(made_by), whose certificate is not sent.
          wrong_intermediate: The same, sent with the certificate of another intermediate CA of that name.
          damaged: The certificate of the first identity that has one, with one bit of the signature changed.
      expect:
        description: Verdict without which the task fails. Without this option the verdict is only returned.
        type: str
        choices: [accepted, refused]
      expect_refused_by:
        description: >-
          Fail unless this layer refused the client, see RV(results[].refused_by). With O(identities[].expect=refused).
        type: str
        choices: [tls, load_balancer, backend]
      claims:
        description:
          - Name of another identity. The request has headers that say about this client what is true of that one, as a
            load balancer would (O(claim_headers)).
          - A service that believes the client then lets it in, or refuses it, in place of the other one.
        type: str
      address:
        description: Connect to this address, past the load balancer, for example to one of the servers behind it.
        type: str
      port:
        description: Port for O(identities[].address). The default is O(port).
        type: int
      expect_answers:
        description:
          - Fail unless each of these texts is, as a whole word, in at least one of RV(results[].answers).
          - With a page that names the server this proves that all servers receive requests.
        type: list
        elements: str
requirements:
  - cryptography >= 42 (Python package) on the host where the module runs
  - dnspython >= 2.7 (Python package) for O(resolver)
  - idna (Python package) for an O(host) that is not ASCII
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode), and does the same there, since it only reads.
  diff_mode:
    support: none
    description: Changes nothing, so there is no difference to show.
  idempotent:
    support: full
    description: Never changes anything.
  platform:
    support: full
    description: Systems that the module runs on.
    platforms: posix
notes:
  - Every path is absolute and outside of the installed collections.
  - A server that asks for a certificate, and then closes the connection without an alert and without an answer, counts
    as having refused. That it accepts a valid client in the same run shows that it was not out of order.
  - A server that closes the connection without having requested a certificate has refused nobody. Its verdict is
    V(reset).
  - Private keys of certificates that are made, and of PKCS#12 files, are written encrypted to a private directory,
    loaded, and removed before the first connection.
seealso:
  - module: alicloud.mtls.alb_listener
  - module: alicloud.mtls.client_certificate
  - name: RFC 8446, appendix E.1.2
    link: https://www.rfc-editor.org/rfc/rfc8446#appendix-E.1.2
    description: Why a client of TLS 1.3 learns only after its handshake that it was refused.
"""

EXAMPLES = r"""
- name: Only clients with a certificate of our CA are let in, and both servers answer them
  alicloud.mtls.mtls_probe:
    host: www.example.com
    requests: 6
    identities:
      - name: without a certificate
        expect: refused
      - name: of a foreign CA
        made: foreign_ca
        expect: refused
      - name: valid client
        certificate_path: /srv/pki/client.crt
        private_key_path: /srv/pki/client.key
        expect: accepted
        expect_answers: [ECS01, ECS02]

- name: Verify a service before its DNS record exists, and wait for it to come up
  alicloud.mtls.mtls_probe:
    host: www.example.com
    address: 203.0.113.10
    ca_path: /srv/pki/server-ca/root.crt
    wait_timeout: 60
    identities:
      - name: browser
        pkcs12_path: /srv/pki/client.p12
        passphrase: "{{ vaulted_passphrase }}"
        expect: accepted

- name: All kinds of invalid certificates, and the properties of the server
  alicloud.mtls.mtls_probe:
    host: www.example.com
    server:
      days_left: 30
      tls_versions: ['1.2', '1.3']
      http_port: 80
    made_by:
      ca_certificate_path: /srv/pki/root.crt
      ca_private_key_path: /srv/pki/root.key
    identities:
      - {name: valid, certificate_path: /srv/pki/client.crt, private_key_path: /srv/pki/client.key, expect: accepted}
      - {name: made by the same CA, made: valid, expect: accepted}
      - {name: expired, made: expired, expect: refused}
      - {name: not yet valid, made: not_yet_valid, expect: refused}
      - {name: for servers only, made: server_only, expect: refused}
      - {name: damaged, made: damaged, expect: refused}
"""

RETURN = r"""
results:
  description: One per identity, in their order. Also returned when the task failed because of an expectation.
  returned: when the files of the identities could be used
  type: list
  elements: dict
  contains:
    name: {description: Name of the identity., type: str, returned: success}
    kind:
      description: V(none), V(certificate), V(pkcs12), or the value of O(identities[].made).
      type: str
      returned: success
    reached: {description: Whether there was a TCP connection., type: bool, returned: success}
    verdict:
      description:
        - V(accepted) for an answer with an HTTP status that is no refusal.
        - V(refused_handshake) when TLS refused the client, V(refused_http) when HTTP did (400, 401, 403, 495, 496).
        - V(unreachable) when there was no connection.
        - V(hanging) when there was no answer in time, V(slow) when the answer did not end in time.
        - V(reset) when the server closed the connection without an answer, and either had not requested a certificate,
          or had completed a handshake of TLS 1.2, which lets the client in.
        - V(garbage) when the answer was not TLS, or not HTTP.
        - V(failed) for anything else, also when answers differ, when the client was let in and the server failed (5xx),
          or for the answer of a refusal without a request for a certificate before it.
      type: str
      returned: success
      sample: refused_http
    expect: {description: What was expected., type: str, returned: success}
    met: {description: Whether the verdict is as expected., type: bool, returned: success}
    reason: {description: The verdict in words., type: str, returned: success, sample: refused with HTTP 400}
    reason_parts: &parts
      description: The reason for programs, one part for each statement.
      type: list
      elements: dict
      returned: success
      contains:
        code: {description: Stable word for the statement., type: str, returned: success, sample: http_refused}
        details: {description: Values in the statement., type: dict, returned: success, sample: {status: 400}}
    hint: {description: What to do. Null when the verdict is as expected., type: str, returned: success}
    hint_parts: *parts
    alert: {description: TLS alert of the server., type: str, returned: success, sample: certificate required}
    http_status: {description: Status of the answer., type: int, returned: success, sample: 400}
    refused_by:
      description:
        - Layer that refused the client. V(tls) for an alert or a closed connection. V(load_balancer) for HTTP 400, 495
          or 496 without another reason, with which whoever ends TLS answers. V(backend) for the answer of a server
          behind it that M(alicloud.mtls.nginx_sites) has set up, or of one that was asked directly.
        - Null if it was not refused, or if the answer does not tell.
      type: str
      returned: success
      sample: backend
    refusal:
      description: Reason of that server, a value of C($mtls_decision) of M(alicloud.mtls.nginx_sites).
      type: str
      returned: success
      sample: revoked
    address: {description: Address that answered., type: str, returned: success}
    tls_version: {description: Version of TLS., type: str, returned: success, sample: '1.3'}
    cipher: {description: Cipher suite., type: str, returned: success, sample: TLS_AES_256_GCM_SHA384}
    alpn: {description: Protocol agreed on by ALPN., type: str, returned: success, sample: http/1.1}
    resumption:
      description: Whether a TLS session was resumed. Null when the client was not let in.
      type: bool
      returned: when O(resumption)
    latency_ms:
      description: Percentiles of the time for an answered request with its connection, in milliseconds.
      type: dict
      returned: success
      sample: {p50: 4.1, p90: 6.0, p99: 9.7, max: 9.7}
    requests: {description: Requests made in the last round., type: int, returned: success}
    answers:
      description: Servers of the accepted requests (O(answers_by)), and the number of their answers.
      type: dict
      returned: success
      sample: {"Hello World ! This is ECS01.": 3, "Hello World ! This is ECS02.": 3}
    missing_answers: {description: Expected texts that no answer had., type: list, elements: str, returned: success}
    certificate:
      description: The client certificate, if there was one.
      type: dict
      returned: success
      contains: &facts
        subject: {description: The subject. Empty when it cannot be read., type: dict, returned: success}
        issuer: {description: The issuer. Empty when it cannot be read., type: dict, returned: success}
        not_before: {description: Start of validity., type: str, returned: success, sample: "2026-11-20T08:00:00Z"}
        not_after: {description: End of validity., type: str, returned: success, sample: "2036-11-20T08:00:00Z"}
        days_left: {description: Whole days until the end of validity., type: int, returned: success, sample: 3649}
        fingerprint_sha256: {description: SHA-256 of the certificate in hexadecimal., type: str, returned: success}
    server_certificate:
      description: The server's certificate, if the server sent one.
      type: dict
      returned: success
      contains: *facts
    server_chain:
      description: The certificates that the server sent.
      type: list
      elements: dict
      returned: success
      contains: *facts
    server_verified:
      description: Whether they are valid for O(host). Null when unknown, or with O(validate_certs=false).
      type: bool
      returned: success
    asks_for_certificate: {description: Whether the server requested a certificate., type: bool, returned: success}
    ca_names: {description: Names of the CAs in the server's request., type: list, elements: str, returned: success}
server:
  description: Properties of the service that each client sees. Null without O(server).
  returned: when the files of the identities could be used
  type: dict
  contains:
    reached: {description: Whether it sent a certificate., type: bool, returned: success}
    reason: {description: Why not., type: str, returned: success}
    address:
      description:
        - Address of the properties.
        - Where there are several, the first with an unmet check, if there is one.
      type: str
      returned: success
    chain: {description: The certificates it sends., type: list, elements: dict, returned: success, contains: *facts}
    verified: {description: Whether they are valid for O(host)., type: bool, returned: success}
    verify_error: {description: Why not., type: str, returned: success, sample: certificate has expired}
    asks_for_certificate: {description: Whether it requests a client certificate., type: bool, returned: success}
    ca_names: {description: Names of the CAs in its request., type: list, elements: str, returned: success}
    alpn: {description: Protocol that it selects of HTTP/2 and HTTP/1.1., type: str, returned: success, sample: h2}
    tls_versions: {description: Versions that it accepts., type: list, elements: str, returned: success}
    ciphers: {description: Cipher suites that it accepts., type: list, elements: str, returned: success}
    unknown:
      description: Reasons why RV(server.tls_versions) or RV(server.ciphers) could not be determined completely.
      type: dict
      returned: success
    redirect: {description: URL to which it redirects a request without TLS., type: str, returned: success}
checks:
  description: One for each check that O(server) orders.
  returned: when the files of the identities could be used
  type: list
  elements: dict
  contains:
    name: {description: Name of the check., type: str, returned: success, sample: TLS versions}
    expected: {description: Expected value., type: str, returned: success, sample: "1.2, 1.3"}
    found: {description: Found value., type: str, returned: success, sample: "1.2, 1.3"}
    expected_parts: *parts
    found_parts: *parts
    met: {description: Whether it is as expected., type: bool, returned: success}
authority:
  description: The CA of O(made_by), if it is given.
  returned: when the files of the identities could be used
  type: dict
  contains: *facts
"""

from ..module_utils._arguments.module import AnsibleModule
from ..module_utils._nginx.client_forms import ALB_HEADERS
from ..module_utils._probe import module, test_certificates


def main() -> None:
    identity = {
        "name": {"type": "str", "required": True},
        "certificate_path": {"type": "path"},
        "private_key_path": {"type": "path"},
        "pkcs12_path": {"type": "path"},
        "passphrase": {"type": "str", "no_log": True},
        "made": {"type": "str", "choices": list(test_certificates.KINDS)},
        "expect": {"type": "str", "choices": ["accepted", "refused"]},
        "expect_refused_by": {"type": "str", "choices": ["tls", "load_balancer", "backend"]},
        "claims": {"type": "str"},
        "address": {"type": "str"},
        "port": {"type": "int"},
        "expect_answers": {"type": "list", "elements": "str"},
    }
    server = {
        "verified": {"type": "bool", "default": True},
        "days_left": {"type": "int", "default": 0},
        "asks_for_certificate": {"type": "bool", "default": True},
        "tls_versions": {"type": "list", "elements": "str", "choices": ["1.0", "1.1", "1.2", "1.3"]},
        "ciphers": {"type": "list", "elements": "str"},
        "http_port": {"type": "int", "default": 0},
    }
    made_by = {
        "ca_certificate_path": {"type": "path", "required": True},
        "ca_private_key_path": {"type": "path"},
        "ca_passphrase": {"type": "str", "no_log": True},
    }
    spec: dict[str, dict[str, object]] = {
        "host": {"type": "str", "required": True},
        "port": {"type": "int", "default": 443},
        "address": {"type": "str"},
        "resolver": {"type": "str"},
        "path": {"type": "str", "default": "/"},
        "ca_path": {"type": "path"},
        "validate_certs": {"type": "bool", "default": True},
        "tls_version": {"type": "str", "choices": ["auto", "1.2", "1.3"], "default": "auto"},
        "timeout": {"type": "float", "default": 5},
        "requests": {"type": "int", "default": 4},
        "concurrency": {"type": "int", "default": 16},
        "answers_by": {"type": "str", "choices": ["line", "header", "address"], "default": "line"},
        "answers_header": {"type": "str"},
        "resumption": {"type": "bool", "default": False},
        "server": {"type": "dict", "options": server},
        "made_by": {"type": "dict", "options": made_by},
        "claim_headers": {"type": "dict", "options": {name: {"type": "str"} for name in ALB_HEADERS}},
        "wait_timeout": {"type": "int", "default": 0},
        "identities": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": identity,
            "mutually_exclusive": [("certificate_path", "pkcs12_path", "made")],
            "required_by": {"private_key_path": "certificate_path", "port": "address"},
        },
    }
    module.run(
        AnsibleModule(argument_spec=spec, mutually_exclusive=[("address", "resolver")], supports_check_mode=True)
    )


if __name__ == "__main__":
    main()
