# SPDX-License-Identifier: GPL-3.0-or-later
"""Listeners, and the rules of mutual authentication.

Source: https://help.aliyun.com/zh/slb/application-load-balancer/user-guide/create-and-manage-listeners
"""

from __future__ import annotations

import time

from .. import kinds
from ..assumptions import assume
from ..product import Call, keep, new_id, public, read, same, select, write
from ..regions import certificate_store
from ..schema import Args
from ..store import Doc
from . import load_balancers, quotas, security_policies, server_groups, tags
from .params import listeners as params

_ONE_OF = {"ListenerIds": "ListenerId", "LoadBalancerIds": "LoadBalancerId"}
_ONLY_IN_GET = ("CaCertificates", "CaEnabled", "Certificates", "AclConfig")
_TLS = ("HTTPS", "QUIC")
_MUTUAL_AUTHENTICATION = ("Standard", "StandardWithWaf")  # editions that have it (manage-certificates, 2026-01-14)
# Server groups that a listener and its rules can forward to.
BACKENDS = {"HTTP": ("HTTP", "HTTPS"), "HTTPS": ("HTTP", "HTTPS", "gRPC"), "QUIC": ("HTTP", "gRPC")}
_LOG = ("AccessLogRecordCustomizedHeadersEnabled", "AccessLogTracingConfig")
_HEADERS = ("SubjectDN", "IssuerDN", "Fingerprint", "ClientVerify")

assume(
    "alb-http-listener-https-group",
    "An HTTP listener may forward to a server group whose protocol is HTTPS.",
    "The guide says so, the text of the SDK says HTTPS groups are for HTTPS listeners.",
    date="2026-11-25",
    settle="CreateListener with ListenerProtocol=HTTP and a group of protocol HTTPS, with DryRun=true",
)
assume(
    "alb-ca-kept-when-disabled",
    "CaEnabled=false leaves the CA certificate of the listener as it is; GetListenerAttribute goes on showing it.",
    "UpdateListenerAttribute is a partial update; nothing says that the CA is dropped. Terraform's provider "
    "switches it off with the CA in the request, and later on with another one (alb_listener_test.go, "
    "2026-08-21).",
    date="2026-11-25",
    settle="UpdateListenerAttribute with CaEnabled=false, then GetListenerAttribute",
)
assume(
    "alb-certificate-headers-https",
    "XForwardedForConfig is checked for aliases only, not for the protocol of the listener.",
    "The pages say which protocols a header works with, not that others are refused.",
    date="2026-11-25",
    settle=("CreateListener with ListenerProtocol=HTTP, XForwardedForClientCertSubjectDNEnabled=true and DryRun=true"),
)
assume(
    "alb-listener-job-failure",
    "When the data plane cannot serve a change, the job is Failed with InternalError and the resource is as it was "
    "before; one that was being created is gone.",
    "Failed jobs are documented, the state they leave is not.",
    date="2026-11-25",
    settle="ListAsynJobs and GetListenerAttribute when a job has failed; it cannot be provoked",
)
assume(
    "alb-load-balancer-status-of-listener-jobs",
    "The load balancer stays Active while its listeners are configured.",
    "Terraform's provider and the ingress controller repeat CreateListener on IncorrectStatus.LoadBalancer "
    "(2026-08-21, 2024-09-13), which speaks against it; when it occurs is not documented.",
    date="2026-11-25",
    settle="GetLoadBalancerAttribute right after CreateListener",
)


def create(call: Call, args: Args) -> Doc:
    """CreateListener."""
    balancer = load_balancers.active(call, args["LoadBalancerId"])
    siblings = call.store.all(kinds.LISTENER, LoadBalancerId=args["LoadBalancerId"])
    protocol, port = args["ListenerProtocol"], args["ListenerPort"]
    if any(item["ListenerPort"] == port and _clash(item["ListenerProtocol"], protocol) for item in siblings):
        raise call.error("ResourceAlreadyExist.Listener", f"{protocol}:{port}")
    quotas.check(call, "LoadBalancerListenersNum", len(siblings), of=args["LoadBalancerId"])
    identifier = new_id("lsn")
    doc: Doc = {
        "ListenerId": identifier,
        "ListenerProtocol": protocol,
        "ListenerPort": port,
        "ListenerStatus": "Provisioning",
        "ListenerDescription": "",
        "LoadBalancerId": args["LoadBalancerId"],
        "DefaultActions": args["DefaultActions"],
        "IdleTimeout": 15,
        "RequestTimeout": 60,
        "GzipEnabled": True,
        "XForwardedForConfig": {"XForwardedForEnabled": True, "XForwardedForProcessingMode": "append"},
        "LogConfig": {"AccessLogRecordCustomizedHeadersEnabled": False},
        "AclConfig": {"AclRelations": []},
        "Tags": tags.as_list(args.get("Tag", [])),
        "CaEnabled": False,
        "_region": call.region,
        "_additional": [],
    }
    if protocol in _TLS:
        doc |= {"Certificates": [], "CaCertificates": []}
    if protocol == "HTTPS":
        doc |= {"Http2Enabled": True, "SecurityPolicyId": security_policies.DEFAULT}
    _merge(call, doc, args, balancer)
    return {"ListenerId": identifier, **call.submit(kinds.LISTENER, doc, identifier, operate="Create", final="Running")}


