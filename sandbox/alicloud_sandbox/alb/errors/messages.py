# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts of the error codes of ALB: one for each family of codes, which is the part before the point, and exceptions.

Source: https://api.aliyun.com/meta/v1/products/Alb/versions/2020-06-16/api-docs.json (errorCodes of each operation).
"""

from __future__ import annotations

# Operation, HTTP status, codes.
Documented = dict[str, dict[int, tuple[str, ...]]]

_FAMILIES = {
    "Conflict": "There is already %s having the same configuration with %s.",
    "DuplicatedParam": "The param of %s is duplicated.",
    "IncorrectStatus": "The status of %s [%s] is incorrect.",
    "Mismatch": "The %s and %s are mismatched.",
    "OperationDenied": "The operation is not allowed because of %s.",
    "QuotaExceeded": "The quota of %s is exceeded, usage %s/%s.",
    "ResourceAlreadyAssociated": "The specified resource %s is already associated.",
    "ResourceInUse": "The specified resource %s is in use.",
    "ResourceNotAssociated": "The specified resource %s is not associated.",
    "ResourceNotFound": "The specified resource %s is not found.",
    "ResourceQuotaExceeded": "The quota of %s is exceeded for resource %s, usage %s/%s.",
}
_EXCEPTIONS = {
    "DuplicatedParam.ZoneId": "The param of ZoneId is duplicated.",
    "IllegalParam.ServerIp": "The param of ServerIp is illegal.",
    "InvalidParameter": "Invalid parameter, please check the parameter input.",
    "Mismatch.Protocol": "The %s is mismatched for %s and %s.",
    "Mismatch.VpcId": "The %s is mismatched for %s and %s.",
    "NotExist.ResourceGroup": "ResourceGroup does not exist.",
    "OperationDenied.AddressTypeNotChanged": "The operation is not allowed because of AddressTypeNotChanged.",
    "OperationDenied.LbAssociatedAclCanNotJoinSecurityGroup": (
        "The operation is not allowed because of loadBalancer associated acl can not join security group."
    ),
    "OperationDenied.LoadBalancerJoinedSecurityGroupNotSupportAcl": (
        "The operation is not allowed because of loadbalancer joined security group not support acl."
    ),
    "OperationDenied.MirrorActionSupportHttpGroupOnly": (
        "The operation is not allowed because of MirrorActionSupportHttpGroupOnly."
    ),
    "OperationDenied.ProtocolMustSameForForwardGroupAction": (
        "The operation is not allowed because of ProtocolMustSameForForwardGroupAction."
    ),
    "OperationDenied.RewriteMissingForwardGroup": "The operation is not allowed because of RewriteMissingForwardGroup.",
    "OperationDenied.ServerGroupProtocolNotSupport": (
        "The operation is not allowed because of ServerGroupProtocolNotSupport."
    ),
    "ResourceAlreadyAssociated.SecurityGroup": "The specified resource of %s is already associated.",
    "ResourceAlreadyExist.AclEntry": "The specified resource %s already exists.",
    "ResourceAlreadyExist.Listener": "The specified resource %s is already exist.",
    "ResourceInConfiguring.Listener": "The specified listener is being configured, please try again later.",
    "ResourceNotFound.Ascript": "The specified resource of %s is not found.",
    "ResourceNotAssociated.SecurityGroup": "The specified resource of %s is not associated.",
}


def message(code: str) -> str:
    """Returns the text of an error code, with a ``%s`` for every detail. Raises KeyError for an unknown code."""
    return _EXCEPTIONS.get(code) or _FAMILIES[code.partition(".")[0]]
