# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS security policies: those of the system, as data, and custom ones.

Source: https://help.aliyun.com/zh/slb/application-load-balancer/user-guide/tls-security-policies
"""

from __future__ import annotations

from .. import kinds
from ..assumptions import assume
from ..product import Call, new_id, public, read, resource_group, same, timestamp, write
from ..schema import Args
from ..store import Doc, Store
from . import quotas, tags
from .params import security_policies as params

DEFAULT = "tls_cipher_policy_1_0"
_ONE_OF = {"SecurityPolicyIds": "SecurityPolicyId", "SecurityPolicyNames": "SecurityPolicyName"}


def _both(*suites: str) -> tuple[str, ...]:
    return tuple(f"ECDHE-{key}-{suite}" for suite in suites for key in ("ECDSA", "RSA"))


_GCM_AND_SHA2 = _both("AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA256", "AES256-SHA384")
_ECDHE_SHA1 = _both("AES128-SHA", "AES256-SHA")
_RSA_SHA1 = ("AES128-SHA", "AES256-SHA", "DES-CBC3-SHA")
_RSA = ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA256", "AES256-SHA256", *_RSA_SHA1)
_TLS13 = (
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_CCM_SHA256",
    "TLS_AES_128_CCM_8_SHA256",
)
_CUSTOM_ONLY = (*_both("CHACHA20-POLY1305"), "ECC-SM2-WITH-SM4-SM3")
_OLD = frozenset((*_ECDHE_SHA1, *_RSA_SHA1))
_TLS12 = frozenset((*_GCM_AND_SHA2, *_ECDHE_SHA1, *_RSA, *_CUSTOM_ONLY))
_SUITES = {"TLSv1.0": _OLD, "TLSv1.1": _OLD, "TLSv1.2": _TLS12, "TLSv1.3": frozenset(_TLS13)}

# Versions and cipher suites by name. The sixth policy, tls_cipher_policy_1_0_to_1_3, is for an edition without an API.
SYSTEM: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    DEFAULT: (("TLSv1.0", "TLSv1.1", "TLSv1.2"), (*_GCM_AND_SHA2, *_ECDHE_SHA1, *_RSA)),
    "tls_cipher_policy_1_1": (("TLSv1.1", "TLSv1.2"), (*_GCM_AND_SHA2, *_ECDHE_SHA1, *_RSA)),
    "tls_cipher_policy_1_2": (("TLSv1.2",), (*_GCM_AND_SHA2, *_ECDHE_SHA1, *_RSA)),
    "tls_cipher_policy_1_2_strict": (("TLSv1.2",), (*_GCM_AND_SHA2, *_ECDHE_SHA1)),
    "tls_cipher_policy_1_2_strict_with_1_3": (("TLSv1.2", "TLSv1.3"), (*_GCM_AND_SHA2, *_ECDHE_SHA1, *_TLS13)),
}

assume(
    "alb-security-policy-rules",
    "A custom policy with a cipher suite that none of its versions supports, or with TLSv1.3 and no suite of TLSv1.3, "
    "is refused with InvalidParameter (400).",
    "The rules are documented, their error codes are not.",
    date="2026-11-25",
    settle="CreateSecurityPolicy with TLSv1.2 and TLS_AES_128_GCM_SHA256, with DryRun=true",
)


def settings(doc: Doc | None, identifier: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns the versions and cipher suites of a custom policy, or without a document those of the system's."""
    return (tuple(doc["TLSVersions"]), tuple(doc["Ciphers"])) if doc else SYSTEM[identifier]


def attach(call: Call, identifier: str, listener: str) -> None:
    """Refuses an unknown policy, and one that as many other listeners have as the quota allows."""
    if check(call, identifier) not in SYSTEM:
        others = [item for item in users(call.store, identifier) if item["ListenerId"] != listener]
        quotas.check(call, "SecurityPolicyAttachedNum", len(others), of=identifier)


def check(call: Call, identifier: str) -> str:
    """Returns the id of a policy. Raises ApiError for an unknown one."""
    if identifier not in SYSTEM:
        call.find(kinds.SECURITY_POLICY, identifier, "ResourceNotFound.SecurityPolicy")
    return identifier


def list_system(_call: Call, _args: Args) -> Doc:
    """ListSystemSecurityPolicies."""
    return {
        "SecurityPolicies": [
            {"SecurityPolicyId": name, "TLSVersions": list(versions), "Ciphers": list(ciphers)}
            for name, (versions, ciphers) in SYSTEM.items()
        ]
    }


