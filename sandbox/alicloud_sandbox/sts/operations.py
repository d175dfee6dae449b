# SPDX-License-Identifier: GPL-3.0-or-later
"""Sts 2015-04-01: the identity of a caller, and temporary credentials.

Source: the texts of the official SDK (alibabacloud-sts20150401 1.2.0).
"""

from __future__ import annotations

from .. import credentials
from ..assumptions import assume
from ..product import Call, Product, read
from ..schema import Args, Param, integer, line, must, text
from ..store import Doc

ACCOUNT_ID = "1000000000000001"  # of the sandbox's only account
_ROLE = r"acs:ram::[0-9]+:role/[\w.-]{1,64}"

assume(
    "sts-one-account",
    "There is one account. Its access key is that of the account itself; every role can be assumed, of any account id, "
    "and temporary credentials may do everything: policies are accepted without effect.",
    "Scope of the sandbox.",
    verdict="choice",
)

ASSUME_ROLE: dict[str, Param] = {
    "RoleArn": must(line(pattern=_ROLE)),
    "RoleSessionName": must(line(2, 64, pattern=r"[\w.@-]+")),
    "DurationSeconds": integer(900, 43200, default=3600),
    "Policy": text(1, 2048),
    "ExternalId": line(2, 1224, pattern=r"[\w+=,.@:\/-]*"),
    "SourceIdentity": line(2, 64),
}


def caller(call: Call, _args: Args) -> Doc:
    """GetCallerIdentity."""
    root = {
        "AccountId": ACCOUNT_ID,
        "Arn": f"acs:ram::{ACCOUNT_ID}:root",
        "IdentityType": "Account",
        "PrincipalId": ACCOUNT_ID,
        "UserId": ACCOUNT_ID,
    }
    return credentials.identity_of(call.store, call.access_key_id) or root


def assume_role(call: Call, args: Args) -> Doc:
    """AssumeRole."""
    account, _, role = args["RoleArn"].removeprefix("acs:ram::").partition(":role/")
    role_id = f"3{credentials.number_of(args['RoleArn']):017d}"
    user = {
        "Arn": f"acs:ram::{account}:assumed-role/{role}/{args['RoleSessionName']}",
        "AssumedRoleId": f"{role_id}:{args['RoleSessionName']}",
    }
    identity = {
        "AccountId": account,
        "Arn": user["Arn"],
        "IdentityType": "AssumedRoleUser",
        "PrincipalId": user["AssumedRoleId"],
        "RoleId": role_id,
    }
    found = {"AssumedRoleUser": user, "Credentials": credentials.issue(call.store, args["DurationSeconds"], identity)}
    return found | ({"SourceIdentity": args["SourceIdentity"]} if args.get("SourceIdentity") else {})


PRODUCT = Product(
    "Sts",
    "2015-04-01",
    {"GetCallerIdentity": read(caller, {}), "AssumeRole": read(assume_role, ASSUME_ROLE)},
    central=True,
)
