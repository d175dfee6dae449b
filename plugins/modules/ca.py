#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ca
short_description: Make a root or subordinate CA and keep it valid
version_added: 1.0.0
author:
  - The alicloud.mtls authors (@alicloud-mtls)
description:
  - Makes a private key and an X.509 v3 CA certificate, such as ALB needs for mutual authentication. It is a self-signed
    root, or a subordinate CA that another CA signs.
  - The certificate is renewed with the same key and subject before it expires, so that all that the CA has signed
    stays valid. The octets of the subject and the subject key identifier stay as they are, whoever made the CA.
  - If certificates that the CA has signed name it by issuer and serial number, as those of easy-rsa do, they would not
    be valid below a renewed certificate. The module then fails and changes nothing, unless O(replace) allows it.
  - The private key is never replaced, the subject never changed and the limits of the CA never narrowed, unless
    O(replace) allows it. If the key is missing, cannot be read, or does not belong to the certificate, the module fails
    and changes nothing. The same applies if key and certificate are gone, but the database, the CRL or the chain of the
    CA, or a certificate that a CA of this subject has issued, still exists.
extends_documentation_fragment:
  - alicloud.mtls.pki
options:
  path:
    description: Directory of the CA, created if necessary. An absolute path outside of the installed collections.
    type: path
    required: true
  private_key_name:
    description: File name of the private key in O(path).
    type: str
    default: root.key
  certificate_name:
    description:
      - File name of the certificate in O(path). Other files of the CA are named after it, without C(.crt) if that is
        its ending.
    type: str
    default: root.crt
  subject:
    description:
      - Subject of the CA. Its common name must not be that of any certificate it signs.
      - Without it and O(subject_rfc4514), an existing CA keeps its subject.
    type: dict
    suboptions:
      country_name:
        description: Country, two letters.
        type: str
      state_or_province_name:
        description: State or province.
        type: str
      locality_name:
        description: City.
        type: str
      organization_name:
        description: Organization.
        type: str
      organizational_unit_name:
        description: Part of the organization.
        type: str
      common_name:
        description: Name of the CA.
        type: str
        required: true
      email_address:
        description: E-mail address. It also becomes an alternative name.
        type: str
  subject_rfc4514:
    description:
      - Subject of the CA as a text in the form of RFC 4514, such as V(CN=Shop CA,OU=IT,OU=Shop,DC=example,DC=com). It
        may have several organizational units, domain components, any order, and several attributes in one part.
      - The certificate has the parts in the reverse order, as the RFC says.
    type: str
  signed_elsewhere:
    description:
      - The CA is an intermediate one, and the key of its parent is somewhere else, such as that of a company's root.
        Its key and its certificate are in O(path), and C(root.chain.crt) with the CAs above it if there are any.
      - When its certificate is due, or does not exist yet, the module writes a certificate request for the owner of the
        parent, C(root.csr), and warns. It never fails because of that.
    type: bool
    default: false
  signed_certificate_path:
    description:
      - The certificate that the owner of the parent has made, in PEM form and possibly with the chain above it, or in
        DER form. It is verified and installed. A file that does not exist yet, or holds an older certificate, changes
        nothing, so that the option may stay set.
      - Needs O(signed_elsewhere).
    type: path
  passphrase:
    description:
      - Encrypts the private key, also an existing one that is not encrypted yet.
      - Without it, a new key is not encrypted.
    type: str
  issuer:
    description:
      - The CA that signs this one, which makes this one a subordinate CA. Without it the CA is self-signed.
      - The file C(root.chain.crt) (named after O(certificate_name)) then holds the CA and those above it. Its
        certificates get the same chain.
      - The CA ends with its issuer if O(valid_for) goes beyond that.
    type: dict
    suboptions: &signer
      path:
        description: Directory of the CA. In check mode it need not exist yet.
        type: path
        required: true
      passphrase:
        description: Passphrase of its private key.
        type: str
      private_key_name:
        description: File name of its private key.
        type: str
        default: root.key
      certificate_name:
        description: File name of its certificate.
        type: str
        default: root.crt
  cross_sign:
    description:
      - The CA that this one is to replace. It signs a second certificate, the cross-certificate, for the subject and
        the key of this CA, in C(root.cross.crt). With it, whoever still trusts only the old CA also accepts clients of
        the new one.
      - The file C(root.chain.crt) then holds the cross-certificate and the old CA. The certificates that this CA signs
        get it as their chain.
      - When nobody trusts the old CA any more, leave the option out and set O(end_rotation).
    type: dict
    suboptions: *signer
  end_rotation:
    description:
      - Removes the cross-certificate C(root.cross.crt) and C(root.chain.crt). The certificates of the CA get the chain
        without them with the next run of their module.
      - Set it when nobody trusts only the CA of O(cross_sign) any more. It may stay set, but not together with
        O(issuer) or O(cross_sign).
    type: bool
    default: false
  path_length:
    description:
      - How many further CAs are allowed between this CA and a client or server. With V(0) it cannot sign another CA.
      - Without it there is no limit. A CA with V(0) can neither have a subordinate CA nor cross-sign its successor.
    type: int
  name_constraints:
    description:
      - The names that certificates below this CA may have, as V(DNS:example.com), V(email:example.com),
        V(URI:.example.com) or V(IP:192.0.2.0/24). Names of another kind are not constrained.
      - Verifiers apply them to what the CA signs. Some do not to a CA that they trust directly.
    type: dict
    suboptions:
      permitted:
        description: A name of one of these kinds has to be in one of these.
        type: list
        elements: str
      excluded:
        description: A name may not be in one of these.
        type: list
        elements: str
  import_paths:
    description:
      - What another program has kept of the certificates that the CA has issued. The database of the CA takes over what
        it does not know, and revocations are in the next CRL (M(alicloud.mtls.certificate_revocation)).
      - A file C(index.txt) of C(openssl ca) or easy-rsa, a certificate, or a CRL; or a directory, with all of these in
        and below it. In a directory, certificates and CRLs of other CAs are skipped.
      - A CRL is in PEM or DER form; of several in a file, those of this CA are imported. A CRL in a directory that
        cannot be read is an error, because it may be that of this CA.
      - May stay set. A certificate that was imported once stays in the database.
    type: list
    elements: path
  replace:
    description:
      - How much of an existing CA may be replaced when there is a reason for it. Copies of what is replaced stay in
        O(path), under names such as C(root.replaced-1a2b3c4d.key).
      - V(never) keeps key and subject. The certificate is only renewed.
      - V(certificate) also makes a certificate with another subject, with narrower limits, or for another key that is
        there, one that is lost, and one that was made while the clock was ahead. A CA that was made elsewhere gets the
        extensions that this module gives, and is made again although certificates name it by issuer and serial number.
      - V(key) also makes a new private key when it is missing, cannot be read or is of another kind. The certificates
        of the old key are then no longer valid.
      - To rotate a CA without an interruption, make a second one in another O(path).
    type: str
    choices: [never, certificate, key]
    default: never
