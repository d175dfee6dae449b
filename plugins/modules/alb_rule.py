#!/usr/bin/python
# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: alb_rule
short_description: Manage a forwarding rule of a listener of an Application Load Balancer
version_added: 1.0.0
description:
  - Creates, changes and deletes a forwarding rule. A listener evaluates its rules in the order of O(priority) and
    performs the O(actions) of the first one whose O(conditions) all hold. Without one, the default server group of the
    listener gets the request.
  - Options that are left out are not changed in the cloud. Other rules of the listener are never touched.
  - What ALB would refuse is refused before anything is written - a priority that another rule has, actions without an
    end, names and values that are not allowed, and what the basic edition of the load balancer does not have.
  - A run that changes nothing makes one read request with O(rule_id) or O(listener_id); one more with
    O(load_balancer_id), two more with O(load_balancer_name), and one more for a rule of O(direction=response) that is
    named by O(rule_id) alone.
author:
  - The alicloud.mtls authors (@alicloud-mtls)
extends_documentation_fragment:
  - alicloud.mtls.alicloud
  - alicloud.mtls.alicloud.attributes
requirements:
  - alibabacloud-alb20200616 >= 1.3.3
options:
  rule_id:
    description: Id of an existing rule. Otherwise it is found by its listener and O(name).
    type: str
  name:
    description:
      - Name of the rule, 2 to 128 characters, by which it is found among the rules of the listener that have its
        O(direction). If several have it, O(rule_id) says which one is meant.
      - Together with O(rule_id) it is the new name.
    type: str
  listener_id:
    description: Id of the listener. Cannot be changed.
    type: str
  load_balancer_id:
    description: Id of the load balancer whose listener of O(protocol) and O(port) is meant, instead of O(listener_id).
    type: str
  load_balancer_name:
    description: Name of the load balancer, instead of O(load_balancer_id).
    type: str
  protocol:
    description: Protocol of the listener that is found by its load balancer.
    type: str
    choices: [http, https, quic]
    default: https
  port:
    description: Port of the listener that is found by its load balancer.
    type: int
  direction:
    description:
      - Whether the rule is about requests of clients or about responses of servers. A new rule is about requests by
        default. Cannot be changed. The basic edition has rules for requests only.
    type: str
    choices: [request, response]
  priority:
    description: Priority, 1 to 10000, the smallest one first. Needed for a new rule, and unique on its listener.
    type: int
  conditions:
    description:
      - Conditions, all of which have to hold. Needed for a new rule. The list is complete - what is not in it is
        removed.
      - Each item has one kind of condition, which holds when one of its values fits. The order of the items and of
        the values has no meaning.
      - In a host, a path, and the values of headers, query strings and cookies V(*) matches any number of
        characters, V(?) one.
      - The basic edition has O(conditions[].host), O(conditions[].path) and O(conditions[].header) only.
    type: list
    elements: dict
    suboptions:
      host:
        description: >-
          Host names, lower case; or regular expressions behind V(~), behind V(~*) whatever the case, of letters, digits
          and C(._/=?~^*$:()[]+\|-).
        type: list
        elements: str
      path:
        description: >-
          Paths, which begin with V(/), where upper and lower case differ; or regular expressions, as in
          O(conditions[].host).
        type: list
        elements: str
      header:
        description: A header of the request.
        type: dict
        suboptions: &header
          key:
            description: Its name, neither C(Cookie) nor C(Host).
            type: str
            required: true
          values:
            description: Values.
            type: list
            elements: str
            required: true
      query_string:
        description: Parameters of the query string.
        type: list
        elements: dict
        suboptions: &pair
          key:
            description: Name.
            type: str
            required: true
          value:
            description: Value.
            type: str
            required: true
      method:
        description: Methods.
        type: list
        elements: str
        choices: [HEAD, GET, POST, OPTIONS, PUT, PATCH, DELETE]
      cookie:
        description: Cookies.
        type: list
        elements: dict
        suboptions: *pair
      source_ip:
        description: IPv4 addresses and CIDR blocks of clients, five at most in a rule.
        type: list
        elements: str
      response_header:
        description: A header of the response. For O(direction=response).
        type: dict
        suboptions: *header
      response_status_code:
        description: Status codes of the response, such as V(404). For O(direction=response).
        type: list
        elements: str
  actions:
    description:
      - Actions in the order in which they are done. Needed for a new rule. The list is complete - what is not in it is
        removed, and what is left out of an item has the default of ALB.
      - Each item has one kind of action. Exactly one of O(actions[].forward), O(actions[].redirect) and
        O(actions[].fixed_response) has to be there, as the last one; a rule of O(direction=response) may do without.
      - The basic edition has O(actions[].forward) and O(actions[].redirect) only. A rule of O(direction=response) has
        O(actions[].fixed_response), O(actions[].insert_header) and O(actions[].remove_header) only.
    type: list
    elements: dict
    suboptions:
      forward:
        description: Send the request to server groups.
        type: dict
        suboptions:
          server_groups:
            description: One to five server groups of one protocol.
            type: list
            elements: dict
            required: true
            suboptions:
              server_group_id:
                description: Server group.
                type: str
                required: true
              weight:
                description: Share of the requests, 0 to 100. Needed when there are several groups.
                type: int
          sticky_session:
            description: Keep a client with one of the server groups. Off by default.
            type: dict
            suboptions:
              enabled:
                description: Keep clients with their server group.
                type: bool
                required: true
              timeout:
                description: Seconds, 1 to 86400. ALB's default is 1000.
                type: int
      redirect:
        description:
          - Send the client somewhere else. What is left out stays as it was in the request, and one of protocol, host,
            port, path and query must change.
          - Path and query may have the variables V(${protocol}), V(${host}) and V(${port}) in them, each once.
        type: dict
        suboptions:
          protocol:
            description: Protocol. An HTTPS listener redirects to V(https) only.
            type: str
            choices: [http, https]
          host:
            description: Host.
            type: str
          port:
            description: Port.
            type: str
          path:
            description: Path.
            type: str
          query:
            description: Query string.
            type: str
          code:
            description: Status code.
            type: int
            choices: [301, 302, 303, 307, 308]
            default: 301
      fixed_response:
        description: Answer the request at once.
        type: dict
        suboptions:
          code:
            description: Status code, 2xx, 4xx or 5xx.
            type: int
            required: true
          content_type:
            description: Type of the content. ALB has a default of its own.
            type: str
            choices: [text/plain, text/css, text/html, application/javascript, application/json]
          content:
            description: The answer, ASCII, 1024 characters at most. Empty by default.
            type: str
      rewrite:
        description:
          - Change the request before it is forwarded; only together with O(actions[].forward). What is left out stays
            as it was in the request.
        type: dict
        suboptions:
          host:
            description: Host.
            type: str
          path:
            description: Path.
            type: str
          query:
            description: Query string.
            type: str
      insert_header:
        description: Add a header.
        type: dict
        suboptions:
          key:
            description: Its name, none of those that belong to the load balancer, such as C(X-Forwarded-For).
            type: str
            required: true
          value:
            description:
              - Its value; or the name, in lower case, of the header that is copied; or what the system knows,
                V(client_src_port), V(client_src_ip), V(protocol), V(slb_id) or V(slb_port).
            type: str
            required: true
          value_type:
            description: Which of these the value is.
            type: str
            choices: [user_defined, reference_header, system_defined]
            default: user_defined
          overwrite:
            description:
              - Whether the header takes the place of one that the client has sent. ALB does not overwrite unless it is
                told to, so a client could send the header itself, and the servers would get its value. Set it to
                V(true) where the servers trust the header. There is a warning when a rule for requests leaves it out.
              - It is sent in a second request after the one that makes a rule. For that moment, and if a run is broken
                off there until the next one, the rule does not overwrite.
              - ALB does not tell whether a rule overwrites. So actions of rules that do are numbered 101, 200 and so on
                in place of 1, 2. What is changed about it elsewhere, such as in the console, is not seen.
            type: bool
      remove_header:
        description: Take a header away.
        type: dict
        suboptions:
          key:
            description: Its name.
            type: str
            required: true
      traffic_limit:
        description: Limit the requests per second.
        type: dict
        suboptions:
          qps:
            description: Requests per second, 1 to 1000000.
            type: int
          per_ip_qps:
            description: Requests per second from one address, less than the limit of all.
            type: int
      traffic_mirror:
        description: Send a copy of the request to another server group, and ignore its answer.
        type: dict
        suboptions:
          server_group_ids:
            description: Server groups of protocol HTTP, not of type V(ip), and not those of O(actions[].forward).
            type: list
            elements: str
            required: true
      cors:
        description: Let scripts of other origins use the answer.
        type: dict
        suboptions:
          allow_origins:
            description: V(*), or origins such as V(https://*.example.com).
            type: list
            elements: str
            required: true
          allow_methods:
            description: Methods.
            type: list
            elements: str
          allow_headers:
            description: Headers of requests.
            type: list
            elements: str
          expose_headers:
            description: Headers of answers.
            type: list
            elements: str
          allow_credentials:
            description: Allow cookies and other credentials.
            type: bool
          max_age:
            description: Seconds that a browser may keep this, -1 to 172800.
            type: int
  tags:
    description: Tags. Others that the rule has stay unless O(purge_tags).
    type: dict
  purge_tags:
    description: >-
      Remove tags that are not in O(tags). Those of the platform, whose keys begin with C(acs:), C(aliyun) or C(ack),
      stay.
    type: bool
    default: false
  state:
    description: V(absent) deletes the rule.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: alicloud.mtls.alb_rule_info
  - module: alicloud.mtls.alb_listener
  - module: alicloud.mtls.alb_server_group
"""

EXAMPLES = r"""
- name: Send everything that comes by plain HTTP to HTTPS
  alicloud.mtls.alb_rule:
    region: cn-hangzhou
    load_balancer_name: shop
    protocol: http
    port: 80
    name: to-https
    priority: 10000
    conditions:
      - path: [/*]
    actions:
      - redirect: {protocol: https, port: 443}

- name: One request in ten of the API to the new version
  alicloud.mtls.alb_rule:
    region: cn-hangzhou
    listener_id: lsn-o4u54y73wq7b******
    name: canary
    priority: 10
    conditions:
      - host: [api.example.com]
      - path: [/v2/*]
    actions:
      - insert_header: {key: x-client-port, value: client_src_port, value_type: system_defined, overwrite: true}
      - forward:
          server_groups:
            - {server_group_id: sgp-atstuj3rtoptyui****, weight: 90}
            - {server_group_id: sgp-k86c1ov501id6p****, weight: 10}

- name: Keep everybody out for a while
  alicloud.mtls.alb_rule:
    region: cn-hangzhou
    listener_id: lsn-o4u54y73wq7b******
    name: maintenance
    priority: 1
    conditions:
      - path: [/*]
    actions:
      - fixed_response: {code: 503, content_type: text/plain, content: Back in ten minutes.}

- name: Let them in again
  alicloud.mtls.alb_rule:
    region: cn-hangzhou
    listener_id: lsn-o4u54y73wq7b******
    name: maintenance
    state: absent
"""

RETURN = r"""
rule:
  description: The rule, or V(null) when it is absent.
  returned: success
  type: dict
  contains:
    rule_id:
      description: Id.
      type: str
      returned: always
      sample: rule-a3x3pg1yohq3lq****
    name:
      description: Name.
      type: str
      returned: always
      sample: canary
    listener_id:
      description: Id of the listener.
      type: str
      returned: always
      sample: lsn-o4u54y73wq7b******
    load_balancer_id:
      description: Id of the load balancer.
      type: str
      returned: always
      sample: alb-n5qw04uq8vavfe****
    direction:
      description: Whether it is about requests or responses.
      type: str
      returned: always
      sample: request
    priority:
      description: Priority, the smallest one of a listener first.
      type: int
      returned: always
      sample: 10
    status:
      description: State, V(available) when it is in effect.
      type: str
      returned: always
      sample: available
    conditions:
      description: The conditions, with the keys of O(conditions).
      type: list
      elements: dict
      returned: always
      sample:
        - {host: [api.example.com]}
        - {path: [/v2/*]}
    actions:
      description: The actions in their order, with the keys of O(actions) and with defaults.
      type: list
      elements: dict
      returned: always
      sample:
        - forward:
            server_groups: [{server_group_id: sgp-atstuj3rtoptyui****, weight: 100}]
            sticky_session: {enabled: false}
    tags:
      description: Tags.
      type: dict
      returned: always
actions:
  description: The actions that were taken, or in check mode would be, in this order. Empty if nothing changed.
  returned: success
  type: list
  elements: str
  sample: [create_rule]
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

from ..module_utils._alb.rule import Rule
from ..module_utils._alb.rule_fields import DIRECTIONS
from ..module_utils._core.module import STATE, Spec, run

_STRING: Spec = {"type": "str"}
_NUMBER: Spec = {"type": "int"}
_NEEDED: Spec = {"type": "str", "required": True}
_KEY: Spec = {"type": "str", "required": True, "no_log": False}
_STRINGS: Spec = {"type": "list", "elements": "str"}


def _group(**options: Spec) -> Spec:
    return {"type": "dict", "options": options}


def _items(**options: Spec) -> Spec:
    return {"type": "list", "elements": "dict", "options": options}


def _parts(**kinds: Spec) -> Spec:
    """A list of dictionaries with one of these keys each."""
    return {**_items(**kinds), "mutually_exclusive": [list(kinds)], "required_one_of": [list(kinds)]}


_HEADER = _group(key=_KEY, values={**_STRINGS, "required": True})
_PAIRS = _items(key=_KEY, value=_NEEDED)
_CONDITIONS = _parts(
    host=_STRINGS,
    path=_STRINGS,
    header=_HEADER,
    query_string=_PAIRS,
    method={**_STRINGS, "choices": ["HEAD", "GET", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"]},
    cookie=_PAIRS,
    source_ip=_STRINGS,
    response_header=_HEADER,
    response_status_code=_STRINGS,
)
_CONTENT_TYPES = ["text/plain", "text/css", "text/html", "application/javascript", "application/json"]
_VALUE_TYPES = ["user_defined", "reference_header", "system_defined"]
_ACTIONS = _parts(
    forward=_group(
        server_groups={**_items(server_group_id=_NEEDED, weight=_NUMBER), "required": True},
        sticky_session=_group(enabled={"type": "bool", "required": True}, timeout=_NUMBER),
    ),
    redirect=_group(
        protocol={"type": "str", "choices": ["http", "https"]},
        host=_STRING,
        port=_STRING,
        path=_STRING,
        query=_STRING,
        code={"type": "int", "choices": [301, 302, 303, 307, 308], "default": 301},
    ),
    fixed_response=_group(
        code={"type": "int", "required": True},
        content_type={"type": "str", "choices": _CONTENT_TYPES},
        content=_STRING,
    ),
    rewrite=_group(host=_STRING, path=_STRING, query=_STRING),
    insert_header=_group(
        key=_KEY,
        value=_NEEDED,
        value_type={"type": "str", "choices": _VALUE_TYPES, "default": "user_defined"},
        overwrite={"type": "bool"},
    ),
    remove_header=_group(key=_KEY),
    traffic_limit=_group(qps=_NUMBER, per_ip_qps=_NUMBER),
    traffic_mirror=_group(server_group_ids={**_STRINGS, "required": True}),
    cors=_group(
        allow_origins={**_STRINGS, "required": True},
        allow_methods=_STRINGS,
        allow_headers=_STRINGS,
        expose_headers=_STRINGS,
        allow_credentials={"type": "bool"},
        max_age=_NUMBER,
    ),
)


def main() -> None:
    run(
        Rule,
        {
            "rule_id": {"type": "str"},
            "name": {"type": "str"},
            "listener_id": {"type": "str"},
            "load_balancer_id": {"type": "str"},
            "load_balancer_name": {"type": "str"},
            "protocol": {"type": "str", "choices": ["http", "https", "quic"], "default": "https"},
            "port": {"type": "int"},
            "direction": {"type": "str", "choices": list(DIRECTIONS)},
            "priority": {"type": "int"},
            "conditions": _CONDITIONS,
            "actions": _ACTIONS,
            "tags": {"type": "dict"},
            "purge_tags": {"type": "bool", "default": False},
            "state": STATE,
        },
        required_one_of=[
            ["rule_id", "name"],
            ["rule_id", "listener_id", "load_balancer_id", "load_balancer_name"],
            ["rule_id", "listener_id", "port"],
        ],
        mutually_exclusive=[["listener_id", "load_balancer_id", "load_balancer_name"]],
    )


if __name__ == "__main__":
    main()
