# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Custom TLS security policies. Private to this collection."""

from __future__ import annotations

from .._core.action import SELF_ID, Action
from .._core.checks import Check, run_checks
from .._core.errors import RefusedError
from .._core.resource import Found, Resource, Waiter
from .._core.values import Object, changes, encode, given, holds_unknown
from . import queries, usage
from .fields import SECURITY_POLICY
from .lookup import PASSING, SECURITY_POLICIES, only_named
from .tags import move_actions, tag_actions, tag_parameter

# The cipher suites of each TLS version (https://api.aliyun.com/document/Alb/2020-06-16/CreateSecurityPolicy).
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
_ALL_SUITES = frozenset().union(*_SUITES.values())
_OPTIONS = ("name", "tls_versions", "ciphers", "resource_group_id")


class SecurityPolicy(Resource):
    noun = "TLS security policy"
    key = "security_policy"
    product = "alb"
    names = tuple(field.name for field in SECURITY_POLICY)
    id_name = "security_policy_id"
    id_parameter = "SecurityPolicyId"
    delete_operation = "DeleteSecurityPolicy"
    waiter = Waiter(PASSING)

    def search(self) -> Found:
        filters = {"SecurityPolicyNames": [self.params["name"]]}
        return Found(only_named(self, queries.security_policies(self.session, filters)))

    def read(self, identity: str) -> Object | None:
        return next(queries.security_policies(self.session, {"SecurityPolicyIds": [identity]}), None)

    def present(self, found: Found) -> list[Action]:
        wanted = given(self.params, _OPTIONS)
        wanted |= {name: sorted(set(wanted[name])) for name in ("tls_versions", "ciphers") if name in wanted}
        if found.object is None:
            return [self._create(wanted)]
        changed = changes(wanted, found.object)
        group = changed.pop("resource_group_id", None)
        params = {"SecurityPolicyId": SELF_ID, **encode(SECURITY_POLICY, changed)}
        return [
            *([Action("UpdateSecurityPolicyAttribute", params, changed)] if changed else []),
            *move_actions("securitypolicy", group),
            *tag_actions("securitypolicy", self.params["tags"], found.object["tags"], self.params["purge_tags"]),
        ]

    def check(self, found: Found, after: Object) -> None:
        if after:
            check(after)
        else:
            self._check_removal(found.object or {})

    def _check_removal(self, current: Object) -> None:
        """Raise PredictedError if a listener has the policy."""
        identity = current[self.id_name]
        if holds_unknown(identity):
            return
        what = f"The TLS security policy {identity} ({current['name']})"
        users = usage.of_security_policy(self.session, identity)
        usage.refuse(self.params, {what: users}, "ResourceInUse.SecurityPolicy")

    def _create(self, wanted: Object) -> Action:
        if needed := [name for name in ("name", "tls_versions", "ciphers") if not wanted.get(name)]:
            raise RefusedError(f"A new TLS security policy needs {', '.join(needed)}.")
        tags = self.params["tags"] or {}
        unique = SECURITY_POLICIES.unique(
            self.session,
            wanted["name"],
            unused=lambda identity: not queries.security_policy_listeners(self.session, [identity])[identity],
            remove=lambda identity: [self.delete_action()],
        )
        params = {**encode(SECURITY_POLICY, wanted), **tag_parameter(tags)}
        return Action("CreateSecurityPolicy", params, {**wanted, "tags": tags}, creates=True, unique=unique)


def _empty(policy: Object) -> str:
    return next((name for name in ("tls_versions", "ciphers") if not policy[name]), "")


def _unknown(policy: Object) -> str:
    return ", ".join(sorted(set(policy["ciphers"]) - _ALL_SUITES))


def _foreign(policy: Object) -> Object | None:
    suites = set(policy["ciphers"]).difference(*(_SUITES.get(version, ()) for version in policy["tls_versions"]))
    versions = ", ".join(sorted(policy["tls_versions"]))
    return {"suites": ", ".join(sorted(suites)), "versions": versions} if suites else None


def _without_suite(policy: Object) -> str:
    versions = (v for v in policy["tls_versions"] if _SUITES.get(v, frozenset()).isdisjoint(policy["ciphers"]))
    return ", ".join(sorted(versions))


_CHECKS = (
    Check(_empty, "{found} is empty: nobody could connect.", "Name at least one in {found}."),
    Check(
        _unknown,
        "ciphers: ALB has no cipher suite {found}.",
        f"With the names of OpenSSL it has {', '.join(sorted(_ALL_SUITES))}.",
    ),
    Check(
        _foreign,
        "ciphers: none of {found[versions]} has {found[suites]}.",
        "Remove these cipher suites, or name a version in tls_versions that has them.",
    ),
    Check(
        _without_suite,
        "ciphers has no cipher suite of {found}: nobody could connect with that version.",
        "Add one of its cipher suites, or remove the version from tls_versions.",
    ),
)


def check(policy: Object) -> None:
    """Raise RefusedError for versions and cipher suites that cannot be together. Pure."""
    if isinstance(policy["tls_versions"], list) and isinstance(policy["ciphers"], list):  # they are known
        run_checks(_CHECKS, policy)
