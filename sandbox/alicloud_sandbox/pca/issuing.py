# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates of clients and servers, signed by a sub CA at once."""

from __future__ import annotations

import json
import re
import typing as t
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509

from .. import kinds
from ..assumptions import assume
from ..cas import parsing
from ..errors import missing
from ..product import Call, resource_group
from ..schema import Args
from ..store import Doc
from . import authorities, crl, instances, signing
from .instances import SUB
from .params import SM2

_FIRST_ID = 59_425  # as in the example of UploadPcaCertToCas
# Organization and unit that the service fills in (texts of the SDK 2.1.4).
_DEFAULTS = {"Organization": "Alibaba Inc.", "OrganizationUnit": "Aliyun CDN", "Country": "CN"}
_SPAN = re.compile(r"(\d{1,4})([ymd])")
_DAYS = {"y": 365, "m": 30, "d": 1}
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_CUSTOM_USAGES = {
    "DigitalSignature": "digital_signature",
    "ContentCommitment": "content_commitment",
    "NonRepudiation": "content_commitment",
    "KeyEncipherment": "key_encipherment",
    "DataEncipherment": "data_encipherment",
    "KeyAgreement": "key_agreement",
    "EncipherOnly": "encipher_only",
    "DecipherOnly": "decipher_only",
}

assume(
    "pca-validity",
    "Days counts before AfterTime, then Years, then Months; without any a certificate is valid for a year. A "
    "certificate that would end after its CA, or after CertMaxTime days, is refused with InvalidParameter (400), and "
    "one that would be valid longer than a subscription of less than a year.",
    "That Days counts first is documented, and that the end of the CA and the subscription are limits (texts of the "
    "SDK 2.1.4; manage-private-certificates-by-using-a-certificate-application-repository, 2024-06-20). Terraform's "
    "acceptance test gives no validity at all, and a certificate is issued (2026-08-21).",
    verdict="practice",
    date="2026-08-21",
)
assume(
    "pca-csr",
    "Of a certificate request the public key and the common name are taken; organization, unit, country, city and "
    "state are those of the parameters or their defaults, and alternative names those of SanValue or Domain alone.",
    "That the common name is that of the request is documented (texts of the SDK 2.1.4); the rest is not.",
    date="2026-11-25",
    settle="CreateClientCertificateWithCsr with a request that has an organization and alternative names",
)
assume(
    "pca-extensions",
    "Certificates have the key usages digitalSignature and keyEncipherment, the extended key usage clientAuth or "
    "serverAuth, and key identifiers. A server certificate without Domain has its common name as alternative name.",
    "Extensions are not documented.",
    date="2026-11-25",
    settle="CreateClientCertificateWithCsr with Immediately=1",
)
assume(
    "pca-asynchronous",
    "With AsynchronousFlag a certificate is there at once all the same, and the answer does not hold it.",
    "The service issues such a certificate in the background; the sandbox has none.",
    verdict="choice",
)
assume(
    "pca-parent",
    "Without ParentIdentifier nothing is issued: MissingParentIdentifier (400).",
    "The schema of CreateClientCertificate makes it optional, Terraform's provider sends it always; which CA the "
    "service would take is not documented.",
    date="2026-11-25",
    settle="CreateClientCertificate without ParentIdentifier",
)


@dataclass(frozen=True)
class Order:
    """What is to be issued. ``key`` is None for one whose private key stays with the client."""

    kind: str
    subject: x509.Name
    public_key: signing.PublicKey
    start: datetime
    end: datetime
    extensions: list[signing.Extension]
    key: signing.PrivateKey | None = None
    serial_number: int = 0


def client(call: Call, args: Args) -> Doc:
    """CreateClientCertificate: the service makes the private key."""
    ca = _issuer(call, args)
    if args.get("SanType") not in (None, 1, 6):
        raise call.invalid("SanType has to be 1 (e-mail) or 6 (URI).")
    key = _new_key(call, ca, args.get("Algorithm") or str(ca["FullAlgorithm"]))
    if not args.get("CommonName"):
        raise missing("CommonName")
    extensions = signing.end_entity_extensions(signing.CLIENT, _client_names(call, args))
    return _x509(args, _issue(call, args, ca, _order(call, args, ca, "CLIENT", key.public_key(), extensions, key)))


