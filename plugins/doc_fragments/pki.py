# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Documentation that the modules of the certificate engine share."""

    # Requirements and attributes, and the options of keys, lifetimes and files.
    DOCUMENTATION = r"""
requirements:
  - cryptography >= 42 (Python package) on the host where the module runs
  - idna (Python package) there, for host names that are not ASCII
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode) and returns the certificate that would be made.
  diff_mode:
    support: full
    description: Shows the certificate before and after in readable form, never a key.
  idempotent:
    support: full
    description: A second run with the same options changes nothing until a certificate is due for renewal.
  platform:
    support: full
    description: Systems that the module runs on.
    platforms: posix
options:
  key_type:
    description:
      - Kind of the private key.
      - No TLS policy of ALB offers V(ed25519), and many browsers do not know it. It requires O(accept_ed25519).
    type: str
    choices: [rsa, ecdsa, ed25519]
    default: rsa
  key_size:
    description: Bits of an RSA key, 2048 to 8192.
    type: int
    default: 4096
  curve:
    description: Curve of an ECDSA key.
    type: str
    choices: [secp256r1, secp384r1, secp521r1]
    default: secp256r1
  outlive_ca:
    description:
      - Whether a certificate may be valid longer than the CA that signs it. Most verifiers refuse it from the moment at
        which the CA ends, so this makes sense only if the CA will be renewed with the same key.
      - By default a certificate ends with its CA.
    type: bool
    default: false
  accept_ed25519:
    description: Accept V(ed25519) for O(key_type), although ALB and many browsers do not support it.
    type: bool
    default: false
  valid_for:
    description:
      - How long a certificate is valid from the moment it is made, as a number and a unit
        (V(s), V(m), V(h), V(d), V(w), V(y) for 365 days), such as V(3650d).
      - It counts when a certificate is made. Changing it renews nothing by itself.
      - The certificate starts five minutes earlier, because clocks differ.
    type: str
    default: 3650d
  renew_before:
    description:
      - A certificate is renewed when it is valid for less than this. A duration like O(valid_for), or a share of it,
        such as V(10%).
      - It must be shorter than O(valid_for).
    type: str
    default: 30d
  lock_timeout:
    description: How long to wait for other runs on the same CA before this one fails. A duration like O(valid_for).
    type: str
    default: 5m
  owner:
    description: User, by name or number, who owns the files. By default the owner is not changed.
    type: str
  group:
    description: Group, by name or number, that owns the files. By default the group is not changed.
    type: str
notes:
  - Every path is absolute and outside of the installed collections, such as C({{ inventory_dir }}/pki). A task on the
    controller runs in the directory of its playbook, and the update of a collection deletes what is below it.
  - Private keys and PKCS#12 files have mode V(0600) from the first instant, certificates V(0644). New
    directories have V(0700).
  - A symbolic link in place of one of the files, and a directory to which everybody may write, are refused.
  - Files are replaced as a whole, and keep their owner unless O(owner) or O(group) says otherwise. A run that was
    interrupted is completed by the next one.
  - The CA keeps an SQLite database of the certificates it has signed, in a file such as C(root.index.db) beside its own
    certificate. If it is lost, the next run rebuilds it from the certificates and the CRL.
  - Runs on the same CA wait for one another, no longer than O(lock_timeout).
"""

    # For certificates that are signed by a CA of the module alicloud.mtls.ca.
    ISSUER = r"""
options:
  ca_path:
    description:
      - Directory of the CA that signs.
      - Its private key is read only when something has to be signed.
      - In check mode the CA need not exist yet.
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
  path:
    description: Directory for the files, created if necessary. The default is O(ca_path).
    type: path
  subject:
    description: Fields of the subject other than the common name.
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
      email_address:
        description: E-mail address. It also becomes an alternative name.
        type: str
  replace_revoked:
    description:
      - Whether to issue a new certificate in place of a revoked one. After a compromise (V(key_compromise),
        V(ca_compromise), V(aa_compromise)) it gets a new key; a client with a request has to make the new key itself.
      - Otherwise a revoked certificate makes the task fail. One on hold is left alone, and not renewed.
    type: bool
    default: false
  reserved_common_names:
    description:
      - Common names that no certificate of this task may have, such as those of servers whose certificates come from
        another CA. The common names of the CAs in the chain are always refused.
    type: list
    elements: str
    default: []
notes:
  - A certificate ends with its CA if O(valid_for) goes beyond that, with a warning if that is more than a day earlier.
    See O(outlive_ca).
  - A private key is kept when its certificate is renewed. Remove its file to have a new one made. Before a key of
    another kind replaces it, the old key is copied to a file such as C(<name>.replaced-1a2b3c4d.key).
  - A file that cannot be parsed, a certificate for another key and one with another purpose are left alone, and named
    in an error. Move them away to have new ones made.
  - The common name must differ from those of the CA and of its other certificates, otherwise no certificate is made.
"""
