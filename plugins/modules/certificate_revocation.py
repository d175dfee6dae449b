#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: certificate_revocation
short_description: Revoke certificates of a CA of one's own and keep its CRL fresh
version_added: 1.0.0
author:
  - The alicloud.mtls authors (@alicloud-mtls)
description:
  - Revokes certificates that a CA of the module M(alicloud.mtls.ca) has signed, puts them on hold or releases them
    again, and writes the certificate revocation list (CRL, RFC 5280) in PEM and in DER form.
  - Without O(certificates) it renews the CRL when that is due. Run it regularly, well before the next update.
  - The state of a certificate that is not named stays as it is.
  - The files of a revoked certificate are left alone. Take the client out of the list of
    M(alicloud.mtls.client_certificate), which otherwise fails for it, or set
    O(alicloud.mtls.client_certificate#module:replace_revoked) to issue a new one.
  - A CRL has an effect only on servers that are configured with it. ALB does not support CRLs.
  - Each CA of a chain has a CRL of its own. Use one task for each.
requirements:
  - cryptography >= 42 (Python package) on the host where the module runs
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode) and returns the CRL that would be made.
  diff_mode:
    support: full
    description: Shows the CRL before and after in readable form.
  idempotent:
    support: full
    description: A second run with the same options changes nothing until the CRL is due for renewal.
  platform:
    support: full
    description: Systems that the module runs on.
    platforms: posix
options:
  ca_path:
    description:
      - Directory of the CA. In check mode it need not exist yet.
      - Its private key is read only when a CRL has to be signed.
    type: path
    required: true
  ca_passphrase:
    description: Passphrase of the CA's private key.
    type: str
  ca_private_key_name:
    description: File name of the CA's private key.
    type: str
    default: root.key
  ca_certificate_name:
    description: File name of the CA's certificate.
    type: str
    default: root.crt
  certificates:
    description:
      - The certificates to revoke or to release. Name each once, by one of the suboptions. A name is compared
        literally, with its commas and blanks, in capital and small letters.
      - A certificate that the CA does not know is an error, before anything is written. The message names those that
        come near. Only an unknown serial number is revoked, with a warning.
      - So is what fits certificates in several files; the message lists them.
    type: list
    elements: dict
    default: []
    suboptions:
      common_name:
        description:
          - Common name. It means every certificate of that name that has not expired, the earlier ones of a client
            included.
        type: str
      name:
        description: Name of the files without their endings, otherwise like O(certificates[].common_name).
        type: str
      client:
        description:
          - Name of the files without their endings, or common name, of a client or server.
          - It is an error when it is the file name of one client and the common name of another.
        type: str
      serial_number:
        description:
          - Serial number in hexadecimal, with or without colons and blanks.
          - Digits that would be the number of another certificate in decimal are an error unless V(0x) is before them
            or colons are between them. So is a part of a number that the CA knows.
        type: str
      fingerprint_sha256:
        description: SHA-256 of the certificate in hexadecimal, with or without colons.
        type: str
      path:
        description:
          - File of the certificate, in PEM or DER form. It may be one that the CA signed elsewhere.
          - The first certificate of the file counts. A second one of this CA is an error.
        type: path
      reason:
        description:
          - Reason of the revocation (RFC 5280, 5.3.1).
          - V(certificate_hold) can be taken back with V(remove_from_crl), every other reason is for good. A hold can
            also become a revocation for good.
          - Without it, a certificate that is revoked for good keeps its reason, and any other certificate is revoked
            as V(unspecified).
        type: str
        choices:
          - unspecified
          - key_compromise
          - ca_compromise
          - affiliation_changed
          - superseded
          - cessation_of_operation
          - certificate_hold
          - privilege_withdrawn
          - aa_compromise
          - remove_from_crl
  previous_ca:
    description:
      - The CA that this one replaces. A certificate in O(certificates) that only that CA knows is no error, but
        returned in RV(previous).
      - Its revocations are copied to the database of this CA, so that they count even if the option is left out later.
    type: dict
    suboptions:
      path:
        description: Directory of the CA.
        type: path
        required: true
      passphrase:
        description: Passphrase of its private key, which is not read.
        type: str
      private_key_name:
        description: File name of its private key, which is not read.
        type: str
        default: root.key
      certificate_name:
        description: File name of its certificate.
        type: str
        default: root.crt
  valid_for:
    description:
      - How long a CRL is valid from the moment it is made, as a number and a unit (V(s), V(m), V(h), V(d), V(w),
        V(y) for 365 days). After that, servers that check certificates with it refuse them all.
      - Changing it makes no new CRL by itself.
    type: str
    default: 30d
  renew_before:
    description: A CRL is renewed when it is valid for less than this. A duration like O(valid_for), or a share of it.
    type: str
    default: 50%
  lock_timeout:
    description: How long to wait for other runs on the same CA before this one fails. A duration like O(valid_for).
    type: str
    default: 5m
  owner:
    description: User, by name or number, who owns the CRL. By default the owner is not changed.
    type: str
  group:
    description: Group, by name or number, that owns the CRL. By default the group is not changed.
    type: str
