# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: alb
short_description: Servers behind Application Load Balancers as an inventory
version_added: 1.0.0
description:
  - Hosts are the servers in server groups of ALB; load balancers, groups and tags select them.
  - The source is a YAML file whose name ends in C(alb.yml) or C(alb.yaml).
  - C(ansible_host) and C(alb_address) are the private address of the server, C(alb_server_id) its id,
    C(alb_server_type) its kind, such as V(ecs).
  - C(alb_health) is V(healthy), V(unhealthy), V(initial), V(unused), V(unavailable), V(unchecked) without health check
    or V(unknown), the worst where the server is in several groups; C(alb_weight) is its greatest weight.
  - C(alb_server_groups) and C(alb_load_balancers) are names. C(alb_memberships) has an entry for each place of the
    server in a group, with C(server_group_id), C(server_group_name), C(port), C(weight), C(health), C(status),
    C(description) and C(load_balancers).
  - C(alb_zone) is the zone of an ECS instance, with O(zones) and not otherwise.
author:
  - The alicloud.mtls authors (@alicloud-mtls)
extends_documentation_fragment:
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
requirements:
  - alibabacloud-alb20200616 >= 1.3.3
  - alibabacloud-ecs20140526 >= 7.4.2, with O(zones) only
  - alibabacloud-tea-openapi >= 0.4
  - alibabacloud-credentials >= 1.0
options:
  plugin:
    description: Marks the file as one for this plugin.
    type: str
    required: true
    choices: [alicloud.mtls.alb]
  load_balancers:
    description: Names or ids of load balancers, whose servers become hosts.
    type: list
    elements: str
    default: []
  server_groups:
    description:
      - Names or ids of server groups, whose servers become hosts, in addition to those of O(load_balancers).
      - Without both, the servers of every server group of the region become hosts.
    type: list
    elements: str
    default: []
  tags:
    description: Tags that a server group must have. They narrow the selection of the other options.
    type: dict
    default: {}
  health:
    description: Read the health of the servers, with one request per listener. Otherwise it is V(unknown).
    type: bool
    default: true
  zones:
    description:
      - Read the zones of the servers from ECS, with one request for a hundred of them; ALB does not have them.
      - Needs the RAM action C(ecs:DescribeInstances). Servers that are not ECS instances have no zone.
    type: bool
    default: false
  hostnames:
    description: The name of a host.
    type: str
    choices: [server_id, address]
    default: server_id
  access_key_id:
    description:
      - Access key id. Belongs together with O(access_key_secret).
      - Without it and O(profile), the environment variables E(ALIBABA_CLOUD_ACCESS_KEY_ID),
        E(ALIBABA_CLOUD_ACCESS_KEY_SECRET) and E(ALIBABA_CLOUD_SECURITY_TOKEN) count, then E(ALIBABA_CLOUD_PROFILE),
        then the chain of the package C(alibabacloud-credentials). They always come from one source together.
    type: str
  access_key_secret:
    description: Access key secret.
    type: str
  security_token:
    description: Token of temporary credentials (STS).
    type: str
  profile:
    description: A profile of C(~/.aliyun/config.json) or C(~/.alibabacloud/credentials), instead of O(access_key_id).
    type: str
  region:
    description: Region id, such as V(cn-hangzhou). Needed unless O(endpoint) is given.
    type: str
    env:
      - name: ALIBABA_CLOUD_REGION_ID
      - name: ALICLOUD_REGION
  endpoint:
    description:
      - Sends every call to this C(host:port) or URL instead of the service.
      - Without a scheme, plain HTTP is used for a loopback address and HTTPS for any other.
    type: str
    env:
      - name: ALICLOUD_MTLS_ENDPOINT
  wait_timeout:
    description: Seconds for the whole run, repetitions after passing errors included.
    type: int
    default: 60
"""

EXAMPLES = r"""
---
# shop.alb.yml: the servers behind one load balancer, and groups of them by server group and by health
plugin: alicloud.mtls.alb
region: cn-hangzhou
load_balancers: [shop]
keyed_groups:
  - key: alb_server_groups
    prefix: group
  - key: alb_health
    prefix: health
groups:
  drained: alb_weight == 0
compose:
  https_port: (alb_memberships | first).port

---
# canary.alb.yml: the servers of all server groups with a tag, remembered for a minute
plugin: alicloud.mtls.alb
region: cn-hangzhou
tags:
  stage: canary
hostnames: address
zones: true
keyed_groups:
  - key: alb_zone
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/ansible-inventory
cache_timeout: 60
"""

import hashlib
import json
import os
import typing as t

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.display import Display

from ..module_utils._alb.inventory import Selection, servers
from ..module_utils._core import credentials
from ..module_utils._core.client import Cloud
from ..module_utils._core.errors import ModuleError
from ..module_utils._core.retries import Budget
from ..module_utils._core.session import Session

_CLOUD = ("access_key_id", "access_key_secret", "security_token", "profile", "region", "endpoint")
# The options on which the result depends, beside the account.
_SELECTION = ("load_balancers", "server_groups", "tags", "health", "zones", "region", "endpoint")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):  # type: ignore[misc]  # Ansible has no types
    """Makes hosts of the servers in server groups."""

    NAME = "alicloud.mtls.alb"

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(("alb.yml", "alb.yaml"))

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path)
        self._read_config_data(path)
        key, use_cache = self._key(path), self.get_option("cache")
        found = self._cache.get(key) if cache and use_cache else None
        if found is None:
            found = self._read()
            if use_cache:
                self._cache[key] = found
        for server in found:
            self._add(server)

    def _key(self, path: str) -> str:
        """Return the key of the cache, which is different for every selection and account."""
        try:
            account = credentials.choose({name: self.get_option(name) for name in _CLOUD}, os.environ).account
        except ModuleError as error:
            raise AnsibleParserError(str(error.report()["msg"])) from None
        selection = json.dumps([account, *(self.get_option(name) for name in _SELECTION)], sort_keys=True, default=str)
        return f"{self.get_cache_key(path)}_{hashlib.sha256(selection.encode()).hexdigest()[:12]}"

    def _read(self) -> list[dict[str, t.Any]]:
        options = {name: self.get_option(name) for name in _CLOUD}
        selection = Selection(
            load_balancers=tuple(self.get_option("load_balancers")),
            server_groups=tuple(self.get_option("server_groups")),
            tags=tuple((str(key), str(value)) for key, value in self.get_option("tags").items()),
            health=self.get_option("health"),
            zones=self.get_option("zones"),
        )
        try:
            budget = Budget(self.get_option("wait_timeout"))
            return servers(Session(Cloud(options, budget), budget, Display().warning), selection)
        except ModuleError as error:
            raise AnsibleParserError(str(error.report()["msg"])) from None

    def _add(self, server: dict[str, t.Any]) -> None:
        host = self.inventory.add_host(server[self.get_option("hostnames")] or server["server_id"])
        variables = {f"alb_{name}": value for name, value in server.items()}
        if server["address"]:
            variables["ansible_host"] = server["address"]
        for name, value in variables.items():
            self.inventory.set_variable(host, name, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, host, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, host, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host, strict=strict)
