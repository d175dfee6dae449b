# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Custom TLS security policies. This module is PRIVATE to the collection."""

from __future__ import annotations

from typing import Any

from .._core.action import THIS, Action
from .._core.errors import RefusedError
from .._core.resource import Found, Resource, Waiter
from .._core.values import (
    KNOWN_AFTER_APPLY,
    TAGS,
    Object,
    changes,
    encode,
    given,
    holds_unknown,
)
from . import queries, usage
from .fields import SECURITY_POLICY
from .lookup import PASSING, SECURITY_POLICIES, is_leaving, not_found, only_one, staying
from .tags import move_action, tag_actions

# Which versions of TLS have which cipher suites, as the page of CreateSecurityPolicy has it
# (https://api.aliyun.com/document/Alb/2020-06-16/CreateSecurityPolicy).
_SHA1 = {
    *("ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA"),
    *("AES128-SHA", "AES256-SHA", "DES-CBC3-SHA"),
}
_SUITES: dict[str, frozenset[str]] = {
    "TLSv1.0": frozenset(_SHA1),
    "TLSv1.1": frozenset(_SHA1),
    "TLSv1.2": frozenset(
        {
            *_SHA1,
            *("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"),
            *("ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA384"),
            *("ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"),
            *("ECDHE-RSA-AES128-SHA256", "ECDHE-RSA-AES256-SHA384"),
            *("AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA256", "AES256-SHA256"),
            *("ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305", "ECC-SM2-WITH-SM4-SM3"),
        }
    ),
    "TLSv1.3": frozenset(
        {
            *("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"),
            *("TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"),
        }
    ),
}
TLS_VERSIONS = tuple(_SUITES)

_OPTIONS = ("name", "tls_versions", "ciphers", "resource_group_id")


class SecurityPolicy(Resource):
    noun = "TLS security policy"
    key = "security_policy"
    product = "alb"
    names = tuple(field.name for field in SECURITY_POLICY)
    id_name = "security_policy_id"
    id_wire = "SecurityPolicyId"
    waiter = Waiter(PASSING)

    def find(self) -> Found:
        identity, name = self.params["security_policy_id"], self.params["name"]
        if identity == KNOWN_AFTER_APPLY:
            return Found(dict.fromkeys(self.names, KNOWN_AFTER_APPLY))
        filters = {"SecurityPolicyIds": [identity]} if identity else {"SecurityPolicyNames": [name]}
        policies = [
            policy for policy in queries.security_policies(self.session, filters) if identity or policy["name"] == name
        ]
        if identity and not policies and self.params["state"] == "present":
            raise not_found(self.noun, identity, self.id_name)
        policies = staying(policies, is_leaving)
        only_one(self.noun, name, self.id_name, [policy[self.id_name] for policy in policies])
        return Found(policies[0] if policies else None)

    def read(self, identity: str) -> Object | None:
        return next(queries.security_policies(self.session, {"SecurityPolicyIds": [identity]}), None)

    def present(self, found: Found) -> list[Action]:
        wanted = given(self.params, _OPTIONS)
        wanted |= {name: sorted(set(wanted[name])) for name in ("tls_versions", "ciphers") if name in wanted}
        if found.object is None:
            return [self._create(wanted)]
        changed = changes(wanted, found.object)
        group = changed.pop("resource_group_id", None)
        params = {"SecurityPolicyId": THIS, **encode(SECURITY_POLICY, changed)}
        return [
            *([Action("UpdateSecurityPolicyAttribute", params, changed)] if changed else []),
            *([move_action("securitypolicy", group)] if group else []),
            *tag_actions("securitypolicy", self.params["tags"], found.object["tags"], self.params["purge_tags"]),
        ]

    def absent(self, found: Found) -> list[Action]:
        if found.object is None:
            return []
        return [Action("DeleteSecurityPolicy", {"SecurityPolicyId": THIS}, deletes=True)]

    def guard(self, found: Found, after: Object) -> None:
        if after:
            check(after["tls_versions"], after["ciphers"])
        else:
            self._guard_removal(found.object or {})

    def _guard_removal(self, current: Object) -> None:
        """Raise PredictedError if a listener has the policy."""
        identity = current[self.id_name]
        if holds_unknown(identity):
            return
        what = f"The TLS security policy {identity} ({current['name']})"
        usage.refuse(
            self.params, {what: usage.of_security_policy(self.session, identity)}, "ResourceInUse.SecurityPolicy"
        )

    def _create(self, wanted: Object) -> Action:
        tags = self.params["tags"] or {}
        if needed := [name for name in ("name", "tls_versions", "ciphers") if not wanted.get(name)]:
            raise RefusedError(f"A new TLS security policy needs {', '.join(needed)}.")
        params = {**encode(SECURITY_POLICY, wanted), **({"Tag": TAGS.encode(tags)} if tags else {})}
        unique = SECURITY_POLICIES.unique(
            self.session,
            wanted["name"],
            unused=lambda identity: not queries.security_policy_listeners(self.session, [identity])[identity],
            remove=lambda identity: [Action("DeleteSecurityPolicy", {"SecurityPolicyId": THIS}, deletes=True)],
        )
        return Action("CreateSecurityPolicy", params, {**wanted, "tags": tags}, creates=True, unique=unique)


def check(versions: Any, ciphers: Any) -> None:
    """Raise RefusedError for versions and cipher suites that cannot be together. Pure."""
    if not isinstance(versions, list) or not isinstance(ciphers, list):
        return  # not known yet
    for name, values in (("tls_versions", versions), ("ciphers", ciphers)):
        if not values:
            raise RefusedError(f"{name} is empty: nobody could connect.", f"Name at least one in {name}.")
    supported = {version: _SUITES.get(version, frozenset()) for version in versions}
    if unknown := sorted(set(ciphers).difference(*_SUITES.values())):
        raise RefusedError(
            f"ciphers: ALB has no cipher suite {', '.join(unknown)}.",
            f"Known are, with the names of OpenSSL, {', '.join(sorted(frozenset().union(*_SUITES.values())))}.",
        )
    if foreign := sorted(set(ciphers).difference(*supported.values())):
        raise RefusedError(
            f"ciphers: none of {', '.join(sorted(versions))} has {', '.join(foreign)}.",
            "Remove these cipher suites, or name a version in tls_versions that has them.",
        )
    if bare := sorted(version for version, suites in supported.items() if not suites & set(ciphers)):
        raise RefusedError(
            f"ciphers has no cipher suite of {', '.join(bare)}: nobody could connect with that version.",
            "Add one of its cipher suites, or remove the version from tls_versions.",
        )
