# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CRL of a private CA: fetched, checked, and kept in a file. Private to this collection."""

from __future__ import annotations

import datetime
import os
import typing as t
import urllib.error
from collections.abc import Mapping

from ansible.module_utils.urls import open_url

from .._core.errors import RefusedError
from .._core.session import Session
from .._core.values import Object
from .._pki import conversion
from .._pki.storage import files
from .._x509 import crl, numbers, times
from .._x509.package import x509
from . import api, authority
from .authority import PrivateCa

_TIMEOUT = 30  # seconds, for a connection and for each part of an answer
_LARGEST = 64 << 20  # octets: more than a million revoked certificates


def ensure(session: Session, params: Mapping[str, t.Any], write: bool) -> Object:
    """Do what ``pca_crl`` does: fetch the CRL, and write it unless the file holds it already.

    Raises RefusedError for a CRL that is not the CA's, or is not fresh; the file stays as it was then.
    """
    ca = authority.chosen(session, params)
    path = conversion.absolute(params["path"], "path")
    owner = conversion.owner(params["owner"], params["group"])
    files.check_directories({os.path.dirname(path)})
    url = _address(session, ca)
    fetched = _parsed(_fetch(url), ca, url)
    _check_fresh(fetched, url)
    content = crl.der(fetched) if params["form"] == "der" else crl.pem(fetched)
    current = files.read(path)
    known = _of_this_ca(current, ca)
    if known is not None and _age(known) > _age(fetched):
        raise RefusedError(
            f"The CRL at {url} ({_label(fetched)}) is older than the one in {path} ({_label(known)}).",
            "A cache on the way may hold an old one: run again later. The file was left as it is.",
        )
    rights = files.rights_difference(path, files.PUBLIC, owner)
    changed = current != content or rights is not None
    if changed and write:
        files.make_directory(os.path.dirname(path), owner)
        if current != content:
            files.write(files.File(path, files.PUBLIC, content), owner)
        files.set_rights(path, files.PUBLIC, owner)
    shown = _facts(fetched)
    return {
        "changed": changed,
        "ca_id": ca.identifier,
        "url": url,
        "path": path,
        "crl": shown,
        "diff": {
            "before_header": path,
            "after_header": path,
            "before": _facts(known) if known is not None else {},
            "after": shown,
        },
    }


def _address(session: Session, ca: PrivateCa) -> str:
    found = api.crl_address(session, ca.identifier) or {}
    url = str(found.get("CrlUrl") or ca.facts.get("CrlUrl") or "")
    if not url:
        raise RefusedError(
            f"{ca.label[0].upper()}{ca.label[1:]} has no CRL.",
            "A CRL is a choice at the creation of a sub CA: alicloud.mtls.pca_ca with crl: true makes one that has it.",
        )
    if not url.lower().startswith(("http://", "https://")):
        raise RefusedError(f"The address of the CRL, {url}, is neither HTTP nor HTTPS.", "Fetch it in another way.")
    return url


def _fetch(url: str) -> bytes:
    try:
        with open_url(url, timeout=_TIMEOUT, follow_redirects="safe") as response:
            content: bytes = response.read(_LARGEST + 1)
    except (urllib.error.URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise RefusedError(
            f"The CRL cannot be fetched from {url}: {reason}.", "Check that this host reaches the address."
        ) from None
    if len(content) > _LARGEST:
        raise RefusedError(
            f"The answer of {url} is larger than {_LARGEST >> 20} MiB.", "Check that this is the address of a CRL."
        )
    return content


def _parsed(content: bytes, ca: PrivateCa, url: str) -> x509.CertificateRevocationList:
    """Return a CRL in PEM or DER, which has to be signed by the CA. Raises RefusedError."""
    found = _read(content)
    if found is None:
        raise RefusedError(f"The answer of {url} is no CRL.", "Check that no proxy answers in its place.")
    if not crl.signed_by(found, ca.certificate):
        raise RefusedError(
            f"The CRL at {url} is not signed by {ca.label}.",
            "It was altered on the way, or belongs to another CA: compare its issuer with the subject of the CA.",
        )
    # One of end entities alone has all that Nginx asks for: the clients.
    if (kind := crl.part(found)) and kind != crl.OF_END_ENTITIES:
        raise RefusedError(
            f"The CRL at {url} is {kind}: with it alone, servers would let revoked clients in, or refuse all clients.",
            "Ask the support of Alibaba Cloud for the address of the whole CRL. The file was left as it is.",
        )
    return found


def _read(content: bytes) -> x509.CertificateRevocationList | None:
    found = crl.read(content)
    if found is not None:
        return found
    try:
        parsed = x509.load_der_x509_crl(content)
        return crl.read(crl.pem(parsed))  # with the questions that every CRL is asked
    except ValueError:
        return None


def _of_this_ca(content: bytes | None, ca: PrivateCa) -> x509.CertificateRevocationList | None:
    found = _read(content) if content else None
    return found if found is not None and crl.signed_by(found, ca.certificate) else None


def _check_fresh(found: x509.CertificateRevocationList, url: str) -> None:
    now = datetime.datetime.now(datetime.UTC)
    until = found.next_update_utc
    if until is not None and until <= now:
        raise RefusedError(
            f"The CRL at {url} expired at {times.iso(until)}: programs that check it refuse every client.",
            "See in the console whether the CA is revoked or its subscription has ended, and check this host's clock.",
        )
    if found.last_update_utc > now + datetime.timedelta(minutes=5):
        raise RefusedError(
            f"The CRL at {url} begins at {times.iso(found.last_update_utc)}, which is in the future.",
            "Check the clock of this host.",
        )


def _age(found: x509.CertificateRevocationList) -> tuple[int, datetime.datetime]:
    """Return what is greater for the newer of two CRLs of a CA: the number, and the time for CRLs without one."""
    return crl.number(found) or 0, found.last_update_utc


def _label(found: x509.CertificateRevocationList) -> str:
    return f"number {crl.number(found)}, of {times.iso(found.last_update_utc)}"


def _facts(found: x509.CertificateRevocationList) -> Object:
    until = found.next_update_utc
    return {
        "number": crl.number(found),
        "last_update": times.iso(found.last_update_utc),
        "next_update": times.iso(until) if until else None,
        "revoked": sorted(map(numbers.serial_text, crl.contents(found))),
    }