def get(call: Call, args: Args) -> Doc:
    """GetListenerAttribute."""
    doc = public(_find(call, args))
    if "CaCertificates" in doc:
        status = "Associated" if doc["ListenerStatus"] in ("Running", "Stopped") else "Associating"
        doc["CaCertificates"] = [{**item, "IsDefault": True, "Status": status} for item in doc["CaCertificates"]]
    return doc


def listing(call: Call, args: Args) -> Doc:
    """ListListeners: without certificates, and without mutual authentication."""
    found = tags.matching(call.in_region(kinds.LISTENER, args, _ONE_OF, same("ListenerProtocol")), args)
    page, fields = call.page(found, args)
    items = [{name: value for name, value in public(doc).items() if name not in _ONLY_IN_GET} for doc in page]
    return {"Listeners": items, **fields}


def update(call: Call, args: Args) -> Doc:
    """UpdateListenerAttribute: what is not given stays as it is."""
    doc = _changeable(call, args)
    balancer = load_balancers.active(call, doc["LoadBalancerId"])
    final = doc["ListenerStatus"]
    _merge(call, doc, args, balancer)
    return _configure(call, doc, final)


def update_log(call: Call, args: Args) -> Doc:
    """UpdateListenerLogConfig: only where the load balancer has an access log."""
    doc = _changeable(call, args)
    if not load_balancers.active(call, doc["LoadBalancerId"]).get("AccessLogConfig"):
        raise call.error("OperationDenied.AccessLogDisabled", "AccessLogDisabled")
    doc["LogConfig"] |= {name: args[name] for name in _LOG if name in args}
    return _configure(call, doc, doc["ListenerStatus"])


def delete(call: Call, args: Args) -> Doc:
    """DeleteListener."""
    doc = _changeable(call, args)
    load_balancers.active(call, doc["LoadBalancerId"])
    siblings = call.store.all(kinds.LISTENER, LoadBalancerId=doc["LoadBalancerId"])
    if any(_upgrades_to(item) == doc["ListenerId"] for item in siblings):
        raise call.error("ResourceInUse.Listener", doc["ListenerId"])
    doc["ListenerStatus"] = "Deleting"
    return call.submit(kinds.LISTENER, doc, doc["ListenerId"], operate="Delete", final=None)


def start(call: Call, args: Args) -> Doc:
    """StartListener."""
    return _switch(call, args, "Stopped", "Running")


def stop(call: Call, args: Args) -> Doc:
    """StopListener."""
    return _switch(call, args, "Running", "Stopped")


def associate(call: Call, args: Args) -> Doc:
    """AssociateAdditionalCertificatesWithListener."""
    doc = _tls(call, _changeable(call, args))
    have = {item["CertificateId"] for item in doc["_additional"]}
    for item in args["Certificates"]:
        identifier = _server_certificate(call, item["CertificateId"])
        if identifier in {default["CertificateId"] for default in doc["Certificates"]}:
            raise call.error("OperationDenied.DefaultCertificateUsed", "DefaultCertificateUsed")
        if identifier in have:
            raise call.error("ResourceAlreadyAssociated.Certificate", identifier)
        doc["_additional"].append({"CertificateId": identifier, "Status": "Associating"})
    balancer = load_balancers.active(call, doc["LoadBalancerId"])
    siblings = call.store.all(kinds.LISTENER, LoadBalancerId=doc["LoadBalancerId"])
    quotas.check(
        call,
        "LoadBalancerCertificatesNum",
        sum(len(item["_additional"]) for item in siblings),
        len(args["Certificates"]),
        of=doc["LoadBalancerId"],
        edition=balancer["LoadBalancerEdition"],
    )
    return _configure(call, doc, doc["ListenerStatus"])


def dissociate(call: Call, args: Args) -> Doc:
    """DissociateAdditionalCertificatesFromListener."""
    doc = _tls(call, _changeable(call, args))
    have = {item["CertificateId"]: item for item in doc["_additional"]}
    for item in args["Certificates"]:
        if item["CertificateId"] not in have:
            raise call.error("ResourceNotAssociated.Certificate", item["CertificateId"])
        have[item["CertificateId"]]["Status"] = "Dissociating"
    return _configure(call, doc, doc["ListenerStatus"])


