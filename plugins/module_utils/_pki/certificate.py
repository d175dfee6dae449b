# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One item, whatever its profile: look at its files, say why they are not as wanted, make them in memory.

Private to this collection.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import functools
import hashlib
import os
import typing as t

from .._x509 import build as issue
from .._x509 import keys, parse
from .._x509 import names as values
from .._x509.errors import PkiError, UnreadableError
from . import policies
from . import unchanged as records
from .policies import Case, Current, Desired, Reason
from .storage import files as store

with contextlib.suppress(ImportError):  # reported by module.py
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

# A shorter difference is only that between the moments at which the CA and its certificates were made.
CLIP_UNNOTICED = datetime.timedelta(days=1)
MODES = {"key": store.SECRET, "passphrase": store.SECRET, "pkcs12": store.SECRET}


@dataclasses.dataclass(frozen=True)
class Inspection:
    """``case.issuer`` and ``case.until`` are what a new certificate would get."""

    case: Case
    reasons: list[Reason]

    @property
    def desired(self) -> Desired:
        return self.case.desired

    @functools.cached_property
    def remakes(self) -> frozenset[str]:
        """What has to be made again; a private key that is not there is made whatever the reason is."""
        union = frozenset[str]().union(*(reason.remakes for reason in self.reasons))
        keyless = self.case.current.key is None and self.desired.request is None
        return union | policies.KEY if union & policies.CERTIFICATE and keyless else union

    @property
    def issues(self) -> bool:
        return "certificate" in self.remakes

    @property
    def clipped(self) -> bool:
        """Whether a new certificate ends with its CA, and noticeably earlier than was wanted."""
        return self.issues and self.case.until + CLIP_UNNOTICED < self.case.now + self.desired.lifetime


@dataclasses.dataclass(frozen=True)
class Made:
    """``files`` in the order in which a crash after any of them leaves something that the next run completes."""

    inspection: Inspection
    certificate: x509.Certificate
    files: list[store.File]
    key: keys.PrivateKey | None = dataclasses.field(default=None, repr=False)

    @functools.cached_property
    def facts(self) -> dict[str, t.Any]:
        return facts(self.certificate)


def mode_of(file: str) -> int:
    return MODES.get(file, store.PUBLIC)


def inspect(
    desired: Desired,
    issuer: x509.Certificate | None,
    now: datetime.datetime,
    ledger: records.Ledger | None = None,
    above: tuple[x509.Certificate, ...] | None = None,
) -> Inspection:
    if desired.renew_before >= desired.lifetime:
        raise PkiError(
            "invalid_duration",
            "renew_before has to be shorter than valid_for, otherwise each run would renew what the last one made.",
        )
    case = Case(desired, look(desired), issuer, end(desired, issuer, now), now, ledger, above)
    return Inspection(case, policies.evaluate(case))


def end(desired: Desired, issuer: x509.Certificate | None, now: datetime.datetime) -> datetime.datetime:
    """When a certificate made now would end."""
    wanted = values.end(now, desired.lifetime)
    return min(wanted, issuer.not_valid_after_utc) if issuer and not desired.outlive else wanted


def look(desired: Desired) -> Current:
    """Reads the files. What cannot be understood becomes part of the result; what cannot be read raises OSError."""
    files = {file: seen for file, path in desired.paths.items() if (seen := store.look(path)) is not None}
    raw = {file: seen.content for file, seen in files.items()}
    found: dict[str, t.Any] = {"raw": raw}
    if "key" in raw:
        found["key_encrypted"] = keys.encrypted(raw["key"])
        try:
            found["key"] = keys.load(raw["key"], desired.passphrase)
        except UnreadableError as error:
            found["key_error"] = str(error)
    parsers: dict[str, t.Callable[[bytes], object]] = {"certificate": parse.certificate, "csr": parse.csr}
    for file, parser in parsers.items():
        if file in raw:
            try:
                found[file] = parser(raw[file])
            except UnreadableError as error:
                found[f"{file}_error"] = str(error)
    rights = [
        *(
            store.rights_difference(desired.paths[file], mode_of(file), desired.owner, seen.status)
            for file, seen in files.items()
        ),
        *(store.rights_difference(path, store.SECRET, desired.owner) for path in desired.beside),
    ]
    found["rights"] = next((each for each in rights if each), None)
    return Current(**found)