def create(call: Call, args: Args) -> Doc:
    """CreateSecurityPolicy."""
    quotas.check(call, "SecurityPoliciesNum", len(call.in_region(kinds.SECURITY_POLICY)))
    identifier = new_id("spy")
    doc = {
        "SecurityPolicyId": identifier,
        "SecurityPolicyName": args["SecurityPolicyName"],
        "SecurityPolicyStatus": "Configuring",
        "TLSVersions": args["TLSVersions"],
        "Ciphers": args["Ciphers"],
        "CreateTime": timestamp(),
        "ResourceGroupId": resource_group(args),
        "Tags": tags.as_list(args.get("Tag", [])),
        "_region": call.region,
    }
    _check_ciphers(call, doc)
    call.submit(kinds.SECURITY_POLICY, doc, identifier, operate="Create", final="Available")
    return {"SecurityPolicyId": identifier}


def update(call: Call, args: Args) -> Doc:
    """UpdateSecurityPolicyAttribute."""
    doc = _available(call, args)
    doc |= {name: args[name] for name in ("SecurityPolicyName", "TLSVersions", "Ciphers") if name in args}
    _check_ciphers(call, doc)
    doc["SecurityPolicyStatus"] = "Configuring"
    return call.submit(kinds.SECURITY_POLICY, doc, doc["SecurityPolicyId"], operate="Update", final="Available")


def delete(call: Call, args: Args) -> Doc:
    """DeleteSecurityPolicy."""
    doc = _available(call, args)
    if users(call.store, doc["SecurityPolicyId"]):
        raise call.error("ResourceInUse.SecurityPolicy", doc["SecurityPolicyId"])
    doc["SecurityPolicyStatus"] = "Deleting"
    call.submit(kinds.SECURITY_POLICY, doc, doc["SecurityPolicyId"], operate="Delete", final=None)
    return {}


def listing(call: Call, args: Args) -> Doc:
    """ListSecurityPolicies: the custom ones."""
    found = tags.matching(call.in_region(kinds.SECURITY_POLICY, args, _ONE_OF, same("ResourceGroupId")), args)
    page, fields = call.page(found, args)
    return {"SecurityPolicies": [public(doc) for doc in page], **fields}


def relations(call: Call, args: Args) -> Doc:
    """ListSecurityPolicyRelations; the spelling of the key is the API's."""
    shown = ("ListenerId", "ListenerPort", "ListenerProtocol", "LoadBalancerId")
    return {
        "SecrityPolicyRelations": [
            {
                "SecurityPolicyId": check(call, identifier),
                "RelatedListeners": [{name: doc[name] for name in shown} for doc in users(call.store, identifier)],
            }
            for identifier in args["SecurityPolicyIds"]
        ]
    }


def users(store: Store, identifier: str) -> list[Doc]:
    """Returns the listeners that have this policy."""
    return store.all(kinds.LISTENER, SecurityPolicyId=identifier)


def _available(call: Call, args: Args) -> Doc:
    doc = call.find(kinds.SECURITY_POLICY, args["SecurityPolicyId"], "ResourceNotFound.SecurityPolicy")
    if doc["SecurityPolicyStatus"] != "Available":
        raise call.error("IncorrectStatus.SecurityPolicy", doc["SecurityPolicyId"], doc["SecurityPolicyStatus"])
    return doc


def _check_ciphers(call: Call, doc: Doc) -> None:
    supported = set().union(*(_SUITES[version] for version in doc["TLSVersions"]))
    foreign = [cipher for cipher in doc["Ciphers"] if cipher not in supported]
    if foreign:
        raise call.invalid(f"Not supported by {', '.join(doc['TLSVersions'])}: {', '.join(foreign)}.")
    if "TLSv1.3" in doc["TLSVersions"] and not _SUITES["TLSv1.3"] & set(doc["Ciphers"]):
        raise call.invalid("TLSv1.3 needs at least one of its cipher suites.")


OPERATIONS = {
    "ListSystemSecurityPolicies": read(list_system, {}),
    "ListSecurityPolicies": read(listing, params.LIST_SECURITY_POLICIES),
    "ListSecurityPolicyRelations": read(relations, params.SECURITY_POLICY_RELATIONS),
    "CreateSecurityPolicy": write(create, params.CREATE_SECURITY_POLICY),
    "UpdateSecurityPolicyAttribute": write(update, params.UPDATE_SECURITY_POLICY),
    "DeleteSecurityPolicy": write(delete, params.DELETE_SECURITY_POLICY),
}