def list_certificates(call: Call, args: Args) -> Doc:
    """ListListenerCertificates."""
    doc = _tls(call, _find(call, args))
    whole = "Associated" if doc["ListenerStatus"] in ("Running", "Stopped") else "Associating"
    rows = [
        *(_certificate("Server", item["CertificateId"], True, whole) for item in doc["Certificates"]),
        *(_certificate("Server", item["CertificateId"], False, item["Status"]) for item in doc["_additional"]),
        *(_certificate("Ca", item["CertificateId"], True, whole) for item in doc["CaCertificates"]),
    ]
    found = select(rows, args, {"CertificateIds": "CertificateId"}, same("CertificateType"))
    page, fields = call.page(found, args)
    return {"Certificates": page, **fields}


def finish(doc: Doc) -> None:
    """Associates new additional certificates and drops dissociated ones, when a job has succeeded."""
    doc["_additional"] = [
        {**item, "Status": "Associated"} for item in doc["_additional"] if item["Status"] != "Dissociating"
    ]


def _certificate(kind: str, identifier: str, default: bool, status: str) -> Doc:
    return {"CertificateType": kind, "CertificateId": identifier, "IsDefault": default, "Status": status}


def _find(call: Call, args: Args) -> Doc:
    return call.find(kinds.LISTENER, args["ListenerId"], "ResourceNotFound.Listener")


def _changeable(call: Call, args: Args) -> Doc:
    doc = _find(call, args)
    if doc["ListenerStatus"] not in ("Running", "Stopped"):
        raise call.error("IncorrectStatus.Listener", doc["ListenerId"], doc["ListenerStatus"])
    return doc


def _tls(call: Call, doc: Doc) -> Doc:
    if doc["ListenerProtocol"] not in _TLS:
        raise call.error("OperationDenied.HttpListenerNotSupport", "HttpListenerNotSupport")
    return doc


def _configure(call: Call, doc: Doc, final: str) -> Doc:
    doc["ListenerStatus"] = "Configuring"
    return call.submit(kinds.LISTENER, doc, doc["ListenerId"], operate="Update", final=final)


def _switch(call: Call, args: Args, before: str, after: str) -> Doc:
    doc = _find(call, args)
    load_balancers.active(call, doc["LoadBalancerId"])
    if doc["ListenerStatus"] != before:
        raise call.error("IncorrectStatus.Listener", doc["ListenerId"], doc["ListenerStatus"])
    return _configure(call, doc, after)


def _clash(one: str, other: str) -> bool:
    # QUIC is UDP: it shares a port with TCP.
    return (one == "QUIC") == (other == "QUIC")


def _merge(call: Call, doc: Doc, args: Args, balancer: Doc) -> None:
    """Checks the options of Create and Update, and merges them into the document."""
    protocol = doc["ListenerProtocol"]
    plain = ("ListenerDescription", "IdleTimeout", "RequestTimeout", "GzipEnabled", "QuicConfig", "DefaultActions")
    doc |= {name: args[name] for name in plain if name in args}
    for name in ("Http2Enabled", "SecurityPolicyId"):
        if name in args and protocol != "HTTPS":
            raise call.invalid(f"{name} is for HTTPS listeners.")
        if name in args:
            doc[name] = args[name]
    if "SecurityPolicyId" in args:
        security_policies.attach(call, args["SecurityPolicyId"], doc["ListenerId"])
    if "QuicConfig" in args:
        _check_quic(call, doc)
    if "DefaultActions" in args:
        _check_group(call, doc, balancer)
    _merge_certificates(call, doc, args)
    _check_mutual_authentication(call, doc, args, balancer)
    doc["XForwardedForConfig"] |= args.get("XForwardedForConfig", {})
    for header in _HEADERS:
        prefix = f"XForwardedForClientCert{header}"
        config = doc["XForwardedForConfig"]
        if config.get(f"{prefix}Enabled") and not config.get(f"{prefix}Alias"):
            raise call.invalid(f"{prefix}Enabled needs {prefix}Alias.")


def _check_group(call: Call, doc: Doc, balancer: Doc) -> None:
    group = server_groups.usable(call, server_groups.forwards_to(doc), balancer)
    if group["Protocol"] not in BACKENDS[doc["ListenerProtocol"]]:
        raise call.error("OperationDenied.ServerGroupProtocolNotSupport")
    if group["Protocol"] == "gRPC" and not doc.get("Http2Enabled", True):
        raise call.error("OperationDenied.GRPCServerGroup", "GRPCServerGroup")
    server_groups.check_servers(call, balancer, doc)


