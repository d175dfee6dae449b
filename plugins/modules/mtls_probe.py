#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mtls_probe
short_description: Prove who is let in by an HTTPS service with mutual authentication
version_added: 1.0.0
author:
  - The alicloud.mtls authors (@alicloud-mtls)
description:
  - Connects as several identities (without a certificate, with one's own, with that of a stranger), each time with a
    whole TLS handshake and an HTTP request, and says for each whether it was let in, and if not, by what and why.
  - A refusal is told apart from a service that cannot be reached. In TLS 1.3 it arrives only after the handshake,
    therefore the answer is always read.
  - A refusal takes a question. What answers like one, but had not asked for a certificate, counts as V(failed).
  - The task fails when an expectation is not met, with a table of what differs, and all results in its return value.
options:
  host:
    description:
      - Name of the service, for SNI, for the C(Host) header, and to be found in the server's certificate.
      - A name that is not ASCII is turned into its IDNA form.
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
      - DNS server that is asked for O(host), an IP address with or without a port, such as V(127.0.0.1:9953).
      - The default are the resolvers of the system.
    type: str
  path:
    description: What is requested with GET.
    type: str
    default: /
  ca_path:
    description:
      - File with the CA certificates, PEM, against which the server's certificate is verified.
      - The default are those of the system.
    type: path
  validate_certs:
    description: Whether the certificate of the server is verified. A client would do it.
    type: bool
    default: true
  tls_version:
    description: The version of TLS. V(auto) is the highest that both sides have, from 1.2 on.
    type: str
    choices: [auto, '1.2', '1.3']
    default: auto
  timeout:
    description: Seconds for a request, from the first packet to the end of the answer, up to 3600.
    type: float
    default: 5
  requests:
    description:
      - Requests per identity, each with a connection of its own. When O(host) has several addresses they take turns,
        and each gets one at least.
      - Take more than there are servers, to see all of them answer. V(10000) at most.
    type: int
    default: 4
  concurrency:
    description: How many connections there may be at once, up to 256.
    type: int
    default: 16
  answers_by:
    description: By what the answers of the servers are told apart.
    type: str
    choices:
      line: The first line of the body.
      header: The response header that O(answers_header) names.
      address: The address that was connected to, where a name has several.
    default: line
  answers_header:
    description: Name of that header, such as V(X-Served-By).
    type: str
  resumption:
    description: Whether to find out, with two more requests per accepted identity, if TLS sessions are resumed.
    type: bool
    default: false
  server:
    description:
      - What the service itself has to show, at each of its addresses. Without it the service is not looked at.
      - Costs a few handshakes without a certificate; RV(server) and RV(checks) say what was found.
      - What cannot be told, since the server neither agrees nor declines, is not as expected.
    type: dict
    suboptions:
      verified:
        description: Its certificate stands for O(host), with the CAs of O(ca_path).
        type: bool
        default: true
      days_left:
        description: Its certificate is valid for so many days more. V(0) does not ask.
        type: int
        default: 0
      asks_for_certificate:
        description: It asks clients for a certificate, in the handshake or after a request.
        type: bool
        default: true
      tls_versions:
        description: It agrees to exactly these versions of TLS, as far as the OpenSSL of this side may speak them.
        type: list
        elements: str
        choices: ['1.0', '1.1', '1.2', '1.3']
      ciphers:
        description:
          - It agrees to no other cipher suites than these, in OpenSSL's names.
          - The suites of TLS 1.3 are free unless one of them is named.
        type: list
        elements: str
      http_port:
        description:
          - A request without TLS to this port is redirected to C(https), O(host) and O(port).
          - V(0) does not ask.
        type: int
        default: 0
  made_by:
    description:
      - The CA that signs those O(identities[].made) that need it. Nothing of it is stored.
      - The service has to trust it, or they are refused for that alone. So either another identity has a certificate
        that leads to this CA, or there is one with O(identities[].made=valid) and O(identities[].expect=accepted).
    type: dict
    suboptions:
      ca_certificate_path:
        description:
          - File of the CA certificate, PEM. When the service trusts a CA above it, followed by those between.
          - They are shown with each certificate that is made.
        type: path
        required: true
      ca_private_key_path:
        description: File of its private key, PEM. Without it no certificate is made, and RV(authority) is all.
        type: path
      ca_passphrase:
        description: Passphrase of the private key, if it has one.
        type: str
  wait_timeout:
    description:
      - Seconds to go on trying until all expectations are met.
      - V(0) tries once.
    type: int
    default: 0
  identities:
    description: Who tries to get in. An identity with a name only shows no certificate.
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
          - Show a certificate that is made for this task and kept nowhere. All but V(valid) have to be refused.
          - Those that O(made_by) signs have the names of the first identity with a certificate, and so differ from
            it in nothing else.
        type: str
        choices:
          other_ca: Of a CA with another name, that nobody trusts.
          foreign_ca: >-
            Of a CA that nobody trusts, but that has the name of the issuer of the first identity with a certificate, or
            else that of O(made_by), or of the first CA that the service asks for. A server that only compares names
            lets it in.
          valid: >-
            Signed by O(made_by), with nothing wrong. That it is let in shows that the others are refused for what is
            wrong with them.
          expired: Signed by O(made_by), but since yesterday no longer valid.
          not_yet_valid: Signed by O(made_by), but only valid from tomorrow on.
          server_only: Signed by O(made_by), but for servers only (extended key usage).
          missing_intermediate: Of an intermediate CA of O(made_by), without the certificate of that one.
          wrong_intermediate: The same, with the certificate of another intermediate CA of that name.
          damaged: That of the first identity with a certificate, with one bit of the signature changed.
      expect:
        description: Fail when it is otherwise. Without it the verdict is only returned.
        type: str
        choices: [accepted, refused]
      expect_answers:
        description:
          - Fail unless each of these texts is, as a whole word, in at least one of RV(results[].answers).
          - With a page that names the server this proves that all servers take part.
        type: list
        elements: str
requirements:
  - cryptography >= 42 (Python package) on the host where the module runs
  - dnspython (Python package) for O(resolver)
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode). It only reads, so it does there what it does otherwise.
  diff_mode:
    support: none
    description: There is no difference to show, since nothing is changed.
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
    as having refused. That the right client is accepted by the same service shows that it was not out of order.
  - A server that closes without having asked for a certificate has not refused anybody, which is V(reset).
  - The key of a certificate that is made, and that out of a PKCS#12 file, is written encrypted to a private directory,
    loaded, and removed before the first connection.