notes:
  - Every path is absolute and outside of the installed collections, such as C({{ inventory_dir }}/pki).
  - The files are named after the CA's certificate, such as C(root.crl.pem) and C(root.crl.der), and have mode V(0644).
  - The number of the CRL grows with each one and never goes back. The first is the time in seconds since 1970.
  - Certificates stay in the CRL after they have expired.
  - A run that was interrupted is completed by the next one. Runs on the same CA wait for one another.
seealso:
  - module: alicloud.mtls.ca
  - module: alicloud.mtls.client_certificate
"""

EXAMPLES = r"""
- name: Revoke the client whose key was stolen, and put another one on hold
  alicloud.mtls.certificate_revocation:
    ca_path: /srv/pki
    certificates:
      - {common_name: client-alb-user, reason: key_compromise}
      - {serial_number: "19:A4:5C:06", reason: certificate_hold}

- name: Release it again
  alicloud.mtls.certificate_revocation:
    ca_path: /srv/pki
    certificates:
      - {serial_number: "19:A4:5C:06", reason: remove_from_crl}

- name: Keep the CRL fresh, once a day
  alicloud.mtls.certificate_revocation:
    ca_path: /srv/pki
    valid_for: 7d
    renew_before: 3d
"""

RETURN = r"""
certificates:
  description: The certificates that were named, as they are now or would be in check mode.
  returned: success
  type: list
  elements: dict
  contains:
    serial_number: {description: Serial number in hexadecimal., type: str, returned: success}
    fingerprint_sha256: {description: SHA-256 of the certificate in hexadecimal., type: str, returned: success}
    subject: {description: The subject., type: dict, returned: success}
    file: {description: Its file., type: str, returned: success}
    not_after: {description: End of validity., type: str, returned: success, sample: "2036-11-20T08:00:00Z"}
    revoked:
      description: Time since which it is revoked or on hold. V(none) if it is neither.
      type: str
      returned: success
      sample: "2026-11-24T08:00:00Z"
    reason: {description: Reason of the revocation., type: str, returned: success, sample: key_compromise}
    revoked_before: {description: Whether it was revoked or on hold before this run., type: bool, returned: success}
    changed: {description: Whether its state was changed., type: bool, returned: success}
previous:
  description:
    - The certificates that only the previous CA knows, in the state that they have there, with the keys of
      RV(certificates).
  returned: success
  type: list
  elements: dict
crl:
  description: The CRL as it is now, or would be in check mode.
  returned: success
  type: dict
  contains:
    content: {description: The CRL in PEM form., type: str, returned: success}
    path: {description: Its file., type: str, returned: success}
    der_path: {description: File with the same CRL in DER form., type: str, returned: success}
    number: {description: Its number., type: int, returned: success}
    last_update: {description: When it was made., type: str, returned: success, sample: "2026-11-24T08:00:00Z"}
    next_update: {description: When the next one is due., type: str, returned: success, sample: "2026-12-24T08:00:00Z"}
    revoked:
      description: The revoked certificates.
      type: list
      elements: dict
      returned: success
      contains:
        serial_number: {description: Serial number in hexadecimal., type: str, returned: success}
        revoked: {description: Time of the revocation., type: str, returned: success}
        reason: {description: Reason of the revocation., type: str, returned: success}
reasons:
  description: Why the CRL was made or written again. Empty when it was not.
  returned: success
  type: list
  elements: dict
  sample:
    - {code: revoked_differ, message: The CRL lists other certificates than are revoked.}
  contains:
    code: {description: One word., type: str, returned: success}
    message: {description: The same in a sentence., type: str, returned: success}
hint:
  description: What to do about it. It is also the end of RV(ignore:msg).
  returned: failure
  type: str
code:
  description: One word for what was wrong.
  returned: failure
  type: str
  sample: unknown_certificate
"""

from ..module_utils._arguments.module import AnsibleModule
from ..module_utils._pki import module, options


def main() -> None:
    spec = {
        **options.ISSUING_CA,
        "certificates": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": options.REVOCATION,
            "required_one_of": [list(options.REVOCATION_KEYS)],
            "mutually_exclusive": [list(options.REVOCATION_KEYS)],
        },
        "valid_for": {"type": "str", "default": "30d"},
        "renew_before": {"type": "str", "default": "50%"},
        **options.PREVIOUS,
        **options.FILES,
    }
    module.run(AnsibleModule(argument_spec=spec, supports_check_mode=True), "certificate_revocation")


if __name__ == "__main__":
    main()