def _check_quic(call: Call, doc: Doc) -> None:
    """Refuses a QUIC listener of another load balancer, and one that another listener upgrades to."""
    identifier = _upgrades_to(doc)
    if not identifier:
        return
    other = call.find(kinds.LISTENER, identifier, "ResourceNotFound.Listener")
    if other["LoadBalancerId"] != doc["LoadBalancerId"]:
        raise call.error("OperationDenied.CrossLoadBalancerQUICListener", "CrossLoadBalancerQUICListener")
    if other["ListenerProtocol"] != "QUIC" or doc["ListenerProtocol"] != "HTTPS":
        raise call.invalid("QuicConfig leads from an HTTPS listener to a QUIC listener.")
    siblings = call.store.all(kinds.LISTENER, LoadBalancerId=doc["LoadBalancerId"])
    if any(_upgrades_to(item) == identifier and item["ListenerId"] != doc["ListenerId"] for item in siblings):
        raise call.error("ResourceAlreadyAssociated.Listener", identifier)


def _upgrades_to(doc: Doc) -> str:
    config = doc.get("QuicConfig", {})
    return str(config.get("QuicListenerId", "")) if config.get("QuicUpgradeEnabled") else ""


def _merge_certificates(call: Call, doc: Doc, args: Args) -> None:
    protocol = doc["ListenerProtocol"]
    if protocol not in _TLS:
        if args.get("Certificates") or args.get("CaCertificates"):
            raise call.invalid("Certificates are for HTTPS and QUIC listeners.")
        return
    if "Certificates" in args:
        doc["Certificates"] = [
            {"CertificateId": _server_certificate(call, item["CertificateId"])} for item in args["Certificates"]
        ]
    if not doc["Certificates"]:
        raise call.invalid(f"A listener of protocol {protocol} needs Certificates.")
    additional = {item["CertificateId"] for item in doc["_additional"]}
    for item in doc["Certificates"]:
        if item["CertificateId"] in additional:
            raise call.error("ResourceAlreadyAssociated.Certificate", item["CertificateId"])


def _server_certificate(call: Call, identifier: str) -> str:
    call.find(kinds.CERTIFICATE, identifier, "ResourceNotFound.Certificate")
    if not identifier.endswith(f"-{certificate_store(call.region)}"):
        raise call.error("ResourceNotFound.Certificate", identifier)
    return identifier


def _check_mutual_authentication(call: Call, doc: Doc, args: Args, balancer: Doc) -> None:
    if args.get("CaEnabled") and doc["ListenerProtocol"] != "HTTPS":
        raise call.invalid("CaEnabled is for HTTPS listeners.")
    for item in args.get("CaCertificates", []):
        ca = call.find(kinds.CA_CERTIFICATE, item["CertificateId"], "ResourceNotFound.Certificate")
        if not ca["_not_before"] <= time.time() <= ca["_not_after"]:
            raise call.invalid(f"The CA certificate {item['CertificateId']} has expired or is not yet valid.")
    if "CaCertificates" in args:
        doc["CaCertificates"] = args["CaCertificates"]
    if args.get("CaEnabled"):
        if balancer["LoadBalancerEdition"] not in _MUTUAL_AUTHENTICATION:
            raise call.error("Mismatch.LoadBalancerEditionAndCaEnabled", "LoadBalancerEdition", "CaEnabled")
        if not args.get("CaCertificates"):
            raise call.invalid("CaCertificates is required when CaEnabled is true.")
    doc["CaEnabled"] = args.get("CaEnabled", doc["CaEnabled"])


OPERATIONS = {
    "CreateListener": write(create, params.CREATE_LISTENER),
    "GetListenerAttribute": read(get, params.GET_LISTENER),
    "ListListeners": read(listing, params.LIST_LISTENERS),
    "UpdateListenerAttribute": write(update, params.UPDATE_LISTENER),
    "UpdateListenerLogConfig": keep(update_log, params.UPDATE_LISTENER_LOG),
    "DeleteListener": write(delete, params.CHANGE_LISTENER),
    "StartListener": write(start, params.CHANGE_LISTENER),
    "StopListener": write(stop, params.CHANGE_LISTENER),
    "ListListenerCertificates": read(list_certificates, params.LIST_LISTENER_CERTIFICATES),
    "AssociateAdditionalCertificatesWithListener": write(associate, params.ADDITIONAL_CERTIFICATES),
    "DissociateAdditionalCertificatesFromListener": write(dissociate, params.ADDITIONAL_CERTIFICATES),
}