seealso:
  - module: alicloud.mtls.alb_listener
  - module: alicloud.mtls.client_certificate
  - name: RFC 8446, appendix E.1.2
    link: https://www.rfc-editor.org/rfc/rfc8446#appendix-E.1.2
    description: Why a client of TLS 1.3 learns late that it was refused.
"""

EXAMPLES = r"""
- name: Only clients with a certificate of our CA get in, and both servers answer them
  alicloud.mtls.mtls_probe:
    host: www.example.com
    requests: 6
    identities:
      - name: without a certificate
        expect: refused
      - name: of a foreign CA
        made: foreign_ca
        expect: refused
      - name: right
        certificate_path: /srv/pki/client.crt
        private_key_path: /srv/pki/client.key
        expect: accepted
        expect_answers: [ECS01, ECS02]

- name: Look at a service before its DNS record exists, and wait for it to come up
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

- name: The whole matrix, and what the server itself has to show
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
      - {name: right, certificate_path: /srv/pki/client.crt, private_key_path: /srv/pki/client.key, expect: accepted}
      - {name: made by the same CA, made: valid, expect: accepted}
      - {name: expired, made: expired, expect: refused}
      - {name: not yet valid, made: not_yet_valid, expect: refused}
      - {name: of a server, made: server_only, expect: refused}
      - {name: damaged, made: damaged, expect: refused}
