# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operations of PCA take.

Source: https://api.aliyun.com/meta/v1/products/cas/versions/2020-06-30/api-docs.json (2025-12-03) and the models of the
SDK 2.1.4 (2026), which has AsynchronousFlag, CertMaxTime, CustomIdentifier and the operations on quotas and CRLs beyond
that.
"""

from __future__ import annotations

from ..schema import Param, choice, flag, group, integer, line, many, must, text

Schema = dict[str, Param]

RSA = ("RSA_1024", "RSA_2048", "RSA_4096")
ECC = ("ECC_256", "ECC_384", "ECC_512")
SM2 = "SM2_256"
CODE_CHARACTERS = "[A-Za-z0-9,.+_#-]{1,32}"  # text of EncryptedCode

_page: Schema = {"CurrentPage": integer(1, default=1), "ShowSize": integer(1, 1000, default=20)}
_tokens: Schema = {"MaxResults": integer(1, 2000), "NextToken": text()}
_client_token = text(1, 64, pattern=r"[\x00-\x7f]*")
_tags = many({"Key": text(1, 128), "Value": text(0, 128)}, 1, 100)
_group: Schema = {"ResourceGroupId": text()}
_name = line(1, 64)  # upper bounds of X.520 (RFC 5280, appendix A.1)
_long_name = line(1, 128)
_algorithm = choice(*RSA, *ECC, SM2)
_csr = text(1, 65536)
_identifier = must(text())

_SUBJECT: Schema = {
    "Organization": _name,
    "OrganizationUnit": _name,
    "Country": line(2, 2),
    "State": _long_name,
    "Locality": _long_name,
}
_VALIDITY: Schema = {
    "Days": integer(1, 36500),
    "Months": integer(1, 1200),
    "Years": integer(1, 100),
    "BeforeTime": integer(0),
    "AfterTime": integer(0),
}
_ISSUE: Schema = {
    "ParentIdentifier": text(),
    "CommonName": _name,
    "Algorithm": _algorithm,
    **_SUBJECT,
    **_VALIDITY,
    "EnableCrl": integer(0, 1, default=0),
    "Immediately": integer(0, 2, default=0),
    "AsynchronousFlag": flag(default=False),
    "CustomIdentifier": line(1, 128),
    "Tags": _tags,
    **_group,
}

CLIENT: Schema = {
    **_ISSUE,
    "SanType": integer(1, 6),
    "SanValue": line(1, 4096),
    "AliasName": line(1, 128),
    "ClientToken": _client_token,
}
CLIENT_CSR: Schema = {**_ISSUE, "Csr": _csr, "SanType": integer(0, 8), "SanValue": line(1, 4096)}
_SERVER: Schema = {**_ISSUE, "ParentIdentifier": must(text()), "Domain": line(1, 4096)}
SERVER: Schema = {**_SERVER, "CommonName": must(_name), "Algorithm": must(_algorithm)}
SERVER_CSR: Schema = {**_SERVER, "Csr": must(_csr)}
USAGES = (
    *("DigitalSignature", "ContentCommitment", "NonRepudiation", "KeyEncipherment", "DataEncipherment"),
    *("KeyAgreement", "EncipherOnly", "DecipherOnly"),
)
_PASSTHROUGH: Schema = {
    "Subject": group(
        {
            "CommonName": _name,
            **_SUBJECT,
            "CustomAttributes": many({"ObjectIdentifier": must(text()), "Value": must(line(1, 256))}),
        }
    ),
    "Extensions": group(
        {
            "KeyUsage": group({usage: flag() for usage in USAGES}),
            "ExtendedKeyUsages": many(text()),
            "SubjectAlternativeNames": many(
                {
                    "Type": must(choice("rfc822Name", "dNSName", "uniformResourceIdentifier", "iPAddress")),
                    "Value": must(line(1, 1024)),
                }
            ),
            "Criticals": many(choice("KeyUsage", "ExtendedKeyUsages", "SubjectAlternativeNames")),
        }
    ),
    "SerialNumber": text(pattern="[0-9]{1,19}"),
}
CUSTOM: Schema = {
    "ParentIdentifier": must(text()),
    "Csr": must(_csr),
    "Validity": must(text(1, 64)),
    "ApiPassthrough": group(_PASSTHROUGH),
    "EnableCrl": integer(0, 1, default=0),
    "Immediately": integer(0, 2, default=0),
    "customIdentifier": line(1, 128),  # spelled so on the wire
    "Tags": _tags,
    **_group,
}

_CA: Schema = {
    "CommonName": must(_name),
    "Organization": must(_name),
    "OrganizationUnit": must(_name),
    "Locality": must(_long_name),
    "State": must(_long_name),
    "Years": integer(1, 100, required=True),
    "Tags": _tags,
    **_group,
    "ClientToken": _client_token,
}
CREATE_ROOT: Schema = {**_CA, "CountryCode": line(2, 2, default="CN"), "Algorithm": _algorithm}
CREATE_SUB: Schema = {
    **_CA,
    "ParentIdentifier": text(),
    "CountryCode": line(2, 3, default="CN"),
    "Algorithm": must(choice(*RSA, "ECC_256", SM2)),
    "EnableCrl": flag(default=False),
    "CrlDay": integer(1, 365),
    "PathLenConstraint": integer(0, 10, default=0),
    "ExtendedKeyUsages": many(
        choice("any", "serverAuth", "clientAuth", "codeSigning", "emailProtection", "timeStamping", "OCSPSigning")
    ),
    "CertMaxTime": integer(1),
}
DESCRIBE_CA: Schema = {"Identifier": _identifier}
LIST_CAS: Schema = {
    "CertType": choice("root", "subRoot", "externalCa"),
    "CaStatus": choice("issue", "forbidden", "revoke"),
    "ValidStatus": choice("valid", "notValid"),
    "Identifier": text(),
    "IssuerType": choice("local", "iTrusChina", "external"),
    **_group,
    **_page,
}
LIST_TRUSTED: Schema = _tokens
INSTANCE: Schema = {"InstanceId": text(), "Identifier": text()}
ASSIGN: Schema = {"CaIdentifier": must(text()), "CertTotalCount": integer(0, required=True), "Id": integer(0)}
CA_STATUS: Schema = {"Identifier": _identifier, "Status": must(choice("REVOKE")), "ClientToken": _client_token}
UPDATE: Schema = {
    "Identifier": _identifier,
    "AliasName": line(0, 128),
    "Tags": _tags,
    **_group,
    "ClientToken": _client_token,
}
_RESOURCE_TYPE: Schema = {
    "RegionId": must(text(1)),
    "ResourceType": choice("instance", "PcaCertificate", required=True),
}
_TAGGED: Schema = {**_RESOURCE_TYPE, "ResourceId": must(many(text(1), 1, 50))}
_tag_filter = many({"Key": text(1, 128), "Value": text(0, 128)}, 1, 20)
TAG: Schema = {**_TAGGED, "Tag": must(_tag_filter)}
UNTAG: Schema = {**_TAGGED, "TagKey": many(text(1), 1, 20), "All": flag()}
LIST_TAGS: Schema = {
    **_RESOURCE_TYPE,
    "ResourceId": many(text(1), 1, 50),
    "Tag": _tag_filter,
    "MaxResults": integer(1, 100),
    "NextToken": text(),
}
MOVE: Schema = {**_RESOURCE_TYPE, "ResourceId": must(text(1)), "ResourceGroupId": must(text(1))}
CRL_ADDRESS: Schema = {"CaIdentifier": text(), "Uuid": text()}

IDENTIFIER: Schema = {"Identifier": _identifier}
SERIALS: Schema = {"SerialNumber": must(text())}
LIST_CLIENTS: Schema = {"Identifier": text(), **_group, **_page}
LIST_CERT: Schema = {
    "ParentIdentifier": text(),
    "Type": choice("SERVER", "CLIENT", "END_ENTITY"),
    "Status": choice("ISSUE", "REVOKE"),
    "CurrentPage": integer(1),
    "ShowSize": integer(1, 1000),
    **_tokens,
}
REVOKED: Schema = _page
PRIVATE_KEY: Schema = {
    "Identifier": _identifier,
    "EncryptedCode": must(text(pattern=CODE_CHARACTERS, secret=True)),
    **_group,
}
UPLOAD: Schema = {"Ids": must(text())}
