# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation that all cloud modules share: credentials, region, endpoint, waiting."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  access_key_id:
    description:
      - Access key id. Belongs together with O(access_key_secret).
      - Credentials come from one source as a whole, the first of these that has any - O(access_key_id) with
        O(access_key_secret) and O(security_token), or O(profile), in the task or in C(module_defaults); the environment
        variables E(ALIBABA_CLOUD_ACCESS_KEY_ID), E(ALIBABA_CLOUD_ACCESS_KEY_SECRET) and
        E(ALIBABA_CLOUD_SECURITY_TOKEN); the environment variable E(ALIBABA_CLOUD_PROFILE); the chain of the package
        C(alibabacloud-credentials), which knows OIDC, C(~/.aliyun/config.json), C(~/.alibabacloud/credentials) and the
        RAM role of an ECS instance.
    type: str
  access_key_secret:
    description:
      - Access key secret, for O(access_key_id).
    type: str
  security_token:
    description:
      - Token of temporary credentials (STS), for O(access_key_id).
    type: str
  profile:
    description:
      - A profile of C(~/.aliyun/config.json) or C(~/.alibabacloud/credentials), instead of O(access_key_id).
    type: str
  region:
    description:
      - Region id, such as V(cn-hangzhou). ALB needs it unless O(endpoint) is given.
      - It decides which certificate store is used - that of V(cn-hangzhou) for regions in China, Hong Kong included,
        and that of V(ap-southeast-1) for all others; the default is V(cn-hangzhou). DNS is the same everywhere.
      - If not set, the environment variables E(ALIBABA_CLOUD_REGION_ID) and E(ALICLOUD_REGION) are used.
    type: str
  endpoint:
    description:
      - Sends every call to this C(host:port) or URL instead of the service, to a proxy or a sandbox for instance.
      - Without a scheme, plain HTTP is used for a loopback address and HTTPS for any other.
      - If not set, the environment variable E(ALICLOUD_MTLS_ENDPOINT) is used.
    type: str
  endpoints:
    description:
      - Endpoints of single services, where the one that follows from O(region) or O(endpoint) is wrong.
        Each is written like O(endpoint).
    type: dict
    suboptions:
      alb:
        description: Application Load Balancer.
        type: str
      cas:
        description: The certificate store, such as V(cas.ap-southeast-1.aliyuncs.com).
        type: str
      pca:
        description: Private CAs, such as V(cas.eu-central-1.aliyuncs.com).
        type: str
      alidns:
        description: DNS.
        type: str
      ecs:
        description: Elastic Compute Service, for addresses and zones of servers.
        type: str
requirements:
  - alibabacloud-tea-openapi >= 0.4
  - alibabacloud-credentials >= 1.0
"""

    # For modules that change something.
    ATTRIBUTES = r"""
options:
  wait:
    description:
      - Wait until the change has taken effect. With V(false) the module returns as soon as the last request was
        accepted, and RV(waited) is V(false).
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds for the whole run, waiting and repetitions after passing errors included. A module can show
        nothing while it waits; on the real service a new load balancer takes the longest, a minute or so.
    type: int
    default: 600
  dry_run_check:
    description:
      - In check mode, have ALB itself check the first write with its C(DryRun) parameter. Nothing is changed by that.
      - Other services have no such parameter; the option has no effect there.
    type: bool
    default: false
notes:
  - The module runs on the controller and needs nothing on any other host. Results of check mode hold
    V((known after apply)) where only the cloud can know the value; in check mode options accept these as values.
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

    # For modules that only read.
    INFO = r"""
options:
  wait_timeout:
    description: Seconds for the whole run, repetitions after passing errors included.
    type: int
    default: 600
notes:
  - The module runs on the controller and needs nothing on any other host.
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Will return details on what has changed (or needs changing in C(check_mode)), when in diff mode.
    support: N/A
    details: The module changes nothing.
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

    # For modules whose resources others may use.
    REMOVAL = r"""
options:
  removed_before:
    description:
      - With O(state=absent), ids of listeners and load balancers that earlier tasks remove. In check mode they
        still exist; named here they do not count as users of the resource.
      - Those tasks return the ids in RV(alicloud.mtls.alb_listener#module:removed) and
        RV(alicloud.mtls.alb_load_balancer#module:removed).
    type: list
    elements: str
"""