def client_csr(call: Call, args: Args) -> Doc:
    """CreateClientCertificateWithCsr."""
    ca = _issuer(call, args)
    if not args.get("Csr"):
        raise missing("Csr")
    request = _request(call, ca, args)
    args = args | {"CommonName": _common_name(call, request, args)}
    extensions = signing.end_entity_extensions(signing.CLIENT, _client_names(call, args))
    return _x509(args, _issue(call, args, ca, _order(call, args, ca, "CLIENT", _key_of(request), extensions)))


def server(call: Call, args: Args) -> Doc:
    """CreateServerCertificate: the service makes the private key."""
    ca = _issuer(call, args)
    key = _new_key(call, ca, args["Algorithm"])
    extensions = signing.end_entity_extensions(signing.SERVER, _server_names(call, args))
    return _x509(args, _issue(call, args, ca, _order(call, args, ca, "SERVER", key.public_key(), extensions, key)))


def server_csr(call: Call, args: Args) -> Doc:
    """CreateServerCertificateWithCsr."""
    ca = _issuer(call, args)
    request = _request(call, ca, args)
    args = args | {"CommonName": _common_name(call, request, args)}
    extensions = signing.end_entity_extensions(signing.SERVER, _server_names(call, args))
    return _x509(args, _issue(call, args, ca, _order(call, args, ca, "SERVER", _key_of(request), extensions)))


def custom(call: Call, args: Args) -> Doc:
    """CreateCustomCertificate: subject, usages and alternative names as the caller says."""
    ca = _issuer(call, args)
    request = _request(call, ca, args)
    given = args.get("ApiPassthrough", {})
    start, end = _span(call, args["Validity"])
    attributes = given.get("Subject", {}).get("CustomAttributes", [])
    try:
        subject = request.subject
        if "Subject" in given:
            custom_attributes = [(item["ObjectIdentifier"], item["Value"]) for item in attributes]
            subject = signing.subject(given["Subject"], custom_attributes)
        extensions = _custom_extensions(given.get("Extensions", {}))
    except ValueError as problem:
        raise call.invalid(f"ApiPassthrough: {problem}.") from None
    number = int(given.get("SerialNumber", 0))
    order = Order("END_ENTITY", subject, _key_of(request), start, end, extensions, serial_number=number)
    named = args | ({"CustomIdentifier": args["customIdentifier"]} if "customIdentifier" in args else {})
    answer = _x509(args, _issue(call, named, ca, order))
    certificate = {"Certificate": answer.pop("X509Certificate")} if "X509Certificate" in answer else {}
    return {**answer, **certificate}


def _issuer(call: Call, args: Args) -> Doc:
    """The sub CA, which may issue and has certificates left. Raises ApiError."""
    if not args.get("ParentIdentifier"):
        raise missing("ParentIdentifier")
    ca = authorities.find(call, args["ParentIdentifier"])
    authorities.usable(call, ca, SUB)
    if instances.counts(call.store, ca)["CertRemainingCount"] < 1:
        raise call.error("QuotaExceeded.Certificate", ca["Identifier"])
    return ca


def _new_key(call: Call, ca: Doc, algorithm: str) -> signing.PrivateKey:
    _check_family(call, ca, algorithm)
    return signing.new_key(algorithm)


def _check_family(call: Call, ca: Doc, algorithm: str) -> None:
    if algorithm == SM2 or signing.family(algorithm) != ca["Algorithm"]:
        raise call.invalid(f"Algorithm {algorithm} is not of the family of the sub CA, {ca['Algorithm']}.")


