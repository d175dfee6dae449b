# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificate application repositories (warehouses) and the CA certificates in them.

A repository has three ids in the API: a number (``WhId``, ``WarehouseId``), the id of its sales instance
(``InstanceId`` in ListCertWarehouse) and an id of its own (``cas-wh-…`` in CreateWarehouse, ListWarehouse and
DeleteWarehouse, ``WhInstanceId`` in ListCert). ALB knows a CA certificate by its ``Identifier``, a UUID.
"""

from __future__ import annotations

import uuid

from .. import kinds
from ..assumptions import assume
from ..product import Call, new_id, numbered_page, public, same, select
from ..schema import Args
from ..store import Doc
from . import parsing
from .certificates import listeners_with
from .params import WAREHOUSE_TYPES

_UPLOADED = ("uploadCA",)
_QUOTA = 5000

assume(
    "cas-upload-ca",
    "UploadPCACert puts CA certificates into repositories of type uploadCA alone, and refuses a certificate that is "
    "no CA with InvalidParameter (400). The same certificate again gets another Identifier.",
    "A repository has one data source (guide to repositories, 2024-06-20), and the guide of ALB asks for one whose "
    "data source is an uploaded CA certificate; the rest is not documented.",
    date="2026-11-25",
    settle="UploadPCACert with the same CA certificate twice",
)
assume(
    "cas-described-ca",
    "DescribeWarehouseCert shows an uploaded CA certificate with CertStatus issued and CertType CA, with the "
    "Identifier of the uploaded CA that has the name of its issuer (which may be itself), and with no private CA.",
    "The fields are documented (SDK 3.9.4); the only example has CertType OV, and what uploaded CAs have is not said.",
    date="2026-11-25",
    settle="DescribeWarehouseCert for an uploaded CA certificate",
)
assume(
    "cas-ca-identifier",
    "The Identifier that UploadPCACert returns is the id by which ALB takes the CA certificate.",
    "All ids of CAs in examples and in the acceptance tests of Terraform's provider are UUIDs of one family "
    "(2026-08-21); no page says it.",
    date="2026-11-25",
    settle="UpdateListenerAttribute with this Identifier as CaCertificates.1.CertificateId and DryRun=true",
)
assume(
    "cas-warehouse-ids",
    "InstanceId of ListCertWarehouse is not the id by which DeleteWarehouse knows a repository.",
    "The first is called that of the sales instance (example 14dcc8afc7578e1f), the second begins with cas-wh-; no "
    "page says that they are the same, so the sandbox makes them differ.",
    date="2026-11-25",
    settle="DeleteWarehouse with the InstanceId of ListCertWarehouse",
)


def create(call: Call, args: Args) -> Doc:
    """CreateWarehouse."""
    number = call.store.setting("warehouse_id", lambda: 1)
    call.store.set("warehouse_id", number + 1)
    instance = new_id("cas-wh-uc", 6)
    doc: Doc = {
        "WhId": number,
        "InstanceId": uuid.uuid4().hex[:16],
        "Name": args["Name"],
        "Type": WAREHOUSE_TYPES[args["Type"]],
        "_id": instance,
    }
    call.store.put(kinds.WAREHOUSE, instance, doc, served=True)
    return {"WarehouseInstanceId": instance}


def delete(call: Call, args: Args) -> Doc:
    """DeleteWarehouse."""
    doc = call.store.get(kinds.WAREHOUSE, args["WarehouseInstanceId"])
    if doc is None:
        raise call.error("NotFound", "warehouse", args["WarehouseInstanceId"])
    if any(item["WhId"] == doc["WhId"] for item in _uploaded(call)):
        raise call.error("ResourceInUse.Warehouse", doc["_id"])
    call.store.delete(kinds.WAREHOUSE, doc["_id"])
    return {}


def listing(call: Call, args: Args) -> Doc:
    """ListWarehouse."""
    filters = {"WarehouseInstanceIds": "_id", "WarehouseTypes": "Type"}
    found = [
        {"WarehouseInstanceId": doc["_id"], "WarehouseName": doc["Name"], "WarehouseType": doc["Type"]}
        for doc in select(call.store.all(kinds.WAREHOUSE), args, filters)
    ]
    page, fields = call.page(found, args)
    return {"Data": page, **fields}


def list_cert_warehouse(call: Call, args: Args) -> Doc:
    """ListCertWarehouse: by instance id, type, and part of the name."""
    found = [
        {**public(doc), "IsExpired": False, "Qps": 10}
        for doc in select(call.store.all(kinds.WAREHOUSE), args, equal=same("Type", "InstanceId"))
        if args.get("Name", "") in doc["Name"]
    ]
    return _page("CertWarehouseList", found, args)


def quota(_call: Call, _args: Args) -> Doc:
    """GetCertWarehouseQuota: calls of Sign, Verify, Encrypt and Decrypt, which the sandbox does not have."""
    return {"TotalQuota": _QUOTA, "UseCount": 0, "AppTotalQuota": _QUOTA, "AppUseCount": 0}


def upload_ca(call: Call, args: Args) -> Doc:
    """UploadPCACert: a private key is optional, and compared with the certificate."""
    warehouse = next((doc for doc in call.store.all(kinds.WAREHOUSE) if doc["WhId"] == args["WarehouseId"]), None)
    if warehouse is None:
        raise call.error("NotFound", "warehouse", args["WarehouseId"])
    if warehouse["Type"] not in _UPLOADED:
        raise call.invalid(f"CA certificates cannot be uploaded to a repository of type {warehouse['Type']}.")
    chain = parsing.certificates(call, args["Cert"])
    parsing.check_order(call, chain)
    if not parsing.is_ca(chain[0]):
        raise call.invalid("The certificate is not a CA certificate.")
    if args.get("PrivateKey"):
        parsing.check_key(call, chain[0], args["PrivateKey"])
    fields = parsing.fields(chain[0])
    identifier = str(uuid.uuid4())
    doc: Doc = {
        "Identifier": identifier,
        "WhId": warehouse["WhId"],
        "WhInstanceId": warehouse["_id"],
        **{name: fields[name] for name in ("CommonName", "SerialNo", "Issuer", "Algorithm", "Sans")},
        "SignAlgorithm": parsing.signature_algorithm(chain[0]),
        "BeforeDate": fields["NotBefore"],
        "AfterDate": fields["NotAfter"],
        "CertType": "CA",
        "SourceType": "upload",
        "Status": "ISSUE",
        "ExistPrivateKey": bool(args.get("PrivateKey")),
        "_name": args.get("Name", ""),
        "_pem": parsing.pem(chain),
        "_fingerprint": fields["Fingerprint"],
        "_subject": chain[0].subject.rfc4514_string(),
        "_issuer": chain[0].issuer.rfc4514_string(),
        "_not_before": fields["NotBefore"] / 1000,
        "_not_after": fields["NotAfter"] / 1000,
    }
    call.store.put(kinds.CA_CERTIFICATE, identifier, doc, served=True)
    return {"Identifier": identifier}


def list_cert(call: Call, args: Args) -> Doc:
    """ListCert: without the PEM text and without a fingerprint."""
    equal = {"WarehouseId": "WhId", **same("CertType", "SourceType", "Status")}
    wanted = [part for part in args.get("Identifiers", "").split(",") if part]
    found = [
        public(doc)
        for doc in select(_uploaded(call), args, equal=equal)
        if (not wanted or doc["Identifier"] in wanted)
        and any(args.get("KeyWord", "") in text for text in (doc["CommonName"], doc["_name"], doc["Sans"]))
    ]
    return _page("CertList", found, args)


def delete_ca(call: Call, args: Args) -> Doc:
    """DeletePCACert."""
    doc = _find(call, args["Identifier"])
    if users := listeners_with(call, doc["Identifier"]):
        raise call.error("ResourceInUse.Certificate", doc["Identifier"], users[0])
    call.store.delete(kinds.CA_CERTIFICATE, doc["Identifier"])
    return {}


def describe(call: Call, args: Args) -> Doc:
    """DescribeWarehouseCert: with the PEM text of the chain, and its issuer."""
    doc = _find(call, args["CertIdentifier"])
    issuer = next((item["Identifier"] for item in _uploaded(call) if item["_subject"] == doc["_issuer"]), "")
    return {
        "CertIdentifier": doc["Identifier"],
        "CertStatus": "issued",
        "CertType": "CA",
        "CommonName": doc["CommonName"],
        "Content": doc["_pem"],
        "Fingerprint": doc["_fingerprint"],
        "Issuer": doc["Issuer"],
        "IssuerIdentifier": issuer,
        "PrivateCaInstanceId": "",
        "PrivateCaRegionId": "",
        "WarehouseInstanceId": doc["WhInstanceId"],
    }


def _uploaded(call: Call) -> list[Doc]:
    return [doc for doc in call.store.all(kinds.CA_CERTIFICATE) if "WhId" in doc]


def _find(call: Call, identifier: str) -> Doc:
    doc = next((item for item in _uploaded(call) if item["Identifier"] == identifier), None)
    if doc is None:
        raise call.error("NotFound", "certificate", identifier)
    return doc


def _page(name: str, found: list[Doc], args: Args) -> Doc:
    page = numbered_page(found, args["CurrentPage"], args["ShowSize"])
    return {name: page, "CurrentPage": args["CurrentPage"], "ShowSize": args["ShowSize"], "TotalCount": len(found)}