def make(
    inspection: Inspection,
    signing_key: t.Callable[[], keys.PrivateKey] | None,
    given: keys.PrivateKey | None = None,
) -> Made:
    """Everything in memory, so that what cannot be made fails before a file is touched.

    ``signing_key`` gives the CA's key; None: the item's own one signs. It is not called when nothing is to be signed.
    ``given``: taken where a new key would be made.
    """
    case, desired, remakes = inspection.case, inspection.desired, inspection.remakes
    request = desired.request
    key = None if request or "key" in remakes else case.current.key
    if key is None and request is None:
        key = given or keys.generate(desired.key)
    content: dict[str, bytes] = {}
    if key and remakes & {"key", "encryption"}:
        content["key"] = keys.dump(key, desired.passphrase)
    if "csr" in remakes:
        content["csr"] = (
            issue.request_pem(request) if request else issue.request(own(key), desired.subject, desired.names)
        )
    certificate = case.current.certificate
    if "certificate" in remakes or certificate is None:
        start = case.now - issue.BACKDATE
        if case.issuer is not None:
            start = max(start, case.issuer.not_valid_before_utc)
        certificate = issue.certificate(
            desired.profile,
            desired.subject,
            (request or own(key)).public_key(),
            desired.names,
            (start, case.until),
            case.issuer,
            signing_key() if signing_key else own(key),
        )
        content["certificate"] = issue.pem(certificate)
    if "chain" in remakes:
        content["chain"] = issue.pem(certificate, *case.chain)
    if "passphrase" in remakes and desired.pkcs12:
        content["passphrase"] = issue.passphrase_file(desired.pkcs12)
    if "pkcs12" in remakes and desired.pkcs12 and key:
        content["pkcs12"] = issue.pkcs12_file(desired.pkcs12, key, certificate, case.chain)
    files = [
        store.File(desired.paths[file], mode_of(file), content[file])
        for file in policies.ENDINGS
        if file in content and file in desired.paths
    ]
    return Made(inspection, certificate, files, key)


def kept_aside(made: Made, kinds: t.Collection[str]) -> list[store.File]:
    """Copies of ``kinds`` of files before others take their place. A key that is merely encrypted gets none."""
    raw, files = made.inspection.case.current.raw, {file.path for file in made.files}
    copies = []
    for file, path in made.inspection.desired.paths.items():
        if file in kinds and path in files and file in raw and file in made.inspection.remakes:
            stem, ending = os.path.splitext(path)
            digest = hashlib.sha256(raw[file]).hexdigest()[:8]
            copies.append(store.File(f"{stem}.replaced-{digest}{ending}", mode_of(file), raw[file], like=path))
    return copies


def own(key: keys.PrivateKey | None) -> keys.PrivateKey:
    """There is one whenever there is no request."""
    return t.cast("keys.PrivateKey", key)


def set_rights(desired: Desired) -> None:
    modes = {path: mode_of(file) for file, path in desired.paths.items()} | dict.fromkeys(desired.beside, store.SECRET)
    for path, mode in modes.items():
        if store.rights_difference(path, mode, desired.owner):
            store.set_rights(path, mode, desired.owner)


def facts(certificate: x509.Certificate) -> dict[str, t.Any]:
    """What a certificate says, in words that a user can compare."""
    names = policies.alternative_names(certificate)
    return {
        "subject": values.subject_dict(certificate.subject),
        "issuer": values.subject_dict(certificate.issuer),
        "dns_names": [n.value for n in names if isinstance(n, x509.DNSName)],
        "ip_addresses": [str(n.value) for n in names if isinstance(n, x509.IPAddress)],
        "email_addresses": [n.value for n in names if isinstance(n, x509.RFC822Name)],
        "uris": [n.value for n in names if isinstance(n, x509.UniformResourceIdentifier)],
        "key": str(keys.spec_of(certificate.public_key())),
        "not_before": values.iso(certificate.not_valid_before_utc),
        "not_after": values.iso(certificate.not_valid_after_utc),
    }


def public_pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