seealso:
  - module: alicloud.mtls.client_certificate
  - module: alicloud.mtls.server_certificate
  - module: alicloud.mtls.cas_ca_certificate
"""

EXAMPLES = r"""
- name: Make the root CA of the clients, root.key and root.crt
  alicloud.mtls.ca:
    path: /srv/pki
    subject:
      country_name: cn
      state_or_province_name: bj
      locality_name: bj
      organization_name: alibaba
      organizational_unit_name: test
      common_name: root

- name: Make an ECDSA root whose key is encrypted, renewed when a tenth of its time is left
  alicloud.mtls.ca:
    path: /srv/pki-ecdsa
    subject:
      common_name: Example Root CA
    key_type: ecdsa
    passphrase: "{{ vaulted_ca_passphrase }}"
    valid_for: 10y
    renew_before: 10%

- name: Make a CA below it that can only sign clients and servers of one domain
  alicloud.mtls.ca:
    path: /srv/pki-shop
    subject:
      common_name: Example Shop CA
    key_type: ecdsa
    valid_for: 5y
    issuer:
      path: /srv/pki-ecdsa
      passphrase: "{{ vaulted_ca_passphrase }}"
    path_length: 0
    name_constraints:
      permitted: ["DNS:shop.example.com", "email:shop.example.com"]

