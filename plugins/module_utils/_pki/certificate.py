# Copyright (c) 2026, the alicloud.mtls authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One certificate of any profile, with its files: inspect it, and make in memory what is not as wanted.

Private to this collection.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import typing as t
from dataclasses import dataclass

from .._arguments import encodings
from .._x509 import build, describe, keys, parse, profiles, times
from .._x509.errors import CertificateError, UnreadableError
from .._x509.package import x509
from . import policies
from .case import Case, Current, Desired, History, Reason
from .storage import files, location
from .storage.reader import DatabaseReader

# A certificate that ends this little before the wanted moment is not worth a warning: CA and client are made seconds
# apart.
_TOLERANCE = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Inspection:
    """A case and the reasons for which something has to be made again."""

    case: Case
    reasons: list[Reason]

    @property
    def desired(self) -> Desired:
        return self.case.desired

    @functools.cached_property
    def artifacts_to_replace(self) -> frozenset[str]:
        """Keys of location.ENDINGS, ``encryption`` (of the key) and ``rights``. A missing key is always made."""
        union = frozenset[str]().union(*(reason.replaces for reason in self.reasons))
        keyless = self.case.current.key is None and self.desired.request is None
        return union | policies.KEY if union & policies.CERTIFICATE and keyless else union

    @property
    def issues(self) -> bool:
        """Whether a new certificate is signed."""
        return "certificate" in self.artifacts_to_replace

    @property
    def shortened_by_ca(self) -> bool:
        """Whether a new certificate ends with its CA, noticeably earlier than was wanted."""
        return self.issues and self.case.until + _TOLERANCE < self.case.now + self.desired.lifetime


@dataclass(frozen=True)
class Made:
    """A certificate that is as wanted in memory.

    ``files`` are still to be written, in this order: after a crash between two of them the next run completes the rest.
    """

    inspection: Inspection
    certificate: x509.Certificate
    files: list[files.File]
    key: keys.PrivateKey | None = dataclasses.field(default=None, repr=False)

    @functools.cached_property
    def facts(self) -> dict[str, t.Any]:
        """The certificate as data, see describe.certificate."""
        return describe.certificate(self.certificate)


def inspect(
    desired: Desired,
    issuer: x509.Certificate | None,
    now: datetime.datetime,
    reader: DatabaseReader | None = None,
    upper_chain: tuple[x509.Certificate, ...] | None = None,
) -> Inspection:
    """Gather the case of a certificate and evaluate it. ``issuer`` and ``upper_chain``: see Case.

    Raises CertificateError for a time of renewal that makes no sense, OSError for a file that cannot be read.
    """
    check_renewal(desired)
    current = read(desired)
    history = _history(desired, current, reader) if reader else History()
    case = Case(desired, current, issuer, end(desired, issuer, now), now, upper_chain, history)
    return Inspection(case, policies.evaluate(case))


def check_renewal(desired: Desired) -> None:
    """Raise CertificateError (``invalid_duration``) for a certificate that would be due as soon as it is made."""
    if desired.renew_before >= desired.lifetime:
        raise CertificateError(
            "renew_before is not shorter than valid_for, so each run would renew what the last one made.",
            "Choose a shorter renew_before.",
            "invalid_duration",
        )


def with_kept_passphrase(desired: Desired) -> Desired:
    """Return ``desired`` with the generated passphrase in its file, if there is one: another run may have made it."""
    spec = desired.pkcs12
    if spec is None or not spec.generated:
        return desired
    kept = encodings.passphrase(files.read(desired.paths["passphrase"]) or b"").strip()
    return dataclasses.replace(desired, pkcs12=dataclasses.replace(spec, passphrase=kept)) if kept else desired


def end(desired: Desired, issuer: x509.Certificate | None, now: datetime.datetime) -> datetime.datetime:
    """Return the end of a certificate that is made now."""
    wanted = times.end(now, desired.lifetime)
    return min(wanted, issuer.not_valid_after_utc) if issuer and not desired.may_outlive_ca else wanted


def read(desired: Desired) -> Current:
    """Read the files. What cannot be parsed becomes part of the result; what cannot be read raises OSError."""
    opened = {kind: file for kind, path in desired.paths.items() if (file := files.open_file(path)) is not None}
    content = {kind: file.content for kind, file in opened.items()}
    found: dict[str, t.Any] = {"content": content}
    if "key" in content:
        found["key_encrypted"] = keys.encrypted(content["key"])
        try:
            found["key"] = keys.load(content["key"], desired.passphrase)
        except UnreadableError as error:
            found["key_error"] = str(error)
    parsers: dict[str, t.Callable[[bytes], object]] = {"certificate": parse.certificate, "csr": parse.csr}
    for kind, parser in parsers.items():
        if kind in content:
            try:
                found[kind] = parser(content[kind])
            except UnreadableError as error:
                found[f"{kind}_error"] = str(error)
    rights = [
        *(
            files.rights_difference(desired.paths[kind], location.mode_of(kind), desired.owner, file.status)
            for kind, file in opened.items()
        ),
        *(files.rights_difference(path, files.SECRET, desired.owner) for path in desired.other_paths),
    ]
    found["rights"] = next(filter(None, rights), None)
    return Current(**found)