"""

RETURN = r"""
results:
  description: One per identity, in their order. Also there when the task failed because of an expectation.
  returned: when the identities could be used
  type: list
  elements: dict
  contains:
    name: {description: Name of the identity., type: str, returned: success}
    kind: {description: "V(none), V(certificate), V(pkcs12), or what was made.", type: str, returned: success}
    reached: {description: Whether there was a connection., type: bool, returned: success}
    verdict:
      description:
        - V(accepted) with an HTTP status that is no refusal.
        - V(refused_handshake) when TLS refused the client, V(refused_http) when HTTP did (400, 401, 403, 495, 496).
        - V(unreachable) when there was no connection.
        - V(hanging) when there was one, but no answer in time, V(slow) when the answer did not end in time.
        - V(reset) when the server closed the connection without an answer, and either had not asked for a certificate,
          or had completed a handshake of TLS 1.2, which lets the client in.
        - V(garbage) when what answered spoke no TLS, or no HTTP.
        - V(failed) for anything else, also when answers differ, when the client was let in and the server failed (5xx),
          or when the answer is that of a refusal, but the server had not asked for a certificate.
      type: str
      returned: success
      sample: refused_http
    expect: {description: What was expected., type: str, returned: success}
    met: {description: Whether it was so., type: bool, returned: success}
    reason: {description: The verdict in words., type: str, returned: success, sample: refused with HTTP 400}
    reason_parts: &parts
      description: The same for programs, one part for each statement.
      type: list
      elements: dict
      returned: success
      contains:
        code: {description: Which statement., type: str, returned: success, sample: http_refused}
        details: {description: What it is about., type: dict, returned: success, sample: {status: 400}}
    hint: {description: What to do. Null when it is as expected., type: str, returned: success}
    hint_parts: *parts
    alert: {description: TLS alert of the server., type: str, returned: success, sample: certificate required}
    http_status: {description: Status of the answer., type: int, returned: success, sample: 400}
    address: {description: Address that answered., type: str, returned: success}
    tls_version: {description: Version of TLS., type: str, returned: success, sample: '1.3'}
    cipher: {description: Cipher suite., type: str, returned: success, sample: TLS_AES_256_GCM_SHA384}
    alpn: {description: Protocol agreed on by ALPN., type: str, returned: success, sample: http/1.1}
    resumption:
      description: Whether a TLS session was resumed. Null when it was not let in.
      type: bool
      returned: when O(resumption)
    latency_ms:
      description: Percentiles of the answered requests, each with a connection of its own, in milliseconds.
      type: dict
      returned: success
      sample: {p50: 4.1, p90: 6.0, p99: 9.7, max: 9.7}
    requests: {description: Requests made in the last round., type: int, returned: success}
    answers:
      description: By O(answers_by), what accepted requests were answered with, and how often.
      type: dict
      returned: success
      sample: {"Hello World ! This is ECS01.": 3, "Hello World ! This is ECS02.": 3}
    missing_answers: {description: Expected texts that no answer had., type: list, elements: str, returned: success}
    certificate:
      description: The client certificate that was shown, if any.
      type: dict
      returned: success
      contains: &facts
        subject: {description: The subject. Empty when it cannot be read., type: dict, returned: success}
        issuer: {description: The issuer. Empty when it cannot be read., type: dict, returned: success}
        not_before: {description: Begin of validity., type: str, returned: success, sample: "2026-11-20T08:00:00Z"}
        not_after: {description: End of validity., type: str, returned: success, sample: "2036-11-20T08:00:00Z"}
        days_left: {description: Whole days until then., type: int, returned: success, sample: 3649}
        fingerprint_sha256: {description: SHA-256 of the certificate in hexadecimal., type: str, returned: success}
    server_certificate:
      description: The certificate of the server, when the handshake came that far.
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
      description: Whether they stand for O(host). Null when it cannot be told, or with O(validate_certs=false).
      type: bool
      returned: success
    asks_for_certificate: {description: Whether the server asked for a certificate., type: bool, returned: success}
    ca_names: {description: Names of the CAs that it asked for., type: list, elements: str, returned: success}
server:
  description: What the service shows to everybody. Null without O(server).
  returned: when the identities could be used
  type: dict
  contains:
    reached: {description: Whether it showed a certificate., type: bool, returned: success}
    reason: {description: Why not., type: str, returned: success}
    address:
      description:
        - Address that was looked at.
        - Where there are several, the first that is not as expected, if there is one.
      type: str
      returned: success
    chain: {description: The certificates it sends., type: list, elements: dict, returned: success, contains: *facts}
    verified: {description: Whether they stand for O(host)., type: bool, returned: success}
    verify_error: {description: Why not., type: str, returned: success, sample: certificate has expired}
    asks_for_certificate: {description: Whether it asks clients for a certificate., type: bool, returned: success}
    ca_names: {description: Names of the CAs that it asks for., type: list, elements: str, returned: success}
    alpn: {description: What it takes when offered HTTP/2 and HTTP/1.1., type: str, returned: success, sample: h2}
    tls_versions: {description: Versions it agrees to., type: list, elements: str, returned: success}
    ciphers: {description: Cipher suites that it agrees to., type: list, elements: str, returned: success}
    untold:
      description: What could not be told of RV(server.tls_versions) and RV(server.ciphers), and why.
      type: dict
      returned: success
    redirect: {description: Where it sends a request without TLS., type: str, returned: success}
checks:
  description: One for each thing that O(server) asks for.
  returned: when the identities could be used
  type: list
  elements: dict
  contains:
    name: {description: What was checked., type: str, returned: success, sample: TLS versions}
    expected: {description: What it has to be., type: str, returned: success, sample: "1.2, 1.3"}
    found: {description: What it is., type: str, returned: success, sample: "1.2, 1.3"}
    expected_parts: *parts
    found_parts: *parts
    met: {description: Whether it is as expected., type: bool, returned: success}
authority:
  description: The CA of O(made_by), if it is given.
  returned: when the identities could be used
  type: dict
  contains: *facts
"""

from ..module_utils._arguments.module import AnsibleModule
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
    spec = {
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
        "wait_timeout": {"type": "int", "default": 0},
        "identities": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": identity,
            "mutually_exclusive": [("certificate_path", "pkcs12_path", "made")],
            "required_by": {"private_key_path": "certificate_path"},
        },
    }
    module.run(
        AnsibleModule(argument_spec=spec, mutually_exclusive=[("address", "resolver")], supports_check_mode=True)
    )


if __name__ == "__main__":
    main()