- name: Make the successor of the root CA, which those who trust the old one accept as well
  alicloud.mtls.ca:
    path: /srv/pki-2027
    subject:
      common_name: root 2027
    cross_sign:
      path: /srv/pki
"""

RETURN = r"""
ca:
  description: The CA as it is now, or would be in check mode.
  returned: success
  type: dict
  contains:
    certificate: {description: The certificate in PEM form., type: str, returned: success}
    certificate_path: {description: Its file., type: str, returned: success}
    private_key_path: {description: File of the private key., type: str, returned: success}
    chain_path: {description: File with the CA and those above it., type: str, returned: with O(issuer)}
    subject: {description: The subject., type: dict, returned: success}
    issuer: {description: Subject of the CA that signed it., type: dict, returned: success}
    dns_names: {description: Empty for a CA., type: list, elements: str, returned: success}
    ip_addresses: {description: Empty for a CA., type: list, elements: str, returned: success}
    email_addresses: {description: That of the subject., type: list, elements: str, returned: success}
    key: {description: Kind of the key., type: str, returned: success, sample: RSA 4096}
    not_before: {description: Start of validity., type: str, returned: success, sample: "2026-11-23T08:00:00Z"}
    not_after: {description: End of validity., type: str, returned: success, sample: "2036-11-20T08:00:00Z"}
    serial_number: {description: Serial number in hexadecimal., type: str, returned: success}
    fingerprint_sha256: {description: SHA-256 of the certificate in hexadecimal., type: str, returned: success}
    changed: {description: Whether there was a reason., type: bool, returned: success}
    reasons: {description: Those of RV(reasons) that are about it., type: list, elements: dict, returned: success}
cross_certificate:
  description: The cross-certificate, with the same keys as RV(ca).
  returned: with O(cross_sign)
  type: dict
reasons:
  description: Why something was made. Empty when nothing was.
  returned: success
  type: list
  elements: dict
  sample:
    - {code: expires_soon, message: "The certificate expires at 2026-12-01T08:00:00Z, within the time set for renewal."}
  contains:
    code: {description: One word., type: str, returned: success}
    message: {description: The same in a sentence., type: str, returned: success}
csr_path:
  description: The certificate request for the owner of the parent CA.
  returned: with O(signed_elsewhere), when a certificate is due
  type: str
imported:
  description: How much was new in O(import_paths).
  returned: success
  type: dict
  contains:
    certificates: {description: Number of certificates., type: int, returned: success}
    revocations: {description: Number of revocations., type: int, returned: success}
differences:
  description:
    - What is different about a CA that was made elsewhere, such as further key usages. It works, so it is left as it is
      until it is renewed, or O(replace=certificate) is set.
  returned: success
  type: list
  elements: dict
  sample:
    - {code: extensions_differ, message: "The certificate has no extension keyUsage."}
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
  sample: key_missing
"""

from ..module_utils._arguments.module import AnsibleModule
from ..module_utils._pki import module, options


def main() -> None:
    spec = {
        **options.KEY,
        "path": {"type": "path", "required": True},
        "private_key_name": {"type": "str", "default": "root.key"},
        "certificate_name": {"type": "str", "default": "root.crt"},
        "subject": {"type": "dict", "options": options.SUBJECT},
        "subject_rfc4514": {"type": "str"},
        "signed_elsewhere": {"type": "bool", "default": False},
        "signed_certificate_path": {"type": "path"},
        "passphrase": {"type": "str", "no_log": True},
        "issuer": {"type": "dict", "options": options.SIGNER},
        "cross_sign": {"type": "dict", "options": options.SIGNER},
        "end_rotation": {"type": "bool", "default": False},
        "path_length": {"type": "int"},
        "name_constraints": {"type": "dict", "options": options.CONSTRAINTS},
        "import_paths": {"type": "list", "elements": "path"},
        "replace": {"type": "str", "choices": list(options.REPLACE), "default": "never"},
    }
    exclusive = [["issuer", "cross_sign"], ["subject", "subject_rfc4514"]]
    made = AnsibleModule(argument_spec=spec, mutually_exclusive=exclusive, supports_check_mode=True)
    module.run(made, "ca")


if __name__ == "__main__":
    main()