def _request(call: Call, ca: Doc, args: Args) -> x509.CertificateSigningRequest:
    try:
        request = x509.load_pem_x509_csr(args["Csr"].encode())
        if not request.is_signature_valid:
            raise ValueError("its signature is not that of its key")
    except ValueError as problem:
        raise call.invalid(f"Csr: {problem}.") from None
    if not isinstance(request.public_key(), signing.PublicKey):
        raise call.invalid("Csr: the key is neither RSA nor ECC.")
    _check_family(call, ca, signing.algorithm_of(_key_of(request)))
    if "Algorithm" in args:
        _check_family(call, ca, args["Algorithm"])
    return request


def _key_of(request: x509.CertificateSigningRequest) -> signing.PublicKey:
    key = request.public_key()
    assert isinstance(key, signing.PublicKey)
    return key


def _common_name(call: Call, request: x509.CertificateSigningRequest, args: Args) -> str:
    name = parsing.name(request.subject, x509.NameOID.COMMON_NAME) or args.get("CommonName", "")
    if not name:
        raise call.invalid("Csr: there is no common name.")
    return str(name)


def _order(
    call: Call,
    args: Args,
    ca: Doc,
    kind: str,
    public_key: signing.PublicKey,
    extensions: list[signing.Extension],
    key: signing.PrivateKey | None = None,
) -> Order:
    start, end = _validity(call, args)
    place = {name: ca[name] for name in ("State", "Locality")}
    try:
        subject = signing.subject({**_DEFAULTS, **place, **args})
    except ValueError as problem:
        raise call.invalid(f"The subject: {problem}.") from None
    return Order(kind, subject, public_key, start, end, extensions, key)


def _validity(call: Call, args: Args) -> tuple[datetime, datetime]:
    if ("BeforeTime" in args) != ("AfterTime" in args):
        raise call.invalid("BeforeTime and AfterTime are given together, or neither is.")
    start = _moment(args["BeforeTime"]) if "BeforeTime" in args else datetime.now(UTC).replace(microsecond=0)
    if "Days" in args:
        return start, start + timedelta(days=args["Days"])
    if "AfterTime" in args:
        return start, _moment(args["AfterTime"])
    days = args["Years"] * 365 if "Years" in args else args["Months"] * 30 if "Months" in args else 365
    return start, start + timedelta(days=days)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _span(call: Call, text: str) -> tuple[datetime, datetime]:
    """Validity of CreateCustomCertificate: a span, an end, or begin and end."""
    now = datetime.now(UTC).replace(microsecond=0)
    if match := _SPAN.fullmatch(text):
        return now, now + timedelta(days=int(match[1]) * _DAYS[match[2]])
    try:
        moments = [datetime.strptime(item, _TIME).replace(tzinfo=UTC) for item in text.split("/")]
    except ValueError:
        moments = []
    if len(moments) not in (1, 2):
        raise call.invalid("Validity has to be like 2y, 3m, 30d, an end or begin/end in the form 2006-01-02T15:04:05Z.")
    return (now, moments[0]) if len(moments) == 1 else (moments[0], moments[1])


def _client_names(call: Call, args: Args) -> list[x509.GeneralName]:
    values = [item for item in args.get("SanValue", "").split(",") if item]
    if bool(values) != ("SanType" in args):
        raise call.invalid("SanType and SanValue are given together, or neither is.")
    try:
        return [signing.general_name(args["SanType"], item) for item in values]
    except ValueError as problem:
        raise call.invalid(f"SanValue: {problem}.") from None


def _server_names(call: Call, args: Args) -> list[x509.GeneralName]:
    domains = args.get("Domain", "") or args.get("CommonName", "")
    try:
        return [signing.host_name(item) for item in domains.split(",") if item]
    except ValueError as problem:
        raise call.invalid(f"Domain: {problem}.") from None


