#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ca_info
short_description: Read the CA in a directory, and how far it has come in replacing another one
version_added: 1.0.0
author:
  - The alicloud.mtls authors (@alicloud-mtls)
description:
  - Reads the certificate of a CA of the module M(alicloud.mtls.ca), and how many certificates it has issued.
  - With O(replaces), says whether this CA is prepared to replace the other one, and which clients of the other one have
    no certificate of this one yet. A rotation has to know both before its next step.
  - A directory without a CA is no error. Private keys are not read.
requirements:
  - cryptography >= 42 (Python package) on the host where the module runs
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode) and returns the same as without it.
  diff_mode:
    support: N/A
    description: Changes nothing.
  idempotent:
    support: full
    description: Changes nothing.
  platform:
    support: full
    description: Systems that the module runs on.
    platforms: posix
options:
  path:
    description: Directory of the CA.
    type: path
    required: true
  certificate_name:
    description: File name of its certificate.
    type: str
    default: root.crt
  replaces:
    description: The CA that it is to replace.
    type: dict
    suboptions:
      path:
        description: Directory of that CA.
        type: path
        required: true
      certificate_name:
        description: File name of its certificate.
        type: str
        default: root.crt
seealso:
  - module: alicloud.mtls.ca
  - module: alicloud.mtls.certificate_info
"""

EXAMPLES = r"""
- name: Look at the CA that is to replace the one in /srv/pki
  alicloud.mtls.ca_info:
    path: /srv/pki-2027
    replaces:
      path: /srv/pki
  register: successor

- name: Stop unless it has been prepared
  ansible.builtin.assert:
    that: successor.state == 'prepared' and successor.ca.issued > 0
"""

RETURN = r"""
ca:
  description: The CA in O(path). V(none) when there is none.
  returned: success
  type: dict
  contains:
    certificate: {description: The certificate in PEM form., type: str, returned: success}
    certificate_path: {description: Its file., type: str, returned: success}
    subject: {description: The subject., type: dict, returned: success}
    issuer: {description: Subject of the CA that signed it., type: dict, returned: success}
    dns_names: {description: Empty for a CA., type: list, elements: str, returned: success}
    ip_addresses: {description: Empty for a CA., type: list, elements: str, returned: success}
    email_addresses: {description: That of the subject., type: list, elements: str, returned: success}
    uris: {description: Empty for a CA., type: list, elements: str, returned: success}
    key: {description: Kind of the key., type: str, returned: success, sample: RSA 4096}
    not_before: {description: Start of validity., type: str, returned: success, sample: "2026-11-23T08:00:00Z"}
    not_after: {description: End of validity., type: str, returned: success, sample: "2036-11-20T08:00:00Z"}
    serial_number: {description: Serial number in hexadecimal., type: str, returned: success}
    fingerprint_sha256: {description: SHA-256 of the certificate in hexadecimal., type: str, returned: success}
    public_key_sha256:
      description: SHA-256 of the public key (SubjectPublicKeyInfo) in hexadecimal. A renewed CA keeps it.
      type: str
      returned: success
    issued:
      description: How many certificates of clients and servers it has issued that have not expired.
      type: int
      returned: success
replaces:
  description: The CA of O(replaces), with the keys of RV(ca) but RV(ca.issued). V(none) when there is none.
  returned: success
  type: dict
state:
  description:
    - How far the CA in O(path) has come in replacing that of O(replaces). Null without O(replaces).
    - V(none) means that there is no CA, V(begun) that it has issued nothing or that a run was interrupted, V(prepared)
      that it has its cross-certificate, V(finished) that the cross-certificate was removed again, and V(other) that the
      CA was never prepared to replace the other one.
  returned: success
  type: str
  sample: prepared
clients:
  description: How many clients have a valid certificate of the CA of O(replaces).
  returned: success
  type: int
clients_without:
  description: The clients with a valid certificate of the CA of O(replaces) that have none of the CA in O(path).
  returned: success
  type: list
  elements: dict
  contains:
    name: {description: "Name of its files, or else its common name.", type: str, returned: success}
    common_name: {description: Common name., type: str, returned: success}
    serial_number: {description: Serial number of the old certificate in hexadecimal., type: str, returned: success}
    not_after: {description: End of its validity., type: str, returned: success, sample: "2036-11-20T08:00:00Z"}
    request_needed:
      description: Whether only the client has its private key, so that its owner has to submit a certificate request.
      type: bool
      returned: success
hint:
  description: What to do about it. It is also the end of RV(ignore:msg).
  returned: failure
  type: str
code:
  description: One word for what was wrong.
  returned: failure
  type: str
  sample: ca_unreadable
"""

from ..module_utils._arguments.module import AnsibleModule
from ..module_utils._pki import module, options


def main() -> None:
    where: options.Spec = {
        "path": {"type": "path", "required": True},
        "certificate_name": {"type": "str", "default": "root.crt"},
    }
    spec: options.Spec = {**where, "replaces": {"type": "dict", "options": where}}
    module.run(AnsibleModule(argument_spec=spec, supports_check_mode=True), "ca_info")


if __name__ == "__main__":
    main()
