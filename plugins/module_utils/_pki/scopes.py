# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a certificate is for something else than wanted: predicates of policies.py about its extensions.

Private to this collection.
"""

from __future__ import annotations

import contextlib
import typing as t

from .._x509 import profiles

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509

if t.TYPE_CHECKING:
    from .policies import Case


def profile_differs(case: Case) -> str | None:
    """Somebody else's, by the look of it. A certificate that says nothing of its use may become ours."""
    profile, found = case.desired.profile, case.certificate.extensions
    if profile.ca:
        return None
    path = case.desired.paths["certificate"]
    with contextlib.suppress(x509.ExtensionNotFound):
        if found.get_extension_for_class(x509.BasicConstraints).value.ca:
            return f"{path} is the certificate of a CA."
    with contextlib.suppress(x509.ExtensionNotFound):
        usages = {each.dotted_string for each in found.get_extension_for_class(x509.ExtendedKeyUsage).value}
        if not usages & {*profile.extended_usage}:
            return f"{path} is no {profile.name} certificate."
    return None


def extensions_differ(case: Case) -> str | None:
    """Names and the identity of the issuer have predicates of their own; an identifier only has to be there."""
    for wanted, critical in profiles.extensions(
        case.desired.profile, case.certificate.public_key(), case.issuer, case.desired.names
    ):
        if isinstance(wanted, x509.SubjectAlternativeName):
            continue
        identifier = isinstance(wanted, x509.SubjectKeyIdentifier | x509.AuthorityKeyIdentifier)
        if case.issuer is None and isinstance(wanted, x509.AuthorityKeyIdentifier):
            continue  # RFC 5280, 4.2.1.1: a root may leave it out
        try:
            found = case.certificate.extensions.get_extension_for_oid(wanted.oid)
        except x509.ExtensionNotFound:
            return f"The certificate has no extension {_extension(wanted)}."
        if not identifier and (not _same(found.value, wanted) or found.critical != critical):
            return f"The extension {_extension(wanted)} is not that of a {case.desired.profile.name} certificate."
    if case.desired.profile.constraints is None:
        with contextlib.suppress(x509.ExtensionNotFound):
            case.certificate.extensions.get_extension_for_class(x509.NameConstraints)
            return "The certificate constrains names, which is not wanted."
    return None


def _same(found: x509.ExtensionType, wanted: x509.ExtensionType) -> bool:
    """Constraints of names are sets: their order means nothing."""
    if isinstance(found, x509.NameConstraints) and isinstance(wanted, x509.NameConstraints):
        return _trees(found) == _trees(wanted)
    return found == wanted


def _trees(constraints: x509.NameConstraints | None) -> tuple[frozenset[x509.GeneralName] | None, frozenset[t.Any]]:
    """What is permitted, None for everything, and what is excluded."""
    permitted = constraints.permitted_subtrees if constraints else None
    excluded = constraints.excluded_subtrees if constraints else None
    return None if permitted is None else frozenset(permitted), frozenset(excluded or ())


def limits_narrowed(case: Case) -> str | None:
    """For a CA: whether something that it has signed could be outside of what it may sign from now on."""
    profile, found = case.desired.profile, case.certificate.extensions
    if not profile.ca:
        return None
    limits, length = None, None
    with contextlib.suppress(x509.ExtensionNotFound):
        limits = found.get_extension_for_class(x509.NameConstraints).value
    with contextlib.suppress(x509.ExtensionNotFound):
        length = found.get_extension_for_class(x509.BasicConstraints).value.path_length
    if profile.path_length is not None and (length is None or profile.path_length < length):
        return f"The path length is {'not limited' if length is None else length}, wanted is {profile.path_length}."
    (permitted, excluded), (may, may_not) = _trees(limits), _trees(profile.constraints)
    if not may_not <= excluded or (may is not None and (permitted is None or not permitted <= may)):
        return "The wanted constraints permit fewer names than those of the certificate."
    return None


def _extension(wanted: x509.ExtensionType) -> str:
    name = type(wanted).__name__
    return name[:1].lower() + name[1:]
