# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the modules for private CAs have in common."""

    # Which CA is meant.
    CA = r"""
options:
  ca_id:
    description: Identifier of the sub CA. One of O(ca_id) and O(ca_name) is needed.
    type: str
  ca_name:
    description:
      - Common name of the sub CA. Where several have it, one that is revoked does not count, and otherwise O(ca_id)
        says which one is meant.
    type: str
"""

    # The options of certificates that a sub CA issues.
    DOCUMENTATION = r"""
options:
  path:
    description: Directory for the files, made when it is not there.
    type: path
    required: true
  subject:
    description: The part of the subject beside the common name. Fields that are not given are those of the CA.
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
  key_source:
    description:
      - V(controller) makes the private key where the module runs and sends a certificate request, so that the key
        never travels.
      - V(service) has the service make it, with the certificate. It is then fetched, encrypted under a random code, and
        kept in a file with mode V(0600). The service keeps a copy.
    type: str
    choices: [controller, service]
    default: controller
  key_type:
    description: Kind of the private key. It has to be that of the CA, which is the default.
    type: str
    choices: [rsa, ecdsa]
  key_size:
    description: Bits of an RSA key. The default is V(4096). The service makes keys of V(2048) and V(4096).
    type: int
  curve:
    description: Curve of an ECDSA key. The default is V(secp256r1).
    type: str
    choices: [secp256r1, secp384r1, secp521r1]
  valid_for:
    description:
      - How long a certificate is valid from the moment it is ordered, as a number and a unit
        (V(s), V(m), V(h), V(d), V(w), V(y) for 365 days), such as V(365d).
      - It counts when a certificate is ordered. Changing it renews nothing by itself.
      - A certificate ends with its CA, and no later than the CA lets it, with a warning when this makes more than a day
        of difference. The service refuses one that would be valid longer than a subscription of less than a year.
    type: str
    default: 365d
  renew_before:
    description:
      - A certificate that is valid no longer than this is ordered again. Either as O(valid_for), or as a share of it,
        such as V(10%). It must be shorter than O(valid_for).
      - Each renewal takes one of the certificates that were bought for the CA. The old one stays valid until it ends.
    type: str
    default: 30d
  crl_distribution_point:
    description: Whether the certificate names the address of the CRL, where the CA has one.
    type: bool
    default: true
  tags:
    description: Tags of a certificate that is ordered. Those of existing ones are left alone.
    type: dict
  replace_revoked:
    description:
      - Whether a certificate that was revoked is followed by a new one, with a new key. For a request the client has to
        make one for a new key.
      - Without it, such a client makes the task fail.
    type: bool
    default: false
  revoke:
    description:
      - Consent to what O(state=revoked) and O(state=absent) do to certificates that are valid. To revoke is final.
    type: bool
    default: false
  state:
    description:
      - V(present) orders what is missing.
      - V(revoked) revokes what this collection has ordered for the common name, and the certificate in the file.
      - V(absent) does that and then removes the certificates from the service. What the CRL says of removed ones is not
        documented, so prefer V(revoked) where a CRL decides who is let in. Files are left alone by both.
    type: str
    choices: [present, revoked, absent]
    default: present
  lock_timeout:
    description: How long to wait for other runs on the same directory before this one fails. As O(valid_for).
    type: str
    default: 5m
  owner:
    description: User, name or number, to whom the files are to belong. Left as it is when not given.
    type: str
  group:
    description: Group, name or number, to which the files are to belong. Left as it is when not given.
    type: str
notes:
  - The CA has to be bought and enabled in the console, and certificates have to be assigned to it. The module buys
    nothing. It stops before it writes anything when the CA is a root, revoked or expired, when its subscription has
    ended, and when it has fewer certificates left than the task needs, and says what to do.
  - Each certificate has a C(CustomIdentifier) that follows from the common name, the public key and the content. By
    that a run finds what an earlier one has ordered, so nothing is ordered twice after a lost answer, a killed run or
    the loss of a certificate's file. When the file of a private key that was made here is lost, the certificate is of
    no use any more, and a new one is ordered.
  - A new key is kept in C(<name>.pending.key) until its certificate is there.
  - Private keys and PKCS#12 files have mode V(0600) from the first instant, certificates V(0644). Directories that
    are made have V(0700). Files are replaced as a whole.
  - A private key is kept when its certificate is renewed, unless the service makes it. When a key of another kind takes
    its place, a copy stays in a file such as C(<name>.replaced-1a2b3c4d.key).
  - A file that cannot be read, a certificate for another key and one for another use are left alone, and named in an
    error. Move them away to have new ones made.
"""

    # Of modules that change something.
    ATTRIBUTES = r"""
requirements:
  - alibabacloud-cas20200630 >= 2.1.4
  - cryptography >= 44.0
options:
  wait_timeout:
    description: Seconds for everything together, with the repetition of what failed for a passing reason.
    type: int
    default: 600
notes:
  - The module runs on the controller and needs nothing on any other host. Results of check mode hold
    V((known after apply)) where only the cloud can know the value.
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Will return details on what has changed (or needs changing in C(check_mode)), when in diff mode.
    support: full
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
      - This assumes that the system controlled or queried by the module has not changed in a relevant way.
    support: full
  action_group:
    description: Use C(group/alicloud.mtls.alicloud) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - alicloud.mtls.alicloud
  platform:
    description: Target OS/families that can be operated against.
    support: full
    platforms: posix
"""
