# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors as Alibaba Cloud reports them, and their tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .assumptions import assume


class ApiError(Exception):
    """An error that the caller gets: ``Code``, ``Message`` and the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True)
class Assumed:
    """The HTTP status of a code that is not documented for the operation, and the name of the assumption."""

    status: int
    assumption: str


@dataclass(frozen=True)
class ErrorTable:
    """The error codes of one product.

    ``documented`` maps an operation to its codes and their HTTP status, ``messages`` a code to its text, in which every
    ``%s`` is filled with a detail. ``assumed`` has the codes that are not documented, ``left_out`` the documented ones
    that the sandbox never answers with, by reason.
    """

    documented: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    messages: Mapping[str, str] = field(default_factory=dict)
    assumed: Mapping[str, Assumed] = field(default_factory=dict)
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: str = "Missing{}"  # code of a mandatory parameter that was not given, {} being its name

    def error(self, operation: str, code: str, *details: object) -> ApiError:
        """Returns the error with its documented or assumed status. Raises KeyError for an undeclared code."""
        status = self.documented.get(operation, {}).get(code)
        if status is None:
            status = self.assumed[code].status
        return ApiError(code, _fill(self.messages[code], details), status)


def _fill(template: str, details: tuple[object, ...]) -> str:
    slots = template.count("%s")
    filled = template % (*map(str, details[:slots]), *["-"] * (slots - len(details))) if slots else template
    rest = " ".join(str(detail) for detail in details[slots:])
    return f"{filled} {rest}" if rest else filled


# The gateway in front of every product: https://help.aliyun.com/document_detail/48054.html
GATEWAY: Mapping[str, tuple[int, str]] = {
    "InvalidAccessKeyId.NotFound": (404, "Specified access key is not found."),
    "InvalidApi.NotFound": (404, "Specified api is not found, please check your url and method."),
    "InvalidProduct.NotFound": (404, "Can not find product by the given version."),
    "InvalidTimeStamp.Expired": (400, "Specified time stamp or date value is expired."),
    "InvalidTimeStamp.Format": (400, "Specified time stamp or date value is not well formatted."),
    # Error codes of faascmd, a tool of ECS (a page of Alibaba Cloud's documentation, 2026-11-25); other pages give 403.
    "InvalidSecurityToken.Expired": (400, "Specified SecurityToken is expired."),
    "InvalidSecurityToken.MismatchWithAccessKey": (400, "Specified SecurityToken mismatch with the AccessKey."),
    # Text of a test of Alibaba Cloud's SDK for .NET (2026-11-25).
    "IncompleteSignature": (400, "The request signature does not conform to Aliyun standards."),
    "SignatureDoesNotMatch": (400, "Specified signature is not matched with our calculation."),
    "SignatureNonceUsed": (400, "Specified signature nonce was used already."),
    "InternalError": (500, "The request processing has failed due to some unknown error, exception or failure."),
    "ServiceUnavailable": (503, "The request has failed due to a temporary failure of the server."),
    "Throttling.User": (400, "Request was denied due to user flow control."),
    "InvalidParameter": (400, "Invalid parameter, please check the parameter input."),
    "DryRunOperation": (400, "Request validation has been passed with DryRun flag set."),
    "IdempotentParameterMismatch": (
        400,
        "The request uses the same client token as a previous, but non-identical request. "
        "Do not reuse a client token with different requests, unless the requests are identical.",
    ),
}

assume(
    "gateway-invalid-parameter",
    "A value of the wrong type, outside its range or not in its list, and a malformed or foreign "
    "NextToken are refused with InvalidParameter (400), for every product; the message names the parameter.",
    "InvalidParameter is the generic documented code of CreateListener; other operations document none.",
    date="2026-11-25",
    settle="ListLoadBalancers with MaxResults=0",
)
assume(
    "gateway-missing-parameter",
    "A mandatory parameter that was not given is refused with Missing and its name, such as MissingListenerId (400), "
    "and by alidns with MissingParameter (400).",
    "Missing and a name is documented for many operations of ALB, MissingParameter for alidns "
    "(document_detail/2355841), without the operations it is for; CAS and ECS document none.",
    date="2026-11-25",
    settle="DescribeWarehouseCert without CertIdentifier, and DescribeDomainRecordInfo without RecordId",
)
assume(
    "gateway-dry-run",
    "A dry run that would succeed answers DryRunOperation with HTTP status 400.",
    "The ALB pages name the code; the status is the one of the NLB pages.",
    date="2026-11-25",
    settle="CreateAcl with DryRun=true",
)
assume(
    "gateway-idempotent-mismatch",
    "A ClientToken that comes again with other parameters is refused with IdempotentParameterMismatch (400), in every "
    "operation that has a ClientToken; with the same parameters the first response is repeated, also after a restart.",
    "The code is documented for ReplaceServersInServerGroup of ALB only.",
    date="2026-11-25",
    settle="CreateAcl twice with one ClientToken and two names",
)
assume(
    "gateway-access-key-status",
    "An access key that does not exist is InvalidAccessKeyId.NotFound with HTTP status 404.",
    "Users report the status 404, with the code InvalidAccessKeyId and without .NotFound (ddns-go issue 207, "
    "2022-03; certimate issue 720, 2025-05); copies of the common error page give 400 and 404.",
    verdict="practice",
    date="2025-05",
)
assume(
    "gateway-security-token",
    "The sandbox's own access key is permanent: a security token that comes with it makes no difference. Temporary "
    "credentials are good only with their security token, until they expire.",
    "Scope of the sandbox.",
    verdict="choice",
)


def gateway_error(code: str, detail: str = "") -> ApiError:
    """Returns an error of the gateway itself; the detail is appended to the documented message."""
    status, message = GATEWAY[code]
    return ApiError(code, f"{message} {detail}".rstrip(), status)


class MissingParameterError(ApiError):
    """A mandatory parameter that was not given, as in ``MissingListenerId``; see ``ErrorTable.missing``."""

    def __init__(self, parameter: str, code: str = "Missing{}") -> None:
        super().__init__(code.format(parameter), f"{parameter} is mandatory for this action.")
        self.parameter = parameter


def missing(parameter: str) -> MissingParameterError:
    """Returns the error of a mandatory parameter that was not given."""
    return MissingParameterError(parameter)