def _history(desired: Desired, current: Current, reader: DatabaseReader) -> History:
    path = desired.paths["certificate"]
    holder = desired.request or current.key
    cached = reader.cached_result(path)
    return History(
        state=reader.state(describe.serial_number(current.certificate)) if current.certificate else None,
        of_key=tuple(reader.find("public_key", describe.public_key_sha256(holder))) if holder else (),
        of_file=tuple(reader.find("file", path)),
        pkcs12=cached.pkcs12 if cached else "",
    )


def make(
    inspection: Inspection,
    signing_key: t.Callable[[], keys.PrivateKey] | None,
    new_key: keys.PrivateKey | None = None,
    issued: x509.Certificate | None = None,
) -> Made:
    """Make everything in memory, so that an error leaves all files untouched.

    ``signing_key`` returns the CA's key, and is called only if something is signed; None for a self-signed certificate.
    ``new_key``: used where a key would be generated. ``issued``: used where a certificate would be signed.
    """
    case, desired, replaced = inspection.case, inspection.desired, inspection.artifacts_to_replace
    key = None if desired.request or "key" in replaced else case.current.key
    if key is None and desired.request is None:
        key = new_key or keys.generate(desired.key)
    certificate = case.current.certificate
    if "certificate" in replaced or certificate is None:
        certificate = issued or _signed(case, key, signing_key)
    makers: dict[str, t.Callable[[], bytes | None]] = {
        "key": lambda: keys.dump(key, desired.passphrase) if key else None,
        "csr": lambda: _request(desired, key),
        "certificate": lambda: build.pem(certificate),
        "chain": lambda: build.pem(certificate, *case.chain),
        "passphrase": lambda: build.passphrase_file(desired.pkcs12) if desired.pkcs12 else None,
        "pkcs12": lambda: (
            build.pkcs12_file(desired.pkcs12, key, certificate, case.chain) if desired.pkcs12 and key else None
        ),
    }
    rewritten = replaced | ({"key"} if "encryption" in replaced else set())
    made = [
        files.File(desired.paths[kind], location.mode_of(kind), content)
        for kind, maker in makers.items()
        if kind in rewritten and kind in desired.paths and (content := maker()) is not None
    ]
    return Made(inspection, certificate, made, key)


def _request(desired: Desired, key: keys.PrivateKey | None) -> bytes:
    if desired.request:
        return build.request_pem(desired.request)
    return build.request(_require(key), desired.subject, desired.names)


def _signed(
    case: Case, key: keys.PrivateKey | None, signing_key: t.Callable[[], keys.PrivateKey] | None
) -> x509.Certificate:
    """Return a new certificate for the request or for ``key``."""
    desired = case.desired
    start = case.now - build.BACKDATE
    if case.issuer is not None:
        start = max(start, case.issuer.not_valid_before_utc)
    holder, current = desired.request or _require(key), case.current.certificate
    subject, own_identifier = desired.subject, desired.own_identifier
    if desired.profile.ca and current is not None:
        # What the CA has signed refers to the octets of its name, and to its key identifier.
        subject = current.subject if current.subject == subject else subject
        if own_identifier is None and keys.same_key(holder, current):
            own_identifier = profiles.key_identifier(current)
    return build.certificate(
        desired.profile,
        subject,
        holder.public_key(),
        desired.names,
        (start, case.until),
        case.issuer,
        signing_key() if signing_key else _require(key),
        own_identifier,
    )


def _require(key: keys.PrivateKey | None) -> keys.PrivateKey:
    if key is None:
        raise AssertionError("without a request there is a private key")
    return key


def backups(made: Made, kinds: t.Collection[str]) -> list[files.File]:
    """Return copies of the files that are replaced, if their kind is in ``kinds``. An encrypted key is no new key."""
    current, written = made.inspection.case.current, {file.path for file in made.files}
    return [
        files.File(
            location.backup_path(path, current.content[kind]),
            location.mode_of(kind),
            current.content[kind],
            like=path,
        )
        for kind, path in made.inspection.desired.paths.items()
        if kind in kinds and path in written and kind in current.content
        if kind in made.inspection.artifacts_to_replace
    ]


def set_rights(desired: Desired) -> None:
    """Set mode and owner of all files where they differ."""
    modes = {path: location.mode_of(kind) for kind, path in desired.paths.items()}
    modes |= dict.fromkeys(desired.other_paths, files.SECRET)
    for path, mode in modes.items():
        if files.rights_difference(path, mode, desired.owner):
            files.set_rights(path, mode, desired.owner)