def _custom_extensions(given: Mapping[str, t.Any]) -> list[signing.Extension]:
    """Raises ValueError."""
    extensions: list[signing.Extension] = [(x509.BasicConstraints(ca=False, path_length=None), True)]
    chosen: Mapping[str, bool] = given.get("KeyUsage", {"DigitalSignature": True, "KeyEncipherment": True})
    allowed = {_CUSTOM_USAGES[usage] for usage, wanted in chosen.items() if wanted}
    extensions.append(signing.usage(*allowed))
    critical: list[str] = given.get("Criticals", [])
    if purposes := given.get("ExtendedKeyUsages"):
        oids = [signing.PURPOSES.get(item) or x509.ObjectIdentifier(item) for item in purposes]
        extensions.append((x509.ExtendedKeyUsage(oids), "ExtendedKeyUsages" in critical))
    if names := given.get("SubjectAlternativeNames"):
        values = [signing.general_name(item["Type"], item["Value"]) for item in names]
        extensions.append((x509.SubjectAlternativeName(values), "SubjectAlternativeNames" in critical))
    return extensions


def _check(call: Call, ca: Doc, order: Order) -> None:
    if order.end <= order.start:
        raise call.invalid("The certificate would end before it begins.")
    if order.start.timestamp() < ca["_not_before"] or order.end.timestamp() > ca["_not_after"]:
        raise call.invalid("The certificate cannot be valid before or longer than its sub CA.")
    lifetime = order.end - order.start
    if "CertMaxTime" in ca and lifetime > timedelta(days=ca["CertMaxTime"]):
        raise call.invalid(f"The sub CA issues certificates for {ca['CertMaxTime']} days at most.")
    instance = instances.of(call.store, ca)
    bought = timedelta(seconds=instance["_until"] - instance["_from"]) if instance else timedelta.max
    if bought < timedelta(days=365) and lifetime > bought:
        raise call.invalid("The certificate cannot be valid longer than the subscription.")


def _issue(call: Call, args: Args, ca: Doc, order: Order) -> Doc:
    """Signs and stores a certificate; returns its document."""
    _check(call, ca, order)
    name = args.get("CustomIdentifier", "")
    if name and call.store.all(kinds.PCA_CERTIFICATE, CustomIdentifier=name):
        raise call.error("CustomIdentifierRepeat", name)
    identifier = authorities.new_identifier()
    extensions = list(order.extensions)
    if args["EnableCrl"] and "CrlStatus" in ca:
        extensions.append(signing.distribution_point(crl.address(call, ca["Identifier"])))
    template = signing.Template(
        order.subject, order.public_key, order.start, order.end, extensions, order.serial_number
    )
    certificate = signing.sign(template, authorities.signer(ca))
    number = call.store.setting("pca_certificate_id", lambda: _FIRST_ID)
    call.store.set("pca_certificate_id", number + 1)
    doc: Doc = {
        "Identifier": identifier,
        "Id": number,
        "ParentIdentifier": ca["Identifier"],
        "CertificateType": order.kind,
        "Status": "ISSUE",
        **authorities.facts(certificate),
        "Sans": json.dumps(signing.numbered_names(certificate)),
        "Days": (order.end - order.start).days,
        "CertChain": ca["CaCertChain"],
        "CustomIdentifier": name,
        "AliasName": args.get("AliasName", ""),
        "UploadFlag": 0,
        "ResourceGroupId": resource_group(args),
        "Tags": authorities.tags(args),
        "_key": signing.key_pem(order.key) if order.key else "",
    }
    call.store.put(kinds.PCA_CERTIFICATE, identifier, doc, served=True)
    call.store.put(kinds.CA_CERTIFICATE, ca["Identifier"], {**ca, "_issued": ca["_issued"] + 1}, served=True)
    return doc


def _x509(args: Args, doc: Doc) -> Doc:
    """The answer to a creation."""
    shown = 0 if args.get("AsynchronousFlag") else args["Immediately"]
    return {
        "Identifier": doc["Identifier"],
        "SerialNumber": doc["SerialNumber"],
        **({"X509Certificate": doc["X509Certificate"]} if shown else {}),
        **({"CertificateChain": doc["CertChain"]} if shown == 2 else {}),
    }
